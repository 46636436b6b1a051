"""A run that an earlier emokit made predicts what it predicted then; what it says of itself is not believed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_run_folder import clips, save_inputs, start  # noqa: F401

from emokit import audio, probability_columns, run_folder
from emokit.certificate import LeakError
from emokit.features import LogMelSettings
from emokit.predict import predict
from emokit.run_folder import Run, RunError

# A run of format 1 on the demo corpus of then, two clips of that, and what it predicted of them when it was made.
DATA = Path(__file__).parent / "data"
SAID = json.loads((DATA / "run_format_1_predicted.json").read_text())


@pytest.fixture(scope="module")
def run():
    return Run.open(DATA / "run_format_1")


@pytest.mark.parametrize("name", SAID)
def test_a_run_of_format_1_predicts_what_it_did(run, name):
    """Without a high-pass, and with the spread of a band as it was: the run was fitted on a band almost without any."""
    silence, said = np.zeros(int(16_000 * SAID[name]["silence"]), np.float32), pd.DataFrame(SAID[name]["said"])
    clip = audio.read(DATA / "run_format_1_heard" / name)
    heard = predict(run, np.concatenate([silence, clip, silence]), audio.RATE)
    columns = probability_columns.of(run.emotions)
    assert set(heard["flag"]) == {""}
    pd.testing.assert_frame_equal(heard[columns], said[columns].head(1), check_dtype=False, rtol=0, atol=1e-6)


def test_the_features_of_a_run_without_kinds_are_log_mel(run):
    assert run.settings == LogMelSettings(n_bands=8, high_pass=0)


def test_a_run_without_kinds_is_gone_on_with_and_still_compared(start):  # noqa: F811
    run = start()
    features = run.record["features"]
    features["n_mels"] = features.pop("n_bands")  # as run.json said it before there were kinds
    del features["kind"]
    run.interrupt()
    assert start().settings == run.settings == LogMelSettings(n_bands=8)
    run.interrupt()
    with pytest.raises(RunError, match="features n_bands was 8 and is now 9"):
        start(settings=LogMelSettings(n_bands=9))


def test_a_run_that_was_written_in_older_words_is_read_in_todays_and_gone_on_with(start, clips):  # noqa: F811
    """One corpus stood for itself, `speaker` was a pattern, and clips.csv had `frames`."""
    asked = {"corpus": ["demo"], "classes": ["shared"], "speaker_pattern": ""}
    run = start(**asked)
    save_inputs(run, clips)
    proof = run.certificate()
    written = run.record["parameters"]
    assert written["corpus"] == ["demo"] and written["data_dir"] == [str(run.data_dir[0])]
    written |= {"corpus": "demo", "classes": "shared", "data_dir": written["data_dir"][0]}
    written["speaker"] = written.pop("speaker_pattern")
    table = (run.path / "clips.csv").read_text()
    (run.path / "clips.csv").write_text(table.replace(",n_frames", ",frames", 1))
    run._list("clips.csv")
    run.interrupt()
    older = Run.open(run.path)
    assert older.clips["n_frames"].eq(20).all() and older.certificate() == proof and older.data_dir == run.data_dir
    assert {name: older.parameters[name] for name in asked} == asked and "speaker" not in older.parameters
    start(**asked).interrupt()
    with pytest.raises(RunError, match=r"classes was \['shared'\] and is now \['all'\]"):
        start(**asked | {"classes": ["all"]})


def test_a_run_of_before_a_parameter_was_there_is_gone_on_with_as_by_its_default(start):  # noqa: F811
    start().interrupt()
    start(windows=False, apply_reviews=[]).interrupt()
    with pytest.raises(RunError, match="windows was False and is now True"):
        start(windows=True)


def test_a_run_from_before_a_parameter_was_there_is_gone_on_with_where_that_changes_nothing(start):  # noqa: F811
    start().interrupt()  # its run.json says nothing of dev_speakers
    start(dev_speakers=[], classes=["shared"], l2=0.001).interrupt()
    with pytest.raises(RunError, match=r"dev_speakers was \[\] and is now \['demo/01'\]"):
        start(dev_speakers=["demo/01"])


def test_a_run_of_format_1_tells_its_tables(run, demo_dir):
    assert "n_frames" in run.clips and run.parameters["corpus"] == ["demo"]
    assert run.complete and len(run.clips) == len(run.predictions) == 40
    assert run.clips["file"].map(lambda file: Path(file).is_file()).all()


def test_the_proof_of_format_1_is_not_believed(run):
    with pytest.raises(LeakError, match="run_format_1 was made by format 1, whose proof says neither what is unkn"):
        run.certificate()


def test_a_run_of_format_1_is_not_gone_on_with(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "old")
    with pytest.raises(RunError, match="Run old was made by format 1, .*; train it again under another name"):
        run_folder.start(tmp_path / "old", run.parameters | {"epochs": 9}, run.clips, settings=run.settings)


@pytest.mark.parametrize("name", ["predictions.csv", "model.weights.h5"])
def test_what_a_run_of_format_1_lists_is_verified(run, tmp_path, name):
    folder = shutil.copytree(run.path, tmp_path / "old")
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(RunError, match=f"old/{name} is not as run.json lists it"):
        Run.open(folder)
