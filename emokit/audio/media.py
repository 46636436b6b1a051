"""What telephones, browsers and cameras record and libsndfile does not read: by PyAV, whose wheels bring FFmpeg.

Only the containers below are opened, each with its own reader: FFmpeg would follow a playlist to other files.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import numpy as np

from emokit.audio.bad_clip import BadClip
from emokit.audio.limits import check_length, check_rate, cut, stretch

BEGINS = {  # place and bytes: what FFmpeg calls the container
    (4, b"ftyp"): "mov", (4, b"moov"): "mov", (4, b"mdat"): "mov", (4, b"wide"): "mov",  # m4a, mp4, 3gp
    (0, b"\x1a\x45\xdf\xa3"): "matroska",  # webm
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"): "asf",  # wma
    (0, b"#!AMR"): "amr",
    (8, b"AVI "): "avi",
    (0, b"\xff\xf1"): "aac", (0, b"\xff\xf9"): "aac",
    (0, b"FLV\x01"): "flv",
}  # fmt: skip
WARM_UP = 2  # s that are decoded before a stretch, until the decoder gives what it would give from the start
MOST_MISSING = 0.05  # share of what is declared, and
SPARE = 0.25  # s: encoders fill up their last frame, and some count it, or what comes before the sound


def kind(head: bytes) -> str | None:
    """What FFmpeg calls the container of a file that begins so; None for one that libsndfile may read."""
    return next((name for (at, begin), name in BEGINS.items() if head[at : at + len(begin)] == begin), None)


def decode(
    file: str | Path, stream: BinaryIO, kind: str, start: float | None = None, end: float | None = None
) -> tuple[np.ndarray, int, str]:
    """The first sound track of a file, or a stretch of it: float32 (samples, channels), rate in Hz, codec.

    A stretch begins at its time to the sample, or to the millisecond where the container counts in those (webm, wma).

    Raises:
        BadClip: as `audio.read` does; and without PyAV, naming the extra.
    """
    av = _av(file)
    with _named(file, av, kind):
        for seeking in (bool(start and start > WARM_UP), False):  # an index may lead behind what is wanted
            stream.seek(0)
            with av.open(stream, format=kind) as container:
                track = _track(file, container)
                samples, begin, rate = _heard(file, av, container, track, start if seeking else None, end)
                first, last = stretch(file, start, end, begin + len(samples), rate)
                if start is end is None:
                    _check_whole(file, stream, kind, container, track, len(samples) / rate)
                if begin <= first:
                    return samples[first - begin : last - begin], rate, track.codec_context.name
        raise BadClip(file, "segment", f"has no sound before {begin / rate:g} s; correct the times of the stretch")


def pieces(file: str | Path, stream: BinaryIO, kind: str) -> Iterator[tuple[np.ndarray, int, str]]:
    """The first sound track of a file from its beginning, piece by piece: as `decode` gives it, of any length."""
    av, number = _av(file), 0
    with _named(file, av, kind), av.open(stream, format=kind) as container:
        track = _track(file, container)
        for frame in _floats(file, av, container, track):
            check_rate(file, frame.sample_rate)
            samples = frame.to_ndarray().T
            number += len(samples)
            yield samples, frame.sample_rate, track.codec_context.name
        if number < 2:
            raise BadClip(file, "no-samples", f"holds {number} samples; record or extract it again")
        _check_whole(file, stream, kind, container, track, number / frame.sample_rate)


@contextmanager
def _named(file: str | Path, av: ModuleType, kind: str) -> Iterator[None]:
    """What FFmpeg says of a file becomes a BadClip."""
    try:
        yield
    except av.FFmpegError as error:
        reason = f"is not {kind} that FFmpeg can read ({error.strerror}); convert it to WAV"
        raise BadClip(file, "format", reason) from None


def _track(file: str | Path, container):
    if not container.streams.audio:
        raise BadClip(file, "format", "has no sound track; take it out of the corpus")
    return container.streams.audio[0]


def _heard(file, av: ModuleType, container, track, start: float | None, end: float | None):
    """Samples from before `start` to behind `end` (s), which sample of the track is the first of them, and the rate."""
    frames = _floats(file, av, container, track)
    frame = next(frames, None)
    if frame is None:
        raise BadClip(file, "no-samples", "holds 0 samples; record or extract it again")
    rate, begin, origin = frame.sample_rate, 0, frame.time or 0
    check_rate(file, rate)
    if start is not None:
        container.seek(round((start - WARM_UP + origin) / track.time_base), stream=track)
        frames = _floats(file, av, container, track)
        frame = next(frames, None)
        if frame is None or frame.time is None:
            return np.empty((0, 1), np.float32), sys.maxsize, rate
        begin = round((frame.time - origin) * rate)
    pieces, number = [], 0
    for part in chain([frame], frames):
        pieces.append(part.to_ndarray().T)
        number += len(pieces[-1])
        check_length(file, max(2, number), rate, pieces[-1].shape[1])
        if end is not None and begin + number >= end * rate:
            break
    check_length(file, number, rate, 1)
    return np.concatenate(pieces), begin, rate


def _floats(file, av: ModuleType, container, track) -> Iterator:
    """The frames of a track as float32, full scale 1; one that cannot be decoded may only be the last."""
    resampler, failed = None, None
    for packet in container.demux(track):
        try:
            frames = packet.decode()
        except av.InvalidDataError as error:
            failed = failed or error
            continue
        if failed and frames:
            raise failed
        for frame in frames:
            resampler = resampler or av.AudioResampler("fltp", frame.layout, frame.sample_rate)
            try:
                yield from resampler.resample(frame)
            except ValueError as error:
                raise BadClip(file, "format", "changes its rate or channels midway; convert it to WAV") from error
    if failed and not resampler:
        raise failed


def _check_whole(file: str | Path, stream: BinaryIO, kind: str, container, track, seconds: float) -> None:
    """Refuse a file that ends before its own header says, where that is not a guess from its bytes."""
    there, declared = seconds + SPARE, None
    if kind == "mov" and track.duration:
        declared = float(track.duration * track.time_base)
    elif kind in ("matroska", "asf") and len(container.streams) == 1 and container.duration:
        declared = container.duration / 1e6
    elif kind == "avi":  # bytes
        stream.seek(4)
        declared, there = int.from_bytes(stream.read(4), "little") + 8, stream.seek(0, os.SEEK_END)
    if declared and there < (1 - MOST_MISSING) * declared:
        raise BadClip(file, "truncated", cut(there / declared))


def _av(file: str | Path) -> ModuleType:
    try:
        import av
    except ImportError:
        reason = "is read with the extra `media`: pip install -e \".[media]\", or convert it to WAV"
        raise BadClip(file, "format", reason) from None
    return av
