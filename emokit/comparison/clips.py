"""What became of each clip from one result to another: repaired, broken, or taken for something else."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import metrics, probability_columns

REPAIRED, BROKEN, ELSE = "repaired", "broken", "differently wrong"
BEFORE = "before_"  # columns of the probabilities before, as `p_` of those now


def paired(now: pd.DataFrame, before: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The clips that both answered, known by their digest where all have one, else by their file.

    Args:
        now: answers: `file`, `emotion`, `predicted`, `p_<emotion>` …, and whatever else is to be kept.
        before: likewise.
        names: the classes of both.

    Returns:
        The rows of `now` with `before` (what was predicted) and `before_<emotion>` …; `gain`, how much more probable
        the true emotion became, -1 … 1; `kind`: REPAIRED, BROKEN, ELSE (wrong both times, not as the same), or "".
    """
    by_digest = all("digest" in table and table["digest"].notna().all() for table in (now, before))
    by, columns = ("digest" if by_digest else "file"), probability_columns.of(names)
    renamed = dict(zip(columns, (BEFORE + name for name in names), strict=True)) | {"predicted": "before"}
    theirs = before.drop_duplicates(by).set_index(by)[list(renamed)].rename(columns=renamed)
    rows = now.join(theirs, on=by, how="inner")
    true = np.asarray(list(names)) == rows["emotion"].to_numpy(str)[:, None]  # (clips, classes)
    gain = rows[columns].to_numpy(float) - rows[list(renamed.values())[:-1]].to_numpy(float)
    right, was_right = (rows[column] == rows["emotion"] for column in ("predicted", "before"))
    otherwise = ~right & ~was_right & (rows["predicted"] != rows["before"])
    kind = np.select([right & ~was_right, ~right & was_right, otherwise], [REPAIRED, BROKEN, ELSE], "")
    return rows.assign(gain=np.where(true, gain, 0).sum(axis=1), kind=kind)


def finding(rows: pd.DataFrame, dependent: str = "") -> str:
    """Say how far the UAR of these clips rose, with its interval over speakers or the reason why there is none.

    Args:
        rows: as `paired` gives them.
        dependent: name of a run that is speaker-dependent, where one of them is.
    """
    before = rows.assign(predicted=rows["before"])
    higher, low, high = metrics.difference(rows, before)
    why = f"{dependent} is speaker-dependent" if dependent else metrics.why_no_interval(rows)
    sure = f"no interval: {why}" if why else f"95 % interval, paired over speakers: {_points(low)} to {_points(high)}"
    if not why and low <= 0 <= high:
        sure += "; it holds 0, so that this may be chance"
    uars = [100 * metrics.uar(table["emotion"], table["predicted"]) for table in (before, rows)]
    return f"UAR {uars[0]:.1f} → {uars[1]:.1f} %, {_points(higher)} points ({sure})"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
