"""How long a training still takes."""

import pandas as pd

N_PACE = 10  # epochs back by which the time left is judged


def time_left(history: pd.DataFrame, epochs: int) -> str:
    """How long the epochs that are planned still take, as "at most 5 min left": early stopping may end before.

    Args:
        history: as in history.csv.
        epochs: how many are planned; 0 if not known.
    """
    if history.empty or not epochs > history["epoch"].iloc[-1]:
        return ""
    pace = history["seconds"].tail(N_PACE).median()  # the first epoch compiles, and a machine has other work too
    seconds = (epochs - history["epoch"].iloc[-1]) * pace
    if pd.isna(seconds):
        return ""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"at most {seconds / size:.0f} {unit} left"
    return f"at most {seconds:.0f} s left"
