"""How a training goes: what is left of it, since when nothing became better, and whether it ended too soon."""

import pandas as pd

N_PACE = 10  # epochs back by which the time left is judged
RISING = 0.25  # share of the epochs, the last ones, in which dev may still be rising
FEWEST = 8  # epochs in that share; of fewer nothing can be said
RAISE = "UAR on dev was still rising at the end: raise epochs"
SURE = 0.01  # p of Kendall's test from which a rise is one


def time_left(history: pd.DataFrame, epochs: int, *, may_stop: bool = True) -> str:
    """What is left of a training, as "12 epochs left, at most 5 min".

    Args:
        history: as in history.csv.
        epochs: how many are planned; 0 if not known.
        may_stop: early stopping may end it before; else it takes "about" so long.

    Returns:
        Without a time after the first epoch, which compiles the network; "" where nothing is left or known.
    """
    if history.empty or not epochs > history["epoch"].iloc[-1]:
        return ""
    left = int(epochs - history["epoch"].iloc[-1])
    said = f"{left} epoch{'s' * (left > 1)} left"
    seconds = left * history["seconds"].iloc[1:].tail(N_PACE).median()  # a machine has other work too
    return said if pd.isna(seconds) else f"{said}, {'at most' if may_stop else 'about'} {_duration(seconds)}"


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1):.0f} s"


def best_epoch(history: pd.DataFrame) -> int:
    """The first epoch with the highest UAR of dev; 0 before the first epoch."""
    known = history["val_uar"].dropna()
    return 0 if known.empty else int(history["epoch"][known.idxmax()])


def still_rising(history: pd.DataFrame) -> bool:
    """Whether the UAR of dev was still rising in the last quarter of the epochs: more of them may help.

    By the sign of Kendall's tau between epoch and UAR and its p-value (the Mann-Kendall test of a trend; Mann 1945,
    Econometrica 13), at 0.01, one-sided; a quarter of fewer than eight epochs says nothing.
    """
    from scipy.stats import kendalltau

    last = history["val_uar"].dropna().tail(int(RISING * len(history)))
    if len(last) < FEWEST or last.nunique() == 1:
        return False
    return bool(kendalltau(range(len(last)), last, alternative="greater").pvalue < SURE)
