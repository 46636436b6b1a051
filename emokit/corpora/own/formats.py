"""A table as it lies in a file: CSV and its kin, JSON, Parquet, Excel; an error never repeats what is in it."""

import gzip
import io
import json
import re
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from emokit.corpora.clips_file import TEXTS, with_numbers
from emokit.corpora.corpus import CorpusError

FORMATS = "CSV (with , ; tab or |, also as .gz), JSON Lines, JSON records, Parquet and Excel"
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def read(path: Path, texts: Iterable[str] = ()) -> tuple[pd.DataFrame, str]:
    """The rows of a table, and how it was read, in words ("CSV with semicolons, in cp1252").

    Columns of CSV are numbers where all their cells are and none would lose a leading zero, else texts, as those named
    in `texts` are in any case; columns of the other formats are as the file has them.

    Raises:
        CorpusError: for what is no table.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return parquet(path), "Parquet"
    if suffix in (".xlsx", ".xls", ".ods"):
        return with_clean_header(path, _excel(path)), "Excel, its first sheet"
    text, encoding = _text(path)
    if text.lstrip()[:1] in ("{", "["):
        return _json(path, text)
    table, separator = _csv(path, text)
    coded = "" if encoding == "utf-8-sig" else f", in {encoding}"
    table = with_clean_header(path, table)
    names = [column for column in table if column not in texts and column.lower() not in TEXTS]
    return table.assign(**with_numbers(table[names])), f"CSV with {SEPARATORS[separator]}{coded}"


def parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """The columns of a Parquet file; numbers that the `datasets` library wrote for classes as the classes' names."""
    try:
        import pyarrow.parquet as pq

        table = pq.read_table(path, columns=columns)
        frame = table.to_pandas()
    except ImportError as error:
        raise CorpusError(f"Reading {path} needs pyarrow; pip install pyarrow, or save the table as CSV.") from error
    except (ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path} is no Parquet table ({reason}); export it again.") from error
    for column, names in _classes(table.schema.metadata or {}).items():
        if column in frame:
            known = dict(enumerate(names))
            frame[column] = frame[column].map(known.get, na_action="ignore").astype("str")
    return frame


def with_clean_header(path: Path | str, table: pd.DataFrame) -> pd.DataFrame:
    """Column names without spaces around them, and without the empty columns that spreadsheets add at the end."""
    table = table.set_axis(table.columns.map(str).str.strip(), axis=1)
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise CorpusError(f"{path} names the column {twice[0]} twice; rename one of them.")
    empty = [column for column in table if column.startswith("Unnamed: ") and table[column].isna().all()]
    return table.drop(columns=empty)


def _classes(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """The names of the classes of each column that the `datasets` library keeps as numbers."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {name: kind["names"] for name, kind in features.items() if kind.get("_type") == "ClassLabel"}
    except (ValueError, KeyError, TypeError, AttributeError):  # written by somebody else
        return {}


def _text(path: Path) -> tuple[str, str]:
    """The text of a file, unpacked if need be, and its encoding."""
    content = path.read_bytes()
    try:
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} is packed and cannot be unpacked ({error}); copy or export it again.") from error
    marked = BYTE_ORDER_MARKS.get(content[:2])
    for encoding in [marked] if marked else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise CorpusError(f"{path} is no table that can be read; save it as one of {FORMATS}.")


def _csv(path: Path, text: str) -> tuple[pd.DataFrame, str]:
    told = re.match(r"sep=(.)\r?\n", text)  # as Excel writes and reads it
    text = text[told.end() :] if told else text
    header = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    separator = told[1] if told and told[1] in SEPARATORS else max(SEPARATORS, key=header.count)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells that pandas would throw away
            table = pd.read_csv(
                io.StringIO(text), sep=separator, dtype="str", keep_default_na=False, na_values=[""], index_col=False
            )
    except pd.errors.ParserWarning as error:
        raise CorpusError(f"{path} has rows with more cells than its header; name every column there.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CorpusError(f"{path} is no CSV table ({str(error).strip()}); correct or export it again.") from error
    return table, separator


def _json(path: Path, text: str) -> tuple[pd.DataFrame, str]:
    """JSON records, one list of them or one a line."""
    how, number = "JSON records", None
    _require_records(path, text)
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            how, rows = "JSON Lines", []
            for line in text.split("\n"):
                number = (number or 0) + 1
                rows += [json.loads(line)] if line.strip() else []
    except (ValueError, RecursionError) as error:
        where = f" in line {number}" if number else ""
        reason = getattr(error, "msg", "nested too deeply")
        raise CorpusError(f"{path} is no {how} ({reason}{where}); export it again, one record a clip.") from error
    if not all(isinstance(row, dict) for row in rows):
        raise CorpusError(f"{path} is JSON, but no records with names and values; export it with one record a clip.")
    return with_clean_header(path, pd.DataFrame(rows)), how


def _require_records(path: Path, text: str) -> None:
    """Refuse one object whose values are lists or objects, as pandas writes a table by its columns."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return  # such as JSON Lines
    if isinstance(whole, dict) and whole and all(isinstance(value, dict | list) for value in whole.values()):
        names = ", ".join(repr(name[:30]) for name in list(whole)[:8])
        raise CorpusError(
            f"{path} is one JSON object of {names}, no records; export it with one record a clip "
            '(in pandas to_json with orient="records").'
        )


def _excel(path: Path) -> pd.DataFrame:
    try:
        return pd.read_excel(path, dtype="object", keep_default_na=False, na_values=[""])
    except ImportError as error:
        needed = re.search(r"openpyxl|xlrd|odfpy", str(error))
        package = needed[0] if needed else "openpyxl"
        raise CorpusError(f"Reading {path} needs {package}; pip install {package}, or save it as CSV.") from error
    except Exception as error:  # whatever the three packages raise on what is no workbook
        raise CorpusError(f"{path} is no Excel table ({type(error).__name__}); save it as CSV.") from error
