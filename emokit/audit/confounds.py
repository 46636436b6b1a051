"""Is the label given away by something trivial? Then any model looks good on this corpus."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from emokit.audit.each_recording import SILENT
from emokit.audit.finding import Finding, listed
from emokit.audit.measurements import INAUDIBLE

FOLDS = 5
MOST = 20_000  # clips; drawn of more, which would take minutes and tell the same to half a point
FEWEST = 4  # clips of a class; with fewer nothing can be cross-validated
TELLING = 0.8  # UAR from which one trivial fact makes results worthless
# Standard deviations of guessing that a UAR has to be above chance: of fifteen facts that mean nothing, one is told in
# one corpus of twenty; simulated, 0.4 % of such facts get so far, up to 4 % where the speakers have uneven classes.
BEYOND_GUESSING = 3
GIVEN_AWAY = 0.9  # balanced accuracy from which it gives one class away; clean RAVDESS and demo stay below 0.8
TRIVIAL = {
    "loudness": lambda clips: np.log(clips["rms"]),
    "peak": lambda clips: clips["peak"],
    "duration": lambda clips: clips["duration"],
    "leading silence": lambda clips: clips["leading"],
    "trailing silence": lambda clips: clips["trailing"],
    "noise floor": lambda clips: clips["floor"],
    "signal to noise": lambda clips: 20 * np.log10(clips["rms"]) - clips["floor"],
    "hum": lambda clips: clips["hum"],
    "DC offset": lambda clips: clips["dc"].where(clips["dc"].abs() > INAUDIBLE, 0.0),  # less is rounding
    "treble": lambda clips: clips["treble"],
    "bandwidth": lambda clips: clips["bandwidth"],
    "sampling rate": lambda clips: clips["rate"],
    "channels": lambda clips: clips["channels"],
    "codec": lambda clips: pd.Series(pd.factorize(clips["container"] + " " + clips["subtype"], sort=True)[0]),
    "file order": lambda clips: clips["file"].groupby(clips["speaker"].fillna("")).rank(pct=True),
}
# No model reads it: told, but no reason for alarm. An offset is none of these, though our own frames are taken without
# it: other features hear it, and a class that has one was recorded in another way than the rest.
UNHEARD = {"file order"}


def confounds(clips: pd.DataFrame) -> Iterator[Finding]:
    """How well each trivial fact that beats guessing predicts the class of unseen speakers: UAR of a small tree."""
    for name, row in giveaways(clips).iterrows():
        classes = row.drop(["uar", "chance", "guessing"])
        given_away = classes.index[classes > GIVEN_AWAY]
        if row["uar"] <= row["guessing"] and given_away.empty:  # one class may be told, and others below chance
            continue
        telling = name not in UNHEARD and (row["uar"] > TELLING or len(given_away) > 0)
        found = f"{name} alone tells the emotion with UAR {row['uar']:.0%} (chance {row['chance']:.0%})"
        if len(given_away) and row["uar"] <= TELLING:
            found += f" and gives {listed(given_away)} away ({classes.max():.0%} right against the rest)"
        remedy = "even it out, or report it beside your result" if telling else "a model has to do better than that"
        if name in UNHEARD:
            remedy = "nothing: no model here reads it"
        yield Finding("warning" if telling else "info", name, found, remedy)


def giveaways(clips: pd.DataFrame) -> pd.DataFrame:
    """How well a small decision tree that knows one trivial fact of each clip tells its emotion.

    Args:
        clips: with their measurements, as `audit.measure` gives.

    Returns:
        A row a fact that is not the same for all clips: `uar`, `chance`, `guessing` (which UAR guessing hardly ever
        exceeds), and a column a class, its balanced accuracy against the rest (all 0 … 1). No row for one class alone.
    """
    audible = clips[(clips["peak"] >= SILENT) & clips["emotion"].notna()]
    if len(audible) > MOST:
        audible = audible.sample(MOST, random_state=0)
    audible = audible[audible.groupby("emotion")["file"].transform("size") >= FEWEST]
    labels, classes = pd.factorize(audible["emotion"], sort=True)
    columns = ["uar", "chance", "guessing", *classes]
    if len(classes) < 2:
        return pd.DataFrame(columns=columns, dtype=float)
    folds = speaker_folds(labels, audible["speaker"])
    facts = {name: fact(audible).to_numpy(float) for name, fact in TRIVIAL.items()}
    rows = {name: _scores(labels, tree_says(fact, labels, folds)) for name, fact in facts.items() if np.ptp(fact)}
    return pd.DataFrame.from_dict(rows, "index", dtype=float, columns=columns)


def verdict(table: pd.DataFrame, own_uar: float) -> str:
    """Say in one sentence how a model stands against the trivial fact that tells most; `UNHEARD` ones do not count.

    Args:
        table: as `giveaways` gives.
        own_uar: of the model, 0 … 1.
    """
    table = table.drop(index=list(UNHEARD), errors="ignore")
    own = f"{100 * own_uar:.1f} % of this model"
    if table.empty:
        return f"no trivial fact differs between these clips, so none explains the UAR of {own}"
    fact, (best, guessing) = table["uar"].idxmax(), table[["uar", "guessing"]].max()
    if max(best, own_uar) <= guessing:
        return "neither a trivial fact nor this model tells the emotion better than guessing"
    if best <= guessing:
        return f"no trivial fact tells the emotion better than guessing, so none explains the UAR of {own}"
    reached = f"{fact} alone gives a UAR of {100 * best:.1f} %"
    if best < own_uar:
        return f"{reached}, less than the {own}"
    return f"{reached}, no less than the {own}: do not trust its result"


def _scores(labels: np.ndarray, answers: np.ndarray) -> list[float]:
    """UAR, chance, what guessing hardly exceeds, and the balanced accuracy of each class against the rest."""
    each, sizes = np.unique(labels, return_counts=True)
    chance = 1 / len(each)
    deviation = np.sqrt(chance * (1 - chance) * np.mean(1 / sizes) / len(each))  # of a mean of binomial shares
    hits = np.array([np.mean(answers[labels == one] == one) for one in each])
    false_alarms = np.array([np.mean(answers[labels != one] == one) for one in each])
    guessing = chance + BEYOND_GUESSING * deviation
    return [hits.mean(), chance, guessing, *((1 + hits - false_alarms) / 2)]


def tree_says(fact: np.ndarray, labels: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """What a decision tree with two leaves a class answers for clips that it was not grown on.

    Args:
        fact: float (clips,).
        labels: int (clips,).
        folds: rows to grow the tree on, and rows to ask it about.

    Returns:
        int (clips,).
    """
    from sklearn.tree import DecisionTreeClassifier

    n_classes = len(np.unique(labels))
    tree = DecisionTreeClassifier(max_leaf_nodes=2 * n_classes, min_samples_leaf=2, random_state=0)
    answers, fact = np.empty_like(labels), fact.astype(np.float32)[:, np.newaxis]
    for grown, asked in folds:
        weights = 1 / np.bincount(labels[grown], minlength=n_classes)[labels[grown]]  # "balanced", but faster
        tree.fit(fact[grown], labels[grown], weights, check_input=False)
        answers[asked] = tree.predict(fact[asked], check_input=False)
    return answers


def speaker_folds(labels: np.ndarray, speakers: pd.Series) -> list[tuple[np.ndarray, np.ndarray]]:
    """Up to five folds of rows, no speaker on both sides where there are several (`speakers` may hold NA)."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    n_speakers = speakers.nunique()
    if speakers.notna().all() and n_speakers > 1:
        folds, groups = StratifiedGroupKFold(min(FOLDS, n_speakers)), pd.factorize(speakers)[0]
    else:
        folds, groups = StratifiedKFold(min(FOLDS, np.bincount(labels).min()), shuffle=True, random_state=0), None
    return list(folds.split(labels, labels, groups))
