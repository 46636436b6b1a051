"""Features of a whole corpus: computed in parallel, kept on disk by content, read back by memory map.

A cache is a folder for each settings. In it lie shards: `<name>.frames` holds the frames of up to 32 clips one behind
the other (float32, little-endian). `<name>.json`, written after it, says where each clip lies (sha256 of its file,
start, frames, bands, CRC-32), and which (path, size, time of change) had which sha256, so that the next run need not
read the sound again. Shards are never changed: several processes may write to one cache, and one that is killed loses
the shards it was at.
"""

import os
import secrets
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from emokit import atomic_files, audio
from emokit.audio import BadClip
from emokit.features.log_mel import LogMelSettings

CLIPS_IN_SHARD = 32  # what a kill may lose, a thread
FRAME = np.dtype("<f4")


class Entry(NamedTuple):
    """Where the frames of one clip lie: the shard's file name, first value, frames, bands and CRC-32 of their bytes."""

    shard: str
    start: int
    frames: int
    bands: int
    checksum: int


class Features:
    """The frames of each clip, read from disk when asked for; small to keep and to pickle.

    Attributes:
        index: the index of the clips.
        lengths: int64 (clips,), frames of each clip in the order of the rows; 0 where the clip could not be read.
        failures: DataFrame `file`, `code`, `reason`, one row a clip that could not be read, under its index.
    """

    def __init__(self, folder: Path, index: pd.Index, entries: list[Entry | None], failures: pd.DataFrame):
        self.index, self.failures = index, failures
        self.lengths = np.array([entry.frames if entry else 0 for entry in entries], np.int64)
        self._folder, self._entries, self._maps = folder, entries, {}

    def __len__(self) -> int:
        """Clips, those that could not be read among them."""
        return len(self.index)

    def __getitem__(self, label) -> np.ndarray:
        """Give frames of the clip with this index label: float32 (frames, bands), read-only.

        Raises:
            KeyError: if there is no such clip, or it could not be read.
        """
        entry = self._entries[self.index.get_loc(label)]
        if entry is None:
            failure = self.failures.loc[label]
            raise KeyError(f"Clip {label} has no frames: {failure['file']} {failure['reason']}.")
        stop = entry.start + entry.frames * entry.bands
        return self._values(entry.shard)[entry.start : stop].reshape(entry.frames, entry.bands)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Frames of one clip after the other, in the order of the rows."""
        return (self[label] for label in self.index)

    def _values(self, shard: str) -> np.ndarray:
        if shard not in self._maps:
            path = self._folder / shard
            n_values = path.stat().st_size // FRAME.itemsize  # a shard that was cut: the clips before the cut are whole
            self._maps[shard] = np.asarray(np.memmap(path, FRAME, mode="r", shape=(n_values,)))
        return self._maps[shard]

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_maps": {}}  # another process maps the files itself


def extract(
    clips: pd.DataFrame,
    settings: LogMelSettings | None = None,
    cache_dir: str | Path | None = None,
    n_jobs: int = 1,
) -> Features:
    """Compute the features of every clip, or take them from the cache.

    Args:
        clips: with `file`; their index, without repeats, numbers the features.
        settings: what to compute; log-mel as usual if None.
        cache_dir: where to keep them; if None a temporary folder that lives as long as the Features.
        n_jobs: threads; reading, resampling and the spectrum leave Python's lock, and threads start at once.
    """
    if clips.index.has_duplicates:
        raise ValueError("The index of clips has repeats; number the clips anew with clips.reset_index(drop=True).")
    settings = settings or LogMelSettings()
    root = Path(cache_dir or tempfile.mkdtemp(prefix="emokit-"))
    cache = _Cache(root / settings.name(), settings)
    failures = cache.fill(dict.fromkeys(os.fspath(file) for file in clips["file"]), n_jobs)
    table = pd.DataFrame(
        [(file, *failures[file]) for file in clips["file"] if file in failures],
        index=clips.index[clips["file"].isin(failures.keys())],
        columns=["file", "code", "reason"],
    )
    features = Features(cache.folder, clips.index, [cache.entry(file) for file in clips["file"]], table)
    if cache_dir is None:
        weakref.finalize(features, shutil.rmtree, root, ignore_errors=True)
    return features


class _Cache:
    """The shards of one folder, and which clip lies where in them."""

    def __init__(self, folder: Path, settings: LogMelSettings):
        self.folder, self.settings = folder, settings
        self.digests: dict[tuple[str, int, int], str] = {}  # (path, size, mtime in ns) → sha256 of the bytes
        self.entries: dict[str, Entry] = {}  # sha256 → frames; only what is sound
        self._candidates: dict[str, list[Entry]] = {}
        self._keys: dict[str, tuple[str, int, int]] = {}  # file → its key in `digests`, for this run
        for path in sorted(folder.glob("[!.]*.json")):
            self._add_shard(path)

    def _add_shard(self, path: Path) -> None:
        shard = atomic_files.read_checked(path)
        if shard is None:
            return  # its clips are computed again
        self.digests.update({(file, size, changed): digest for file, size, changed, digest in shard["files"]})
        for digest, *entry in shard["clips"]:
            self._candidates.setdefault(digest, []).append(Entry(*entry))

    def entry(self, file: str) -> Entry | None:
        """Where the frames of a file are; None if it could not be read."""
        return self.entries.get(self.digests.get(self._keys.get(os.fspath(file))))

    def fill(self, files: dict[str, None], n_jobs: int) -> dict[str, tuple[str, str]]:
        """Compute what is missing, shard by shard; gives code and reason of each file that cannot be read."""
        missing = [file for file in files if not self._has(file)]
        failures = {}
        for failed in audio.in_parallel(self._write_shard, missing, CLIPS_IN_SHARD, n_jobs):
            failures.update(failed)
        return failures

    def _has(self, file: str) -> bool:
        try:
            self._keys[file] = audio.state(file)
        except OSError:
            return False  # reading it will say why
        digest = self.digests.get(self._keys[file])
        return digest is not None and self._is_sound(digest)

    def _is_sound(self, digest: str) -> bool:
        """Whether frames of this content are at hand and as they were written."""
        if digest not in self.entries:
            sound = (entry for entry in self._candidates.get(digest, ()) if self._matches(entry))
            if entry := next(sound, None):
                self.entries[digest] = entry
        return digest in self.entries

    def _matches(self, entry: Entry) -> bool:
        size = FRAME.itemsize
        try:
            with (self.folder / entry.shard).open("rb") as stream:
                stream.seek(entry.start * size)
                return zlib.crc32(stream.read(entry.frames * entry.bands * size)) == entry.checksum
        except OSError:
            return False

    def _write_shard(self, files: list[str]) -> dict[str, tuple[str, str]]:
        """Compute and write a few clips; gives the failures by file."""
        path, failures, entries, start = self.folder / f"{secrets.token_hex(8)}.frames", {}, {}, 0
        with atomic_files.replacing(path, durable=False) as aside, aside.open("wb") as stream:
            for file in files:
                try:
                    digest, frames = self._compute(file)
                except BadClip as bad:
                    failures[file] = (bad.code, bad.reason)
                    continue
                if frames is not None and digest not in entries:
                    frames = frames.astype(FRAME, copy=False)
                    stream.write(frames)
                    entries[digest] = Entry(path.name, start, *frames.shape, zlib.crc32(frames))
                    start += frames.size
        self._write_index(path.with_suffix(".json"), [file for file in files if file not in failures], entries)
        self.entries.update(entries)
        return failures

    def _compute(self, file: str) -> tuple[str, np.ndarray | None]:
        """The sha256 of a file and its frames; no frames if those of this content are at hand.

        Raises:
            BadClip: as the settings' `frames` does, or if the file changes meanwhile.
        """
        digest, frames = None, None
        try:
            self._keys[file] = audio.state(file)
            digest = atomic_files.sha256(file)
        except OSError:
            pass  # the decoder says it better
        if digest is None or not self._is_sound(digest):
            frames = self.settings.frames(file)
        if digest is None or audio.state(file) != self._keys[file]:
            raise BadClip(file, "changed", "changed while it was read; run again when it is complete")
        self.digests[self._keys[file]] = digest
        return digest, frames

    def _write_index(self, path: Path, files: list[str], entries: dict[str, Entry]) -> None:
        shard = {
            "files": [[*self._keys[file], self.digests[self._keys[file]]] for file in files],
            "clips": [[digest, *entry] for digest, entry in entries.items()],
        }
        atomic_files.write_checked(path, shard)
