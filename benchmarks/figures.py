"""What the accuracy tables say of one row: figures of the answers of all its folds and seeds, as text in per cent."""

import math
import statistics
import time
from collections.abc import Callable, Mapping

import pandas as pd

from emokit import calibration, metrics

NONE = "–"
N_TIMED, N_WARM = 20, 3  # clips: whose time is taken, and those before them


def answers(tables: Mapping[tuple[int, str], pd.DataFrame], clips: pd.DataFrame) -> pd.DataFrame:
    """Predictions of several runs as `metrics.pool_seeds` puts them together, with `sex`.

    Args:
        tables: by seed and label of the test, as a run keeps its predictions.
        clips: with `file`, and `sex` where known.
    """
    sex = clips.drop_duplicates("file").set_index("file").get("sex", pd.Series(dtype="str"))
    pooled = metrics.pool_seeds(tables)
    return pooled.assign(sex=pooled["file"].map(sex))


def of_test(answered: pd.DataFrame) -> pd.DataFrame:
    """The answers for test clips."""
    return answered[answered["part"] == "test"]


def uar(test: pd.DataFrame) -> float:
    """UAR, of several seeds the mean: each has the same clips, so the recalls of all are the means of theirs."""
    return metrics.uar(test["emotion"], test["predicted"])


def headline(answered: pd.DataFrame) -> dict[str, str]:
    """UAR of the test with its interval over speakers, and the UARs of the seeds."""
    test = of_test(answered)
    seeds = [uar(of_seed) for _, of_seed in test.groupby("seed")]
    return {"UAR": percent(uar(test)), "95 % interval": between(*metrics.interval(test)), "seeds": percents(seeds)}


def against(answered: pd.DataFrame, other: pd.DataFrame | None) -> str:
    """The paired difference to another row, with its interval; "–" where there is none."""
    if other is None:
        return NONE
    difference, low, high = (100 * value for value in metrics.difference(of_test(answered), of_test(other)))
    return f"{difference:+.1f}" + ("" if math.isnan(low) else f" ({low:+.1f} to {high:+.1f})")


def details(answered: pd.DataFrame) -> dict[str, str]:
    """Macro-F1, calibration, the worst speaker, women and men; means over seeds."""
    test = of_test(answered)
    seeds = [of_seed for _, of_seed in test.groupby("seed")]
    cooled = [of_test(of_seed) for _, of_seed in _rescaled(answered).groupby("seed")]
    by_speaker = {speaker: uar(said) for speaker, said in test.groupby("speaker")}
    worst = min(by_speaker, key=by_speaker.get, default=NONE)
    by_sex = {sex: uar(said) for sex, said in test.groupby("sex")}
    return {
        "macro-F1": percent(statistics.mean(metrics.macro_f1(seed["emotion"], seed["predicted"]) for seed in seeds)),
        "ECE": percent(statistics.mean(map(calibration.ece, seeds))),
        "ECE, temperature of dev": percent(statistics.mean(map(calibration.ece, cooled))),
        "worst speaker": f"{percent(by_speaker[worst])} ({worst.split('/')[-1]})" if by_speaker else NONE,
        "women / men": " / ".join(percent(by_sex[sex]) if sex in by_sex else NONE for sex in ("female", "male")),
    }


def _rescaled(answered: pd.DataFrame) -> pd.DataFrame:
    """Each run with the temperature that its own dev clips ask for."""
    runs = [run for _, run in answered.groupby(["seed", "run"])]
    return pd.concat(
        [calibration.rescaled(run, calibration.temperature(run[run["part"] == "dev"])) for run in runs],
        ignore_index=True,
    )


def warm_milliseconds(answer: Callable, clips: pd.DataFrame) -> float:
    """Median processor time of one clip, read, computed and answered, once everything is loaded."""
    times = []
    for file in clips["file"].iloc[: N_WARM + N_TIMED]:
        start = time.process_time()  # what others do on the machine does not count
        answer(file)
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times[N_WARM:] or times)


def classes(answered: pd.DataFrame) -> list[str]:
    """The emotions that are told apart."""
    return metrics.classes(answered)


def percent(share: float) -> str:
    """A share as per cent with one digit."""
    return NONE if math.isnan(share) else f"{100 * share:.1f}"


def percents(shares) -> str:
    """Several of them, or "–" where there is but one."""
    return ", ".join(map(percent, shares)) if len(shares) > 1 else NONE


def between(low: float, high: float) -> str:
    """An interval as text."""
    return NONE if math.isnan(low) else f"{100 * low:.1f} to {100 * high:.1f}"


def count(number: float) -> str:
    """A number of weights: 840, 143 k, 11.2 M."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def duration(seconds: float) -> str:
    """Seconds as "4 s" or "3.2 min"."""
    if math.isnan(seconds):
        return NONE
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.1f} min"
