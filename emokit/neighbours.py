"""How far a clip lies from all that a run learned from, in the space of what its last layer reads."""

import numpy as np

MOST = 2_000  # training clips that are compared with; more would take longer and move the bound little
FAR = 0.98  # quantile; at 0.95 up to 5 % of the clips of a dev speaker of RAVDESS lie beyond, at 0.98 up to 1.7 %


class Neighbours:
    """The training clips, each dimension with a standard deviation of 1, and how near to them another speaker is.

    The bound is the quantile `FAR` of the distances of training clips to the nearest one of another speaker: that to
    the nearest of all would be too small for anybody else, whose own voice is not among them.

    Args:
        embeddings: of the training clips, float (n, units).
        speakers: who speaks each, str (n,).

    Attributes:
        bound: infinite where one speaker or none is known.
    """

    def __init__(self, embeddings: np.ndarray, speakers: np.ndarray):
        chosen = np.arange(len(embeddings))
        if len(chosen) > MOST:
            chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST, replace=False))
        spread = embeddings.std(axis=0) if len(chosen) else 1.0
        self._scale = np.where(spread > 0, spread, 1.0)
        self._known = embeddings[chosen] / self._scale
        self.bound = np.inf
        if len({*speakers[chosen]}) > 1:
            among = _distances(self._known, self._known)
            among[speakers[chosen][:, None] == speakers[chosen]] = np.inf
            self.bound = float(np.quantile(among.min(axis=1), FAR))

    def distances(self, embeddings: np.ndarray) -> np.ndarray:
        """Distance of each (n, units) to the nearest training clip, float (n,)."""
        return _distances(embeddings / self._scale, self._known).min(axis=1, initial=np.inf)


def _distances(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """Euclidean, (n, m), by (a - b)² = a² + b² - 2ab, which takes one matrix product."""
    these, those = these.astype(np.float64), those.astype(np.float64)
    squares = np.square(these).sum(axis=1)[:, None] + np.square(those).sum(axis=1) - 2 * these @ those.T
    return np.sqrt(np.maximum(squares, 0))
