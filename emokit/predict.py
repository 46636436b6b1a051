"""A run and any recording: which emotions are heard, and when."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, doubt, probability_columns
from emokit.features.log_mel import WINDOW
from emokit.padding import window_starts
from emokit.run_folder import Run, RunError

TOGETHER = 32  # windows that the model reads at once: an hour of them would take half a gigabyte


def predict(run: Run, file_or_samples: str | Path | np.ndarray, rate: int = audio.RATE) -> pd.DataFrame:
    """Probabilities of the emotions over time, and what speaks against believing them.

    A recording no longer than what the model reads gives one row, the same as in training; a longer one is read in
    windows of that length that overlap by half. A run that was trained on `windows` takes their mean for the answer.

    Args:
        run: a complete run.
        file_or_samples: a recording, or float32 (samples,) in [-1, 1].
        rate: of samples, in Hz; must be the run's. A file is resampled.

    Returns:
        One row a window: `start`, `end` (s), `p_<emotion>` …, and `doubt`: "" or, in words, that it is clipped, or far
        from the training clips in level, bandwidth or duration (older runs do not know theirs, and doubt what is under
        -60 dB). Where it is silent or shorter than 160 ms, `doubt` says so and the probabilities are NaN.

    Raises:
        BadClip: when the file cannot be read.
        RunError: when the run is not complete, or the samples are not what its model reads.
        EncoderError: when the run reads frames of an encoder whose weights are not on this machine.
    """
    recording, file = _recording(run, file_or_samples, rate)
    spoken = audio.to_mono(file, recording)
    own = spoken if run.settings.rate == audio.RATE else audio.to_mono(file, recording, run.settings.rate)
    frames, first = run.settings.placed(own)
    starts = window_starts(len(frames), run.window)
    probabilities, lengths = _answers(run, [frames[start : start + run.window] for start in starts])
    start = (first + np.array(starts)) * run.settings.hop
    times = pd.DataFrame({"start": start.round(3), "end": (start + lengths * run.settings.hop).round(3)})
    said = pd.DataFrame(probabilities, columns=probability_columns.of(run.emotions))
    stretches = list(_stretches(recording, spoken, times))
    nothing = [doubt.unsaid(mono) for _, mono in stretches]
    said[np.array(nothing) != ""] = np.nan
    doubts = [why or doubt.unlike(run, *sound, n) for why, sound, n in zip(nothing, stretches, lengths, strict=True)]
    return times.join(said).assign(doubt=doubts)


def _answers(run: Run, windows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of windows, views of (frames, bands), and how many frames of each are read: (n, classes), (n,)."""
    answers = []
    for start in range(0, len(windows), TOGETHER):
        x, lengths = run.inputs(windows[start : start + TOGETHER])
        # Not `predict`, which makes a new data pipeline at each call: that takes ten times as long as one window.
        answers.append((run.model().predict_on_batch({"frames": x, "lengths": lengths}), lengths))
    return tuple(map(np.concatenate, zip(*answers, strict=True)))


def _stretches(
    recording: audio.Recording, spoken: np.ndarray, times: pd.DataFrame
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What each window hears, as recorded (samples, channels) and as mono at 16 kHz (samples,)."""
    for start, end in times.itertuples(index=False):
        yield tuple(
            samples[round(start * rate) : round((end + WINDOW) * rate)]
            for samples, rate in ((recording.samples, recording.rate), (spoken, audio.RATE))
        )


def _recording(run: Run, what: str | Path | np.ndarray, rate: int) -> tuple[audio.Recording, str | Path]:
    """What was recorded, and its name; samples become a recording of one channel."""
    if isinstance(what, str | Path):
        return audio.decode(what), what
    samples = _checked(run, what, rate)
    return audio.Recording(samples[:, None], rate, "FLOAT", "samples", float(np.abs(samples).max())), "samples"


def _checked(run: Run, samples: np.ndarray, rate: int) -> np.ndarray:
    """Refuse samples that the model was not trained on, naming what differs."""
    name, samples = run.path.name, np.asarray(samples)
    if rate != run.settings.rate:
        trained = run.settings.rate
        raise RunError(f"rate is {rate} Hz, run {name} was trained at {trained} Hz; resample, or give the file.")
    if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
        raise RunError(f"samples are {samples.dtype} {samples.shape}; run {name} reads floats (samples,), one channel.")
    if len(samples) < 2 or not np.isfinite(samples).all() or np.abs(samples).max() > audio.LOUDEST:
        raise RunError("samples are empty, not finite or far beyond full scale; expected floats in [-1, 1].")
    return np.clip(samples, -1, 1).astype(np.float32, copy=False)  # as files are read
