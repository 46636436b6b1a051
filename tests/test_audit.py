"""Every planted fault is found, and its unplanted twin stays silent."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import soxr

from emokit import audio, audit, corpora, metrics
from emokit.audit import across_parts, confounds, duplicates, fingerprint, measurements

RATE = 16_000
EMOTIONS = ("happy", "sad", "angry")


@pytest.fixture(scope="module")
def sounds(demo_dir):
    """48 clips of the demo corpus in an order that means nothing, int16."""
    files = np.random.default_rng(0).permutation(sorted(demo_dir.rglob("*.flac")))
    return [sf.read(file, dtype="int16")[0] for file in files[:48]]


@pytest.fixture
def clips(tmp_path, sounds):
    """A clean corpus: 4 speakers, 3 emotions, 4 takes of each."""
    rows = []
    for i, sound in enumerate(sounds):
        speaker, emotion = f"own/{i % 4}", EMOTIONS[i // 4 % 3]
        file = tmp_path / "corpus" / speaker[-1] / f"{i:02}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        sf.write(file, sound, RATE)
        rows.append((str(file), emotion, speaker, "own", ("female", "male")[i % 2], f"sentence {i // 12}"))
    columns = ["file", "emotion", "speaker", "corpus", "sex", "sentence"]
    return pd.DataFrame(rows, columns=columns, index=range(100, 148))


def found(clips, check=None, above_info=True):
    measured = audit.measure(clips)
    findings = audit.audit(clips, measured)
    if "part" in clips:
        findings = audit.gravest_first(findings, audit.of_split(clips, measured))
    if above_info:
        findings = findings[findings["severity"] != "info"]
    return findings if check is None else findings[findings["check"] == check]


def names(findings):
    return [Path(file).name for file in findings["file"].dropna()]


def test_a_clean_corpus_gives_no_finding_above_info(clips):
    assert found(clips).empty


def level(sound):
    return sound / np.float32(32_768)


FAULTS = {  # what is done to clip 05: (check, severity, how)
    "cut off": ("unreadable", "severe", lambda file, sound: file.write_bytes(file.read_bytes()[:9_001])),
    "no file": ("unreadable", "severe", lambda file, sound: file.unlink()),
    "text": ("unreadable", "severe", lambda file, sound: file.write_text("not sound")),
    "one sample": ("unreadable", "severe", lambda file, sound: sf.write(file, sound[:1], RATE)),
    "NaN": ("unreadable", "severe", lambda file, sound: sf.write(file, level(sound) * np.nan, RATE, "FLOAT")),
    "rate 1 Hz": ("unreadable", "severe", lambda file, sound: sf.write(file, sound, 1)),
    "silence": ("silent", "severe", lambda file, sound: sf.write(file, 0 * sound, RATE)),
    "faint noise": ("silent", "severe", lambda file, sound: sf.write(file, 1e-3 * level(sound), RATE)),
    "nothing but an offset": ("silent", "severe", lambda file, sound: sf.write(file, 0 * level(sound) + 0.3, RATE)),
    "150 ms": ("too short", "severe", lambda file, sound: sf.write(file, sound[3_000:5_400], RATE)),
    "clipped": ("clipped", "warning", lambda file, sound: sf.write(file, np.clip(20 * level(sound), -1, 1), RATE)),
    "clipped low": ("clipped", "warning", lambda file, sound: sf.write(file, np.clip(level(sound), -0.05, 0.05), RATE)),
    "offset": ("DC offset", "warning", lambda file, sound: sf.write(file, level(sound) + 0.1, RATE)),
    "8 bits": ("bit depth", "warning", lambda file, sound: sf.write(file, level(sound), RATE, "PCM_U8")),
    "two channels": ("channels", "warning", lambda file, sound: sf.write(file, np.stack([sound, sound], 1), RATE)),
    "8 kHz": ("sampling rate", "warning", lambda file, sound: sf.write(file, level(sound)[::2], 8_000)),
    "far too long": ("far durations", "warning", lambda file, sound: sf.write(file, np.tile(sound, 9), RATE)),
    "far too short": ("far durations", "warning", lambda file, sound: sf.write(file, sound[4_000:7_000], RATE)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_one_clip_is_found_and_no_other_clip_is_accused(clips, sounds, fault):
    check, severity, plant = FAULTS[fault]
    plant(Path(clips["file"].iloc[5]), sounds[5])
    findings = found(clips)
    mine = findings[findings["check"] == check]
    assert mine["severity"].tolist() == [severity] and names(mine) == ["05.wav"]
    assert set(names(findings)) == {"05.wav"}
    left = audit.leave_out(clips, findings)
    assert len(clips) - len(left) == (severity == "severe") and left.index.isin(clips.index).all()


COPIES = {  # clip 17 is written again as clip 05
    "bytes": ("duplicates", lambda sound: (sound, RATE, "WAV", "PCM_16")),
    "other bytes": ("duplicates", lambda sound: (sound, RATE, "FLAC", "PCM_16")),
    "two channels": ("duplicates", lambda sound: (np.stack([sound, sound], 1), RATE, "WAV", "PCM_16")),
    "half as loud": ("near duplicates", lambda sound: (level(sound) / 2, RATE, "WAV", "PCM_16")),
    "8 kHz": ("near duplicates", lambda sound: (soxr.resample(level(sound), RATE, 8_000), 8_000, "WAV", "PCM_16")),
    "48 kHz": ("near duplicates", lambda sound: (soxr.resample(level(sound), RATE, 48_000), 48_000, "WAV", "PCM_16")),
    "trimmed": ("near duplicates", lambda sound: (sound[3_011:-1_500], RATE, "WAV", "PCM_16")),
    "with silence around": ("near duplicates", lambda sound: (np.pad(sound, (16_123, 8_000)), RATE, "WAV", "PCM_16")),
    "MP3": ("near duplicates", lambda sound: (sound, RATE, "MP3", "MPEG_LAYER_III")),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_whatever_was_done_to_it(clips, sounds, copy):
    check, make = COPIES[copy]
    sound, rate, form, subtype = make(sounds[17])
    sf.write(clips["file"].iloc[5], sound, rate, format=form, subtype=subtype)
    findings = found(clips.assign(speaker="own/1", emotion="sad"), check)
    assert names(findings) == ["17.wav"] and findings["severity"].tolist() == ["warning"]
    assert "05.wav" in findings["found"].iloc[0]


@pytest.mark.parametrize("column", ["speaker", "emotion"])
@pytest.mark.parametrize("nothing", [pd.NA, None, np.nan])
def test_copies_are_found_where_speaker_or_emotion_is_not_known(clips, sounds, column, nothing):
    sf.write(clips["file"].iloc[5], level(sounds[17]) / 2, RATE)
    same = clips.assign(speaker="own/1", emotion="sad")
    same[column] = same[column].astype(object)
    same.loc[117, column] = nothing
    assert names(found(same, "near duplicates")) == ["17.wav"]


@pytest.mark.parametrize("column", ["speaker", "emotion"])
def test_a_sure_copy_in_other_samples_with_another_label_is_severe_and_both_are_left_out(clips, sounds, column):
    sf.write(clips["file"].iloc[5], level(sounds[17]) / 2, RATE)
    same = clips.assign(**{"speaker": "own/1", "emotion": "sad", column: clips[column]})
    same.loc[[105, 117], column] = clips[column].unique()[:2]
    findings = found(same, {"speaker": "conflicting speakers", "emotion": "conflicting labels"}[column])
    assert sorted(names(findings)) == ["05.wav", "17.wav"] and set(findings["severity"]) == {"severe"}
    assert found(same, "near duplicates").empty


def test_many_copies_of_a_clip_are_named_once_each(clips, sounds):
    for row in range(5):
        sf.write(clips["file"].iloc[row], level(sounds[17]) * (0.2 + 0.1 * row), RATE)
    findings = found(clips.assign(speaker="own/1", emotion="sad"), "near duplicates")
    assert sorted(names(findings)) == ["01.wav", "02.wav", "03.wav", "04.wav", "17.wav"]
    assert findings["found"].str.endswith("one of 6 that sound alike").all()


def altered(words, share, seed=0):
    """A fingerprint with that share of its bits turned, in half of its words: the others let the index find it."""
    words = np.frombuffer(words, fingerprint.WORD).copy()
    rng = np.random.default_rng(seed)
    flips = rng.random((len(words), 32)) < 2 * share
    flips[::2] = False
    words["bits"] ^= np.packbits(flips, axis=1).view("<u4")[:, 0]
    return words.tobytes()


def copied(sounds, n_copies, n_sounds=4, share=0.03):
    """What the audit knows of sounds that are there with so many copies, each of other samples."""
    words = [fingerprint.sign_bits(level(sound), RATE).tobytes() for sound in sounds[:n_sounds]]
    prints = [altered(one, share * (k > 0), k) for k in range(n_copies + 1) for one in words]
    alike = measurements.alike({str(i): one for i, one in enumerate(prints)})
    table = pd.DataFrame({"digest": alike.keys(), "alike": alike.values()})
    return table.assign(file="c/" + table["digest"], emotion="sad", speaker="own/1", failure=pd.NA, peak=0.5)


def test_90_copies_of_each_clip_are_one_finding_a_copy_and_not_one_a_pair(sounds):
    table = copied(sounds, 90)
    files = [finding.file for finding in duplicates.near_duplicates(table)]
    assert sorted(files) == sorted(table["file"][4:])
    conflicting = table.assign(emotion=["happy", "sad"] * (len(table) // 2), speaker=["own/1"] * 4 + ["own/2"] * 360)
    for check in (duplicates.conflicting_labels, duplicates.conflicting_speakers):
        files = [finding.file for finding in check(conflicting)]
        assert len(files) == len(set(files)) <= len(table)
    for parts, left_out in ((("train", "test"), 4), (("test", "train"), 360)):
        parted = table.assign(part=[parts[0]] * 4 + [parts[1]] * 360)
        assert len(list(across_parts.near_duplicates_across_parts(parted))) == left_out


def test_exact_copies_are_one_finding_a_copy_and_their_near_copies_too(clips, sounds):
    for row in range(6):
        sf.write(clips["file"].iloc[row], level(sounds[17]) * (0.5 if row % 2 else 1), RATE)
    same = clips.assign(speaker="own/1", emotion="sad")
    assert sorted(names(found(same, "duplicates"))) == ["02.wav", "03.wav", "04.wav", "05.wav", "17.wav"]
    assert names(found(same, "near duplicates")) == ["01.wav"]


def test_one_label_that_differs_leaves_out_the_whole_group_of_copies(sounds):
    table = copied(sounds, 20, 1)
    table.loc[20, "emotion"] = "happy"
    findings = list(duplicates.conflicting_labels(table))
    assert [finding.file for finding in findings] == table["file"].tolist()
    assert findings[0].found == "is labelled sad and is a copy, in other samples, of c/20 (happy)"
    assert findings[20].found.endswith("c/0 (sad), c/1 (sad), c/2 (sad), c/3 (sad), c/4 (sad) and 15 more")
    assert not list(duplicates.near_duplicates(table))


@pytest.mark.parametrize(("share", "near"), [(0.17, True), (0.23, False), (0.3, False), (0.34, False)])
def test_copies_differ_in_less_than_a_fifth_of_the_fingerprint(sounds, share, near):
    assert bool(copied(sounds, 1, 1, share)["alike"][0]) == near


@pytest.mark.parametrize(("share", "severe"), [(0.1, True), (0.14, False)])
def test_a_copy_is_sure_below_an_eighth_of_the_fingerprint(sounds, share, severe):
    table = copied(sounds, 1, 1, share).assign(emotion=["sad", "happy"])
    assert len(list(duplicates.conflicting_labels(table))) == (2 if severe else 0)
    assert len(list(duplicates.near_duplicates(table))) == (0 if severe else 1)


@pytest.mark.parametrize(("shared", "near"), [(12, True), (8, False)])
def test_copies_share_half_of_the_shorter_clip(shared, near):
    words = np.ones(60, fingerprint.WORD)
    words["bits"] = np.random.default_rng(0).integers(0, 2**32, 60)
    one, other = words[:20].tobytes(), words[20 - shared :].tobytes()
    assert [pair[:2] for pair in fingerprint.near_duplicates((one, other))] == [(0, 1)] * near


def test_a_clip_that_is_listed_twice_is_called_so(clips):
    twice = pd.concat([clips, clips.iloc[[5]]], ignore_index=True)
    assert found(twice, "duplicates")["found"].tolist() == ["is listed twice"]
    twice.loc[48, "emotion"] = "angry"
    told = found(twice, "conflicting labels")["found"].tolist()
    assert told == [f"is labelled {clips['emotion'].iloc[5]}, angry, listed more than once"]


def test_a_file_that_went_after_it_was_measured_costs_no_other_finding(clips, tmp_path):
    copy_clip(clips, 5, 17)
    copy_clip(clips, 4, 16)
    same = clips.assign(speaker="own/1", emotion="sad")
    measured = audit.measure(same)
    Path(same["file"].iloc[5]).unlink()
    findings = audit.audit(same, measured)
    assert names(findings[findings["check"] == "duplicates"]) == ["16.wav", "17.wav"]
    assert not findings["found"].str.contains(str(tmp_path)).any()


def test_clips_are_audited_without_speakers_or_corpus(clips):
    assert set(found(clips[["file", "emotion"]])["check"]) == {"missing speaker"}


def test_clipping_of_one_channel_or_one_side_is_found_and_a_dead_channel_is_not_clipped(tmp_path, sounds):
    sound, silence = level(sounds[5]), np.zeros(len(sounds[5]))
    loud = np.clip(20 * sound, -1, 1)
    side = np.minimum(sound, 0.3 * sound.max())
    waves = {"one": np.stack([sound, loud], 1), "side": side, "dead": np.stack([sound, silence], 1)}
    for name, wave in waves.items():
        sf.write(tmp_path / f"{name}.wav", wave, RATE)
    clipped = audit.measure(pd.DataFrame({"file": [tmp_path / f"{name}.wav" for name in waves]}))["clipped"]
    assert (clipped > audit.each_recording.CLIPPED).tolist() == [True, True, False]


def test_many_clips_of_another_rate_are_one_finding(clips, sounds):
    for file, sound in list(zip(clips["file"], sounds, strict=True))[:20]:
        sf.write(file, level(sound)[::2], 8_000)
    told = found(clips, "sampling rate")
    assert told["found"].tolist() == ["20 of 48 clips: each is sampled at 8,000 Hz; most of own at 16,000 Hz"]


def copy_clip(clips, source, target):
    Path(clips["file"].iloc[target]).write_bytes(Path(clips["file"].iloc[source]).read_bytes())


def test_one_sound_under_two_labels_is_severe_and_both_are_left_out(clips):
    copy_clip(clips, 5, 9)  # of one speaker
    findings = found(clips)
    assert sorted(names(findings)) == ["05.wav", "09.wav"] and set(findings["check"]) == {"conflicting labels"}
    assert sorted(audit.leave_out(clips, findings).index) == sorted(set(clips.index) - {105, 109})


def test_one_sound_of_two_speakers_is_severe(clips):
    copy_clip(clips, 4, 5)  # of one emotion
    findings = found(clips)
    assert sorted(names(findings)) == ["04.wav", "05.wav"] and set(findings["check"]) == {"conflicting speakers"}


def test_silent_clips_are_no_duplicates_of_each_other(clips):
    for row in (5, 9):
        sf.write(clips["file"].iloc[row], np.zeros(RATE), RATE)
    assert set(found(clips)["check"]) == {"silent"}


@pytest.mark.parametrize(("column", "check"), [("emotion", "missing label"), ("speaker", "missing speaker")])
@pytest.mark.parametrize("value", [None, np.nan, " "])
def test_what_is_not_told_is_found(clips, column, check, value):
    clips.loc[105, column] = value
    findings = found(clips, check)
    assert names(findings) == ["05.wav"] and findings["severity"].tolist() == ["severe"]


def test_a_corpus_without_speakers_is_one_warning(clips):
    findings = found(clips.assign(speaker=pd.NA))
    assert findings[["severity", "check"]].to_numpy().tolist() == [["warning", "missing speaker"]]


def test_an_unknown_label_names_its_near_match(clips):
    findings = found(clips.replace({"emotion": {"happy": "hapy"}}), "unknown label")
    assert findings["remedy"].tolist() == ["write 'happy' if that is meant"]


def test_one_class_stops_and_one_speaker_is_a_warning(clips):
    assert len(audit.stopping(found(clips.assign(emotion="sad"), "one group"))) == 1
    (alone,) = found(clips.assign(speaker="own/1"), "one group").itertuples()
    assert alone.severity == "warning" and alone.found == "every clip is of one speaker, own/1"
    assert "split clip, speaker-dependent" in alone.remedy


@pytest.mark.parametrize("column", ["emotion", "speaker", "sex", "corpus"])
def test_imbalance_is_told_and_a_gross_one_warned_of(clips, column):
    clips["corpus"] = ["own", "other"] * 24
    first = clips[clips[column] == clips[column].iloc[0]]
    rest = clips[clips[column] != clips[column].iloc[0]]
    for number, severity in ((len(rest), None), (len(first) // 2, "info"), (len(first) // 9 or 1, "warning")):
        some = pd.concat([rest, first.iloc[:number]])
        told = found(some, "imbalance", above_info=False)
        mine = told[told["subject"] == f"balance of {column}"]
        assert mine["severity"].tolist() == ([severity] if severity and number < len(first) else [])


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("speaker", ("own/Anna", "own/anna")),
        ("speaker", ("own/Müller", "own/Mu\u0308ller")),
        ("speaker", ("own/anna", "own/anna ")),
        ("emotion", ("Stolz", "stolz")),
    ],
)
def test_names_that_differ_only_in_case_blanks_or_coding_are_found(clips, column, names):
    assert found(clips, "spelling").empty
    clips.loc[clips.index[:4], column] = names[0]
    clips.loc[clips.index[4:8], column] = names[1]
    told = found(clips, "spelling")
    assert told["severity"].tolist() == ["warning"]
    assert f"{names[0]!r}, {names[1]!r} differ only in case" in told["found"].iloc[0]


@pytest.mark.parametrize("column", ["speaker", "sex"])
def test_a_class_of_one_speaker_or_sex_is_found(clips, column):
    one_sided = clips[(clips["emotion"] != "sad") | (clips[column] == clips[column].iloc[0])]
    assert f"sad is only there from one {column}" in found(one_sided, "one-sided class")["found"].str.cat()


def test_a_class_that_only_one_corpus_has_is_found(demo_dir, clips, tmp_path):
    mine = clips.replace({"emotion": {"happy": "surprised"}}).assign(file=clips["file"].map(os.path.basename))
    for file in clips["file"]:
        Path(file).rename(tmp_path / Path(file).name)
    mine.drop(columns="corpus").to_csv(tmp_path / "own.csv", index=False)
    both = ["demo", "table"], [demo_dir, tmp_path / "own.csv"]
    told = found(corpora.load(*both, classes="all"), "one-sided class")["found"]
    owners = {"fearful": "demo", "happy": "demo", "neutral": "demo", "surprised": "own"}
    assert sorted(told) == [f"{name} is only there from one corpus, {owner}" for name, owner in owners.items()]
    assert found(corpora.load(*both), "one-sided class").empty  # shared classes alone


def test_clips_of_one_exact_length_are_found(clips, sounds):
    for file, sound in list(zip(clips["file"], sounds, strict=True))[:16]:
        sf.write(file, sound[:11_200], RATE)
    told = found(clips, "equal lengths")["found"]
    assert len(told) == 1 and told.str.contains("16 of 48 clips last exactly 0.700 s").all()


def give_away(clips, sounds, fact):
    for i, (file, sound) in enumerate(zip(clips["file"], sounds, strict=True)):
        k = EMOTIONS.index(clips["emotion"].iloc[i])
        rate = RATE
        if fact == "loudness":
            sound = level(sound) / np.abs(level(sound)).max() * 0.9 * 3.0**-k
        elif fact == "duration":
            sound = sound[: (5_000, 8_000, 11_000)[k] + i]
        elif fact == "leading silence":
            sound = np.concatenate([np.zeros(4_000 * k, "int16"), sound])
        elif fact == "trailing silence":
            sound = np.concatenate([sound, np.zeros(4_000 * k, "int16")])
        elif fact == "sampling rate":
            rate = (16_000, 8_000, 12_000)[k]
            sound = soxr.resample(level(sound), RATE, rate)
        sf.write(file, sound, rate)


@pytest.mark.parametrize("fact", ["loudness", "duration", "leading silence", "trailing silence", "sampling rate"])
def test_a_trivial_fact_that_gives_the_label_away_is_found(clips, sounds, fact):
    give_away(clips, sounds, fact)
    assert fact in set(found(clips, "confounds")["subject"])


def noise(sound):
    return np.random.default_rng(len(sound)).standard_normal(len(sound)).astype(np.float32)


def at_8_khz(sound):
    return soxr.resample(soxr.resample(sound, RATE, 8_000), 8_000, RATE)


def hum(sound, hertz):
    return np.sin(2 * np.pi * hertz * np.arange(len(sound)) / RATE).astype(np.float32)


CHAINS = {  # how the recordings of one class came about, unlike the others: (what tells, how, file format)
    "up-sampled from 8 kHz": ("bandwidth", at_8_khz, "WAV"),
    "up-sampled from 8 kHz, heard": ("treble", at_8_khz, "WAV"),
    "an offset of 0.008": ("DC offset", lambda sound: sound + 0.008, "WAV"),
    "an offset of 0.002": ("DC offset", lambda sound: sound + 0.002, "WAV"),
    "noise at -45 dB": ("noise floor", lambda sound: sound + 10 ** (-45 / 20) * noise(sound), "WAV"),
    "noise, and as loud as before": ("signal to noise", lambda sound: sound + sound.std() * 0.3 * noise(sound), "WAV"),
    "hum of 50 Hz": ("hum", lambda sound: sound + 0.004 * hum(sound, 50), "WAV"),
    "hum of 60 Hz": ("hum", lambda sound: sound + 0.004 * hum(sound, 60), "WAV"),
    "normalised": ("peak", lambda sound: 0.9 * sound / np.abs(sound).max(), "WAV"),
    "two channels": ("channels", lambda sound: np.stack([sound, sound], 1), "WAV"),
    "FLAC": ("codec", lambda sound: sound, "FLAC"),
    "MP3": ("codec", lambda sound: sound, "MP3"),
    "silence before it": ("leading silence", lambda sound: np.pad(sound, (8_000, 0)), "WAV"),
    "silence after it": ("trailing silence", lambda sound: np.pad(sound, (0, 8_000)), "WAV"),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_class_that_was_recorded_in_another_way_is_given_away_by_what_tells_it(clips, sounds, chain):
    fact, make, form = CHAINS[chain]
    twin = audit.giveaways(clips.join(audit.measure(clips)))
    assert fact not in twin.index or twin.loc[fact, "sad"] < confounds.TELLING
    for file, sound in zip(clips["file"], sounds, strict=True):
        if clips.set_index("file").at[file, "emotion"] == "sad":
            sf.write(file, make(level(sound)), RATE, format=form)
    assert audit.giveaways(clips.join(audit.measure(clips))).loc[fact, "sad"] > 0.9
    told = found(clips, "confounds")
    assert told.loc[told["subject"] == fact, "severity"].tolist() == ["warning"]


def test_an_inaudible_offset_gives_nothing_away(clips, sounds):
    for file, sound, emotion in zip(clips["file"], sounds, clips["emotion"], strict=True):
        centred = level(sound) - level(sound).mean()
        sf.write(file, centred + 5e-5 * (emotion == "sad"), RATE, "FLOAT")
    assert "DC offset" not in audit.giveaways(clips.join(audit.measure(clips))).index


def test_file_order_is_told_but_no_alarm(clips):
    by_emotion = clips.sort_values("emotion").assign(file=sorted(clips["file"]), speaker="own/1")
    told = found(by_emotion, "confounds", above_info=False).set_index("subject")
    assert "UAR 9" in told.loc["file order", "found"] and told.loc["file order", "severity"] == "info"


def tree_uar(values, labels, speakers):
    labels, _ = pd.factorize(labels)
    folds = confounds.speaker_folds(labels, pd.Series(speakers))
    said = confounds.tree_says(np.asarray(values, float), labels, folds)
    return metrics.uar(labels.astype(str), said.astype(str))


def eight_classes(fact):
    """What the audit knows of 480 clips of 8 classes by 6 speakers, in RAVDESS's proportions; `fact` by class."""
    sizes = [4, 8, 8, 8, 8, 8, 8, 8]
    rows = [(speaker, number) for speaker in range(6) for number, size in enumerate(sizes) for _ in range(size)]
    speaker, number = map(np.array, zip(*rows, strict=True))
    noise = np.random.default_rng(0).uniform(size=len(rows))
    words = np.array(["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"])
    table = pd.DataFrame({"emotion": words[number], "speaker": [f"own/{one}" for one in speaker], "duration": 2.0})
    table = table.assign(file=[f"{i}.wav" for i in range(len(rows))], failure=pd.NA, peak=0.5, rms=0.1, rate=RATE)
    table = table.assign(container="WAV", subtype="PCM_16", channels=1)
    same = dict.fromkeys(["leading", "trailing", "floor", "hum", "dc", "treble", "bandwidth"], 0.0)
    return table.assign(**same, duration=fact(number, noise)).sample(frac=1, random_state=0)


def duration_finding(fact):
    told = [finding for finding in confounds.confounds(eight_classes(fact)) if finding.subject == "duration"]
    return told[0]


def test_a_perfect_leak_of_eight_classes_is_a_warning():
    finding = duration_finding(lambda number, noise: (number * 5 % 8) + 0.9 * noise)
    assert finding.severity == "warning" and "UAR 100%" in finding.found


def test_one_class_of_eight_that_is_given_away_is_a_warning_that_names_it():
    finding = duration_finding(lambda number, noise: noise + 3 * (number == 4))
    assert finding.severity == "warning" and "gives angry away (100% right against the rest)" in finding.found


def test_a_fact_at_chance_is_no_finding_and_one_a_little_above_guessing_is_told():
    table = eight_classes(lambda number, noise: noise)
    row = audit.giveaways(table).loc["duration"]
    assert row["uar"] < row["guessing"] == pytest.approx(0.125 + 3 * (0.125 * 0.875 * (1 / 24 + 7 / 48) / 64) ** 0.5)
    assert "duration" not in {finding.subject for finding in confounds.confounds(table)}
    assert duration_finding(lambda number, noise: number + 6 * noise).severity == "info"


@pytest.mark.parametrize(("unlike", "low", "severity"), [(0.9, 0.9, "warning"), (0.78, 0.84, "info")])
def test_a_class_that_is_told_from_the_rest_in_nine_tenths_is_given_away(unlike, low, severity):
    fact = lambda number, noise: noise + 3 * ((number == 4) & (noise < unlike))  # noqa: E731
    assert low < audit.giveaways(eight_classes(fact)).loc["duration", "angry"] < low + 0.06
    assert duration_finding(fact).severity == severity


def giveaways_of(**uar):
    return pd.DataFrame({"uar": uar, "chance": 0.25, "guessing": 0.3})


@pytest.mark.parametrize(
    ("facts", "own", "said"),
    [
        (
            {"duration": 0.347, "hum": 0.31},
            0.833,
            "duration alone gives a UAR of 34.7 %, less than the 83.3 % of this model",
        ),
        (
            {"treble": 0.439, "hum": 0.31},
            0.356,
            "treble alone gives a UAR of 43.9 %, no less than the 35.6 % of this model: do not trust its result",
        ),
        ({"treble": 0.5}, 0.5, "no less than the 50.0 % of this model: do not trust its result"),
        ({"file order": 0.9, "hum": 0.29}, 0.5, "better than guessing, so none explains the UAR of 50.0 %"),
        ({"hum": 0.29}, 0.28, "neither a trivial fact nor this model tells the emotion better"),
        ({"file order": 0.9}, 0.5, "no trivial fact differs between these clips"),
        ({}, 0.5, "no trivial fact differs between these clips"),
    ],
)
def test_one_sentence_holds_a_model_against_what_a_trivial_fact_tells(facts, own, said):
    assert said in audit.verdict(giveaways_of(**facts), own)


def test_the_tree_is_at_chance_on_labels_that_mean_nothing():
    rng = np.random.default_rng(0)
    uar = tree_uar(rng.normal(size=400), rng.choice(["a", "b"], 400), rng.choice(list("123456"), 400))
    assert abs(uar - 0.5) < 3 * 0.5 / 400**0.5


def test_what_the_tree_knows_of_a_speaker_does_not_count_for_others():
    groups = [(speaker, label, 2 * speaker + (label == "b")) for speaker in range(3) for label in "ab"]
    rows = pd.DataFrame([group for group in groups for _ in range(20)], columns=["speaker", "label", "value"])
    rows = rows.sample(frac=1, random_state=0)
    told = tree_uar(rows["value"], rows["label"], rows["speaker"])
    untold = tree_uar(rows["value"], rows["label"], [pd.NA] * len(rows))
    assert told <= 0.5 and untold >= 0.75


def test_missing_speakers_and_missing_clips_are_counted(demo_dir):
    clips = corpora.load("demo", demo_dir)
    speakers = sorted(clips["speaker"].unique())
    there = clips[clips["speaker"] != speakers[0]]
    there = there.drop(there.index[there["speaker"] == speakers[1]][:3])
    findings = found(there, "counts")
    assert set(findings["severity"]) == {"warning"}
    assert f"1 of {len(speakers)} speakers are not at hand: {speakers[0]}" in findings["found"].tolist()
    assert findings.loc[findings["subject"] == f"speaker {speakers[1]}", "found"].str.startswith("3 of").all()
    more = pd.concat([clips, clips.iloc[:1]], ignore_index=True)
    assert "published" in found(more, "counts")["found"].iloc[0]


@pytest.fixture
def parted(clips):
    """Speakers 0 and 1 train, 2 dev, 3 test; each sentence in one part."""
    parts = clips["speaker"].map({"own/0": "train", "own/1": "train", "own/2": "dev", "own/3": "test"})
    return clips.assign(part=parts, sentence="sentence of " + parts)


def test_a_good_split_gives_no_finding(parted):
    told = found(parted, above_info=False)
    assert not told["check"].str.contains("across parts|drift").any()


def test_speakers_across_parts_are_a_warning_that_calls_the_result_speaker_dependent(parted):
    parted.loc[104, "part"] = "test"
    findings = found(parted, "speakers across parts")
    assert findings["subject"].tolist() == ["train & test"] and findings["severity"].tolist() == ["warning"]
    assert findings["remedy"].str.contains("speaker-dependent").all()


def test_copies_across_parts_are_left_out_of_train_and_the_test_keeps_its_own(parted, sounds):
    copy_clip(parted, 4, 6)  # train, dev
    sf.write(parted["file"].iloc[7], level(sounds[5]) * 0.6, RATE)  # test, train
    findings = found(parted)
    for check, file in (("content across parts", "04.wav"), ("near duplicates across parts", "05.wav")):
        mine = findings[findings["check"] == check]
        assert names(mine) == [file] and mine["severity"].tolist() == ["severe"]
    assert audit.stopping(findings).empty


def test_one_file_in_two_parts_stops_since_only_the_table_can_say_where_it_belongs(parted):
    twice = pd.concat([parted, parted.iloc[[4]].assign(part="test")], ignore_index=True)
    findings = found(twice, "content across parts")
    assert findings["found"].tolist() == ["share 1 file: 0/04.wav"] and len(audit.stopping(findings)) == 1


def test_sentences_that_only_train_and_dev_share_ask_for_nothing(parted):
    kids = parted.assign(sentence=parted["sentence"].where(parted["part"] == "test", "kids"))
    told = found(kids, "sentences across parts", above_info=False)
    assert told["remedy"].tolist() == ["nothing: the test has sentences of its own"]


def test_sentences_across_parts_are_told(parted):
    told = found(parted.assign(sentence="kids"), "sentences across parts", above_info=False)
    assert len(told) == 3 and set(told["severity"]) == {"info"}


def test_label_drift_is_found(parted):
    drifted = parted.drop(parted.index[(parted["part"] == "test") & (parted["emotion"] == "sad")])
    assert found(drifted, "label drift")["subject"].tolist() == ["test"]


def test_clips_and_split_are_each_audited_once_and_the_sounds_compared_when_measured(parted, monkeypatch):
    runs = []
    for checks in (audit.CHECKS, audit.CHECKS_OF_SPLIT):
        for name in checks:
            monkeypatch.setitem(checks, name, lambda table, name=name: runs.append((name, len(table))) or ())
    measured = audit.measure(parted)
    monkeypatch.setattr(fingerprint, "near_duplicates", lambda prints: pytest.fail("compared again"))
    audit.audit(parted, measured)
    audit.of_split(parted.iloc[1:], measured)  # a clip was left out
    assert runs == [(name, 48) for name in audit.CHECKS] + [(name, 47) for name in audit.CHECKS_OF_SPLIT]


def test_near_duplicates_of_the_whole_corpus_are_those_among_the_clips_that_are_left(clips, sounds):
    """What was measured of a clip that is left out is asked for no more."""
    for row in (5, 9):
        sf.write(clips["file"].iloc[row], level(sounds[17]) * (0.3 + 0.05 * row), RATE)
    same = clips.assign(speaker="own/1", emotion="sad")
    measured, left = audit.measure(same), same.drop(index=105)
    findings = audit.audit(left, measured.loc[left.index])
    assert names(findings[findings["check"] == "near duplicates"]) == ["17.wav"]


def test_no_function_of_the_audit_hides_a_module_of_it():
    modules = {path.stem for path in Path(audit.__file__).parent.glob("*.py")}
    assert not modules & set(audit.__all__)


def test_measurements_of_other_clips_are_refused(parted):
    measured = audit.measure(parted.iloc[:10])
    for run in (audit.audit, audit.of_split):
        with pytest.raises(ValueError, match="different indexes; measure these clips"):
            run(parted, measured)


def test_the_gravest_finding_of_several_tables_comes_first():
    tables = [pd.DataFrame({"severity": rows}) for rows in (["info", "severe"], [], ["severe", "warning", "info"])]
    for number, table in enumerate(tables):
        table["of"] = number
    listed = audit.gravest_first(*tables)
    assert listed["severity"].tolist() == ["severe", "severe", "warning", "info", "info"]
    assert listed["of"].tolist() == [0, 2, 2, 0, 2] and listed.index.tolist() == [0, 1, 2, 3, 4]


def test_a_check_that_fails_is_a_finding(clips, monkeypatch):
    monkeypatch.setitem(audit.CHECKS, "silent", lambda table: [1 / 0])
    findings = found(clips)
    assert findings["found"].tolist() == ["the check 'silent' failed: ZeroDivisionError: division by zero"]


def test_every_check_gets_through_an_empty_table_and_one_that_cannot_be_read(clips):
    assert found(clips.iloc[:0]).empty
    for file in clips["file"]:
        Path(file).write_bytes(b"")
    assert set(found(clips)["check"]) == {"unreadable"}


def test_findings_name_no_folder_of_this_machine(clips, sounds, tmp_path):
    for row, fault in enumerate(FAULTS.values()):
        fault[2](Path(clips["file"].iloc[row]), sounds[row])
    text = found(clips, above_info=False).drop(columns="file").to_csv()
    assert str(tmp_path) not in text


def test_measurements_are_right_and_come_from_the_cache(clips, sounds, tmp_path, monkeypatch):
    seconds = len(sounds[5]) / RATE
    measured = audit.measure(clips, tmp_path / "cache", n_jobs=2)
    assert measured.index.equals(clips.index)
    row = measured.loc[105]
    assert (row["rate"], row["channels"], row["subtype"]) == (RATE, 1, "PCM_16")
    assert row["duration"] == pytest.approx(seconds)
    assert row["peak"] == pytest.approx(np.abs(level(sounds[5])).max(), abs=1e-3)
    assert row["rms"] == pytest.approx(np.sqrt(np.mean(level(sounds[5]) ** 2)), rel=1e-2)
    monkeypatch.setattr(audio, "decode", lambda file: pytest.fail("decoded"))
    pd.testing.assert_frame_equal(audit.measure(clips[::-1], tmp_path / "cache"), measured[::-1])


def test_a_damaged_cache_is_measured_again(clips, tmp_path):
    measured = audit.measure(clips, tmp_path / "cache")
    for path in (tmp_path / "cache").rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"PCM", b"PCN", 1))
    pd.testing.assert_frame_equal(audit.measure(clips, tmp_path / "cache"), measured)


def measured_alone(tmp_path, *waves, rate=RATE, **how):
    for number, wave in enumerate(waves):
        sf.write(tmp_path / f"{number}.wav", wave, rate, **how)
    return audit.measure(pd.DataFrame({"file": [tmp_path / f"{number}.wav" for number in range(len(waves))]}))


def test_silence_is_measured_at_each_end(tmp_path, sounds):
    measured = measured_alone(tmp_path, np.pad(sounds[0], (4_800, 3_200)), sounds[0])
    assert measured["leading"].diff()[1] == pytest.approx(-0.3, abs=0.02)
    assert measured["trailing"].diff()[1] == pytest.approx(-0.2, abs=0.02)


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_noise_hum_and_bandwidth_are_measured_in_their_units(tmp_path, rate):
    time = np.arange(2 * rate) / rate
    loud = 0.1 * np.random.default_rng(0).standard_normal(len(time))
    half = soxr.resample(soxr.resample(loud, rate, 8_000), 8_000, rate)
    faint = np.where(time < 1.5, loud, 0.01 * loud)
    waves = [loud, half, faint, 0.01 * np.sin(2 * np.pi * 50 * time), 0.01 * np.sin(2 * np.pi * 100 * time)]
    measured = measured_alone(tmp_path, *waves, rate=rate, subtype="FLOAT")
    assert measured["bandwidth"].tolist()[:2] == pytest.approx([8_000, 4_000], abs=300)
    assert measured["treble"].tolist()[0] == pytest.approx(-3, abs=0.3) and measured["treble"][1] < -20
    assert measured["floor"].tolist()[:3:2] == pytest.approx([-20, -60], abs=1.5)
    assert measured["hum"][3] == pytest.approx(-43, abs=1) and measured["hum"][4] < -90
    assert measured["container"].tolist() == ["WAV"] * 5


def test_a_clip_shorter_than_one_window_and_one_without_sound_are_measured(tmp_path, sounds):
    measured = measured_alone(tmp_path, sounds[0][3_000:3_050], np.zeros(RATE))
    assert measured["failure"].isna().all()
    assert np.isfinite(measured[["floor", "hum", "treble", "bandwidth"]].to_numpy()).all()


def test_ravdess_has_its_known_flaws_and_two_takes_are_no_copies(ravdess_dir):
    clips = corpora.load("ravdess", ravdess_dir)
    clips = clips[clips["speaker"].isin(["ravdess/05", "ravdess/07"])]
    findings = found(clips)
    assert set(findings["check"]) == {"channels", "duplicates", "counts"}
    assert [Path(name).stem for name in names(findings)] == ["03-01-02-01-02-02-05", "03-01-03-01-02-02-07"]
    assert set(findings["severity"]) == {"warning"}


def test_the_fingerprint_tells_copies_from_takes(ravdess_dir):
    clips = corpora.load("ravdess", ravdess_dir)
    files = clips.loc[clips["speaker"] == "ravdess/12", "file"].tolist()
    sounds = [audio.read(file) for file in files]
    words = [fingerprint.sign_bits(sound, RATE).tobytes() for sound in sounds]
    assert fingerprint.near_duplicates(tuple(words)) == []
    rng = np.random.default_rng(0)
    for i in (3, 20, 40):
        noise = rng.standard_normal(len(sounds[i])).astype(np.float32)
        for copy in (sounds[i][5_003:], sounds[i] * 0.1, sounds[i] + noise * sounds[i].std() * 0.03):
            pairs = fingerprint.near_duplicates((*words, fingerprint.sign_bits(copy, RATE).tobytes()))
            assert [pair[:2] for pair in pairs] == [(i, len(files))] and pairs[0][2] < 0.12


def test_a_severe_finding_of_a_group_stops_unless_it_is_allowed(clips, capsys):
    findings = found(clips.assign(emotion="sad"))
    with pytest.raises(audit.UnsoundError, match="every clip is of one class"):
        audit.require_sound(findings)
    audit.require_sound(findings, allow_severe=True)
    assert "Trained in spite of" in capsys.readouterr().out
    Path(clips["file"].iloc[5]).unlink()
    audit.require_sound(found(clips))  # a bad clip is left out, and stops nothing
