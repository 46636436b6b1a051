"""Is the label given away by something trivial? Then any model looks good on this corpus."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from emokit.audit.finding import Finding
from emokit.audit.unreadable import SILENT

DEPTH = 3
FOLDS = 5
FEWEST = 4  # clips of a class; with fewer nothing can be cross-validated
TELLING = 0.8  # UAR from which one trivial fact makes results worthless
TRIVIAL = {
    "loudness": lambda clips: np.log(clips["rms"]),
    "duration": lambda clips: clips["duration"],
    "sampling rate": lambda clips: clips["rate"],
    "silence": lambda clips: clips["silence"],
    "file order": lambda clips: clips["file"].groupby(clips["speaker"].fillna("")).rank(pct=True),
}
UNHEARD = {"file order"}  # no model reads it: told, but no reason for alarm


def confounds(clips: pd.DataFrame) -> Iterator[Finding]:
    """How well each trivial fact predicts the class of speakers it has not seen: UAR of a shallow decision tree."""
    heard = clips[clips["failure"].isna() & (clips["peak"] >= SILENT) & clips["emotion"].notna()]
    heard = heard[heard.groupby("emotion")["file"].transform("size") >= FEWEST]
    n_classes = heard["emotion"].nunique()
    if n_classes < 2:
        return
    for name, values in TRIVIAL.items():
        column = values(heard).to_numpy(float)
        if np.ptp(column) == 0:
            continue
        uar = tree_uar(column[:, np.newaxis], heard["emotion"], heard["speaker"])
        telling = uar > TELLING and name not in UNHEARD
        found = f"{name} alone predicts the class with UAR {uar:.0%} (chance {1 / n_classes:.0%})"
        remedy = "even it out, or report it beside your result" if telling else "hold your result against it"
        if name in UNHEARD:
            remedy = "nothing, no model here reads it; a shuffle of the files would hide it"
        yield Finding("warning" if telling else "info", name, found, remedy)


def tree_uar(values: np.ndarray, labels: pd.Series, speakers: pd.Series) -> float:
    """Cross-validated UAR of a decision tree of depth 3, over speakers it was not grown on where there are several.

    Args:
        values: float (clips, facts).
        labels: of the clips.
        speakers: of the clips; may hold NA.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=2, class_weight="balanced", random_state=0)
    labels = labels.astype(str).to_numpy()
    n_speakers = speakers.nunique()
    if speakers.notna().all() and n_speakers > 1:
        folds, groups = StratifiedGroupKFold(min(FOLDS, n_speakers)), speakers.astype(str).to_numpy()
    else:
        fewest = np.unique(labels, return_counts=True)[1].min()
        folds, groups = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=0), None
    predicted = cross_val_predict(tree, values, labels, groups=groups, cv=folds)
    return float(balanced_accuracy_score(labels, predicted))
