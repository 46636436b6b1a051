"""The emotion that most raters heard, and their votes in our words."""

from collections.abc import Mapping

import pandas as pd

from emokit import votes
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import tally
from emokit.corpora.own.words import is_undecided
from emokit.corpora.published import PUBLISHED
from emokit.emotions import in_order, named

OTHER = "other"  # another emotion, or none that was decided for


def decided(clips: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Clips whose votes are for emotions in our words, and whose emotion is that of most votes where none was given.

    Votes for a label go by `labels` as the labels of clips do: {label as given, or its emotion: emotion}; those that
    became one emotion are added up, and "" drops them. A clip without an emotion of its own on which two emotions have
    most votes, or most voted for something else, is left out and named in `attrs["left_out"]`.

    Raises:
        CorpusError: when no clip is left.
    """
    given = votes.names(clips)
    if not given:
        return clips
    words = {label: _word(label, labels) for label in given}
    counts = votes.of(clips).rename(columns=words).drop(columns="", errors="ignore")
    counts = counts.T.groupby(level=0).sum(min_count=1).T
    counts = counts[in_order(counts.columns)]
    open_ = clips["emotion"].isna() & counts.notna().any(axis=1)
    leading = votes.plurality(counts)
    why = pd.Series(None, clips.index, dtype="str")
    why[open_ & leading.isna()] = "no agreement: several emotions have most votes"
    why[open_ & (leading == OTHER)] = "most raters heard something else (other)"
    emotion = clips["emotion"].where(~open_, leading)
    told = clips.drop(columns=votes.columns(given)).assign(emotion=emotion.astype("str"))
    kept = told.join(counts.set_axis(votes.columns(counts), axis=1))[why.isna()].reset_index(drop=True)
    short = clips["file"].str.rsplit("/", n=2).str[-2:].str.join("/")
    left_out = {reason: tally(files) for reason, files in short.groupby(why).agg(list).items()}
    own = not {*clips["corpus"]} <= {*PUBLISHED}  # of the others `corpora.mapping` tells it
    renamed = {label: word for label, word in words.items() if own and word not in ("", label)}
    kept.attrs = clips.attrs | {
        "left_out": clips.attrs.get("left_out", {}) | left_out, "mapping": clips.attrs.get("mapping", {}) | renamed,
    }  # fmt: skip
    if len(clips) and kept.empty:
        raise CorpusError(f"On none of the {len(clips):,} clips do the raters agree; give each an emotion of its own.")
    return kept


def _word(label: str, labels: Mapping[str, str]) -> str:
    """Our word for what a rater said, OTHER for no decision."""
    for name in (label, named(label)):
        if name in labels:
            return labels[name]
    return OTHER if is_undecided(label) else named(label)
