"""What `fit` reads: batches whose order and augmentation depend on (seed, epoch, clip, window) and on nothing else."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from emokit.augment import Augmentation, augmented
from emokit.features import Features
from emokit.normalizer import FeatureNormalizer
from emokit.padding import pad_or_truncate, window_starts


class Batches(keras.utils.PyDataset):
    """Batches of normalised, padded frames with the truth of their clips.

    The order of epoch e is a permutation drawn from (seed, e), and what augmentation does to a clip is drawn from
    (seed, e, number of the clip by file name): the same after a resume, with any number of workers, and for any order
    of the rows of `clips`. With `windows` both are of the windows, and augmentation is drawn from (seed, e, clip, first
    frame of the window).

    Args:
        features: of all clips; the index of `clips` says which entry is whose.
        clips: the rows to read, with `file` and what the target needs.
        target: whose `of(clips)` is the truth, such as `targets.Emotions`.
        normalizer: fitted on the training part; a `SpeakerNormalizer` brings each clip to its own speaker's frames.
        max_length: frames that the model reads at once.
        batch_size: clips, or windows, in a batch; the last one may be smaller.
        seed: of order and augmentation.
        shuffle: draws an order for each epoch; otherwise clips come as they stand in `clips`, for predicting.
        augment: functions (frames, Generator) → frames, one after the other before normalisation; None for none.
        windows: reads a longer clip whole, in the windows that `predict` reads it in, each with the truth of its clip:
            a long clip then counts as often as it has windows. Otherwise its first `max_length` frames are read.
        workers: threads that prepare batches.

    Attributes:
        epoch: number of the epoch that is being read, from 0. `callbacks.standard` sets it when an epoch begins;
            without it each epoch still has another order, but Keras calls `on_epoch_end` once before the first.
        seen: numbers of the batches that were read since this set was cleared.
    """

    def __init__(
        self,
        features: Features,
        clips: pd.DataFrame,
        target,
        normalizer: FeatureNormalizer,
        *,
        max_length: int,
        batch_size: int = 32,
        seed: int = 0,
        shuffle: bool = False,
        augment: Sequence[Augmentation] | None = None,
        windows: bool = False,
        workers: int = 1,
    ):
        super().__init__(workers=workers)
        clips = clips.sort_values("file", kind="stable") if shuffle else clips
        self.clips, self.features, self.target, self.normalizer = clips, features, target, normalizer
        self.max_length, self.batch_size, self.seed = max_length, batch_size, seed
        self.shuffle, self.augment = shuffle, tuple(augment or ())
        self.epoch, self.seen = 0, set()
        self._truth, self._normalizers = target.of(clips), normalizer.for_clips(clips)
        # Of each window, the row of its clip and its first frame; without windows a clip is one.
        lengths = [len(features[label]) if windows else 0 for label in clips.index]
        starts = [window_starts(n_frames, max_length) for n_frames in lengths]
        self._windows = [(row, start) for row, of_one in enumerate(starts) for start in of_one]
        self.windows = windows
        self._drawn = (None, None)  # an epoch, and its order

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self._windows) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Give a batch: {"frames": float32 (n, max_length, bands), "lengths": int32 (n,)}, and its truth, n rows."""
        self.seen.add(index)
        batch = self._batch(index)
        sequences = [self._normalized(*window) for window in batch]
        frames, lengths = pad_or_truncate(sequences, self.max_length)
        return {"frames": frames, "lengths": lengths}, self._truth[[row for row, _ in batch]]

    @property
    def lengths(self) -> np.ndarray:
        """Frames that are read of each clip without `windows`, int32 (clips,)."""
        return np.array([min(len(self.features[label]), self.max_length) for label in self.clips.index], np.int32)

    def rows(self, index: int) -> np.ndarray:
        """Which rows of `.clips` are in batch `index` of this epoch, int (n,); one for each window."""
        return np.array([row for row, _ in self._batch(index)], int)

    def by_clip(self, outputs: np.ndarray) -> np.ndarray:
        """What a model says of each clip: the mean of what it says of its windows.

        Args:
            outputs: float (windows, …), of `model.predict` on these batches, not shuffled.

        Returns:
            float (clips, …), rows as in `.clips`; `outputs` itself without `windows`.
        """
        if not self.windows:
            return outputs
        of = [row for row, _ in self._windows]
        return np.array([said.mean(axis=0) for said in np.split(outputs, np.flatnonzero(np.diff(of)) + 1)])

    def _batch(self, index: int) -> list[tuple[int, int]]:
        places = self._order()[index * self.batch_size : (index + 1) * self.batch_size]
        return [self._windows[place] for place in places]

    def _order(self) -> np.ndarray:
        """Which windows come one after the other; drawn once an epoch, since 260,000 take as long as half a batch."""
        (drawn, order), key = self._drawn, (self.seed, self.epoch, self.shuffle)
        if drawn != key:
            n = len(self._windows)
            order = np.random.default_rng([self.seed, self.epoch]).permutation(n) if self.shuffle else np.arange(n)
            self._drawn = (key, order)
        return order

    def files(self, index: int) -> list[str]:
        """Which files are in batch `index` of this epoch."""
        return self.clips["file"].iloc[self.rows(index)].tolist()

    def _normalized(self, row: int, start: int) -> np.ndarray:
        return self._normalizers[row].transform([self._frames(row, start)])[0]

    def _frames(self, row: int, start: int) -> np.ndarray:
        frames, place = self.features[self.clips.index[row]], [row]
        if not len(frames):
            raise ValueError(f"{self.clips['file'].iloc[row]} has no frame; leave that clip out.")
        if self.windows:
            frames, place = frames[start : start + self.max_length], [row, start]
        return augmented(frames, self.augment, np.random.default_rng([self.seed, self.epoch, *place]))

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order."""
        self.epoch += 1
