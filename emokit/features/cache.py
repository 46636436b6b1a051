"""Features of a whole corpus: computed in parallel, kept on disk by content, read back by memory map.

A cache is a folder for each settings. In it lie shards: `<name>.frames` holds the frames of up to 32 clips one behind
the other (float32, little-endian). `<name>.json`, written after it, says where each clip lies (sha256 of what it holds,
start, frames, bands, CRC-32), and which (file, size, time of change) had which sha256, so that the next run need not
read the sound again. A file holds its bytes; a stretch of one its samples. Shards are never changed: several processes
may write to one cache, and one that is killed loses the shards it was at.
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


def extract(clips: pd.DataFrame, settings=None, cache_dir: str | Path | None = None, n_jobs: int = 1) -> Features:
    """Compute the features of every clip, or take them from the cache.

    Args:
        clips: with `file`; their index, without repeats, numbers the features.
        settings: what to compute, of a kind in `features.KINDS`; log-mel as usual if None.
        cache_dir: where to keep them; if None a temporary folder that lives as long as the Features.
        n_jobs: threads; reading, resampling and the spectrum leave Python's lock, and threads start at once.
    """
    root = Path(cache_dir or tempfile.mkdtemp(prefix="emokit-"))
    cache = _Cache(root, settings or LogMelSettings(), clips)
    audio.read_once(cache.missing(), [cache.shard], n_jobs)
    features = cache.features(clips)
    if cache_dir is None:
        weakref.finalize(features, shutil.rmtree, root, ignore_errors=True)
    return features


def extract_and_measure(
    clips: pd.DataFrame, settings, cache_dir: str | Path, n_jobs: int = 1
) -> tuple[Features, pd.DataFrame]:
    """What `extract` and `audit.measure` give, in one reading of the files."""
    cache, measuring = _Cache(Path(cache_dir), settings, clips), Measuring(clips["file"], cache_dir)
    missing = [(consumer.shard, consumer.missing()) for consumer in (measuring, cache)]
    files = dict.fromkeys(file for _, of_one in missing for file in of_one)
    audio.read_once(list(files), [shard for shard, of_one in missing if of_one], n_jobs)
    return cache.features(clips), measuring.table(clips)


def missing(clips: pd.DataFrame, settings, cache_dir: str | Path) -> pd.DataFrame:
    """Those of the clips whose features the cache does not have, or no longer as they were written."""
    return clips[clips["file"].isin(_Cache(Path(cache_dir), settings, clips).missing())]


def _values(shard: Path) -> np.ndarray:
    """All values of a shard, read-only; of one that was cut, those before the cut."""
    n_values = shard.stat().st_size // FRAME.itemsize
    return np.asarray(np.memmap(shard, FRAME, mode="r", shape=(n_values,)))


class _Cache:
    """What is kept under some settings, and where in it these clips lie.

    Attributes:
        folder: of these settings.
        failures: file → code and reason, where it cannot be read.
    """

    def __init__(self, root: Path, settings, clips: pd.DataFrame):
        if clips.index.has_duplicates:
            raise ValueError("The clips' index has repeats; number the clips anew with clips.reset_index(drop=True).")
        self.folder, self.failures = root / settings.name(), {}
        self._settings = settings
        self._stamps = {file: audio.stamp(file) for file in map(os.fspath, clips["file"])}
        self._digests: dict[audio.Stamp, str] = {}  # as they were when read: sha256 of what they hold
        self._entries: dict[str, Entry] = {}  # sha256 → frames; only what is sound
        self._candidates: dict[str, list[Entry]] = {}  # sha256 → what may be sound
        self._maps: dict[str, np.ndarray] = {}  # shard → its values
        for path in sorted(self.folder.glob("[!.]*.json")):
            self._add_shard(path)

    def _add_shard(self, path: Path) -> None:
        shard = atomic_files.read_checked(path)
        if shard is None:
            return  # its clips are computed again
        self._digests.update({tuple(stamp): digest for *stamp, digest in shard["files"]})
        for digest, *entry in shard["clips"]:
            self._candidates.setdefault(digest, []).append(Entry(*entry))

    def features(self, clips: pd.DataFrame) -> Features:
        """The frames of these clips, and why some have none."""
        files = [os.fspath(file) for file in clips["file"]]
        failures = pd.DataFrame(
            [(file, *self.failures.get(file, (None, None))) for file in files],
            index=clips.index,
            columns=["file", "code", "reason"],
        )
        entries = [self._entries.get(self._digests.get(self._stamps[file])) for file in files]
        return Features(self.folder, clips.index, entries, failures.dropna())

    def missing(self) -> list[str]:
        """Files that were not computed yet, or have changed since."""
        return [file for file, stamp in self._stamps.items() if not self._has(stamp)]

    def _has(self, stamp: audio.Stamp | None) -> bool:
        return self._is_sound(self._digests.get(stamp))

    def _is_sound(self, digest: str | None) -> bool:
        """Whether frames of this content are at hand and as they were written."""
        if digest not in self._entries:
            sound = (entry for entry in self._candidates.get(digest, ()) if self._matches(entry))
            if entry := next(sound, None):
                self._entries[digest] = entry
        return digest in self._entries

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
        path, digests, entries = self.folder / f"{secrets.token_hex(8)}.frames", {}, {}
        with atomic_files.replacing(path, durable=False) as aside, aside.open("wb") as stream:

            def compute(sound: audio.Sound) -> None:
                if self._has(sound.stamp):
                    return
                try:
                    digest, frames = self._compute(sound)
                except BadClip as bad:
                    self.failures[sound.file] = (bad.code, bad.reason)
                    return
                digests[sound.stamp] = digest
                if frames is not None and digest not in entries:
                    frames = frames.astype(FRAME, copy=False)
                    start = stream.tell() // FRAME.itemsize
                    stream.write(frames)
                    entries[digest] = Entry(path.name, start, *frames.shape, zlib.crc32(frames))

            yield compute
        files = [[*stamp, digest] for stamp, digest in digests.items()]
        clips = [[digest, *entry] for digest, entry in entries.items()]
        atomic_files.write_checked(path.with_suffix(".json"), {"files": files, "clips": clips})
        self._stamps.update({stamp[0]: stamp for stamp in digests})
        self._digests.update(digests)
        self._entries.update(entries)

    def _compute(self, sound: audio.Sound) -> tuple[str, np.ndarray | None]:
        """The sha256 of what a sound holds and its frames; no frames if those of this content are at hand.

        Raises:
            BadClip: if it cannot be read, or changes meanwhile.
        """
        digest, frames = None, None
        with suppress(OSError, ValueError):  # the decoder says it better
            digest = sound.content()
        if digest is None or not self._is_sound(digest):
            frames, _ = self._settings.placed(sound.mono(self._settings.rate))
        if digest is None:
            raise BadClip(sound.file, "changed", "came while it was read; run again when it is complete")
        sound.check_unchanged()
        return digest, frames
