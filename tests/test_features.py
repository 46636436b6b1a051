import warnings

import librosa
import numpy as np
import pytest
import soundfile as sf

from emokit.features import LogMelSettings, log_mel, trim_silence
from emokit.features.log_mel import POWER_FLOOR, STEP

RATE = 16_000


@pytest.fixture
def noise():
    return (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


@pytest.mark.parametrize(("rate", "n_mels"), [(16_000, 64), (16_000, 40), (8_000, 32)])
def test_the_frames_are_those_of_librosa(noise, rate, n_mels):
    window = round(0.025 * rate)
    n_fft = 1 << (window - 1).bit_length()
    left = (n_fft - window) // 2  # librosa centres the window in the FFT frame
    padded = np.pad(noise, (left, n_fft - window - left))
    power = librosa.feature.melspectrogram(
        y=padded, sr=rate, n_fft=n_fft, win_length=window, hop_length=rate // 100, center=False, n_mels=n_mels
    )
    frames = log_mel(noise, rate, n_mels)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames, np.log(power.T), atol=1e-3)


def test_frames_are_10_ms_apart_and_their_windows_lie_inside_the_clip(noise):
    for n_samples in (400, 559, 560, 12_345, 16_000):
        assert len(log_mel(noise[:n_samples])) == 1 + (n_samples - 400) // 160


def test_a_tone_lights_the_band_of_its_frequency():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE).astype(np.float32)
    centres = librosa.mel_frequencies(66, fmin=0, fmax=8_000)[1:-1]
    assert abs(centres[log_mel(tone)[10].argmax()] - 1_000) < 40


def test_twice_the_amplitude_is_6_db_more(noise):
    np.testing.assert_allclose(log_mel(2 * noise) - log_mel(noise), np.log(4), atol=1e-4)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 399, 400, 401])
def test_the_shortest_clips_give_one_finite_frame(noise, n_samples):
    frames = log_mel(noise[:n_samples])
    assert frames.shape == (1, 64) and np.isfinite(frames).all()


def test_silence_is_finite_and_lies_on_the_floor():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = log_mel(np.zeros(RATE))
    np.testing.assert_allclose(frames, np.log(POWER_FLOOR), rtol=1e-6)


def test_long_clips_are_computed_in_blocks_without_seams(noise):
    long = np.tile(noise, 6)
    np.testing.assert_allclose(log_mel(long)[250:260], log_mel(long[250 * 160 : 260 * 160 + 240]), atol=1e-5)


def test_trimming_takes_the_silence_at_both_ends_and_only_there(noise):
    pause = np.zeros(8_000, np.float32)
    frames = log_mel(np.concatenate([pause, noise, pause, noise, pause]))
    trimmed = trim_silence(frames, 40)
    n_sound = (2 * len(noise) + len(pause)) // 160
    assert abs(len(trimmed) - n_sound) <= 4
    assert trim_silence(frames, 0) is frames


@pytest.mark.parametrize(("level", "stays"), [(-35, True), (-45, False)])
def test_what_is_cut_lies_40_db_below_the_loudest_frame(noise, level, stays):
    quiet = noise * np.float32(10 ** (level / 20))
    trimmed = trim_silence(log_mel(np.concatenate([quiet, noise, quiet])), 40)
    assert abs(len(trimmed) - (3 if stays else 1) * len(noise) // 160) <= 4


@pytest.mark.parametrize("n_frames", [1, 5, STEP, STEP + 1, 60])
def test_trimming_leaves_at_least_one_step_where_there_is_one(n_frames):
    frames = np.full((n_frames, 4), -20.0, np.float32)
    frames[n_frames // 2] = 0  # a click
    assert len(trim_silence(frames, 40)) == min(n_frames, STEP)
    assert len(trim_silence(np.full((n_frames, 4), -20.0, np.float32), 40)) == n_frames  # silence is all alike


def test_settings_that_differ_have_names_that_differ():
    names = {settings.name() for settings in (LogMelSettings(), LogMelSettings(n_mels=65), LogMelSettings(trim=40.5))}
    assert len(names) == 3 and all(name == name.strip("/") and "/" not in name for name in names)


def test_the_frames_of_a_file_hang_on_its_sound_not_on_its_rate(tmp_path):
    wave = np.random.default_rng(0).standard_normal(50).repeat(480)
    smooth = np.convolve(wave, np.hanning(480) / 240, "same") * 0.2
    sf.write(tmp_path / "48.wav", smooth, 48_000)
    sf.write(tmp_path / "16.wav", smooth[::3], 16_000)
    settings = LogMelSettings(trim=0)
    low = slice(0, 10)  # the bands that hold sound
    difference = settings.frames(tmp_path / "48.wav")[:, low] - settings.frames(tmp_path / "16.wav")[:, low]
    assert np.median(np.abs(difference)) < 0.1
