"""Features of a whole corpus: computed in parallel, kept on disk by content, read when asked for.

A cache is a folder for each settings, which holds `shards`. A file is known by its bytes, a stretch of one by its
samples. Several processes may write to one cache, and one that is killed loses the shards it was at. Frames are checked
when they are first read; what is damaged is computed again there and then.
"""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, lock
from emokit.audio import BadClip
from emokit.audit.measurements import Measuring
from emokit.features import shards
from emokit.features.log_mel import LogMelSettings
from emokit.features.shards import Entry

PART = 256  # clips that another process reads at once


class Features:
    """The frames of each clip, read from disk when asked for; small to keep and to pickle.

    Attributes:
        index: the index of the clips.
        lengths: int64 (clips,), frames of each clip in the order of the rows; 0 where the clip could not be read.
        failures: DataFrame `file`, `code`, `reason`, one row a clip that could not be read, under its index.
    """

    def __init__(
        self,
        folder: Path,
        settings,
        index: pd.Index,
        stamps: list[audio.Stamp | None],
        entries: list[Entry | None],
        failures: pd.DataFrame,
    ):
        self.index, self.failures = index, failures
        self.lengths = np.array([entry.frames if entry else 0 for entry in entries], np.int64)
        self._folder, self._settings, self._stamps, self._entries = folder, settings, stamps, entries
        self._checked = np.zeros(len(index), bool)  # rows whose frames were read once, and were as they were written
        self._damaged: set[Entry] = set()

    def __len__(self) -> int:
        """Clips, those that could not be read among them."""
        return len(self.index)

    def __getitem__(self, label) -> np.ndarray:
        """Give frames of the clip with this index label: float32 (frames, bands), read-only.

        Frames that are not as they were written are computed again from the file, and kept.

        Raises:
            KeyError: if there is no such clip, or it could not be read.
            BadClip: if its frames are damaged, and the file can be read no more, or has changed.
        """
        row = self.index.get_loc(label)
        if self._entries[row] is None:
            failure = self.failures.loc[label]
            raise KeyError(f"Clip {label} has no frames: {failure['file']} {failure['reason']}.")
        while (frames := self._read(row)) is None:  # what stands in for it may be damaged too
            self._mend(self._entries[row].shard)
        self._checked[row] = True
        return frames

    def __iter__(self) -> Iterator[np.ndarray]:
        """Frames of one clip after the other, in the order of the rows."""
        return (self[label] for label in self.index)

    def _read(self, row: int) -> np.ndarray | None:
        return shards.read(self._folder, self._entries[row], check=not self._checked[row])

    def _mend(self, shard: str) -> None:
        """Compute those clips of a shard again whose frames are not as they were written."""
        rows = [row for row, entry in enumerate(self._entries) if entry and entry.shard == shard]
        self._checked[rows] = False
        rows = [row for row in rows if self._read(row) is None]
        clips = pd.DataFrame({"file": [self._stamps[row][0] for row in rows]})
        self._damaged |= {self._entries[row] for row in rows}
        again = _extract(clips, self._settings, self._folder.parent, damaged=self._damaged)
        for label, row in enumerate(rows):
            file, entry = self._stamps[row][0], again._entries[label]
            if entry is None:
                raise BadClip(file, *again.failures.loc[label, ["code", "reason"]])
            if again._stamps[label] != self._stamps[row]:
                raise BadClip(file, "changed", "has changed since its frames were computed; run again from the start")
            self._entries[row] = entry


def extract(clips: pd.DataFrame, settings=None, cache_dir: str | Path | None = None, n_jobs: int = 1) -> Features:
    """Compute the features of every clip, or take them from the cache.

    Args:
        clips: with `file`; their index, without repeats, numbers the features.
        settings: what to compute, of a kind in `features.KINDS`; log-mel as usual if None.
        cache_dir: where to keep them; if None a temporary folder that lives as long as the Features.
        n_jobs: threads; reading, resampling and the spectrum leave Python's lock, and threads start at once. Within
            `joblib.parallel_config(backend=…)` of processes or a cluster those read instead.
    """
    root = Path(cache_dir or tempfile.mkdtemp(prefix="emokit-"))
    features = _extract(clips, settings or LogMelSettings(), root, n_jobs)
    if cache_dir is None:
        weakref.finalize(features, shutil.rmtree, root, ignore_errors=True)
    return features


def _extract(
    clips: pd.DataFrame, settings, root: Path, n_jobs: int = 1, damaged: Collection[Entry] = ()
) -> Features:
    part = partial(extract, settings=settings, cache_dir=root)
    (cache,) = _read(lambda: [_Cache(root, settings, clips, damaged)], part, n_jobs)
    return cache.features(clips)


def extract_and_measure(
    clips: pd.DataFrame, settings, cache_dir: str | Path, n_jobs: int = 1
) -> tuple[Features, pd.DataFrame]:
    """What `extract` and `audit.measure` give, in one reading of the files."""
    root, part = Path(cache_dir), partial(extract_and_measure, settings=settings, cache_dir=cache_dir)
    consumers = partial(_consumers, clips, settings, root)
    measuring, cache = _read(consumers, part, n_jobs)
    return cache.features(clips), measuring.table(clips)


def _consumers(clips: pd.DataFrame, settings, root: Path) -> list:
    return [Measuring(clips["file"], root), _Cache(root, settings, clips)]


def _read(make: Callable[[], list], part: Callable[[pd.DataFrame], object], n_jobs: int) -> list:
    """Consumers that have read what they missed, one process after another where several miss the same files.

    Args:
        make: makes the consumers, the cache last, from what is on the disk.
        part: reads a table of clips into the same cache; where joblib's switch names other processes or machines, they
            do it, and only what they could not read is read here.
        n_jobs: threads.
    """
    consumers = make()
    files = _missing(consumers)
    if not files:
        return consumers
    which = hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    with lock.waited_for(consumers[-1].folder / f".reading-{which}"):
        backend, _ = get_active_backend(prefer="threads")
        if not getattr(backend, "uses_threads", False):
            tables = (pd.DataFrame({"file": files[at : at + PART]}) for at in range(0, len(files), PART))
            Parallel()(delayed(_only)(part, table) for table in tables)
        consumers = make()
        consume = [consumer.shard for consumer in consumers if consumer.missing()]
        audio.read_once(_missing(consumers), consume, n_jobs)
    return consumers


def _missing(consumers: list) -> list[str]:
    return list(dict.fromkeys(file for consumer in consumers for file in consumer.missing()))


def _only(part: Callable[[pd.DataFrame], object], clips: pd.DataFrame) -> None:
    """Do it and send nothing back: what was read lies in the cache."""
    part(clips)


def missing(clips: pd.DataFrame, settings, cache_dir: str | Path) -> pd.DataFrame:
    """Those of the clips whose features the cache does not have, or no longer as they were written."""
    return clips[clips["file"].isin(_Cache(Path(cache_dir), settings, clips).missing())]


class _Cache:
    """What is kept under some settings, and where in it these clips lie.

    Attributes:
        folder: of these settings.
        failures: file → code and reason, where it cannot be read.
    """

    def __init__(self, root: Path, settings, clips: pd.DataFrame, damaged: Collection[Entry] = ()):
        if clips.index.has_duplicates:
            raise ValueError("The clips' index has repeats; number the clips anew with clips.reset_index(drop=True).")
        self.folder, self.failures = root / settings.name(), {}
        self._settings, self._damaged = settings, damaged
        self._stamps = {file: audio.stamp(file) for file in map(os.fspath, clips["file"])}
        # As they were when read: stamp → sha256 of what the file holds, and that → where its frames lie.
        self._digests, self._entries = shards.read_headers(self.folder, damaged)

    def features(self, clips: pd.DataFrame) -> Features:
        """The frames of these clips, and why some have none."""
        stamps = [self._stamps[os.fspath(file)] for file in clips["file"]]
        entries = [self._entries.get(self._digests.get(stamp)) for stamp in stamps]
        bad = clips["file"][[entry is None for entry in entries]].map(os.fspath)
        failures = pd.DataFrame(
            [(file, *self.failures.get(file, (None, None))) for file in bad],
            index=bad.index,
            columns=["file", "code", "reason"],
        )
        return Features(self.folder, self._settings, clips.index, stamps, entries, failures.dropna())

    def missing(self) -> list[str]:
        """Files that were not computed yet, or have changed since."""
        return [file for file, stamp in self._stamps.items() if not self._has(stamp)]

    def _has(self, stamp: audio.Stamp | None) -> bool:
        return self._digests.get(stamp) in self._entries

    @contextmanager
    def shard(self) -> Iterator[Callable[[audio.Sound], None]]:
        """A function that computes the frames of one sound after the other; they are kept in one shard at the end."""
        kind = getattr(self._settings, "kept_as", shards.FRAME)
        with shards.writing(self.folder, kind, self._damaged) as shard:

            def compute(sound: audio.Sound) -> None:
                if self._has(sound.stamp):
                    return
                try:
                    shard.add(sound.stamp, *self._compute(sound))
                except BadClip as bad:
                    self.failures[sound.file] = (bad.code, bad.reason)

            yield compute
        self._stamps.update({stamp[0]: stamp for stamp in shard.digests})
        self._digests.update(shard.digests)
        self._entries.update(shard.entries)

    def _compute(self, sound: audio.Sound) -> tuple[str, np.ndarray | None]:
        """The sha256 of what a sound holds and its frames; no frames if those of this content are at hand.

        Raises:
            BadClip: if it cannot be read, or changes meanwhile.
        """
        digest, frames = None, None
        with suppress(OSError, ValueError):  # the decoder says it better
            digest = sound.content()
        if digest not in self._entries:
            frames, _ = self._settings.placed(sound.mono(self._settings.rate))
        if digest is None:
            raise BadClip(sound.file, "changed", "came while it was read; run again when it is complete")
        sound.check_unchanged()
        return digest, frames
