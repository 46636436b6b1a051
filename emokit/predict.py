"""A run and any recording: which emotions are heard, and when."""

from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, probability_columns
from emokit.run_folder import Run, RunError

OVERLAP = 2  # windows start every half window, so that none misses what lies across an edge


def predict(run: Run, file_or_samples: str | Path | np.ndarray, rate: int = audio.RATE) -> pd.DataFrame:
    """Probabilities of the emotions over time.

    A recording no longer than what the model reads gives one row, the same as in training; a longer one is read in
    windows of that length that overlap by half.

    Args:
        run: a complete run.
        file_or_samples: a recording, or float32 (samples,) in [-1, 1].
        rate: of samples, in Hz; must be the run's. A file is resampled.

    Returns:
        One row a window: `start`, `end` (s), `p_<emotion>` …

    Raises:
        BadClip: when the file cannot be read.
        RunError: when the run is not complete, or the samples are not what its model reads.
    """
    from_file = isinstance(file_or_samples, str | Path)
    samples = audio.read(file_or_samples, run.settings.rate) if from_file else _checked(run, file_or_samples, rate)
    frames, first = run.settings.placed(samples)
    window = run.window
    starts = range(0, max(1, len(frames) - window + window // OVERLAP), window // OVERLAP)
    starts = sorted({min(start, max(0, len(frames) - window)) for start in starts})
    x, lengths = run.inputs([frames[start : start + window] for start in starts])
    probabilities = run.model().predict({"frames": x, "lengths": lengths}, verbose=0)
    start = (first + np.array(starts)) * run.settings.hop
    times = pd.DataFrame({"start": start.round(3), "end": (start + lengths * run.settings.hop).round(3)})
    return times.join(pd.DataFrame(probabilities, columns=probability_columns.of(run.emotions)))


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
    return np.clip(samples, -1, 1).astype(np.float32)  # as files are read
