"""Figures of recipes held against each other: scores, differences, learning curves, costs, and what a split claims.

Each is of recipes that are asked the same, in the order of `comparison.recipes`: the best of dev first.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import comparison, metrics
from emokit.comparison import Recipe
from emokit.plots.rows import rows
from emokit.plots.style import ABOVE, ACCENT, LINE, QUIET, WIDTH, Plot, new, state, styled, tint

MOST_ROWS = 40  # recipes of a figure with a row each
CURVES = (LINE, ACCENT, "#00720c", "#ad12a0", "#3c84fc", "#8e8a3c")  # of the recipes whose curves are drawn
WIDEST = 44  # letters of a name
SMALL = {"fontsize": 9, "color": QUIET}
NOTHING = "No run is complete yet"


@styled
def recipe_scores(found: Sequence[Recipe]) -> Plot:
    """UAR of each recipe: of dev, by which to choose, and of the test with its 95 % interval."""
    shown = [recipe for recipe in found if recipe.runs][:MOST_ROWS]
    figure, (axes,) = new("UAR of each recipe on dev and test", _size(shown))
    if not shown:
        return _nothing(figure, axes, NOTHING)
    for row, recipe in enumerate(shown):
        interval = 100 * np.array(recipe.interval)
        _bar(axes, row, 100 * recipe.uar(), interval, QUIET if recipe.dependent else LINE)
        axes.plot(100 * recipe.uar("dev"), row, "o", color=ACCENT, markerfacecolor="none", markersize=5)
    _named(axes, shown)
    _of_uar(axes, shown)
    axes.plot([], [], "o", color=ACCENT, markerfacecolor="none", markersize=5, label="dev: choose by this")
    axes.plot([], [], "D-", color=LINE, markersize=5, label="test, 95 % interval over its speakers")
    if any(recipe.dependent for recipe in shown):
        axes.plot([], [], "D", color=QUIET, markersize=5, label="SPEAKER-DEPENDENT, no interval")
    axes.legend(**ABOVE)
    return state(figure, _best(shown[0]), _how_many(found, shown))


def _best(best: Recipe) -> str:
    said = f"{_short(best)}, UAR {100 * best.uar('dev'):.1f} %; on test {100 * best.uar():.1f} %"
    return f"Best of dev: {said}" + ", SPEAKER-DEPENDENT" * best.dependent


@styled
def differences(found: Sequence[Recipe], other: Recipe | None) -> Plot:
    """How far the UAR of each recipe lies above that of another, paired over the same test speakers, with its interval.

    Args:
        found: recipes; the other may be among them.
        other: with which they are compared.
    """
    shown = [recipe for recipe in _careful(found) if recipe.runs and recipe is not other][:MOST_ROWS]
    told = [comparison.against(recipe, other) for recipe in shown]
    figure, (axes,) = new("difference of each recipe to one of them", _size(shown))
    if not shown:
        return _nothing(figure, axes, "There is no second recipe to compare with" if other else NOTHING)
    for row, values in enumerate(told):
        higher, low, high = 100 * np.array(values)
        sure = low > 0 or high < 0
        _bar(axes, row, higher, (low, high), LINE if sure else tint(LINE, 0.5))
        if np.isnan(higher):
            axes.text(0, row, "  no test clip in common", va="center", color=QUIET)
    _named(axes, shown)
    axes.grid(axis="x")
    axes.axvline(0, color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.set_xlabel(f"points of UAR above {_short(other)}; bars: 95 % interval over speakers")
    table = pd.DataFrame(told, columns=["higher", "low", "high"])
    return state(figure, _said_of(table, _short(other)), _how_many(found, [*shown, other]))


def _said_of(table: pd.DataFrame, other: str) -> str:
    above, below = int((table["low"] > 0).sum()), int((table["high"] < 0).sum())
    open_ = len(table) - above - below
    found = [f"{n} {word}" for n, word in ((above, "above"), (below, "below"), (open_, "not told apart")) if n]
    return f"Against {other}: {', '.join(found)}"


@styled
def learning_curves(found: Sequence[Recipe]) -> Plot:
    """Dev UAR by epoch of the best recipes: the mean over folds and seeds, and from the lowest to the highest of them.

    A curve ends where the first of its runs has ended.
    """
    trained = [(recipe, curves) for recipe in _careful(found) if len(curves := _curves(recipe)) > 1]
    figure, (axes,) = new("dev UAR by epoch", (WIDTH, 3.2))
    if not trained:
        return _nothing(figure, axes, "No run was trained in epochs")
    for (recipe, curves), colour in zip(trained, CURVES, strict=False):
        n = curves.shape[1]
        label = f"{_short(recipe)}, {n} run{'s' * (n != 1)}"
        axes.fill_between(curves.index, curves.min(axis=1), curves.max(axis=1), color=colour, alpha=0.12, linewidth=0)
        axes.plot(curves.index, curves.mean(axis=1), color=colour, label=label)
    axes.grid(axis="y")
    axes.set(xlabel="epoch; lines: mean of folds and seeds, bands: lowest to highest", ylabel="dev UAR (%)")
    axes.legend(loc="lower right")
    recipe, curves = max(trained[: len(CURVES)], key=lambda one: one[1].mean(axis=1).iloc[-1])
    context = f"the best {len(CURVES)} of {len(trained)} recipes by dev" if len(trained) > len(CURVES) else ""
    last = curves.mean(axis=1).iloc[-1]
    return state(figure, f"{_short(recipe)} ends highest: {last:.1f} % after epoch {curves.index[-1]:.0f}", context)


def _curves(recipe: Recipe) -> pd.DataFrame:
    """Dev UAR in per cent, a row an epoch that all runs have, a column a run; those that are on their way too."""
    histories = [run.history.set_index("epoch")["val_uar"] for run in (*recipe.runs, *recipe.others)]
    histories = [100 * history for history in histories if history.notna().any()]
    return pd.concat(histories, axis=1).dropna() if histories else pd.DataFrame()


@styled
def costs(found: Sequence[Recipe]) -> Plot:
    """UAR of the test against the time of one training."""
    shown = [recipe for recipe in _careful(found) if recipe.runs and recipe.seconds > 0]
    figure, (axes,) = new("UAR against the time of a training", (WIDTH, 3.8))
    if len(shown) < 2:
        return _nothing(figure, axes, "Fewer than two recipes tell what their training took")
    for n, recipe in enumerate(shown):
        score, minutes = 100 * recipe.uar(), recipe.seconds / 60
        axes.plot([minutes, minutes], 100 * np.array(recipe.interval), color=tint(LINE, 0.4), linewidth=2)
        axes.plot(minutes, score, "o", color=LINE)
        if n < MOST_ROWS // 2:
            axes.annotate(_short(recipe), (minutes, score), (5, 3), textcoords="offset points", **SMALL)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.margins(x=0.15)
    axes.grid(axis="y")
    axes.set(xlabel="training of one run (minutes), on whatever machine it was", ylabel="UAR of the test (%)")
    devices = sorted({run.device for recipe in shown for run in recipe.runs if run.device})
    return state(figure, _cheapest(shown), f"trained on {', '.join(devices[:3])}" if devices else "")


def _cheapest(shown: Sequence[Recipe]) -> str:
    best = shown[0]
    near = [recipe for recipe in shown if recipe.uar("dev") >= best.uar("dev") - 0.01]
    cheap = min(near, key=lambda recipe: recipe.seconds)
    if cheap is best:
        return f"The best of dev, {_short(best)}, takes {_time(best.seconds)}"
    more = f"{_short(best)} {_time(best.seconds)} for a point of dev at most"
    return f"{_short(cheap)} takes {_time(cheap.seconds)}, {more}"


def _time(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.1f} min"


@styled
def ladder(found: Sequence[Recipe]) -> Plot:
    """What the same network would have claimed under each split: clips at random, speakers apart, sentences too."""
    rungs = comparison.ladders(found)
    flat = [recipe for one in rungs for recipe in one]
    figure, (axes,) = new("UAR of the same network under each split", _size(flat))
    if not rungs:
        return _nothing(figure, axes, "No network was trained under two splits, so there is no ladder to show")
    marks = {"clip": ("s", ACCENT), "speaker": ("D", LINE), "speaker+sentence": ("o", QUIET)}
    for row, recipe in enumerate(flat):
        marker, colour = marks[recipe.asked["split"]]
        _bar(axes, row, 100 * recipe.uar(), 100 * np.array(recipe.interval), colour, marker)
        score = 100 * recipe.uar()
        axes.annotate(f"{score:.1f}", (score, row), (0, 6), textcoords="offset points", ha="center", **SMALL)
    rows(axes, [_rung(recipe, one) for one in rungs for recipe in one])
    axes.set_ylim(len(flat) - 0.4, -0.7)
    _of_uar(axes, flat)
    return state(figure, _claimed(rungs), "bars: 95 % interval over test speakers; what is speaker-dependent has none")


def _network(rungs: Sequence[Recipe]) -> str:
    """What a ladder is of, as its careful rung is called."""
    return _short(next((recipe for recipe in rungs if recipe.asked["split"] == "speaker"), rungs[-1]))


def _rung(recipe: Recipe, of: Sequence[Recipe]) -> str:
    name = f"{_network(of)}   " * (recipe is of[0])
    return name + recipe.asked["split"] + ", speaker-dependent" * recipe.dependent


def _claimed(rungs: Sequence[Sequence[Recipe]]) -> str:
    gaps = {}
    for one in rungs:
        by_split = {recipe.asked["split"]: recipe.uar() for recipe in one}
        careful = by_split.get("speaker", by_split.get("speaker+sentence"))
        if "clip" in by_split and careful is not None:
            gaps[_network(one)] = 100 * (by_split["clip"] - careful)
    if not gaps:
        return "Speakers are kept apart in all of these"
    name = max(gaps, key=gaps.get)
    more = "more" if gaps[name] >= 0 else "less"
    return f"Clips split at random would have claimed {abs(gaps[name]):.1f} points {more} for {name}"


def _careful(found: Sequence[Recipe]) -> list[Recipe]:
    """Without those that are speaker-dependent, unless all are: beside the others they only look good."""
    return [recipe for recipe in found if not recipe.dependent] or list(found)


def _nothing(figure: Plot, axes, why: str) -> Plot:
    axes.set_axis_off()
    figure.set_figheight(0.7)
    return state(figure, why)


def _bar(axes, row: int, value: float, interval: Sequence[float], colour: str, marker: str = "D") -> None:
    axes.plot(interval, [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    axes.plot(value, row, marker, color=colour, markeredgecolor="white", markersize=7)


def _size(shown: Sequence[Recipe]) -> tuple[float, float]:
    return WIDTH, 1.5 + 0.28 * max(len(shown), 2)


def _short(recipe: Recipe) -> str:
    return recipe.label if len(recipe.label) <= WIDEST else f"{recipe.label[: WIDEST - 1]}…"


def _named(axes, shown: Sequence[Recipe]) -> None:
    rows(axes, [_short(recipe) for recipe in shown])


def _of_uar(axes, shown: Sequence[Recipe]) -> None:
    chance = 100 / max(len(shown[0].emotions), 1)
    axes.axvline(chance, color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.grid(axis="x")
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"UAR (%); dashed: chance, {chance:.3g} %")


def _how_many(found: Sequence[Recipe], shown: Sequence[Recipe]) -> str:
    complete = [recipe for recipe in found if recipe.runs]
    best = f"the best {len(shown)} of {len(complete)} recipes by dev" if len(complete) > len(shown) else ""
    test = pd.concat([recipe.of("test") for recipe in shown]).drop_duplicates("file")
    return ", ".join(filter(None, [best, f"{len(test)} test clips of {metrics.whose(test)}"]))
