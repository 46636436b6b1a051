"""What a recording must be to be read, whatever decodes it, and where a stretch of it lies."""

from pathlib import Path

import numpy as np

from emokit.audio.bad_clip import BadClip

RATE = 16_000  # Hz, what every later module works with
RATES = (4_000, 768_000)  # Hz; a header outside this range is wrong or not speech
MOST_VALUES = 2**27  # samples x channels: 0.5 GB as float32, 46 minutes of mono at 48 kHz
LOUDEST = 4.0  # full scale is 1; floats beyond 12 dB over it were stored on another scale
BEYOND = 0.1  # s; times of a stretch are often rounded, or measured on another copy


def check_rate(file: str | Path, rate: int) -> None:
    """Refuse a rate that is wrong or no speech."""
    if not RATES[0] <= rate <= RATES[1]:
        reason = f"declares {rate:,} Hz; expected {RATES[0]:,} to {RATES[1]:,}: correct its header"
        raise BadClip(file, "rate", reason)


def check_length(file: str | Path, n_samples: int, rate: int, n_channels: int) -> None:
    """Refuse what would take too much memory, as it is or once resampled, and what holds no sound."""
    if n_samples * max(n_channels, RATE / rate) > MOST_VALUES:
        minutes = n_samples / rate / 60
        remedy = "cut it, or name its clips by start and end"
        raise BadClip(file, "too-long", f"declares {minutes:,.0f} minutes of sound; {remedy}")
    if n_samples < 2:
        raise BadClip(file, "no-samples", f"holds {n_samples} samples; record or extract it again")


def stretch(file: str | Path, start: float | None, end: float | None, n_samples: int, rate: int) -> tuple[int, int]:
    """The first sample of a stretch of a recording, and the one after its last, of `n_samples` at `rate` Hz.

    An end up to 0.1 s beyond the recording is its end.

    Raises:
        BadClip: for one that lies beyond.
    """
    first = round((start or 0) * rate)
    last = n_samples if end is None else round(end * rate)
    if (start is not None and first >= n_samples) or last - n_samples >= BEYOND * rate:
        asked = f"from {start:g} s on" if end is None else f"from {start:g} to {end:g} s"
        lasts = f"of a recording that lasts {n_samples / rate:.2f} s"
        raise BadClip(file, "segment", f"is the stretch {asked} {lasts}; correct its times")
    return first, min(last, n_samples)


def cut(share: float) -> str:
    """What to say of a file that was cut off, and how much of it is there."""
    return f"is cut off: {max(0, int(100 * share))}% of the sound it declares is there; extract or download it again"


def check_samples(file: str | Path, samples: np.ndarray) -> float:
    """The largest absolute value, if samples can be sound at all."""
    # The extremes tell: NaN spreads to both of them.
    low, high = float(samples.min()), float(samples.max())
    peak = max(-low, high)
    if not np.isfinite([low, high]).all():
        raise BadClip(file, "not-finite", "holds NaN or infinite samples; export it again")
    if peak > LOUDEST:
        reason = f"reaches {peak:.3g} times full scale; divide its floats by their peak"
        raise BadClip(file, "range", reason)
    return peak
