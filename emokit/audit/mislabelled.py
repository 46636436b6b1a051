"""Clips whose label is likely wrong, judged by a model that was not trained on their speakers; needs cleanlab."""

import numpy as np
import pandas as pd

from emokit import emotions, probability_columns


def likely_mislabelled(predictions: pd.DataFrame) -> pd.DataFrame:
    """Which labels the model contradicts more than its own confusions explain.

    Confident learning after Northcutt, Jiang & Chuang (2021), "Confident learning: estimating uncertainty in dataset
    labels", by cleanlab. It cannot tell a wrong label from a clip that is hard to hear: in simulation a model that is
    right in 95 % of the clips accuses next to no right label, one that is right in 60 % a quarter of them. So take the
    order, not the number, and listen before you change a label.

    Args:
        predictions: of clips that were not trained on, such as the test parts of several folds: `emotion`, and
            `p_<emotion>` for each. A clip that was tested in several runs counts once, with its mean probabilities.

    Returns:
        A row a clip, the most doubtful first: `file`, `emotion`, `suggested` (the most probable emotion), `quality`
        (probability of the label given, 0 … 1) and `mislabelled`.

    Raises:
        ImportError: saying how to install cleanlab.
        ValueError: when a clip has an emotion without a probability, or a clip's label differs between runs.
    """
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise ImportError("Likely mislabelled clips need cleanlab; pip install -e \".[mislabelled]\".") from error
    table, names = _once(predictions)
    labels = pd.Index(names).get_indexer(table["emotion"])
    probabilities = table[probability_columns.of(names)].to_numpy(float)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)  # rounded, or of a class that no clip has
    found = table[["file", "emotion"]].assign(
        suggested=np.array(names)[probabilities.argmax(axis=1)],
        quality=get_label_quality_scores(labels, probabilities),
        mislabelled=find_label_issues(labels, probabilities, filter_by="both", n_jobs=1),
    )
    return found.sort_values("quality", kind="stable", ignore_index=True)


def _once(predictions: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """One row a clip, and the emotions that occur, in order."""
    if (predictions.groupby("file")["emotion"].nunique() > 1).any():
        raise ValueError("The runs give a clip different labels; pool runs of one corpus with the same corrections.")
    names = emotions.in_order(predictions["emotion"].unique())
    columns = probability_columns.of(names)
    without = [name for name, column in zip(names, columns, strict=True) if column not in predictions]
    if without:
        raise ValueError(f"No run tells a probability of {', '.join(without)}; pool runs that know the same emotions.")
    table = predictions.groupby(["file", "emotion"], sort=False, as_index=False)[columns].mean()
    if table[columns].isna().any(axis=None):
        raise ValueError("Some clips lack the probability of an emotion; pool runs that know the same emotions.")
    return table, names
