"""Your own corpus as a table: a CSV or Parquet file with the columns file, emotion and speaker, others kept."""

import re
import warnings
from pathlib import Path

import pandas as pd

from emokit.corpora.clips_file import with_numbers
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import root_of
from emokit.corpora.own.cleaning import as_clips, own_name, texts


def read(data_dir: str | Path, name: str = "") -> pd.DataFrame:
    """The clips of a table.

    Args:
        data_dir: the CSV (comma, semicolon or tab, UTF-8) or Parquet file; its paths are relative to its folder.
        name: what to call the corpus where no column `corpus` says it; like the file by default.

    Returns:
        Clips as `corpora.load` describes.

    Raises:
        CorpusError: for a table that cannot be read, lacks a column, or names a file outside of its folder.
    """
    path = Path(data_dir)
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; give the CSV or Parquet file that lists its clips.")
    if not path.is_file():
        raise CorpusError(f"There is no table {path}; give a CSV or Parquet file with columns file, emotion, speaker.")
    table = _parquet(path) if path.suffix.lower() == ".parquet" else with_numbers(_csv(path))
    _check(path, table)
    clips = as_clips(table, name or own_name(path.stem, "table"), root_of(path), path)
    if not any(Path(file).exists() for file in clips["file"]):
        raise CorpusError(
            f"None of the {len(clips):,} files that {path} names is there, such as {clips['file'].iloc[0]}; "
            "its paths are read from the folder that it lies in."
        )
    return clips


def _check(path: Path, table: pd.DataFrame) -> None:
    absent = [column for column in ("file", "emotion") if column not in table]
    if absent:
        raise CorpusError(
            f"{path} has no column {' and '.join(absent)}, only {', '.join(map(str, table.columns))}; "
            "name the columns file, emotion and speaker."
        )
    if table.empty:
        raise CorpusError(f"{path} has no rows; list one clip a row.")
    blank = texts(table, "file").isna().to_numpy()
    if blank.any():
        line = blank.argmax() + 2
        raise CorpusError(f"{path} names no file in line {line}; fill it in or remove the line.")


def _csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig") as stream:
            header = re.sub(r'"[^"]*"', "", stream.readline())
        delimiter = max(",;\t", key=header.count)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells that pandas would throw away
            table = pd.read_csv(
                path, sep=delimiter, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8-sig",
                index_col=False,
            )  # fmt: skip
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text ({error.reason}); save it as CSV with UTF-8.") from error
    except pd.errors.ParserWarning as error:
        raise CorpusError(f"{path} has rows with more cells than its header; name every column there.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CorpusError(f"{path} is no CSV table ({str(error).strip()}); correct or export it again.") from error
    return _with_clean_header(path, table)


def _with_clean_header(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Column names without spaces around them, and without the empty columns that spreadsheets add at the end."""
    table.columns = table.columns.str.strip()
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise CorpusError(f"{path} names the column {twice[0]} twice; rename one of them.")
    empty = [column for column in table if column.startswith("Unnamed: ") and table[column].isna().all()]
    return table.drop(columns=empty)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise CorpusError(f"Reading {path} needs pyarrow; pip install pyarrow, or save the table as CSV.") from error
    except (ValueError, OSError) as error:
        raise CorpusError(f"{path} is no Parquet table ({error}); export it again.") from error
