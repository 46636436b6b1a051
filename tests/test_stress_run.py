"""A run is asked about each of its own test clips under rough conditions, once, and says of them what it predicted."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from in_process import run_notebook
from laid_out import lay
from test_confusion_explorer import four_voices
from weights import drawn_whisper, write_ctranslate2

from emokit import FeatureNormalizer, Run, audio, build_model, metrics, predict, run_folder, run_report, stress
from emokit.batches import Batches
from emokit.features import EncoderSettings, LogMelSettings, MfccSettings, extract
from emokit.model import embeddings
from emokit.stress import rough
from emokit.targets import Emotions

PROJECT = Path(__file__).resolve().parents[1]
KINDS = stress.KINDS


def complete(path, demo_dir, settings, windows=False, **choices):
    """A complete run on 60 demo clips as 02 leaves it, though its weights are drawn: it reads 0.64 s at once."""
    clips = four_voices(demo_dir)
    features = extract(clips, settings)
    clips["n_frames"] = features.lengths
    emotions = sorted(clips["emotion"].unique())
    arguments = dict(n_bands=settings.n_bands, n_classes=len(emotions), max_seq_length=4, seed=3, **choices)
    model = build_model(**arguments)
    parameters = {"data_dir": demo_dir, "epochs": 1, "split": "speaker", "fold": 1, "windows": windows}
    run = run_folder.start(path, parameters, clips, settings=settings, emotions=emotions)
    normalizer = FeatureNormalizer().fit(features[label] for label in clips.index[clips["part"] == "train"])
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
    reader = Batches(features, clips, Emotions(emotions), normalizer, max_length=64, windows=windows)
    vectors = reader.by_clip(embeddings(model).predict(reader, verbose=0))
    drawn = np.random.default_rng(0).normal(size=(vectors.shape[1], len(emotions))) / vectors.std(axis=0)[:, None]
    model.get_layer("probabilities").set_weights([drawn / 5, -vectors.mean(axis=0) @ drawn / 5])  # tells clips apart
    said = Emotions(emotions).predictions(clips, reader.by_clip(model.predict(reader, verbose=0)))
    run.save_model(arguments, model)
    lay(run.path, "train.log")
    row = {"epoch": 1, "loss": 1.5, "uar": 0.4, "val_loss": 1.6, "val_uar": 0.3, "learning_rate": 3e-4, "seconds": 1.25}
    pd.DataFrame([row]).to_csv(path / "history.csv", index=False)
    run.finish(said, metrics.summary(said, emotions), vectors)
    return Run.open(path)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    file = write_ctranslate2(tmp_path_factory.mktemp("encoder") / "model.bin", drawn_whisper())
    return EncoderSettings(str(file.parent))


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return complete(tmp_path_factory.mktemp("stress") / "run-1", demo_dir, LogMelSettings())


@pytest.fixture
def few(monkeypatch):
    """A few quick conditions, in place of all."""
    names = ["as recorded", "white noise, 0 dB", "babble, 10 dB", "first 1 s"]
    monkeypatch.setattr(stress, "KINDS", {name: stress.KINDS[name] for name in names})
    return names


@pytest.mark.slow
@pytest.mark.parametrize("windows", [False, True], ids=["beginnings", "windows"])
@pytest.mark.parametrize("kind", ["log_mel", "mfcc", "encoder"])
def test_as_recorded_a_run_says_what_it_predicted(kind, windows, tmp_path, demo_dir, request, monkeypatch):
    settings = {"log_mel": LogMelSettings(), "mfcc": MfccSettings()}.get(kind) or request.getfixturevalue("encoder")
    choices = {"front_end": "none"} if kind == "encoder" else {}
    run = complete(tmp_path / "run-1", demo_dir, settings, windows, **choices)
    stored = run.predictions.query("part == 'test'")
    frames = (settings.placed(audio.read(file, settings.rate))[0] for file in stored["file"])
    monkeypatch.setattr("emokit.predict.inference.CLIPS_AT_ONCE", 7)
    said = predict.answers(run, frames, run.normalizer().for_clips(stored))
    columns = [f"p_{name}" for name in run.emotions]
    assert stored[columns].to_numpy().std(axis=0).min() > 1e-4
    np.testing.assert_allclose(said, stored[columns], atol=1e-6)
    monkeypatch.setattr(stress, "KINDS", {"as recorded": ""})
    row = stress.test(run).iloc[0]
    assert row["change"] == 0 and row["same"] == 1 and row["clips"] == len(stored) == 30
    assert row["uar"] == pytest.approx(run.metrics["uar"])


def test_a_finished_condition_is_not_asked_again_and_the_others_are(run, few, monkeypatch):
    monkeypatch.setattr(stress, "KINDS", {name: KINDS[name] for name in few[:2]})
    first = stress.answers(run, n_jobs=1)
    assert first[few[1]].ne(first["before"]).any() and set(first[few[1]]) <= set(run.emotions)
    asked, really = [], stress._asked
    monkeypatch.setattr(stress, "_asked", lambda *given: asked.append(given[3]) or really(*given))
    monkeypatch.setattr(stress, "KINDS", {name: KINDS[name] for name in few})
    both = stress.answers(run, n_jobs=2)
    assert asked == few[2:] and list(both)[-4:] == few
    pd.testing.assert_frame_equal(both[first.columns], first, check_dtype=False)
    (run.path / stress.FILE).unlink()
    pd.testing.assert_frame_equal(stress.answers(run, n_jobs=2), both, check_dtype=False)  # the same noise again
    Run.open(run.path).certificate()  # what is kept beside a run spoils no proof


def test_answers_to_other_predictions_or_by_other_conditions_count_no_more(run, few, monkeypatch):
    stress.answers(run, n_jobs=2)
    assert few[-1] in stress.kept(run)
    monkeypatch.setattr(stress, "VERSION", 0)
    assert few[-1] not in stress.kept(run)
    monkeypatch.undo()
    record = run.record["files"] | {"predictions.csv": "0" * 64}
    monkeypatch.setitem(run.record, "files", record)
    assert few[-1] not in stress.kept(run)


def test_babble_is_never_of_the_voice_that_it_hides(run, monkeypatch):
    heard, files = [], run.clips.set_index("file")["speaker"]
    monkeypatch.setattr(stress, "KINDS", {"babble, 0 dB": "noise"})
    monkeypatch.setattr(stress, "conditions", lambda others: heard.append(others) or rough.conditions(others))
    stress._asked(run, run.clips, stress.kept(run), "babble, 0 dB", 1)
    speakers = [set(files[others]) for others in heard]
    tested = sorted(run.predictions.query("part == 'test'")["speaker"].unique())
    assert speakers == [set(files) - {speaker} for speaker in tested]


@pytest.mark.slow
def test_the_report_shows_what_the_run_was_asked(run, few):
    (run.path / stress.FILE).unlink(missing_ok=True)
    assert not run_report.content(run)["stress"]
    stress.answers(run, n_jobs=2)
    assert "change of the UAR under rough conditions" in run_report.page(run_report.content(run))


def test_runs_with_test_clips_in_common_are_refused(run, few):
    with pytest.raises(ValueError, match="test clips in common"):
        stress.test([run, SimpleNamespace(path=Path("twin"), predictions=run.predictions)])


def test_the_benchmark_takes_the_mean_of_seeds_and_refuses_folds_that_some_lack(run, few, monkeypatch):
    monkeypatch.syspath_prepend(PROJECT / "benchmarks")
    benchmark = runpy.run_path(str(PROJECT / "benchmarks" / "stress.py"))
    once, twice = (benchmark["answers"]([run] * n, 1) for n in (1, 2))
    assert len(twice) == 2 * len(once) and set(twice["run"]) == {0}
    table = stress.table(once)
    assert [row["UAR"] for row in benchmark["rows_of"](table)] == [f"{100 * uar:.1f}" for uar in table["uar"]]
    half = SimpleNamespace(path="half")
    monkeypatch.setattr(stress, "answers", lambda asked, n_jobs: once.head(9) if asked is half else once)
    with pytest.raises(SystemExit, match="is tested by 2 runs, .* by 1; give each fold as often"):
        benchmark["answers"]([run, half], 1)


@pytest.mark.slow
def test_03_shows_the_stress_test_and_keeps_it(run):
    shown = run_notebook("03_evaluate", runs=run.path.name, outputs_dir=run.path.parent, stress=True)
    assert set(KINDS) <= set(stress.kept(run)) and (run.path / "figures" / "stress.png").stat().st_size > 10_000
    assert "[figure: change of the UAR under rough conditions]" in repr(shown)
    assert "change of the UAR under rough conditions" in (run.path / "report.html").read_text()
