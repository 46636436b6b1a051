"""Runs held against each other: which belong together, what is sure of it, and what becomes of damaged folders."""

import json
import math
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_folders import copies

from emokit import comparison, lock, metrics
from emokit.comparison import Recipe, Told
from emokit.run_folder import RunError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import figures as benchmark

NAMES = ("sad", "happy", "angry")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, demo_dir):
    """Two dropouts of two folds and seeds, one network under three splits, and folders that are no runs."""
    outputs = tmp_path_factory.mktemp("compared") / "outputs"
    copies(outputs, demo_dir, dropout=[0.1, 0.2], fold=[1, 2], seed=[0, 1])
    copies(outputs, demo_dir, split=["speaker+sentence", "clip", "speaker"], fold=[1, 2])
    for name in ("cache", "demo", "demo-fold1+demo-fold2"):
        (outputs / name / "figures").mkdir(parents=True)
    return outputs


@pytest.fixture(scope="module")
def runs(outputs):
    runs, left_out = comparison.read(outputs)
    assert left_out == {}
    return runs


@pytest.fixture(scope="module")
def recipes(runs):
    return {recipe.label: recipe for recipe in comparison.recipes(runs)}


def test_a_recipe_is_what_differs_in_fold_and_seed_alone(recipes):
    assert {label: (recipe.folds, recipe.seeds) for label, recipe in recipes.items()} == {
        "demo-dropout0.1": (["1", "2"], 2),
        "demo-dropout0.2": (["1", "2"], 2),
        "demo-splitclip": (["1", "2"], 1),
        "demo-splitspeaker": (["1", "2"], 1),
        "demo-splitspeaker+sentence": (["1", "2"], 1),
    }
    assert comparison.differing(list(recipes.values())) == ["split", "dropout"]


def test_its_figures_are_those_of_the_benchmark(outputs, recipes):
    read = {(seed, fold): pd.read_csv(outputs / f"demo-dropout0.1-fold{fold}-seed{seed}" / "predictions.csv")
            for seed in (0, 1) for fold in (1, 2)}  # fmt: skip
    answered = benchmark.answers(read, read[0, 1])
    told, recipe = benchmark.headline(answered), recipes["demo-dropout0.1"]
    assert benchmark.percent(recipe.uar()) == told["UAR"]
    assert benchmark.between(*recipe.interval) == told["95 % interval"]
    assert benchmark.percents(recipe.uar_of_seeds()) == told["seeds"]


def test_dev_is_of_the_kept_weights_and_orders_the_recipes_with_the_careless_last(runs, outputs):
    found = comparison.recipes(runs)
    devs = [recipe.uar("dev") for recipe in found[:-1]]
    assert devs == sorted(devs, reverse=True) and found[-1].label == "demo-splitclip"
    said = pd.read_csv(runs[0].path / "predictions.csv").query("part == 'dev'")
    assert runs[0].dev_uar == metrics.uar(said["emotion"], said["predicted"])
    assert comparison.reference(found) is found[0]
    assert comparison.reference(found, "demo-splitclip-fold2").label == "demo-splitclip"


def test_what_is_speaker_dependent_has_no_interval_and_says_so(recipes):
    careless, careful = recipes["demo-splitclip"], recipes["demo-splitspeaker"]
    assert math.isnan(careless.interval[0]) and careless.why_no_interval.startswith("speaker-dependent")
    assert not math.isnan(careful.interval[0])
    higher, low, high = comparison.against(careless, careful)
    assert not math.isnan(higher) and math.isnan(low) and math.isnan(high)


def test_the_ladder_is_of_the_same_network_from_the_most_careless_split(recipes):
    (rungs,) = comparison.ladders(recipes.values())
    assert [rung.label for rung in rungs] == ["demo-splitclip", "demo-splitspeaker", "demo-splitspeaker+sentence"]


def test_each_fold_counts_as_many_seeds_the_first_ones_and_the_others_are_named(tmp_path, demo_dir):
    copies(tmp_path / "outputs", demo_dir, dropout=[0.1], fold=[1], seed=[0, 1, 2])
    copies(tmp_path / "outputs", demo_dir, dropout=[0.1], fold=[2], seed=[1, 5])
    copies(tmp_path / "outputs", demo_dir, names=["again"], dropout=[0.1], fold=[2], seed=[5])
    (recipe,) = comparison.recipes(comparison.read(tmp_path / "outputs")[0])
    pooled = {(run.fold, run.seed) for run in recipe.runs}
    assert pooled == {("1", 0), ("1", 1), ("2", 1), ("2", 5)} and recipe.uar_of_seeds() == []
    assert len(recipe.others) == 2 and recipe.of("test").groupby("file").size().eq(2).all()


def test_folds_that_share_a_test_clip_are_not_pooled(tmp_path, demo_dir):
    copies(tmp_path / "outputs", demo_dir, dropout=[0.1], fold=[1, 3])  # the same voices
    found = comparison.recipes(comparison.read(tmp_path / "outputs")[0])
    assert {recipe.label: len(recipe.runs) for recipe in found} == {f"demo-dropout0.1-fold{n}": 1 for n in (1, 3)}


def test_the_teacher_of_another_fold_is_the_same_teacher(tmp_path, demo_dir):
    for fold in (1, 2):
        teacher = [f"ear-fold{fold}-seed0"]
        copies(tmp_path / "outputs", demo_dir, names=[f"taught-fold{fold}"], fold=[fold], teacher=teacher)
    (recipe,) = comparison.recipes(comparison.read(tmp_path / "outputs")[0])
    assert recipe.asked["teacher"] == "ear" and recipe.label == "taught"


def test_a_running_run_is_shown_as_running_and_its_test_is_not_read(tmp_path, demo_dir):
    copies(tmp_path / "outputs", demo_dir, dropout=[0.1], state="running")
    folder = tmp_path / "outputs" / "demo-dropout0.1-fold1"
    lock.take(folder / ".lock")
    (run,), _ = comparison.read(tmp_path / "outputs")
    assert run.state == "running" and run.answers.empty and run.figures == {} and run.dev_uar == 0.3
    lock.release(folder / ".lock")
    (recipe,) = comparison.recipes(comparison.read(tmp_path / "outputs")[0])
    assert recipe.others[0].state == "interrupted at epoch 0" and math.isnan(recipe.uar())


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("predictions.csv", lambda path: path.write_bytes(path.read_bytes().replace(b"sad", b"bad", 1)), "sha256"),
        ("metrics.json", Path.unlink, "metrics.json is missing"),
        ("run.json", lambda path: path.write_bytes(path.read_bytes()[:700]), "is not JSON"),
        ("run.json", Path.unlink, "holds no run.json"),
        ("run.json", lambda path: path.write_text('{"format": 9}'), "update emokit"),
    ],
)
def test_a_damaged_or_half_written_folder_is_named_and_left_out(outputs, tmp_path, file, damage, said):
    for name in ("sound", "damaged"):
        shutil.copytree(outputs / "demo-dropout0.1-fold1-seed0", tmp_path / name)
    damage(tmp_path / "damaged" / file)
    runs, left_out = comparison.read(tmp_path)
    assert [run.name for run in runs] == ["sound"] and [*left_out] == ["damaged"]
    assert said in left_out["damaged"] and "\n" not in left_out["damaged"]


PLAIN = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
JSON = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(max_size=3), PLAIN, max_size=2)
FIELDS = ["parameters", "emotions", "sessions", "finished", "data", "split", "seed", "fold", "head", "teacher"]


@settings(max_examples=40)
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_whatever_stands_in_a_field_of_run_json_a_run_is_read_or_left_out(outputs, tmp_path_factory, field, value):
    folder = tmp_path_factory.mktemp("odd") / "odd"
    folder.mkdir()
    for name in ("run.json", "predictions.csv", "metrics.json", "history.csv"):
        shutil.copy(outputs / "demo-dropout0.1-fold1-seed0" / name, folder)
    shutil.copytree(outputs / "demo-dropout0.1-fold1-seed1", folder.parent / "other")
    content = json.loads((folder / "run.json").read_text())
    (content if field in content else content["parameters"])[field] = value
    (folder / "run.json").write_text(json.dumps(content))
    runs, left_out = comparison.read(folder.parent)
    assert len(runs) + len(left_out) == 2 and "other" not in left_out
    assert comparison.differing(comparison.recipes(runs)) is not None
    shutil.rmtree(folder.parent)


def test_without_a_folder_one_sentence_says_so(tmp_path):
    with pytest.raises(RunError, match="There is no folder .*nowhere; give that of the runs"):
        comparison.read(tmp_path / "nowhere")
    assert comparison.read(tmp_path) == ([], {})


def recipe_of(label: str, predicted: list[int], n_seeds: int = 1) -> Recipe:
    """A recipe of one fold: 8 speakers, each of whom says every emotion twice."""
    rows = [(f"{speaker}-{name}-{n}", f"s{speaker}", name) for speaker in range(8) for name in NAMES for n in (0, 1)]
    table = pd.DataFrame(rows, columns=["file", "speaker", "emotion"]).assign(part="test")
    asked = {"fold": 1, "split": "speaker", "normalise": "corpus", "name": "demo", "test_speakers": ""}
    runs = []
    for seed in range(n_seeds):
        said = np.array(NAMES)[np.resize(np.roll(predicted, seed), len(table))]
        answers = table.assign(predicted=said)
        runs.append(Told(Path(label), "complete", asked | {"seed": seed}, NAMES, pd.DataFrame(), answers, {}, "", ""))
    return Recipe(label, tuple(runs), (), asked, NAMES)


ANSWERS = st.lists(st.integers(0, 2), min_size=48, max_size=48)


@settings(max_examples=15)
@given(ANSWERS, st.integers(1, 3))
def test_a_recipe_against_itself_is_no_higher(said, n_seeds):
    one = recipe_of("one", said, n_seeds)
    higher, low, high = comparison.against(one, one)
    assert higher == pytest.approx(0, abs=1e-12) and low <= 0 <= high


@settings(max_examples=15)
@given(ANSWERS, ANSWERS, st.integers(1, 2))
def test_swapping_two_recipes_turns_the_sign(said, others, n_seeds):
    one, other = recipe_of("one", said, n_seeds), recipe_of("other", others, n_seeds)
    there, back = comparison.against(one, other), comparison.against(other, one)
    assert there == pytest.approx((-back[0], -back[2], -back[1]), abs=1e-9)
    assert there[0] == pytest.approx(one.uar() - other.uar(), abs=1e-12)


@pytest.mark.slow
def test_400_run_folders_are_read_and_told_in_10_seconds(tmp_path, demo_dir):
    copies(tmp_path / "outputs", demo_dir, dropout=[n / 100 for n in range(50)], fold=[1, 2], seed=range(4))
    start = time.process_time()  # what others do on the machine does not count
    runs, left_out = comparison.read(tmp_path / "outputs")
    found = comparison.recipes(runs)
    assert all(not math.isnan(recipe.interval[0]) for recipe in found)
    assert time.process_time() - start < 10 and (len(runs), len(found), left_out) == (400, 50, {})
