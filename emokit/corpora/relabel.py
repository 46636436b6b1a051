"""Labels by the user's leave: renamed, merged, kept apart or left out, alike for published corpora and your own."""

from collections.abc import Mapping, Sequence
from unicodedata import normalize

import pandas as pd

from emokit import votes
from emokit.corpora.corpus import CorpusError, near
from emokit.corpora.folder import tally
from emokit.emotions import in_order, named


def relabelled(clips: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Clips whose emotions are what `labels` says: {label as given, or its emotion: emotion, "" leaves out}.

    A clip goes by its column `label` where `labels` names that, else by `emotion`: with {"exc": "excited", "happy":
    "glad"} what was given as hap becomes glad, and exc excited. The new words stay as they are written. A clip whose
    label stands for no emotion (xxx, other) and is not named is left out.

    Args:
        clips: with column `emotion`; `label` is what the corpus calls it, and is made where it is not there.
        labels: what to change; {} leaves out what stands for no emotion, and nothing else.

    Returns:
        The clips with new index. `attrs["mapping"]` has what was renamed, `attrs["left_out"]` what was left out.

    Raises:
        CorpusError: for a label that no clip has, with near matches, and when no clip is left.
    """
    return all_relabelled([clips], labels)[0]


def all_relabelled(tables: Sequence[pd.DataFrame], labels: Mapping[str, str]) -> list[pd.DataFrame]:
    """`relabelled` for several corpora: each label is of one of them at least."""
    labels = {_nfc(label): _nfc(emotion) for label, emotion in labels.items()}
    known = [_labels(clips) | _voted(clips) for clips in tables]
    for label in labels:
        if not any(label in names for names in known):
            _refuse(label, set().union(*known))
    mine = [{label: labels[label] for label in labels if label in names} for names in known]
    return [_relabelled(clips, own) for clips, own in zip(tables, mine, strict=True)]


def _relabelled(clips: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    label = _given(clips)
    by_label, by_emotion = (column.map(labels).astype("str") for column in (label, clips["emotion"]))
    emotion = by_label.fillna(by_emotion).fillna(clips["emotion"])
    why = pd.Series(None, clips.index, dtype="str")
    why[emotion.isna() & label.notna()] = "which stands for no emotion"
    why[emotion == ""] = "as asked by labels"
    if not labels and why.isna().all():
        return clips
    kept = clips.assign(emotion=emotion, label=label)[why.isna()].reset_index(drop=True)
    short = clips["file"].str.rsplit("/", n=2).str[-2:].str.join("/")  # no folders of this machine
    out = short.groupby("label " + label.map(repr) + ", " + why).agg(list)
    left_out = clips.attrs.get("left_out", {}) | {reason: tally(files) for reason, files in out.items()}
    renamed = {name: new for name, new in labels.items() if new}
    before = {name: new for name, new in clips.attrs.get("mapping", {}).items() if name not in labels}
    kept.attrs = clips.attrs | {"left_out": left_out, "mapping": before | renamed}
    if len(clips) and kept.empty:
        reasons = "; ".join(f"{reason}: {files}" for reason, files in left_out.items())
        raise CorpusError(f"None of the {len(clips):,} clips is left ({reasons}); name other labels.")
    return kept


def _given(clips: pd.DataFrame) -> pd.Series:
    """What the corpus calls the emotion of each clip; its emotion where it says nothing else."""
    return clips["label"].fillna(clips["emotion"]) if "label" in clips else clips["emotion"]


def _labels(clips: pd.DataFrame) -> set[str]:
    return {*_given(clips).dropna().unique(), *clips["emotion"].dropna().unique()}


def _voted(clips: pd.DataFrame) -> set[str]:
    """What raters said of the clips, as they said it and in our words; `voted.decided` relabels it."""
    return {word for label in votes.names(clips) for word in (label, named(label))}


def _refuse(label: str, known: set[str]) -> None:
    named = in_order(known)
    listed = ", ".join(named[:20]) + (" …" if len(named) > 20 else "")
    raise CorpusError(f"labels names {label!r}, but no clip has it{near(label, known)}; the labels are {listed}.")


def _nfc(text: str) -> str:
    return normalize("NFC", text)
