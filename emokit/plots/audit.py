"""Figures of the audit: what was checked and what was found, and what gives the label away."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import audit
from emokit.audit import finding
from emokit.plots.rows import rows
from emokit.plots.style import ABOVE, ACCENT, INK, LINE, QUIET, RULE, WIDTH, Plot, joined, new, state, styled

COLOURS = {"severe": "#b3261e", "warning": "#b07a00", "info": "#6d7f91"}  # none that of a part
TITLES = {  # files of the audit: whose checks stand together, in this order
    "each_recording": "each recording",
    "labels": "labels, speakers and counts",
    "duplicates": "recordings compared with each other",
    "overlaps": "recordings compared with each other",
    "names": "recordings compared with each other",
    "balance": "the corpus as a whole",
    "as_published": "the corpus as a whole",
    "confounds": "what gives the label away",
    "across_parts": "train, dev and test",
}
LEFT = ("each recording", "labels, speakers and counts", "recordings compared with each other")
ELSEWHERE = "found by others"  # what is no check of the audit, such as the corrections of listeners


@styled
def findings(found: pd.DataFrame, n_clips: int, *, parted: bool = False) -> Plot:
    """Every check and how often it found something, so that what is sound shows too.

    Args:
        found: as `audit.audit` gives.
        n_clips: how many clips were checked.
        parted: they had parts, so the checks of a split ran too.
    """
    numbers = pd.crosstab(found["check"], found["severity"]).reindex(columns=audit.SEVERITIES, fill_value=0)
    groups = _grouped(numbers.index, parted)
    numbers = numbers.reindex([check for checks in groups.values() for check in checks], fill_value=0)
    sides = [group for group in groups if group in LEFT], [group for group in groups if group not in LEFT]
    height = max(sum(len(groups[group]) + 1 for group in side) for side in sides)
    figure, axes = new("what the audit checked and found", (WIDTH, 1.1 + 0.235 * height), 2)
    for side, place in zip(sides, axes, strict=True):
        _draw_checks(place, {group: groups[group] for group in side}, numbers, height)
    for severity in audit.SEVERITIES:
        axes[0].plot([], [], "o", color=COLOURS[severity], markersize=8, label=severity)
    axes[0].legend(**ABOVE, handletextpad=0.2)
    return state(figure, _finding(numbers), f"{n_clips} clips, {len(numbers)} checks")


def _grouped(found: Sequence[str], parted: bool) -> dict[str, list[str]]:
    """The checks by title, those of a split if they ran or found something, and what else was found."""
    groups, checks = {title: [] for title in TITLES.values()}, audit.CHECKS
    if parted or set(audit.CHECKS_OF_SPLIT) & set(found):
        checks = checks | audit.CHECKS_OF_SPLIT
    for check, function in checks.items():
        file = function.__module__.rsplit(".", 1)[-1]
        groups.setdefault(TITLES.get(file, file.replace("_", " ").strip()), []).append(check)
    groups[ELSEWHERE] = [check for check in found if check not in checks]
    return {title: names for title, names in groups.items() if names}


def _finding(numbers: pd.DataFrame) -> str:
    severe, warned = (numbers.index[numbers[severity] > 0] for severity in ("severe", "warning"))
    if len(severe):
        return f"Severe: {finding.listed(severe, 3)}"
    if len(warned):
        return f"Nothing is severe; {len(warned)} of {len(numbers)} checks warn"
    return f"None of the {len(numbers)} checks has anything to warn of"


def _draw_checks(axes, groups: dict[str, list[str]], numbers: pd.DataFrame, height: int) -> None:
    row = 0
    for title, checks in groups.items():
        axes.text(-2.1, row, title, color=QUIET, va="center")
        for check in checks:
            row += 1
            clean = not numbers.loc[check].any()
            axes.hlines(row, -2.0, 2.3 if clean else 2.5, color=RULE, linewidth=0.5, zorder=0)
            axes.text(-2.0, row, f"{check}  ", va="center", color=INK, backgroundcolor="white")
            for column, (severity, number) in enumerate(numbers.loc[check].items()):
                if number:
                    mark = {"boxstyle": "round,pad=0.35,rounding_size=0.8", "color": COLOURS[severity]}
                    text = f"\u2007{number}\u2007" if number < 10 else f"{number:,}"  # as wide as two digits more
                    axes.text(column, row, text, ha="center", va="center", color="white", bbox=mark)
            if clean:
                axes.text(2.5, row, "✓", color=QUIET, ha="right", va="center")
        row += 1
    axes.set(xlim=(-2.1, 2.5), ylim=(height - 0.4, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


@styled
def giveaways(table: pd.DataFrame) -> Plot:
    """How well one trivial fact tells the emotion of speakers not seen before, against chance.

    Args:
        table: as `audit.giveaways` gives.
    """
    figure, (axes,) = new("how well trivial facts predict the emotion", (WIDTH, 1.3 + 0.3 * max(len(table), 3)))
    if table.empty:
        axes.set_axis_off()
        return state(figure, "No trivial fact differs between the clips")
    table = table.sort_values("uar", ascending=False)
    (chance, guessing), read = table[["chance", "guessing"]].iloc[0], ~table.index.isin(audit.UNHEARD)
    axes.hlines(range(len(table)), 100 * chance, 100 * table["uar"], color=LINE, linewidth=2)
    axes.scatter(100 * table["uar"], range(len(table)), 49, np.where(read, LINE, "white"), edgecolors=LINE, zorder=2)
    for row, uar in enumerate(table["uar"]):
        axes.text(100 * max(uar, chance) + 1.5, row, f"{uar:.0%}", va="center")
    axes.axvline(100 * chance, color=ACCENT, linewidth=1)
    axes.axvspan(100 * chance, 100 * guessing, color=ACCENT, alpha=0.12, linewidth=0)
    words = f" chance {100 * chance:.3g} %, and what guessing may reach"
    axes.text(100 * chance, -0.65, words, color=ACCENT, va="bottom")
    names = [name if known else f"{name}, which no model reads" for name, known in zip(table.index, read, strict=True)]
    rows(axes, names)
    axes.set(xlim=(0, 106), xticks=range(0, 101, 20))
    axes.set_xlabel("UAR (%) of a small decision tree that knows nothing else, for speakers it was not grown on")
    return state(figure, _best(table.loc[read, "uar"], guessing), f"chance is {100 * chance:.3g} %")


def _best(uar: pd.Series, guessing: float) -> str:
    if uar.empty:
        return "Only what no model reads differs between the clips"
    if uar.max() <= guessing:
        return "No trivial fact tells the emotion better than guessing"
    best = uar.index[(100 * uar).round() == round(100 * uar.max())]
    names, give = joined(best, "trivial facts"), " alone gives" if len(best) == 1 else ", each alone, give"
    return f"{names[0].upper()}{names[1:]}{give} a UAR of {uar.max():.0%}; a model has to do better"
