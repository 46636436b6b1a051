"""Reads a corpus whose labels stand in tables beside the sound: where, how a row names its clip, what a column is."""

import csv
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from emokit.audio.fragments import with_times
from emokit.corpora import named_files
from emokit.corpora.clips_file import with_numbers
from emokit.corpora.corpus import COLUMNS, Corpus, CorpusError
from emokit.corpora.folder import SOUNDS, Listing, suffix

UNKNOWN = {"", "nan", "none", "n/a", "unknown"}  # in any case


def separated_by(delimiter: str) -> Callable[[Path], Iterable[dict]]:
    """How to read a text table whose first line names its columns: row by row as {column: cell}."""

    def rows(path: Path) -> Iterable[dict]:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield from csv.DictReader(lines, delimiter=delimiter)

    return rows


@dataclass(frozen=True)
class Labels:
    """A table of labels: in its texts {name} is a cell of the row, or a named group of the clip's file name."""

    table: str  # the end of its path, such as "data.tsv"; * is anything
    clip: str  # the end of a clip's path, such as "train_splits/dia{Dialogue_ID}"; its suffix does not matter
    columns: Mapping[str, str]  # of the clips: emotion="{Emotion}", part="train"; start and end (s) make a segment
    rows: Callable[[Path], Iterable[Mapping]] = separated_by(",")


def reader(*tables: Labels) -> Callable[[Corpus, Listing], pd.DataFrame]:
    """What a corpus with these tables has as its `read`."""

    def read(corpus: Corpus, listing: Listing) -> pd.DataFrame:
        left_out, clips = defaultdict(list), {}
        sources = [
            (labels, file) for labels in tables for file in listing.others if PurePosixPath(file).match(labels.table)
        ]
        if not sources:
            names = " or ".join(labels.table for labels in tables)
            raise CorpusError(f"{listing.root} holds sound, but no labels of {corpus.title}; add {names}.")
        sounds = _sounds(listing, _depth(tables[0]), left_out)
        used = [
            sound
            for labels, file in sources
            for sound in _read(corpus, labels, listing.root / file, sounds, clips, left_out)
        ]
        left_out["sound without a label"] = sorted(set(sounds.values()) - set(used))
        left_out = {reason: list(dict.fromkeys(files)) for reason, files in left_out.items() if files}
        return _table(list(clips.values()), listing, left_out)

    return read


def _read(
    corpus: Corpus, labels: Labels, source: Path, sounds: dict[str, str], clips: dict[str, dict], left_out: dict
) -> Iterable[str]:
    """Put each row whose sound is there into `clips`, by its file; gives the sounds that were labelled."""
    for cells in _rows(corpus, labels, source):
        key = _end(_filled(labels.clip, cells, source), _depth(labels))
        file = sounds.get(key)
        if file is None:
            left_out["labelled, but without sound"].append(key)
            continue
        yield file
        row = _row(corpus, labels, file, cells, source)
        row |= {time: round(float(row[time]), 6) for time in ("start", "end") if row.get(time)}
        try:
            row["file"] = with_times(file, row.get("start"), row.get("end"))
        except ValueError:
            left_out["times that are no stretch of a recording"].append(key)
            continue
        first = clips.setdefault(row["file"], row)
        if first["label"] != row["label"]:
            labelled = f"{row['file']} is {row['label']!r}, and another row that it is {first['label']!r}"
            raise CorpusError(f"{source} says that {labelled}; remove the one that is wrong.")


def _row(corpus: Corpus, labels: Labels, file: str, cells: Mapping, source: Path) -> dict:
    """A clip as its corpus tells it: codes by their names, speaker and group with the name of the corpus."""
    unnamed = dict.fromkeys(re.compile(corpus.pattern).groupindex, "")
    cells = (named_files.parse(corpus, file) or unnamed) | dict(cells)
    said = {column: _filled(text, cells, source) for column, text in labels.columns.items()}
    known = {column: None if cell.lower() in UNKNOWN else cell for column, cell in said.items()}
    row = dict.fromkeys(COLUMNS) | {column: code and corpus.name_of(column, code) for column, code in known.items()}
    row |= {"corpus": corpus.name, "language": corpus.language, "label": said["emotion"]}
    row["emotion"] = corpus.name_of("emotion", said["emotion"])
    row["sex"] = row["sex"] or corpus.sexes.get(row["speaker"])
    row["speaker"] = row["speaker"] and corpus.speaker(row["speaker"])
    if row.get("group"):
        row["group"] = f"{corpus.name}/{row['group']}"
    return row | {"recording": file} if "start" in row else row


def _table(rows: list[dict], listing: Listing, left_out: dict[str, list[str]]) -> pd.DataFrame:
    clips = named_files.table(rows, listing, left_out)
    if "recording" in clips:
        clips["recording"] = [os.path.join(listing.root, file) for file in clips["recording"]]  # noqa: PTH118
    numbered = with_numbers(clips)
    numbered.attrs = clips.attrs
    return numbered


def _rows(corpus: Corpus, labels: Labels, source: Path) -> list[Mapping]:
    try:
        return list(labels.rows(source))
    except Exception as error:  # a damaged table, whatever its format
        what = f"{source} cannot be read as labels of {corpus.title} ({type(error).__name__})"
        raise CorpusError(f"{what}; get it again, as it was published.") from error


def _sounds(listing: Listing, depth: int, left_out: dict[str, list[str]]) -> dict[str, str]:
    """The last parts of a path, without its suffix, to the best of the sounds that have them."""
    sounds = {}
    for file in named_files.preferred(listing):
        first = sounds.setdefault(_end(file, depth), file)
        if first != file:
            left_out[named_files.second_copy(listing, first, file)].append(file)
    return sounds


def _depth(labels: Labels) -> int:
    return labels.clip.count("/") + 1


def _end(path: str, depth: int) -> str:
    ending = suffix(path)
    bare = path[: -len(ending)] if ending in SOUNDS else path
    return "/".join(bare.split("/")[-depth:])


def _filled(text: str, cells: Mapping, source: Path) -> str:
    """A text with the cells of a row in place of their names; blanks around a cell are only the table's layout."""
    try:
        return text.format_map(cells).strip()
    except KeyError as error:
        columns = ", ".join(map(str, cells))
        raise CorpusError(f"{source} has no column {error}, only {columns}; take it as it was published.") from error
