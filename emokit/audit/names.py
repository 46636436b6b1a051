"""A check of how the files are called: are some named like copies of others?"""

import os
from collections.abc import Iterator

import pandas as pd

from emokit import corpora, groups
from emokit.audit.finding import Finding, short
from emokit.corpora.own.layout import same_names


def named_like_copies(clips: pd.DataFrame) -> Iterator[Finding]:
    """Files that are called like altered copies of others, x_pitch.wav of x.wav: one finding a corpus.

    Another one where folders of speakers hold the same names, and may be versions of the same recordings instead.
    """
    number = groups.by_name(clips)
    for corpus, rows in clips[number.notna()].groupby(clips["corpus"]):
        together = rows.groupby(number)["file"]
        copy, source = sorted(together.get_group(next(iter(together.groups))).unique(), key=len)[1::-1]
        n_files, n_groups = rows["file"].nunique(), together.ngroups
        found = f"{n_files} files are named like copies of one another, in {n_groups} groups, "
        found += f"such as {' and '.join(_told_apart(copy, source))}"
        remedy = "leave out what was made of other clips, since training varies its own (parameter augment)"
        yield Finding("warning", f"corpus {corpus}", found, f"{remedy}; splits keep each group in one part")
    for corpus, rows in clips.groupby("corpus"):
        if corpora.expected(corpus) is None and (found := same_names(rows)):
            remedy = "nothing, if these are people; if they are versions of the same recordings, tell who speaks"
            yield Finding("warning", f"corpus {corpus}", found, f"{remedy} by speaker_pattern or a table")


def _told_apart(*files: str) -> list[str]:
    """Files as they are shown; from where their folders differ, if the last ones do not."""
    shown = [short(file) for file in files]
    if len({*shown}) > 1:
        return shown
    return [os.path.relpath(file, os.path.commonpath(files)).replace(os.sep, "/") for file in files]
