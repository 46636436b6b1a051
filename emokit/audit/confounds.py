"""Is the label given away by something trivial? Then any model looks good on this corpus."""

from collections.abc import Iterator, Sequence

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
    labels, _ = pd.factorize(heard["emotion"])
    folds = speaker_folds(labels, heard["speaker"])
    for name, values in TRIVIAL.items():
        column = values(heard).to_numpy(float)
        if np.ptp(column) == 0:
            continue
        uar = tree_uar(column, labels, folds)
        telling = uar > TELLING and name not in UNHEARD
        found = f"{name} alone predicts the class with UAR {uar:.0%} (chance {1 / n_classes:.0%})"
        remedy = "even it out, or report it beside your result" if telling else "hold your result against it"
        if name in UNHEARD:
            remedy = "nothing, no model here reads it; a shuffle of the files would hide it"
        yield Finding("warning" if telling else "info", name, found, remedy)


def tree_uar(fact: np.ndarray, labels: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Cross-validated UAR of a decision tree of depth 3.

    Args:
        fact: float (clips,).
        labels: int (clips,).
        folds: rows to grow the tree on, and rows to ask it about.
    """
    from sklearn.metrics import recall_score
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=2, class_weight="balanced", random_state=0)
    predicted = cross_val_predict(tree, fact[:, np.newaxis], labels, cv=folds)
    return float(recall_score(labels, predicted, average="macro", labels=np.unique(labels)))


def speaker_folds(labels: np.ndarray, speakers: pd.Series) -> list[tuple[np.ndarray, np.ndarray]]:
    """Up to five folds of rows, no speaker on both sides where there are several (`speakers` may hold NA)."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    n_speakers = speakers.nunique()
    if speakers.notna().all() and n_speakers > 1:
        folds, groups = StratifiedGroupKFold(min(FOLDS, n_speakers)), pd.factorize(speakers)[0]
    else:
        folds, groups = StratifiedKFold(min(FOLDS, np.bincount(labels).min()), shuffle=True, random_state=0), None
    return list(folds.split(labels, labels, groups))
