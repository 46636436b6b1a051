"""Intervals over speakers: what they cover, what they are of, and when there is none."""

import importlib.util
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from emokit import metrics

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
coverage = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "interval_coverage.py")))

BALANCED, SMALL = "8 speakers in 2, 6 classes of 4", "6 speakers in 1, 8 as RAVDESS"


def table(hits, total, runs=None) -> pd.DataFrame:
    """Predictions with so many right clips of so many, by speaker (rows) and class."""
    rows = [
        {"speaker": f"x/{s}", "emotion": f"e{c}", "predicted": f"e{c}" if k < hits[s][c] else "other", "part": "test"}
        | ({} if runs is None else {"run": runs[s]})
        for s, c in np.ndindex(np.shape(total))
        for k in range(int(total[s][c]))
    ]
    return pd.DataFrame(rows)


def shares(design: str, uar: float, spread: str, repetitions: int = 700) -> pd.Series:
    """Share of intervals that hold the truth, by method of the benchmark."""
    arguments = SimpleNamespace(repetitions=repetitions, bootstraps=0)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):  # no bootstraps: means of nothing
        return pd.DataFrame(coverage.measured((design, uar, spread), 0, arguments)).set_index("method")["share"]


@pytest.mark.parametrize(
    ("design", "uar", "spread"),
    [(BALANCED, 0.5, "no"), (BALANCED, 0.9, "yes"), ("EmoDB in 4", 0.7, "yes"), (SMALL, 0.9, "no")],
)
def test_95_percent_intervals_hold_the_truth_in_95_percent(design, uar, spread):
    found = shares(design, uar, spread)
    error = math.sqrt(0.95 * 0.05 / 700)
    assert abs(found["**logit by run**"] - 0.95) < 3 * error  # of half the width, or of 5th to 95th percentile: no more
    assert 0.93 < found["**bars**"] < 0.98


def test_the_interval_is_students_over_the_speakers_where_cells_are_balanced():
    rng = np.random.default_rng(0)
    total = np.full((9, 4), 10)
    hits = rng.binomial(total, 0.55)
    uars = (hits / total).mean(axis=1)
    mean, half = uars.mean(), stats.t.ppf(0.975, 8) * stats.sem(uars)
    logit = math.log(mean / (1 - mean))
    bounds = [1 / (1 + math.exp(-(logit + side * half / (mean * (1 - mean))))) for side in (-1, 1)]
    assert metrics.interval(table(hits, total)) == pytest.approx(bounds)  # Student's t by the delta method


def test_the_interval_belongs_to_the_pooled_uar_where_a_speaker_lacks_a_class():
    rng = np.random.default_rng(1)
    hits = rng.binomial(coverage.EMODB, 0.6)
    predictions = table(hits, coverage.EMODB)
    low, high = metrics.interval(predictions)
    logits = [math.log(p / (1 - p)) for p in (low, high)]
    middle = 1 / (1 + math.exp(-sum(logits) / 2))
    assert middle == pytest.approx(metrics.uar(predictions["emotion"], predictions["predicted"]))


def test_how_models_differ_does_not_widen_the_interval_for_these_models():
    rng = np.random.default_rng(2)
    total = np.full((12, 5), 10)
    hits = rng.binomial(total, np.repeat([0.3, 0.9], 6)[:, None])  # six speakers by a bad model, six by a good one
    runs = np.repeat(["a", "b"], 6)
    by_run, as_one = metrics.interval(table(hits, total, runs)), metrics.interval(table(hits, total))
    assert np.ptp(by_run) < 0.5 * np.ptp(as_one)


@pytest.mark.parametrize("runs", [[*"aaaaab"], [*"abcdef"]], ids=["one run of one speaker", "one speaker a run"])
def test_runs_of_a_single_speaker_are_not_told_apart(runs):
    total = np.full((6, 3), 8)
    hits = np.random.default_rng(3).binomial(total, 0.6)
    assert metrics.interval(table(hits, total, runs)) == metrics.interval(table(hits, total))


def test_a_recording_that_counts_twice_does_not_narrow_the_interval():
    hits = np.random.default_rng(4).binomial(np.full((8, 4), 6), 0.7)
    once = table(hits, np.full((8, 4), 6))
    twice = pd.concat([once.assign(run="seed 0"), once.assign(run="seed 1")])
    assert metrics.interval(twice) == pytest.approx(metrics.interval(once))


@pytest.mark.parametrize("right", [0, 4])
def test_speakers_without_a_difference_leave_an_interval_of_some_width_within_0_and_1(right):
    predictions = table(np.full((6, 6), right), np.full((6, 6), 4))
    low, high = metrics.interval(predictions)
    bars = metrics.recall_intervals(predictions)
    assert 0 <= low < high <= 1 and high - low > 0.02
    assert (bars["high"] - bars["low"] > 0.1).all() and bars.stack().between(0, 1).all()


def test_bars_of_recalls_grow_with_how_speakers_differ():
    total = np.full((8, 2), 10)
    alike, unlike = np.full((8, 2), 5), np.repeat([[1], [9]], 4, axis=0).repeat(2, axis=1)
    narrow, wide = (metrics.recall_intervals(table(hits, total)) for hits in (alike, unlike))
    assert (np.ptp(wide, axis=1) > 1.5 * np.ptp(narrow, axis=1)).all()
    wilson = stats.binomtest(40, 80).proportion_ci(method="wilson")
    assert narrow.to_numpy() == pytest.approx(np.array([[wilson.low, wilson.high]] * 2), abs=1e-6)


def test_a_class_in_which_speakers_happen_to_agree_is_not_taken_for_independent_clips():
    hits = np.column_stack([np.full(8, 5), np.tile([1, 9], 4)])
    bars = metrics.recall_intervals(table(hits, np.full((8, 2), 10)))
    wilson = stats.binomtest(40, 80).proportion_ci(method="wilson")
    assert np.ptp(bars.loc["e0"]) > 1.3 * (wilson.high - wilson.low)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.assign(speaker=None), "no interval: speakers unknown"),
        (lambda t: t.assign(speaker=t["speaker"].where(t.index > 2)), "no interval: speaker unknown in 3 of 48 clips"),
        (lambda t: t[t["speaker"] != "x/0"], "no interval: 5 speakers, at least 6 are needed"),
        (
            lambda t: t[(t["emotion"] != "e1") | t["speaker"].isin(["x/0", "x/1"])],
            "no interval: too few speakers of e1: 2, at least 3 are needed",
        ),
        (
            lambda t: pd.concat([t, *[t[t["speaker"] == "x/0"]] * 5]),
            "no interval: the clips are too unevenly spread: 6 speakers, as if of 3.0",
        ),
    ],
)
def test_where_there_is_no_interval_the_headline_says_why(change, why):
    predictions = change(table(np.full((6, 2), 3), np.full((6, 2), 4)))
    assert all(math.isnan(bound) for bound in metrics.interval(predictions))
    assert why in metrics.headline(predictions) and metrics.recall_intervals(predictions).empty


def test_clips_that_are_spread_too_unevenly_for_95_percent_have_no_interval():
    """What three designs of the benchmark would be covered in says which of them may have an interval."""
    for times, covered in ((3, True), (6, False), (20, False)):
        design = f"8 speakers in 1, 4 classes of 10, one speaker {times} x"
        assert (shares(design, 0.7, "no", 1500)["**logit by run**"] > 0.935) == covered
        total, _ = coverage.designs()[design]
        assert (metrics.why_no_interval(table(total // 2, total)) == "") == covered


def test_a_clip_that_is_missing_takes_no_interval_away():
    predictions = table(np.full((6, 2), 3), np.full((6, 2), 4))
    assert metrics.why_no_interval(predictions.drop(index=0)) == ""


def test_no_benchmark_has_the_name_of_a_package():
    """A script's folder is searched first: numba, and so librosa, would import it as the package `coverage`."""
    found = {script.stem: importlib.util.find_spec(script.stem) for script in BENCHMARKS.glob("*.py")}
    assert not [name for name, spec in found.items() if spec and not spec.origin.startswith(str(BENCHMARKS))]
