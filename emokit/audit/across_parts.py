"""Checks of a split: what do train, dev and test share, and do they hold the same mixture of classes?"""

from collections.abc import Iterator

import pandas as pd

from emokit import groups
from emokit.audit import duplicates, fingerprint
from emokit.audit.finding import Finding, listed, number, short
from emokit.certificate import overlaps
from emokit.splits import PARTS

DRIFT = 0.15  # share of the clips that would have to change class for two parts to agree


def speakers_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Speakers who are in two parts; a warning, since the splits `clip` and `table` may mean it."""
    for parts, names in _shared(clips, "speaker").items():
        remedy = "call the result speaker-dependent, or give each speaker to one part"
        yield Finding("warning", parts, f"share {number(len(names), 'speakers')}: {listed(names)}", remedy)


def content_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Recordings that are in two parts: copies are left out of all but one; a file that is listed in both stops."""
    for parts, files in _shared(clips, "file").items():
        found = f"share {number(len(files), 'files')}: {listed(map(short, files))}"
        yield Finding("severe", parts, found, "give each file to one part")
    for same in duplicates.copies(clips.dropna(subset="part"), 0):
        yield from _outside(same, "holds the same sound as")


def near_duplicates_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Recordings of which another part has a louder, resampled, trimmed or recoded copy: left out of all but one."""
    for same in duplicates.copies(clips.dropna(subset="part"), fingerprint.SAME):
        kept = same.loc[same["part"] == _keeps(same), "digest"]
        yield from _outside(same[~same["digest"].isin(kept) | same.index.isin(kept.index)], "sounds like a copy of")


def named_copies_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Clips that are named like copies of one in another part: left out of all but one."""
    parted = clips.dropna(subset="part")
    for _, same in parted.groupby(groups.by_name(parted)):
        yield from _outside(same, "is named like a copy of")


def groups_across_parts(clips: pd.DataFrame) -> Iterator[Finding]:
    """Recordings, dialogues and other groups that are in two parts, as a table of one's own may have it."""
    checks = (content_across_parts, near_duplicates_across_parts, named_copies_across_parts)
    copies = {finding.file for check in checks for finding in check(clips)}
    rest = clips[~clips["file"].isin(copies)]
    for parts, names in _shared(rest.assign(group=groups.of(rest)), "group").items():
        found = f"share {number(len(names), 'groups')} of clips that belong together, such as that of "
        found += names[0].split(" ", 1)[1]
        yield Finding("warning", parts, found, "say so beside your result, or give each group to one part")


def _keeps(same: pd.DataFrame) -> str:
    """Which part keeps its clips of one recording: the test, else dev."""
    return max(same["part"], key=PARTS.index)


def _outside(same: pd.DataFrame, relation: str) -> Iterator[Finding]:
    """The clips of one recording in the parts that do not keep it; a severe finding leaves each out."""
    keeps = _keeps(same)
    kept = same.loc[same["part"] == keeps, "file"]
    for clip in same[(same["part"] != keeps) & ~same["file"].isin(kept)].drop_duplicates("file").itertuples():
        found = f"is in {clip.part} and {relation} {short(kept.iloc[0])} in {keeps}"
        yield Finding("severe", short(clip.file), found, f"listen to both; {keeps} keeps its own", clip.file)


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
