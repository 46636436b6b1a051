"""Whether a model is right as often as it is sure, and the one number, chosen on dev, that brings the two together."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import log_softmax, softmax

from emokit import metrics, probability_columns

N_BINS = 10
N_DRAWS = 1000
COOLEST, HOTTEST = 0.05, 20.0  # temperatures that are tried; further out a model is all sure or all unsure


def confidence(predictions: pd.DataFrame) -> pd.Series:
    """How sure the model was of what it predicted: the highest probability of each clip, 0 … 1."""
    return metrics.probabilities(predictions).max(axis=1).rename("confidence")


def reliability(predictions: pd.DataFrame, n_bins: int = N_BINS) -> pd.DataFrame:
    """How sure the model was and how often it was right, in bins of equal width (a reliability diagram as a table).

    Args:
        predictions: columns `emotion`, `predicted`, `p_<emotion>` …, one row a clip.
        n_bins: how many bins from 0 to 1.

    Returns:
        One row a bin: `low`, `high`, `n`, and the means `confidence` and `accuracy`, NaN for a bin without clips.
    """
    sure = confidence(predictions)
    place = _bins(sure.to_numpy(), n_bins)
    each = pd.DataFrame({"confidence": sure, "accuracy": predictions["emotion"] == predictions["predicted"]})
    bins = each.astype(float).groupby(place).mean().reindex(range(n_bins))
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


def chance_ece(predictions: pd.DataFrame, n_bins: int = N_BINS) -> float:
    """The calibration error to expect of these confidences if they were exactly right: what chance alone gives, 0 … 1.

    The mean over 1,000 drawn outcomes, fixed seed, clips taken as independent; NaN without clips.
    """
    if predictions.empty:
        return math.nan
    sure = confidence(predictions).to_numpy(float)
    in_bin = _bins(sure, n_bins)[:, None] == np.arange(n_bins)
    right = np.random.default_rng(0).random((N_DRAWS, len(sure))) < sure
    distance = np.abs((right - sure) @ in_bin).sum(axis=1) / len(sure)
    return float(distance.mean())


def temperature(predictions: pd.DataFrame) -> float:
    """The temperature that makes the truth most likely: above 1 the model was too sure, below 1 too unsure.

    Guo et al. 2017, section 4.2: softmax(logits / temperature); it changes no prediction. Fit it on dev.

    Args:
        predictions: as in `reliability`.

    Raises:
        ValueError: without clips, or for a clip of an emotion that is none of the classes.
    """
    if predictions.empty:
        raise ValueError("There are no clips to fit a temperature on; give those of the dev part.")
    logits = _logits(predictions)
    names = metrics.classes(predictions)
    unknown = sorted(set(predictions["emotion"]) - set(names))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no class of the model, which tells {', '.join(names)} apart.")
    return temperature_of(logits, pd.Categorical(predictions["emotion"], categories=names).codes)


def temperature_of(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature of logits (n, classes), under which the classes `truth`, int (n,), are most likely."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        log_p = log_softmax(logits / math.exp(log_temperature), axis=1)
        return -float(log_p[np.arange(len(truth)), truth].mean())

    found = minimize_scalar(loss, bounds=(math.log(COOLEST), math.log(HOTTEST)), method="bounded")
    return math.exp(found.x)


def rescaled(predictions: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """The predictions with probabilities of another temperature; `predicted` stays as it is."""
    p = softmax(_logits(predictions) / temperature, axis=1)
    return predictions.assign(**dict(zip(probability_columns.of(metrics.classes(predictions)), p.T, strict=True)))


def summary(predictions: pd.DataFrame) -> dict:
    """Calibration for `metrics.json`: `temperature` from dev, `ece` of the test, `ece_rescaled` with that temperature.

    `ece_by_chance` is what of `ece` is noise at that number of clips, as `chance_ece` says.

    Args:
        predictions: all parts, marked by `part`.
    """
    test = predictions[predictions["part"] == "test"]
    fitted = temperature(predictions[predictions["part"] == "dev"])
    after = rescaled(test, fitted)
    return {"temperature": fitted, "ece": ece(test), "ece_by_chance": chance_ece(test), "ece_rescaled": ece(after)}


def sentence(figures: Mapping[str, float]) -> str:
    """Say what `summary` gives, and whether the temperature of dev helps or harms on the test."""
    before, after, by_chance = (f"{100 * figures[name]:.1f}" for name in ("ece", "ece_rescaled", "ece_by_chance"))
    warmth = "overconfident" if figures["temperature"] > 1 else "underconfident"
    change = "makes it better" if figures["ece_rescaled"] < figures["ece"] else "makes it WORSE"
    change = "leaves it alike" if before == after else change
    return (
        f"Expected calibration error {before} points on the test; a model exactly as right as it is sure would show "
        f"{by_chance} by chance with as many clips. On dev the model was {warmth}: a temperature of "
        f"{figures['temperature']:.2f}, chosen there, {change} on the test, {after} instead of {before}."
    )


def _bins(confidence: np.ndarray, n_bins: int) -> np.ndarray:
    return np.minimum((confidence * n_bins).astype(int), n_bins - 1)


def _logits(predictions: pd.DataFrame) -> np.ndarray:
    p = metrics.probabilities(predictions).to_numpy(float)
    return np.log(np.maximum(p, np.finfo(np.float32).tiny))
