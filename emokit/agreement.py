"""Agreement beyond chance of two who name an emotion for each clip: Cohen's kappa, and how sure one can be of it."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import intervals, metrics


def kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """Cohen's kappa (1960), from -1 to 1; NaN where both name one and the same emotion throughout.

    (p - e) / (1 - e), p being the share of clips for which they name the same, and e what that would be by chance.

    >>> kappa(["sad", "sad", "happy", "happy"], ["sad", "happy", "happy", "happy"])
    0.5
    """
    counts = metrics.confusion(one, other).to_numpy(float)
    if not counts.sum():
        return math.nan
    same = np.trace(counts) / counts.sum()
    chance = counts.sum(axis=0) @ counts.sum(axis=1) / counts.sum() ** 2
    return math.nan if chance > 1 - intervals.NOTHING else float((same - chance) / (1 - chance))


def interval(clips: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    """95 % interval of `kappa` over speakers: the jackknife that leaves one out in turn, Student's t.

    Args:
        clips: `emotion`, `speaker`, and what the two named.
        one: the column of the one.
        other: that of the other.

    Returns:
        (low, high); NaN where `metrics.why_no_interval` says why, and where no speaker changes it.
    """
    from scipy.special import stdtrit

    if metrics.why_no_interval(clips):
        return math.nan, math.nan
    speakers = clips["speaker"].unique()
    rests = [clips[clips["speaker"] != speaker] for speaker in speakers]
    without = np.array([kappa(rest[one], rest[other]) for rest in rests])
    n, value = len(without), kappa(clips[one], clips[other])
    half = stdtrit(n - 1, intervals.LEVEL) * math.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    if not half > intervals.NOTHING:
        return math.nan, math.nan
    return max(-1.0, value - half), min(1.0, value + half)
