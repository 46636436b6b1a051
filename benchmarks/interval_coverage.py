"""How often 95 % intervals of the UAR and of single recalls hold the truth, by simulation.

    python benchmarks/interval_coverage.py --repetitions 4000 --bootstraps 300

Simulated on the logit scale: classes differ (standard deviation 0.7), speakers differ (0.5), and each speaker's classes
(0.7); with a spread, the models of the folds differ (0.4), and each model's classes (0.3). The truth is the UAR that
*these* models would reach with more speakers like theirs. A figure is the lowest and highest per cent of intervals that
hold it, over UARs of 0.5, 0.7 and 0.9; one of 4,000 is exact to 0.7 (two standard errors), one of 300 to 2.5. What
emokit refuses an interval, since the clips are too unevenly spread over the speakers, is measured as if it gave one.
"""

import argparse
import datetime
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat

import numpy as np
import pandas as pd
from scipy.special import expit, stdtrit
from scipy.stats import norm

from emokit import intervals

UARS = (0.5, 0.7, 0.9)
SPREADS = {"no": (0.0, 0.0), "yes": (0.4, 0.3)}  # of the models of the folds: as a whole, and in each class
CLASSES, SPEAKERS, CELLS = 0.7, 0.5, 0.7
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(30)
N_DRAWS = 600
# Clips of EmoDB's ten speakers in its classes W, L, E, A, F, T, N, counted from its file names.
EMODB = np.array(
    [
        [14, 5, 1, 4, 7, 7, 11],
        [12, 10, 0, 6, 11, 9, 10],
        [13, 4, 8, 1, 4, 4, 9],
        [10, 8, 1, 8, 4, 3, 4],
        [11, 8, 2, 10, 8, 7, 9],
        [12, 5, 2, 6, 2, 4, 4],
        [12, 10, 8, 7, 10, 5, 9],
        [16, 8, 8, 12, 8, 10, 7],
        [13, 9, 5, 8, 6, 4, 11],
        [14, 14, 11, 7, 11, 9, 5],
    ]
)


def designs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Clips of each speaker in each class, and the fold of each speaker."""
    found = {}
    for speakers, folds in ((6, 1), (6, 2), (8, 2), (10, 3), (12, 3), (16, 4), (24, 6)):
        fold = np.arange(speakers) * folds // speakers
        for clips in (4, 10):
            found[f"{speakers} speakers in {folds}, 6 classes of {clips}"] = np.full((speakers, 6), clips), fold
        found[f"{speakers} speakers in {folds}, 8 as RAVDESS"] = np.tile([4] + [8] * 7, (speakers, 1)), fold
    found["EmoDB in 4"] = EMODB, np.arange(10) % 4
    found["EmoDB in 10"] = EMODB, np.arange(10)
    rare = EMODB.copy()
    rare[3:, 2] = 0
    found["EmoDB in 1, one class of 3 speakers"] = rare, np.zeros(10, int)
    for speakers, times in ((6, 2), (8, 3), (8, 6), (8, 20)):
        uneven = np.full((speakers, 4), 10)
        uneven[0] *= times
        found[f"{speakers} speakers in 1, 4 classes of 10, one speaker {times} x"] = uneven, np.zeros(speakers, int)
    return found


def mean_recall(logits: np.ndarray, sd: float) -> np.ndarray:
    """The mean of the recalls of speakers around a logit."""
    return expit(logits[..., None] + sd * NODES) @ WEIGHTS / WEIGHTS.sum()


@cache
def difficulty(n_classes: int, uar: float, sd: float) -> np.ndarray:
    """Logits of the classes, spread evenly, whose speakers' recalls have this mean."""
    classes = CLASSES * norm.ppf((np.arange(n_classes) + 0.5) / n_classes)
    levels = np.linspace(-6, 6, 1201)
    return classes + np.interp(uar, mean_recall(levels[:, None] + classes, sd).mean(axis=1), levels)


def draw(total: np.ndarray, fold: np.ndarray, uar: float, spread: tuple[float, float], rng) -> tuple:
    """Right clips (speakers, classes), and the true recalls of these models (classes,)."""
    shape, sd = (fold.max() + 1, total.shape[1]), np.hypot(SPEAKERS, CELLS)
    logits = difficulty(shape[1], uar, np.hypot(sd, np.hypot(*spread)))
    models = logits + spread[0] * rng.standard_normal((shape[0], 1)) + spread[1] * rng.standard_normal(shape)
    truth = (mean_recall(models, sd)[fold] * total).sum(axis=0) / total.sum(axis=0)
    voices = SPEAKERS * rng.standard_normal((len(total), 1)) + CELLS * rng.standard_normal(total.shape)
    return rng.binomial(total, expit(models[fold] + voices)).astype(float), truth


def recalls_of(hits: np.ndarray, total: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return hits / total


def students(hits, total, runs):
    """Student's t over the UARs of the speakers, each over the classes that the speaker has."""
    uars = np.nanmean(recalls_of(hits, total), axis=1)
    half = stdtrit(len(uars) - 1, 0.975) * uars.std(ddof=1) / np.sqrt(len(uars))
    return uars.mean() - half, uars.mean() + half


def jackknife(hits, total, runs):
    """Jackknife by speaker within runs, Student's t on the plain scale."""
    half = (intervals.deviations(hits, total, runs).mean(axis=1) ** 2).sum() ** 0.5
    half *= stdtrit(len(hits) - len(np.unique(runs)), 0.975)
    mean = (hits.sum(axis=0) / total.sum(axis=0)).mean()
    return mean - half, mean + half


def unstratified(method):
    return lambda hits, total, runs: method(hits, total, np.zeros(len(hits)))


def resampled(hits, total, rng):
    """Recalls (draws, classes) of speakers drawn with replacement, and the clips of each class."""
    drawn = rng.multinomial(len(hits), np.full(len(hits), 1 / len(hits)), size=N_DRAWS)
    return drawn, recalls_of(drawn @ hits, drawn @ total)


def percentile(hits, total, rng):
    """2.5th to 97.5th percentile of the UAR over resampled speakers."""
    return np.quantile(np.nanmean(resampled(hits, total, rng)[1], axis=1), [0.025, 0.975])


def bootstrap_t(hits, total, rng):
    """Percentiles of the studentised UAR over resampled speakers (Efron & Tibshirani 1993, chapter 12)."""
    drawn, recalls = resampled(hits, total, rng)
    whole = hits.sum(axis=0) / total.sum(axis=0)

    def error(drawn, recalls):
        misses = np.nan_to_num(hits - recalls[:, None] * total) / np.maximum(drawn @ total, 1)[:, None]
        return np.sqrt(len(hits) / (len(hits) - 1) * (drawn * misses.mean(axis=2) ** 2).sum(axis=1))

    errors, own = error(drawn, recalls), error(np.ones((1, len(hits))), whole[None])[0]
    t = (np.nanmean(recalls, axis=1) - whole.mean())[errors > 0] / errors[errors > 0]
    low, high = np.quantile(t, [0.025, 0.975]) if len(t) else (0, 0)
    return whole.mean() - high * own, whole.mean() - low * own


def holds(bounds, truth) -> bool:
    return bounds[0] <= truth <= bounds[1]


def measured(case: tuple[str, float, str], seed: int, arguments: argparse.Namespace) -> list[dict]:
    """Coverage of each method for one design, UAR and spread."""
    name, uar, spread = case
    total, fold = designs()[name]
    rng = np.random.default_rng(seed)
    single = np.bincount(fold).min() < 2
    runs = np.zeros(len(fold)) if single else fold  # as metrics.interval does
    plain = {"t": students, "jackknife": jackknife}
    plain |= {"logit": unstratified(intervals.of_mean), "**logit by run**": intervals.of_mean}
    drawn = {"percentile": percentile, "bootstrap-t": bootstrap_t}
    found = {method: [] for method in [*drawn, *plain, "new models", "bars: percentile", "zero width", "**bars**"]}
    for repetition in range(arguments.repetitions):
        hits, truth = draw(total, fold, uar, SPREADS[spread], rng)
        for method, of in plain.items():
            found[method].append(holds(of(hits, total, runs), truth.mean()))
        found["new models"].append(holds(intervals.of_mean(hits, total, runs), uar))
        low, high = intervals.of_recalls(hits, total, runs)
        found["**bars**"].append(np.mean((low <= truth) & (truth <= high)))
        if repetition < arguments.bootstraps:
            for method, of in drawn.items():
                found[method].append(holds(of(hits, total, rng), truth.mean()))
            low, high = np.nanquantile(resampled(hits, total, rng)[1], [0.025, 0.975], axis=0)
            found["bars: percentile"].append(np.mean((low <= truth) & (truth <= high)))
            found["zero width"].append(np.mean(low == high))
    return [{"design": name, "spread": spread, "method": m, "share": np.mean(f)} for m, f in found.items()]


def main(argv: list[str] | None = None) -> None:
    """Measure every design, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=4000, help="of each design, for the methods without draws")
    parser.add_argument("--bootstraps", type=int, default=300, help="of each design, for those with draws")
    parser.add_argument("--designs", default="", help="only those whose name holds this")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args(argv)
    start = time.perf_counter()
    chosen = [name for name in designs() if arguments.designs in name]
    cases = [(name, uar, spread) for spread in SPREADS for name in chosen for uar in UARS]
    with ProcessPoolExecutor(arguments.jobs) as processes:
        rows = list(processes.map(measured, cases, range(len(cases)), repeat(arguments)))
    table = pd.DataFrame([row for case in rows for row in case])
    shares = 100 * table.groupby(["design", "spread", "method"], sort=False)["share"].agg(["min", "max"])
    told = shares.apply(lambda row: f"{row['min']:.1f}–{row['max']:.1f}", axis=1).unstack()[table["method"].unique()]
    told = told.reindex(shares.index.droplevel("method").unique()).reset_index()
    print("| " + " | ".join(told.columns) + " |\n" + "|---" * len(told.columns) + "|")
    print("\n".join("| " + " | ".join(row) + " |" for row in told.itertuples(index=False)))
    machine = f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"
    print(f"\n{arguments.repetitions} repetitions, {arguments.bootstraps} of those with draws")
    print(f"{datetime.date.today()}, {time.perf_counter() - start:.0f} s on {machine}")


if __name__ == "__main__":
    main()
