"""Notebook 02 on frames of an encoder: a head found at once, voices normalised, proven, and used in a fresh process."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_process import run_notebook

from emokit import calibration, certificate, metrics, probability_columns, targets, teaching
from emokit.certificate import LeakError, conditions, warnings
from emokit.predict import predict
from emokit.run_folder import Run, RunError

pytestmark = pytest.mark.slow
ASK = """
import sys
from emokit.predict import predict
from emokit.run_folder import Run
run = Run.open(sys.argv[1])
said = predict(run, sys.argv[2], enrolled=sys.argv[3:])
print(*said[[f"p_{name}" for name in run.emotions]].iloc[0])
"""


def trained(outputs: Path, encoder: Path, name: str, **parameters) -> Run:
    """A run of 02 with presets/encoder.yaml on the demo corpus; those of one folder share the frames in its cache."""
    run_notebook("02_train", preset="encoder", encoder=encoder, outputs_dir=outputs, run=name, **parameters)
    return Run.open(outputs / name)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def by_corpus(tiny_en, outputs):
    return trained(outputs, tiny_en, "by-corpus")


@pytest.fixture(scope="module")
def by_speaker(tiny_en, outputs):
    return trained(outputs, tiny_en, "by-speaker", normalise="speaker", head="logistic")


@pytest.fixture(scope="module")
def by_enrolled(tiny_en, outputs):
    return trained(outputs, tiny_en, "by-enrolled", normalise="enrolled", enrolled=4, enrolled_emotion="neutral")


def test_the_head_hears_emotions_in_people_it_has_never_heard_and_is_as_sure_as_it_is_right(by_corpus):
    test = by_corpus.predictions.query("part == 'test'")
    assert metrics.uar(test["emotion"], test["predicted"]) > 0.8
    assert calibration.ece(test) < 0.15


def asked(run: Run, file: str, *enrolled: str) -> np.ndarray:
    command = [sys.executable, "-c", ASK, str(run.path), file, *enrolled]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return np.array([float(p) for p in done.stdout.split()])


def test_it_predicts_from_the_run_folder_in_a_fresh_process(by_corpus):
    row = by_corpus.predictions.query("part == 'test'").iloc[0]
    stored = row[probability_columns.of(by_corpus.emotions)].astype(float)
    np.testing.assert_allclose(asked(by_corpus, row["file"]), stored, atol=1e-5)


def test_a_speaker_who_is_enrolled_gets_the_answers_of_the_run(by_enrolled):
    row = by_enrolled.predictions.query("part == 'test'").iloc[-1]
    enrolled = pd.read_csv(by_enrolled.path / "enrolled.csv").query("speaker == @row.speaker")
    assert len(enrolled) == 4 and set(enrolled["emotion"]) == {"neutral"}
    files = [str(by_enrolled.data_dir[0] / file) for file in enrolled["file"]]
    stored = row[probability_columns.of(by_enrolled.emotions)].astype(float)
    np.testing.assert_allclose(asked(by_enrolled, row["file"], *files), stored, atol=1e-5)
    assert not {*files} & {*by_enrolled.predictions["file"]}


def test_who_has_to_be_enrolled_is_said(by_corpus, by_enrolled):
    file = by_corpus.clips["file"].iloc[0]
    with pytest.raises(RunError, match="by-enrolled is normalised by speaker; name recordings"):
        predict(by_enrolled, file)
    with pytest.raises(RunError, match="by-corpus is not normalised by speaker; leave `enrolled` out"):
        predict(by_corpus, file, enrolled=[file])


def test_the_certificate_says_what_the_answers_rest_on(by_corpus, by_speaker, by_enrolled):
    said = [" ".join(warnings(run.certificate())) for run in (by_corpus, by_speaker, by_enrolled)]
    assert all("Pre-trained: the frames are those of" in text and "680,000 hours" in text for text in said)
    assert ["Transductive" in text for text in said] == [False, True, False]
    assert "16 clips of dev and test, which are not asked about" in said[2]
    assert conditions(by_speaker.certificate()) == {"speaker_dependent": False, "transductive": True}


def copied(run: Run, folder: Path) -> Path:
    return Path(shutil.copytree(run.path, folder / run.path.name))


def test_voices_of_other_clips_are_found(by_speaker, by_enrolled, tmp_path):
    folder = copied(by_speaker, tmp_path)
    shutil.copy(by_enrolled.path / "voices.npz", folder)
    with pytest.raises(LeakError, match="voices.npz is not the one that split.json tells of"):
        certificate.check(folder)
    (folder / "voices.npz").unlink()
    with pytest.raises(LeakError, match="do not tell of the same voices"):
        certificate.check(folder)


def test_a_clip_that_was_enrolled_and_is_asked_about_is_found(by_enrolled, tmp_path):
    folder = copied(by_enrolled, tmp_path)
    enrolled, clips = (pd.read_csv(folder / name, dtype=str) for name in ("enrolled.csv", "clips.csv"))
    enrolled.loc[0, "file"] = clips.loc[clips["part"] == "test", "file"].iloc[0]
    enrolled.to_csv(folder / "enrolled.csv", index=False)
    with pytest.raises(LeakError, match="was enrolled and is asked about"):
        certificate.check(folder)
    enrolled.iloc[1:].to_csv(folder / "enrolled.csv", index=False)
    with pytest.raises(LeakError, match="was not learned from its clips there alone"):
        certificate.check(folder)


def test_nothing_of_a_complete_run_is_found_anew(by_corpus, tiny_en):
    before = (by_corpus.path / "model.weights.h5").read_bytes()
    again = trained(by_corpus.path.parent, tiny_en, "by-corpus")
    assert (again.path / "model.weights.h5").read_bytes() == before


def test_a_teacher_says_half_of_what_is_learned_of_training_clips_from_heads_fitted_on_other_speakers(by_corpus):
    clips, names = by_corpus.clips, by_corpus.emotions
    said = teaching.answers(by_corpus, clips, names)
    train = clips[clips["part"] == "train"]
    assert said.index.equals(train.index)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    own = np.array([said.loc[i, emotion] for i, emotion in train["emotion"].items()])
    assert (own > teaching.SHARE).all() and own.mean() < 0.99  # by heart it would be 1
    assert own.mean() > 0.8  # it knows emotions in people it has not learned from
    target = targets.Votes(names, said)
    assert (target.of(clips)[(clips["part"] != "train").to_numpy()].max(axis=1) == 1).all()


def test_a_teacher_who_may_not_teach_is_refused(by_corpus, tmp_path):
    clips, names = by_corpus.clips, by_corpus.emotions
    crossed = clips.assign(part=clips["part"].map({"train": "test", "test": "train", "dev": "dev"}))
    with pytest.raises(LeakError, match="has learned from 240 clips of dev or test"):
        teaching.answers(by_corpus, crossed, names)
    with pytest.raises(RunError, match="the teacher needs the same classes"):
        teaching.answers(by_corpus, clips, names[::-1])
    with pytest.raises(RunError, match="does not know 240 of 240 training clips"):
        teaching.answers(by_corpus, clips.assign(digest="other"), names)


def test_a_network_that_learned_from_a_teacher_says_so_and_runs_without_it(by_corpus, tiny_en, tmp_path):
    shutil.copytree(by_corpus.path, tmp_path / "teacher")
    given = {"outputs_dir": tmp_path, "teacher": "teacher", "epochs": 1, "n_dev_speakers": 1, "run": "student"}
    run_notebook("02_train", body="statistics", **given)
    shutil.rmtree(tmp_path / "teacher")
    run = Run.open(tmp_path / "student")
    said = " ".join(warnings(run.certificate()))
    assert "Distilled: half of what was learned of a training clip are the answers of run teacher" in said
    assert "680,000 hours" in said
    assert predict(run, run.clips["file"].iloc[0])[probability_columns.of(run.emotions)].notna().all(axis=None)
