"""A run folder that somebody changed, checksums renewed: what it says of itself has to agree, file with file."""

# ruff: noqa: F811 (fixtures of another file)

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from test_run_folder import EMOTIONS, clips, complete, finish, save_inputs, start  # noqa: F401

from emokit import atomic_files, calibration, corpora, run_folder
from emokit.certificate import LeakError
from emokit.run_folder import Run, RunError


@pytest.mark.parametrize("name", run_folder.record.FILES)
def test_a_complete_run_lists_all_its_files(complete, name):
    record = json.loads((complete.path / "run.json").read_text())
    for files in ({}, {file: sha for file, sha in record["files"].items() if file != name}):
        atomic_files.write_json(complete.path / "run.json", record | {"files": files})
        first = name if files else "clips.csv"
        with pytest.raises(RunError, match=f"the run is complete, but files does not list {first}"):
            Run.open(complete.path)


def test_a_run_without_its_model_is_not_called_complete(start, clips):
    run = start()
    finish(run, clips)
    run = start(epochs=9)
    (run.path / "model.weights.h5").unlink()
    save_inputs(run, clips)
    said = corpora.read_clips(run.path / "predictions.csv", run.data_dir)
    with pytest.raises(RunError, match=r"a/model\.weights\.h5 is not there, so the run is not complete"):
        run.finish(said, {}, np.ones((36, 3)))
    assert not Run.open(run.path).complete


def test_a_result_that_run_json_does_not_list_is_not_believed(complete):
    """As by a kill within `finish`, or by whoever puts a table into the folder of a run that is not complete."""
    record = json.loads((complete.path / "run.json").read_text())
    atomic_files.write_json(complete.path / "run.json", record | {"state": "interrupted at epoch 2", "files": {}})
    run = Run.open(complete.path)
    assert len(run.clips) == 36
    for name, read in {"predictions.csv": lambda: run.predictions, "metrics.json": lambda: run.metrics}.items():
        with pytest.raises(RunError, match=f"a/{name} is not there, the run is interrupted"):
            read()


def test_a_kill_while_it_is_recorded_what_was_read_leaves_a_run_that_opens(start, clips, monkeypatch):
    run = start()
    save_inputs(run, clips)
    monkeypatch.setattr(Run, "_list", lambda *_: (_ for _ in ()).throw(SystemExit("killed")))
    with pytest.raises(SystemExit):
        run.save_reading(clips[:24], clips[24:30])
    assert Run.open(run.path).certificate()["learned_from"]["clips"] == 24


def rewritten(run, name, change):
    """The run with a file changed and listed as if it were right."""
    text = (run.path / name).read_text(encoding="utf-8")
    assert change(text) != text
    record = json.loads((run.path / "run.json").read_text())
    record["files"][name] = atomic_files.write_text(run.path / name, change(text))
    atomic_files.write_json(run.path / "run.json", record)
    return Run.open(run.path)


def test_predictions_with_swapped_parts_and_a_renewed_checksum_are_not_believed(complete):
    swap = {"train": "test", "test": "train"}
    run = rewritten(complete, "predictions.csv", lambda text: re.sub(r"\b(train|test)\b", lambda m: swap[m[0]], text))
    with pytest.raises(LeakError, match=r"predictions\.csv and clips\.csv do not tell of the same"):
        run.certificate()


BETTER = {"uar": 0.99, "n": 60, "accuracy": 0.99, "uar_low": 0.9, "uar_high": 1.0, "n_speakers": 60}
BETTER |= {"recall sad": 0.9, "calibration ece": 0.0, "calibration temperature": 1.0, "calibration ece_rescaled": 0.0}
BETTER |= {"macro_f1": 0.99, "speaker_dependent": True, "calibration ece_by_chance": 1.0, "recall happy": None}


@pytest.mark.parametrize("name", BETTER)
def test_figures_that_the_predictions_do_not_give_are_not_believed(complete, name):
    def calibrated(text):
        return json.dumps(json.loads(text) | {"calibration": calibration.summary(complete.predictions)})

    def better(text):
        said = json.loads(text)
        *within, last = name.split(" ")
        (said[within[0]] if within else said)[last] = BETTER[name]
        return json.dumps(said)

    run = rewritten(complete, "metrics.json", calibrated)
    assert run.certificate()["speaker_dependent"] is False
    with pytest.raises(LeakError, match=f"metrics.json says {name} {BETTER[name]}, the other files give"):
        rewritten(run, "metrics.json", better).certificate()


def test_figures_from_before_there_was_a_macro_f1_are_believed_without_it(complete):
    def older(text):
        return json.dumps({name: value for name, value in json.loads(text).items() if name != "macro_f1"})

    assert "macro_f1" in complete.metrics
    assert rewritten(complete, "metrics.json", older).certificate()["speaker_dependent"] is False


def bettered(text, p=False):
    table = pd.read_csv(io.StringIO(text), dtype="str")
    for emotion in EMOTIONS if p else ():
        table[f"p_{emotion}"] = (table["emotion"] == emotion).astype(float)
    return table.assign(predicted=table["emotion"]).to_csv(index=False)


def test_predictions_that_were_bettered_disagree_with_their_probabilities(complete):
    run = rewritten(complete, "predictions.csv", bettered)
    with pytest.raises(LeakError, match=r"predictions\.csv was changed, .*wav is not predicted as its highest prob"):
        run.certificate()


def test_predictions_that_were_bettered_disagree_with_the_metrics(complete):
    run = rewritten(complete, "predictions.csv", lambda text: bettered(text, p=True))
    with pytest.raises(LeakError, match=r"metrics\.json says uar .*, the other files give 1"):
        run.certificate()


def test_predictions_of_other_classes_are_not_believed(complete):
    run = rewritten(complete, "predictions.csv", lambda text: text.replace("p_sad", "p_angry"))
    with pytest.raises(LeakError, match="tells neutral, happy, angry apart, run.json neutral, happy, sad"):
        run.certificate()


def test_a_run_that_was_called_format_1_to_leave_files_unlisted_has_no_proof(complete):
    record = json.loads((complete.path / "run.json").read_text())
    atomic_files.write_json(complete.path / "run.json", record | {"format": 1, "files": {}})
    with pytest.raises(LeakError, match="was made by format 1"):
        Run.open(complete.path).certificate()


def test_unknown_speakers_are_in_metrics_json(start, clips):
    run = start(clips=clips.assign(speaker=None), split="table")
    finish(run, clips.assign(speaker=None))
    assert run.metrics["speaker_dependent"] is True
    assert run.certificate()["overlaps"]["speaker"]["train & test"] is None
