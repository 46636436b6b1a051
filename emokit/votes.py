"""Votes of several listeners on a clip: the columns `votes_<emotion>` of the clips, counts or shares."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

PREFIX = "votes_"
TOTALS = {"total", "sum", "all", "count"}  # behind the prefix: of no emotion


def columns(names: Iterable[str]) -> list[str]:
    """The columns that hold the votes for these emotions."""
    return [PREFIX + name for name in names]


def names(table: pd.DataFrame) -> list[str]:
    """The emotions that columns of a table are votes for, in the order of the columns."""
    found = [column.removeprefix(PREFIX) for column in map(str, table) if column.startswith(PREFIX)]
    return [name for name in found if name.lower() not in TOTALS]


def of(clips: pd.DataFrame, emotions: Iterable[str] | None = None) -> pd.DataFrame:
    """The votes of each clip, float64 (n, emotions), named by the emotion; NaN where a clip has none.

    Args:
        clips: with `votes_<emotion>` or without.
        emotions: which, in this order, one that nobody voted for too; by default all that there are.
    """
    emotions = names(clips) if emotions is None else list(emotions)
    found = clips.reindex(columns=columns(emotions)).set_axis(emotions, axis=1).astype("float64")
    return found.fillna(0.0).where(found.fillna(0.0).ne(0).any(axis=1))


def plurality(votes: pd.DataFrame) -> pd.Series:
    """The emotion with most votes of each clip, texts (n,); NA where several have most, or there is none."""
    if not len(votes.columns):
        return pd.Series(None, votes.index, dtype="str")
    most = votes.eq(votes.max(axis=1), axis=0)
    names = pd.Series(votes.columns[most.to_numpy().argmax(axis=1)], votes.index, dtype="str")
    return names.where(most.sum(axis=1) == 1)


def shares(votes: pd.DataFrame) -> np.ndarray:
    """Each clip's votes as shares, float64 (n, emotions), that sum to 1; a row of NaN where a clip has none.

    Raises:
        ValueError: for a number of votes below 0, or one that is infinite.
    """
    values = votes.to_numpy("float64")
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        what = f"{values[row, column]:g} votes for {votes.columns[column]} at clip {votes.index[row]}"
        raise ValueError(f"There are {what}; give counts or shares from 0.")
    totals = np.nansum(values, axis=1, keepdims=True)
    return np.divide(np.nan_to_num(values), totals, out=np.full(values.shape, np.nan), where=totals > 0)


def counted(clips: pd.DataFrame) -> pd.DataFrame:
    """The votes of those clips on which two or more are known one by one, as whole numbers (of shares nobody knows)."""
    found = of(clips).fillna(0.0)
    return found[(found % 1 == 0).all(axis=1) & (found.sum(axis=1) > 1)]


def alpha(counts: pd.DataFrame) -> float:
    """Krippendorff's alpha of nominal votes, whose number may differ: 1 where all agree, 0 as by chance.

    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C, from the votes of each clip; NaN where
    all votes are for one emotion.

    Args:
        counts: votes of each clip (rows) for each emotion, two or more a clip.
    """
    values = counts.to_numpy("float64")
    of_clip, of_emotion = values.sum(axis=1), values.sum(axis=0)
    total = values.sum()
    observed = ((of_clip**2 - (values**2).sum(axis=1)) / (of_clip - 1)).sum() / total
    expected = (total**2 - (of_emotion**2).sum()) / (total * (total - 1))
    return float(1 - observed / expected) if expected else math.nan


def by_emotion(clips: pd.DataFrame) -> pd.DataFrame:
    """How many voted for each emotion, and how far they agree on it.

    Returns:
        A row an emotion: `votes`, and `agreement`, how often another listener of the same clip says so too where one
        does (Fleiss 1971, the conditional probability of a category), 0 … 1.
    """
    counts = counted(clips)
    pairs = (counts * (counts - 1)).sum()
    others = counts.mul(counts.sum(axis=1) - 1, axis=0).sum()
    table = pd.DataFrame({"votes": counts.sum().astype(int), "agreement": pairs / others.where(others > 0)})
    return table.rename_axis("emotion")


def extent(sizes: pd.Series) -> str:
    """The smallest of some numbers and the largest, in words: "5 to 9", or "7" where all are."""
    low, high = sizes.min(), sizes.max()
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def sentence(clips: pd.DataFrame) -> str:
    """Say how far several listeners agree on these clips, or why that is not known.

    Clips that were left out, as those without agreement are, count no more.
    """
    counts = counted(clips)
    if counts.empty:
        there = of(clips).notna().any(axis=None) if names(clips) else False
        none = "No clip has votes of listeners; docs/your-own.md says how a table names several raters."
        return "The votes are shares; how many listened is not known." if there else none
    sizes = counts.sum(axis=1)
    few = (counts.max(axis=1) < sizes / 2).sum()
    return (
        f"{sizes.sum():,.0f} votes on {len(counts):,} of {len(clips):,} clips, {extent(sizes)} each: "
        f"Krippendorff's alpha {alpha(counts):.2f} (1: all agree, 0: as by chance); "
        f"on {few:,} clips ({few / len(counts):.0%}) fewer than half agree."
    )
