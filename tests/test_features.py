import warnings

import librosa
import numpy as np
import pytest
import scipy.fft
import soundfile as sf

from emokit import audio
from emokit.audit.each_recording import SHORTEST
from emokit.features import LogMelSettings, MfccSettings, log_mel_frames
from emokit.features.log_mel import HOP, POWER_FLOOR, high_pass, sounding
from emokit.padding import FRAMES_PER_STEP

RATE = 16_000


def trim_silence(frames, below):
    return frames[sounding(frames, below)]


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
    frames = log_mel_frames(noise, rate, n_mels)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames, np.log(power.T), atol=1e-3)


def test_frames_are_10_ms_apart_and_their_windows_lie_inside_the_clip(noise):
    for n_samples in (400, 559, 560, 12_345, 16_000):
        assert len(log_mel_frames(noise[:n_samples])) == 1 + (n_samples - 400) // 160


def test_a_tone_lights_the_band_of_its_frequency():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE).astype(np.float32)
    centres = librosa.mel_frequencies(66, fmin=0, fmax=8_000)[1:-1]
    assert abs(centres[log_mel_frames(tone)[10].argmax()] - 1_000) < 40


def test_twice_the_amplitude_is_6_db_more(noise):
    np.testing.assert_allclose(log_mel_frames(2 * noise) - log_mel_frames(noise), np.log(4), atol=1e-4)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 399, 400, 401])
def test_the_shortest_clips_give_one_finite_frame(noise, n_samples):
    frames = log_mel_frames(noise[:n_samples])
    assert frames.shape == (1, 64) and np.isfinite(frames).all()


def test_silence_is_finite_and_lies_on_the_floor():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = log_mel_frames(np.zeros(RATE))
    np.testing.assert_allclose(frames, np.log(POWER_FLOOR), rtol=1e-6)


def test_long_clips_are_computed_in_blocks_without_seams(noise):
    long = np.tile(noise, 6)
    there = log_mel_frames(long[250 * 160 : 260 * 160 + 240])
    np.testing.assert_allclose(log_mel_frames(long)[250:260], there, atol=1e-5)


def test_trimming_takes_the_silence_at_both_ends_and_only_there(noise):
    pause = np.zeros(8_000, np.float32)
    frames = log_mel_frames(np.concatenate([pause, noise, pause, noise, pause]))
    trimmed = trim_silence(frames, 40)
    n_sound = (2 * len(noise) + len(pause)) // 160
    assert abs(len(trimmed) - n_sound) <= 4
    assert np.array_equal(trim_silence(frames, 0), frames)


@pytest.mark.parametrize(("level", "stays"), [(-35, True), (-45, False)])
def test_what_is_cut_lies_40_db_below_the_loudest_frame(noise, level, stays):
    quiet = noise * np.float32(10 ** (level / 20))
    trimmed = trim_silence(log_mel_frames(np.concatenate([quiet, noise, quiet])), 40)
    assert abs(len(trimmed) - (3 if stays else 1) * len(noise) // 160) <= 4


@pytest.mark.parametrize("n_frames", [1, 5, FRAMES_PER_STEP, FRAMES_PER_STEP + 1, 60])
def test_trimming_leaves_at_least_one_step_where_there_is_one(n_frames):
    frames = np.full((n_frames, 4), -20.0, np.float32)
    frames[n_frames // 2] = 0  # a click
    assert len(trim_silence(frames, 40)) == min(n_frames, FRAMES_PER_STEP)
    assert len(trim_silence(np.full((n_frames, 4), -20.0, np.float32), 40)) == n_frames  # silence is all alike


def test_placed_frames_begin_where_the_cut_ended(noise):
    late = np.concatenate([np.zeros(8_000, np.float32), noise])  # half a second of silence
    settings = LogMelSettings()
    frames, first = settings.placed(late)
    assert abs(first - 50) <= 2 and isinstance(first, int)
    np.testing.assert_array_equal(frames, log_mel_frames(high_pass(late))[first : first + len(frames)])
    np.testing.assert_array_equal(frames, settings.placed(late)[0])
    assert LogMelSettings(trim=0).placed(late)[1] == 0


@pytest.mark.parametrize("n_frames", [1, 5, FRAMES_PER_STEP, 60])
def test_what_sounds_lies_inside_the_clip(n_frames):
    frames = np.full((n_frames, 4), -20.0, np.float32)
    frames[-1] = 0
    assert sounding(frames, 40) == slice(max(0, n_frames - FRAMES_PER_STEP), n_frames)


def quiet_ends(noise):
    return np.concatenate([np.zeros(RATE // 2, np.float32), noise, np.zeros(RATE, np.float32)])


@pytest.mark.parametrize("offset", [0.002, -0.03, 0.5])
def test_an_offset_changes_no_frame_and_hides_no_silence(noise, offset):
    clean, offered = (LogMelSettings().placed(quiet_ends(noise) + np.float32(dc)) for dc in (0, offset))
    assert offered[1] == clean[1]
    np.testing.assert_allclose(offered[0], clean[0], atol=5e-3)


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_far_below_speech_hides_no_silence(noise, mains):
    clip = quiet_ends(noise)
    hum = 0.002 * np.cos(2 * np.pi * mains * np.arange(len(clip)) / RATE)
    kept = [len(LogMelSettings().placed(samples)[0]) for samples in (clip, clip + hum)]
    assert abs(kept[0] - kept[1]) <= 2
    assert len(trim_silence(log_mel_frames(clip + hum), 40)) > kept[0] + 100  # without the high-pass it does


def test_the_high_pass_leaves_speech_as_it_is():
    seconds = np.arange(2 * RATE) / RATE
    for frequency, most_db in ((50, -40), (150, -0.3), (1_000, -0.01)):
        tone = np.sin(2 * np.pi * frequency * seconds).astype(np.float32)
        level = 20 * np.log10(np.std(high_pass(tone)[RATE:]) / np.std(tone[RATE:]))
        assert level < most_db if frequency == 50 else level > most_db
    assert high_pass(np.zeros(0, np.float32)).shape == (0,)


# What the frames of one sound are under the name of their settings: their number, and the means of eight groups of
# bands in nepers. A cache and a run are believed by that name.
FRAMES_UNDER = {
    "log_mel-1-rate16000-n_mels64-trim40-high_pass100": (
        *(90, -9.109, -8.739, -8.704, -8.823, -8.787, -8.724, -8.691, -8.745),
    )
}


def test_another_computation_needs_another_version(tmp_path):
    rng = np.random.default_rng(7)
    swell = np.hanning(44_100)[:, None] ** 2
    stereo = 0.1 * swell * rng.standard_normal((44_100, 2)) + 0.01
    sf.write(tmp_path / "sound.wav", np.concatenate([np.zeros((9_000, 2)), stereo]), 44_100, subtype="PCM_16")
    frames = LogMelSettings().placed(audio.read(tmp_path / "sound.wav"))[0]
    computed = (len(frames), *frames.reshape(len(frames), 8, 8).mean(axis=(0, 2)))
    hint = "something else is computed under this name: raise features.log_mel.VERSION and write the new values here"
    assert computed == pytest.approx(FRAMES_UNDER.get(LogMelSettings().name()), abs=2e-3), hint


def test_settings_that_differ_have_names_that_differ():
    different = [{}, {"n_bands": 63}, {"trim": 40.5}, {"high_pass": 0}]
    names = {kind(**values).name() for kind in (LogMelSettings, MfccSettings) for values in different}
    names.add(MfccSettings(n_mels=65).name())
    assert len(names) == 9 and all(name == name.strip("/") and "/" not in name for name in names)


def test_the_coefficients_are_those_of_librosa(noise):
    power = np.exp(log_mel_frames(noise)).T
    librosas = librosa.feature.mfcc(S=librosa.power_to_db(power, amin=POWER_FLOOR, top_db=None), n_mfcc=20).T
    frames, first = MfccSettings(trim=0, high_pass=0).placed(noise)
    assert frames.dtype == np.float32 and frames.flags.c_contiguous and first == 0
    np.testing.assert_allclose(10 / np.log(10) * frames, librosas, rtol=0, atol=1e-3)


def test_coefficients_are_trimmed_as_log_mel_is(noise):
    late = quiet_ends(noise)
    ours, first = MfccSettings(n_bands=64).placed(late)
    frames, expected = LogMelSettings().placed(late)
    assert first == expected > 0 and len(ours) == len(frames)
    np.testing.assert_allclose(scipy.fft.idct(ours, norm="ortho"), frames, rtol=0, atol=1e-4)  # none is left out


@pytest.mark.parametrize("n_bands", [0, 65])
def test_more_coefficients_than_mel_bands_are_refused(n_bands):
    with pytest.raises(ValueError, match=f"n_bands is {n_bands}; 64 mel bands give 1 to 64 coefficients"):
        MfccSettings(n_bands=n_bands)


def test_the_shortest_clip_of_the_audit_is_one_step():
    assert pytest.approx(FRAMES_PER_STEP * HOP) == SHORTEST


def test_the_frames_of_a_file_hang_on_its_sound_not_on_its_rate(tmp_path):
    wave = np.random.default_rng(0).standard_normal(50).repeat(480)
    smooth = np.convolve(wave, np.hanning(480) / 240, "same") * 0.2
    sf.write(tmp_path / "48.wav", smooth, 48_000)
    sf.write(tmp_path / "16.wav", smooth[::3], 16_000)
    settings = LogMelSettings(trim=0)
    low = slice(0, 10)  # the bands that hold sound
    fast, slow = (settings.placed(audio.read(tmp_path / name))[0][:, low] for name in ("48.wav", "16.wav"))
    assert np.median(np.abs(fast - slow)) < 0.1
