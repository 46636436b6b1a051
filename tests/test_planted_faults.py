"""One corpus with every fault in it: all of them are found, each under its name, and nobody else is accused."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from test_audio import BAD
from test_audit import COPIES, FAULTS, RATE, give_away

from emokit import audit, corpora

CHECKS = audit.CHECKS | audit.CHECKS_OF_SPLIT
NOT_OF_ONE_CLIP = {
    "one group", "counts", "imbalance", "one-sided class", "equal lengths", "confounds", "speakers across parts",
    "content across parts", "sentences across parts", "label drift", "unknown label", "spelling",
    "not as published", "longer than read", "named like copies", "groups across parts", "parts as given",
    "speakers called alike",
}  # fmt: skip


def audited(clips):
    measured = audit.measure(clips, n_jobs=2)
    return audit.gravest_first(audit.audit(clips, measured), audit.of_split(clips, measured))


def sound_of(file):
    return sf.read(file, dtype="int16")[0]


@pytest.fixture(scope="module")
def planted(demo_dir, tmp_path_factory):
    """The demo corpus with faults in it, split, and which clip has which: (clips, {check: names of files})."""
    root = tmp_path_factory.mktemp("planted")
    shutil.copytree(demo_dir, root / "demo")
    (root / "demo" / "v12" / "v12_s1_neu_1.flac").unlink()  # counts
    clips = corpora.load("demo", root / "demo")
    free = iter(np.random.default_rng(0).permutation(clips.index))
    expected = {check: set() for check in CHECKS}

    for check, _, plant in FAULTS.values():
        row = next(free)
        file = Path(clips.at[row, "file"])
        sound = sound_of(file)
        file = file.with_suffix(".wav")
        sf.write(file, sound, RATE)
        plant(file, sound)
        clips.at[row, "file"] = str(file)
        expected[check].add(file.name)

    def copy(make=None):
        """Copy one clip over another; gives the rows of both, with one label and one speaker."""
        source, target = sorted((next(free), next(free)))
        sound, rate, form, subtype = (make or COPIES["bytes"][1])(sound_of(clips.at[source, "file"]))
        file = Path(clips.at[target, "file"]).with_suffix(".wav")
        sf.write(file, sound, rate, format=form, subtype=subtype)
        clips.at[target, "file"] = str(file)
        for column in ("emotion", "speaker"):
            clips.at[target, column] = clips.at[source, column]
        return source, target

    for check, make in COPIES.values():
        source, target = copy(make)
        expected[check].add(Path(clips.at[target, "file"]).name)
        expected["near duplicates across parts"].add(Path(clips.at[source, "file"]).name)  # where the copy is tested
    source, target = next(free), next(free)
    file = Path(clips.at[source, "file"])
    named = Path(clips.at[target, "file"]).rename(file.with_name(f"{file.stem}_pitch2.flac"))
    clips.at[target, "file"] = str(named)
    expected["named copies across parts"].add(named.name)
    for check, column, other in (
        ("conflicting labels", "emotion", {"happy": "sad"}),
        ("conflicting speakers", "speaker", {"demo/v01": "demo/v02"}),
    ):
        both = copy()
        clips.at[both[1], column] = other.get(clips.at[both[0], column], next(iter(other)))
        expected[check] |= {Path(clips.at[row, "file"]).name for row in both}
    for check, column in (("missing label", "emotion"), ("missing speaker", "speaker")):
        row = next(free)
        clips.at[row, column] = None
        expected[check].add(Path(clips.at[row, "file"]).name)
    clips.at[next(free), "emotion"] = "hapy"
    clips.at[next(free), "speaker"] = "demo/V03"

    row = next(free)
    header = Path(clips.at[row, "file"]).with_suffix(".wav")
    sf.write(header, sound_of(clips.at[row, "file"]), RATE)
    header.write_bytes(header.read_bytes()[:40] + b"\xff" * 4 + header.read_bytes()[44:])  # as written into a pipe
    clips.at[row, "file"] = str(header)
    expected["header"].add(header.name)

    bad = []
    (root / "bad").mkdir()
    for number, (_, make) in enumerate(BAD.values()):
        file = root / "bad" / f"bad{number:02}.wav"
        file.write_bytes(make(root))
        bad.append(str(file))
        expected["unreadable"].add(file.name)
    lengths = []  # a copy of EmoDB, too short: one length, classes told by loudness, one class of one speaker
    for number in range(24):
        file = root / "bad" / f"own{number:02}.wav"
        lengths.append(str(file))
    own = pd.DataFrame({"file": lengths, "emotion": ["happy", "sad", "angry"] * 8, "corpus": "emodb", "sex": "male"})
    own["speaker"] = ["own/0", "own/1", "own/2", "own/3"] * 6
    own.loc[own["emotion"] == "angry", "speaker"] = "own/0"
    noise = 3_000 * np.random.default_rng(2).standard_normal((24, 9_600))
    give_away(own, list(noise.astype("int16")), "loudness")
    rest = pd.DataFrame({"file": bad, "emotion": "surprised", "corpus": "bad", "speaker": "bad/1", "sex": "female"})
    sf.write(root / "bad" / "talk.wav", 0.1 * np.random.default_rng(3).standard_normal(5 * RATE), RATE)
    talk = pd.DataFrame({"file": [f"{root}/bad/talk.wav#t=0,3", f"{root}/bad/talk.wav#t=0.5,3.5"], "corpus": "bad"})
    talk = talk.assign(emotion=["happy", "sad"], speaker="bad/1", sex="female")
    expected["overlapping segments"] |= {Path(file).name for file in talk["file"]}
    whole = pd.concat([clips, own, rest, talk], ignore_index=True)
    whole["part"] = np.random.default_rng(1).choice(["train", "dev", "test"], len(whole), p=[0.6, 0.2, 0.2])
    whole.loc[[source, target], "part"] = ["test", "train"]
    whole["dialog"] = pd.Series({next(free): "1" for _ in range(6)})
    whole.loc[whole["emotion"] == "angry", "part"] = "train"  # drift
    return whole, expected


def test_every_planted_fault_is_found_under_its_name(planted):
    clips, expected = planted
    findings = audited(clips)
    named = findings.dropna(subset="file").groupby("check")["file"]
    found = {check: {Path(file).name for file in files} for check, files in named}
    for check in set(CHECKS) - NOT_OF_ONE_CLIP - {"near duplicates across parts"}:
        assert expected[check], check
        assert expected[check] <= found.get(check, set()), (check, expected[check] - found.get(check, set()))
    not_beside_the_others = {"one group", "parts as given"}  # in one corpus
    assert set(findings["check"]) == set(CHECKS) - not_beside_the_others


def test_no_clip_without_a_fault_is_accused(planted):
    clips, expected = planted
    faulty = set().union(*expected.values())
    findings = audited(clips)
    accused = findings[findings["file"].notna() & (findings["severity"] != "info")]
    names = {Path(file).name for file in accused["file"]}
    assert names <= faulty, accused[~accused["file"].map(lambda file: Path(file).name).isin(faulty)].to_string()
