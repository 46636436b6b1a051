"""FeatureNormalizer: every band to zero mean and unit variance, as the training clips have it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from emokit import atomic_files

LEAST_SPREAD = 0.5  # of the usual band's deviation; on RAVDESS no band has less than 0.7 of it


class NotFittedError(ValueError):
    """A normalizer was used before it saw a training clip."""


class FeatureNormalizer:
    """Standardise each band by the mean and deviation over all frames of the clips it was fitted on.

    Fit it on the unpadded sequences of the training part only: padding is no sound, and a dev or test clip in the
    statistics is a leak. Sums are kept in float64 and merged by the formula of Chan, Golub & LeVeque (1979), so that
    many small `partial_fit` equal one `fit`.

    Attributes:
        mean_: float64 (bands,).
        scale_: float64 (bands,), standard deviation, at least half of that of the median band: a band that was empty in
            training, above 4 kHz in telephone speech, must not blow up what another recording holds there. 1 where no
            band ever changes.
        least_spread: that half; 0, as in older runs, leaves each band its own deviation, and 1 where it is constant.
        n_frames_: int, frames seen.
    """

    def __init__(self):
        self.n_frames_ = 0
        self.least_spread = LEAST_SPREAD
        self._mean = self._squares = None  # squares: sum of squared deviations from the mean

    def fit(self, sequences: Iterable[np.ndarray]) -> "FeatureNormalizer":
        """Forget what was seen and learn from sequences (frames_i, bands)."""
        self.__init__()
        return self.partial_fit(sequences)

    def partial_fit(self, sequences: Iterable[np.ndarray]) -> "FeatureNormalizer":
        """Learn from more sequences (frames_i, bands), one after the other; ValueError names one that cannot count."""
        for index, sequence in enumerate(sequences):
            frames = np.asarray(sequence, dtype=np.float64)
            if frames.ndim != 2 or not len(frames):
                raise ValueError(f"Sequence {index} has shape {frames.shape}; expected (frames, bands), not empty.")
            if self.n_frames_ and frames.shape[1] != len(self._mean):
                raise ValueError(f"Sequence {index} has {frames.shape[1]} bands; those before had {len(self._mean)}.")
            if not np.isfinite(frames).all():
                raise ValueError(f"Sequence {index} holds NaN or infinity; leave that clip out.")
            mean = frames.mean(axis=0)
            self._merge(len(frames), mean, np.square(frames - mean).sum(axis=0))
        return self

    def _merge(self, n_frames: float, mean: np.ndarray, squares: np.ndarray) -> None:
        if not self.n_frames_:
            self.n_frames_, self._mean, self._squares = n_frames, mean, squares
            return
        total = self.n_frames_ + n_frames
        shift = mean - self._mean
        self._squares = self._squares + squares + np.square(shift) * (self.n_frames_ * n_frames / total)
        self._mean = self._mean + shift * (n_frames / total)
        self.n_frames_ = total

    @property
    def mean_(self) -> np.ndarray:
        """Mean of each band, float64 (bands,)."""
        self._require_fit()
        return self._mean

    @property
    def scale_(self) -> np.ndarray:
        """Standard deviation of each band, float64 (bands,), not below half the median band's."""
        self._require_fit()
        scale = np.sqrt(self._squares / self.n_frames_)
        # A constant band leaves only rounding: dividing by that would blow noise up to signal.
        constant = scale <= 10 * np.finfo(np.float64).eps * np.maximum(1.0, np.abs(self._mean))
        if constant.all() or not self.least_spread:
            return np.where(constant, 1.0, scale)
        return np.maximum(scale, self.least_spread * np.median(scale[~constant]))

    @property
    def statistics(self) -> dict[str, np.ndarray]:
        """What is saved: `n_frames`, `mean` and `squares`, the sums of squared deviations (bands,)."""
        self._require_fit()
        return {"n_frames": np.int64(self.n_frames_), "mean": self._mean, "squares": self._squares}

    def transform(self, sequences: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Standardise sequences (frames_i, bands); gives a list of float32 arrays of the same shapes."""
        mean, scale = self.mean_.astype(np.float32), self.scale_.astype(np.float32)
        return [((sequence - mean) / scale).astype(np.float32, copy=False) for sequence in sequences]

    @classmethod
    def of_statistics(cls, n_frames: float, mean: np.ndarray, squares: np.ndarray) -> "FeatureNormalizer":
        """A normalizer that has seen what `statistics` says; frames may count by a part of one."""
        normalizer = cls()
        normalizer._merge(n_frames, mean, squares)
        return normalizer

    def merged(self, other: "FeatureNormalizer") -> "FeatureNormalizer":
        """Another normalizer, which has seen what both have seen."""
        both = FeatureNormalizer.of_statistics(self.n_frames_, self._mean, self._squares)
        both._merge(other.n_frames_, other._mean, other._squares)
        return both

    def for_clips(self, clips) -> list["FeatureNormalizer"]:
        """The normalizer of each clip: this one for all."""
        return [self] * len(clips)

    def save(self, path: str | Path) -> None:
        """Write the statistics to an .npz file, atomically."""
        atomic_files.write_npz(path, **self.statistics)

    @classmethod
    def load(cls, path: str | Path) -> "FeatureNormalizer":
        """Read what `save` wrote; ValueError if the file is something else."""
        with np.load(path, allow_pickle=False) as stored:
            if sorted(stored.files) != ["mean", "n_frames", "squares"]:
                raise ValueError(f"{Path(path).name} is no saved FeatureNormalizer; it holds {sorted(stored.files)}.")
            return cls.of_statistics(int(stored["n_frames"]), stored["mean"], stored["squares"])

    def _require_fit(self) -> None:
        if not self.n_frames_:
            raise NotFittedError("This FeatureNormalizer has seen no clip yet; call fit with the training sequences.")
