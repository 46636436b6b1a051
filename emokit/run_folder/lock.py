"""The lock of a run: one process trains it, and the system lets go of a lock whose process is gone."""

import fcntl
import os
import socket
from pathlib import Path

_held: dict[Path, int] = {}  # locks of this process: a cell that is run again keeps its own


class RunError(Exception):
    """A run that cannot be made, continued or opened; the message names the file or field and the remedy."""


def take(path: Path) -> None:
    """Take the run for this process, or refuse; the system lets go of a lock whose process is gone."""
    if path in _held:
        return
    path.mkdir(parents=True, exist_ok=True)
    lock = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = os.read(lock, 200).decode("utf-8", "replace").strip() or "another process"
        os.close(lock)
        raise RunError(f"Run {path.name} is being trained by {who}; wait, stop it, or take another name.") from None
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    _held[path] = lock


def release(path: Path) -> None:
    """Let another process take the run."""
    lock = _held.pop(path, None)
    if lock is not None:
        os.close(lock)


def is_taken(path: Path) -> bool:
    """Whether a living process, this one too, holds the run."""
    if path in _held:
        return True
    try:
        lock = os.open(path / ".lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
