"""Which column of a table is what: by its name here, or as `columns` says; and what its parts, times and groups are."""

import re
from collections.abc import Mapping

import pandas as pd

from emokit.corpora import segments
from emokit.corpora.corpus import COLUMNS, CorpusError, near
from emokit.corpora.own import raters
from emokit.corpora.own.cleaning import texts
from emokit.corpora.own.words import is_missing, part_of

OURS = (*COLUMNS, "part", "split", "start", "end", "group", "dialog", "recording", "rater")
GROUPS = ("group", "dialog", "dialogue", "recording")  # clips with one of these in common belong together
LIKELY = {  # to offer, not to take
    "file": ("path", "filename", "file_name", "filepath", "file_path", "audio", "wav", "clip"),
    "emotion": ("label", "emo", "class", "category", "sentiment"),
    "speaker": ("speaker_id", "speakerid", "speaker_name", "spk", "spk_id", "spkid", "spkr", "spkrid", "talker",
                "subject", "subject_id", "participant", "participant_id", "actor", "actor_id", "client_id"),
}
UNIT = r"[ _]?(time)?[ _]?[(\[]?(?P<unit>s|sec|seconds|ms|msec|milliseconds)?[)\]]?"
TIMES = {
    "start": f"(?i)(start|begin|onset|from|t0|xmin|tmin){UNIT}",
    "end": f"(?i)(end|stop|offset|to|t1|xmax|tmax){UNIT}",
    "duration": f"(?i)duration{UNIT}",
}
PAIRED = r"(?i)(from|t0|xmin|tmin|to|t1|xmax|tmax).*"  # times only where both are there
COUNTED = {  # times in a unit that depends on the file
    "start": r"(?i)(start|begin|onset|from)[ _]?(sample|frame)s?",
    "end": r"(?i)(end|stop|offset|to)[ _]?(sample|frame)s?",
}
READ = {*OURS, "dialogue", "gender", "label"}
TO_NAME = sorted({*READ, "duration"})  # what `columns` may say
SHOWN = 8  # names of columns in a sentence


def named(table: pd.DataFrame, columns: Mapping[str, str], source: object) -> tuple[pd.DataFrame, list[str]]:
    """The table with its columns called as here, {ours: theirs} as told; and what was understood, in sentences.

    Without being told a column is taken by its name, in any case. Another one that has a name of ours already is kept
    as `<name>_given`, as is one of ours that is told to be "", none.

    Raises:
        CorpusError: for a column that the table does not have, and for a name here that means nothing.
    """
    strange = [ours for ours in columns if ours not in TO_NAME and not raters.NUMBERED.fullmatch(ours)]
    if strange:
        hint = near(strange[0], TO_NAME)
        raise CorpusError(f"columns says what {strange[0]!r} is{hint}; expected one of {', '.join(TO_NAME)}.")
    unknown = [theirs for theirs in columns.values() if theirs and theirs not in table]
    if unknown:
        hint = near(unknown[0], table.columns)
        raise CorpusError(f"columns names {unknown[0]!r}, but {source} has {listed(table)}{hint}; correct it.")
    taken = {ours: table[theirs] for ours, theirs in columns.items() if theirs}
    called = {column: column.lower() for column in table if column.lower() in OURS and column.lower() not in table}
    rest = table.drop(columns=[theirs for theirs in columns.values() if theirs in table]).rename(columns=called)
    empty = [ours for ours, theirs in columns.items() if not theirs]
    refused = [of[ours] for ours in empty for of in (TIMES, COUNTED) if ours in of]
    other = [name for name in rest if name in columns or any(re.fullmatch(pattern, name) for pattern in refused)]
    rest = rest.rename(columns={name: f"{name}_given" for name in other})
    told = {**columns, **{ours: theirs for theirs, ours in called.items() if theirs in rest or ours in rest}}
    said = [f"column {theirs!r}: {ours}" for ours, theirs in told.items() if theirs]
    return rest.assign(**taken), said


def require(table: pd.DataFrame, source: object) -> None:
    """Refuse a table without rows, files, or emotions, be it those that each of several raters heard."""
    needed = ("file",) if raters.columns_of(table) else ("file", "emotion")
    absent = [column for column in needed if column not in table]
    if absent:
        meant = ",".join(f"{column}={likely(column, table) or 'its name'}" for column in absent)
        raise CorpusError(
            f"{source} has no column {' and '.join(absent)}, only {listed(table)}; "
            f'say which they are by columns="{meant}".'
        )
    if table.empty:
        raise CorpusError(f"{source} has no rows; list one clip a row.")
    blank = texts(table, "file").isna().to_numpy()
    if blank.any():
        raise CorpusError(f"{source} names no file in line {blank.argmax() + 2}; fill it in or remove the line.")


def with_whole_numbers(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Names that are numbers, written as 1.0 in the whole column, as 1: so pandas writes them beside an empty cell."""
    whole = {}
    for column in (*COLUMNS[1:], *GROUPS):
        known = _known(table, column)
        given = known.dropna()
        if given.str.fullmatch(r"\d+(\.0+)?").all() and given.str.contains(".", regex=False).any():
            whole[column] = known.str.replace(r"\.0+$", "", regex=True).fillna(texts(table, column))
    example = "columns {}: whole numbers, written as 1.0, are 1"
    return table.assign(**whole), [example.format(", ".join(whole))] if whole else []


def listed(table: pd.DataFrame) -> str:
    """The names of the columns of a table, the first few, each shortened."""
    names = [name if len(name) <= 30 else name[:29] + "…" for name in map(str, table.columns)]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def with_parts(table: pd.DataFrame, source: object) -> tuple[pd.DataFrame, list[str]]:
    """The column `part` as train, dev and test, from the column `part`, or from `split` where that speaks of parts.

    Raises:
        CorpusError: for a `part` that is none.
    """
    column = next((name for name in ("part", "split") if name in table), None)
    if column is None:
        return table, []
    given = _known(table, column)
    parts = given.map(part_of, na_action="ignore").astype("str")
    strange = given[parts.isna() & given.notna()]
    if len(strange) and column == "split":
        return table, []  # of something else
    if len(strange):
        raise CorpusError(
            f"{source} has the part {strange.iloc[0]!r} in {len(strange):,} rows, which is no word for one "
            f'(train, dev, test, or another); correct it, or say columns="part=" where that column is none.'
        )
    if parts.isna().all():
        return table, []
    words = dict(zip(given.dropna(), parts.dropna(), strict=True))
    said = ", ".join(f"{word!r} is {part}" for word, part in words.items())
    without = [f"{parts.isna().sum():,} rows without part"] if parts.isna().any() else []
    return table.assign(part=parts), [f"column {column!r}: part ({said})", *without]


def with_times(table: pd.DataFrame, source: object) -> tuple[pd.DataFrame, list[str]]:
    """Times as `start` and `end` in s, and files as the stretches of recordings that they mean (`segments.named`).

    Columns begin, onset, stop, offset and duration count too, in s, in ms where their name says so.

    Raises:
        CorpusError: for a time that is none, and a stretch that ends before it begins.
    """
    start, end, duration = (_column(table, pattern, role) for role, pattern in TIMES.items())
    if not (start and end) and any(re.fullmatch(PAIRED, column) for column in (start, end) if column):
        start = end = None
    _require_no_counts(table, {"start": start, "end": end or duration}, source)
    if start is None and end and end.lower().startswith("offset"):
        if duration is None:
            said = "say by columns whether it is the start or the end"
            raise CorpusError(f"{source} has a column {end} without a start; {said}.")
        start, end = end, None  # as in the manifests of speech recognisers
    if start is None and end is None:
        return segments.named(table, source), []
    told = {"start": start, "end": end, "duration": duration}
    seconds = {role: _seconds(table, role, column, source) for role, column in told.items() if column}
    if "end" not in seconds and "duration" in seconds:
        seconds["end"] = seconds["start"] + seconds["duration"]
    times = {role: seconds[role] for role in ("start", "end") if role in seconds}
    files = table["file"]
    table = segments.named(table.drop(columns=["start", "end"], errors="ignore").assign(**times), source)
    number = (table["file"] != files).sum()
    said = f"{number:,} rows are stretches of {files.nunique():,} recordings, by their times in s"
    return table, [f'{said} (columns="start=,end=" where the files are cut already)']


def with_groups(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """What belongs together by a dialogue, a recording or a group that is named, with NA for words for none."""
    there = [name for name in GROUPS if name in table]
    said = [f"column {name!r}: clips that belong together" for name in there]
    return table.assign(**{name: _known(table, name) for name in there}), said


def _known(table: pd.DataFrame, column: str) -> pd.Series:
    """A column as texts, NA where nothing is known."""
    given = texts(table, column)
    return given.mask(given.isin([word for word in given.dropna().unique() if is_missing(word)]))


def likely(column: str, table: pd.DataFrame) -> str | None:
    """The column of a table that may be the one called so here, to offer it."""
    return next((name for name in table if str(name).lower().replace(" ", "_") in LIKELY[column]), None)


def not_read(table: pd.DataFrame) -> list[str]:
    """A sentence that names the columns of a table, called as here, that nothing here reads."""
    called = {column for pattern in TIMES.values() if (column := _column(table, pattern, ""))}
    times = called if "start" in table else ()
    read = {*(READ if "part" in table else READ - {"split"}), *raters.columns_of(table)}
    kept = table.drop(columns=[column for column in table if column in read or column in times])
    return [f"columns kept and not read: {listed(kept)}"] if len(kept.columns) else []


def _require_no_counts(table: pd.DataFrame, times: Mapping[str, str | None], source: object) -> None:
    """Refuse numbers of samples or frames where no column says the same in seconds."""
    for role, pattern in COUNTED.items():
        column = _column(table, pattern, role)
        if column and not times[role]:
            raise CorpusError(
                f"{source} has times as numbers of samples or frames (column {column}), which are not read; add a "
                f'column {role} in s, or say columns="start=,end=" where the files are cut already.'
            )


def _column(table: pd.DataFrame, pattern: str, role: str) -> str | None:
    """The column that is called so, that of the `role` first; None where there is none, or it is empty."""
    columns = [column for column in table if re.fullmatch(pattern, column) and table[column].notna().any()]
    return min(columns, key=lambda name: name != role, default=None)


def _seconds(table: pd.DataFrame, role: str, column: str, source: object) -> pd.Series:
    unit = next(match["unit"] for pattern in TIMES.values() if (match := re.fullmatch(pattern, column)))
    role = "start" if role == "start" else "end"
    times = pd.DataFrame({"file": pd.Series(None, table.index, dtype="str"), role: table[column]})
    times = segments.named(times, f"{source}, column {column}")[role]  # of no file: only read
    return times / 1000 if (unit or "").startswith("m") else times
