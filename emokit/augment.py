"""What training may do to a clip: speak faster or higher, stand nearer, through another microphone, with gaps."""

import numpy as np

RATE = 0.15  # log of the factor of the speaking rate: ×0.86 … ×1.16
STRETCH = 0.08  # log of the factor of the band axis about its centre: another vocal tract
SHIFT = 2.5  # bands, up or down: another pitch and timbre
GAIN = 1.4  # nepers of power, ±6 dB: another distance
TILT = 0.7  # nepers of power at the lowest band and, with the other sign, at the highest: another microphone
TIME_MASKS, TIME_MASK = 2, 0.12  # how many stretches are hidden, and the longest as a share of the clip
BAND_MASKS, BAND_MASK = 2, 0.12  # likewise of the bands


def augment(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give another plausible take of a clip; draws from `rng` alone and leaves `frames` as they are.

    Masks after Park et al. 2019 (SpecAugment), filled with the clip's mean of the band.

    Args:
        frames: float32 (frames, bands), natural log of mel power, not normalised, at least one frame.
        rng: the source of every choice; `Batches` makes it from (seed, epoch, clip).

    Returns:
        float32 (frames', bands), frames' ≥ 1: longer or shorter by up to 16 %.
    """
    n_frames, n_bands = frames.shape
    times = np.linspace(0, n_frames - 1, max(1, round(n_frames * np.exp(rng.uniform(-RATE, RATE)))))
    centre = (n_bands - 1) / 2
    bands = centre + (np.arange(n_bands) - centre) * np.exp(rng.uniform(-STRETCH, STRETCH)) + rng.uniform(-SHIFT, SHIFT)
    taken = _read_at(_read_at(frames, times).T, bands).T
    taken += rng.uniform(-GAIN, GAIN) + rng.uniform(-TILT, TILT) * np.linspace(-1, 1, n_bands)
    mean = taken.mean(axis=0)
    for _ in range(TIME_MASKS):
        hidden = _stretch(len(taken), TIME_MASK, rng)
        taken[hidden] = mean
    for _ in range(BAND_MASKS):
        hidden = _stretch(n_bands, BAND_MASK, rng)
        taken[:, hidden] = mean[hidden]
    return taken.astype(np.float32)


def _read_at(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows between the rows, by linear interpolation; beyond the ends the outermost row."""
    places = np.clip(places, 0, len(rows) - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, len(rows) - 1)
    share = (places - below)[:, None]
    return rows[below] * (1 - share) + rows[above] * share


def _stretch(length: int, longest: float, rng: np.random.Generator) -> slice:
    """A stretch of 0 up to `longest` × `length` places, wherever it fits."""
    size = int(rng.integers(0, int(longest * length) + 1))
    start = int(rng.integers(0, length - size + 1))
    return slice(start, start + size)
