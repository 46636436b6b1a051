"""Acoustic cues are those of sounds that are known, are held to each speaker, and say so where nothing can be said."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audio, corpora, cues, plots

RATE = audio.RATE


def vowel(seconds: float = 1.5, hertz: float = 150.0, glide: float = 0.0, slope: float = 1.0) -> np.ndarray:
    """A harmonic sound that glides by so many semitones; amplitudes fall with the harmonic to the power of `slope`."""
    semitones = np.linspace(-glide / 2, glide / 2, round(seconds * RATE))
    phase = 2 * np.pi * np.cumsum(hertz * 2 ** (semitones / 12)) / RATE
    return sum(np.sin(k * phase) / k**slope for k in range(1, int(6_000 / hertz))).astype(np.float32) / 8


def syllables(n: int, seconds: float, sound: np.ndarray) -> np.ndarray:
    return sound * (0.05 + np.sin(np.pi * n * np.arange(len(sound)) / len(sound)) ** 2).astype(np.float32)


def noise(seconds: float = 1.5) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)


def decibels(ratio: float) -> float:
    return 20 * np.log10(ratio)


@pytest.mark.parametrize("hertz", [82.4, 110, 220, 440])
def test_mean_f0_is_that_of_the_sound_in_semitones_above_a0(hertz):
    heard = cues.of_samples(vowel(hertz=hertz))
    assert heard["mean f0"] == pytest.approx(12 * np.log2(hertz / 27.5), abs=0.1) and heard["f0 range"] < 0.1


def test_the_range_is_that_of_the_middle_three_fifths():
    assert cues.of_samples(vowel(glide=10))["f0 range"] == pytest.approx(6, abs=0.3)


@pytest.mark.parametrize("rate", [3, 4, 6])
def test_the_rate_is_that_of_the_syllables_whatever_silence_surrounds_them(rate):
    spoken = np.pad(syllables(2 * rate, 2, vowel(2)), RATE)
    assert cues.of_samples(spoken)["rate"] == pytest.approx(rate, rel=0.08)


def test_the_level_is_that_of_what_is_loud_without_silence_or_offset():
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    alone = cues.of_samples(0.1 * tone)["level"]
    assert alone == pytest.approx(decibels(0.1 / np.sqrt(2)), abs=0.3)
    assert cues.of_samples(np.pad(0.1 * tone, RATE) + 0.02)["level"] == pytest.approx(alone, abs=0.3)
    assert cues.of_samples(0.2 * tone)["level"] - alone == pytest.approx(decibels(2), abs=0.01)


def test_the_balance_is_the_energy_above_1_khz_over_that_below():
    t = np.arange(RATE) / RATE
    both = (0.1 * np.sin(2 * np.pi * 300 * t) + 0.05 * np.sin(2 * np.pi * 3_000 * t)).astype(np.float32)
    assert cues.of_samples(both)["spectral balance"] == pytest.approx(decibels(0.5), abs=0.1)
    assert cues.of_samples(vowel(slope=0.5))["spectral balance"] > cues.of_samples(vowel())["spectral balance"] + 6


def test_what_nobody_voices_has_no_f0_and_silence_no_cue():
    whispered, silent = cues.of_samples(noise()), cues.of_samples(np.zeros(RATE, np.float32))
    assert [name for name, value in whispered.items() if np.isnan(value)] == ["mean f0", "f0 range", "rate"]
    assert np.isnan(list(silent.values())).all() and list(silent) == list(whispered) == list(cues.UNITS)
    assert all(np.isnan(cues.of_samples(vowel(0.001))[name]) for name in ("mean f0", "rate"))  # too short for a period


def test_hiss_over_a_voice_hides_no_f0():
    voice = vowel(hertz=200)
    hissing = voice + np.diff(noise(), prepend=0).astype(np.float32)
    assert cues.of_samples(hissing)["mean f0"] == pytest.approx(cues.of_samples(voice)["mean f0"], abs=0.2)


def test_clips_are_measured_once_and_one_that_cannot_be_read_has_no_cue(tmp_path, monkeypatch):
    sf.write(tmp_path / "a.wav", vowel(), RATE)
    (tmp_path / "b.wav").write_bytes(b"no sound")
    clips = pd.DataFrame({"file": [str(tmp_path / name) for name in ("a.wav", "b.wav", "gone.wav")]}, index=[7, 3, 9])
    measured = cues.measure(clips, tmp_path / "cache")
    assert measured.index.tolist() == [7, 3, 9]
    assert measured.loc[7].notna().all() and measured.loc[[3, 9]].isna().all(axis=None)
    monkeypatch.setattr(cues, "of_samples", None)
    pd.testing.assert_frame_equal(cues.measure(clips, tmp_path / "cache"), measured)


def table_of(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({name: values for name in cues.UNITS}, dtype=float)


def test_scores_of_each_speaker_have_mean_0_and_deviation_1():
    speakers = pd.Series(["a"] * 4 + ["b"] * 5 + [None] * 3)
    scores = cues.standardised(table_of([*range(4), *(100 + 3 * np.arange(5.0) ** 2), 7, 8, 12]), speakers)
    by_voice = scores["rate"].groupby(speakers.fillna(""))
    np.testing.assert_allclose(by_voice.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(by_voice.std(), 1)


def test_a_speaker_of_one_clip_or_of_equal_ones_has_no_scores():
    speakers = pd.Series(["one", "same", "same", "same", "b", "b"])  # three times 0.1 have a mean that is not quite 0.1
    scores = cues.standardised(table_of([1, 0.1, 0.1, 0.1, 2, 4]), speakers)
    assert scores["level"].isna().tolist() == [True] * 4 + [False] * 2


def test_emotions_are_compared_in_units_and_within_voices():
    clips = pd.DataFrame({"emotion": ["sad", "happy"] * 2 + [None], "speaker": ["a", "a", "b", "b", "b"]})
    table = cues.by_emotion(table_of([1, 3, 11, 15, 13]), clips)
    assert table["mean f0, semitones"].to_dict() == {"happy": 1.5, "sad": -1.5}
    assert table.columns.tolist() == [f"{name}, {unit}" for name, unit in cues.UNITS.items()]


def confused(shift: float, n: int = 8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Happy clips of two voices, `n` of them taken for angry: their f0 is so many semitones from that of the others."""
    rng = np.random.default_rng(0)
    rows = [("happy", "happy")] * 20 + [("happy", "angry")] * n + [("sad", "sad")] * 20 + [("sad", "happy")] * 2
    test = pd.DataFrame(rows, columns=["emotion", "predicted"])
    test["speaker"] = np.where(np.arange(len(test)) % 2, "low", "high")
    measured = pd.DataFrame(rng.normal(0, 0.5, (len(test), 5)), columns=list(cues.UNITS))
    measured["mean f0"] += np.where(test["speaker"] == "high", 12, 0) + shift * (test["predicted"] == "angry")
    return test, measured


def test_happy_clips_taken_for_angry_are_lower_than_the_other_happy_ones():
    found = cues.confusions(*confused(-2))
    assert found["mean f0"][0] == pytest.approx(-2, abs=0.4) and found["telling"].tolist() == [["mean f0"], []]
    said = cues.sentences(found).splitlines()
    lower = f"{-found['mean f0'][0]:.1f} semitones lower than in the 20 happy ones that were heard right."
    assert said[0] == f"8 happy clips taken for angry: mean f0 {lower}"
    assert said[1] == (
        "2 sad clips taken for happy: too few clips to compare their cues with the 20 sad ones that were heard right."
    )


def test_clips_that_sound_alike_are_said_to_and_no_mistake_is_said_to_be_none():
    test, measured = confused(0)
    assert "none of 5 cues differs clearly" in cues.sentences(cues.confusions(test, measured)).splitlines()[0]
    right = test.assign(predicted=test["emotion"])
    assert cues.sentences(cues.confusions(right, measured)) == "No clip was taken for another emotion."


def test_the_figure_names_the_cue_in_which_the_emotions_differ_most():
    test, measured = confused(0)
    measured["rate"] += 3 * (test["emotion"] == "happy")
    figure = plots.cues(test, measured)
    assert figure.finding == "Rate tells most: happy highest, sad lowest"
    assert [place.get_title(loc="left") for place in figure.axes] == list(cues.UNITS)
    alone = test.assign(speaker=[f"v{i}" for i in test.index])
    assert plots.cues(alone, measured).finding.startswith("There are too few clips of a voice")


def test_the_demo_corpus_has_the_cues_that_its_rules_ask_for(demo_dir, tmp_path):
    clips = corpora.load("demo", demo_dir)
    clips = clips[clips["speaker"].isin(["demo/v02", "demo/v03"])]
    scores = cues.standardised(cues.measure(clips, tmp_path, 2), clips["speaker"]).groupby(clips["emotion"]).mean()
    assert scores["mean f0"].idxmax() == "fearful" and scores["f0 range"].idxmin() == "fearful"
    assert scores["spectral balance"].idxmax() == "angry"
    assert scores["rate"].idxmin() == scores["level"].idxmin() == scores["mean f0"].idxmin() == "sad"
