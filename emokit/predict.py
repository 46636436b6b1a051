"""A run and any recording: which emotions are heard, and when."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, doubt, probability_columns
from emokit.features.log_mel import WINDOW
from emokit.normalizer import FeatureNormalizer
from emokit.padding import window_starts
from emokit.run_folder import Run, RunError
from emokit.speakers import SpeakerNormalizer

TOGETHER = 32  # windows that the model reads at once: an hour of them would take half a gigabyte
CLIPS_AT_ONCE = 64  # whose frames are in memory, with their windows


def predict(
    run: Run, file_or_samples: str | Path | np.ndarray, rate: int = audio.RATE, *, enrolled: Sequence = ()
) -> pd.DataFrame:
    """Probabilities of the emotions over time, and what speaks against believing them.

    A recording no longer than what the model reads gives one row, the same as in training; a longer one is read in
    windows of that length that overlap by half. A run that was trained on `windows` takes their mean for the answer.

    Args:
        run: a complete run.
        file_or_samples: a recording, or float32 (samples,) in [-1, 1].
        rate: of samples, in Hz; must be the run's. A file is resampled.
        enrolled: recordings of the same speaker, as files or samples, where the run is normalised by speaker: one does,
            a few are better; of the run's `enrolled_emotion` where it has one, else of any emotion.

    Returns:
        One row a window: `start`, `end` (s), `p_<emotion>` …, and `doubt`: "" or, in words, that it is clipped, or far
        from the training clips in level, bandwidth or duration (older runs do not know theirs, and doubt what is under
        -60 dB). Where it is silent or shorter than 160 ms, `doubt` says so and the probabilities are NaN.

    Raises:
        BadClip: when the file cannot be read.
        RunError: when the run is not complete, the samples are not what its model reads, or nobody is enrolled for a
            run that is normalised by speaker.
        EncoderError: when the run reads frames of an encoder whose weights are not on this machine.
    """
    recording, file = _recording(run, file_or_samples, rate)
    normalizer = _normalizer(run, enrolled, rate)
    spoken = audio.to_mono(file, recording)
    own = spoken if run.settings.rate == audio.RATE else audio.to_mono(file, recording, run.settings.rate)
    frames, first = run.settings.placed(own)
    starts = window_starts(len(frames), run.window)
    probabilities, lengths = _said(run, [frames[start:] for start in starts], [normalizer] * len(starts))
    start = (first + np.array(starts)) * run.settings.hop
    times = pd.DataFrame({"start": start.round(3), "end": (start + lengths * run.settings.hop).round(3)})
    said = pd.DataFrame(probabilities, columns=probability_columns.of(run.emotions))
    stretches = list(_stretches(recording, spoken, times))
    nothing = [doubt.unsaid(mono) for _, mono in stretches]
    said[np.array(nothing) != ""] = np.nan
    doubts = [why or doubt.unlike(run, *sound, n) for why, sound, n in zip(nothing, stretches, lengths, strict=True)]
    return times.join(said).assign(doubt=doubts)


def _normalizer(run: Run, enrolled: Sequence, rate: int) -> FeatureNormalizer:
    """That of the training part, or of the speaker of whom these recordings are."""
    enrolled = [enrolled] if isinstance(enrolled, str | Path | np.ndarray) else enrolled
    normalizer = run.normalizer()
    by_speaker = isinstance(normalizer, SpeakerNormalizer)
    if by_speaker != (len(enrolled) > 0):
        name = run.path.name
        wrong = f"Run {name} is normalised by speaker; name recordings of the one who speaks by enrolled=[…]."
        raise RunError(wrong if by_speaker else f"Run {name} is not normalised by speaker; leave `enrolled` out.")
    if not by_speaker:
        return normalizer
    recordings = (_recording(run, what, rate) for what in enrolled)
    spoken = (audio.to_mono(file, recording, run.settings.rate) for recording, file in recordings)
    return normalizer.for_speaker(run.settings.placed(samples)[0] for samples in spoken)


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
        said, _ = _said(run, pieces, own)
        ends = np.cumsum([len(of_one) for of_one in starts])
        answered += [of_one.mean(axis=0) for of_one in np.split(said, ends[:-1])]
    return np.array(answered, np.float32).reshape(-1, len(run.emotions))


def _said(
    run: Run, pieces: Sequence[np.ndarray], normalizers: Sequence[FeatureNormalizer]
) -> tuple[np.ndarray, np.ndarray]:
    """What the model says of each piece (frames, n_bands), of which it reads the beginning, and how much of it."""
    answers = []
    for start in range(0, len(pieces), TOGETHER):
        together = slice(start, start + TOGETHER)
        x, lengths = run.inputs([frames[: run.window] for frames in pieces[together]], normalizers[together])
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
