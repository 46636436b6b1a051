"""Rough conditions do what they say, and the table and the figure sum up what they change."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import scipy.signal
import soundfile as sf
from matplotlib.text import Text
from scipy import stats

from emokit import audio, intervals, metrics, plots, stress
from emokit.stress import rough

RATE = 16_000
KINDS = stress.KINDS
NAMES = list(KINDS)


def power(samples):
    return np.mean(np.square(samples, dtype=np.float64))


def decibels(ratio):
    return 10 * np.log10(ratio)


def bands(samples, *edges):
    """Power of the samples between these frequencies in Hz, dB for each Hz."""
    frequencies, density = scipy.signal.welch(samples, RATE, nperseg=2048)
    pairs = zip(edges, edges[1:], strict=False)
    return np.array([decibels(density[(frequencies > a) & (frequencies < b)].mean()) for a, b in pairs])


@pytest.fixture(scope="module")
def clip(demo_dir):
    """A clip, not as loud as it is, with a second of silence around it, which must not count for its level."""
    quiet = np.zeros(RATE // 2, np.float32)
    return np.concatenate([quiet, 0.8 * audio.read(demo_dir / "v01" / "v01_s1_ang_1.flac"), quiet])


@pytest.fixture(scope="module")
def voices(demo_dir):
    return sorted(map(str, (demo_dir / "v02").glob("*.flac")))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def hiss():
    """White noise of ten seconds, whose spectrum shows what a condition lets pass."""
    return (0.05 * np.random.default_rng(1).standard_normal(10 * RATE)).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seconds", [2 / RATE, 0.01, 1.5])
def test_a_condition_gives_sound_leaves_the_clip_alone_and_follows_from_its_seed(name, seconds, voices):
    loud = np.sign(np.sin(np.arange(round(seconds * RATE)) + 0.5)).astype(np.float32)
    for samples in (loud, 0 * loud):
        before = samples.copy()
        condition = rough.conditions(voices)[stress.KINDS[name]][name]
        heard, again = (condition(samples, RATE, np.random.default_rng(3)) for _ in range(2))
        assert heard.dtype == np.float32 and heard.ndim == 1 and len(heard) >= 1
        assert np.isfinite(heard).all() and np.abs(heard).max() <= 1
        np.testing.assert_array_equal(heard, again)
        np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("snr", [20, 0])
@pytest.mark.parametrize("name", ["white", "babble", "music"])
def test_noise_lies_as_far_below_what_sounds_as_it_says(name, snr, clip, voices, rng):
    of = partial(rough.babble, files=voices) if name == "babble" else getattr(rough, name)
    added = rough.noise(clip, RATE, rng, of=of, snr=snr) - clip
    spoken = clip[rough.sounding(clip, RATE)]
    assert len(spoken) < 0.8 * len(clip)
    assert decibels(power(spoken) / power(added)) == pytest.approx(snr, abs=0.01)


def test_what_would_exceed_full_scale_is_turned_down_and_not_cut(clip):
    loud = clip / np.abs(clip).max()
    heard, softer = (rough.noise(x, RATE, np.random.default_rng(0), of=rough.white, snr=-10) for x in (loud, loud / 16))
    assert 16 * np.abs(softer).max() > 1.1 and np.abs(heard).max() == pytest.approx(1)
    np.testing.assert_allclose(heard, softer / np.abs(softer).max(), atol=1e-5)


def test_white_noise_is_white_and_music_is_not(clip, rng):
    white, music = (of(np.zeros(8 * RATE), RATE, rng) for of in (rough.white, rough.music))
    assert np.abs(np.diff(bands(white, 50, 2000, 5000, 7900))).max() < 0.5
    density = scipy.signal.welch(music, RATE, nperseg=16384)[1]
    assert np.sort(density)[::-1][: len(density) // 20].sum() > 0.9 * density.sum()  # lines, not a carpet


def test_babble_is_of_the_voices_that_are_given_and_all_are_equally_loud(tmp_path, rng):
    t = np.arange(RATE) / RATE
    files = [str(tmp_path / f"{pitch}.wav") for pitch in (500, 2500)]
    for file, pitch, level in zip(files, (500, 2500), (0.01, 0.5), strict=True):
        sf.write(file, level * np.sin(2 * np.pi * pitch * t), RATE)
    said = [rough.babble(np.zeros(2 * RATE), RATE, np.random.default_rng(seed), files) for seed in range(20)]
    spectra = np.array([bands(one, 400, 600, 1000, 2400, 2600) for one in said])
    assert (spectra[:, [0, 3]].max(axis=1) > spectra[:, 1:3].max(axis=1) - 200).all()
    assert np.median(spectra[:, 0] - spectra[:, 3]) == pytest.approx(0, abs=6)


@pytest.mark.parametrize("t60", [0.4, 1.6])
def test_a_room_falls_silent_by_60_db_in_its_time(t60):
    heard = rough.response(RATE, np.random.default_rng(0), t60)
    late = heard[1:]
    assert heard[0] == 1 and power(late) * len(late) == pytest.approx(1)
    decay = decibels(np.cumsum(np.square(late[::-1]))[::-1])  # Schroeder 1965
    straight = slice(*(np.argmax(decay < level) for level in (-5, -25)))
    slope = np.polyfit(np.arange(len(late))[straight] / RATE, decay[straight], 1)[0]
    assert -60 / slope == pytest.approx(t60, rel=0.05)


def test_in_a_room_speech_sounds_on_where_it_has_ended(clip, rng):
    heard = rough.room(clip, RATE, rng, t60=0.8)
    assert len(heard) == len(clip) and power(heard) == pytest.approx(power(clip), rel=1e-3)
    after = rough.sounding(clip, RATE).stop
    assert decibels(power(heard[after : after + RATE // 4]) / power(heard)) > -30
    assert decibels(power(clip[after + 800 : after + RATE // 4]) / power(clip) + 1e-9) < -45


def test_a_telephone_lets_300_to_3400_hz_pass(hiss, rng):
    heard = rough.telephone(hiss, RATE, rng)
    below, inside, above, beyond = bands(heard, 20, 150, 400, 3000, 3800, 4200, 7900)[[0, 2, 4, 5]]
    assert len(heard) == len(hiss) and power(heard) == pytest.approx(power(hiss), rel=1e-3)
    assert inside - below > 20 and inside - above > 20 and inside - beyond > 60


@pytest.mark.parametrize("code", ["ULAW", "ALAW"])
def test_8_bits_by_g711_leave_noise_36_db_below_the_speech(code, clip, rng):
    plain, coded = rough.telephone(clip, RATE, rng), rough.telephone(clip, RATE, rng, code=code)
    assert decibels(power(plain) / power(coded - plain)) == pytest.approx(36, abs=5)


def test_mp3_keeps_length_and_time_and_loses_more_at_a_lower_rate(clip, rng):
    heard = {kbits: rough.mp3(clip, RATE, rng, kbits=kbits) for kbits in (48, 16)}
    error = {kbits: power(clip - one * (one @ clip) / (one @ one)) for kbits, one in heard.items()}
    for one in heard.values():
        assert len(one) == len(clip) and scipy.signal.correlate(one, clip, "same").argmax() == len(clip) // 2
    assert error[16] > 2 * error[48] > 0
    assert bands(heard[16], 500, 4000, 6500, 7900)[2] < bands(heard[48], 500, 4000, 6500, 7900)[2] - 10


def test_gain_is_in_db_and_cuts_at_full_scale(clip, rng):
    np.testing.assert_allclose(rough.gain(clip, RATE, rng, decibels=-20), clip / 10, rtol=1e-6)
    louder = rough.gain(clip, RATE, rng, decibels=10)
    cut = np.abs(clip) > 10**-0.5
    np.testing.assert_allclose(louder[~cut], clip[~cut] * 10**0.5, rtol=1e-6)
    assert (np.abs(louder[cut]) == 1).all() and np.abs(louder).max() <= 1


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_the_share_that_is_clipped_is_that_of_what_sounds(share, clip, rng):
    heard = rough.clipping(clip, RATE, rng, share=share)
    spoken = np.abs(heard[rough.sounding(clip, RATE)])
    assert (spoken > 0.9999 * spoken.max()).mean() == pytest.approx(share, rel=0.05)
    assert power(heard) == pytest.approx(power(clip), rel=1e-3)


@pytest.mark.parametrize("slope", [3, -3])
def test_a_tilt_is_a_straight_line_over_the_octaves(slope, hiss, rng):
    heard = rough.tilt(hiss, RATE, rng, slope=slope)
    frequencies, density = scipy.signal.welch(heard, RATE, nperseg=2048)
    inside = (frequencies > 200) & (frequencies < 6000)
    fitted = np.polyfit(np.log2(frequencies[inside]), decibels(density[inside]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.1)
    assert power(heard) == pytest.approx(power(hiss), rel=1e-3)


def test_a_clip_begins_later_after_zeros_or_after_faint_noise(clip, rng):
    digital, faint = rough.silence(clip, RATE, rng, 0.5), rough.silence(clip, RATE, rng, 0.5, below=30)
    for heard in (digital, faint):
        np.testing.assert_array_equal(heard[RATE // 2 :], clip)
    assert not digital[: RATE // 2].any()
    below = decibels(power(clip[rough.sounding(clip, RATE)]) / power(faint[: RATE // 2]))
    assert below == pytest.approx(30, abs=0.2)


def test_faster_speech_is_shorter_and_higher(rng):
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    heard = rough.speed(tone, RATE, rng, factor=1.05)
    assert len(heard) == pytest.approx(RATE / 1.05, abs=1)
    assert np.abs(np.fft.rfft(heard)).argmax() * RATE / len(heard) == pytest.approx(1050, abs=2)


def test_a_crop_is_of_what_sounds(clip, rng):
    sounds = clip[rough.sounding(clip, RATE)]
    first, middle = (rough.crop(clip, RATE, rng, seconds=0.3, middle=middle) for middle in (False, True))
    np.testing.assert_array_equal(first, sounds[: len(first)])
    start = (len(sounds) - len(middle)) // 2
    np.testing.assert_array_equal(middle, sounds[start : start + len(middle)])
    assert len(first) == len(middle) == 0.3 * RATE
    np.testing.assert_array_equal(rough.crop(clip, RATE, rng, seconds=60), sounds)


def answered(speakers=8, lost=0.5, n=10):
    """Answers of two runs to n clips of two emotions by each speaker: of the right ones some are lost in noise."""
    rng, rows = np.random.default_rng(0), []
    for speaker in range(speakers):
        for emotion, other in (("happy", "sad"), ("sad", "happy")):
            for _ in range(n):
                before = emotion if rng.random() < 0.8 else other
                noisy = other if rng.random() < lost else before
                rows.append([f"x/{speaker}", emotion, before, before, noisy, "ab"[speaker % 2]])
    names = ["speaker", "emotion", "before", "as recorded", "white noise, 0 dB", "run"]
    return pd.DataFrame(rows, columns=names).assign(part="test", file=[f"{row}.wav" for row in range(len(rows))])


def test_the_table_has_the_change_of_the_uar_and_of_the_answers():
    said = answered()
    clean, noisy = (row for _, row in stress.table(said).iterrows())
    uar = {name: metrics.uar(said["emotion"], said[name]) for name in ("before", "white noise, 0 dB")}
    assert noisy["kind"] == "noise" and noisy["uar"] == uar["white noise, 0 dB"]
    assert noisy["change"] == pytest.approx(uar["white noise, 0 dB"] - uar["before"])
    assert noisy["change_low"] < noisy["change"] < noisy["change_high"] < 0
    assert noisy["same"] == (said["white noise, 0 dB"] == said["before"]).mean()
    assert noisy["same_low"] < noisy["same"] < noisy["same_high"]
    assert clean["change"] == 0 and clean["change_low"] < 0 < clean["change_high"] < 0.05  # 160 clips say no more
    assert clean["same"] == clean["same_high"] == 1 and 0.95 < clean["same_low"] < 1
    assert noisy["clips"] == 160 and noisy["speakers"] == 8


def test_the_same_seed_twice_tells_no_more_than_once():
    said = answered()
    twice = pd.concat([said, said], ignore_index=True)
    pd.testing.assert_frame_equal(stress.table(twice), stress.table(said))


def test_without_enough_speakers_there_is_no_interval():
    row = stress.table(answered(speakers=4)).iloc[1]
    assert np.isnan([row["change_low"], row["change_high"], row["same_low"], row["same_high"]]).all()


def test_the_interval_of_a_change_is_students_of_the_speakers_own_changes():
    said = answered(speakers=7).drop(columns="run")
    changes = []
    for _, clips in said.groupby("speaker"):
        uars = [metrics.uar(clips["emotion"], clips[name]) for name in ("white noise, 0 dB", "before")]
        changes.append(uars[0] - uars[1])
    expected = stats.t.interval(0.95, 6, np.mean(changes), stats.sem(changes))
    assert tuple(stress.table(said).loc[1, ["change_low", "change_high"]]) == pytest.approx(expected)


def test_the_interval_of_a_change_holds_the_truth_where_models_and_speakers_differ():
    rng, held = np.random.default_rng(4), 0
    total, runs, true = np.full((12, 4), 8), np.repeat([0, 1, 2], 4), -0.2
    for _ in range(600):
        ease = np.repeat([0.5, 0.6, 0.7], 4)[:, None] + rng.uniform(-0.15, 0.15, (12, 1))
        hits = rng.binomial(total, ease)
        others = rng.binomial(hits, (ease + true) / ease)  # what is right in noise was right before
        low, high = intervals.of_difference(others, hits, total, runs)
        held += low <= true <= high
    assert abs(held / 600 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 600)


@pytest.mark.parametrize("speakers", [4, 8])
def test_the_figure_names_what_costs_most_and_marks_every_condition(speakers):
    figure = plots.stress(stress.table(answered(speakers)))
    assert figure.finding.startswith("White noise, 0 dB costs most") and "0 of 1 conditions cost less" in figure.finding
    words = [text.get_text() for text in figure.findobj(Text)]
    assert {"noise", "as recorded", "white noise, 0 dB"} <= set(words)
    assert any("no interval" in word for word in words) == (speakers == 4)
    assert plots.stress(stress.table(answered(lost=0))).finding == "No condition costs 2 points of UAR"
