"""Clips as a CSV file that any machine can read: paths relative to the corpus folder, with forward slashes."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emokit import atomic_files
from emokit.corpora.corpus import COLUMNS, CorpusError
from emokit.corpora.folder import inside, relative, root_of

TEXTS = {*COLUMNS, "take", "digest", "part", "failure", "reason"}  # never read as numbers: a take may be called 01
ROOT = "root"  # with several folders: to which of them, counted from 0, the file is relative


def write_clips(path: str | Path, clips: pd.DataFrame, data_dir: str | Path | Sequence[str | Path]) -> str:
    """Write clips as CSV, `file` relative to the folder (or to the one of several) that it lies in; gives its sha256.

    Raises:
        CorpusError: for a file outside.
    """
    roots = _roots(data_dir)
    places = [_place(file, roots) for file in clips["file"]]
    table = clips.assign(file=[name for name, _ in places])
    if len(roots) > 1:
        table[ROOT] = [number for _, number in places]
    return atomic_files.write_csv(path, table)


def read_clips(path: str | Path, data_dir: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """Clips as `write_clips` left them, their files absolute under the folder, which may stand elsewhere now.

    Raises:
        CorpusError: when it is no table of clips, or names a file outside of the folder.
    """
    roots = _roots(data_dir)
    table = read_table(path, pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""]))
    numbers = table.pop(ROOT).astype(int) if ROOT in table else pd.Series(0, table.index)
    if len(table) and not numbers.between(0, len(roots) - 1).all():
        raise CorpusError(f"{path} was written with {numbers.max() + 1} corpus folders; give as many, in that order.")
    table["file"] = [inside(roots[number], file, path) for file, number in zip(table["file"], numbers, strict=True)]
    return table


def read_table(path: str | Path, table: pd.DataFrame) -> pd.DataFrame:
    """A table of texts with its numeric columns as numbers.

    Raises:
        CorpusError: when the columns file or emotion are missing.
    """
    absent = [column for column in ("file", "emotion") if column not in table]
    if absent:
        raise CorpusError(
            f"{path} has no column {' and '.join(absent)}, only {', '.join(map(str, table.columns))}; "
            "name the columns file, emotion and speaker."
        )
    if table["file"].isna().any():
        row = table["file"].isna().to_numpy().argmax() + 2
        raise CorpusError(f"{path} names no file in line {row}; fill it in or remove the line.")
    return table.assign(**{column: _inferred(table[column]) for column in table.columns if column not in TEXTS})


def _inferred(column: pd.Series) -> pd.Series:
    """As numbers where all are, and none would lose a leading zero."""
    try:
        numbers = pd.to_numeric(column)
    except (ValueError, TypeError):
        return column
    return column if column.astype("str").str.match(r"[+-]?0\d").fillna(False).any() else numbers


def _roots(data_dir: str | Path | Sequence[str | Path]) -> list[Path]:
    folders = [data_dir] if isinstance(data_dir, str | Path) else data_dir
    return [root_of(folder) for folder in folders]


def _place(file: str, roots: list[Path]) -> tuple[str, int]:
    for number, root in enumerate(roots):
        name = relative(file, root)
        if name:
            return name, number
    raise CorpusError(f"{file} lies outside of {', '.join(map(str, roots))}; give the folder that the clips came from.")
