"""Clips that are stretches of longer recordings: times in columns become names, as `audio.with_times` makes them."""

from pathlib import Path

import pandas as pd

from emokit.audio import fragment, with_times
from emokit.corpora.corpus import CorpusError

TIMES = ("start", "end")


def named(table: pd.DataFrame, source: str | Path, first_line: int = 2) -> pd.DataFrame:
    """A table with the columns `start` and `end` as one whose `file` names the stretch; for `as_clips`.

    Args:
        table: with `file`, as a path or with times already. `start` and `end` are seconds, or times of day such as
            "00:00:01.2" and "0 days 00:00:01.200000". Where both are missing a clip is its whole file, where `end` is,
            it lasts to the end of the recording.
        source: what an error names.
        first_line: where the first row stands in it.

    Returns:
        The same rows; `start` and `end` as float64 in seconds, NaN where none is meant. A table without times stays as
        it is.

    Raises:
        CorpusError: for times that are none, or that cannot be, naming the line.
    """
    columns = [column for column in TIMES if column in table]
    if not columns and not table["file"].astype("str").str.contains("#t=", regex=False).any():
        return table
    given = {column: _seconds(table, column, source, first_line) for column in columns}
    times = pd.DataFrame({column: given.get(column) for column in TIMES}, table.index, dtype="float64")
    rows = zip(table["file"], times["start"], times["end"], strict=True)
    named = [_named(*row, f"{source}, line {line}") for line, row in enumerate(rows, first_line)]
    return table.assign(**pd.DataFrame(named, table.index, ["file", *TIMES]))


def with_recordings(clips: pd.DataFrame) -> pd.DataFrame:
    """Clips with `recording`, the path without times, where they are stretches and their table did not say it."""
    parts = [fragment(file) for file in clips["file"]]
    if all(start is None for _, start, _ in parts):
        return clips
    paths = pd.Series([path for path, _, _ in parts], clips.index, dtype="str")
    return clips.assign(recording=clips["recording"].fillna(paths) if "recording" in clips else paths)


def _named(file: str, start: float, end: float, where: str) -> tuple[str, float | None, float | None]:
    """The `file` of a stretch, and its times once more as they are written there."""
    asked = tuple(None if pd.isna(time) else time for time in (start, end))
    if pd.isna(file):
        return file, *asked
    try:
        path, *times = fragment(file)
        if times == [None, None]:
            file = with_times(path, *asked)
        elif asked not in ((None, None), tuple(times)):
            raise ValueError(f"{file}: the columns start and end say other times than its name; keep one of them.")
        return file, *fragment(file)[1:]
    except ValueError as error:
        raise CorpusError(f"{where}: {error}") from None


def _seconds(table: pd.DataFrame, column: str, source: str | Path, first_line: int) -> pd.Series:
    """A column of times as float64 in seconds, NaN where there is none."""
    given = table[column]
    if pd.api.types.is_timedelta64_dtype(given):
        return given.dt.total_seconds()
    if pd.api.types.is_numeric_dtype(given):
        return given.astype("float64")
    texts = given.map(lambda value: str(value).strip(), na_action="ignore").astype("str")
    texts = texts.where(~texts.str.lower().isin(["", "nan", "nat", "none"]))
    numbers = pd.to_numeric(texts.str.replace(r"^(\d+),(\d+)$", r"\1.\2", regex=True), errors="coerce")
    seconds = numbers.fillna(pd.to_timedelta(texts.where(numbers.isna()), errors="coerce").dt.total_seconds())
    wrong = (seconds.isna() & texts.notna()).to_numpy()
    if wrong.any():
        line, value = first_line + wrong.argmax(), texts.iloc[wrong.argmax()]
        remedy = "write seconds such as 1.2, or call the column otherwise"
        raise CorpusError(f"{source}, line {line}: {column} is {value[:40]!r}, which is no time; {remedy}.")
    return seconds.astype("float64")
