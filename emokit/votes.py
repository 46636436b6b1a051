"""Votes of several listeners on a clip: the columns `votes_<emotion>` of the clips, counts or shares."""

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
