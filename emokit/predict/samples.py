"""Arrays as recordings: of any kind and number of channels, heard as a file of them would be."""

from collections.abc import Iterator
from functools import partial
from numbers import Real

import numpy as np

from emokit import audio
from emokit.audio import BadClip, Recording
from emokit.audio.limits import RATES, check_samples

MOST_CHANNELS = 64  # of an array; one that has more of both rows and columns is no sound
BLOCK = 2**20  # samples of all channels that are floats at once: 4 MB
SMALLEST_SCALE = 2**15  # of 32 and 64 bits: what stays below came from 16 of them, and would be silence


def is_pair(what) -> bool:
    """Whether it is samples and their rate, in either order."""
    return isinstance(what, tuple) and len(what) == 2 and any(_fits(*pair) for pair in (what, what[::-1]))


def pair(samples_and_rate: tuple) -> tuple[np.ndarray, float]:
    """Samples and rate, of a tuple that `is_pair`."""
    return samples_and_rate if _fits(*samples_and_rate) else samples_and_rate[::-1]


def _fits(samples, rate) -> bool:
    return isinstance(samples, np.ndarray) and samples.ndim > 0 and isinstance(rate, Real)


def checked_rate(rate) -> int:
    """A rate in Hz; ValueError for what is none."""
    if rate is None:
        raise ValueError("An array does not say how fast it was sampled; give its rate in Hz, such as rate=44100.")
    if np.ndim(rate) or not isinstance(np.asarray(rate).item(), Real):
        raise ValueError(f"rate is {rate!r}; expected a number of Hz, such as rate=44100.")
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"rate is {rate:g} Hz; expected {RATES[0]:,} to {RATES[1]:,}, samples in a second.")
    return round(float(rate))


def windows(name: str, samples: np.ndarray, rate: int, length: float, step: float) -> Iterator:
    """The windows of an array, as `audio.windows` gives those of a file.

    Args:
        name: for errors.
        samples: integers, whose full scale is that of their kind, or floats, whose full scale is 1, of shape
            (samples,), (samples, channels), or (channels, samples) where that is the longer side.
        rate: Hz.
        length: s.
        step: s.

    Raises:
        BadClip: for an array that cannot be sound.
    """
    return audio.cut(_pieces(name, _by_channels(name, samples), rate), length, step)


def _by_channels(name: str, samples: np.ndarray) -> np.ndarray:
    """The array as (samples, channels), or BadClip."""
    refuse = partial(BadClip, name)
    if samples.dtype.kind not in "iuf":
        raise refuse("dtype", f"is an array of {samples.dtype}; expected integers or floats")
    if samples.size < 2:
        raise refuse("no-samples", f"is an array of {samples.size} samples; record again")
    if samples.ndim > 2 or samples.ndim == 2 and min(samples.shape) > MOST_CHANNELS:
        raise refuse("shape", f"is an array of shape {samples.shape}; expected (samples,) or (samples, channels)")
    if samples.dtype.kind in "iu" and samples.dtype.itemsize > 2 and 0 < _largest(samples) < SMALLEST_SCALE:
        reason = f"is an array of {samples.dtype} that reaches {_largest(samples):,} at most, silence on that scale"
        raise refuse("range", f"{reason}; give samples of 16 bits as int16: samples.astype('int16')")
    samples = samples[:, np.newaxis] if samples.ndim == 1 else samples
    return samples.T if len(samples) < samples.shape[1] else samples


def _largest(samples: np.ndarray) -> int:
    return max(-int(samples.min()), int(samples.max()))


def _pieces(name: str, samples: np.ndarray, rate: int) -> Iterator[Recording]:
    """Blocks of the array as floats, so that a long one of integers is not held twice."""
    kind, size = str(samples.dtype), max(1, BLOCK // samples.shape[1])
    for start in range(0, len(samples), size):
        block = _as_floats(samples[start : start + size])
        yield Recording(block, rate, kind, "samples", check_samples(name, block))


def _as_floats(samples: np.ndarray) -> np.ndarray:
    if samples.dtype.kind in "iu":
        middle = -np.iinfo(samples.dtype).min or np.iinfo(samples.dtype).max // 2 + 1
        samples = (samples.astype(np.float64) - (0 if samples.dtype.kind == "i" else middle)) / middle
    return samples.astype(np.float32)
