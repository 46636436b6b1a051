"""Sweeps that are run: on threads, processes and a cluster of Dask, with workers that are killed and runs that fail."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from emokit import sweep
from emokit.run_folder import Run
from emokit.sweep import one_run

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]
PLAN = "parameters: {body: statistics, epochs: 12}\nfolds: [1, 2]"
ONE = PLAN.replace("[1, 2]", "[1]")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Runs of the plan by two threads, one of whose papermills is killed after its first epoch."""
    folder = tmp_path_factory.mktemp("threads")
    killing = Killing(folder, lambda process: process)
    table = run(folder, PLAN)
    assert killing.done()
    assert (table["state"] == "complete").all() and table["dev_uar"].between(0, 1).all()
    return folder


def run(folder, text, **options):
    (folder / "plan.yaml").write_text(text)
    return sweep.run(sweep.read(folder / "plan.yaml", folder), threads=1, **options)


class Killing:
    """Kills by SIGKILL, as soon as a run has an epoch, what `choose` gives for its papermill."""

    def __init__(self, outputs, choose):
        self.outputs, self.choose, self.killed = outputs, choose, None
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self._thread.start()

    def _kill(self):
        while not (begun := [file.parent.name for file in self.outputs.glob("*/history.csv")]):
            time.sleep(0.05)
        for process in psutil.Process().children(recursive=True):
            words = " ".join(process.cmdline())
            if "emokit.sweep.launch" in words and begun[0] in words:
                victim = self.choose(process)
                victim.send_signal(signal.SIGKILL)
                self.killed = begun[0]
                return

    def done(self):
        """Whether something was killed, of a run that was not complete."""
        self._thread.join(timeout=5)
        return self.killed and len(Run.open(self.outputs / self.killed).record["sessions"]) >= 2


def results(outputs):
    return {file.parent.name: file.read_bytes() for file in outputs.glob("*/metrics.json")}


def test_a_papermill_that_is_killed_is_gone_on_with_and_its_notebook_lies_in_the_run_folder(outputs):
    assert len(results(outputs)) == 2 and (outputs / "plan" / "sweep.csv").is_file()
    for folder in outputs.glob("demo-*"):
        cells = nbformat.read(folder / "02_train.ipynb", as_version=4).cells
        assert any("# Parameters" in cell.source for cell in cells)


def test_dask_gives_the_same_bits_though_a_worker_is_killed(outputs, tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed; pip install -e '.[dask]'")
    options = dict(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    killing = Killing(tmp_path, lambda papermill: papermill.parent())
    with distributed.LocalCluster(**options) as cluster, sweep.using("dask", cluster.scheduler_address):
        table = run(tmp_path, PLAN)
    assert killing.done() and (table["state"] == "complete").all()
    assert results(tmp_path) == results(outputs)


def test_processes_of_joblib_go_on_though_one_is_killed(outputs, tmp_path, capsys):
    killing = Killing(tmp_path, lambda papermill: papermill.parent())
    with sweep.using("loky"):
        table = run(tmp_path, ONE)
    assert killing.done() and (table["state"] == "complete").all()
    assert "The workers broke down" in capsys.readouterr().out
    assert results(tmp_path).items() <= results(outputs).items()


def test_what_is_complete_is_not_run_again(outputs, monkeypatch, capsys):
    monkeypatch.setattr(one_run.subprocess, "Popen", None)
    table = run(outputs, PLAN)
    assert (table["state"] == "complete").all() and "2 of 2 runs are complete" in capsys.readouterr().out


def test_a_run_that_is_asked_to_stop_saves_and_says_so(outputs, tmp_path):
    shutil.copytree(outputs / "cache", tmp_path / "cache")
    (tmp_path / "plan.yaml").write_text("parameters: {body: statistics, epochs: 4000}")
    plan = sweep.read(tmp_path / "plan.yaml", tmp_path)
    (job,) = plan.jobs

    def stop():
        while not (job.folder / "history.csv").exists():
            time.sleep(0.05)
        (job.folder / one_run.STOP).touch()

    threading.Thread(target=stop, daemon=True).start()
    name, outcome = one_run.train(job.name, plan.notebook, job.folder, job.given, 1)
    assert (name, outcome.state) == (job.name, "stopped")
    run = Run.open(job.folder)
    assert run.state.startswith("interrupted at epoch") and run.epoch >= 1
    assert "interrupted" in (job.folder / "train.log").read_text().splitlines()[-1]


NOTEBOOK = """
name: str = ""  # what to call your own corpus; default like its folder or table
corpus: str = "demo"  # which corpus
data_dir: str = ""  # folder of the corpus
outputs_dir: str = "outputs"  # folder of the runs
run: str = ""  # name of the run
fold: int = 1  # which fold is the test
seed: int = 0  # of weights
"""


@pytest.fixture
def failing(tmp_path):
    """A plan over a notebook of one's own, which fails in fold 2."""
    cells = [nbformat.v4.new_code_cell(NOTEBOOK.strip(), metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell("if fold == 2:\n    raise ValueError(f'fold {fold} is cursed')"))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "mine.ipynb")
    text = f"notebook: {tmp_path / 'mine.ipynb'}\nparameters: {{outputs_dir: {tmp_path}}}\nfolds: [1, 2]"
    (tmp_path / "plan.yaml").write_text(text)
    return tmp_path / "plan.yaml"


def test_failures_are_told_at_the_end_with_what_they_said_and_exit_status_1(failing):
    command = [sys.executable, "-m", "emokit.sweep", str(failing)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 1, done.stderr
    assert "FAILED demo-fold2-seed0: ValueError: fold 2 is cursed" in done.stdout
    assert "demo-fold1-seed0,1,0,,0,,complete," in (failing.parent / "plan" / "sweep.csv").read_text()


@pytest.mark.parametrize(
    ("number", "ctrl_c"), [(signal.SIGINT, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_IGN)]
)
def test_ctrl_c_and_sigterm_end_the_sweep_and_its_runs_save(outputs, tmp_path, number, ctrl_c):
    shutil.copytree(outputs / "cache", tmp_path / "cache")
    text = f"parameters: {{body: statistics, epochs: 4000, outputs_dir: {tmp_path}}}\nseeds: [0, 1]"
    (tmp_path / "plan.yaml").write_text(text)
    command = [sys.executable, "-m", "emokit.sweep", str(tmp_path / "plan.yaml"), "--threads", "1"]
    before = signal.signal(signal.SIGINT, ctrl_c)  # a shell lets its jobs in the background ignore Ctrl-C
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    with process, contextlib.ExitStack() as leaving:
        leaving.callback(process.kill)  # its runs save and end with it
        while len(list(tmp_path.glob("*/history.csv"))) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "give the command again to go on" in said
    end = time.monotonic() + 60
    while (states := [json.loads(file.read_text())["state"] for file in tmp_path.glob("*/run.json")]).count("running"):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert all(state.startswith("interrupted at epoch") for state in states)
