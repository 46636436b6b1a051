"""Clips that are stretches of longer recordings, from their table to the reviews."""

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audio, audit, corpora, groups
from emokit.audio import BadClip, with_times
from emokit.audit.overlaps import overlaps
from emokit.corpora import segments
from emokit.corpora.folder import inside
from emokit.features import extract
from emokit.features.cache import extract_and_measure
from emokit.features.log_mel import LogMelSettings

RATE = 16_000
FORMATS = {
    "wav": {}, "flac": {}, "24 bits": dict(subtype="PCM_24"), "floats": dict(subtype="FLOAT"),
    "ogg": dict(format="OGG", subtype="VORBIS"), "opus": dict(format="OGG", subtype="OPUS"), "mp3": dict(format="MP3"),
    "adpcm": dict(subtype="IMA_ADPCM"), "gsm": dict(subtype="GSM610"), "aiff": dict(format="AIFF"),
}  # fmt: skip


@pytest.fixture(scope="module")
def voices(demo_dir):
    """The first 12 clips of the demo corpus, float32."""
    files = sorted(demo_dir.rglob("*.flac"))[:12]
    return [sf.read(file, dtype="float32")[0] for file in files]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_stretch_reads_as_the_same_stretch_of_the_whole(tmp_path, voices, kind):
    options = {"format": "FLAC" if kind == "flac" else "WAV", **FORMATS[kind]}
    rate = 8_000 if kind == "gsm" else RATE
    sf.write(tmp_path / "x", np.concatenate(voices), rate, **options)
    whole = audio.decode(tmp_path / "x").samples
    for start, end in ((0, 0.5), (0.3, 1.7), (1.23456, 7.7), (9.1, None)):
        first, last = round(start * rate), None if end is None else round(end * rate)
        stretch = audio.decode(with_times(tmp_path / "x", start, end)).samples
        np.testing.assert_allclose(stretch, whole[first:last], atol=1e-6)


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_frames_and_measurements_are_those_of_the_same_stretch_cut_to_its_own_file(tmp_path, voices, rate):
    recording = np.stack([np.concatenate(voices)] * 2, 1) * np.float32([1, 0.5])
    sf.write(tmp_path / "long.flac", recording, rate)
    names = []
    for number, (start, end) in enumerate([(0.5, 2), (1.2345, 3.7), (2, 4.000001)]):
        first, last = round(start * rate), round(end * rate)
        names.append((with_times(tmp_path / "long.flac", start, end), str(tmp_path / f"{number}.flac")))
        sf.write(names[-1][1], sf.read(tmp_path / "long.flac", dtype="int16")[0][first:last], rate)
    frames, measured = zip(
        *(extract_and_measure(pd.DataFrame({"file": files}), LogMelSettings(), tmp_path / f"cache {number}")
          for number, files in enumerate(zip(*names, strict=True))), strict=True,
    )  # fmt: skip
    for one, other in zip(*frames, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    pd.testing.assert_frame_equal(*(table.drop(columns="alike") for table in measured), atol=1e-6)


def test_an_end_a_little_beyond_the_recording_is_its_end(tmp_path, voices):
    sf.write(tmp_path / "x.wav", voices[0], RATE)
    seconds = len(voices[0]) / RATE
    whole = audio.read(tmp_path / "x.wav")
    np.testing.assert_array_equal(audio.read(with_times(tmp_path / "x.wav", 0.2, seconds + 0.09)), whole[3_200:])


@pytest.mark.parametrize(("start", "end"), [(0.2, 99), (0.2, 1.11), (1, 2), (5, None)])
def test_a_stretch_beyond_the_recording_is_refused_with_both_lengths(tmp_path, start, end):
    sf.write(tmp_path / "x.wav", np.zeros(RATE), RATE)
    with pytest.raises(BadClip, match="the stretch from .* of a recording that lasts 1.00 s; correct") as bad:
        audio.read(with_times(tmp_path / "x.wav", start, end))
    assert bad.value.code == "segment"


@pytest.mark.parametrize("times", ["3,1", "2,2"])
def test_a_file_with_impossible_times_is_a_bad_clip(tmp_path, times):
    file = f"{tmp_path}/x.wav#t={times}"
    sf.write(tmp_path / "x.wav", np.zeros(RATE), RATE)
    with pytest.raises(BadClip, match="the stretch from .*; correct its times") as bad:
        audio.read(file)
    assert bad.value.code == "segment" and str(bad.value).count("x.wav") == 1
    features = extract(pd.DataFrame({"file": [file]}), cache_dir=tmp_path / "cache")
    assert features.failures["code"].tolist() == ["segment"]


def test_a_long_recording_is_not_decoded_from_its_start_for_each_stretch(tmp_path, voices):
    hour = np.tile(np.concatenate(voices), 70)[: 600 * RATE]
    sf.write(tmp_path / "x.flac", hour, RATE)
    begin = time.perf_counter()
    audio.decode(tmp_path / "x.flac")
    whole = time.perf_counter() - begin
    begin = time.perf_counter()
    for start in np.linspace(0, 590, 50):
        audio.read(with_times(tmp_path / "x.flac", start, start + 2))
    assert time.perf_counter() - begin < 5 * whole  # from their start: 25 times


def test_a_recording_longer_than_may_be_read_gives_its_stretches(tmp_path):
    with open(tmp_path / "x.wav", "wb") as stream:  # noqa: PTH123
        sf.write(stream, np.zeros(RATE, np.int16), RATE, format="WAV")
    content = bytearray((tmp_path / "x.wav").read_bytes())
    content[40:44] = (2 * 2**28).to_bytes(4, "little")
    (tmp_path / "x.wav").write_bytes(content)
    os.truncate(tmp_path / "x.wav", 44 + 2 * 2**28)  # a hole: 4 hours and 40 minutes
    with pytest.raises(BadClip, match="too-long"):
        audio.read(tmp_path / "x.wav")
    assert len(audio.read(with_times(tmp_path / "x.wav", 16_000, 16_001))) == RATE


def test_a_stretch_is_computed_once_and_anew_when_its_recording_changes(tmp_path, voices):
    file = with_times(tmp_path / "x.wav", 0.1, 0.6)
    clips = pd.DataFrame({"file": [file, with_times(tmp_path / "x.wav", 0.3, 0.6)]})
    for voice in voices[:2]:
        sf.write(tmp_path / "x.wav", voice, RATE)
        features = extract(clips, cache_dir=tmp_path / "cache")
        np.testing.assert_array_equal(features[0], extract(clips.iloc[:1])[0])
        assert len(features[0]) != len(features[1])
    n_shards = len(list((tmp_path / "cache").rglob("*.frames")))
    extract(clips, cache_dir=tmp_path / "cache")
    assert len(list((tmp_path / "cache").rglob("*.frames"))) == n_shards


def test_a_stretch_of_a_recording_that_was_renamed_is_not_computed_again(tmp_path, voices, monkeypatch):
    sf.write(tmp_path / "x.wav", voices[0], RATE)
    extract(pd.DataFrame({"file": [with_times(tmp_path / "x.wav", 0.1, 0.6)]}), cache_dir=tmp_path / "cache")
    sf.write(tmp_path / "y.wav", np.concatenate([voices[1], voices[0]]), RATE)
    start = len(voices[1]) / RATE  # of the same samples
    moved = pd.DataFrame({"file": [with_times(tmp_path / "y.wav", start + 0.1, start + 0.6)]})
    monkeypatch.setattr(LogMelSettings, "placed", lambda *args: 1 / 0)
    assert len(extract(moved, cache_dir=tmp_path / "cache")[0])


# ---- tables ---------------------------------------------------------------------------------------------------------

def named(**columns):
    return segments.named(pd.DataFrame(columns), "clips.csv")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([1.2, 3.0], [2.5, 4.25]),
        (["1.2", "3"], ["2.5", "4.25"]),
        (["1,2", "3"], ["2,5", "4,25"]),
        (["0 days 00:00:01.200000", "0 days 00:00:03"], ["0 days 00:00:02.500000", "0 days 00:00:04.250000"]),
        (["00:00:01.2", "00:00:03"], ["00:00:02.5", "00:00:04.25"]),
        (pd.to_timedelta([1.2, 3.0], unit="s"), pd.to_timedelta([2.5, 4.25], unit="s")),
    ],
    ids=["numbers", "texts", "decimal commas", "audformat", "times of day", "timedeltas"],
)
def test_times_in_columns_become_names(start, end):
    table = named(file=["a/x.wav", "y.wav"], start=start, end=end)
    assert table["file"].tolist() == ["a/x.wav#t=1.2,2.5", "y.wav#t=3,4.25"]
    assert table["start"].tolist() == [1.2, 3.0] and table["end"].tolist() == [2.5, 4.25]


def test_what_is_missing_is_open_or_the_whole_file():
    table = named(file=["x.wav", "x.wav", "x.wav"], start=[None, 1, None], end=[None, None, 2])
    assert table["file"].tolist() == ["x.wav", "x.wav#t=1", "x.wav#t=0,2"]
    np.testing.assert_array_equal(table["start"], [np.nan, 1, 0])
    np.testing.assert_array_equal(table["end"], [np.nan, np.nan, 2])


def test_a_table_that_names_stretches_in_its_files_is_taken_as_it_is():
    table = named(file=["x.wav#t=1,2", "y.wav"])
    assert table["file"].tolist() == ["x.wav#t=1,2", "y.wav"] and table["start"].iloc[0] == 1
    again = segments.named(table, "clips.csv")
    pd.testing.assert_frame_equal(again, table)


def test_a_table_without_times_stays_as_it_is():
    table = pd.DataFrame({"file": ["x.wav"], "emotion": ["sad"]})
    assert segments.named(table, "clips.csv") is table


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (2, 1, "the stretch from 2 to 1 s ends before it starts; correct its times"),
        (1, 1, "the stretch from 1 to 1 s is empty; correct its times"),
        (-1, 1, "the start of a stretch is -1; expected seconds from 0 on"),
        ("soon", "later", "start is 'soon', which is no time; write seconds such as 1.2"),
        (0, float("inf"), "the end of a stretch is inf; expected seconds from 0 on"),
    ],
)
def test_an_impossible_row_is_refused_in_one_sentence_with_its_line(start, end, words):
    with pytest.raises(corpora.CorpusError, match=rf"^clips.csv, line 3: .*{words}[^.]*\.$"):
        named(file=["x.wav", "y.wav"], start=[0, start], end=[1, end])


def test_times_in_a_name_and_other_ones_in_columns_are_refused():
    with pytest.raises(corpora.CorpusError, match="line 2: x.wav#t=1,2: the columns start and end say other times"):
        named(file=["x.wav#t=1,2"], start=[1], end=[3])


# ---- from table to disk and back ------------------------------------------------------------------------------------

def a_set(folder: Path, voices, n_recordings=4):
    """Recordings of three voices each one behind the other, and clips that are stretches of them."""
    rows = []
    for number in range(n_recordings):
        path, at = folder / f"talk {number}.flac", 0.0
        own = voices[number * 3 : number * 3 + 3]
        sf.write(path, np.concatenate(own), RATE)
        for emotion, voice in zip(("happy", "sad", "angry"), own, strict=True):
            rows.append((with_times(path, at, at + len(voice) / RATE), emotion, f"own/{number}", "own", str(path)))
            at += len(voice) / RATE
    return pd.DataFrame(rows, columns=["file", "emotion", "speaker", "corpus", "recording"])


def test_stretches_and_recordings_are_written_relative_and_read_elsewhere(tmp_path, voices):
    (tmp_path / "one").mkdir()
    clips = a_set(tmp_path / "one", voices)
    corpora.write_clips(tmp_path / "clips.csv", clips, tmp_path / "one")
    text = (tmp_path / "clips.csv").read_text()
    assert str(tmp_path) not in text and text.splitlines()[1].startswith('"talk 0.flac#t=0,')
    (tmp_path / "one").rename(tmp_path / "two")
    again = corpora.read_clips(tmp_path / "clips.csv", tmp_path / "two")
    assert again["recording"].tolist() == [audio.fragment(file)[0] for file in again["file"]]
    assert again["recording"].iloc[0] == str(tmp_path / "two" / "talk 0.flac")
    assert len(audio.read(again["file"].iloc[4])) == len(voices[4])


def test_a_recording_that_is_no_path_stays_as_it_is(tmp_path, voices):
    clips = a_set(tmp_path, voices).assign(recording="007")
    corpora.write_clips(tmp_path / "clips.csv", clips, tmp_path)
    assert set(corpora.read_clips(tmp_path / "clips.csv", tmp_path)["recording"]) == {"007"}


def test_a_stretch_of_a_link_that_leads_out_of_the_corpus_is_refused(tmp_path, voices):
    (tmp_path / "corpus").mkdir()
    sf.write(tmp_path / "secret.wav", voices[0], RATE)
    (tmp_path / "corpus" / "x.wav").symlink_to(tmp_path / "secret.wav")
    for file in ("x.wav", "x.wav#t=0,0.5"):
        with pytest.raises(corpora.CorpusError, match="a link out of"):
            inside(tmp_path / "corpus", file, "clips.csv", through_links=True)


# ---- overlaps --------------------------------------------------------------------------------------------------------


def overlapping(tmp_path, voices, *stretches):
    """Findings of stretches (start, end, emotion, speaker) of one recording of about 12 s."""
    sf.write(tmp_path / "talk.flac", np.concatenate(voices), RATE)
    rows = [(with_times(tmp_path / "talk.flac", *times), *who, "own") for *times, who in stretches]
    clips = pd.DataFrame(
        [(file, *who, corpus) for file, *who, corpus in rows], columns=["file", "emotion", "speaker", "corpus"]
    )
    return audit.audit(clips, audit.measure(clips))


def test_two_labels_of_one_stretch_are_found_by_its_times(tmp_path, voices):
    found = overlapping(tmp_path, voices, (1, 3, ("happy", "own/1")), (1.4, 3.2, ("sad", "own/1")))
    found = found[(found["severity"] == "severe") & found["file"].notna()]
    assert found["check"].tolist() == ["overlapping segments"] * 2
    assert found["found"].iloc[0] == (
        f"is labelled happy and shares 80% of its sound with {tmp_path.name}/talk.flac#t=1.4,3.2, labelled sad"
    )


def test_two_speakers_of_one_stretch_are_found_by_its_times(tmp_path, voices):
    found = overlapping(tmp_path, voices, (1, 3, ("sad", "own/1")), (1.1, 3, ("sad", "own/2")))
    found = found[(found["severity"] == "severe") & found["file"].notna()]
    assert found["check"].tolist() == ["overlapping segments"] * 2
    assert "is labelled sad, own/1 and shares 95%" in found["found"].iloc[0]


def test_a_word_of_another_within_a_long_turn_is_a_warning_and_nobody_is_left_out(tmp_path, voices):
    found = overlapping(tmp_path, voices, (1, 6, ("happy", "own/1")), (3, 4, ("sad", "own/2")))
    assert "severe" not in set(found["severity"])
    found = found[found["check"] == "overlapping segments"]
    assert found["severity"].tolist() == ["warning"] and "2 stretches of recordings overlap" in found["found"].iloc[0]


def test_windows_of_one_label_that_overlap_are_one_line_and_no_copies(tmp_path, voices):
    windows = [(start, start + 2, ("sad", "own/1")) for start in np.arange(0, 8, 0.5)]
    found = overlapping(tmp_path, voices, *windows)
    found = found[found["check"].isin(["overlapping segments", "near duplicates", "duplicates"])]
    assert found["severity"].tolist() == ["info"] and "16 stretches" in found["found"].iloc[0]


def test_neighbours_do_not_overlap(tmp_path, voices):
    found = overlapping(
        tmp_path, voices, (1, 2.123456, ("happy", "own/1")), (2.123456, 4, ("sad", "own/2")), (4, 5, ("sad", "own/1"))
    )
    assert "overlapping segments" not in set(found["check"])


@pytest.mark.parametrize(("shared", "found"), [(0.04, False), (0.06, True)])
def test_what_counts_as_an_overlap_is_the_same_for_the_findings_and_the_groups(shared, found):
    files = ["/x.wav#t=0,1", f"/x.wav#t={1 - shared},2"]
    clips = pd.DataFrame({"file": files, "recording": "/x.wav", "start": [0, 1 - shared], "end": [1.0, 2.0]})
    clips = clips.assign(emotion=["happy", "sad"], speaker=["own/1", "own/2"], corpus="own")
    assert (len(overlaps(clips.assign(duration=clips["end"] - clips["start"]))) == 1) is found
    assert groups.of(clips).notna().all() == found


def test_a_whole_file_overlaps_its_stretches(tmp_path, voices):
    sf.write(tmp_path / "x.wav", voices[0], RATE)
    files = [str(tmp_path / "x.wav"), with_times(tmp_path / "x.wav", 0.05, len(voices[0]) / RATE - 0.05)]
    clips = pd.DataFrame({"file": files, "emotion": ["happy", "sad"], "speaker": "own/1", "corpus": "own"})
    found = audit.audit(clips, audit.measure(clips))
    assert found.loc[found["file"].notna(), "check"].tolist() == ["overlapping segments"] * 2


def test_ten_thousand_stretches_of_one_recording_take_no_time(tmp_path):
    start = np.arange(10_000) * 0.3
    files = [with_times("/x.wav", *times) for times in zip(start, start + 3, strict=True)]
    begin = time.perf_counter()
    assert len(overlaps(pd.DataFrame({"file": files, "duration": 3.0}))) == 89_955
    assert time.perf_counter() - begin < 5
