"""One process at a time: a lock on a file, which the system lets go of when its process is gone."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TRIES, PAUSE = 5, 0.01  # seconds: who only looks whether a lock is taken holds it for a moment

_held: dict[Path, int] = {}  # lock files of this process, with their descriptors


class TakenError(Exception):
    """A living process holds the lock; the message is which, as "process 12 on this-machine"."""


def take(path: Path) -> None:
    """Lock a file, made if need be; TakenError where any process has it, this one too."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    if not _locked(lock):
        holder = os.read(lock, 200).decode("utf-8", "replace").strip()
        os.close(lock)
        raise TakenError(holder or "another process")
    if not os.fstat(lock).st_nlink:  # its last holder has removed it since it was opened here
        os.close(lock)
        take(path)
        return
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    _held[path] = lock


def _locked(lock: int) -> bool:
    for _ in range(TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        else:
            return True
    return False


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold a lock during the block, once nobody else does; the file is made if need be, and stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def release(path: Path) -> None:
    """Let another process take the lock; nothing happens where this one does not hold it."""
    if path in _held:
        os.close(_held.pop(path))


def is_mine(path: Path) -> bool:
    """Whether this process holds the lock."""
    return path in _held


def is_taken(path: Path) -> bool:
    """Whether a living process, this one too, holds the lock."""
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
