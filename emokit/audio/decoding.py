"""A file becomes samples at its own rate: what it is, whether it is whole, and which stretch of it is asked for."""

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import soundfile as sf

from emokit.audio import declared, media
from emokit.audio.bad_clip import BadClip
from emokit.audio.fragments import fragment
from emokit.audio.limits import MOST_VALUES, check_length, check_rate, check_samples, cut, stretch

HEAD = 8_192  # bytes, in which nearly every header lies: one call of the system, not five
PCM = 1  # the format tag of plain samples in a WAV
PIECE = 2**18  # values of all channels, of a recording that is read piece by piece: 1 MB
KEPT = 2**20  # int16 that each thread keeps memory for: 2 MB, 22 s of mono at 48 kHz
UNKNOWN = 2**62  # frames; a FLAC that was written into a pipe declares no length, and libsndfile says more than this
WARM_UP = {"OPUS": 2}  # s to read before a stretch: until then a decoder that starts midway differs in the fourth digit
MOST_MISSING = 0.05  # share of the declared sound; recorders declare a block or their own header too much
UNHEARD = 0.01  # s; what is missing below is lost to nobody

_thread = threading.local()
_SYSTEM = {
    errno.EISDIR: ("not-a-file", "is a folder, not a file; leave it out"),
    errno.ENOENT: ("missing", "there is no such file; check the path, or extract its archive again"),
    errno.EACCES: ("permission", "may not be read by this user; change its permissions"),
    errno.EPERM: ("permission", "may not be read by this user; change its permissions"),
    errno.ELOOP: ("link-loop", "is a link that leads back to itself; replace it by the file"),
}


class Recording(NamedTuple):
    """A decoded file, or a stretch of one.

    Attributes:
        samples: float32 (frames, channels), full scale 1.
        rate: in Hz.
        subtype: sample format.
        container: file format.
        peak: the largest absolute value.
        missing: s of sound that the file's header declares beyond what is there; negative for one that declares less,
            infinite where it does not say how much, 0 where it is right.
        unread: s that the bytes behind the sound would last, if they were sound; they are no part of it by the header.
    """

    samples: np.ndarray
    rate: int
    subtype: str
    container: str
    peak: float
    missing: float = 0.0
    unread: float = 0.0


def decode(file: str | Path) -> Recording:
    """Every channel of a recording, or of a stretch of it, at its own rate; of a stretch only what it needs is read.

    The header is checked before memory is taken.

    Raises:
        BadClip: as `audio.read` does.
    """
    with _opened(file) as (stream, head, start, end):
        kind = media.kind(head)
        recording = _by_ffmpeg(file, stream, kind, start, end) if kind else _read(file, stream, head, start, end)
        return recording._replace(peak=check_samples(file, recording.samples))


def pieces(file: str | Path) -> Iterator[Recording]:
    """A recording, or a stretch of it, piece by piece from its beginning, whatever its length.

    Raises:
        BadClip: as `decode` does, though not for its length; of samples that are wrong when they are reached.
    """
    with _opened(file) as (stream, head, start, end):
        kind = media.kind(head)
        if kind and start is end is None:
            each = (Recording(part, rate, codec.upper(), kind.upper(), 0.0) for part, rate, codec in
                    media.pieces(file, stream, kind))  # fmt: skip
        elif kind:
            each = iter([_by_ffmpeg(file, stream, kind, start, end)])
        else:
            each = _pieces(file, stream, head, start, end)
        for piece in each:
            yield piece._replace(peak=check_samples(file, piece.samples))


@contextmanager
def _opened(file: str | Path) -> Iterator[tuple[BinaryIO, bytes, float | None, float | None]]:
    """A file, how it begins, and the times of the stretch that is asked for; what goes wrong with it is a BadClip."""
    try:
        path, start, end = fragment(file)
    except ValueError as error:
        raise BadClip(file, "segment", str(error).removeprefix(f"{file}: ").removesuffix(".")) from None
    try:
        with open(path, "rb", opener=_open_without_waiting) as stream:  # noqa: PTH123 (Path.open has no opener)
            yield stream, _check_file(file, stream), start, end
    except ValueError as error:  # a name with a zero byte
        raise BadClip(file, "system", f"cannot be opened ({error})") from None
    except OSError as error:
        code, reason = _SYSTEM.get(error.errno, ("system", f"cannot be opened ({error.strerror})"))
        raise BadClip(file, code, reason) from None
    except (sf.SoundFileError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).strip().rstrip(".")
        raise BadClip(file, "format", f"is not sound that libsndfile can read ({reason}); convert it to WAV") from None


def _open_without_waiting(file: str, flags: int) -> int:
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe named x.wav would wait for ever


def _check_file(file: str | Path, stream: BinaryIO) -> bytes:
    """Refuse what is no ordinary file, is empty, or only points at sound; gives how it begins."""
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise BadClip(file, "not-a-file", "is not an ordinary file; leave it out")
    if status.st_size == 0:
        raise BadClip(file, "empty", "is empty (0 bytes); extract or download it again")
    head = os.pread(stream.fileno(), HEAD, 0)
    if head.startswith(b"version https://git-lfs"):
        raise BadClip(file, "git-lfs", "is a Git LFS pointer, not sound; fetch the sound with `git lfs pull`")
    return head


def _by_ffmpeg(file: str | Path, stream: BinaryIO, kind: str, start: float | None, end: float | None) -> Recording:
    samples, rate, codec = media.decode(file, stream, kind, start, end)
    return Recording(samples, rate, codec.upper(), kind.upper(), 0.0)


def _read(file: str | Path, stream: BinaryIO, head: bytes, start: float | None, end: float | None) -> Recording:
    """What libsndfile reads of a file, its peak left out."""
    with _sound(file, stream, head) as (sound, missing, unread):
        first, last = stretch(file, start, end, sound.frames, sound.samplerate)
        check_length(file, last - first, sound.samplerate, sound.channels)
        samples = _samples(sound, first, last - first)
        if len(samples) < last - first:
            raise BadClip(file, "truncated", cut(len(samples) / (last - first)))
        return Recording(samples, sound.samplerate, sound.subtype, sound.format, 0.0, missing, unread)


def _pieces(file: str | Path, stream: BinaryIO, head: bytes, start: float | None, end: float | None):
    """The same, of any length, piece by piece."""
    with _sound(file, stream, head) as (sound, missing, unread):
        first, last = stretch(file, start, end, sound.frames, sound.samplerate)
        sound.read(_go_to(sound, first), dtype="float32")
        size, number = max(1, PIECE // sound.channels), 0
        for samples in sound.blocks(size, frames=last - first, dtype="float32", always_2d=True):
            number += len(samples)
            yield Recording(samples, sound.samplerate, sound.subtype, sound.format, 0.0, missing, unread)
        if number < last - first:
            raise BadClip(file, "truncated", cut(number / (last - first)))


@contextmanager
def _sound(file: str | Path, stream: BinaryIO, head: bytes) -> Iterator[tuple[sf.SoundFile, float, float]]:
    """A file as libsndfile opens it, and what its header declares too much and too little, in s."""
    descriptor = stream.fileno()
    if head[:4] in (b"RIFF", b"RIFX"):
        _check_bits(file, descriptor, head)
    sizes = declared.sizes(descriptor, head, os.fstat(descriptor).st_size)
    if sizes and sizes.there <= 0 < sizes.declared:
        raise BadClip(file, "truncated", cut(0))
    corrected = declared.Corrected(descriptor, *sizes.correction) if sizes and sizes.correction else descriptor
    with sf.SoundFile(corrected, closefd=False) as sound:
        _check_header(file, sound)
        seconds = sound.frames / sound.samplerate
        missing = _missing(file, sizes, seconds) if sizes else 0.0
        yield sound, missing, seconds * sizes.unread / sizes.declared if sizes and sizes.unread else 0.0


def _check_bits(file: str | Path, descriptor: int, head: bytes) -> None:
    """Refuse a WAV of fewer than 8 bits a sample, which libsndfile reads as 8."""
    order = "little" if head[:4] == b"RIFF" else "big"
    form = next((chunk.begin for chunk in declared.chunks(descriptor, head) if chunk.name == b"fmt "), b"")
    tag, bits = int.from_bytes(form[:2], order), int.from_bytes(form[14:16], order)
    if len(form) >= 16 and tag == PCM and bits < 8:
        raise BadClip(file, "bits", f"declares {bits} bits a sample; correct its header")


def _check_header(file: str | Path, sound: sf.SoundFile) -> None:
    check_rate(file, sound.samplerate)
    if sound.frames >= UNKNOWN:
        raise BadClip(file, "format", "does not say how long it is, since it was written into a pipe; encode it again")
    if sound.frames < 2:
        raise BadClip(file, "no-samples", f"holds {sound.frames} samples; record or extract it again")


def _missing(file: str | Path, sizes: declared.Sizes, seconds: float) -> float:
    """Seconds that a header declares beyond those that are there; BadClip where they can be believed, and are lost."""
    if sizes.unknown:
        return float("inf")
    missing, share = seconds * (sizes.declared / sizes.there - 1), sizes.there / max(1, sizes.declared)
    if sizes.believable and share < 1 - MOST_MISSING and missing >= UNHEARD:
        raise BadClip(file, "truncated", cut(share))
    return missing


def _samples(sound: sf.SoundFile, first: int, number: int) -> np.ndarray:
    """A stretch of a sound: float32 (number, channels) of full scale 1; less where it ends before."""
    spare = _go_to(sound, first)
    if sound.subtype != "PCM_16":
        return sound.read(spare + number, dtype="float32", always_2d=True)[spare:]
    # The same numbers in half the time: libsndfile converts one by one.
    n_values = number * sound.channels
    integers = _workspace(n_values)[:n_values].reshape(number, sound.channels)
    return sound.read(out=integers) * np.float32(2**-15)


def _go_to(sound: sf.SoundFile, first: int) -> int:
    """Go to a sample, or so many before it as are given back, for a decoder that has to warm up."""
    spare = min(first, WARM_UP.get(sound.subtype, 0) * sound.samplerate)
    if sound.seekable():
        if first:
            sound.seek(first - spare)
        return spare
    for _ in sound.blocks(MOST_VALUES // 64, frames=first):
        pass
    return 0


def _workspace(n_values: int) -> np.ndarray:
    """Room for at least so many int16, the same for every clip of a thread: fresh memory costs as much as decoding."""
    if n_values > KEPT:
        return np.empty(n_values, np.int16)
    if not hasattr(_thread, "workspace"):
        _thread.workspace = np.empty(KEPT, np.int16)
    return _thread.workspace
