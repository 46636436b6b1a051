"""emokit: an experiment kit for speech emotion recognition.

A module is loaded when it is first named (`emokit.splits`, `from emokit import build_model`), so `import emokit`
itself costs no more than the standard library.
"""

import os
import sys
from contextlib import contextmanager
from importlib import import_module

if sys.platform == "win32":
    raise ImportError("emokit runs on Linux and macOS; on Windows install it in WSL (learn.microsoft.com/windows/wsl).")

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # errors that matter come as exceptions

__version__ = "0.1.0"

_MODULES = (
    *("abstention", "agreement", "atomic_files", "audio", "audit", "augment", "baselines", "batches", "blind"),
    *(
        "calibration",
        "callbacks",
        "certificate",
        "class_weights",
        "clip_map",
        "compare",
        "comparison",
        "corpora",
        "cues",
        "emotions",
        "evaluation",
        "export",
        "features",
        "groups",
        "intervals",
        "listeners",
        "metrics",
        "model",
        "normalizer",
        "targets",
    ),
    *("model_card", "notebook_parameters", "one_against_rest", "padding", "plots", "predict", "reviews", "run_folder"),
    *("run_report", "splits", "stress", "sweep", "votes"),
    "widgets",
)
_NAMES = {
    "FeatureNormalizer": "normalizer",
    "Run": "run_folder",
    "card": "model_card",
    "build_model": "model",
    "pad_or_truncate": "padding",
    "report": "run_report",
}
MAX_SEQ_LENGTH = 20
"""Steps of a clip that the body of the network reads, unless it is built for more."""

__all__ = [*_MODULES, *_NAMES, "MAX_SEQ_LENGTH"]


def __getattr__(name: str):
    if name in _NAMES:
        return getattr(_module(_NAMES[name]), name)
    if name in _MODULES:
        return _module(name)
    raise AttributeError(f"emokit has no {name!r}")


def _module(name: str):
    with _without_greeting():
        return import_module(f"emokit.{name}")


@contextmanager
def _without_greeting():
    """Keep what TensorFlow writes to descriptor 2 while it loads, process ids and times, out of executed notebooks.

    Its log level does not reach these lines; Python's own warnings and errors do not pass this way in a notebook.
    """
    if "tensorflow" in sys.modules or "ipykernel" not in sys.modules:
        yield
        return
    stderr, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nothing)


def __dir__():
    return sorted(__all__)
