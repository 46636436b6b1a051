"""emokit: an experiment kit for speech emotion recognition.

A room is loaded when it is first named (`emokit.splits`, `from emokit import build_model`), so `import emokit`
itself costs no more than the standard library.
"""

import os
from importlib import import_module

# TensorFlow greets on stderr, with process ids and times; an executed notebook would keep that. Errors still come.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"

_ROOMS = (
    "atomic_files audio audit augment batches calibration callbacks certificate class_weights corpora emotions features metrics "
    "model normalizer notebook_parameters padding plots predict run_folder run_report splits widgets"
).split()
_NAMES = {
    "FeatureNormalizer": "normalizer",
    "Run": "run_folder",
    "build_model": "model",
    "pad_or_truncate": "padding",
    "report": "run_report",
}
MAX_SEQ_LENGTH = 20  # steps of 160 ms: 3.2 s, what the recurrent layer reads of a clip

__all__ = [*_ROOMS, *_NAMES, "MAX_SEQ_LENGTH"]


def __getattr__(name: str):
    if name in _NAMES:
        return getattr(import_module(f"emokit.{_NAMES[name]}"), name)
    if name in _ROOMS:
        return import_module(f"emokit.{name}")
    raise AttributeError(f"emokit has no {name!r}")


def __dir__():
    return sorted(__all__)
