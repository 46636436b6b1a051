"""What one listener, drawn at random, would reach where the model is tested: a ceiling to hold its figure against."""

import math

import numpy as np
import pandas as pd

from emokit import intervals, metrics, votes


def against_others(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each listener of a clip against what most of the others say, each as likely to be drawn.

    Args:
        counts: votes of each clip (rows) for each emotion (columns).

    Returns:
        hits and total, float (clips, emotions): the shares of the draws in which most of the others say that emotion,
        and in which the one who was drawn says so too. Draws in which the others agree on none are left out.
    """
    values = counts.to_numpy("float64")
    hits, total = np.zeros(values.shape), np.zeros(values.shape)
    for drawn in range(values.shape[1]):
        others = values.copy()
        others[:, drawn] -= 1
        leading = others == others.max(axis=1, keepdims=True)
        clear = (leading.sum(axis=1, keepdims=True) == 1) & (others.max(axis=1, keepdims=True) > 0)
        weight = (values[:, drawn] / values.sum(axis=1))[:, None] * (leading & clear)
        total += weight
        hits[:, drawn] += weight[:, drawn]
    return tuple(pd.DataFrame(table, counts.index, counts.columns) for table in (hits, total))


def against_emotion(counts: pd.DataFrame, emotion: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each listener of a clip against the emotion that it has from elsewhere, such as an intended one; as above."""
    counts = counts.reindex(columns=[*counts, *sorted({*emotion} - {*counts})], fill_value=0.0)
    total = pd.get_dummies(emotion).reindex(columns=counts.columns, fill_value=False).astype("float64")
    return counts.div(counts.sum(axis=1), axis=0) * total, total


def uar(hits: pd.DataFrame, total: pd.DataFrame, clips: pd.DataFrame) -> tuple[float, float, float]:
    """UAR of a listener, and its 95 % interval over the speakers of these clips, NaN where `metrics` gives none.

    Args:
        hits: as above.
        total: likewise.
        clips: with `speaker` and `emotion`, the same rows; classes are the emotions that occur in it.
    """
    classes = [name for name in total if (total[name] > 0).any() and name in set(clips["emotion"])]
    by_speaker = [table[classes].groupby(clips["speaker"]).sum() for table in (hits, total)]
    mean = float((hits[classes].sum() / total[classes].sum()).mean()) if classes else math.nan
    few = not classes or (by_speaker[1] > 0).sum().min() < metrics.MIN_SPEAKERS_OF_A_CLASS
    if few or metrics.why_no_interval(clips):
        return mean, math.nan, math.nan
    return mean, *intervals.of_mean(*(table.to_numpy() for table in by_speaker), np.zeros(len(by_speaker[0])))


def sentence(clips: pd.DataFrame) -> str:
    """Say what a listener reaches on clips of a test; "" where their votes are not known one by one.

    Where each clip's emotion is that of most votes, a listener is judged by the others, who are one fewer than those
    who gave the model its truth. Where it is from elsewhere, a listener is judged by it too, as the model is.

    Args:
        clips: with `emotion`, `speaker`, and `votes_<emotion>`.
    """
    counts = votes.counted(clips)
    if counts.empty:
        return ""
    rows = clips.loc[counts.index]
    most = votes.plurality(counts)
    told = [_figure("what most of the others hear", *uar(*against_others(counts), rows))]
    if (most.notna() & (most != rows["emotion"])).any():
        told.insert(0, _figure("the emotions of the clips", *uar(*against_emotion(counts, rows["emotion"]), rows)))
    which = "the test clips" if len(rows) == len(clips) else f"{len(rows)} of the {len(clips)} test clips"
    return f"One listener of {which}, drawn at random: {'; '.join(told)}."


def _figure(truth: str, mean: float, low: float, high: float) -> str:
    how_sure = "" if math.isnan(low) else f" ({100 * low:.1f} to {100 * high:.1f} over speakers)"
    return f"UAR {100 * mean:.1f} %{how_sure} against {truth}"
