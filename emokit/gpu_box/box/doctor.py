"""`doctor`: versions, whether TensorFlow sees the GPU, and whether the LSTMs really take the fused kernel."""

import json
import platform
import subprocess
import sys
from importlib import metadata

PACKAGES = ("tensorflow", "keras", "numpy", "pandas", "papermill")


def doctor() -> dict:
    """Facts by name: `python`, `packages`, and `tensorflow`, what `python -m emokit.model.fused` says."""
    done = subprocess.run([sys.executable, "-m", "emokit.model.fused"], capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    why = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    found = json.loads(lines[-1]) if done.returncode == 0 and lines else {"error": why}
    versions = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "packages": versions, "tensorflow": found}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "is missing"
