"""Figures of confidence: what is gained where the least sure answers are withheld, and each class against the rest."""

import pandas as pd

from emokit import abstention, colours, emotions, metrics, one_against_rest
from emokit.plots.results import NO_CLIP, in_words
from emokit.plots.style import ACCENT, LINE, QUIET, WIDTH, Plot, joined, new, state, styled, tint

SHARE = 0.2  # left out, of which the title speaks


@styled
def risk_coverage(predictions: pd.DataFrame) -> Plot:
    """UAR and error of the test clips that remain, against the share that is answered, the surest first.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`, `p_<emotion>` …; of several parts, only "test" counts.
    """
    predictions = metrics.of_test(predictions)
    figure, (left, right) = new("risk against coverage", (WIDTH, 3.2), 2)
    for axes in (left, right):
        axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="clips that are answered (%)")
    left.set_ylabel("UAR of these (%),\nwhile each emotion is left")
    right.set_ylabel("wrong among these (%)")
    if predictions.empty:
        return state(figure, NO_CLIP, in_words(predictions))
    steps, kept, areas = abstention.curve(predictions), abstention.table(predictions), abstention.aurc(predictions)
    each = steps[steps["classes"] == steps["classes"].max()]  # with fewer classes it would be another measure
    left.plot(100 * each["coverage"], 100 * each["uar"], color=LINE)
    left.vlines(100 * kept["coverage"], 100 * kept["low"], 100 * kept["high"], color=tint(LINE, 0.4), linewidth=3)
    absent = metrics.why_no_interval(predictions)
    left.set_title(f"no interval: {absent}" if absent else "bars: 95 % interval over speakers, where there is one")
    right.plot(100 * steps["coverage"], 100 * steps["risk"], color=LINE)
    right.axhline(100 * areas["chance"], color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)))
    right.set_ylim(0, max(10, 125 * steps["risk"].max()))
    chance = {"color": ACCENT, "ha": "right", "va": "bottom"}
    right.text(99, 100 * areas["chance"], "if confidence told nothing", **chance)
    right.set_title(f"AURC {areas['aurc']:.3f}; by chance {areas['chance']:.3f}, at best {areas['best']:.3f}")
    return state(figure, _gain(kept), in_words(predictions))


def _gain(kept: pd.DataFrame) -> str:
    """What leaving out a share changes, as a sentence."""
    before, after = (100 * kept.set_index("left_out")["uar"])[[0, SHARE]]
    left = 100 * (1 - kept.set_index("left_out")["coverage"][SHARE])
    if left == 0:
        return "The least sure answers are all alike, so none can be left out"
    return f"Without the least sure {left:.0f} % the UAR is {after:.1f} % instead of {before:.1f} %"


@styled
def each_against_rest(predictions: pd.DataFrame) -> Plot:
    """ROC and precision-recall curve of each class against all others, on the test part.

    Args:
        predictions: as for `risk_coverage`.
    """
    predictions = metrics.of_test(predictions)
    found, names = one_against_rest.curves(predictions), metrics.classes(predictions)
    figure, (left, right) = new("each emotion against the rest", (WIDTH, 3.2 + 0.12 * len(names)), 2)
    for name, curves in found.items():
        label = f"{emotions.letters(names)[name]} {name} {{:.3f}}"
        style = {"color": colours.of(names)[name], "linewidth": 1.3, "clip_on": False}
        left.plot(100 * curves.false_alarms, 100 * curves.hits, label=label.format(curves.auc), **style)
        label = label.format(curves.average_precision)
        right.plot(100 * curves.recall, 100 * curves.precision, label=label, drawstyle="steps-post", **style)
    left.plot([0, 100], [0, 100], color=QUIET, linewidth=0.8, linestyle=(0, (4, 2)))
    left.set(xlabel="others taken for it (%)", ylabel="of it recognised (%)", title="ROC curve; area")
    right.set(xlabel="of it recognised (%)", ylabel="right of those (%)", title="precision and recall; mean precision")
    for axes in (left, right):
        axes.set(xlim=(0, 100), ylim=(0, 100))
        if found:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, handlelength=1.2, columnspacing=1)
    areas = pd.Series({name: curves.auc for name, curves in found.items()})
    return state(figure, _told_apart(areas), in_words(predictions))


def _told_apart(areas: pd.Series) -> str:
    """Which classes are told from the rest best and worst."""
    if areas.empty:
        return NO_CLIP
    areas = areas.round(3)
    best, worst = (joined(areas.index[areas == area], "emotions") for area in (areas.max(), areas.min()))
    verb = "is" if (areas == areas.max()).sum() == 1 else "are"
    if areas.max() == areas.min():
        return f"Each emotion is told from the rest alike (area {areas.max():.3f})"
    return f"{best} {verb} told from the rest best (area {areas.max():.3f}), {worst} worst ({areas.min():.3f})"
