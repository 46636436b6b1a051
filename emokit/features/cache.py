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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from emokit import atomic_files, audio
from emokit.audio import BadClip
from emokit.audit.measurements import Measuring
from emokit.features.log_mel import LogMelSettings

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
            self._maps[shard] = _values(self._folder / shard)
        return self._maps[shard]

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_maps": {}}  # another process maps the files itself


def extract(
    clips: pd.DataFrame,
    settings=None,
    cache_dir: str | Path | None = None,
    n_jobs: int = 1,
) -> Features:
    """Compute the features of every clip, or take them from the cache.

    Args:
        clips: with `file`; their index, without repeats, numbers the features.
        settings: what to compute, of a kind in `features.KINDS`; log-mel as usual if None.
        cache_dir: where to keep them; if None a temporary folder that lives as long as the Features.
        n_jobs: threads; reading, resampling and the spectrum leave Python's lock, and threads start at once.
    """
    _check_index(clips)
    settings = settings or LogMelSettings()
    root = Path(cache_dir or tempfile.mkdtemp(prefix="emokit-"))
    cache = _Cache(root / settings.name(), settings)
    audio.hear(cache.missing(_files(clips)), [cache.shard], n_jobs)
    features = cache.features(clips)
    if cache_dir is None:
        weakref.finalize(features, shutil.rmtree, root, ignore_errors=True)
    return features


def extract_and_measure(
    clips: pd.DataFrame, settings, cache_dir: str | Path, n_jobs: int = 1
) -> tuple[Features, pd.DataFrame]:
    """What `extract` and `audit.measure` give, in one reading of the files."""
    _check_index(clips)
    cache, measuring = _Cache(Path(cache_dir) / settings.name(), settings), Measuring(clips["file"], cache_dir)
    unmeasured, uncomputed = measuring.missing(), cache.missing(_files(clips))
    listeners = [measuring.shard] * bool(unmeasured) + [cache.shard] * bool(uncomputed)
    audio.hear(list(dict.fromkeys(unmeasured + uncomputed)), listeners, n_jobs)
    return cache.features(clips), measuring.table(clips)


def _values(shard: Path) -> np.ndarray:
    """All values of a shard, read-only; of one that was cut, those before the cut."""
    n_values = shard.stat().st_size // FRAME.itemsize
    return np.asarray(np.memmap(shard, FRAME, mode="r", shape=(n_values,)))


def _files(clips: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(map(os.fspath, clips["file"])))


def _check_index(clips: pd.DataFrame) -> None:
    if clips.index.has_duplicates:
        raise ValueError("The index of clips has repeats; number the clips anew with clips.reset_index(drop=True).")


class _Cache:
    """The shards of one folder, and which clip lies where in them."""

    def __init__(self, folder: Path, settings):
        self.folder, self.settings = folder, settings
        self.digests: dict[tuple[str, int, int], str] = {}  # (path, size, mtime in ns) → sha256 of the bytes
        self.entries: dict[str, Entry] = {}  # sha256 → frames; only what is sound
        self.failures: dict[str, tuple[str, str]] = {}  # file → code and reason, where it cannot be read
        self._maps: dict[str, np.ndarray] = {}  # shard → its values
        self._candidates: dict[str, list[Entry]] = {}
        self._keys: dict[str, tuple[str, int, int] | None] = {}  # file → its key in `digests`, for this run
        for path in sorted(folder.glob("[!.]*.json")):
            self._add_shard(path)

    def _add_shard(self, path: Path) -> None:
        shard = atomic_files.read_checked(path)
        if shard is None:
            return  # its clips are computed again
        self.digests.update({(file, size, changed): digest for file, size, changed, digest in shard["files"]})
        for digest, *entry in shard["clips"]:
            self._candidates.setdefault(digest, []).append(Entry(*entry))

    def features(self, clips: pd.DataFrame) -> Features:
        """The frames of these clips, and why some have none."""
        failed = clips[clips["file"].isin(self.failures.keys())]
        failures = pd.DataFrame(
            [(file, *self.failures[file]) for file in failed["file"]],
            index=failed.index,
            columns=["file", "code", "reason"],
        )
        return Features(self.folder, clips.index, [self._entry(file) for file in clips["file"]], failures)

    def _entry(self, file: str) -> Entry | None:
        """Where the frames of a file are; None if it could not be read."""
        return self.entries.get(self.digests.get(self._keys.get(os.fspath(file))))

    def missing(self, files: list[str]) -> list[str]:
        """Files that were not computed yet, or have changed since."""
        self._keys.update({file: audio.stamp(file) for file in files})
        return [file for file in files if not self._has(self._keys[file])]

    def _has(self, key: tuple | None) -> bool:
        digest = self.digests.get(key)
        return digest is not None and self._is_sound(digest)

    def _is_sound(self, digest: str) -> bool:
        """Whether frames of this content are at hand and as they were written."""
        if digest not in self.entries:
            sound = (entry for entry in self._candidates.get(digest, ()) if self._matches(entry))
            if entry := next(sound, None):
                self.entries[digest] = entry
        return digest in self.entries

    def _matches(self, entry: Entry) -> bool:
        if entry.shard not in self._maps:
            try:
                self._maps[entry.shard] = _values(self.folder / entry.shard)
            except (OSError, ValueError):  # ValueError: nothing is in it
                return False
        frames = self._maps[entry.shard][entry.start : entry.start + entry.frames * entry.bands]
        return zlib.crc32(frames) == entry.checksum

    @contextmanager
    def shard(self) -> Iterator[Callable[[audio.Sound], None]]:
        """A function that computes the frames of one sound after the other; they are kept in one shard at the end."""
        path, heard, entries = self.folder / f"{secrets.token_hex(8)}.frames", {}, {}
        with atomic_files.replacing(path, durable=False) as aside, aside.open("wb") as stream:

            def hear(sound: audio.Sound) -> None:
                if self._has(sound.stamp):
                    return
                try:
                    digest, frames = self._compute(sound)
                except BadClip as bad:
                    self.failures[sound.file] = (bad.code, bad.reason)
                    return
                heard[sound.stamp] = digest
                if frames is not None and digest not in entries:
                    frames = frames.astype(FRAME, copy=False)
                    start = stream.tell() // FRAME.itemsize
                    stream.write(frames)
                    entries[digest] = Entry(path.name, start, *frames.shape, zlib.crc32(frames))

            yield hear
        files = [[*stamp, digest] for stamp, digest in heard.items()]
        clips = [[digest, *entry] for digest, entry in entries.items()]
        atomic_files.write_checked(path.with_suffix(".json"), {"files": files, "clips": clips})
        self._keys.update({stamp[0]: stamp for stamp in heard})
        self.digests.update(heard)
        self.entries.update(entries)

    def _compute(self, sound: audio.Sound) -> tuple[str, np.ndarray | None]:
        """The sha256 of a file and its frames; no frames if those of this content are at hand.

        Raises:
            BadClip: if it cannot be read, or changes meanwhile.
        """
        digest, frames = None, None
        with suppress(OSError):  # the decoder says it better
            digest = atomic_files.sha256(sound.file)
        if digest is None or not self._is_sound(digest):
            frames, _ = self.settings.placed(sound.mono(self.settings.rate))
        if digest is None:
            raise BadClip(sound.file, "changed", "came while it was read; run again when it is complete")
        sound.check_unchanged()
        return digest, frames
