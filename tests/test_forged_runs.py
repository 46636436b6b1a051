"""A run folder that somebody changed, checksums renewed: what it says of itself has to agree, file with file."""

# ruff: noqa: F811 (fixtures of another file)

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from test_run_folder import clips, complete, finish, save_inputs, start  # noqa: F401

from emokit import atomic_files, corpora, run_folder
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


@pytest.mark.parametrize("name", ["uar", "n", "speaker_dependent"])
def test_metrics_that_the_predictions_do_not_give_are_not_believed(complete, name):
    better = {"uar": 0.99, "n": 60, "speaker_dependent": True}[name]
    run = rewritten(complete, "metrics.json", lambda text: json.dumps(json.loads(text) | {name: better}))
    with pytest.raises(LeakError, match=f"metrics.json says {name} {better}, the other files give"):
        run.certificate()


def test_predictions_that_were_bettered_disagree_with_the_metrics(complete):
    def better(text):
        table = pd.read_csv(io.StringIO(text))
        return table.assign(predicted=table["emotion"]).to_csv(index=False)

    with pytest.raises(LeakError, match=r"metrics\.json says uar .*, the other files give 1"):
        rewritten(complete, "predictions.csv", better).certificate()


def test_unknown_speakers_are_in_metrics_json(start, clips):
    run = start(clips=clips.assign(speaker=None), split="table")
    finish(run, clips.assign(speaker=None))
    assert run.metrics["speaker_dependent"] is True
    assert run.certificate()["overlaps"]["speaker"]["train & test"] is None
