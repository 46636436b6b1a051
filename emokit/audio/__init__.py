"""One way to read sound: a file becomes float32 mono samples at one rate, or a BadClip that says what is wrong."""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import numpy as np
import soxr

from emokit import atomic_files, notebook
from emokit.audio.bad_clip import BadClip, printable
from emokit.audio.decoding import Recording, decode
from emokit.audio.fragments import fragment, with_times
from emokit.audio.limits import LOUDEST, RATE
from emokit.audio.windows import cut, windows

__all__ = [
    "LOUDEST", "RATE", "BadClip", "Recording", "Sound", "Stamp", "cut", "decode", "fragment", "printable", "read",
    "read_once", "stamp", "to_mono", "windows", "with_times",
]  # fmt: skip

FILES_TOGETHER = 32  # whose results are kept at once: what a kill may lose, a thread
CANCELLED = 1e-3  # power of the mix against that of its channels: -30 dB

Stamp = tuple[str, int, int]  # of a clip: its file, bytes, time of change in ns; while they stay, so does the content


class Sound:
    """A file that is decoded when somebody asks, and once, whoever asks.

    Attributes:
        file: its path.
        stamp: as it was when the Sound was made; None if there was no such file.
    """

    def __init__(self, file: str):
        self.file, self.stamp = file, stamp(file)
        self._mono: dict[int, np.ndarray] = {}

    @cached_property
    def recording(self) -> Recording:
        """Every channel at its own rate; raises as `decode` does."""
        return decode(self.file)

    def content(self) -> str:
        """sha256 of a file's bytes; of a stretch that of its samples, whatever lies around. Raises as `decode` does."""
        path, start, _ = fragment(self.file)
        if start is None:
            return atomic_files.sha256(path)
        samples = self.recording.samples
        return hashlib.sha256(f"{self.recording.rate} {samples.shape[1]} ".encode() + samples.tobytes()).hexdigest()

    def mono(self, rate: int = RATE) -> np.ndarray:
        """What `read` gives, not to be changed."""
        if rate not in self._mono:
            self._mono[rate] = to_mono(self.file, self.recording, rate)
        return self._mono[rate]

    def check_unchanged(self) -> None:
        """Raise BadClip if the file is no more what it was when the Sound was made."""
        if stamp(self.file) != self.stamp:
            raise BadClip(self.file, "changed", "changed while it was read; run again when it is complete")


def read(file: str | Path, rate: int = RATE) -> np.ndarray:
    """Samples of a recording as float32 (samples,), mono, in [-1, 1], at `rate` Hz.

    A stretch of a recording (`with_times`) is cut at the recording's own rate and then resampled: it reads as if it had
    been cut to a file of its own.

    Raises:
        BadClip: with path, code and reason, for whatever cannot be read or holds no usable sound.
    """
    return to_mono(file, decode(file), rate)


def to_mono(file: str | Path, recording: Recording, rate: int = RATE) -> np.ndarray:
    """The mean of the channels, resampled by soxr (HQ): float32 (samples,) in [-1, 1] at `rate` Hz."""
    samples, own_rate = recording.samples, recording.rate
    if samples.shape[1] == 1:
        mono = samples[:, 0]
    else:
        mono = samples.mean(axis=1, dtype=np.float32)
        power = np.mean(np.square(samples))
        if power > 0 and np.mean(np.square(mono)) < CANCELLED * power:
            raise BadClip(file, "antiphase", "has channels that cancel each other; turn one of them round or drop it")
    if own_rate != rate:
        mono = soxr.resample(mono, own_rate, rate)
    if len(mono) < 2:
        raise BadClip(file, "no-samples", "holds no sound; record or extract it again")
    # Resampling a clipped wave overshoots a little.
    return np.clip(mono, -1, 1) if recording.peak > 1 or own_rate != rate else mono


def read_once(files: list[str], consumers: Sequence[Callable], n_jobs: int = 1) -> None:
    """Give each file to several consumers in one reading, on `n_jobs` threads.

    Threads, since decoding, resampling and spectra leave Python's lock; processes take longer to start than a thousand
    clips to read. A progress bar is shown where somebody sees it.

    Args:
        files: paths.
        consumers: each a context manager that is entered for every 32 files and gives a function of a Sound; when it is
            left, it keeps what it made of them. Both happen in several threads at once.
        n_jobs: threads; -1 one a core.
    """
    from joblib import Parallel, delayed
    from threadpoolctl import threadpool_limits
    from tqdm.auto import tqdm

    groups = [files[start : start + FILES_TOGETHER] for start in range(0, len(files), FILES_TOGETHER)]
    if not groups:
        return
    parallel = Parallel(n_jobs, backend="threading", return_as="generator_unordered")
    watched = notebook.interactive() or sys.stderr.isatty()
    # Clips run in parallel; more threads within each matrix product would take five times as long.
    with threadpool_limits(1, "blas"), tqdm(total=len(files), unit="clip", disable=not watched) as bar:
        for n_files in parallel(delayed(_read_together)(group, consumers) for group in groups):
            bar.update(n_files)


def _read_together(files: list[str], consumers: Sequence[Callable]) -> int:
    with ExitStack() as stack:
        consume = [stack.enter_context(consumer()) for consumer in consumers]
        for sound in map(Sound, files):
            for take in consume:
                take(sound)
    return len(files)


def stamp(file: str) -> Stamp | None:
    """The stamp of a file, or of a stretch of one, as it is now; None if there is no such file."""
    try:
        status = os.stat(fragment(file)[0])  # noqa: PTH116 (a Path for each of thousands of files costs more than the call)
    except (OSError, ValueError):
        return None
    return (file, status.st_size, status.st_mtime_ns)
