"""Checks between clips: is the same recording there twice, and under which names?"""

from collections.abc import Iterator
from contextlib import suppress

import pandas as pd

from emokit import atomic_files
from emokit.audit import fingerprint
from emokit.audit.finding import Finding, listed, short
from emokit.audit.unreadable import SILENT

SURE = 0.12  # share of the fingerprint: copies stay below, other recordings lie above 0.3


def duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice with the same label and speaker: named at each file after the first."""
    for same in _same_sound(clips):
        if len(_values(same, "emotion")) < 2 and len(_values(same, "speaker")) < 2:
            first, *others = same.itertuples()
            for other in others:
                found = f"holds the same {_what(first.file, other.file)} as {short(first.file)}"
                if other.file == first.file:
                    found = "is listed twice"
                yield Finding("warning", short(other.file), found, "keep one of them", other.file)


def conflicting_labels(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice, or a sure copy of it, with different labels."""
    yield from _conflicts(clips, "emotion", "labelled")


def conflicting_speakers(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice, or a sure copy of it, with different speakers, who may land in different parts."""
    yield from _conflicts(clips, "speaker", "said to be spoken by")


def near_duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same recording at another level or rate, trimmed, or in another code: named once a file."""
    named = set()
    for one, other, errors in _near(clips):
        differing = [column for column in ("emotion", "speaker") if _differ(one, other, column)]
        if other.file in named or (differing and errors < SURE):  # those are conflicts
            continue
        named.add(other.file)
        found = f"sounds like a copy of {short(one.file)} ({errors:.0%} of the fingerprint differs)"
        for column in differing:
            found += f", but that one is {getattr(one, column)} and this one {getattr(other, column)}"
        remedy = "listen to both and keep one" + (", and see that its label is right" if differing else "")
        yield Finding("warning", short(other.file), found, remedy, other.file)


def _conflicts(clips: pd.DataFrame, column: str, verb: str) -> Iterator[Finding]:
    remedy = "find out which is right and leave out the rest"
    for same in _same_sound(clips):
        if len(_values(same, column)) < 2:
            continue
        for file, rows in same.groupby("file", sort=False):
            others = same[same["file"] != file]
            names = [f"{short(other.file)} ({getattr(other, column)})" for other in others.itertuples()]
            found = f"is {verb} {listed(rows[column])}"
            found += f" and holds the same sound as {listed(names)}" if names else ", listed more than once"
            yield Finding("severe", short(file), found, remedy, file)
    for one, other, errors in _near(clips):
        if errors < SURE and _differ(one, other, column):
            for clip, copy in ((one, other), (other, one)):
                found = f"is {verb} {getattr(clip, column)} and is a copy, in other samples, of {short(copy.file)}"
                yield Finding("severe", short(clip.file), f"{found} ({getattr(copy, column)})", remedy, clip.file)


def _near(clips: pd.DataFrame) -> Iterator[tuple]:
    """Pairs of rows that hold one recording in different samples, and which share of the fingerprint differs."""
    heard = _with_sound(clips)
    for a, b, errors in fingerprint.near_duplicates(tuple(heard["fingerprint"])):
        one, other = heard.iloc[a], heard.iloc[b]
        if one.digest != other.digest:
            yield one, other, errors


def _differ(one, other, column: str) -> bool:
    values = getattr(one, column, None), getattr(other, column, None)
    return pd.notna(values[0]) and pd.notna(values[1]) and values[0] != values[1]


def _with_sound(clips: pd.DataFrame) -> pd.DataFrame:
    return clips[clips["failure"].isna() & (clips["peak"] >= SILENT)]


def _same_sound(clips: pd.DataFrame) -> Iterator[pd.DataFrame]:
    heard = _with_sound(clips)
    for _, same in heard[heard.duplicated("digest", keep=False)].groupby("digest", sort=False):
        yield same


def _values(same: pd.DataFrame, column: str) -> set:
    return set(same[column].dropna()) if column in same else set()


def _what(file: str, other: str) -> str:
    with suppress(OSError):  # removed since it was measured
        return "bytes" if atomic_files.sha256(file) == atomic_files.sha256(other) else "sound in other bytes"
    return "sound"
