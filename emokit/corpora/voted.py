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
    words = {label: _word(label, labels) for label in votes.names(clips)}
    if not words:
        return clips
    counts = _added_up(votes.of(clips), words)
    leading, undecided = votes.plurality(counts), clips["emotion"].isna() & counts.notna().any(axis=1)
    why = pd.Series(None, clips.index, dtype="str")
    why[undecided & leading.isna()] = "no agreement: several emotions have most votes"
    why[undecided & (leading == OTHER)] = "most raters heard something else (other)"
    emotion = clips["emotion"].where(~undecided, leading).astype("str")
    told = clips.drop(columns=votes.columns(words)).assign(emotion=emotion)
    kept = told.join(counts.set_axis(votes.columns(counts), axis=1))[why.isna()].reset_index(drop=True)
    short = clips["file"].str.rsplit("/", n=2).str[-2:].str.join("/")  # no folders of this machine
    left_out = {reason: tally(files) for reason, files in short.groupby(why).agg(list).items()}
    own = not {*clips["corpus"]} <= {*PUBLISHED}  # of the others `corpora.mapping` tells it
    renamed = {label: word for label, word in words.items() if own and word not in ("", label)}
    more = {"left_out": left_out, "mapping": renamed}
    kept.attrs = clips.attrs | {key: clips.attrs.get(key, {}) | found for key, found in more.items()}
    if len(clips) and kept.empty:
        raise CorpusError(f"On none of the {len(clips):,} clips do the raters agree; give each an emotion of its own.")
    return kept


def _added_up(counts: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """Votes by our words in the order of the vocabulary, without those for ""; NaN where a clip has none."""
    renamed = counts.rename(columns=words).drop(columns="", errors="ignore")
    added = renamed.T.groupby(level=0).sum(min_count=1).T
    return added[in_order(added.columns)]


def _word(label: str, labels: Mapping[str, str]) -> str:
    """Our word for what a rater said, OTHER for no decision."""
    for name in (label, named(label)):
        if name in labels:
            return labels[name]
    return OTHER if is_undecided(label) else named(label)
