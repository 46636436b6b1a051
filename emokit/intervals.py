"""95 % intervals over speakers of a mean of recalls and of each recall, for models that are trained already.

What they are of: the recalls that these models would reach with more speakers like those of their tests. How often they
hold it is measured by benchmarks/interval_coverage.py; docs/intervals.md has its table.
"""

import math

import numpy as np

LEVEL = 0.975  # of 95 %, two-sided
NORMAL = 1.959964  # the quantile of the normal distribution there
NOTHING = 1e-12  # a variance of rounding errors


def of_mean(hits: np.ndarray, total: np.ndarray, runs: np.ndarray) -> tuple[float, float]:
    """Interval of the unweighted mean of the recalls: jackknife by speaker, Student's t, on the logit scale.

    Where speakers do not differ at all, as if each clip were of another speaker (Wilson 1927).

    Args:
        hits: (speakers, classes), right clips of each speaker in each class.
        total: (speakers, classes), all of them; each class has at least two speakers.
        runs: (speakers,), by which model each was judged; each model has at least two speakers.

    Returns:
        (low, high) in 0 … 1.
    """
    from scipy.special import expit, logit, stdtrit

    spread = deviations(hits, total, runs)
    clips = total.sum(axis=0)
    mean, variance = (hits.sum(axis=0) / clips).mean(), (spread.mean(axis=1) ** 2).sum()
    t = stdtrit(len(hits) - len(np.unique(runs)), LEVEL)
    if variance < NOTHING:
        return tuple(map(float, wilson(mean, len(clips) ** 2 / (1 / clips).sum(), t)))
    half = t * math.sqrt(variance) / (mean * (1 - mean))
    return float(expit(logit(mean) - half)), float(expit(logit(mean) + half))


def of_difference(hits: np.ndarray, others: np.ndarray, total: np.ndarray, runs: np.ndarray) -> tuple[float, float]:
    """Interval of how much higher the mean of the recalls is than with other answers to the same clips.

    As `of_mean`, paired: the jackknife of the difference, Student's t. Where it is the same for all speakers, as if the
    clips that are answered otherwise were none of so many of independent speakers (Wilson 1927).

    Args:
        hits: (speakers, classes), right clips of each speaker in each class.
        others: the same of the other answers.
        total: (speakers, classes), all of them.
        runs: (speakers,), as for `of_mean`.

    Returns:
        (low, high) in -1 … 1.
    """
    from scipy.special import stdtrit

    spread = (deviations(hits, total, runs) - deviations(others, total, runs)).mean(axis=1)
    difference = ((hits - others).sum(axis=0) / total.sum(axis=0)).mean()
    t = stdtrit(len(hits) - len(np.unique(runs)), LEVEL)
    half = t * math.sqrt((spread**2).sum())
    if half < NOTHING:
        half = float(wilson(0, total.sum(), t)[1])
    return float(difference - half), float(difference + half)


def of_recalls(hits: np.ndarray, total: np.ndarray, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of each recall: Wilson's for as many independent clips as those of the speakers are worth.

    Clips are divided by the design effect (Kish 1965), that is by how much more a recall varies over speakers than it
    would over independent clips; a few clips tell little of it, so that of all classes together counts if larger.

    Arguments as for `of_mean`.

    Returns:
        low and high, (classes,), in 0 … 1 and never equal.
    """
    clips = total.sum(axis=0)
    recalls = hits.sum(axis=0) / clips
    independent = recalls * (1 - recalls) / clips
    variance = (deviations(hits, total, runs) ** 2).sum(axis=0)
    variance, independent = np.append(variance, variance.sum()), np.append(independent, independent.sum())
    effects = np.divide(variance, independent, out=np.ones(len(variance)), where=independent > 0)
    return wilson(recalls, clips / np.maximum(effects[:-1], max(effects[-1], 1)), NORMAL)


def deviations(hits: np.ndarray, total: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """What each speaker adds to the recalls, (speakers, classes); the sum of the squares is their variance.

    The jackknife within runs (Wolter 2007, chapter 4.5): one speaker is left out, the others of the run stand in.
    """
    scaled = np.empty(hits.shape)
    for run in np.unique(runs):
        own = runs == run
        n = own.sum()
        recalls = _without_each(hits, own) / _without_each(total, own)
        scaled[own] = math.sqrt((n - 1) / n) * (recalls - recalls.mean(axis=0))
    return scaled


def _without_each(counts: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The sum over all speakers, with one of these left out in turn and the others of them weighed up for it."""
    return counts.sum(axis=0) + (counts[own].sum(axis=0) - own.sum() * counts[own]) / (own.sum() - 1)


def wilson(share, n, z: float):
    """Wilson's interval (1927) of a share of n independent clips, z standard errors wide to each side."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)
