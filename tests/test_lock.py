"""One lock for runs and downloads: one process has it, and a process that is gone has it no longer."""

import fcntl
import os
import subprocess
import sys
import threading

import pytest

from emokit import lock

HOLDS = "import sys, time; from pathlib import Path; from emokit import lock; lock.take(Path(sys.argv[1])); print(1)"


@pytest.fixture
def path(tmp_path):
    yield tmp_path / ".lock"
    lock.release(tmp_path / ".lock")


def test_a_lock_is_taken_once_and_names_its_process(path):
    assert not lock.is_taken(path) and not path.exists()
    lock.take(path)
    assert lock.is_taken(path) and lock.is_mine(path)
    with pytest.raises(lock.TakenError, match=f"^process {os.getpid()} on "):
        lock.take(path)
    lock.release(path)
    assert not lock.is_taken(path) and not lock.is_mine(path)


def test_a_process_that_was_killed_holds_nothing(path):
    command = [sys.executable, "-c", f"{HOLDS}; sys.stdout.flush(); time.sleep(60)", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert lock.is_taken(path) and not lock.is_mine(path)
        with pytest.raises(lock.TakenError, match=f"^process {process.pid} on "):
            lock.take(path)
        process.kill()
    assert not lock.is_taken(path)
    lock.take(path)


def test_a_lock_on_a_file_that_was_just_removed_is_none(path, monkeypatch):
    """Who opens the file before its holder removes it would lock what nobody else can see."""
    path.touch()
    opened = os.open(path, os.O_RDWR)
    path.unlink()
    real = os.open
    monkeypatch.setattr(os, "open", lambda *how: monkeypatch.undo() or opened)
    lock.take(path)
    assert os.open is real and path.read_text().startswith("process ") and lock.is_taken(path)


def test_who_only_looks_keeps_nobody_out(path):
    path.touch()
    looking = os.open(path, os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.02, os.close, [looking]).start()
    lock.take(path)
    assert lock.is_mine(path)
