"""The accuracy tables: who is asked, what the figures are, what is trained again, and what stands on the page."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from emokit import metrics
from emokit.run_folder import RunError

PROJECT = Path(__file__).resolve().parents[1]
MODULES = ("accuracy", "designs", "figures", "papermill_runs", "results_page")
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(PROJECT / "benchmarks")
    import accuracy
    import designs
    import figures
    import papermill_runs
    import results_page
for module in MODULES:  # no benchmark is a package that others find
    del sys.modules[module]


EMOTIONS = {"ang": "angry", "fea": "fearful", "hap": "happy", "neu": "neutral", "sad": "sad"}


def answered(right: float, seed: int = 0, n_speakers: int = 8) -> pd.DataFrame:
    """Answers of one seed: two folds, three emotions, two of three speakers women; dev clips of another speaker."""
    rng = np.random.default_rng(seed)
    names, rows = ["neutral", "happy", "sad"], []
    for speaker in range(n_speakers + 2):
        for clip in range(12):
            truth = names[clip % 3]
            p = rng.dirichlet(np.ones(3)) if rng.random() > right else np.eye(3)[clip % 3] * 0.7 + 0.1
            fold, part = f"fold{speaker % 2}", "dev" if speaker >= n_speakers else "test"
            row = {"file": f"{speaker}/{clip}", "speaker": f"x/{speaker}", "emotion": truth, "part": part, "run": fold}
            row |= {"predicted": names[int(np.argmax(p))], "seed": seed, "sex": "male" if speaker % 3 else "female"}
            rows.append(row | dict(zip(("p_neutral", "p_happy", "p_sad"), p, strict=True)))
    return pd.DataFrame(rows)


def test_the_uar_of_several_seeds_is_their_mean_and_its_interval_no_narrower_for_a_seed_that_is_there_twice():
    seeds = [answered(0.5, seed) for seed in (0, 1, 2)]
    told = figures.headline(pd.concat(seeds, ignore_index=True))
    each = [figures.uar(figures.of_test(seed)) for seed in seeds]
    assert told["UAR"] == f"{100 * np.mean(each):.1f}"
    assert told["seeds"] == ", ".join(f"{100 * one:.1f}" for one in each)
    twice = pd.concat([seeds[0], seeds[0].assign(seed=1)], ignore_index=True)
    assert figures.headline(twice)["95 % interval"] == figures.headline(seeds[0])["95 % interval"]


def test_a_difference_is_paired_however_many_seeds_each_row_has():
    one, two, more = (figures.of_test(answered(0.5, seed)) for seed in (0, 1, 2))
    difference, low, high = metrics.difference(one, two)
    assert difference == pytest.approx(figures.uar(one) - figures.uar(two)) and low < difference < high
    both = pd.concat([two, more], ignore_index=True)
    assert metrics.difference(one, both)[0] == pytest.approx(figures.uar(one) - figures.uar(both))
    doubled = pd.concat([two, two.assign(seed=9)], ignore_index=True)
    np.testing.assert_allclose(metrics.difference(one, doubled), metrics.difference(one, two))
    with pytest.raises(ValueError, match="no clip in common"):
        metrics.difference(one, two.assign(file="another"))


@pytest.mark.slow
def test_intervals_of_differences_hold_the_truth_about_as_often_as_they_say():
    rng, held = np.random.default_rng(0), 0
    for _ in range(300):
        easy = rng.normal(0.6, 0.1, 12).clip(0, 0.9)  # what makes a speaker easy is easy for both
        rows = [
            {"file": f"{s}/{c}", "speaker": f"x/{s}", "emotion": "ab"[c % 2], "predicted": "ab"[(c + (not hit)) % 2]}
            for s, hits in enumerate(rng.random((12, 40)) < easy[:, None]) for c, hit in enumerate(hits)
        ]  # fmt: skip
        one = pd.DataFrame(rows)
        hits = rng.random(480) < np.repeat(easy, 40) + 0.1
        other = one.assign(predicted=np.where(hits, one["emotion"], "c"))
        _, low, high = metrics.difference(other, one)
        held += low <= 0.1 <= high
    assert 0.92 <= held / 300 <= 0.98


def test_details_are_those_of_the_test_clips():
    seed = answered(0.6)
    told, test = figures.details(seed), figures.of_test(seed)
    women = test[test["sex"] == "female"]
    assert told["women / men"].split(" / ")[0] == figures.percent(metrics.uar(women["emotion"], women["predicted"]))
    worst = min(metrics.uar(said["emotion"], said["predicted"]) for _, said in test.groupby("speaker"))
    assert told["worst speaker"].startswith(figures.percent(worst))
    assert told["macro-F1"] == figures.percent(metrics.macro_f1(test["emotion"], test["predicted"]))


def test_numbers_are_told_shortly():
    assert [figures.count(number) for number in (840, 143_112, 11_200_000)] == ["840", "143 k", "11.2 M"]
    assert [figures.duration(seconds) for seconds in (0.512, 45, 192)] == ["0.51 s", "45 s", "3.2 min"]
    assert figures.percents([0.5]) == figures.between(np.nan, np.nan) == "–"


def test_a_published_corpus_has_the_folds_that_are_at_hand_and_a_random_split_as_many(ravdess_dir):
    design = designs.by_speaker("ravdess", ravdess_dir)
    assert design.prefix == "ravdess" and list(design.tests) == ["fold2", "fold4", "fold5", "fold6"]
    assert list(designs.by_clip(design).tests.values())[3] == {"split": "clip", "fold": 4, "folds": 4}


def test_a_random_split_has_folds_enough_to_learn_from_however_few_are_asked_for():
    random = designs.by_clip(designs.Design("x", {}, {"fold1": {"fold": 1}}))
    assert {test["folds"] for test in random.tests.values()} == {4} and len(random.tests) == 4


@pytest.fixture(scope="module")
def halves(demo_dir, tmp_path_factory):
    """Two corpora of one's own, voices 1 to 6 and 7 to 12 of the demo; the second has no fearful clip."""
    root = tmp_path_factory.mktemp("halves")
    for number in range(1, 13):
        for file in sorted((demo_dir / f"v{number:02d}").glob("*_s[12]_*")):
            emotion = EMOTIONS[file.name.split("_")[2]]
            if number <= 6 or emotion != "fearful":
                place = root / ("one" if number <= 6 else "two") / f"v{number:02d}" / emotion
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    return root


def test_across_corpora_everybody_of_the_other_is_tested_in_the_emotions_that_both_have(halves, tmp_path):
    one, two = (designs.by_speaker("folders", halves / name) for name in ("one", "two"))
    cross, within = designs.across(one, two)
    parted = cross.parted(tmp_path)["all"]
    assert set(parted.loc[parted["part"] == "test", "corpus"]) == {"two"}
    assert set(parted.loc[parted["part"] != "test", "corpus"]) == {"one"}
    assert "fearful" not in set(parted["emotion"]) and within == two
    _, back = designs.across(two, one)
    assert sorted(back.parameters["classes"]) == ["angry", "happy", "neutral", "sad"] and back.prefix == "one-as-two"


def test_a_table_of_ones_own_has_one_name_for_02_and_the_baselines(halves):
    files = sorted((halves / "one").glob("*/*/*.flac"))
    rows = [{"path": file, "label": file.parent.name, "who": file.parents[1].name} for file in files]
    pd.DataFrame(rows).to_csv(halves / "My Clips.csv", index=False)
    design = designs.by_speaker("table", halves / "My Clips.csv", columns="file=path,emotion=label,speaker=who")
    assert design.prefix == "my-clips" and design.parameters["name"] == ["my-clips"] and len(design.tests) == 4
    assert set(design.clips()["corpus"]) == {"my-clips"} and design.clips()["speaker"].nunique() == 6


def test_baselines_are_dealt_by_the_parameters_of_02(halves, tmp_path):
    more = {"split_seed": 3, "folds": 3, "dev_speakers": designs.typed("dev_speakers", "v01, v02")}
    design = designs.by_speaker("folders", halves / "one", **more)
    assert list(design.tests) == ["fold1", "fold2", "fold3"]
    named = design._replace(tests={"fold": {"fold": 1}}).clips()
    free = next(label for label in design.tests if not {"one/v01", "one/v02"} & _tested(named, 3, int(label[-1])))
    parted = design._replace(tests={free: design.tests[free]}).parted(tmp_path)[free]
    assert set(parted.loc[parted["part"] == "test", "speaker"]) == _tested(named, 3, int(free[-1]))
    assert set(parted.loc[parted["part"] == "dev", "speaker"]) == {"one/v01", "one/v02"}
    assert designs.by_clip(design).parameters.keys() == {"corpus", "data_dir", "name", "split_seed", "folds"}
    assert list(designs.by_speaker("folders", halves / "one", split="table").tests) == ["fold1"]


def _tested(clips: pd.DataFrame, seed: int, fold: int) -> set[str]:
    parted = designs.splits.assign(clips, "speaker", seed, fold=fold, folds=3)
    return set(parted.loc[parted["part"] == "test", "speaker"])


def test_across_corpora_both_are_read_and_dealt_as_asked(halves, ravdess_dir):
    more = {"labels": "angry=happy", "split_seed": 3, "folds": 2}
    one, two = (designs.by_speaker("folders", halves / name, **more) for name in ("one", "two"))
    for cross, _ in (designs.across(one, two), designs.across(two, one)):
        assert "angry" not in set(cross.clips()["emotion"]) and cross.parameters["split_seed"] == 3
        assert "folds" not in cross.parameters
    reading = {"columns": "file=path", "labels": "A=angry", "split_seed": 3}
    assert designs.of_another("table", reading) == reading
    assert designs.of_another("folders", reading) == {"labels": "A=angry", "split_seed": 3}
    assert designs.of_another("ravdess", reading) == {"split_seed": 3}
    with pytest.raises(designs.SplitError, match="each is the test in turn; leave -p dev_speakers out"):
        designs.across(designs.by_speaker("folders", halves / "one", dev_speakers=["v01"]), two)


@pytest.mark.slow
def test_both_tables_of_the_baselines_are_kept_for_the_page(halves, tmp_path, capsys):
    asked = ["folders", str(halves / "one"), "--rows", "majority", "functionals", "--outputs-dir", str(tmp_path)]
    asked += ["--folds", "1", "2", "3", "4"]
    told = accuracy.main(asked)
    rows = [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    assert [row["UAR"] for row in rows][0] == "20.0" and float(rows[1]["UAR"]) > 40
    assert rows[0]["to the row above"] == "–" and rows[1]["to the row above"].startswith("+")
    assert float(rows[1]["random split"]) > 40
    across = accuracy.main([*asked, "--cross", "folders", str(halves / "two")])
    assert [row[:2] for row in across["rows"]] == [["one", "two"]] * 2 + [["two", "one"]] * 2
    assert across["rows"][0][across["columns"].index("chance")] == "25.0"
    page = results_page.page(tmp_path / "benchmarks")
    assert page.index("### Speaker-independent: one") < page.index("### Across corpora: one and two")
    assert str(tmp_path) not in page and str(halves) not in page and "folders DATA_DIR" in page


@pytest.mark.skipif(importlib.util.find_spec("opensmile") is not None, reason="openSMILE is installed")
def test_a_row_that_needs_opensmile_is_refused_before_anything_is_trained(demo_dir, tmp_path):
    with pytest.raises(ImportError, match=r"row egemaps needs openSMILE.*or name other --rows"):
        accuracy.main(["demo", str(demo_dir), "--outputs-dir", str(tmp_path)])


def test_the_page_has_every_table_that_a_benchmark_left_and_refuses_one_that_lacks_something(tmp_path):
    table = {"date": "2026-01-01", "machine": "one", "command": "python x.py", "title": "Layers", "columns": ["a|b"]}
    (tmp_path / "encoder.json").write_text(json.dumps([table | {"rows": [["x|y"]], "notes": ["Nothing paid."]}]))
    page = results_page.page(tmp_path)
    assert "| a/b |\n| --- |\n| x/y |\n\n- Nothing paid.\n\n2026-01-01, one: `python x.py`" in page
    made = {"date": "2026-01-02", "machine": {"device": "two", "threads": 2}, "command": ["python", "y.py"]}
    named = made | {"table": {"epoch": [{"what": "x", "ratio": 1.2345, "holds": True}, {"what": None}]}}
    (tmp_path / "stress.json").write_text(json.dumps(named))
    page = results_page.page(tmp_path)
    assert "### epoch\n\n| what | ratio | holds |\n| --- | --- | --- |\n| x | 1.23 | yes |\n|  |  |  |" in page
    assert "2026-01-02, two, 2: `python y.py`" in page
    (tmp_path / "speed.json").write_text(json.dumps(table))
    with pytest.raises(ValueError, match="speed.json has no rows; make it again by its benchmark"):
        results_page.page(tmp_path)


def test_who_is_taught_waits_for_the_teacher_of_the_same_speakers():
    design = designs.Design("x", {"corpus": ["demo"]}, {"fold1": {"fold": 1}, "fold2": {"fold": 2}})
    jobs = accuracy.jobs_of("distilled", design, [0, 1])
    teachers = accuracy.jobs_of("encoder", design, [0, 1])
    assert {job.teacher for job in jobs.values()} == {job.name for job in teachers.values()}
    assert jobs[1, "fold2"].parameters["teacher"] == "x-encoder-fold2-seed0" and len(jobs) == 4 and len(teachers) == 2


def test_an_encoder_is_named_to_the_rows_that_read_one():
    design = designs.Design("x", {"corpus": ["demo"], "encoder": "wavlm"}, {"fold1": {"fold": 1}})
    given = {name: [job.parameters.get("encoder") for job in accuracy.jobs_of(name, design, [0]).values()]
             for name in accuracy.ROWS}  # fmt: skip
    assert given["encoder"] == given["encoder-bilstm"] == given["encoder-speaker"] == ["wavlm"]
    assert given["default"] == given["stable"] == given["distilled"] == [None]


def test_a_run_whose_dev_speakers_02_counted_is_taken(monkeypatch):
    kept = {name: row.default for name, row in papermill_runs.TABLE.items()} | {"n_dev_speakers": 1}
    run = SimpleNamespace(complete=True, path="runs/one", parameters=kept, data_dir=["data"])
    monkeypatch.setattr(papermill_runs.Run, "open", lambda folder: run)
    asked = {"corpus": "demo", "data_dir": ["data"]}
    assert papermill_runs.is_there(papermill_runs.Job("one", asked), Path("runs"))
    with pytest.raises(RunError, match="was trained with n_dev_speakers '1', asked for is '2'"):
        papermill_runs.is_there(papermill_runs.Job("one", asked | {"n_dev_speakers": 2}), Path("runs"))


@pytest.mark.slow
def test_a_complete_run_is_read_and_another_that_fails_stops_nobody(demo_dir, tmp_path, capsys, monkeypatch):
    short = {"corpus": ["demo"], "data_dir": [demo_dir], "epochs": 1, "fold": 1, "body": "statistics"}
    jobs = [papermill_runs.Job("wrong", short | {"epochs": 0}), papermill_runs.Job("right", short)]
    papermill_runs.train_all(jobs, tmp_path)
    said = capsys.readouterr().out
    assert "0 of 2 runs are complete" in said and "wrong FAILED: " in said and "right: " in said
    monkeypatch.setattr(papermill_runs.subprocess, "run", None)
    papermill_runs.train_all(jobs[1:], tmp_path)
    assert "1 of 1 runs are complete" in capsys.readouterr().out
    assert papermill_runs.complete(jobs, tmp_path) is None
    (run,) = papermill_runs.complete(jobs[1:], tmp_path)
    assert accuracy.costs([run])["a clip"].endswith(" ms")
    with pytest.raises(RunError, match="was trained with epochs '1', asked for is '2'; move it away"):
        papermill_runs.complete([papermill_runs.Job("right", short | {"epochs": 2})], tmp_path)
