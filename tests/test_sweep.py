"""Plans of many runs: what they hold, what is refused before any work, and how runs are called."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from test_run_report import finished

from emokit import sweep
from emokit.notebook_parameters import RUN_NAME, ParameterError
from emokit.sweep.__main__ import main
from emokit.sweep.draws import Range, drawn
from emokit.sweep.names import run_name

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a plan from its text; its runs lie in tmp_path/outputs."""
    monkeypatch.chdir(PROJECT)

    def read(text, name="tried"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return sweep.read(path, tmp_path / "outputs")

    return read


def names(plan):
    return [job.name for job in plan.jobs]


def test_a_grid_is_each_value_with_each_other_in_each_fold_with_each_seed(read):
    plan = read("grid: {dropout: [0.1, 0.5], n_mels: [40, 64]}\nfolds: [1, 2]\nseeds: [0, 1]")
    assert len(plan.jobs) == 16 and len(set(names(plan))) == 16
    assert names(plan)[0] == "demo-n_mels40-dropout0.1-fold1-seed0"
    assert plan.jobs[-1].varied == {"n_mels": 64, "dropout": 0.5, "fold": 2, "seed": 1}
    assert all(job.resolved[name] == value for job in plan.jobs for name, value in job.varied.items())


def test_a_list_is_settings_as_they_stand_and_one_that_comes_twice_is_run_once(read):
    plan = read("list: [{features: mfcc}, {}, {dropout: 0.5, n_mels: 40}, {n_mels: 40, dropout: 0.5}]")
    assert names(plan) == ["demo-featuresmfcc-fold1-seed0", "demo-fold1-seed0", "demo-n_mels40-dropout0.5-fold1-seed0"]


def test_a_plan_that_tries_nothing_is_folds_and_seeds(read):
    assert names(read("folds: [3, 1]\nparameters: {run: mine}")) == ["mine-fold1-seed0", "mine-fold3-seed0"]
    assert names(read("parameters: {run: mine, test_speakers: demo/v01}")) == ["mine-seed0"]


def test_draws_are_the_same_again_and_more_of_them_begin_with_those(read):
    space = "random: {learning_rate: {low: 1e-4, high: 1e-2, log: true}, batch_size: {low: 16, high: 64}}\n"
    first, again, more = (read(f"{space}trials: {n}\ndraw_seed: 3") for n in (5, 5, 9))
    assert names(first) == names(again) == names(more)[:5]
    assert names(first) != names(read(f"{space}trials: 5"))


def test_a_draw_stays_in_its_range_and_its_name_says_all_of_it():
    space = {"learning_rate": Range(1e-4, 1e-2, True, False), "batch_size": Range(16, 64, False, True)}
    space["body"] = ["a", "b"]
    draws = pd.DataFrame(drawn(space, 2000, 0))
    assert draws["learning_rate"].between(1e-4, 1e-2).all() and draws["batch_size"].isin(range(16, 65)).all()
    assert 0.0009 < draws["learning_rate"].median() < 0.0011  # by its logarithm
    assert all(float(f"{value:.3g}") == value for value in draws["learning_rate"])
    assert set(draws["batch_size"]) == set(range(16, 65)) and set(draws["body"]) == {"a", "b"}


VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.text()))


@given(st.dictionaries(st.sampled_from(["dropout", "corpus", "labels", "n_mels", "learning_rate"]), VALUES), st.text())
def test_any_setting_gets_a_name_that_a_run_may_have(setting, prefix):
    assert RUN_NAME.fullmatch(run_name("demo", setting, fold=1000, seed=2**31 - 1))


@given(VALUES, VALUES)
def test_other_values_give_other_names(one, other):
    if str(one) != str(other):
        assert run_name("a", {"x": one}, seed=0) != run_name("a", {"x": other}, seed=0)


def test_a_name_that_is_too_long_keeps_its_beginning_fold_and_seed():
    setting = {"learning_rate": 0.00123, "label_smoothing": 0.12, "weight_decay": 0.0123}
    name = run_name("crema-d", setting, fold=3, seed=1)
    assert re.fullmatch(r"crema-d-learning_rate0\.00123-.*-[0-9a-f]{8}-fold3-seed1", name) and len(name) == 64
    assert name != run_name("crema-d", setting | {"weight_decay": 0.0124}, fold=3, seed=1)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("gird: {dropout: [0.1]}", sweep.SweepError, r"^tried.yaml: Received key 'gird'.*did you mean 'grid'"),
        ("grid: {dropuot: [0.1]}", ParameterError, "^tried.yaml: Received parameter 'dropuot'.*mean 'dropout'"),
        ("parameters: {epohcs: 3}", ParameterError, "did you mean 'epochs'"),
        ("grid: {learning rate: [0.1]}", ParameterError, "did you mean 'learning_rate'"),
        ("grid: {dropout: [0.1, much]}", ParameterError, "dropout = 'much' .* expected a number from 0.0 to 0.95"),
        ("grid: {dropout: [0.1, 2]}", ParameterError, "dropout = 2.0"),
        ("grid: {features: [log_mel, mfc]}", ParameterError, "did you mean 'mfcc'"),
        ("parameters: {preset: stabel}", ParameterError, "did you mean 'stable'"),
        ("grid: {dropout: 0.1}", sweep.SweepError, r"grid is \{'dropout': 0.1\}; expected lists"),
        ("list: {dropout: 0.1}", sweep.SweepError, "expected settings such as"),
        ("grid: {dropout: [0.1]}\nlist: [{}]", sweep.SweepError, "Received grid and list"),
        ("grid: {dropout: [0.1]}\nparameters: {dropout: 0.3}", sweep.SweepError, "dropout twice"),
        ("grid: {fold: [1, 2]}", sweep.SweepError, r"folds: \[1, 2\]"),
        ("grid: {run: [a, b]}", sweep.SweepError, "stands under parameters"),
        ("parameters: {seed: 3}", sweep.SweepError, r"seeds: \[1, 2\]"),
        ("folds: 4", sweep.SweepError, r"folds is 4; expected a list such as \[1, 2\]"),
        ("folds: [1, 1]", sweep.SweepError, "folds is"),
        ("folds: [1, 5]\nparameters: {folds: 4}", ParameterError, "fold = 5"),
        ("folds: [1]\nparameters: {test_speakers: demo/v01}", sweep.SweepError, "beside test_speakers"),
        ("random: {dropout: {low: 0.1, high: 0.3}}", sweep.SweepError, "trials is not there"),
        ("random: {dropout: {low: 0.3, high: 0.1}}\ntrials: 2", sweep.SweepError, "low < high"),
        ("random: {dropout: {low: 0, high: 0.1, log: true}}\ntrials: 2", sweep.SweepError, "0 < low by log"),
        ("random: {dropout: {low: 0.1}}\ntrials: 2", sweep.SweepError, "expected a list, or low and high"),
        ("random: {dropout: {low: 0.1, high: 2}}\ntrials: 1\nsampler: optuna", ParameterError, "dropout = 2.0"),
        ("random: {dropout: [0.1]}\ntrials: many", sweep.SweepError, "trials is 'many'"),
        ("random: {dropout: [0.1]}\ntrials: 2\nsampler: tpe", sweep.SweepError, "random or optuna"),
        ("notebook: 03_evaluate", sweep.SweepError, "has no parameter run"),
        ("notebook: 02_tarin", sweep.SweepError, "expected a name in notebooks/"),
        ("- 1", sweep.SweepError, "holds list"),
        ("a: [", sweep.SweepError, "cannot be read"),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_hold_is_refused_in_one_sentence(read, text, error, said):
    with pytest.raises(error, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)


def test_a_complete_run_is_known_and_one_made_otherwise_is_refused_by_name(tmp_path, read, demo_dir):
    (job,) = read("parameters: {run: done, epochs: 2}").jobs
    finished(job.folder, demo_dir, **{name: value for name, value in job.resolved.items() if name != "data_dir"})
    assert sweep.listing([job])["state"].tolist() == ["complete"]
    moved = read("parameters: {run: done, epochs: 2, n_jobs: 1, save_minutes: 3}").jobs
    assert sweep.listing(moved)["state"].tolist() == ["complete"]
    for other in ("epochs: 3", "epochs: 2, layer: 2, features: encoder", "epochs: 2, dropout: 0.5"):
        with pytest.raises(sweep.SweepError, match=r"Run done-fold1-seed0 in .*/outputs was made with \w+ .*, the"):
            sweep.listing(read(f"parameters: {{run: done, {other}}}").jobs)


def test_the_demo_plan_is_listed_and_nothing_is_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMOKIT_OUTPUTS_DIR", str(tmp_path / "outputs"))
    monkeypatch.chdir(PROJECT)
    assert main(["presets/sweeps/demo.yaml", "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "4 runs, 4 of them to do" and sum("demo-learning_rate0.00" in line for line in said) == 4
    assert not (tmp_path / "outputs").exists()


def test_the_command_says_what_is_wrong_in_one_line(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"grid": {"epoch": [1]}}))
    assert main([str(tmp_path / "a.yaml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_setting_is_the_mean_and_spread_of_its_complete_runs_the_best_first():
    rows = [(0.1, 1, 0.2), (0.1, 2, 0.4), (0.5, 1, 0.5), (0.5, 2, 0.7)]
    table = pd.DataFrame(rows, columns=["dropout", "fold", "dev_uar"]).assign(seconds=1.0, state="complete", said="")
    table.insert(0, "run", list("abcd"))
    table.loc[4] = ["e", 0.1, 3, 0.9, 1.0, "failed", "why"]
    found = sweep.by_setting(table)
    assert found["dropout"].tolist() == ["0.5", "0.1"] and found["runs"].tolist() == [2, 2]
    assert found["dev_uar"].round(6).tolist() == [0.6, 0.3] and found["sd"].round(4).tolist() == [0.1414, 0.1414]
    assert found[["lowest", "highest"]].to_numpy().tolist() == [[0.5, 0.7], [0.2, 0.4]]
