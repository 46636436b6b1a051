"""emokit on another system: what macOS lacks or counts otherwise, acted here; Windows is `test_layers.py`."""

import re
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from emokit.callbacks import log

PROJECT = Path(__file__).resolve().parents[1]
LINUX_ALONE = ("sched_getaffinity", "posix_fadvise", "O_DIRECT", "O_TMPFILE", "copy_file_range", "sendfile", "memfd")

AS_ON_MACOS = """
import os, sys
import pandas, scipy.signal, soundfile, joblib, threadpoolctl, tqdm.auto, librosa.filters  # they look for binaries
for name in ("sched_getaffinity", "sched_setaffinity", "posix_fadvise", "posix_fallocate", "copy_file_range"):
    vars(os).pop(name, None)
sys.platform = "darwin"
import emokit
from emokit import audit, corpora, features, lock
from emokit.run_folder import record
clips = corpora.load("demo", sys.argv[1]).head(4)
found, measured = features.extract_and_measure(clips, features.LogMelSettings(), sys.argv[2], n_jobs=-1)
assert (found.lengths > 0).all() and measured["failure"].isna().all()
assert record.machine()["threads"] >= 1
from pathlib import Path
lock.take(Path(sys.argv[2]) / ".lock"); lock.release(Path(sys.argv[2]) / ".lock")
print("runs")
"""


@pytest.mark.parametrize(("system", "most"), [("linux", 3 * 2**20), ("darwin", 3 * 2**30)])
def test_memory_is_told_in_gb_whatever_the_system_counts_in(monkeypatch, system, most):
    """getrusage counts in KiB on Linux and in bytes on macOS."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=most))
    assert log._memory() == pytest.approx(3.0)


def test_reading_and_measuring_run_without_what_only_linux_has(demo_dir, tmp_path):
    command = [sys.executable, "-c", AS_ON_MACOS, str(demo_dir), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.endswith("runs\n"), done.stderr


def test_the_library_calls_nothing_that_only_linux_has():
    for path in sorted((PROJECT / "emokit").rglob("*.py")):
        used = [name for name in LINUX_ALONE if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))]
        assert not used, f"{path.name}: {used}"


def test_the_readme_says_which_systems():
    start = (PROJECT / "README.md").read_text(encoding="utf-8").split("## Start")[1]
    assert "Linux or macOS; on Windows within WSL" in start
