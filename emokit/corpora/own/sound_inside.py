"""Tables that hold the sound itself, as the `datasets` library writes it: bytes and a name in one column."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from emokit import atomic_files
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import SOUNDS, suffix
from emokit.corpora.own import formats

BEGINNINGS = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"\xff": ".mp3", b"FORM": ".aiff"}
AT_ONCE = 64  # rows in memory


def column_of_sound(path: Path) -> str | None:
    """The first column of a Parquet file that holds `bytes` beside a `path`; None where there is none."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pq.read_schema(path)
    except (ImportError, ValueError, OSError):  # reading it says why
        return None
    structs = [field for field in schema if pa.types.is_struct(field.type)]
    return next((field.name for field in structs if "bytes" in {inner.name for inner in field.type}), None)


def of_parquet(path: Path, column: str, folder: Path) -> tuple[pd.DataFrame, str]:
    """The other columns of a Parquet file, with the names of its sounds in `column`, and the folder they are in.

    Each sound is written once below `folder`, in a folder named after the table and its sha256, so a second reading
    finds it there, and another edition of the table gets another one. It is written aside and renamed: whole or not at
    all.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    target = _written(_rows_of(path, column), folder / f"{path.stem}-{digest[:12]}", path)
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        table = formats.parquet(path, [name for name in file.schema_arrow.names if name != column])
        cells = file.read([f"{column}.path"])  # without the bytes
    cells = cells.column(0).to_pylist() if cells.num_columns else [None] * len(table)
    return _with_files(table, column, [cell and cell["path"] for cell in cells], target), target.name


def of_frame(table: pd.DataFrame, column: str, folder: Path) -> tuple[pd.DataFrame, str]:
    """The same of a DataFrame, whose sounds are dictionaries in `column`."""
    rows = [(cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (None, None) for cell in table[column]]
    digest = hashlib.sha256(b"".join(hashlib.sha256(content or b"").digest() for content, _ in rows)).hexdigest()
    target = _written(rows, folder / f"table-{digest[:12]}", "the table")
    return _with_files(table, column, [name for _, name in rows], target), target.name


def _with_files(table: pd.DataFrame, column: str, names: list[str | None], target: Path) -> pd.DataFrame:
    """Each sound's file below `target`, by its row; where a row has no bytes, the file that it names."""
    there = {int(name.split("-", 1)[0]): f"{target.name}/{name}" for name in os.listdir(target)}  # noqa: PTH208
    return table.assign(**{column: [there.get(row, name) for row, name in enumerate(names)]})


def _rows_of(path: Path, column: str) -> Iterator[tuple[bytes | None, str | None]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=[column]):
            for cell in batch.column(0).to_pylist():
                yield (cell.get("bytes"), cell.get("path")) if cell else (None, None)


def _written(rows: Iterable[tuple[bytes | None, str | None]], target: Path, source: Path | str) -> Path:
    """Write the sounds into `target`, if it is not there: the row's number, then the name that it had."""
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=atomic_files.PART, dir=target.parent) as aside:
            inner = Path(aside) / target.name
            inner.mkdir()
            for row, (content, name) in enumerate(rows):
                if content:
                    (inner / f"{row:06d}-{_named(content, name)}").write_bytes(content)
            os.sync()  # once for all: the name promises that every sound is there
            _rename(inner, target)
    except OSError as error:
        raise CorpusError(
            f"{source} holds its sound inside, which cannot be written to {target.parent} ({error.strerror}); "
            "name a folder for it by audio_dir."
        ) from error
    return target


def _rename(inner: Path, target: Path) -> None:
    try:
        inner.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was first, with the same
            raise


def _named(content: bytes, name: str | None) -> str:
    base = str(name or "clip").replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "")[-100:]
    if suffix(base) in SOUNDS:
        return base
    kind = next((kind for begin, kind in BEGINNINGS.items() if content.startswith(begin)), ".wav")
    return (base or "clip") + kind
