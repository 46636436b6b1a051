"""Statistics of clips whose frames are normalised, without the frames: shifting and scaling does the same to both.

`emokit.normalizer` and `emokit.speakers` do it on the frames; here a thousand normalisations cost a second.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from emokit.normalizer import LEAST_SPREAD


class Pooled(NamedTuple):
    """What is kept of each clip: frames (clips,), mean and deviation (clips, d), means of quarters (clips, 4, d)."""

    frames: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    quarters: np.ndarray

    @classmethod
    def of(cls, sequences: Iterable[np.ndarray]) -> "Pooled":
        """From the frames (n, d) of each clip."""
        rows = []
        for x in sequences:
            starts = [quarter * len(x) // 4 for quarter in range(5)]  # as `model.bodies.QuarterMeans`
            spans = [(a, max(a + 1, b)) for a, b in zip(starts, starts[1:], strict=False)]
            rows.append((len(x), x.mean(axis=0), x.std(axis=0), np.stack([x[a:b].mean(axis=0) for a, b in spans])))
        return cls(*map(np.asarray, zip(*rows, strict=True)))


def moments(pooled: Pooled, rows: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """How many frames these clips have, their mean and variance."""
    weight = pooled.frames[rows, None].astype(float)
    n = weight.sum()
    mean = (weight * pooled.mean[rows]).sum(axis=0) / n
    spread = np.square(pooled.deviation[rows]) + np.square(pooled.mean[rows] - mean)
    return n, mean, (weight * spread).sum(axis=0) / n


def beside(voice: tuple, prior: tuple, weight: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a voice's frames and of `weight` frames like those of the prior."""
    (n, mean, variance), (_, usual, usual_variance) = voice, prior
    n_all = n + weight
    apart = np.square(mean - usual) * weight * n / n_all**2
    return (n * mean + weight * usual) / n_all, (n * variance + weight * usual_variance) / n_all + apart


def scaled(
    pooled: Pooled,
    speakers: np.ndarray,
    train: np.ndarray,
    mode: str,
    weight: float,
    known: Mapping[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """By which mean and deviation the frames of each clip are normalised, both (clips, d).

    By those of the training clips (`mode` corpus), or of each speaker's clips (speaker), of those alone that are
    `known` if given, beside `weight` frames of the training clips.
    """
    corpus = moments(pooled, train)
    mean, scale = np.empty_like(pooled.mean), np.empty_like(pooled.mean)
    mean[:], scale[:] = corpus[1], _floored(corpus[2])
    for speaker in np.unique(speakers) if mode == "speaker" else ():
        own = np.flatnonzero(speakers == speaker)
        voice = moments(pooled, own if known is None else known[speaker])
        mean[own], variance = beside(voice, corpus, weight)
        scale[own] = _floored(variance)
    return mean, scale


def _floored(variance: np.ndarray) -> np.ndarray:
    deviation = np.sqrt(variance)
    return np.maximum(deviation, LEAST_SPREAD * np.median(deviation))


def statistics(pooled: Pooled, scaling: tuple[np.ndarray, np.ndarray], kinds: str) -> np.ndarray:
    """The statistics (clips, d × number) of normalised frames: m, the mean; d, the deviation; q, means of quarters."""
    mean, scale = scaling
    parts = {"m": (pooled.mean - mean) / scale, "d": pooled.deviation / scale}
    if "q" in kinds:
        quarters = (pooled.quarters - mean[:, None]) / scale[:, None]
        parts["q"] = quarters.reshape(len(quarters), -1)
    return np.hstack([parts[kind] for kind in kinds])
