"""Finished runs told to other programs: MLflow and TensorBoard, from the run folders, which stay the truth.

Both may be asked again at any time: a run that is there already, with the same run.json, is passed over.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from emokit import atomic_files
from emokit.comparison import Told

CHECKSUM, NAME = "emokit.run_json_sha256", "emokit.run"  # tags by which MLflow knows a run again
MOST_METRICS = 1000  # of one request to MLflow
EXPERIMENT = "emokit"


def mlflow(runs: Sequence[Told], uri: str) -> int:
    """Mirror complete runs to MLflow: parameters, metrics by epoch, results, and where the files are.

    A run that was trained on since takes the place of what was told of it. No file is copied: the tag emokit.folder
    says where they are. MLflow's own telemetry is off.

    Args:
        runs: as `comparison.read` gives them.
        uri: of the store, such as sqlite:///mlflow.db.

    Returns:
        How many runs are new there.

    Raises:
        ImportError: when MLflow is missing.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise ImportError("--mlflow needs MLflow. Install it: pip install 'emokit-ser[mlflow]'") from error
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    place = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT)
    return sum(_to_mlflow(client, place, run) for run in runs if run.complete)


def _to_mlflow(client, place: str, run: Told) -> bool:
    """Whether the run was not there as it is."""
    from mlflow.entities import Metric, Param, RunTag

    checksum = atomic_files.sha256(run.path / "run.json")
    there = client.search_runs([place], f"tags.`{NAME}` = '{run.name}'")
    if [one for one in there if one.data.tags.get(CHECKSUM) == checksum and one.info.status == "FINISHED"]:
        return False
    for one in there:
        client.delete_run(one.info.run_id)
    made = client.create_run(place, run_name=run.name, tags={NAME: run.name, "emokit.folder": str(run.path.absolute())})
    metrics = [Metric(name, value, 0, epoch) for name, epoch, value in _figures(run)]
    params = [Param(name, str(value)) for name, value in run.asked.items()]
    client.log_batch(made.info.run_id, params=params, tags=[RunTag(CHECKSUM, checksum)])
    for start in range(0, len(metrics), MOST_METRICS):
        client.log_batch(made.info.run_id, metrics=metrics[start : start + MOST_METRICS])
    client.set_terminated(made.info.run_id)
    return True


def tensorboard(runs: Sequence[Told], folder: str | Path) -> int:
    """Mirror complete runs as logs for TensorBoard, a folder each; arguments and result as for `mlflow`.

    Raises:
        ImportError: when TensorBoard is missing.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as error:
        what = "--tensorboard needs TensorBoard"
        raise ImportError(f"{what}. Install it: pip install 'emokit-ser[tensorboard]'") from error
    new = 0
    for run in (run for run in runs if run.complete):
        place, checksum = Path(folder) / run.name, atomic_files.sha256(run.path / "run.json")
        if (place / checksum).exists():
            continue
        for old in place.glob("*"):
            old.unlink()
        writer = EventFileWriter(str(place))
        for name, epoch, value in _figures(run):
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(step=epoch, summary=summary))
        writer.close()
        atomic_files.write_text(place / checksum, "")
        new += 1
    return new


def _figures(run: Told) -> Iterator[tuple[str, int, float]]:
    """(name, epoch, value) of each epoch, and of the result, which is known after the last one."""
    history = pd.read_csv(run.path / "history.csv")
    for name in history.columns.drop("epoch"):
        for epoch, value in history.set_index("epoch")[name].dropna().astype(float).items():
            yield name, int(epoch), value
    result = {"dev_uar": run.dev_uar} | {f"test_{name}": value for name, value in run.figures.items()}
    for name, value in result.items():
        if pd.notna(value):
            yield name, len(history), float(value)
