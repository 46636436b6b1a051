"""The clips on which a model was most wrong, or whose label it doubts most, to hear."""

from collections.abc import Sequence

import pandas as pd

from emokit import emotions, metrics, probability_columns
from emokit.widgets.clip_player import SoundBudget, about, budget_here, clip_name, player
from emokit.widgets.static_twins import View, chip, probability_bars, side_by_side, text_table


def mistakes(predictions: pd.DataFrame, clips: pd.DataFrame, n: int = 6) -> View:
    """The worst mistakes on the test part, by loss: player, picture, truth → predicted, probability of each class.

    Args:
        predictions: `file`, `emotion`, `predicted`, `p_<emotion>` …, `loss`; of several parts, only "test" counts.
        clips: with `file` where the sound lies.
        n: how many.
    """
    predictions = metrics.of_test(predictions)
    wrong = metrics.mistakes(predictions)
    worst = metrics.with_clips(wrong.head(n), clips)
    budget = budget_here()
    boxes = [asked(row, budget) for _, row in worst.iterrows()]
    rows = [
        {"truth": row["emotion"], "predicted": row["predicted"], "loss": f"{row['loss']:.2f}", "who": about(row)}
        | {"file": clip_name(row["file"])}
        for _, row in worst.iterrows()
    ]
    title = f"The worst {len(worst)} of {len(wrong)} mistakes in {len(predictions)} clips, by loss"
    return View(side_by_side(boxes), text_table(rows, title))


def doubtful(found: pd.DataFrame, clips: pd.DataFrame, n: int = 6) -> View:
    """The first clips of a list of doubtful labels, in its order: player, label → suggested, how probable the label is.

    Args:
        found: as `audit.likely_mislabelled` gives it.
        clips: with `file` where the sound lies.
        n: how many.
    """
    first = metrics.with_clips(found.head(n), clips)
    budget = budget_here()
    names = emotions.in_order(clips["emotion"].dropna())
    boxes = [_doubted(row, names, budget) for _, row in first.iterrows()]
    rows = [
        {"label": row["emotion"], "suggested": row["suggested"], "quality": f"{row['quality']:.2f}", "who": about(row)}
        | {"file": clip_name(row["file"])}
        for _, row in first.iterrows()
    ]
    title = f"The {len(first)} most doubtful labels of {len(found)}"
    return View(side_by_side(boxes), text_table(rows, title))


def _doubted(row: pd.Series, names: Sequence[str], budget: SoundBudget) -> str:
    heading = f"{chip(row['emotion'], names)} → {chip(row['suggested'], names)}"
    return player(row, budget, heading) + probability_bars({row["emotion"]: row["quality"]}, names)


def asked(row: pd.Series, budget: SoundBudget) -> str:
    """One clip that a model was asked about, as HTML: player, truth → predicted, probability of each class."""
    names = probability_columns.classes(row.index)
    probabilities = dict(zip(names, row[probability_columns.of(names)], strict=True))
    verdict = f"{chip(row['emotion'], names)} → {chip(row['predicted'], names)}"
    return player(row, budget, verdict) + probability_bars(probabilities)
