"""03 asks runs about another corpus by a parameter, beside their own test, and keeps what it gave."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_process import run_notebook
from test_stress_run import complete

from emokit import corpora, evaluation, model_card, run_report
from emokit.corpora import CorpusError
from emokit.features import LogMelSettings
from emokit.notebook_parameters import ParameterError
from emokit.run_folder import Run

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]
CALLED = {"ang": "Wut", "hap": "joy", "neu": "N", "sad": "sadness", "fea": "disgusted"}  # here nobody is fearful


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    """A complete run of the voices 1 to 4, which knows five emotions."""
    return complete(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir, LogMelSettings())


@pytest.fixture(scope="module")
def other_dir(tmp_path_factory, demo_dir):
    """Seven other voices of the demo corpus, a folder a person, in it a folder an emotion, in words of their own."""
    folder = tmp_path_factory.mktemp("other") / "calls"
    for voice in range(5, 12):
        for code, word in CALLED.items():
            place = folder / f"person{voice}" / word
            place.mkdir(parents=True)
            for file in (demo_dir / f"v{voice:02}").glob(f"*_s[12]_{code}_1.flac"):
                shutil.copy(file, place)
    return folder


def test_03_shows_another_corpus_beside_the_runs_own_test_and_keeps_it(run, other_dir, tmp_path):
    given = {"corpus": "folders", "corpus_dir": other_dir, "labels": "Wut=angry,N=neutral"}
    shown = run_notebook("03_evaluate", runs=run.path.name, outputs_dir=run.path.parent, **given)

    clips = corpora.load("folders", other_dir, labels=given["labels"], classes="all")
    said = evaluation.evaluate(Run.open(run.path), clips, tmp_path / "cache", 1)
    expected = evaluation.beside(Run.open(run.path), said).reset_index(drop=True)
    assert set(said["emotion"]) == {"angry", "happy", "neutral", "sad"} and len(said) == 7 * 4 * 2
    told, _ = shown["03-09d"]
    assert evaluation.sentence(said) in told
    assert "14 clips of emotions that the runs do not know (disgust)" in told and "no clip is fearful" in told
    kept = evaluation.kept(run)
    pd.testing.assert_frame_equal(kept.drop(columns="tested on"), expected, check_dtype=False)
    assert kept["tested on"].tolist() == ["own test speakers", "calls, all speakers"] and kept["low"].notna()[1]
    answers = corpora.read_clips(run.path / "other_corpora" / "calls" / "answers.csv", other_dir)
    np.testing.assert_allclose(answers.filter(like="p_"), said.filter(like="p_"), atol=1e-6)
    assert answers["file"].tolist() == said["file"].tolist()
    Run.open(run.path).certificate()  # what is kept beside a run spoils no proof
    row = f"| calls, all speakers | {100 * expected['UAR'][1]:.1f} |"
    assert row in (run.path / "model_card.md").read_text()
    assert "calls, all speakers" in (run.path / "report.html").read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"corpus": "emov"}, "did you mean 'emovo'"),
        ({"corpus": "emovo", "corpus_dir": "nowhere"}, "There is no folder"),
        ({"labels": "Wut=angry"}, "expected corpus beside it"),
    ],
)
def test_a_corpus_that_is_misspelled_or_not_there_stops_03_before_any_work(run, given, told):
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    with pytest.raises((ParameterError, CorpusError), match=told):
        run_notebook("03_evaluate", runs=run.path.name, outputs_dir=run.path.parent, **given)
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before


def test_a_run_that_was_asked_about_no_other_corpus_says_so(run, monkeypatch):
    monkeypatch.setattr(evaluation, "kept", lambda run: pd.DataFrame())
    assert "Not tested: another corpus" in model_card.page(run)
    assert "Asked about another corpus" not in run_report.page(run_report.content(run))
