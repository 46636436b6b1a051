"""Figure of a stress test: what each rough condition costs, and how many answers stay."""

from collections.abc import Iterator

import pandas as pd

from emokit.plots.rows import rows
from emokit.plots.style import ACCENT, LINE, QUIET, WIDTH, Plot, new, state, styled

LITTLE = 2  # points of UAR: less than another seed changes


@styled
def stress(table: pd.DataFrame) -> Plot:
    """The change of the UAR under each condition and the share of answers that stay, the mildest of a kind first.

    Args:
        table: as `stress.table` gives it.
    """
    lines = list(_lines(table))
    figure, (left, right) = new(
        *("change of the UAR under rough conditions", (WIDTH, 1.2 + 0.2 * len(lines)), 2),
        sharey=True,
        width_ratios=[3, 2],
    )
    for place, line in enumerate(lines):
        if line is not None and not isinstance(line, str):
            _mark(left, place, 100 * line.change, 100 * line.change_low, 100 * line.change_high)
            _mark(right, place, 100 * line.same, 100 * line.same_low, 100 * line.same_high)
    for axes in (left, right):
        rows(axes, [line if isinstance(line, str) else line.condition for line in lines])
        axes.grid(axis="x")
    for label, line in zip(left.get_yticklabels(), lines, strict=True):
        label.set(**({"fontweight": "bold", "color": QUIET} if isinstance(line, str) else {}))
    left.axvline(0, color=ACCENT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    known = table["change_low"].notna().all()
    left.set_xlabel("change of UAR (points)" + (", 95 % interval over speakers" if known else ", no interval"))
    right.set(xlim=(0, 100), xlabel="answers that stay (%)")
    before = 100 * (table["uar"] - table["change"]).iloc[0]
    whose = f"{table['clips'].iloc[0]} test clips of {table['speakers'].iloc[0]} speakers"
    return state(figure, _finding(table), f"{whose}, UAR {before:.1f} % as recorded")


def _lines(table: pd.DataFrame) -> Iterator:
    """Rows of the figure: a condition, or the name of the kind of those below it."""
    for kind, of_kind in table.groupby("kind", sort=False):
        if kind:
            yield kind
        yield from of_kind.sort_values(["change", "same"], ascending=False).itertuples()


def _mark(axes, place: int, value: float, low: float, high: float) -> None:
    axes.plot([low, high], [place, place], color=LINE, linewidth=2.2, solid_capstyle="butt", alpha=0.5)
    axes.plot(value, place, "D", color=LINE, markeredgecolor="white", markersize=6, clip_on=False)


def _finding(table: pd.DataFrame) -> str:
    rough, lost = table[table["kind"] != ""], -100 * table["change"]
    if rough.empty or lost[rough.index].max() < LITTLE:
        return f"No condition costs {LITTLE} points of UAR"
    worst = rough.loc[lost[rough.index].idxmax()]
    few, name = (lost[rough.index] < LITTLE).sum(), worst["condition"]
    return (
        f"{name[0].upper()}{name[1:]} costs most, {-100 * worst['change']:.0f} points of UAR;"
        f" {few} of {len(rough)} conditions cost less than {LITTLE}"
    )
