"""Weights of the classes in the loss, from the training part alone."""

from collections.abc import Sequence

import pandas as pd


def balanced(clips: pd.DataFrame, emotions: Sequence[str]) -> dict[int, float]:
    """Weight each class so that all classes count alike in the loss: n_train / (k · n_class).

    The formula is scikit-learn's "balanced" heuristic (King & Zeng 2001), here by class index as `model.fit` takes it.

    Args:
        clips: with columns `emotion` and `part`; only rows of part "train" are counted.
        emotions: the k classes in the order of the model's outputs.

    Returns:
        {class index: weight}.

    Raises:
        ValueError: naming the classes that have no training clip.

    >>> clips = pd.DataFrame({"emotion": ["happy", "happy", "happy", "happy", "sad"], "part": "train"})
    >>> balanced(clips, ["happy", "sad"])
    {0: 0.625, 1: 2.5}
    """
    counts = clips.loc[clips["part"] == "train", "emotion"].value_counts().reindex(list(emotions), fill_value=0)
    missing = counts.index[counts == 0].tolist()
    if missing:
        raise ValueError(f"No training clip is {' or '.join(missing)}; leave that class out, or choose another split.")
    return {index: float(counts.sum() / (len(counts) * n)) for index, n in enumerate(counts)}


def uniform(emotions: Sequence[str]) -> dict[int, float]:
    """Weight every class by 1, so that a frequent one counts more in the loss; gives {class index: 1.0}."""
    return dict.fromkeys(range(len(emotions)), 1.0)
