"""Which training clips a run takes a recording for: the nearest ones in what its last layer reads."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import audio
from emokit.predict.enrolled import normalizer_for
from emokit.run_folder import Run


def embedded(run: Run, files: Sequence[str], enrolled=()) -> np.ndarray:
    """What the last layer of a run reads of recordings, of each the beginning: float32 (n, units).

    Args:
        run: a complete run.
        files: at least one, or stretches (`audio.with_times`), as long as what the model reads.
        enrolled: recordings of who speaks there, where the run is normalised by speaker.

    Raises:
        BadClip: for a file that cannot be read.
        RunError: as `normalizer_for` does.
    """
    from emokit.model import embeddings

    settings = run.settings
    frames = [settings.placed(audio.read(file, settings.rate))[0][: run.window] for file in files]
    x, lengths = run.inputs(frames, [normalizer_for(run, enrolled)] * len(frames))
    # Called, not by `predict`, which would trace this model anew each time.
    return np.asarray(embeddings(run.model())({"frames": x, "lengths": lengths}), np.float32)


def nearest(run: Run, vectors: np.ndarray, n: int = 3) -> list[pd.DataFrame]:
    """The training clips whose embeddings are nearest by cosine to each of these, the nearest first.

    Args:
        run: a complete run.
        vectors: float (m, units), as `embedded` or `run.embeddings()` gives them.
        n: how many.

    Returns:
        For each vector n rows of `run.predictions`, with `likeness`, the cosine (-1 to 1), by their place in there.
    """
    predictions = run.predictions.reset_index(drop=True)
    train = np.flatnonzero(predictions["part"] == "train")
    likeness = directions(vectors) @ directions(run.embeddings()[train]).T
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :n]
    each = zip(order, np.take_along_axis(likeness, order, axis=1), strict=True)
    return [predictions.loc[train[places]].assign(likeness=cosines) for places, cosines in each]


def directions(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, units) at length 1, float32: the product of two is their cosine; a vector of zeros stays one."""
    vectors = np.asarray(vectors, np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
