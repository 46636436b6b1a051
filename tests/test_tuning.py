"""Settings that Optuna draws: what it is told of dev, what is pruned, and a study that goes on."""

import time
from pathlib import Path

import pandas as pd
import pytest

from emokit import atomic_files, sweep
from emokit.sweep import running, tuning
from emokit.sweep.one_run import STOP, Outcome

optuna = pytest.importorskip("optuna", reason="Optuna is not installed; pip install -e '.[optuna]'")

PROJECT = Path(__file__).resolve().parents[1]
PLAN = """
parameters: {epochs: 8}
random: {learning_rate: {low: 1e-4, high: 1e-2, log: true}, body: [bilstm, residual_lstm]}
sampler: optuna
trials: 8
folds: [1, 2]
"""
LITTLE = 0.15


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """Optuna's own study over runs that are histories alone: `uar(n)` is what dev says of the n-th run, each epoch."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(tuning, "LOOK", 0.005)
    monkeypatch.setattr(running, "stands", lambda job: "complete" if len(epochs(job)) == 8 else "")

    def tried(uar, text=PLAN, outputs="outputs"):
        (tmp_path / "tuned.yaml").write_text(text)
        carried = running.Sweep(sweep.read(tmp_path / "tuned.yaml", tmp_path / outputs), 2, 1)
        began = []

        def through(jobs):
            carried.table.add(jobs, {})
            for job in jobs:
                began.append(job)
                carried._end(job, train(job, uar(len(began))))
            return [carried.table.state(job) for job in jobs]

        carried.through = through
        tuning.run(carried.plan, carried)
        return carried

    return tried


def epochs(job):
    """The history of a run so far; nothing before the first epoch."""
    file = job.folder / "history.csv"
    return pd.read_csv(file) if file.exists() else ()


def train(job, uar):
    """Write a history; where dev says little, wait after half of it until it is asked to stop."""
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / "run.json").write_text('{"parameters": {"schedule": "cosine"}}')
    done = 4 if uar < LITTLE else 8
    atomic_files.write_csv(job.folder / "history.csv", pd.DataFrame({"val_uar": [uar] * done, "seconds": 1.0}))
    end = time.monotonic() + 60
    while uar < LITTLE and not (job.folder / STOP).exists():
        assert time.monotonic() < end, "nobody asked for its end"
        time.sleep(0.01)
    return Outcome("complete" if done == 8 else "stopped")


def trials(carried):
    return optuna.load_study(study_name="tuned", storage=f"sqlite:///{carried.plan.folder / 'study.db'}").trials


def test_what_dev_says_less_of_than_of_the_median_is_stopped_and_marked_pruned(tried):
    carried = tried(lambda n: 0.8 if n <= 12 else 0.1)  # six settings in two folds, then two bad ones
    states = [trial.state.name for trial in trials(carried)]
    assert states == ["COMPLETE"] * 6 + ["PRUNED"] * 2 and carried.left == 0  # Optuna prunes from the sixth on
    table = carried.table.frame()
    assert table["state"].tolist() == ["complete"] * 12 + ["pruned"] * 2  # the second fold is not begun
    assert (table["epochs"][12:] < 8).all() and (table["dev_uar"][12:] == 0.1).all()


def test_optuna_is_told_the_mean_over_the_runs_so_far_by_the_epochs_through_them(tried):
    carried = tried(lambda n: 0.2 if n % 4 in (1, 2) else 0.6)  # fold 1 of two settings, then fold 2 of both
    first = trials(carried)[0]
    assert sorted(first.intermediate_values) == list(range(16))
    assert first.intermediate_values[7] == pytest.approx(0.2) and first.intermediate_values[8] == pytest.approx(0.4)
    assert first.value == pytest.approx(0.4)


def test_the_same_plan_draws_the_same_settings(tried):
    one, other = (tried(lambda n: 0.5, outputs=name).table.frame()["run"].tolist() for name in ("one", "other"))
    assert one == other and len(set(one)) == 16


def test_a_study_goes_on_with_the_trials_that_it_had_begun(tried):
    def interrupted(n):
        if n == 6:
            raise KeyboardInterrupt
        return 0.5

    with pytest.raises(KeyboardInterrupt):
        tried(interrupted)
    carried = tried(lambda n: 0.5)
    done = trials(carried)
    assert [trial.state.name for trial in done] == ["COMPLETE"] * 8
    assert carried.table.frame()["run"].nunique() == 16 and carried.left == 0
    assert tried(lambda n: pytest.fail("all trials are done")).table.frame()["run"].nunique() == 16


def test_a_study_of_another_space_is_refused_by_name(tried):
    tried(lambda n: 0.5, PLAN.replace("trials: 8", "trials: 1"))
    with pytest.raises(sweep.SweepError, match="tuned/study.db was made with another space"):
        tried(lambda n: 0.5, PLAN.replace("bilstm, ", "statistics, "))
