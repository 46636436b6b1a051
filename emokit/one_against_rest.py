"""How well the probability of each class tells its clips from all others, whatever the threshold: ROC and PR curves."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from emokit import metrics


class Curves(NamedTuple):
    """One class against the rest.

    Attributes:
        false_alarms: share of the other clips that pass a threshold, and
        hits: share of its own; the ROC curve, float (thresholds,).
        recall: share of its own clips that pass a threshold, and
        precision: share of its own among those that pass; the PR curve.
        auc: area under the ROC curve: how often a clip of it has a higher probability than another; 0.5 is chance.
        average_precision: mean precision, weighed by what each threshold adds to the recall; chance is `share`.
        share: of its clips among all.
    """

    false_alarms: np.ndarray
    hits: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    auc: float
    average_precision: float
    share: float


def curves(predictions: pd.DataFrame) -> dict[str, Curves]:
    """The curves of each class that has clips, and has others beside them, by scikit-learn.

    Args:
        predictions: columns `emotion`, `p_<emotion>` …, of one part.
    """
    from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_curve

    found = {}
    for name, p in metrics.probabilities(predictions).items():
        own = (predictions["emotion"] == name).to_numpy()
        if not 0 < own.sum() < len(own):
            continue
        false_alarms, hits, _ = roc_curve(own, p)
        precision, recall, _ = precision_recall_curve(own, p)
        areas = float(auc(false_alarms, hits)), float(average_precision_score(own, p))
        found[name] = Curves(false_alarms, hits, recall, precision, *areas, float(own.mean()))
    return found
