"""What belongs together stays in one part under every split: copies by sound and by name, recordings, dialogues."""

import hashlib
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from test_certificate import write_run
from test_splits import CORPORA, make_clips

from emokit import audit, certificate, corpora, groups, splits
from emokit.audit.names import named_like_copies
from emokit.splits import SplitError

RATE = 16_000


def clips_of(*files, **columns):
    return pd.DataFrame({"file": files, "emotion": "sad", "speaker": "own/1", "corpus": "own"} | columns)


def together(clips, measured=None):
    """The rows of each group, in their order."""
    group = groups.of(clips, measured)
    return [rows.tolist() for _, rows in clips.index.to_series().groupby(group, sort=False)]


def crossing(parted, source):
    """How many test clips have their source, or another copy of it, in train."""
    in_train = set(source[parted.index[parted["part"] == "train"]])
    return int(source[parted.index[parted["part"] == "test"]].isin(in_train).sum())


# ---- augmented copies, as people make them ---------------------------------------------------------------------------

ALTERED = {
    "noise": lambda x: x + 0.006 * np.random.default_rng(len(x)).standard_normal(len(x)).astype(np.float32),
    "shift": lambda x: np.roll(x, 1_600),
    "pitch": lambda x: librosa.effects.pitch_shift(x, sr=RATE, n_steps=2),
    "stretch": lambda x: librosa.effects.time_stretch(x, rate=0.8),
}


@pytest.fixture(scope="module")
def augmented(demo_dir, tmp_path_factory):
    """48 clips of the demo corpus with four altered copies of each: 240 clips, of which the split clip tests 60."""
    root, rows = tmp_path_factory.mktemp("augmented"), []
    clips = corpora.load("demo", demo_dir).query("emotion != 'fearful'")
    for clip in clips.groupby(["speaker", "emotion"]).head(1).itertuples():
        sound, stem = sf.read(clip.file, dtype="float32")[0], Path(clip.file).stem
        for name, samples in {"": sound, **{f"_{how}": make(sound) for how, make in ALTERED.items()}}.items():
            file = root / clip.emotion / f"{stem}{name}.wav"
            file.parent.mkdir(exist_ok=True)
            sf.write(file, samples, RATE)
            rows.append((str(file), clip.emotion, pd.NA, "own", stem))
    clips = pd.DataFrame(rows, columns=["file", "emotion", "speaker", "corpus", "source"])
    return clips, audit.measure(clips, n_jobs=2)


def test_no_test_clip_of_the_split_clip_has_its_source_in_train(augmented):
    clips, measured = augmented
    found = clips.assign(digest=measured["digest"])
    alone = splits.assign(found.assign(file=[f"/x/{n}.wav" for n in range(len(found))]), "clip")
    kept = splits.assign(found.assign(group=groups.of(found, measured)), "clip")
    before, after = (crossing(parted, clips["source"]) for parted in (alone, kept))
    n_test = int((kept["part"] == "test").sum())
    print(
        f"test clips whose source is in train: {before} of {n_test} where each clip is dealt alone, {after} in groups"
    )
    assert n_test == 60 and before >= 55 and after == 0
    assert certificate.prove(kept, scheme="clip")["clips"].sum() == len(clips)


def test_sound_alone_ties_noise_and_shift_and_names_tie_pitch_and_stretch_too(augmented):
    clips, measured = augmented
    nameless = clips.assign(file=[f"/x/{n}.wav" for n in range(len(clips))])
    by_sound = groups.of(nameless, measured)
    how = clips["file"].str.extract(r"_(noise|shift)\.wav$")[0]
    sources = by_sound[clips["file"].str.contains(r"_\d\.flac|_\d\.wav$")]
    tied = {name: by_sound[how == name].isin(sources).mean() for name in ("noise", "shift")}
    assert tied["shift"] > 0.9 and tied["noise"] > 0.5  # the fainter clips drown in it
    both = groups.of(clips, measured)
    assert both.nunique() == clips["source"].nunique() == 48
    assert both.groupby(clips["source"]).nunique().eq(1).all() and both.notna().all()


def test_files_that_are_named_like_copies_are_one_finding_with_number_example_and_remedy(augmented):
    clips, measured = augmented
    findings = audit.audit(clips, measured).query("check == 'named like copies'")
    assert findings["severity"].tolist() == ["warning"] and findings["subject"].tolist() == ["corpus own"]
    assert (
        findings["found"].str.contains(r"240 files are named like copies of one another, in 48 groups, such as").all()
    )
    assert "leave out what was made of other clips" in findings["remedy"].item()


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        "x_pitch", "x_noise", "x_stretch", "x_shift", "x_aug1", "x (1)", "x - Copy", "x - Copy (2)", "x_copy",
        "x-noise0.01", "x_pitch_up2", "x_time_stretch_0.8", "x_Noise", "x_speedNpitch", "x_white_noise_20db",
        "x_pitch-2", "x_shift_noise",
    ],
)  # fmt: skip
def test_names_that_differ_by_a_suffix_are_one_group(copy):
    assert together(clips_of("/c/a/x.wav", "/c/a/y.wav", f"/c/a/{copy}.wav")) == [[0, 2]]


@pytest.mark.parametrize(
    "copy",
    ["x_ps2", "x_ts0.9", "x_slow", "x_high", "x_low", "noise_x", "pitch_up_x", "xPitch", "xPitchUp", "clean_x"],
)
def test_names_that_may_say_a_copy_are_of_the_group_of_the_bare_name_and_of_none_without_it(copy):
    assert together(clips_of("/c/a/x.wav", "/c/a/y.wav", f"/c/a/{copy}.wav")) == [[0, 2]]
    assert together(clips_of("/c/b/x.wav", "/c/a/y.wav", f"/c/a/{copy}.wav")) == []


@pytest.mark.parametrize(
    "versions",
    [
        ["orig", "pitch", "stretch"], ["clean", "noisy", "reverb", "fast"], ["raw", "ps", "ts", "awgn"],
        ["clean", "snr10", "snr_-5dB", "snr0"], ["phone", "studio"], ["pitch_up2", "0dB"], ["Mic1", "Mic2"],
    ],
)  # fmt: skip
def test_one_name_in_folders_that_are_called_like_versions_is_one_group_and_a_finding(versions):
    files = [path.format(name) for name in versions for path in ("/c/{}/sad/x.wav", "/c/{}/sad/y.wav")]
    for clips in (clips_of(*files), clips_of(*(file.replace("/sad/", "/") for file in files), speaker=pd.NA)):
        assert together(clips) == [[*range(0, len(files), 2)], [*range(1, len(files), 2)]]
    (found,) = named_like_copies(clips_of(*files))
    examples = [f"{name}/sad/x.wav" for name in versions]
    assert any(f" in 2 groups, such as {one} and {other}" in found.found for one in examples for other in examples)


def test_a_version_in_the_name_of_the_class_folder_and_of_the_file_is_seen():
    files = ["/c/angry/x.wav", "/c/angry_pitch/x_pitch.wav", "/c/noisy-angry/noisy_x.wav", "/c/sad_pitch/x.wav"]
    assert together(clips_of(*files, emotion=["angry"] * 3 + ["sad"])) == [[0, 1, 2]]


def test_one_name_in_folders_of_people_ties_nothing():
    assert together(clips_of("/c/anna/sad/01.wav", "/c/ben/sad/01.wav", "/c/1/sad/01.wav", "/c/2/sad/01.wav")) == []


def test_copies_without_their_source_and_in_another_folder_are_one_group():
    files = ["/c/aug/x_noise.wav", "/c/aug/x_pitch.wav", "/c/clean/x.wav", "/c/clean/y.wav"]
    assert together(clips_of(*files[:2])) == [[0, 1]]
    assert together(clips_of(*files)) == [[0, 1, 2]]
    elsewhere = clips_of(*files, speaker=["own/1", "own/1", "own/2", "own/2"])
    assert together(elsewhere) == [[0, 1]]  # another speaker's x is another clip


@pytest.mark.parametrize(
    "files",
    [
        ["/c/angry/001.wav", "/c/sad/001.wav", "/c/angry/002.wav"],  # takes are numbered
        ["/c/x_1.wav", "/c/x_2.wav", "/c/x_angry.wav"],
        ["/c/angry (1).wav", "/c/angry (2).wav", "/c/angry (3).wav"],  # renamed all at once, of no source
        ["/c/noise.wav", "/c/pitch.wav", "/c/OAF_back_angry.wav"],
    ],
)
def test_other_names_tie_nothing(files):
    assert groups.of(clips_of(*files)).isna().all()


def test_names_that_would_take_a_pattern_for_ever_are_read_at_once():
    long = [
        "/c/" + "_pitch" * 40 + "_é.wav",
        "/c/" + "-" * 250 + ".wav",
        "/c/x" + "_noise" * 40 + ".wav",
        "/c/x.wav",
        "/c/",
    ]
    assert together(clips_of(*long)) == [[2, 3]]


# ---- recordings, dialogues, groups -----------------------------------------------------------------------------------


def test_clips_of_one_recording_are_one_group_unless_its_speakers_say_more():
    """Of a recording of several speakers each has a group of his own; stretches that overlap stay together."""
    clips = clips_of(*"abcdef", recording=["r", "r", "s", "s", "s", "t"], speaker=["1", "1", "1", "2", "2", "3"])
    assert together(clips) == [[0, 1], [3, 4]]
    times = {"start": [0, 2, 0, 2.9, 6, 0], "end": [1, 3, 3, 5, 7, 1]}
    assert together(clips.assign(**times)) == [[0, 1], [2, 3, 4]]  # 2 and 3 share 0.1 s
    assert together(clips.assign(**times | {"start": [0, 2, 0, 2.96, 6, 0]})) == [[0, 1], [3, 4]]
    whole = clips.assign(start=[0, 2, None, 3, 6, 0], end=[1, 3, None, 4, 7, 1])
    assert together(whole) == [[0, 1], [2, 3, 4]]  # a clip without times is all of the recording


def test_a_recording_without_known_speakers_is_one_group():
    assert together(clips_of(*"abc", recording=["r", "r", None], speaker=pd.NA)) == [[0, 1]]


@pytest.mark.parametrize("column", ["group", "dialog", "dialogue"])
def test_a_dialogue_is_one_group_whoever_speaks_and_each_corpus_has_its_own(column):
    clips = clips_of(*"abcd", speaker=["1", "2", "3", "4"], corpus=["a", "a", "b", "b"], **{column: [1, 1, 1, None]})
    assert together(clips) == [[0, 1]]


def test_a_group_holds_before_a_dialogue_whose_number_begins_anew_in_each_session():
    clips = clips_of(*"abcd", dialog="impro01", group=["s1", "s1", "s2", "s2"])
    assert together(clips) == [[0, 1], [2, 3]]


def test_groups_of_groups_are_the_same_groups():
    clips = clips_of("/c/x.wav", "/c/x_noise.wav", "/c/y.wav", dialog=[1, 2, 2])
    once = groups.of(clips)
    assert groups.of(clips.assign(group=once)).equals(once) and once.nunique() == 1


def test_the_same_samples_of_two_speakers_are_in_one_part_of_the_split_clip():
    clips = pd.DataFrame({"file": [f"/c/{n}.wav" for n in range(40)], "emotion": ["happy", "sad"] * 20, "corpus": "c"})
    clips = clips.assign(speaker=["c/a"] * 20 + ["c/b"] * 20, digest=[*range(20), *range(20)])
    assert groups.of(clips).isna().all()
    assert splits.assign(clips, "clip").groupby("digest")["part"].nunique().eq(1).all()


def test_a_copy_under_another_speakers_name_ties_no_speakers():
    alike = [{"2": 0.1}, {"1": 0.1}, {}]
    measured = pd.DataFrame({"digest": ["1", "2", "3"], "alike": alike})
    assert together(clips_of(*"abc", speaker=["1", "2", "3"]), measured) == []
    assert together(clips_of(*"abc", speaker=["1", "1", "3"]), measured) == [[0, 1]]
    assert together(clips_of(*"abc", speaker=["1", None, "3"]), measured) == [[0, 1]]


# ---- in every split --------------------------------------------------------------------------------------------------


def dialogues():
    """Ten speakers in five sessions of two, four dialogues each, as IEMOCAP has them."""
    clips = make_clips(10, n_sentences=4, corpus="talk")
    session = (clips["speaker"].str[-2:].astype(int) + 1) // 2
    return clips.assign(group="session " + session.astype("str") + " " + clips["sentence"], session=session)


@pytest.mark.parametrize("fold", [1, 2, 3, 4])
@pytest.mark.parametrize("scheme", ["speaker", "speaker+sentence", "clip"])
def test_partners_of_a_dialogue_are_never_apart(scheme, fold):
    parted = splits.assign(dialogues(), scheme, fold=fold)
    assert certificate.overlaps(parted, "group") == {"train & dev": [], "train & test": [], "dev & test": []}
    assert set(parted["part"]) == set(splits.PARTS)
    if scheme == "speaker":
        assert parted.groupby("session")["part"].nunique().eq(1).all() and len(parted) == len(dialogues())
    certificate.prove(parted, scheme=scheme)


def test_speakers_of_one_recording_are_dealt_apart_unless_their_stretches_overlap():
    clips = make_clips(8).assign(recording="one")
    clips = clips.assign(start=2.0 * clips.index, end=2.0 * clips.index + 1.9)
    assert groups.tied_speakers(clips) == {name: name for name in clips["speaker"].unique()}
    splits.assign(clips)
    last = clips.index[clips["speaker"] == "x/01"][-1]
    clips.loc[last, "end"] += 1  # into what the next speaker says
    assert groups.tied_speakers(clips)["x/02"] == "x/01 & x/02"
    assert splits.assign(clips).query("speaker in ('x/01', 'x/02')")["part"].nunique() == 1


def test_each_pair_is_tested_once_and_dev_takes_whole_pairs():
    tested = [
        set(splits.assign(dialogues(), fold=fold, folds=5).query("part == 'test'")["session"]) for fold in range(1, 6)
    ]
    assert all(len(sessions) == 1 for sessions in tested) and len(set().union(*tested)) == 5


def test_speakers_who_are_all_tied_are_refused_with_the_reason():
    with pytest.raises(
        SplitError, match="There are 1 speakers where those who share a group are one \\(x/01 & x/02 & "
    ):
        splits.assign(make_clips().assign(group="all"))


@pytest.mark.parametrize("parameter", ["test_speakers", "dev_speakers"])
def test_a_named_speaker_whose_partner_is_not_named_is_refused_by_the_partners_name(parameter):
    with pytest.raises(SplitError, match=f"{parameter} lacks talk/02, who share a group with those; name them too"):
        splits.assign(dialogues(), **{"test_speakers": ["talk/03", "talk/04"], parameter: ["talk/01"]})


def test_clips_of_one_recording_are_dealt_as_one_and_classes_stay_alike():
    clips = make_clips(4, n_sentences=8, takes=3)
    clips["recording"] = clips["file"].str.rsplit("_", n=1).str[0]  # three takes in a row
    parted = splits.assign(clips.assign(speaker=pd.NA), "clip")
    assert parted.groupby("recording")["part"].nunique().eq(1).all()
    assert parted.query("part == 'test'")["emotion"].value_counts().to_dict() == dict.fromkeys(
        set(clips["emotion"]), 24
    )


def test_dialogues_of_all_classes_are_dealt_over_all_folds():
    parted = splits.assign(dialogues().assign(speaker=pd.NA), "clip")
    sizes = parted.groupby("part")["group"].nunique()
    assert sizes.to_dict() == {"dev": 5, "test": 5, "train": 10}


def test_too_few_groups_for_the_folds_are_said():
    clips = make_clips(4).assign(speaker=pd.NA, recording="one")
    with pytest.raises(
        SplitError, match="Only 1 groups of clips that belong together hold 'angry', and 4 folds need one"
    ):
        splits.assign(clips, "clip")


TOLD = {"speaker": "d96c8f5cbce222a0", "speaker+sentence": "29f58f68dd1d483a", "clip": "d53e2ca22520f50f"}


@pytest.mark.parametrize("scheme", TOLD)
def test_where_every_clip_stands_alone_the_parts_are_those_of_before_there_were_groups(scheme):
    """Checksums of what the code before this module dealt, five corpora, two folds, so that old results compare."""
    parts = [splits.assign(clips, scheme, 3, fold=fold)["part"] for clips in CORPORA for fold in (1, 2)]
    told = hashlib.sha256("".join(part.str.cat(sep=" ") for part in parts).encode()).hexdigest()
    assert told[:16] == TOLD[scheme]
    single = [splits.assign(clips.assign(group=groups.of(clips)), scheme, 3)["part"] for clips in CORPORA]
    assert all(one.equals(other) for one, other in zip(single, parts[::2], strict=True))


def test_a_groups_proof_is_kept_and_one_that_crosses_is_found_again(tmp_path):
    clips = splits.assign(dialogues()).assign(n_frames=20)
    write_run(tmp_path, clips)
    assert certificate.check(tmp_path)["groups"] == 20 and certificate.sentence(clips).endswith("0 of 20 groups shared")
    train, test = (clips.index[clips["part"] == part][0] for part in ("train", "test"))
    clips.loc[test, "group"] = clips.loc[train, "group"]
    clips.to_csv(tmp_path / "clips.csv", index=False)
    with pytest.raises(
        certificate.LeakError, match="train & test share 1 group .*keep what belongs together in one part"
    ):
        certificate.check(tmp_path)


def test_a_column_group_of_a_run_from_before_there_were_groups_changes_no_proof(tmp_path):
    clips = splits.assign(make_clips()).assign(n_frames=20)
    write_run(tmp_path, clips)
    clips.assign(group="control").to_csv(tmp_path / "clips.csv", index=False)
    certificate.check(tmp_path)


# ---- a table that gives the parts ------------------------------------------------------------------------------------


def found_across(clips, **measured):
    table = {"digest": [str(n) for n in range(len(clips))], "alike": [{} for _ in range(len(clips))], "peak": 0.5}
    return audit.of_split(clips, pd.DataFrame(table | measured, clips.index))


def test_copies_by_name_across_the_parts_of_a_table_are_left_out_of_train():
    clips = clips_of("/c/a/x.wav", "/c/a/x_pitch.wav", "/c/a/y.wav", part=["test", "train", "train"])
    findings = found_across(clips)
    (copy,) = findings[findings["file"].notna()].itertuples()
    assert (copy.severity, copy.file) == ("severe", "/c/a/x_pitch.wav")
    assert copy.found == "is in train and is named like a copy of a/x.wav in test"
    assert audit.leave_out(clips, findings)["file"].tolist() == ["/c/a/x.wav", "/c/a/y.wav"]
    assert "groups across parts" not in set(findings["check"])


def test_near_duplicates_across_the_parts_of_a_table_are_severe_whoever_is_said_to_speak():
    clips = clips_of(*"abc", speaker=["1", "2", "3"], part=["dev", "train", "test"])
    findings = found_across(clips, alike=[{"1": 0.15}, {"0": 0.15}, {}])
    (copy,) = findings[findings["file"].notna()].itertuples()
    assert (copy.severity, copy.file) == ("severe", "b") and "sounds like a copy of a in dev" in copy.found


def test_dialogues_across_the_parts_of_a_table_are_kept_as_given_and_warned_of():
    clips = splits.assign(dialogues().assign(part=lambda c: c["speaker"].map(by_number)), "table")
    findings = found_across(clips.assign(group=groups.of(clips))).query("check == 'groups across parts'")
    assert findings["severity"].tolist() == ["warning"] and "share 4 groups" in findings["found"].item()
    certificate.prove(clips, scheme="table")
    with pytest.raises(certificate.LeakError, match="share 4 groups"):
        certificate.prove(clips, scheme="speaker")


def by_number(speaker):
    return {"01": "test", "02": "dev", "03": "dev", "04": "dev"}.get(speaker[-2:], "train")
