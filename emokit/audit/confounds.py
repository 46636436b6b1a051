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
    for name, uar, chance in giveaways(clips).itertuples():
        telling = uar > TELLING and name not in UNHEARD
        found = f"{name} alone predicts the class with UAR {uar:.0%} (chance {chance:.0%})"
        remedy = "even it out, or report it beside your result" if telling else "hold your result against it"
        if name in UNHEARD:
            remedy = "nothing, no model here reads it; a shuffle of the files would hide it"
        yield Finding("warning" if telling else "info", name, found, remedy)


def giveaways(clips: pd.DataFrame) -> pd.DataFrame:
    """UAR of a shallow decision tree that knows one trivial fact of each clip, and chance.

    Args:
        clips: with their measurements, as `audit.measure` gives.

    Returns:
        A row a fact that is not the same for all clips: `uar` and `chance` (0 … 1). No row where there is one class.
    """
    heard = clips[clips["failure"].isna() & (clips["peak"] >= SILENT) & clips["emotion"].notna()]
    heard = heard[heard.groupby("emotion")["file"].transform("size") >= FEWEST]
    labels, classes = pd.factorize(heard["emotion"])
    rows = {}
    if len(classes) > 1:
        folds = speaker_folds(labels, heard["speaker"])
        columns = {name: fact(heard).to_numpy(float) for name, fact in TRIVIAL.items()}
        rows = {name: tree_uar(fact, labels, folds) for name, fact in columns.items() if np.ptp(fact)}
    return pd.DataFrame({"uar": pd.Series(rows, dtype=float), "chance": 1 / max(1, len(classes))})


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
