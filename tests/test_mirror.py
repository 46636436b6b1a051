"""What MLflow and TensorBoard are told of run folders, read back by their own clients; told again, nothing doubles."""

import json
import shutil
import sys

import pandas as pd
import pytest
from run_folders import copies

from emokit import compare, comparison, mirror
from emokit.compare import main


@pytest.fixture(scope="module")
def made(tmp_path_factory, demo_dir):
    outputs = tmp_path_factory.mktemp("made") / "outputs"
    copies(outputs, demo_dir, dropout=[0.1, 0.2])
    copies(outputs, demo_dir, names=["stopped"], state="running")
    return outputs


@pytest.fixture
def outputs(tmp_path, made):
    return shutil.copytree(made, tmp_path / "outputs")


def train_on(outputs) -> None:
    """Another result under the same name."""
    path = outputs / "demo-dropout0.1-fold1" / "run.json"
    record = json.loads(path.read_text())
    record["parameters"]["epochs"] = 7
    path.write_text(json.dumps(record))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")  # MLflow's, of SQLAlchemy 2.1
def test_mlflow_holds_each_complete_run_once_with_parameters_epochs_and_result(outputs, tmp_path, capsys):
    pytest.importorskip("mlflow", reason='MLflow is not installed; pip install -e ".[mlflow]"')
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    for told in ("2 runs", "0 runs"):
        assert main([str(outputs), "--mlflow", uri]) == 0
        assert f"{uri}: {told} are new there" in capsys.readouterr().out
    client = MlflowClient(uri)
    place = client.get_experiment_by_name("emokit").experiment_id
    kept = {run.info.run_name: run for run in client.search_runs([place])}
    run = kept["demo-dropout0.1-fold1"]
    assert len(kept) == 2 and run.data.params["dropout"] == "0.1" and run.info.status == "FINISHED"
    history = pd.read_csv(outputs / "demo-dropout0.1-fold1" / "history.csv")
    epochs = client.get_metric_history(run.info.run_id, "val_loss")
    assert [(one.step, one.value) for one in epochs] == list(zip(history["epoch"], history["val_loss"], strict=True))
    figures = json.loads((outputs / "demo-dropout0.1-fold1" / "metrics.json").read_text())
    assert run.data.metrics["test_uar"] == figures["uar"]
    assert run.data.tags["emokit.folder"] == str(outputs / "demo-dropout0.1-fold1")
    train_on(outputs)
    assert mirror.mlflow(comparison.read(outputs)[0], uri) == 1
    again = [run for run in client.search_runs([place]) if run.info.run_name == "demo-dropout0.1-fold1"]
    assert [run.data.params["epochs"] for run in again] == ["7"]


def test_tensorboard_reads_each_complete_run_once(outputs, tmp_path):
    pytest.importorskip("tensorboard", reason='TensorBoard is not installed; pip install -e ".[tensorboard]"')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    runs, _ = comparison.read(outputs)
    assert [mirror.tensorboard(runs, tmp_path / "logs") for _ in range(2)] == [2, 0]
    train_on(outputs)
    assert mirror.tensorboard(comparison.read(outputs)[0], tmp_path / "logs") == 1
    logs = EventAccumulator(str(tmp_path / "logs" / "demo-dropout0.1-fold1")).Reload()
    history = pd.read_csv(outputs / "demo-dropout0.1-fold1" / "history.csv")
    assert [event.step for event in logs.Scalars("val_loss")] == history["epoch"].tolist()
    assert [event.value for event in logs.Scalars("val_loss")] == pytest.approx(history["val_loss"].tolist())
    assert len(logs.Scalars("test_uar")) == 1 and not (tmp_path / "logs" / "stopped").exists()


@pytest.mark.parametrize("module", ["mlflow", "tensorboard"])
def test_without_the_program_one_sentence_tells_how_to_install_it(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.compat.proto.event_pb2", None)
    with pytest.raises(ImportError, match=f"pip install 'emokit-ser.{module}.'"):
        getattr(mirror, module)([], "somewhere")


def test_the_command_writes_the_page_and_names_what_it_left_out(outputs, capsys):
    (outputs / "demo-dropout0.2-fold1" / "metrics.json").unlink()
    assert main([str(outputs)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{outputs / 'index.html'}\n" and "left out demo-dropout0.2-fold1: " in said.err
    assert compare.main([str(outputs / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("There is no folder")
