"""What is asked about: a file, a folder, a table, an array, or several of them, as recordings by name."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio
from emokit.audio import BadClip, Recording
from emokit.corpora import CorpusError, segments
from emokit.corpora.folder import is_table, listing
from emokit.corpora.own import columns as roles
from emokit.corpora.own import formats
from emokit.predict import samples

# Of a length and a step in s: the windows of a recording, as `audio.windows` gives them.
Windows = Callable[[float, float], Iterator[tuple[float, Recording]]]
SAMPLES = "samples"  # the name of an array; of several "samples 1", "samples 2" …
KINDS = "a file, a folder, a table, an array or a list of them"
ADDRESS = re.compile(r"\w{2,}://")


def recordings(what, rate: float | None = None) -> tuple[list[tuple[str, Windows]], bool]:
    """The recordings that are asked about, by name, and whether it is a single one.

    What is wrong with one of several is said when it is read, so that the others are answered.

    Args:
        what: a file, or a stretch of one (`audio.with_times`); a folder, whose sounds are meant at any depth; a table,
            as a file or a DataFrame, with the column `file` and, for stretches, `start` and `end` (s); an array as
            `samples.windows` takes it, or a pair of samples and their rate; or several: a list, a Series, a generator.
        rate: of arrays, in Hz.

    Raises:
        ValueError: for an array without a rate, for what is none of these, and where nothing is asked about.
        CorpusError: for a folder without sounds, and for a table that cannot be read or does not say which files.
    """
    found = _found(what, rate)
    if not found:
        raise ValueError(f"Nothing is asked about: this {type(what).__name__} is empty; give {KINDS}.")
    arrays = [place for place, (name, _) in enumerate(found) if name == SAMPLES]
    for number, place in enumerate(arrays if len(arrays) > 1 else (), start=1):
        found[place] = (f"{SAMPLES} {number}", found[place][1])
    return [(name, partial(read, name)) for name, read in found], _is_one(what)


def _is_one(what) -> bool:
    if isinstance(what, str | Path):
        path = Path(what).expanduser()
        return not path.is_dir() and not is_table(path)
    return isinstance(what, np.ndarray) and what.dtype.kind not in "UO" or samples.is_pair(what)


def _found(what, rate) -> list[tuple[str, Callable]]:
    """Each recording by name, and the function that gives its windows of that name, a length and a step."""
    if isinstance(what, str | Path):
        return _of_path(what)
    if isinstance(what, pd.DataFrame):
        return _of_table(what, "the table")
    if samples.is_pair(what):
        return [_of_pair(what, rate)]
    if isinstance(what, np.ndarray) and what.dtype.kind not in "UO":  # those hold names
        return [_of_samples(what, rate)]
    if not isinstance(what, Iterable) or isinstance(what, Mapping | bytes) or getattr(what, "ndim", 1) != 1:
        raise ValueError(f"{type(what).__name__} is nothing that can be heard; give {KINDS}.")
    several = list(what)
    if several and all(isinstance(one, Real) for one in several):
        raise ValueError(
            f"A {type(what).__name__} of numbers is no recording; give samples as an array: np.array(samples)."
        )
    return [one for each in several for one in _found(each, rate)]


def _of_path(what: str | Path) -> list[tuple[str, Callable]]:
    if ADDRESS.match(str(what)):
        raise ValueError(f"{what} is an address, not a file; download it first.")
    if not str(what).strip():
        raise ValueError(f"{str(what)!r} names nothing; give {KINDS}.")
    path = Path(what).expanduser()
    if path.is_dir():
        found = listing(path, "predict")
        return [_of_file(found.root / file) for file in found.sounds]
    return _of_table(formats.read(path)[0], path) if is_table(path) else [_of_file(path)]


def _of_file(file) -> tuple[str, Callable]:
    return str(file), lambda name, length, step: audio.windows(file, length, step)


def _of_table(table: pd.DataFrame, source: str | Path) -> list[tuple[str, Callable]]:
    """The files that a table names, with the times of stretches; a name in a file is read from its folder."""
    if table.empty:
        raise ValueError(f"Nothing is asked about: {source} has no rows.")
    rows, _ = roles.named(table, {}, source)
    if "file" not in rows:
        raise CorpusError(f"{source} has no column file, only {roles.listed(rows)}; call the column of its paths so.")
    blank = rows["file"].isna() | (rows["file"].astype("str").str.strip() == "")
    folder = source.absolute().parent if isinstance(source, Path) else Path()
    files = [None if empty else str(folder / file) for file, empty in zip(rows["file"], blank, strict=True)]
    rows, _ = roles.with_times(rows.assign(file=pd.Series(files, rows.index, dtype="object")), source)
    named = segments.named(rows, source)["file"]
    return [_unnamed(label, source) if pd.isna(file) else _of_file(file) for label, file in named.items()]


def _unnamed(label, source: str | Path) -> tuple[str, Callable]:
    def refuse(name: str, length: float, step: float) -> Iterator:
        raise BadClip(name, "missing", f"of {source} names no file; fill it in or leave it out")

    return f"row {label}", refuse


def _of_pair(pair: tuple, rate: float | None) -> tuple[str, Callable]:
    array, own = samples.pair(pair)
    if rate is not None and rate != own:
        raise ValueError(f"The pair says {own:g} Hz, rate {rate:g}; leave rate out.")
    return _of_samples(array, own)


def _of_samples(array: np.ndarray, rate: float | None) -> tuple[str, Callable]:
    rate = samples.checked_rate(rate)
    return SAMPLES, lambda name, length, step: samples.windows(name, array, rate, length, step)
