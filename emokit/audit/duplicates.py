"""Checks between clips: is the same recording there twice, and under which names?

Copies are named by groups, a finding for each file in them: pairs would be thousands where a clip has many copies.
Stretches of one recording that overlap are told by their times, in `overlaps.py`, not by how they sound.
"""

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pandas as pd

from emokit import atomic_files
from emokit.audit import fingerprint
from emokit.audit.each_recording import SILENT
from emokit.audit.finding import Finding, listed, short
from emokit.audit.overlaps import without_overlaps

SURE = 0.12  # share of the fingerprint: only copies with noise reach 0.14, other recordings lie above 0.34


def duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice with the same label and speaker: named at each file after the first."""
    for same in copies(clips, 0):
        if _disputed(same):
            continue
        times = same["file"].value_counts(sort=False)
        first, remedy = times.index[0], "keep one of them"
        content = _content(first)
        for file, number in times.items():
            if number > 1:
                found = "is listed twice" if number == 2 else f"is listed {number} times"
                yield Finding("warning", short(file), found, remedy, file)
            if file != first:
                what = _what(content, _content(file))
                yield Finding("warning", short(file), f"holds the same {what} as {short(first)}", remedy, file)


def conflicting_labels(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice, or a sure copy of it, with different labels."""
    yield from _conflicts(clips, "emotion", "labelled")


def conflicting_speakers(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same sound twice, or a sure copy of it, with different speakers, who may land in different parts."""
    yield from _conflicts(clips, "speaker", "said to be spoken by")


def near_duplicates(clips: pd.DataFrame) -> Iterator[Finding]:
    """The same recording at another level or rate, trimmed, or in another code: named at each file after the first."""
    apart = without_overlaps(clips)
    disputed = {digest for same in copies(apart, SURE) if _disputed(same) for digest in same["digest"]}
    sounds = _with_sound(apart).drop_duplicates("digest").set_index("digest", drop=False)
    for same in copies(sounds, fingerprint.SAME):
        for clip in same.iloc[1:].itertuples():
            if clip.digest in disputed:  # those are conflicts
                continue
            closest = min((digest for digest in clip.alike if digest in sounds.index), key=clip.alike.get)
            other, errors = sounds.loc[closest], clip.alike[closest]
            found = f"sounds like a copy of {short(other.file)} ({errors:.0%} of the fingerprint differs)"
            found += f", one of {len(same)} that sound alike" if len(same) > 2 else ""
            differing = [column for column in ("emotion", "speaker") if _differ(clip, other, column)]
            for column in differing:
                found += f", but that one is {getattr(other, column)} and this one {getattr(clip, column)}"
            remedy = "listen to both and keep one" + (", and see that its label is right" if differing else "")
            yield Finding("warning", short(clip.file), found, remedy, clip.file)


def copies(clips: pd.DataFrame, most: float) -> Iterator[pd.DataFrame]:
    """Groups of clips that hold one recording, in the order of the rows.

    Args:
        clips: with their measurements.
        most: share of the fingerprint, below which two clips are joined; 0 joins only the same samples.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sounds = _with_sound(clips)
    number, digests = pd.factorize(sounds["digest"])
    if most and len(digests):
        places = {digest: place for place, digest in enumerate(digests)}
        alike = zip(digests, sounds.drop_duplicates("digest")["alike"], strict=True)
        near = [(one, other) for one, others in alike for other, errors in others.items() if errors < most]
        pairs = [(places[one], places[other]) for one, other in near if other in places]
        rows, columns = np.array(pairs, int).reshape(-1, 2).T
        graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(digests), len(digests)))
        number = connected_components(graph, directed=False)[1][number]
    number = pd.Series(number, sounds.index)
    several = number.duplicated(keep=False).to_numpy()
    for _, same in sounds[several].groupby(number[several].to_numpy(), sort=False):
        yield same


def _conflicts(clips: pd.DataFrame, column: str, verb: str) -> Iterator[Finding]:
    for same in copies(without_overlaps(clips), SURE):
        if len(_values(same, column)) < 2:
            continue
        known = same.dropna(subset=column)
        names = known.groupby("file", sort=False)[column].agg(lambda values: listed(dict.fromkeys(values)))
        texts = [(values, f"{short(file)} ({values})") for file, values in names.items()]
        copied = "holds the same sound as" if same["digest"].nunique() == 1 else "is a copy, in other samples, of"
        for file, values in names.items():
            others = [text for theirs, text in texts if theirs != values]
            found = f"is {verb} {values}" + (f" and {copied} {listed(others)}" if others else ", listed more than once")
            yield Finding("severe", short(file), found, "find out which is right and leave out the rest", file)


def _differ(one, other, column: str) -> bool:
    values = getattr(one, column, None), getattr(other, column, None)
    return pd.notna(values[0]) and pd.notna(values[1]) and values[0] != values[1]


def _with_sound(clips: pd.DataFrame) -> pd.DataFrame:
    return clips[clips["peak"] >= SILENT]


def _values(same: pd.DataFrame, column: str) -> set:
    return set(same[column].dropna()) if column in same else set()


def _disputed(same: pd.DataFrame) -> bool:
    return any(len(_values(same, column)) > 1 for column in ("emotion", "speaker"))


def _content(file: str) -> str | None:
    with suppress(OSError):  # removed since it was measured, or a stretch, of which there are no bytes
        return atomic_files.sha256(file)
    return None


def _what(content: str | None, other: str | None) -> str:
    if content is None or other is None:
        return "sound"
    return "bytes" if content == other else "sound in other bytes"
