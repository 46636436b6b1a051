"""Checks of a split: what do train, dev and test share, and do they hold the same mixture of classes?"""

from collections.abc import Iterator

import pandas as pd

from emokit.audit import duplicates, fingerprint
from emokit.audit.finding import Finding, listed, short
from emokit.certificate import overlaps

DRIFT = 0.15  # share of the clips that would have to change class for two parts to agree


def speakers_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Speakers who are in two parts; a warning, since the split `clip` means it and the certificate refuses others."""
    for parts, names in _shared(clips, "speaker").items():
        remedy = "call the result speaker-dependent, or give each speaker to one part"
        yield Finding("warning", parts, f"share {len(names)} speakers: {listed(names)}", remedy)


def content_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Recordings that are in two parts."""
    for parts, digests in _shared(clips, "digest").items():
        files = [short(file) for file in clips.loc[clips["digest"].isin(digests), "file"]]
        yield Finding("severe", parts, f"share {len(digests)} recordings: {listed(files)}", "leave the copies out")


def near_duplicates_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Recordings of which another part has a louder, resampled, trimmed or recoded copy: named outside the first's."""
    for same in duplicates.copies(clips.dropna(subset="part"), fingerprint.SAME):
        first = same.iloc[0]
        away = same[(same["part"] != first["part"]) & (same["digest"] != first["digest"])]
        for clip in away.drop_duplicates("file").itertuples():
            found = f"is in {clip.part} and sounds like a copy of {short(first['file'])} in {first['part']}"
            yield Finding("warning", short(clip.file), found, "listen to both and leave one out", clip.file)


def sentences_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Sentences that are in two parts, as in most scripted corpora."""
    shared = _shared(clips, "sentence")
    remedy = "say so beside your result, or try the split `speaker+sentence`"
    if not any("test" in parts for parts in shared):
        remedy = "nothing: the test has sentences of its own"
    for parts, names in shared.items():
        found = f"share {len(names)} of {clips['sentence'].nunique()} sentences"
        yield Finding("info", parts, found, remedy)


def label_drift(clips: pd.DataFrame) -> Iterator[Finding]:
    """Parts whose classes are mixed unlike those of train."""
    shares = pd.crosstab(clips["part"], clips["emotion"], normalize="index")
    for part in shares.index.intersection(["dev", "test"]) if "train" in shares.index else ():
        drift = (shares.loc[part] - shares.loc["train"]).abs().sum() / 2
        if drift > DRIFT:
            found = f"{drift:.0%} of its clips would have to change class to match train"
            yield Finding("warning", part, found, "judge by UAR, or choose another fold")


def _shared(clips: pd.DataFrame, column: str) -> dict[str, list[str]]:
    """Which names of a column are in both of two parts, for those that share any."""
    return {parts: names for parts, names in overlaps(clips, column).items() if names}
