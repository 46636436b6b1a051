"""Stretches of one recording that share sound, by their times; and what is wrong where they are labelled apart."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from emokit.audio import fragment
from emokit.audit.finding import Finding, short
from emokit.groups import MOST_SHARED

SAME_SOUND = 0.5  # share of the longer of two stretches, above which they are one sound


def overlapping_segments(clips: pd.DataFrame) -> Iterator[Finding]:
    """Stretches of one recording that share sound; severe where that is most of both, and they are labelled apart."""
    pairs = overlaps(clips)
    one, other = (clips.iloc[pairs[name]].reset_index(drop=True) for name in ("one", "other"))
    columns = [column for column in ("emotion", "speaker") if column in clips]
    apart = (one[columns].notna() & other[columns].notna() & (one[columns] != other[columns])).any(axis=1)
    most = pairs["share"] > SAME_SOUND
    yield from _contradicting(one[apart & most], other[apart & most], pairs["share"][apart & most])
    remedy = "see that the times are right: another label is heard in them too"
    yield from _gathered(one[apart & ~most], other[apart & ~most], "warning", "of another label or speaker", remedy)
    yield from _gathered(one[~apart], other[~apart], "info", "of the same label", "keep them in one part of a split")


def _contradicting(one: pd.DataFrame, other: pd.DataFrame, share: pd.Series) -> Iterator[Finding]:
    """A finding for each of two stretches that are one sound under two labels."""
    both = [pd.concat([one, other]), pd.concat([other, one]), pd.concat([share, share])]
    named = set()
    for clip, against, part in zip(both[0].itertuples(), both[1].itertuples(), both[2], strict=True):
        if clip.file not in named:
            named.add(clip.file)
            labels = [_label(of, clip.speaker != against.speaker) for of in (clip, against)]
            found = f"is labelled {labels[0]} and shares {part:.0%} of its sound with {short(against.file)}"
            remedy = "find out which is right and leave out the rest"
            yield Finding("severe", short(clip.file), f"{found}, labelled {labels[1]}", remedy, clip.file)


def _gathered(one: pd.DataFrame, other: pd.DataFrame, severity: str, what: str, remedy: str) -> Iterator[Finding]:
    """One finding for all pairs of stretches of a corpus."""
    for name, of_corpus in one.groupby("corpus"):
        files = pd.concat([of_corpus["file"], other.loc[of_corpus.index, "file"]])
        first = [short(table["file"].loc[of_corpus.index[0]]) for table in (one, other)]
        found = f"{files.nunique()} stretches of recordings overlap others {what}, such as {' and '.join(first)}"
        yield Finding(severity, f"corpus {name}", found, remedy)


def _label(clip, with_speaker: bool) -> str:
    return f"{clip.emotion}, {clip.speaker}" if with_speaker and pd.notna(clip.speaker) else str(clip.emotion)


def overlaps(clips: pd.DataFrame) -> pd.DataFrame:
    """Pairs of clips that are stretches of one recording and share sound.

    Args:
        clips: with `file` and the measured `duration`.

    Returns:
        `one` and `other`, the number of its row, from 0; `share` of the longer of them that both hold.
    """
    parts = pd.DataFrame([fragment(file) for file in clips["file"]], columns=["path", "start", "end"])
    if parts["start"].isna().all():
        return pd.DataFrame({"one": [], "other": [], "share": []}).astype({"one": int, "other": int})
    times = parts.assign(start=parts["start"].fillna(0.0))
    times["end"] = times["start"] + clips["duration"].to_numpy()
    times = times[~clips["file"].duplicated().to_numpy() & times["end"].notna()]
    times = times[times["path"].duplicated(keep=False)].sort_values("start", kind="stable")
    pairs = [_overlaps(of_one) for _, of_one in times.groupby("path", sort=False)]
    table = pd.DataFrame(np.concatenate([np.empty((0, 3)), *pairs]), columns=["one", "other", "share"])
    return table.astype({"one": int, "other": int})


def _overlaps(times: pd.DataFrame) -> np.ndarray:
    """Rows (one, other, share of the longer) of the stretches of one recording, by start."""
    row, start, end = times.index.to_numpy(), times["start"].to_numpy(), times["end"].to_numpy()
    found = []
    for place, beyond in enumerate(np.searchsorted(start, end - MOST_SHARED)):
        later = slice(place + 1, max(place + 1, beyond))
        shared = np.minimum(end[place], end[later]) - start[later]
        longer = np.maximum(end[place] - start[place], end[later] - start[later])
        pairs = np.stack([np.full(len(shared), row[place]), row[later], shared / longer], axis=1)
        found.append(pairs[shared > MOST_SHARED])
    return np.concatenate(found)


def without_overlaps(clips: pd.DataFrame) -> pd.DataFrame:
    """Measured clips whose `alike` names no stretch of the same recording that overlaps them."""
    pairs = overlaps(clips)
    if pairs.empty:
        return clips
    digests = clips["digest"].to_numpy()
    known = {frozenset((digests[one], digests[other])) for one, other in zip(pairs["one"], pairs["other"], strict=True)}
    links = zip(clips["digest"], clips["alike"], strict=True)
    alike = [{to: errors for to, errors in near.items() if frozenset((own, to)) not in known} for own, near in links]
    return clips.assign(alike=pd.Series(alike, clips.index))
