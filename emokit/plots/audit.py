"""Figures of the audit: what was checked and what was found, and what gives the label away."""

from collections.abc import Sequence

import pandas as pd

from emokit import audit
from emokit.audit.finding import listed
from emokit.plots.style import ACCENT, INK, LINE, QUIET, RULE, Plot, new, state, styled

COLOURS = {"severe": "#b3261e", "warning": "#e08a1e", "info": "#8c9aa8"}
TITLES = {  # rooms of the audit
    "unreadable": "each recording",
    "labels": "labels",
    "duplicates": "recordings held against each other",
    "balance": "the corpus as a whole",
    "confounds": "what gives the label away",
    "across_parts": "train, dev and test",
}
LEFT = ("unreadable", "labels")


@styled
def findings(found: pd.DataFrame, n_clips: int, *, parted: bool = False) -> Plot:
    """Every check and how often it found something, so that what is sound shows too.

    Args:
        found: as `audit.audit` gives.
        n_clips: how many clips were checked.
        parted: they had parts, so the checks of a split ran too.
    """
    numbers = pd.crosstab(found["check"], found["severity"])
    numbers = numbers.reindex(list(audit.CHECKS), fill_value=0).reindex(columns=audit.SEVERITIES, fill_value=0)
    rooms = [room for room in TITLES if room != "across_parts" or parted]
    sides = [room for room in rooms if room in LEFT], [room for room in rooms if room not in LEFT]
    height = max(sum(len(_checks(room)) + 1 for room in side) for side in sides)
    figure, axes = new("what the audit checked and found", (9, 1.1 + 0.235 * height), 2)
    for side, place in zip(sides, axes, strict=True):
        _draw_checks(place, side, numbers, height)
    _legend(axes[0])
    checks = numbers.loc[[check for room in rooms for check in _checks(room)]]
    return state(figure, _finding(checks), f"{n_clips} clips, {len(checks)} checks")


def _checks(room: str) -> list[str]:
    return [name for name, check in audit.CHECKS.items() if check.__module__.endswith(f".{room}")]


def _finding(numbers: pd.DataFrame) -> str:
    severe, warned = (numbers.index[numbers[severity] > 0] for severity in ("severe", "warning"))
    if len(severe):
        return f"Severe: {listed(severe, 3)}"
    if len(warned):
        return f"Nothing is severe; {len(warned)} of {len(numbers)} checks warn"
    return f"None of the {len(numbers)} checks has anything to warn of"


def _draw_checks(axes, rooms: Sequence[str], numbers: pd.DataFrame, height: int) -> None:
    row = 0
    for room in rooms:
        axes.text(-1.8, row, TITLES[room], color=QUIET, va="center", fontsize=8.5)
        for check in _checks(room):
            row += 1
            clean = not numbers.loc[check].any()
            axes.hlines(row, -1.7, 2.3 if clean else 2.5, color=RULE, linewidth=0.5, zorder=0)
            axes.text(-1.7, row, f"{check}  ", va="center", fontsize=8.5, color=INK, backgroundcolor="white")
            for column, (severity, number) in enumerate(numbers.loc[check].items()):
                if number:
                    axes.plot([column], [row], "o", color=COLOURS[severity], markersize=14)
                    axes.text(column, row, number, ha="center", va="center_baseline", fontsize=7.5, color="white")
            if clean:
                axes.text(2.5, row, "✓", color=QUIET, ha="right", va="center", fontsize=8.5)
        row += 1
    axes.set(xlim=(-1.8, 2.5), ylim=(height - 0.4, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _legend(axes) -> None:
    for severity in audit.SEVERITIES:
        axes.plot([], [], "o", color=COLOURS[severity], markersize=8, label=severity)
    axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(-0.02, 1), borderpad=0, handletextpad=0.2, columnspacing=1)


@styled
def giveaways(table: pd.DataFrame) -> Plot:
    """How well one trivial fact tells the emotion of speakers not seen before, against chance.

    Args:
        table: as `audit.giveaways` gives.
    """
    figure, (axes,) = new("how well trivial facts predict the emotion", (7.5, 1.3 + 0.3 * max(len(table), 3)))
    if table.empty:
        axes.set_axis_off()
        return state(figure, "No trivial fact differs between the clips")
    table = table.sort_values("uar")
    chance, read = table["chance"].iloc[0], ~table.index.isin(audit.UNHEARD)
    axes.hlines(range(len(table)), 100 * chance, 100 * table["uar"], color=LINE, linewidth=2)
    for row, uar in enumerate(table["uar"]):
        face = LINE if read[row] else "white"
        axes.plot(100 * uar, row, "o", color=LINE, markerfacecolor=face, markersize=7)
        axes.text(100 * uar + 1.5, row, f"{uar:.0%}", va="center")
    axes.axvline(100 * chance, color=ACCENT, linewidth=1)
    axes.text(100 * chance, len(table) - 0.35, f" chance {100 * chance:.3g} %", color=ACCENT, fontsize=8.5, va="bottom")
    names = [name if known else f"{name}, which no model reads" for name, known in zip(table.index, read, strict=True)]
    axes.set_yticks(range(len(table)), names)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(0, 106), xticks=range(0, 101, 20), ylim=(-0.6, len(table) - 0.4))
    axes.set_xlabel("UAR (%) of a small decision tree that knows nothing else, for speakers it was not grown on")
    axes.spines["left"].set_visible(False)
    best = table.loc[read, "uar"]
    finding = "Only what no model reads differs between the clips"
    if len(best):
        finding = f"{best.index[-1].capitalize()} alone gives a UAR of {best.iloc[-1]:.0%}; hold a model against that"
    return state(figure, finding, f"chance is {100 * chance:.3g} %")
