"""Checks of what is written about the clips: labels, speakers, and how many clips there should be."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from unicodedata import normalize

import pandas as pd

from emokit import corpora, emotions
from emokit.audit.finding import Finding, listed, short
from emokit.corpora import together
from emokit.corpora.own.words import is_missing


def missing_label(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips without an emotion."""
    for clip in clips[_blank(clips["emotion"])].itertuples():
        yield Finding("severe", short(clip.file), "has no emotion", "label it, or do without it", clip.file)


def unknown_label(clips: pd.DataFrame) -> Iterator[Finding]:
    """Emotions that are neither in the vocabulary nor words of the published corpora at hand, such as "amused"."""
    given = clips.loc[~_blank(clips["emotion"]), "emotion"].astype(str)
    published = corpora.mapping([name for name in clips["corpus"].dropna().unique() if name in corpora.PUBLISHED])
    for name, number in given[~given.isin([*emotions.EMOTIONS, *published.index])].value_counts().items():
        spelt = name.strip().lower()
        # Three letters are near to any other three: nan to ang, which is anger.
        near = get_close_matches(spelt, [*emotions.EMOTIONS, *emotions.SYNONYMS], n=1) if len(spelt) > 3 else []
        meant = emotions.SYNONYMS.get(near[0], near[0]) if near else None
        remedy = f"write {meant!r} if that is meant" if meant else f"use one of {', '.join(emotions.EMOTIONS)}"
        yield Finding("warning", f"emotion {name}", f"{number} clips are labelled {name!r}, an unknown emotion", remedy)


def missing_speaker(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips whose speaker is not told; where none is told, one finding for all."""
    blank = _blank(clips["speaker"])
    if len(clips) and blank.all():
        remedy = "name the speakers; without them only the speaker-dependent splits `clip` and `table` are possible"
        yield Finding("warning", "all clips", "no clip says who speaks", remedy)
        return
    for clip in clips[blank].itertuples():
        remedy = "name the speaker, or do without it"
        yield Finding("severe", short(clip.file), "does not say who speaks", remedy, clip.file)


def spelling(clips: pd.DataFrame) -> Iterator[Finding]:
    """Speakers or emotions whose names differ only in case, blanks or leading zeros, or in how an accent is coded."""
    risks = {"speaker": "one voice would be in two parts", "emotion": "one class would count as two"}
    for column, risk in risks.items():
        names = pd.Series(clips.loc[~_blank(clips[column]), column].astype(str).unique(), dtype="str")
        for plain, alike in names.groupby(names.map(_plainly)):
            if len(alike) > 1:
                only = "differ only in case, blanks or leading zeros, or in how an accent is coded"
                found = f"{listed(map(repr, alike))} {only}"
                yield Finding("warning", f"{column} {plain}", found, f"write one name if one is meant: {risk}")


def speakers_called_alike(clips: pd.DataFrame) -> Iterator[Finding]:
    """Speakers of two corpora, one of them your own, who have one name: they count as two people."""
    names = together.called_alike(clips)
    if names:
        found = f"{len(names)} names of speakers are in several corpora: {listed(names)}; they count as different"
        remedy = "if they are the same, load both as one corpus, by one name and several paths; else nothing"
        yield Finding("warning", "speakers called alike", found, remedy)


def counts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Corpora that have fewer or more clips than were published: whole speakers first, then what those at hand lack."""
    for name in clips["corpus"].dropna().unique():
        published = corpora.expected(name)
        if published is None:
            continue
        counted = clips[(clips["corpus"] == name) & _is_counted(clips, name)]
        there = counted["speaker"].value_counts()
        should = pd.Series(published["speakers"], dtype="int64")
        absent = [speaker for speaker in should.index if speaker not in there.index]
        if absent:
            found = f"{len(absent)} of {len(should)} speakers are not at hand: {listed(absent)}"
            yield Finding("warning", f"corpus {name}", found, "fetch the rest, or name them beside your result")
        for speaker in should.index.intersection(there.index):
            if there[speaker] != should[speaker]:
                yield _differs(f"speaker {speaker}", there[speaker], should[speaker])
        if should.empty:
            yield from _by_emotion(counted, published["emotions"])


def _is_counted(clips: pd.DataFrame, name: str) -> pd.Series:
    """Whether the published numbers mean a clip: of IEMOCAP they mean the usual classes, by the labels as published."""
    corpus = corpora.PUBLISHED[name]
    if not corpus.usual or "label" not in clips:
        return pd.Series(True, clips.index)
    return clips["label"].map(corpus.codes["emotion"]).isin(corpus.usual)


def _by_emotion(clips: pd.DataFrame, published: dict[str, int]) -> Iterator[Finding]:
    there = clips["emotion"].value_counts()
    for emotion, number in published.items():
        if there.get(emotion, 0) != number:
            yield _differs(f"emotion {emotion}", there.get(emotion, 0), number)


def _differs(subject: str, there: int, should: int) -> Finding:
    if there < should:
        found, remedy = f"{should - there} of {should} clips are missing", "extract or fetch the corpus again"
    else:
        found, remedy = f"{there} clips, but {should} were published", "look for copies, or for another edition"
    return Finding("warning", subject, found, remedy)


def _plainly(name: str) -> str:
    plain = " ".join(normalize("NFC", name.casefold()).split())
    return re.sub(r"(?<![\d.,])0+(?=\d)", "", plain)


def _blank(column: pd.Series) -> pd.Series:
    """Where nothing is known: NA, or a word that says so, such as nan or N/A."""
    return column.isna() | column.isin([word for word in column.dropna().unique() if is_missing(word)])
