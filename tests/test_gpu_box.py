"""The GPU box, over a real ssh to a real sshd on loopback: the whole circle, and whatever may break in it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sshd

from emokit.run_folder import Run

no_sshd = pytest.mark.skipif(not sshd.SSHD, reason="sshd is missing: apt-get install openssh-server")
pytestmark = [pytest.mark.slow, no_sshd]

TRAIN = ("run", "notebooks/02_train.ipynb", "-p", "epochs", "9", "-p", "batch_size", "8")
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "penalty"]
PROBE = "notebooks/probe.ipynb"
ODD = "it's \"$HOME\" `id` \\ *.wav; ü"


def probe() -> dict:
    """A notebook without emokit that says what arrived, waits, or fails."""
    sources = ["said = ''\nseconds = 0", "print('arrived', repr(said))\nassert said != 'fail'"]
    sources += ["import time\ntime.sleep(seconds)"]
    empty = {"cell_type": "code", "outputs": [], "execution_count": None}
    cells = [empty | {"metadata": {"tags": ["parameters"][number:]}, "source": s} for number, s in enumerate(sources)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    with sshd.serving(folder / "its server") as server:
        here = sshd.Laptop(folder / "lap top", server)
        for name in "abcd":
            (here.folder / f"notebooks/{name}.ipynb").write_text(json.dumps(probe()))
        here.done("push", "--python", sys.executable)
        yield here


def until(true, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def epochs_of(run: Path) -> int:
    file = run / "history.csv"
    return max(0, len(file.read_text().splitlines()) - 1) if file.exists() else 0


def row(laptop, run: str) -> str:
    return next(line for line in laptop.done("status").splitlines() if line.startswith(run + " "))


def kernel_of(run: Path) -> int:
    (papermill,) = sshd.children(json.loads((run / "launch.json").read_text())["pid"])
    (kernel,) = sshd.children(papermill)
    return kernel


def test_the_whole_circle_ends_with_the_bits_of_a_run_in_peace(laptop):
    on_box = laptop.server.outputs / "cut"
    assert laptop.done(*TRAIN, "-p", "run", "cut") == "cut: running\n"
    assert laptop.done(*TRAIN, "-p", "run", "whole") == "whole: queued\n"
    until(lambda: epochs_of(on_box) >= 1)

    # SIGTERM in the middle of an epoch: saved, and the run says so.
    said = laptop.done("stop", "cut")
    assert re.fullmatch(r"cut: stopped, saved at epoch \d( and \d+ batches of the next)?\n", said), said
    stopped = on_box.with_name("kept")
    shutil.copytree(on_box, stopped)

    # The connection is cut while it is followed, and its kernel killed.
    assert laptop.done(*TRAIN, "-p", "run", "cut", "--now") == "cut: running\n"
    follower = laptop.start("follow", "cut")
    before = epochs_of(on_box)
    until(lambda: epochs_of(on_box) > before)
    os.kill(kernel_of(on_box), signal.SIGSTOP)  # what follows takes longer than an epoch
    until(lambda: epochs_of(laptop.outputs / "cut") >= 1 and sshd.children(follower.pid, "ssh"))
    for pid in sshd.children(follower.pid, "ssh"):
        os.kill(pid, signal.SIGKILL)
    assert re.match(r"cut +running +epoch \d of 9, dev UAR [\d.]+ %, at most \d+ s left", row(laptop, "cut"))
    os.kill(kernel_of(on_box), signal.SIGKILL)
    said, wrong = follower.communicate(timeout=120)
    assert follower.returncode == 1 and "Trying again in 1 s" in wrong
    assert said.count(f"epoch   {before + 1}/9") == 1, said  # nothing twice, nothing left out
    last = said.strip().splitlines()[-1]
    assert re.match(r"cut: interrupted, its process was killed, saved at epoch \d.*; give the same `run` command", last)

    # The same command again, to the end.
    laptop.done(*TRAIN, "-p", "run", "cut", "--now")
    assert "cut: complete, epoch 9 of 9, dev UAR" in laptop.done("follow", "cut")
    laptop.done("follow", "whole")
    cut, whole = (Run.open(laptop.outputs / name) for name in ("cut", "whole"))
    assert cut.record["files"]["split.json"]
    assert cut.history[SAME_EACH_TIME].equals(whole.history[SAME_EACH_TIME])
    assert (cut.path / "predictions.csv").read_bytes() == (whole.path / "predictions.csv").read_bytes()
    assert len(cut.record["sessions"]) == 3
    proofs = [json.loads((run.path / "split.json").read_text()) for run in (cut, whole)]
    assert proofs[0] == proofs[1]  # with the sha256 of the weights that fit has left


def test_what_was_pulled_is_evaluated_here(laptop):
    run = Run.open(laptop.outputs / "cut")
    run.certificate()  # computes every figure of metrics.json again
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/03_evaluate.ipynb", "out.ipynb"]
    command += ["-p", "runs", "cut"]
    done = subprocess.run(command, cwd=laptop.folder, env=laptop.environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    there = json.loads((laptop.server.outputs / "cut" / "metrics.json").read_text())
    shown = (laptop.folder / "out.ipynb").read_text()
    assert run.metrics == there and f"UAR {100 * there['uar']:.1f} %" in shown
