"""Clips as a CSV file that any machine can read: paths relative to the corpus folder, with forward slashes."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emokit import atomic_files
from emokit.audio import fragment
from emokit.corpora.corpus import COLUMNS, CorpusError
from emokit.corpora.folder import as_list, inside, relative, root_of

# Never read as numbers: a take may be called 01, and an emotion 1.
TEXTS = {*COLUMNS, "take", "digest", "part", "failure", "reason", "verdict", "label", "note", "sex_given", "recording"}
TEXTS |= {"predicted", "suggested", "run", "severity", "check", "subject", "found", "remedy"}
ROOT = "root"  # with several folders: to which of them, counted from 0, the file is relative


def write_clips(path: str | Path, clips: pd.DataFrame, data_dir: str | Path | Sequence[str | Path]) -> str:
    """Write clips, or any table with a column `file`, as CSV; gives its sha256.

    The files are written relative to `data_dir`, or to that of several which holds them; NA stays so. A `recording`
    that is the path of a file follows it. One outside is a CorpusError.
    """
    roots = roots_of(data_dir)
    places = [place(file, roots) for file in clips["file"]]
    table = _renamed(clips, [name for name, _ in places])
    if len(roots) > 1:
        table[ROOT] = [number for _, number in places]
    return atomic_files.write_csv(path, table)


def read_clips(path: str | Path, data_dir: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """Read what `write_clips` left, the files absolute under the folder, which may stand elsewhere now.

    Raises:
        CorpusError: when there is no column `file`, or it names one outside of the folder.
    """
    roots = roots_of(data_dir)
    table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    if "file" not in table:
        raise CorpusError(f"{path} has no column file, only {', '.join(table)}; it is no table of clips.")
    numbers = table.pop(ROOT).astype(int) if ROOT in table else pd.Series(0, table.index)
    if len(table) and not numbers.between(0, len(roots) - 1).all():
        raise CorpusError(f"{path} was written with {numbers.max() + 1} corpus folders; give as many, in that order.")
    there = table["file"].notna()
    named = zip(numbers[there], table["file"][there], strict=True)
    files = table["file"].copy()
    files[there] = [inside(roots[number], file, path) for number, file in named]
    return with_numbers(_renamed(table, files))


def with_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """A table of texts, those columns as numbers in which all are and none would lose a leading zero."""
    return table.assign(**{column: _inferred(table[column]) for column in table.columns if column not in TEXTS})


def roots_of(data_dir: str | Path | Sequence[str | Path]) -> list[Path]:
    """The folders that paths are relative to, of one `data_dir` or several."""
    return [root_of(folder) for folder in as_list(data_dir)]


def place(file: str, roots: list[Path]) -> tuple[str | None, int]:
    """A file's path relative to the first root that holds it, and that root's number; (None, 0) for NA.

    Raises:
        CorpusError: for a file outside.
    """
    if pd.isna(file):
        return None, 0
    for number, root in enumerate(roots):
        name = relative(file, root)
        if name:
            return name, number
    raise CorpusError(f"{file} lies outside of {', '.join(map(str, roots))}; give the folder that the clips came from.")


def _renamed(table: pd.DataFrame, files: Sequence[str | None]) -> pd.DataFrame:
    """A table with other names of its files, and of those recordings that are called as their file was."""
    renamed = table.assign(file=files)
    if "recording" in table:
        names = zip(table["recording"], table["file"], files, strict=True)
        renamed["recording"] = [_recording(name, old, new) for name, old, new in names]
    return renamed


def _recording(name: str, old: str, new: str) -> str:
    """The new name of a recording whose clip had an old one; as it is if that was none of its file."""
    if pd.isna(name) or pd.isna(old) or not old.startswith(name):
        return name
    times = min(len(file) - len(fragment(file)[0]) for file in (old, new))  # only the absolute one knows a whole file
    return new[: len(new) - times] if name == old[: len(old) - times] else name


def _inferred(column: pd.Series) -> pd.Series:
    if column.isna().all() or column.astype("str").str.match(r"[+-]?0\d").fillna(False).any():
        return column
    try:
        return pd.to_numeric(column)
    except (ValueError, TypeError):
        return column
