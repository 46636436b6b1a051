"""Figures of results: what was taken for what, and how surely each emotion is recognised."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from emokit import calibration, emotions, metrics
from emokit.plots.style import (
    ACCENT,
    INKY,
    LINE,
    QUIET,
    RULE,
    Plot,
    class_rows,
    height_for,
    name_classes,
    new,
    state,
    styled,
    tint,
)


def of_test(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows of part "test" where there are any, else all of them."""
    if "part" not in predictions or not (predictions["part"] == "test").any():
        return predictions
    return predictions[predictions["part"] == "test"]


def _context(predictions: pd.DataFrame) -> str:
    parts = predictions["part"].unique() if "part" in predictions else []
    part = f"{parts[0]} " if len(parts) == 1 else ""
    return f"{len(predictions)} {part}clips of {predictions['speaker'].nunique()} speakers"


def classes(predictions: pd.DataFrame) -> list[str]:
    """The classes of a model in its order, from the columns `p_<emotion>`; else those that occur."""
    named = [column[2:] for column in predictions.columns if column.startswith("p_")]
    return named or emotions.in_order({*predictions["emotion"], *predictions["predicted"]})


def worst_confusion(matrix: pd.DataFrame) -> tuple[str, str, int, int] | None:
    """The largest share of a class that is taken for another: (truth, predicted, clips, of how many), or None.

    Args:
        matrix: counts as `metrics.confusion` gives them.
    """
    shares = _shares(matrix).to_numpy(copy=True)
    np.fill_diagonal(shares, 0)
    row, column = np.unravel_index(np.nanargmax(np.nan_to_num(shares)), shares.shape)
    n = int(matrix.iloc[row, column])
    return (matrix.index[row], matrix.columns[column], n, int(matrix.iloc[row].sum())) if n and row != column else None


def confusion_finding(matrix: pd.DataFrame) -> str:
    """The largest confusion of a matrix of counts, as a sentence."""
    worst = worst_confusion(matrix)
    if worst is None:
        return "No clip is taken for another emotion"
    truth, predicted, n, total = worst
    return f"{truth} is taken for {predicted} most often: {n} of {total} clips"


def _shares(matrix: pd.DataFrame) -> pd.DataFrame:
    totals = matrix.sum(axis=1)
    return matrix.div(totals.where(totals > 0), axis=0)


@styled
def confusion(predictions: pd.DataFrame) -> Plot:
    """The confusion matrix of the test part, as counts and as shares of each true class.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`; of several parts, only "test" counts.
    """
    predictions = of_test(predictions)
    names = classes(predictions)
    matrix = metrics.confusion(predictions["emotion"], predictions["predicted"], names)
    side = 1.5 + 0.4 * len(names)
    figure, (left, right) = new("confusion matrix", (2 * side + 0.4, side + 0.3), 2, sharey=True)
    _draw_matrix(left, matrix, matrix, "{:.0f}")
    _draw_matrix(right, 100 * _shares(matrix), matrix, "{:.0f}")
    left.set_title("clips")
    right.set_title("% of the true emotion")
    left.set_ylabel("true emotion")
    left.tick_params(labelleft=True)
    return state(figure, confusion_finding(matrix), _context(predictions))


def _draw_matrix(axes, values: pd.DataFrame, counts: pd.DataFrame, pattern: str) -> None:
    names = list(counts.index)
    top = np.nanmax(values.to_numpy()) or 1
    axes.imshow(values.fillna(0), cmap=INKY, vmin=0, vmax=top, interpolation="nearest")
    for row, column in np.ndindex(values.shape):
        if counts.iloc[row, column]:
            shade = INKY(values.iloc[row, column] / top)
            text = pattern.format(values.iloc[row, column])
            axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=emotions.ink(to_hex(shade)))
    axes.set_xticks(range(len(names)), list(emotions.letters(names).values()))
    name_classes(axes.yaxis, names)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=RULE, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted")


@styled
def recalls(predictions: pd.DataFrame) -> Plot:
    """Recall of each class: pooled, with its 95 % interval over speakers, and each speaker as a dot.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`; of several parts, only "test" counts.
    """
    predictions = of_test(predictions)
    names = classes(predictions)
    recall = 100 * metrics.recall(predictions["emotion"], predictions["predicted"], names)
    figure, (axes,) = new("recall of each emotion", (7.5, height_for(len(names))))
    right = predictions["emotion"] == predictions["predicted"]
    by_speaker = 100 * right.groupby([predictions["emotion"], predictions["speaker"]]).mean()
    for row, name in enumerate(names):
        if np.isnan(recall[name]):
            axes.text(1, row, "no test clip", va="center", color=QUIET)
            continue
        colour = emotions.colours(names)[name]
        shares = by_speaker.get(name, pd.Series(dtype=float))  # none where the speakers are unknown
        height = row + np.random.default_rng(0).uniform(-0.14, 0.14, len(shares))
        axes.plot(shares, height, "o", color=colour, alpha=0.5, markersize=4, markeredgewidth=0, clip_on=False)
        interval = metrics.interval(predictions[predictions["emotion"] == name])  # of one class, the UAR is its recall
        axes.plot(100 * np.array(interval), [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(recall[name], row, "D", color=colour, markeredgecolor="white", markersize=7, clip_on=False)
    class_rows(axes, names)
    axes.set_xlim(0, 100)
    chance = 100 / len(names)
    axes.axvline(chance, color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.text(chance, -0.6, " chance", color=ACCENT, fontsize=8.5, va="bottom")
    enough = predictions["speaker"].nunique() >= metrics.MIN_SPEAKERS
    bars = "95 % interval over speakers" if enough else f"no interval below {metrics.MIN_SPEAKERS} speakers"
    axes.set_xlabel(f"recall (%): all clips, {bars}; dots: single speakers")
    best, worst = recall.idxmax(), recall.idxmin()
    finding = f"{best} is recognised best ({recall[best]:.0f} %), {worst} worst ({recall[worst]:.0f} %)"
    if recall.max() == recall.min():
        finding = f"All emotions are recognised alike ({recall.max():.0f} %)"
    return state(figure, finding, _context(predictions))


@styled
def reliability(predictions: pd.DataFrame) -> Plot:
    """How often the model is right when it is so sure, and how often it is so sure.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`, `p_<emotion>` …; of several parts, only "test" counts.
    """
    predictions = of_test(predictions)
    bins = 100 * calibration.reliability(predictions)[["low", "confidence", "accuracy"]]
    n = calibration.reliability(predictions)["n"]
    figure, (left, right) = new("reliability diagram", (7.5, 3.2), 2, width_ratios=[1, 1])
    width = 100 / len(bins)
    left.bar(bins["low"], bins["accuracy"], width, align="edge", color=tint(LINE, 0.55), edgecolor="white")
    left.plot([0, 100], [0, 100], color=QUIET, linewidth=0.8, linestyle=(0, (4, 2)))
    left.plot(bins["confidence"], bins["accuracy"], "o", color=LINE, markersize=4, clip_on=False)
    left.set(xlim=(0, 100), ylim=(0, 100), ylabel="right (%)", title="right when so sure; dashed: as sure as right")
    right.bar(bins["low"], n, width, align="edge", color=tint(QUIET, 0.5), edgecolor="white")
    right.set(xlim=(0, 100), ylabel="clips", title="how often so sure")
    for axes in (left, right):
        axes.set_xlabel("confidence (%)")
    return state(figure, _how_sure(predictions), _context(predictions))


def _how_sure(predictions: pd.DataFrame) -> str:
    sure = 100 * calibration.confidence(predictions).mean()
    right = 100 * (predictions["emotion"] == predictions["predicted"]).mean()
    manner = "as sure as it is right" if abs(sure - right) < 3 else "too sure" if sure > right else "too unsure"
    return f"The model is {manner}: {sure:.0f} % sure, {right:.0f} % right"
