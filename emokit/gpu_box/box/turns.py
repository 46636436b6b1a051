"""Whose turn it is, and on which GPU: a queue in order of arrival, made of locks on files, without a daemon.

A run that waits holds a lock on its ticket in queue/, one that has its turn holds a lock on its place in places/. The
system lets go of both when the process is gone, so nothing has to be cleaned up after a kill or a reboot.
"""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from emokit import lock
from emokit.gpu_box.box import HOME

PAUSE = 0.5  # seconds between two looks


def places() -> list[str]:
    """Where runs can be at work at the same time: one place a GPU, or one in all: "gpu0", "gpu1" …, or "cpu"."""
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ["cpu"]
    indices = done.stdout.split() if done.returncode == 0 else []
    return [f"gpu{index}" for index in indices] or ["cpu"]


def wait(run: str, given_up: Callable[[], bool]) -> str | None:
    """Wait for a free place and take it for this process; None where `given_up`, asked while there is none, says so."""
    ticket = HOME / "queue" / f"{time.time_ns():020}-{run}"
    ticket.parent.mkdir(parents=True, exist_ok=True)
    lock.take(ticket)
    try:
        while not (place := None if before(ticket) else _free()) and not given_up():
            time.sleep(PAUSE)
    finally:
        ticket.unlink(missing_ok=True)
        lock.release(ticket)
    return place


def before(ticket: Path) -> int:
    """How many living runs came earlier and still wait; tickets of dead ones are removed."""
    alive = 0
    for other in sorted(ticket.parent.iterdir()):
        if other.name >= ticket.name:
            break
        if lock.is_taken(other):
            alive += 1
        else:
            other.unlink(missing_ok=True)
    return alive


def ahead_of(run: str) -> int:
    """How many living runs wait before this one."""
    tickets = sorted((HOME / "queue").glob(f"*-{run}"))
    mine = [ticket for ticket in tickets if ticket.name.partition("-")[2] == run and lock.is_taken(ticket)]
    return before(mine[0]) if mine else 0


def _free() -> str | None:
    for place in places():
        path = HOME / "places" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.take(path)
        except lock.TakenError:
            continue
        return place
    return None
