"""Whether the figures of a run are those of its predictions, and its predictions those of its probabilities."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from emokit import calibration, metrics
from emokit.certificate import LeakError

CLOSE = 1e-6  # what digits of a table leave open
CLOSE_OF_CALIBRATION = 1e-4  # a temperature is searched, not computed


def check(run: str, predictions: pd.DataFrame, stored: Mapping, emotions: Sequence[str], more: Mapping) -> None:
    """Compute again what metrics.json says, each figure of it.

    Args:
        run: its name, for the message.
        predictions: as in predictions.csv, all parts.
        stored: as in metrics.json.
        emotions: the classes of the model, in the order of its outputs.
        more: what metrics.json has to say beside `metrics.summary`.

    Raises:
        LeakError: naming the first figure, or the first clip, that is otherwise.
    """
    _check_predicted(run, predictions, list(emotions))
    found = {**metrics.summary(predictions, emotions), **more}
    if "calibration" in stored:
        found["calibration"] = calibration.summary(predictions)
    kept = _flat(stored)
    if "macro_f1" not in stored:  # as older runs have it
        del found["macro_f1"]
    for name, value in _flat(found).items():
        if not _same(kept.get(name), value, CLOSE_OF_CALIBRATION if "calibration" in name else CLOSE):
            what = f"metrics.json says {name} {kept.get(name)}, the other files give {value}"
            raise LeakError(f"{run}: {what}; one was changed.")


def _check_predicted(run: str, predictions: pd.DataFrame, emotions: list[str]) -> None:
    classes = metrics.classes(predictions)
    if classes != emotions:
        what = f"predictions.csv tells {', '.join(classes)} apart, run.json {', '.join(emotions)}"
        raise LeakError(f"{run}: {what}; one was changed.")
    likeliest = np.array(emotions)[metrics.probabilities(predictions).to_numpy(float).argmax(axis=1)]
    otherwise = predictions["file"][(predictions["predicted"] != likeliest).to_numpy()]
    if len(otherwise):
        what = f"{otherwise.iloc[0]} is not predicted as its highest probability says"
        raise LeakError(f"{run}: predictions.csv was changed, {what} ({len(otherwise)} clips).")


def _flat(figures: Mapping) -> dict:
    """{"recall": {"sad": 0.5}} as {"recall sad": 0.5}."""
    flat = {}
    for name, value in figures.items():
        within = value.items() if isinstance(value, Mapping) else ()
        flat |= {f"{name} {key}": figure for key, figure in within} or {name: value}
    return flat


def _same(stored, value: float, close: float) -> bool:
    if math.isnan(value):
        return stored is None or stored != stored  # JSON has null for NaN
    return isinstance(stored, int | float) and math.isclose(stored, value, rel_tol=close, abs_tol=close)
