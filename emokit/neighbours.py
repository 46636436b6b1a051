"""How far a clip lies from all that a run learned from, by what its frames are like on the whole."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files

MOST = 2_000  # training clips that are compared with; more would take longer and move the bound little
FAR = 0.98  # quantile; at 0.95 up to 5 % of the clips of a dev speaker of RAVDESS lie beyond, at 0.98 up to 1.7 %


def described(frames: np.ndarray) -> np.ndarray:
    """What frames are like, whatever the level and the order of words, float64 (3 × bands,).

    The mean of each band less that of all bands, its standard deviation, and that of its changes from frame to frame.

    Args:
        frames: of a clip, not normalised, float (frames, bands).
    """
    means = frames.mean(axis=0, dtype=np.float64)
    changes = np.diff(frames, axis=0, prepend=frames[:1])
    return np.concatenate([means - means.mean(), frames.std(axis=0), changes.std(axis=0)])


class Neighbours:
    """Training clips as `described`, each dimension with a standard deviation of 1, and how near another speaker is.

    The bound is the quantile `FAR` of the distances of training clips to the nearest one of another speaker: that to
    the nearest of all would be too small for anybody else, whose own voice is not among them.

    Args:
        known: of each clip, float (n, 3 × bands), divided by `scale`.
        scale: standard deviations, float (3 × bands,).
        bound: infinite where one speaker or none is known.
    """

    def __init__(self, known: np.ndarray, scale: np.ndarray, bound: float):
        self.known, self.scale, self.bound = known.astype(np.float64), scale.astype(np.float64), float(bound)

    @classmethod
    def fit(cls, frames: Mapping, clips: pd.DataFrame, max_length: int) -> "Neighbours":
        """Of the training clips, `MOST` at most, drawn once.

        Args:
            frames: of each clip by its index label, float (frames, bands).
            clips: of the training part, with `speaker` and `file`.
            max_length: frames that the model reads of a clip.
        """
        drawn = clips if len(clips) <= MOST else clips.sample(MOST, random_state=0)
        speakers = drawn["speaker"].astype("object").where(drawn["speaker"].notna(), drawn["file"]).to_numpy()
        vectors = np.array([described(frames[label][:max_length]) for label in drawn.index])
        spread = vectors.std(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        known = (vectors / scale).astype(np.float16)  # as it is kept
        among = _distances(known.astype(np.float64), known.astype(np.float64))
        among[speakers[:, None] == speakers] = np.inf
        nearest = among.min(axis=1)
        return cls(known, scale, np.quantile(nearest, FAR) if np.isfinite(nearest).all() else np.inf)

    def distances(self, vectors: np.ndarray) -> np.ndarray:
        """Distance of each (n, 3 × bands), as `described`, to the nearest training clip, float (n,)."""
        return _distances(vectors / self.scale, self.known).min(axis=1)

    def save(self, path: str | Path) -> None:
        """Write them to an .npz file, atomically."""
        atomic_files.write_npz(path, known=self.known.astype(np.float16), scale=self.scale, bound=self.bound)

    @classmethod
    def load(cls, path: str | Path) -> "Neighbours":
        """Read what `save` wrote; ValueError or KeyError if the file is something else."""
        with np.load(path, allow_pickle=False) as stored:
            known, scale, bound = (stored[name] for name in ("known", "scale", "bound"))
        if known.ndim != 2 or not len(known) or scale.shape != known.shape[1:] or bound.shape:
            raise ValueError(f"{Path(path).name} holds arrays of shapes {known.shape}, {scale.shape} and {bound.shape}")
        return cls(known, scale, bound)


def _distances(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """Euclidean, (n, m), by (a - b)² = a² + b² - 2ab, which takes one matrix product."""
    squares = np.square(these).sum(axis=1)[:, None] + np.square(those).sum(axis=1) - 2 * these @ those.T
    return np.sqrt(np.maximum(squares, 0))
