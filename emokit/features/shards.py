"""Frames on disk: shards of up to 32 clips, written once and never changed.

`<name>.frames` holds the frames of its clips one behind the other, little-endian. `<name>.json`, written after it, says
where each clip lies, by the sha256 of what it holds; which (file, size, time of change) had which sha256, so that the
next run need not read the sound again; and in whose place it stands, if it was made since others were damaged.
"""

import os
import secrets
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emokit import atomic_files, audio, shard_headers

FRAME = "<f4"


class Entry(NamedTuple):
    """Where the frames of one clip lie: the shard's file name, first value, frames, bands, CRC-32, type of a value."""

    shard: str
    start: int
    frames: int
    bands: int
    checksum: int
    kind: str = FRAME


class Shard:
    """A shard that is being written.

    Attributes:
        digests: stamp of a file → sha256 of what it holds.
        entries: sha256 → where its frames lie.
    """

    def __init__(self, name: str, stream, kind: str):
        self.digests: dict[audio.Stamp, str] = {}
        self.entries: dict[str, Entry] = {}
        self._name, self._stream, self._kind = name, stream, kind

    def add(self, stamp: audio.Stamp, digest: str, frames: np.ndarray | None) -> None:
        """Keep whose content this is, and its frames (n, bands), if they are not at hand (None)."""
        self.digests[stamp] = digest
        if frames is not None and digest not in self.entries:
            kept = np.ascontiguousarray(frames, self._kind)
            start = self._stream.tell() // kept.itemsize
            self._stream.write(kept)
            self.entries[digest] = Entry(self._name, start, *kept.shape, zlib.crc32(kept), self._kind)


@contextmanager
def writing(folder: Path, kind: str, damaged: Collection[Entry] = ()) -> Iterator[Shard]:
    """A shard to add to, there for all once the block ends.

    Args:
        folder: of the settings.
        kind: type of a value on disk, such as `"<f4"`.
        damaged: entries that nobody is to read any more.
    """
    path = folder / f"{secrets.token_hex(8)}.frames"
    with atomic_files.replacing(path, durable=False) as aside, aside.open("wb") as stream:
        shard = Shard(path.name, stream, kind)
        yield shard
    if not shard.digests:  # nothing could be read
        path.unlink()
        return
    header = {
        "files": [[*stamp, digest] for stamp, digest in shard.digests.items()],
        "clips": [[digest, *entry] for digest, entry in shard.entries.items()],
        "damaged": [entry[:2] for entry in damaged],
    }
    atomic_files.write_checked(path.with_suffix(".json"), header)


def read_headers(folder: Path, damaged: Collection[Entry] = ()) -> tuple[dict[audio.Stamp, str], dict[str, Entry]]:
    """What lies in a folder: stamp of a file → sha256, and sha256 → entry, of shards that are there, but no damaged."""
    there = set(os.listdir(folder)) if folder.is_dir() else set()  # noqa: PTH208 (thousands)
    digests, entries, damaged = {}, [], {entry[:2] for entry in damaged}
    for header in shard_headers.read(folder):
        digests.update({tuple(stamp): digest for *stamp, digest in header["files"]})
        entries += [(digest, Entry(*entry)) for digest, *entry in header["clips"]]
        damaged.update(map(tuple, header.get("damaged", ())))
    return digests, {digest: entry for digest, entry in entries if entry.shard in there and entry[:2] not in damaged}


def read(folder: Path, entry: Entry, *, check: bool) -> np.ndarray | None:
    """The frames of an entry, float32 (frames, bands), read-only; None if they are not there, or not all of them.

    Args:
        folder: of the settings.
        entry: of a clip.
        check: whether they are as they were written; None if not.
    """
    kind, size = np.dtype(entry.kind), entry.frames * entry.bands
    try:
        values = np.fromfile(folder / entry.shard, kind, size, offset=entry.start * kind.itemsize)
    except OSError:
        return None
    if len(values) < size or (check and zlib.crc32(values) != entry.checksum):
        return None
    frames = values.reshape(entry.frames, entry.bands).astype(np.float32, copy=False)
    frames.flags.writeable = False
    return frames
