"""From the windows of a recording, as one run or several hear them, to a table that can be read."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import calibration, probability_columns
from emokit.run_folder import Run

UNLIKE = {"noise", "unfamiliar", "quieter"}  # flags of windows that would hide what the others say


def answer(runs: Sequence[Run], name: str, heard: Sequence[pd.DataFrame], *, windows: bool) -> pd.DataFrame:
    """What several runs say of a recording together, as `predict` gives it.

    Args:
        runs: that know the same emotions.
        name: of the recording.
        heard: by each of them, as `hear` gives it.
        windows: whether a row each is wanted, or one for the recording; a row each has to be of the same windows.
    """
    each = [table if windows else of_recording(table) for table in heard]
    names = runs[0].emotions
    said = _mean(each, names)
    rescaled = [calibration.rescaled(table, temperature(run)) for table, run in zip(each, runs, strict=True)]
    calibrated = _mean(rescaled, names)
    best = np.nan_to_num(said).argmax(axis=1)
    predicted = pd.Series(np.array(names)[best], dtype="str").mask(np.isnan(said).any(axis=1))
    times = each[0][["start", "end"]].round(3).to_dict("series") if windows else {}
    shares = dict(zip(probability_columns.of(names), said.T, strict=True))
    table = pd.DataFrame({"file": name, **times, "predicted": predicted, **shares})
    table["confidence"] = calibrated[np.arange(len(best)), best]
    table["flag"] = [_in_words(flags) for flags in zip(*(table["flags"] for table in each), strict=True)]
    return table


def nothing(run: Run, reason: str) -> pd.DataFrame:
    """What is heard in a recording that cannot be read, as `hear` gives it."""
    row = dict.fromkeys(["start", "end", *probability_columns.of(run.emotions)], np.nan)
    return pd.DataFrame([row | {"flags": {"unreadable": f"unreadable: {reason}"}}])


def temperature(run: Run) -> float:
    """The temperature that dev chose; 1 of a run that does not know it, since it is older or not judged yet."""
    return run.metrics.get("calibration", {}).get("temperature", 1.0) if run.complete else 1.0


def _mean(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> np.ndarray:
    """Probabilities (rows, classes), the mean over the tables."""
    return np.mean([table[probability_columns.of(names)].to_numpy(float) for table in tables], axis=0)


def _in_words(flags: Sequence[dict[str, str]]) -> str:
    """Flags of several runs, each kind once."""
    return "; ".join(dict(pair for one in reversed(flags) for pair in one.items()).values())


def of_recording(windows: pd.DataFrame) -> pd.DataFrame:
    """One row: the mean of the windows of which something is said, and what speaks against most of them.

    Windows that are unlike speech as it was learned count only where all are.
    """
    columns = probability_columns.of(probability_columns.classes(windows))
    said = windows[windows[columns[0]].notna()]
    if said.empty:
        why = windows["flags"].iloc[0] if len(windows) == 1 else {"silent": "no speech"}
        return windows.head(1).assign(flags=[why])
    kinds = Counter(kind for flags in said["flags"] for kind in flags)
    words = {kind: text for flags in said["flags"] for kind, text in flags.items() if 2 * kinds[kind] > len(said)}
    like = said[[UNLIKE.isdisjoint(flags) for flags in said["flags"]]]
    return (said if like.empty else like)[columns].mean().to_frame().T.assign(flags=[words])
