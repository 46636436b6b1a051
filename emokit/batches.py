"""What `fit` reads: batches whose order and augmentation depend on (seed, epoch, clip) and on nothing else."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from emokit.augment import Augmentation, augmented
from emokit.features import Features
from emokit.normalizer import FeatureNormalizer
from emokit.padding import pad_or_truncate


class Batches(keras.utils.PyDataset):
    """Batches of normalised, padded frames with the truth of their clips.

    The order of epoch e is a permutation drawn from (seed, e), and what augmentation does to a clip is drawn from
    (seed, e, number of the clip by file name): the same after a resume, with any number of workers, and for any order
    of the rows of `clips`.

    Args:
        features: of all clips; the index of `clips` says which entry is whose.
        clips: the rows to read, with `file` and what the target needs.
        target: whose `of(clips)` is the truth, such as `targets.Emotions`.
        normalizer: fitted on the training part.
        max_length: frames of a padded clip.
        batch_size: clips in a batch; the last one may be smaller.
        seed: of order and augmentation.
        shuffle: draws an order for each epoch; otherwise clips come as they stand in `clips`, for predicting.
        augment: functions (frames, Generator) → frames, one after the other before normalisation; None for none.
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
        workers: int = 1,
    ):
        super().__init__(workers=workers)
        clips = clips.sort_values("file", kind="stable") if shuffle else clips
        self.clips, self.features, self.target, self.normalizer = clips, features, target, normalizer
        self.max_length, self.batch_size, self.seed = max_length, batch_size, seed
        self.shuffle, self.augment = shuffle, tuple(augment or ())
        self.epoch, self.seen = 0, set()
        self._truth = target.of(clips)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.clips) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Give a batch: {"frames": float32 (n, max_length, bands), "lengths": int32 (n,)}, and its truth, n rows."""
        self.seen.add(index)
        rows = self.rows(index)
        sequences = self.normalizer.transform([self._frames(row) for row in rows])
        frames, lengths = pad_or_truncate(sequences, self.max_length)
        return {"frames": frames, "lengths": lengths}, self._truth[rows]

    def rows(self, index: int) -> np.ndarray:
        """Which rows of `.clips` are in batch `index` of this epoch, int (n,)."""
        n = len(self.clips)
        order = np.random.default_rng([self.seed, self.epoch]).permutation(n) if self.shuffle else np.arange(n)
        return order[index * self.batch_size : (index + 1) * self.batch_size]

    def files(self, index: int) -> list[str]:
        """Which files are in batch `index` of this epoch."""
        return self.clips["file"].iloc[self.rows(index)].tolist()

    def _frames(self, row: int) -> np.ndarray:
        frames = self.features[self.clips.index[row]]
        if not len(frames):
            raise ValueError(f"{self.clips['file'].iloc[row]} has no frame; leave that clip out.")
        return augmented(frames, self.augment, np.random.default_rng([self.seed, self.epoch, row]))

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order."""
        self.epoch += 1
