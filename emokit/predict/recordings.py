"""What is asked about: a file, a folder, a table, an array, or several of them, as recordings by name."""

from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio
from emokit.audio import BadClip, Recording
from emokit.audio.limits import RATES, check_samples
from emokit.corpora import CorpusError, segments
from emokit.corpora.folder import is_table, listing
from emokit.corpora.own import columns as roles
from emokit.corpora.own import formats

MOST_CHANNELS = 64  # of an array; one that has more of both rows and columns is no sound

# Of a length and a step in s: the windows of a recording, as `audio.windows` gives them.
Windows = Callable[[float, float], Iterator[tuple[float, Recording]]]


def recordings(what, rate: float | None = None) -> tuple[list[tuple[str, Windows]], bool]:
    """The recordings that are asked about, by name, and whether it is a single one.

    Args:
        what: a file, or a stretch of one (`audio.with_times`); a folder, whose sounds are meant at any depth; a table,
            as a file or a DataFrame, with the column `file` and, for stretches, `start` and `end` (s); an array, or a
            pair of samples and their rate; or a list of these.
        rate: of arrays, in Hz.

    Raises:
        ValueError: for an array without a rate, and for what is none of these.
        BadClip: for an array that cannot be sound.
        CorpusError: for a folder without sounds, and for a table that cannot be read or does not say which files.
    """
    if isinstance(what, list):
        if what and all(isinstance(one, Real) for one in what):
            raise ValueError("A list of numbers is no recording; give samples as an array: np.array(samples).")
        return [one for each in what for one in recordings(each, rate)[0]], False
    if isinstance(what, pd.DataFrame):
        return _of_files(_of_table(what, "the table")), False
    if isinstance(what, np.ndarray):
        return [_of_samples(what, rate)], True
    if isinstance(what, tuple):
        return [_of_samples(*_pair(what))], True
    if not isinstance(what, str | Path):
        kinds = "a file, a folder, a table, an array or a list of them"
        raise ValueError(f"{type(what).__name__} is nothing that can be heard; give {kinds}.")
    path = Path(what).expanduser()
    if path.is_dir():
        found = listing(path, "predict")
        return _of_files([str(found.root / file) for file in found.sounds]), False
    if is_table(path):
        return _of_files(_of_table(formats.read(path)[0], path)), False
    return _of_files([str(path)]), True


def _of_files(files) -> list[tuple[str, Windows]]:
    return [(str(file), partial(audio.windows, file)) for file in files]


def _of_table(table: pd.DataFrame, source: str | Path) -> pd.Series:
    """The files that a table names, with the times of stretches; a name in a file is read from its folder."""
    rows, _ = roles.named(table, {}, source)
    if "file" not in rows:
        raise CorpusError(f"{source} has no column file, only {roles.listed(rows)}; call the column of its paths so.")
    rows, _ = roles.with_times(rows, source)
    if isinstance(source, Path):
        rows = rows.assign(file=[str(source.absolute().parent / file) for file in rows["file"]])
    return segments.named(rows, source)["file"]


def _pair(pair: tuple) -> tuple[np.ndarray, float]:
    """Samples and rate, in either order."""
    if len(pair) == 2:
        for samples, rate in (pair, pair[::-1]):
            if isinstance(samples, np.ndarray) and samples.ndim and isinstance(rate, Real):
                return samples, rate
    raise ValueError("A tuple that can be heard is an array of samples and their rate in Hz; for several give a list.")


def _of_samples(samples: np.ndarray, rate: float | None) -> tuple[str, Windows]:
    if rate is None:
        raise ValueError("An array does not say how fast it was sampled; give its rate in Hz, such as rate=44100.")
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"rate is {rate:g} Hz; expected {RATES[0]:,} to {RATES[1]:,}, samples in a second.")
    return "samples", partial(audio.cut, [_recording(samples, round(rate))])


def _recording(samples: np.ndarray, rate: int) -> Recording:
    """An array of any kind and number of channels, as a file of it would be read."""
    kind = str(samples.dtype)
    if samples.size < 2:
        raise BadClip("samples", "no-samples", f"are {samples.size} in number; record again")
    if samples.ndim > 2 or samples.ndim == 2 and min(samples.shape) > MOST_CHANNELS:
        reason = f"are an array of shape {samples.shape}; expected (samples,) or (samples, channels)"
        raise BadClip("samples", "shape", reason)
    samples = samples[:, np.newaxis] if samples.ndim == 1 else samples
    samples = samples.T if len(samples) < samples.shape[1] else samples  # channels first, as some libraries have them
    if np.issubdtype(samples.dtype, np.integer):
        middle = -np.iinfo(samples.dtype).min or np.iinfo(samples.dtype).max // 2 + 1
        samples = (samples.astype(np.float64) - (0 if samples.dtype.kind == "i" else middle)) / middle
    elif not np.issubdtype(samples.dtype, np.floating):
        raise BadClip("samples", "dtype", f"are {kind}; expected integers or floats")
    samples = samples.astype(np.float32)
    return Recording(samples, rate, kind, "samples", check_samples("samples", samples))
