"""One way to read sound: a file becomes float32 mono samples at one rate, or a BadClip that says what is wrong."""

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile as sf
import soxr

from emokit import notebook
from emokit.audio import declared
from emokit.audio.fragments import fragment as fragment
from emokit.audio.fragments import with_times as with_times

RATE = 16_000  # Hz, what every later module works with
RATES = (4_000, 768_000)  # Hz; a header outside this range is wrong or not speech
MOST_VALUES = 2**27  # samples x channels: 0.5 GB as float32, 46 minutes of mono at 48 kHz
LOUDEST = 4.0  # full scale is 1; floats beyond 12 dB over it were stored on another scale
FILES_TOGETHER = 32  # whose results are kept at once: what a kill may lose, a thread
CANCELLED = 1e-3  # power of the mix against that of its channels: -30 dB
HEAD = 8_192  # bytes, in which nearly every header lies: one call of the system, not five
PCM = 1  # the format tag of plain samples in a WAV
KEPT = 2**20  # int16 that each thread keeps memory for: 2 MB, 22 s of mono at 48 kHz
UNKNOWN = 2**62  # frames; a FLAC that was written into a pipe declares no length, and libsndfile says more than this

Stamp = tuple[str, int, int]  # of a file: path, bytes, time of change in ns; while they stay, so does the content

_thread = threading.local()
_SYSTEM = {
    errno.EISDIR: ("not-a-file", "is a folder, not a file; remove it from the corpus"),
    errno.ENOENT: ("missing", "there is no such file; check the path or extract the corpus again"),
    errno.EACCES: ("permission", "may not be read by this user; change its permissions"),
    errno.EPERM: ("permission", "may not be read by this user; change its permissions"),
    errno.ELOOP: ("link-loop", "is a link that leads back to itself; replace it by the file"),
}


class BadClip(Exception):
    """A recording that cannot be used.

    Attributes:
        file: its path, as given.
        code: one word a program can act on, such as "truncated".
        reason: what is wrong and what to do, in words.
    """

    def __init__(self, file: str | Path, code: str, reason: str):
        super().__init__(f"{printable(file)}: {reason} ({code}).")
        self.file, self.code, self.reason = str(file), code, reason

    def __reduce__(self):
        return BadClip, (self.file, self.code, self.reason)


class Recording(NamedTuple):
    """A decoded file: samples float32 (frames, channels) of full scale 1, rate in Hz, sample and file format, peak."""

    samples: np.ndarray
    rate: int
    subtype: str
    container: str
    peak: float


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

    Raises:
        BadClip: with path, code and reason, for whatever cannot be read or holds no usable sound.
    """
    return to_mono(file, decode(file), rate)


def decode(file: str | Path) -> Recording:
    """Every channel of a recording at its own rate; the header is checked before memory is taken.

    Raises:
        BadClip: as `read` does.
    """
    try:
        with open(file, "rb", opener=_open_without_waiting) as stream:  # noqa: PTH123 (Path.open has no opener)
            _check_file(file, stream)
            with sf.SoundFile(stream.fileno(), closefd=False) as sound:
                _check_header(file, sound)
                samples = _samples(sound)
                if len(samples) < sound.frames:
                    raise BadClip(file, "truncated", _cut(len(samples) / sound.frames))
                return Recording(samples, sound.samplerate, sound.subtype, sound.format, _peak(file, samples))
    except ValueError as error:  # a name with a zero byte
        raise BadClip(file, "system", f"cannot be opened ({error})") from None
    except OSError as error:
        code, reason = _SYSTEM.get(error.errno, ("system", f"cannot be opened ({error.strerror})"))
        raise BadClip(file, code, reason) from None
    except (sf.SoundFileError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).strip().rstrip(".")
        raise BadClip(file, "format", f"is not sound that libsndfile can read ({reason}); convert it to WAV") from None


def to_mono(file: str | Path, recording: Recording, rate: int = RATE) -> np.ndarray:
    """The mean of the channels, resampled by soxr (HQ): float32 (samples,) in [-1, 1] at `rate` Hz."""
    samples, own_rate, _, _, peak = recording
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
    return np.clip(mono, -1, 1) if peak > 1 or own_rate != rate else mono


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
    """The stamp of a file as it is now; None if there is no such file."""
    try:
        status = os.stat(file)  # noqa: PTH116 (a Path for each of thousands of files costs more than the call)
    except (OSError, ValueError):
        return None
    return (file, status.st_size, status.st_mtime_ns)


def printable(file: str | Path) -> str:
    """A path as text that can be printed and stored: bytes that are not UTF-8 are shown as escapes."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


def _open_without_waiting(file: str, flags: int) -> int:
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe named x.wav would wait for ever


def _check_file(file: str | Path, stream: BinaryIO) -> None:
    """Refuse what is no ordinary file, is empty, only points at sound, or ends before its own header says."""
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise BadClip(file, "not-a-file", "is not an ordinary file; remove it from the corpus")
    if status.st_size == 0:
        raise BadClip(file, "empty", "is empty (0 bytes); extract or download it again")
    head = os.pread(stream.fileno(), HEAD, 0)
    if head.startswith(b"version https://git-lfs"):
        raise BadClip(file, "git-lfs", "is a Git LFS pointer, not sound; fetch the sound with `git lfs pull`")
    if head[4:8] == b"ftyp":
        raise BadClip(file, "format", "is MPEG-4 sound (m4a), which is not read; convert it to WAV with ffmpeg")
    if head[:4] in (b"RIFF", b"RIFX"):
        _check_bits(file, stream.fileno(), head)
    share = declared.share_present(stream.fileno(), head, status.st_size)
    if share < 1:
        raise BadClip(file, "truncated", _cut(share))


def _check_bits(file: str | Path, descriptor: int, head: bytes) -> None:
    """Refuse a WAV of fewer than 8 bits a sample, which libsndfile reads as 8."""
    order = "little" if head[:4] == b"RIFF" else "big"
    form = next((chunk.begin for chunk in declared.chunks(descriptor, head) if chunk.name == b"fmt "), b"")
    tag, bits = int.from_bytes(form[:2], order), int.from_bytes(form[14:16], order)
    if len(form) >= 16 and tag == PCM and bits < 8:
        raise BadClip(file, "bits", f"declares {bits} bits a sample; correct its header")


def _check_header(file: str | Path, sound: sf.SoundFile) -> None:
    if not RATES[0] <= sound.samplerate <= RATES[1]:
        reason = f"declares {sound.samplerate:,} Hz; expected {RATES[0]:,} to {RATES[1]:,}: correct its header"
        raise BadClip(file, "rate", reason)
    if sound.frames >= UNKNOWN:
        raise BadClip(file, "format", "does not say how long it is, since it was written into a pipe; encode it again")
    if sound.frames * max(sound.channels, RATE / sound.samplerate) > MOST_VALUES:  # as it is, or once resampled
        minutes = sound.frames / sound.samplerate / 60
        raise BadClip(file, "too-long", f"declares {minutes:,.0f} minutes of sound; cut it into utterances")
    if sound.frames < 2:
        raise BadClip(file, "no-samples", f"holds {sound.frames} samples; record or extract it again")


def _samples(sound: sf.SoundFile) -> np.ndarray:
    """What is left of a sound: float32 (frames, channels) of full scale 1."""
    if sound.subtype != "PCM_16":
        return sound.read(sound.frames, dtype="float32", always_2d=True)  # GSM cannot seek to find out how many
    # The same numbers in half the time: libsndfile converts one by one.
    n_values = sound.frames * sound.channels
    integers = _workspace(n_values)[:n_values].reshape(sound.frames, sound.channels)
    return sound.read(out=integers) * np.float32(2**-15)


def _workspace(n_values: int) -> np.ndarray:
    """Room for at least so many int16, the same for every clip of a thread: fresh memory costs as much as decoding."""
    if n_values > KEPT:
        return np.empty(n_values, np.int16)
    if not hasattr(_thread, "workspace"):
        _thread.workspace = np.empty(KEPT, np.int16)
    return _thread.workspace


def _peak(file: str | Path, samples: np.ndarray) -> float:
    """The largest absolute value, if samples can be sound at all."""
    # The extremes tell: NaN spreads to both of them.
    low, high = float(samples.min()), float(samples.max())
    peak = max(-low, high)
    if not np.isfinite([low, high]).all():
        raise BadClip(file, "not-finite", "holds NaN or infinite samples; export it again")
    if peak > LOUDEST:
        reason = f"reaches {peak:.3g} times full scale; divide its floats by their peak"
        raise BadClip(file, "range", reason)
    return peak


def _cut(share: float) -> str:
    return f"is cut off: {max(0, int(100 * share))}% of the sound it declares is there; extract or download it again"
