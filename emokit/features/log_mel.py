"""Samples to log-mel frames: what the model reads of a clip."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.fft

from emokit import audio

WINDOW = 0.025  # s
HOP = 0.010  # s, one frame
STEP = 16  # frames, what one time step of the model reads
BLOCK = 256  # frames worked on at once: most of a clip in few calls, and an hour of sound takes no more memory
POWER_FLOOR = 1e-10  # just under the rounding noise of 16-bit sound (4e-10 in a band), so digital silence stays finite


def log_mel(samples: np.ndarray, rate: int = audio.RATE, n_mels: int = 64) -> np.ndarray:
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
    return np.log(np.maximum(mel, POWER_FLOOR))


def trim_silence(frames: np.ndarray, below: float) -> np.ndarray:
    """The frames from the first to the last one that is at most `below` dB weaker than the loudest.

    Args:
        frames: log-mel (frames, bands), natural log of power.
        below: dB; 0 keeps everything.

    Returns:
        A view (frames', bands) of at least one step of 16 frames, where the clip has as many.
    """
    return frames[sounding(frames, below)]


def sounding(frames: np.ndarray, below: float) -> slice:
    """Which frames `trim_silence` keeps: from the first to the last one that is loud enough."""
    if not below:
        return slice(0, len(frames))
    level = np.log(np.exp(frames, dtype=np.float64).sum(axis=1))
    loud = np.flatnonzero(level >= level.max() - below * np.log(10) / 10)
    start, stop = int(loud[0]), int(loud[-1]) + 1
    start = max(0, min(start, len(frames) - STEP))
    return slice(start, min(len(frames), max(stop, start + STEP)))


@dataclass(frozen=True)
class LogMelSettings:
    """What is computed of a clip; a field that changes makes a new cache.

    Attributes:
        rate: Hz the clip is read at.
        n_mels: bands.
        trim: silence at both ends is cut where it lies this many dB below the loudest frame; 0 keeps it.
    """

    rate: int = audio.RATE
    n_mels: int = 64
    trim: float = 40.0

    def name(self) -> str:
        """The settings as a folder name, with the version of the computation."""
        return "log_mel-1-" + "-".join(f"{key}{value:g}" for key, value in asdict(self).items())

    def frames(self, file: str | Path) -> np.ndarray:
        """Features of one file: float32 (frames, n_mels).

        Raises:
            BadClip: when the file cannot be read.
        """
        return self.frames_of(audio.read(file, self.rate))

    def frames_of(self, samples: np.ndarray) -> np.ndarray:
        """Features of samples at `rate`: float32 (frames, n_mels)."""
        return self.placed(samples)[0]

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Features of samples at `rate`, float32 (frames, n_mels), and how many frames were cut before the first."""
        frames = log_mel(samples, self.rate, self.n_mels)
        kept = sounding(frames, self.trim)
        return np.ascontiguousarray(frames[kept]), kept.start


@lru_cache
def _hann(length: int) -> np.ndarray:
    return np.hanning(length + 1)[:-1].astype(np.float32)  # periodic, as spectra want it


@lru_cache
def _mel_filters(rate: int, n_mels: int) -> np.ndarray:
    """Filters float32 (bins, n_mels) for the next power of two above the window."""
    from librosa.filters import mel  # here: it takes longer to import than most clips take to read

    size = 1 << (round(rate * WINDOW) - 1).bit_length()
    return np.ascontiguousarray(mel(sr=rate, n_fft=size, n_mels=n_mels).T)
