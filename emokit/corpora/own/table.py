"""Your own corpus as a table, in a file or in memory: a row a clip, with its file, emotion and what else it tells."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from emokit import votes
from emokit.audio import fragment
from emokit.corpora import segments
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import SOUNDS, as_list, root_of, suffix
from emokit.corpora.own import columns as roles
from emokit.corpora.own import formats, raters, sound_inside
from emokit.corpora.own.cleaning import as_clips, default_name
from emokit.corpora.own.places import Places
from emokit.corpora.own.words import is_missing, is_nobody, part_in

Table = str | Path | pd.DataFrame


def read(
    data_dir: Table | Sequence[Table],
    name: str = "",
    columns: Mapping[str, str] | None = None,
    audio_dir: str | Path | Sequence[str | Path] = (),
) -> pd.DataFrame:
    """The clips of a table, or of several that are one corpus, such as train.csv and test.csv.

    Args:
        data_dir: a file of one of `formats.FORMATS`, or a DataFrame; several as a list. The name of each of several
            gives its clips their part, where it is a word for one and no column says it.
        name: what to call the corpus where no column `corpus` says it; like the file by default, several like the
            folder that they lie in.
        columns: {name here: name in the table}, such as {"emotion": "EmoClass"}; "" where none is it. Several raters
            are a row each ("rater"), a column each ("rater1", "rater2" …), or columns of counts (`raters.pooled`).
        audio_dir: folder of the sounds, or several, if they are not in that of the table: a name is found at any depth.
            Sound inside a table is written there, else beside the table (`sound_inside`).

    Returns:
        Clips as `corpora.load` describes; `start` and `end` (s) and `recording` where rows are stretches of recordings.

    Raises:
        CorpusError: for a table that cannot be read, lacks a column, or names a file outside of its folders.
    """
    tables = [data_dir] if isinstance(data_dir, pd.DataFrame) else as_list(data_dir)
    audio_dirs = [Path(os.path.abspath(Path(folder).expanduser())) for folder in as_list(audio_dir)]  # noqa: PTH100
    folders = [_folder(table) for table in tables]
    parts = [_rows(table, columns or {}, audio_dirs, folders) for table in tables]
    rows = parts[0][0] if len(parts) == 1 else pd.concat([rows for rows, _, _ in parts], ignore_index=True)
    said = list(dict.fromkeys(sentence for _, sentences, _ in parts for sentence in sentences))
    absent, n_rows = [file for _, _, files in parts for file in files], len(rows)
    rows, votes_are = raters.pooled(rows, columns or {}, _source(tables[0]))
    files = [table for table in tables if not isinstance(table, pd.DataFrame)]
    name = name or (default_name(files, "table") if files else "table")
    clips = segments.with_recordings(as_clips(rows, name, None, _source(tables[0])))
    if len(absent) == n_rows:
        raise CorpusError(
            f"None of the {len(clips):,} files that {_source(tables[0])} names is there, such as {absent[0]}"
            f"{_with_other_suffix(absent[0], audio_dirs)}; "
            "its paths are read from the folder that it lies in, or from audio_dir."
        )
    absent = absent if len(clips) == n_rows else list(dict.fromkeys(absent))
    clips.attrs["understood"] = [*said, *votes_are, *_unknown(rows, clips, absent)]
    return clips


def _rows(
    table: Table, columns: Mapping[str, str], audio_dirs: list[Path], folders: list[Path]
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The rows of one table of those in `folders`, columns as here; sentences about them; files that are absent."""
    source, folder = _source(table), _folder(table)
    rows, how, columns = _read(table, columns, (audio_dirs or [folder])[0])
    rows, said = roles.named(rows, columns, source)
    roles.require(rows, source)
    places = Places(source, folder, audio_dirs, linked=folders)
    rows = rows.assign(file=places.located(roles.texts(rows, "file")))
    said = [f"{_shown(table)}: {len(rows):,} rows, {how}", *said]
    for step in (roles.with_whole_numbers, lambda rows: roles.with_parts(rows, source), roles.with_groups,
                 lambda rows: roles.with_times(rows, source)):  # fmt: skip
        rows, sentences = step(rows)
        said += sentences
    part = part_in(_shown(table)) if len(folders) > 1 else None
    if part and "part" not in rows:
        rows = rows.assign(part=part)
        said.append(f"{_shown(table)}: part {part}, by its name")
    return rows, said + roles.not_read(rows), places.absent


def _read(table: Table, columns: Mapping[str, str], folder: Path) -> tuple[pd.DataFrame, str, Mapping[str, str]]:
    """The rows as they are, how they were read, and `columns`, with that of the sound where it was inside."""
    if isinstance(table, pd.DataFrame):
        rows = formats.with_clean_header("the table", table.reset_index(drop=True))
        inside = next((name for name in rows if _holds_sound(rows[name])), None)
        how, unpack = "in memory", sound_inside.of_frame
    else:
        path = Path(table)
        inside = sound_inside.column_of_sound(path) if path.suffix.lower() == ".parquet" else None
        rows, how = (path, "Parquet") if inside else formats.read(path, columns.values())
        unpack = sound_inside.of_parquet
    if not inside:
        return rows, how, columns
    rows, name = unpack(rows, inside, folder)
    return rows, f"{how} with the sound inside, which is in {name}/ now", {"file": inside, **columns}


def _holds_sound(column: pd.Series) -> bool:
    first = column.dropna().head(1)
    return len(first) > 0 and isinstance(first.iloc[0], dict) and "bytes" in first.iloc[0]


def _unknown(rows: pd.DataFrame, clips: pd.DataFrame, absent: list[str]) -> list[str]:
    """Sentences about what the table does not tell."""
    said = []
    for column, says_nothing in (("emotion", is_missing), ("speaker", is_nobody)):
        given = roles.texts(rows, column)
        nothing = [word for word in given.dropna().unique() if says_nothing(word)]
        words = sorted(map(repr, nothing))
        silent = given.isna() | given.isin(nothing)
        number = (silent & votes.of(rows).isna().all(axis=1)).sum() if column == "emotion" else silent.sum()
        if column == "speaker" and number == len(rows):
            said.append("no speaker is known" if column in rows else _no_speaker(rows))
        elif number:
            rows_are = "row" if number == 1 else "rows"
            said.append(f"{number:,} {rows_are} without {column}" + (f" ({', '.join(words)})" if words else ""))
    if absent:
        said.append(f"{len(absent):,} of {len(clips):,} files are not there, such as {Path(absent[0]).name}")
    return said


def _with_other_suffix(file: str, audio_dirs: list[Path]) -> str:
    """A sound that is called like a file that is absent, but for its suffix, as a hint in a sentence."""
    path = Path(fragment(file)[0])
    beside = [path.parent] if path.parent.is_dir() else []
    names = [place.name for folder in beside for place in folder.iterdir()]
    names += [place.name for folder in audio_dirs for place in folder.rglob("*")]
    alike = [name for name in names if Path(name).stem == path.stem and suffix(name) in SOUNDS]
    return f" (did you mean {min(alike)!r}?)" if alike else ""


def _no_speaker(rows: pd.DataFrame) -> str:
    likely = roles.likely("speaker", rows)
    said = f'it may be {likely!r}: columns="speaker={likely}"' if likely else 'columns="speaker=its name" names it'
    return f"no column is the speaker, so none is known; {said}"


def _source(table: Table) -> str:
    return "the table" if isinstance(table, pd.DataFrame) else str(table)


def _shown(table: Table) -> str:
    return "table" if isinstance(table, pd.DataFrame) else Path(table).name


def _folder(table: Table) -> Path:
    """The folder that the paths of a table are relative to."""
    if isinstance(table, pd.DataFrame):
        return Path.cwd()
    path = Path(table)
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; give the file that lists its clips, or load it as folders.")
    if not path.is_file():
        raise CorpusError(f"There is no table {path}; give a file with columns file, emotion, speaker.")
    return root_of(path)
