"""Whether a model is right as often as it is sure, and the one number, chosen on dev, that brings the two together."""

import math

import numpy as np
import pandas as pd

N_BINS = 10
COOLEST, HOTTEST = 0.05, 20.0  # temperatures that are tried; further out a model is all sure or all unsure


def confidence(predictions: pd.DataFrame) -> pd.Series:
    """How sure the model was of what it predicted: the highest probability of each clip, 0 … 1."""
    return predictions[_columns(predictions)].max(axis=1).rename("confidence")


def reliability(predictions: pd.DataFrame, n_bins: int = N_BINS) -> pd.DataFrame:
    """How sure the model was and how often it was right, in bins of equal width (a reliability diagram as a table).

    Args:
        predictions: columns `emotion`, `predicted`, `p_<emotion>` …, one row a clip.
        n_bins: how many bins from 0 to 1.

    Returns:
        One row a bin: `low`, `high`, `n`, and the means `confidence` and `accuracy`, NaN for a bin without clips.
    """
    sure = confidence(predictions)
    place = np.minimum((sure.to_numpy() * n_bins).astype(int), n_bins - 1)
    told = pd.DataFrame({"confidence": sure, "accuracy": predictions["emotion"] == predictions["predicted"]})
    bins = told.astype(float).groupby(place).mean().reindex(range(n_bins))
    edges = np.arange(n_bins + 1) / n_bins
    return bins.assign(low=edges[:-1], high=edges[1:], n=np.bincount(place, minlength=n_bins)).rename_axis("bin")[
        ["low", "high", "n", "confidence", "accuracy"]
    ]


def ece(predictions: pd.DataFrame, n_bins: int = N_BINS) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, bins weighed by their clips, 0 … 1.

    Guo et al. 2017, "On calibration of modern neural networks", equation 3. NaN without clips.
    """
    if predictions.empty:
        return math.nan
    bins = reliability(predictions, n_bins)
    distance = (bins["confidence"] - bins["accuracy"]).abs().fillna(0.0)
    return float((distance * bins["n"]).sum() / bins["n"].sum())


def temperature(predictions: pd.DataFrame) -> float:
    """The temperature that makes the truth most likely: above 1 the model was too sure, below 1 too unsure.

    Guo et al. 2017, section 4.2: softmax(logits / temperature); it changes no prediction. Fit it on dev.

    Args:
        predictions: as in `reliability`.

    Raises:
        ValueError: without clips.
    """
    from scipy.optimize import minimize_scalar

    if predictions.empty:
        raise ValueError("There are no clips to fit a temperature on; give those of the dev part.")
    logits = _logits(predictions)
    names = [column[2:] for column in _columns(predictions)]
    truth = pd.Categorical(predictions["emotion"], categories=names).codes

    def loss(log_temperature: float) -> float:
        p = _softmax(logits / math.exp(log_temperature))
        return -float(np.log(np.maximum(p[np.arange(len(p)), truth], np.finfo(float).tiny)).mean())

    found = minimize_scalar(loss, bounds=(math.log(COOLEST), math.log(HOTTEST)), method="bounded")
    return math.exp(found.x)


def rescaled(predictions: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """The predictions with probabilities of another temperature; `predicted` stays as it is."""
    columns = _columns(predictions)
    p = _softmax(_logits(predictions) / temperature)
    return predictions.assign(**dict(zip(columns, p.T, strict=True)))


def summary(predictions: pd.DataFrame) -> dict:
    """Calibration for `metrics.json`: `temperature` from dev, `ece` of the test, `ece_rescaled` with that temperature.

    Args:
        predictions: all parts, marked by `part`.
    """
    test = predictions[predictions["part"] == "test"]
    fitted = temperature(predictions[predictions["part"] == "dev"])
    return {"temperature": fitted, "ece": ece(test), "ece_rescaled": ece(rescaled(test, fitted))}


def _columns(predictions: pd.DataFrame) -> list[str]:
    return [column for column in predictions if column.startswith("p_")]


def _logits(predictions: pd.DataFrame) -> np.ndarray:
    p = predictions[_columns(predictions)].to_numpy(float)
    return np.log(np.maximum(p, np.finfo(np.float32).tiny))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
