"""Checks between clips: is the same recording there twice, and under which names?"""

from collections.abc import Iterator

import pandas as pd

from emokit import atomic_files
from emokit.audit import fingerprint
from emokit.audit.finding import Finding, listed, short
from emokit.audit.unreadable import SILENT


def duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice with the same label and speaker: named at each file after the first."""
    for same in _same_sound(clips):
        if len(_values(same, "emotion")) < 2 and len(_values(same, "speaker")) < 2:
            first, *others = same.itertuples()
            for other in others:
                found = f"holds the same {_what(first.file, other.file)} as {short(first.file)}"
                yield Finding("warning", short(other.file), found, "keep one of them", other.file)


def conflicting_labels(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice with different labels."""
    yield from _conflicts(clips, "emotion", "labelled")


def conflicting_speakers(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice with different speakers, who may land in different parts."""
    yield from _conflicts(clips, "speaker", "said to be spoken by")


def near_duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same recording at another level or rate, trimmed, or in another code."""
    heard = _with_sound(clips)
    for a, b, errors in fingerprint.near_duplicates(list(heard["fingerprint"])):
        one, other = heard.iloc[a], heard.iloc[b]
        if one["digest"] == other["digest"]:
            continue
        found = f"sounds like a copy of {short(one['file'])} ({errors:.0%} of the fingerprint differs)"
        remedy = "listen to both and keep one"
        for column in ("emotion", "speaker"):
            if column in heard and one[column] != other[column]:
                found += f", but that one is {one[column]} and this one {other[column]}"
                remedy = "listen to both, keep one, and see that its label is right"
        yield Finding("warning", short(other["file"]), found, remedy, other["file"])


def _conflicts(clips: pd.DataFrame, column: str, verb: str) -> Iterator[Finding]:
    for same in _same_sound(clips):
        if len(_values(same, column)) < 2:
            continue
        for clip in same.itertuples():
            others = same[same["file"] != clip.file].itertuples()
            names = [f"{short(other.file)} ({getattr(other, column)})" for other in others]
            found = f"is {verb} {getattr(clip, column)} and holds the same sound as {listed(names)}"
            remedy = "find out which is right and leave out the rest"
            yield Finding("severe", short(clip.file), found, remedy, clip.file)


def _with_sound(clips: pd.DataFrame) -> pd.DataFrame:
    return clips[clips["failure"].isna() & (clips["peak"] >= SILENT)]


def _same_sound(clips: pd.DataFrame) -> Iterator[pd.DataFrame]:
    heard = _with_sound(clips)
    for _, same in heard[heard.duplicated("digest", keep=False)].groupby("digest", sort=False):
        yield same


def _values(same: pd.DataFrame, column: str) -> set:
    return set(same[column].dropna()) if column in same else set()


def _what(file: str, other: str) -> str:
    return "bytes" if atomic_files.sha256(file) == atomic_files.sha256(other) else "sound in other bytes"
