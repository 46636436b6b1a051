"""Samples to log-mel frames: what the model reads of a clip."""

from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import scipy.fft  # scipy.signal loads itself where it is called: it takes 0.7 s

from emokit import audio, augment
from emokit.features.silence import TRIM, sounding

WINDOW = 0.025  # s
HOP = 0.010  # s, one frame
SAMPLES = 1 << 20  # filtered at once, in float64
BLOCK = 256  # frames worked on at once: most of a clip in few calls, and an hour of sound takes no more memory
VERSION = 1  # of what is computed under given settings; another one makes a new cache and refuses older runs
ORDER = 8  # of the high-pass: hum of 50 Hz loses 48 dB, 60 Hz 35 dB; chosen by benchmarks/rumble.py
POWER_FLOOR = 1e-10  # just under the rounding noise of 16-bit sound (4e-10 in a band), so digital silence stays finite


def log_mel_frames(samples: np.ndarray, rate: int = audio.RATE, n_mels: int = 64) -> np.ndarray:
    """Natural log of the power in mel bands, one row every 10 ms.

    Hann windows of 25 ms that lie wholly inside the clip (a shorter clip is filled up with zeros to one window),
    Slaney's mel scale and area normalisation as in `librosa.filters.mel`, power floored at 1e-10.

    Args:
        samples: float32 (samples,), full scale 1.
        rate: of the samples, in Hz.
        n_mels: number of bands from 0 Hz to half the rate.

    Returns:
        float32 (frames, n_mels), 1 + (samples - window) // hop frames, at least one.
    """
    hop, window, filters = round(rate * HOP), _hann(round(rate * WINDOW)), _mel_filters(rate, n_mels)
    samples = np.asarray(samples, np.float32)
    if len(samples) < len(window):
        samples = np.pad(samples, (0, len(window) - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, len(window))[::hop]
    mel = np.empty((len(frames), n_mels), np.float32)
    padded = np.zeros((min(BLOCK, len(frames)), 2 * (filters.shape[0] - 1)), np.float32)
    for start in range(0, len(frames), BLOCK):
        block = frames[start : start + BLOCK]
        np.multiply(block, window, out=padded[: len(block), : len(window)])
        spectrum = scipy.fft.rfft(padded[: len(block)])  # four times as fast as numpy's here
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        mel[start : start + BLOCK] = power @ filters
    return np.log(np.maximum(mel, POWER_FLOOR, out=mel), out=mel)


def high_pass(samples: np.ndarray, rate: int = audio.RATE, cutoff: float = 100.0) -> np.ndarray:
    """Take off what lies below speech, an offset and mains hum, which would hide the silence at both ends.

    A Butterworth filter of order 8, run forwards; it begins as if the first sample had always been there, so that an
    offset leaves no trace.

    Args:
        samples: float (samples,).
        rate: of the samples, in Hz.
        cutoff: Hz, where 3 dB are lost; 0 takes nothing off.

    Returns:
        float32 (samples,).
    """
    if not len(samples) or not cutoff:
        return np.asarray(samples, np.float32)
    sections, settled = _high_pass(rate, cutoff)
    passed, state = np.empty(len(samples), np.float32), settled * samples[0]
    for start in range(0, len(samples), SAMPLES):
        block = slice(start, start + SAMPLES)
        passed[block], state = scipy.signal.sosfilt(sections, samples[block], zi=state)
    return passed


@dataclass(frozen=True)
class LogMelSettings:
    """What is computed of a clip; a field that changes makes a new cache.

    Attributes:
        rate: Hz the clip is read at.
        n_bands: mel bands.
        trim: silence at both ends is cut where it lies this many dB below the loudest frame; 0 keeps it.
        high_pass: Hz below which an offset and hum are taken off; 0, as in runs before it was there, takes nothing off.
        level: bring each clip to one level: the log of the mean power of what is kept is taken off its frames, so that
            an answer hardly depends on how loud the clip was played (measured by benchmarks/level.py).
    """

    rate: int = audio.RATE
    n_bands: int = 64
    trim: float = TRIM
    high_pass: float = 100.0
    level: bool = False

    hop = HOP
    augment = augment.LOG_MEL

    def name(self) -> str:
        """The settings as a folder name, with the version of the computation."""
        values = "-".join(f"{key}{value:g}" for key, value in asdict(self).items() if value)
        return f"log_mel-{VERSION}-{values}".replace("n_bands", "n_mels")  # its old name: caches and runs have it

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Features of samples at `rate`, float32 (frames, n_bands), and how many frames were cut before the first."""
        frames = log_mel_frames(high_pass(samples, self.rate, self.high_pass), self.rate, self.n_bands)
        kept = sounding(frames, self.trim)
        frames = np.ascontiguousarray(frames[kept])
        if self.level:
            frames -= np.log(np.exp(frames, dtype=np.float64).mean()).astype(np.float32)
        return frames, kept.start


@lru_cache
def _hann(length: int) -> np.ndarray:
    return np.hanning(length + 1)[:-1].astype(np.float32)  # periodic, as spectra want it


@lru_cache
def _high_pass(rate: int, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Second-order sections of the filter, and their state after an endless row of ones."""
    sections = scipy.signal.butter(ORDER, cutoff, "highpass", fs=rate, output="sos")
    return sections, scipy.signal.sosfilt_zi(sections)


@lru_cache
def _mel_filters(rate: int, n_mels: int) -> np.ndarray:
    """Filters float32 (bins, n_mels) for the next power of two above the window."""
    from librosa.filters import mel  # here: it takes longer to import than most clips take to read

    size = 1 << (round(rate * WINDOW) - 1).bit_length()
    return np.ascontiguousarray(mel(sr=rate, n_fft=size, n_mels=n_mels).T)
