"""Figures of the audit: what was checked and what was found, and what gives the label away."""

from collections.abc import Sequence

import pandas as pd

from emokit import audit
from emokit.audit.finding import listed
from emokit.plots import style
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
    rooms = _rooms(numbers.index, parted)
    numbers = numbers.reindex([check for checks in rooms.values() for check in checks], fill_value=0)
    sides = [room for room in rooms if room in LEFT], [room for room in rooms if room not in LEFT]
    height = max(sum(len(rooms[room]) + 1 for room in side) for side in sides)
    figure, axes = new("what the audit checked and found", (9, 1.1 + 0.235 * height), 2)
    for side, place in zip(sides, axes, strict=True):
        _draw_checks(place, {room: rooms[room] for room in side}, numbers, height)
    _legend(axes[0])
    return state(figure, _finding(numbers), f"{n_clips} clips, {len(numbers)} checks")


def _rooms(told: Sequence[str], parted: bool) -> dict[str, list[str]]:
    """The checks of each room: all of the audit, those of a split if they ran or told something, and what else told."""
    rooms = {}
    for check, function in audit.CHECKS.items():
        rooms.setdefault(function.__module__.rsplit(".", 1)[-1], []).append(check)
    if not parted and not set(rooms.get("across_parts", ())) & set(told):
        rooms.pop("across_parts", None)
    elsewhere = [check for check in told if check not in audit.CHECKS]
    known = {room: rooms.pop(room) for room in TITLES if room in rooms}
    return known | rooms | ({ELSEWHERE: elsewhere} if elsewhere else {})


def _finding(numbers: pd.DataFrame) -> str:
    severe, warned = (numbers.index[numbers[severity] > 0] for severity in ("severe", "warning"))
    if len(severe):
        return f"Severe: {listed(severe, 3)}"
    if len(warned):
        return f"Nothing is severe; {len(warned)} of {len(numbers)} checks warn"
    return f"None of the {len(numbers)} checks has anything to warn of"


def _draw_checks(axes, rooms: dict[str, list[str]], numbers: pd.DataFrame, height: int) -> None:
    row = 0
    for room, checks in rooms.items():
        title = TITLES.get(room, room.replace("_", " ").strip())
        axes.text(-1.8, row, title, color=QUIET, va="center", fontsize=8.5)
        for check in checks:
            row += 1
            clean = not numbers.loc[check].any()
            axes.hlines(row, -1.7, 2.3 if clean else 2.5, color=RULE, linewidth=0.5, zorder=0)
            axes.text(-1.7, row, f"{check}  ", va="center", fontsize=8.5, color=INK, backgroundcolor="white")
            for column, (severity, number) in enumerate(numbers.loc[check].items()):
                if number:
                    mark = {"boxstyle": "round,pad=0.35,rounding_size=0.8", "color": COLOURS[severity]}
                    text = f"\u2007{number}\u2007" if number < 10 else f"{number:,}"  # as wide as two digits more
                    axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color="white", bbox=mark)
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
    (chance, guessing), read = table[["chance", "guessing"]].iloc[0], ~table.index.isin(audit.UNHEARD)
    axes.hlines(range(len(table)), 100 * chance, 100 * table["uar"], color=LINE, linewidth=2)
    for row, uar in enumerate(table["uar"]):
        face = LINE if read[row] else "white"
        axes.plot(100 * uar, row, "o", color=LINE, markerfacecolor=face, markersize=7)
        axes.text(100 * uar + 1.5, row, f"{uar:.0%}", va="center")
    axes.axvline(100 * chance, color=ACCENT, linewidth=1)
    axes.axvspan(100 * chance, 100 * guessing, color=ACCENT, alpha=0.12, linewidth=0)
    said = f" chance {100 * chance:.3g} %, and what guessing may reach"
    axes.text(100 * chance, len(table) - 0.35, said, color=ACCENT, fontsize=8.5, va="bottom")
    names = [name if known else f"{name}, which no model reads" for name, known in zip(table.index, read, strict=True)]
    axes.set_yticks(range(len(table)), names)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(0, 106), xticks=range(0, 101, 20), ylim=(-0.6, len(table) - 0.4))
    axes.set_xlabel("UAR (%) of a small decision tree that knows nothing else, for speakers it was not grown on")
    axes.spines["left"].set_visible(False)
    return state(figure, _best(table.loc[read, "uar"], guessing), f"chance is {100 * chance:.3g} %")


def _best(uar: pd.Series, guessing: float) -> str:
    if uar.empty:
        return "Only what no model reads differs between the clips"
    if uar.max() <= guessing:
        return "No trivial fact tells the emotion better than guessing"
    best = uar.index[(100 * uar).round() == round(100 * uar.max())]
    names, give = style.listed(best[::-1], "trivial facts"), " alone gives" if len(best) == 1 else ", each alone, give"
    return f"{names[0].upper()}{names[1:]}{give} a UAR of {uar.max():.0%}; hold a model against that"
