"""What is left of a tone once a file is read at another rate: all of it where it fits, nothing where it does not."""

import numpy as np
import pytest
import soundfile as sf

from emokit import audio

SECONDS = 0.5


def level(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=float)) + 1e-30)  # dB


def read(tmp_path, rate, pitch):
    """A tone that swells and fades (a sudden start has every frequency), and what `audio.read` gives of it."""
    t = np.arange(round(SECONDS * rate)) / rate
    wave = 0.5 * np.hanning(len(t)) * np.sin(2 * np.pi * pitch * t)
    sf.write(tmp_path / "tone.wav", wave, rate, subtype="FLOAT")
    return level(wave), level(audio.read(tmp_path / "tone.wav"))


TOO_HIGH = [(48_000, 9_000), (48_000, 15_000), (44_100, 9_000), (24_414, 9_000), (22_050, 9_500)]


@pytest.mark.parametrize(("rate", "pitch"), TOO_HIGH)
def test_a_tone_that_does_not_fit_is_100_db_down_and_no_alias(tmp_path, rate, pitch):
    before, after = read(tmp_path, rate, pitch)
    assert after < before - 100


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_414, 44_100, 48_000])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_tone_that_fits_keeps_its_level(tmp_path, rate, share):
    before, after = read(tmp_path, rate, share * min(rate, audio.RATE) / 2)
    assert after == pytest.approx(before, abs=0.05)
