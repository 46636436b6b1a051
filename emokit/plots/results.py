"""Figures of results: what was taken for what, and how surely each emotion is recognised."""

import numpy as np
import pandas as pd

from emokit import calibration, colours, emotions, metrics
from emokit.plots.rows import class_rows, heat_map, height_for, lettered, letters_first
from emokit.plots.style import ACCENT, LINE, QUIET, RULE, WIDTH, Plot, new, state, styled, tint

FEW = 5  # clips; the share of right ones among fewer is drawn as a hollow dot, not as a bar
NO_CLIP = "There is no clip to judge by"


def in_words(predictions: pd.DataFrame) -> str:
    """How many clips these are, of which part and whom."""
    parts = predictions["part"].unique() if "part" in predictions else []
    part = f"{parts[0]} " if len(parts) == 1 else ""
    return f"{len(predictions)} {part}clips of {metrics.whose(predictions)}"


def confusion_finding(matrix: pd.DataFrame) -> str:
    """The largest confusion of a matrix of counts, as a sentence."""
    if not matrix.to_numpy().any():
        return NO_CLIP
    worst = metrics.worst_confusions(matrix)
    if not worst:
        return "No clip is taken for another emotion"
    truth, predicted, n, total = worst[0]
    if len(worst) > 1:
        return f"{len(worst)} confusions are the largest alike, such as {truth} for {predicted}: {n} of {total} clips"
    return f"{truth} is taken for {predicted} most often: {n} of {total} clips"


@styled
def confusion(predictions: pd.DataFrame) -> Plot:
    """The confusion matrix of the test part, as counts and as shares of each true class.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`; of several parts, only "test" counts.
    """
    predictions = metrics.of_test(predictions)
    names = metrics.classes(predictions)
    matrix = metrics.confusion(predictions["emotion"], predictions["predicted"], names)
    size = (min(WIDTH, 3.2 + 0.8 * len(names)), 1.5 + 0.33 * len(names))
    figure, (left, right) = new("confusion matrix", size, 2, sharey=True)
    for axes, title, values in (
        (left, "clips", matrix),
        (right, "% of the true emotion", 100 * metrics.shares(matrix).fillna(0)),
    ):
        values = values.set_axis(lettered(names)).set_axis(emotions.letters(names).values(), axis=1)
        texts = np.where(matrix, values.map("{:.0f}".format), "")
        heat_map(axes, values, texts, square=True, linewidths=0.6, linecolor=RULE)
        axes.set(xlabel="predicted", title=title)
    left.set_ylabel("true emotion")
    left.tick_params(labelleft=True)
    letters_first(left)
    return state(figure, confusion_finding(matrix), in_words(predictions))


@styled
def recalls(predictions: pd.DataFrame) -> Plot:
    """Recall of each class: pooled, with its 95 % interval over speakers, and each speaker as a dot.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`; of several parts, only "test" counts.
    """
    predictions = metrics.of_test(predictions)
    names = metrics.classes(predictions)
    recall = 100 * metrics.recall(predictions["emotion"], predictions["predicted"], names)
    bounds = 100 * metrics.recall_intervals(predictions)
    figure, (axes,) = new("recall of each emotion", (WIDTH, height_for(len(names))))
    right = predictions["emotion"] == predictions["predicted"]
    by_speaker = 100 * right.groupby([predictions["emotion"], predictions["speaker"]]).mean()
    for row, name in enumerate(names):
        if np.isnan(recall[name]):
            axes.text(1, row, "no clip", va="center", color=QUIET)
            continue
        colour = colours.of(names)[name]
        shares = by_speaker.get(name, pd.Series(dtype=float))  # none where the speakers are unknown
        height = row + np.random.default_rng(0).uniform(-0.14, 0.14, len(shares))
        axes.plot(shares, height, "o", color=colour, alpha=0.5, markersize=4, markeredgewidth=0, clip_on=False)
        if len(bounds):
            axes.plot(bounds.loc[name], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(recall[name], row, "D", color=colour, markeredgecolor="white", markersize=7, clip_on=False)
    class_rows(axes, names)
    axes.set_xlim(0, 100)
    chance = 100 / max(len(names), 1)
    axes.axvline(chance, color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.text(chance, -0.6, " chance", color=ACCENT, va="bottom")
    absent = metrics.why_no_interval(predictions)
    bars = f"no interval: {absent}" if absent else metrics.name_of_interval(predictions)
    dots = "; dots: single speakers" if predictions["speaker"].notna().any() else ""
    axes.set_xlabel(f"recall (%): all clips, {bars}{dots}")
    return state(figure, _best_and_worst(recall.dropna()), in_words(predictions))


def _best_and_worst(recall: pd.Series) -> str:
    """Which emotions are recognised best and worst, ties named as such; of recalls in per cent."""
    if recall.empty:
        return NO_CLIP
    if recall.max() == recall.min():
        who = "All emotions are recognised alike" if len(recall) > 1 else f"Only {recall.index[0]} was asked for"
        return f"{who} ({recall.max():.0f} %)"
    best, worst = (" and ".join(_named(recall.index[recall == value])) for value in (recall.max(), recall.min()))
    verb = "is" if (recall == recall.max()).sum() == 1 else "are"
    return f"{best} {verb} recognised best ({recall.max():.0f} %), {worst} worst ({recall.min():.0f} %)"


def _named(names) -> list[str]:
    """Up to two names, or how many there are."""
    return list(names) if len(names) < 3 else [f"{len(names)} emotions"]


@styled
def reliability(predictions: pd.DataFrame) -> Plot:
    """How often the model is right when it is so sure, and how often it is so sure.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`, `p_<emotion>` …; of several parts, only "test" counts.
    """
    predictions = metrics.of_test(predictions)
    bins = calibration.reliability(predictions)
    n, bins = bins["n"], 100 * bins[["low", "confidence", "accuracy"]]
    many, few = bins[n >= FEW], bins[(n > 0) & (n < FEW)]
    figure, (left, right) = new("reliability diagram", (WIDTH, 3.2), 2, width_ratios=[1, 1])
    width = 100 / len(bins)
    left.bar(many["low"], many["accuracy"], width, align="edge", color=tint(LINE, 0.55), edgecolor="white")
    left.plot([0, 100], [0, 100], color=QUIET, linewidth=0.8, linestyle=(0, (4, 2)))
    dot = {"color": LINE, "markersize": 4, "clip_on": False}
    left.plot(many["confidence"], many["accuracy"], "o", **dot)
    left.plot(few["confidence"], few["accuracy"], "o", **dot, markerfacecolor="white", label=f"fewer than {FEW} clips")
    if len(few):
        left.legend(loc="upper left", handletextpad=0)
    left.set(xlim=(0, 100), ylim=(0, 100), ylabel="right (%)", title="right at each confidence; dashed: ideal")
    right.bar(bins["low"], n, width, align="edge", color=tint(QUIET, 0.5), edgecolor="white")
    right.set(xlim=(0, 100), ylabel="clips", title="how many clips at each confidence")
    for axes in (left, right):
        axes.set_xlabel("confidence (%)")
    return state(figure, _how_sure(predictions), in_words(predictions))


def _how_sure(predictions: pd.DataFrame) -> str:
    if predictions.empty:
        return NO_CLIP
    sure = 100 * calibration.confidence(predictions).mean()
    right = 100 * (predictions["emotion"] == predictions["predicted"]).mean()
    wrong = "overconfident" if sure > right else "underconfident"
    manner = "as sure as it is right" if abs(sure - right) < 3 else wrong
    return f"The model is {manner}: {sure:.0f} % sure, {right:.0f} % right"
