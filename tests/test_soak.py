"""The short form of `make soak`: kills while saving and while filling the cache, in processes without TensorFlow."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOAK = Path(__file__).resolve().parents[1] / "benchmarks" / "soak.py"


def test_kills_at_random_moments_leave_nothing_unreadable():
    command = [sys.executable, str(SOAK), "--training", "0", "--saving", "4", "--caching", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert "4 kills while saving: 0 faults" in done.stdout and "3 kills while caching: 0 faults" in done.stdout, done
    assert done.returncode == 0
