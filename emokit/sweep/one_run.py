"""One run of a sweep, as a worker does it: papermill in a process of its own, watched until it ends."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from emokit import lock
from emokit.run_folder.record import LOCK
from emokit.sweep import launch

STOP = ".stop"  # a file in the run folder that asks whoever trains the run to save and end
LOOK = 0.2  # s between two looks at it
PATIENCE = 60  # s that a run's last process gets to save and be gone


class Outcome(NamedTuple):
    """How a run ended: `complete`, `failed`, `stopped` as asked, or `lost`: killed, so that it is to be done again."""

    state: str
    said: str = ""


def train(name: str, notebook: Path, folder: Path, given: Mapping, threads: int) -> tuple[str, Outcome]:
    """Run a notebook into a run folder, going on with what stands there; gives the name and how it ended.

    Args:
        name: of the run.
        notebook: the file.
        folder: of the run, which also gets the executed notebook.
        given: what papermill passes.
        threads: that TensorFlow and the reading of clips may take.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _wait_for_the_last(folder / LOCK)
        with tempfile.TemporaryFile() as said:
            code, stopped = _papermill(notebook, folder, given, threads, said)
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
    except OSError as error:
        return name, Outcome("failed", str(error))
    return name, _outcome(code, stopped, lines)


def _wait_for_the_last(taken: Path) -> None:
    """Wait for whoever was at this run before: where its worker was killed, it saves and ends by itself."""
    end = time.monotonic() + PATIENCE
    while lock.is_taken(taken) and time.monotonic() < end:
        time.sleep(LOOK)


def _papermill(notebook: Path, folder: Path, given: Mapping, threads: int, said: IO) -> tuple[int, bool]:
    """Exit status of the notebook, and whether it was asked to end."""
    command = [sys.executable, "-m", "emokit.sweep.launch", notebook, folder / notebook.name, json.dumps(given)]
    # A session of its own: Ctrl-C reaches the sweep, which then asks for the end once, and not twice.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=said, stderr=said, env=_environment(threads), start_new_session=True
    )
    with process:
        stopped = _watch(process, folder / STOP)
    return process.returncode, stopped


def _watch(process: subprocess.Popen, stop: Path) -> bool:
    """Wait for the end of a process; whether it was asked for."""
    asked = False
    while process.poll() is None:
        if stop.exists() and not asked:
            process.send_signal(signal.SIGTERM)
            asked = True
        time.sleep(LOOK)
    return asked


def _outcome(code: int, stopped: bool, lines: list[str]) -> Outcome:
    last = lines[-1] if lines else f"it ended with exit status {code} and said nothing"
    if code == 0:
        return Outcome("complete")
    if stopped:
        return Outcome("stopped")
    if code == launch.FAILED:
        return Outcome("failed", last)
    return Outcome("lost", f"killed by {signal.Signals(-code).name}" if code < 0 else last)


def _environment(threads: int) -> dict[str, str]:
    """The environment of a run that shares a machine, and perhaps a GPU, with others."""
    named = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    return os.environ | dict.fromkeys(named, str(threads)) | {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}
