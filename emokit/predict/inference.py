"""What one run says of a recording: of all of it, as of a training clip, or window by window."""

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import pandas as pd

from emokit import audio, flags, probability_columns
from emokit.features.log_mel import HOP, WINDOW
from emokit.normalizer import FeatureNormalizer
from emokit.padding import OVERLAP, window_starts
from emokit.predict.recordings import Windows
from emokit.run_folder import Run

TOGETHER = 32  # windows that the model reads at once: an hour of them would take half a gigabyte
CLIPS_AT_ONCE = 64  # whose frames are in memory, with their windows
UNKNOWN = 10.0  # s, longest clip of an older run, which does not know
SPARE = WINDOW - HOP  # s of sound beyond the step from frame to frame, in the last one


def hear(
    run: Run,
    normalizer: FeatureNormalizer,
    name: str,
    recording: Windows,
    *,
    windows: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """What a run says of a recording, in the memory of a few windows.

    One no longer than the longest clip of the run is read as those were. A longer one is read in windows as long as
    what was read of those, at equal steps of half of that, each as if it had been cut out: silence at its ends is not
    read.

    Args:
        run: a complete run.
        normalizer: of the frames.
        name: of the recording, for errors.
        recording: as `recordings` gives it.
        windows: length and step of windows that are asked for, however short it is, in s; None leaves it to the run.

    Returns:
        One row a window, or one for all: `start`, `end` (s), `p_<emotion>` …, NaN where nothing is said, and `flags`,
        {kind: words}.

    Raises:
        BadClip: when it cannot be read.
        EncoderError: when the run reads frames of an encoder whose weights are not on this machine.
    """
    pieces = [] if windows else list(islice(recording(*[longest(run)] * 2), 2))
    if len(pieces) != 1:  # it is longer than any clip
        pieces = recording(*(windows or windows_of(run)))
    rows, pieces = [], iter(pieces)
    while some := list(islice(pieces, TOGETHER)):
        rows += _rows(run, normalizer, name, some)
    columns = probability_columns.of(run.emotions)
    for row, why in zip(rows, flags.pauses([row["loudness"] for row in rows]), strict=True):
        if why and "silent" not in row["flags"]:
            row |= dict.fromkeys(columns, np.nan) | {"flags": {"silent": why}}
    return pd.DataFrame(rows)[["start", "end", *columns, "flags"]]


def longest(run: Run) -> float:
    """Seconds that a recording may last to be read whole: those of the longest clip of the run."""
    return UNKNOWN if np.isnan(run.longest) else run.longest


def windows_of(run: Run) -> tuple[float, float]:
    """Length and step of the windows that longer recordings are read in, s: what was read of most training clips."""
    n_frames = run.window if run.usual is None else min(run.window, run.usual["n_frames"].max())
    reach = float(n_frames * run.settings.hop)
    return reach + SPARE, reach / OVERLAP


def _rows(
    run: Run, normalizer: FeatureNormalizer, name: str, pieces: list[tuple[float, audio.Recording]]
) -> list[dict]:
    columns, rows, heard, frames = probability_columns.of(run.emotions), [], [], []
    for start, recording in pieces:
        spoken = audio.to_mono(name, recording)
        row = {"start": start, "end": start + len(recording.samples) / recording.rate}
        row |= {"loudness": flags.loudness(spoken)} | dict.fromkeys(columns, np.nan)
        if nothing := flags.unsaid(spoken):
            row |= {"flags": {"silent": nothing}}
        else:
            own = spoken if run.settings.rate == audio.RATE else audio.to_mono(name, recording, run.settings.rate)
            frames.append(run.settings.placed(own)[0])
            row |= {"flags": flags.unlike(run, recording.samples, spoken, min(len(frames[-1]), run.window))}
            heard.append(row)
        rows.append(row)
    said = answers(run, frames, [normalizer] * len(frames))
    unfamiliar = flags.unfamiliar(run, [of_one[: run.window] for of_one in frames])
    for row, shares, far in zip(heard, said, unfamiliar, strict=True):
        row |= dict(zip(columns, shares, strict=True))
        row["flags"] |= far
    return rows


def answers(run: Run, clips: Iterable[np.ndarray], normalizers: Iterable[FeatureNormalizer]) -> np.ndarray:
    """Probabilities of the emotions, float32 (n, classes), of whole clips, as those that 02 keeps in predictions.csv.

    A run that was trained on `windows` answers by their mean, another one by the beginning of a clip.

    Args:
        run: a complete run.
        clips: frames of each, float32 (frames, n_bands), as `run.settings.placed` gives them; read one after the other
            and let go.
        normalizers: one a clip, as `run.normalizer().for_clips` gives them.

    Raises:
        RunError: when the run is not complete.
    """
    clips, answered, each = iter(clips), [], iter(normalizers)
    while some := list(islice(clips, CLIPS_AT_ONCE)):
        windows = run.parameters.get("windows", False)
        starts = [window_starts(len(frames), run.window) if windows else [0] for frames in some]
        pieces = [frames[start:] for frames, of_one in zip(some, starts, strict=True) for start in of_one]
        own = [normalizer for of_one, normalizer in zip(starts, each, strict=False) for _ in of_one]
        said = _said(run, pieces, own)
        ends = np.cumsum([len(of_one) for of_one in starts])
        answered += [of_one.mean(axis=0) for of_one in np.split(said, ends[:-1])]
    return np.array(answered, np.float32) if answered else np.empty((0, len(run.emotions)), np.float32)


def _said(run: Run, pieces: Sequence[np.ndarray], normalizers: Sequence[FeatureNormalizer]) -> np.ndarray:
    """Probabilities (n, classes) of pieces (frames, n_bands) each, of which the beginning is read."""
    said: list[np.ndarray] = []
    for start in range(0, len(pieces), TOGETHER):
        together = slice(start, start + TOGETHER)
        x, lengths = run.inputs([frames[: run.window] for frames in pieces[together]], normalizers[together])
        # Not `predict`, which makes a new data pipeline at each call: that takes ten times as long as one window.
        said.append(run.model().predict_on_batch({"frames": x, "lengths": lengths}))
    return np.concatenate(said)
