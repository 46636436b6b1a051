"""The figure of a sweep: what dev says of each setting."""

import pandas as pd

from emokit.plots.rows import height_for
from emokit.plots.style import LINE, WIDTH, Plot, new, state, styled, tint

MOST = 30  # settings that are drawn, the best ones


@styled
def sweep(table: pd.DataFrame, settings: pd.DataFrame) -> Plot:
    """UAR on dev of each setting: every run as a dot, their mean as a diamond, the best setting on top.

    Args:
        table: a row a run, as `sweep.run` gives it.
        settings: a row a setting, as `sweep.by_setting` gives it.
    """
    tried = list(settings.columns[: settings.columns.get_loc("runs")])
    shown = settings.head(MOST)
    runs = table[table["state"] == "complete"].astype({name: "str" for name in tried if name in table})
    figure, (axes,) = new("dev UAR by setting", (WIDTH, height_for(len(shown))))
    for row, setting in enumerate(shown.to_dict("records")):
        alike = runs if tried == ["setting"] else runs[(runs[tried] == [setting[name] for name in tried]).all(axis=1)]
        axes.plot(100 * alike["dev_uar"], [row] * len(alike), "o", color=tint(LINE, 0.5), markersize=4, clip_on=False)
        axes.plot(100 * setting["dev_uar"], row, "D", color=LINE, markeredgecolor="white", markersize=7, clip_on=False)
    axes.set_yticks(range(len(shown)), [_words(setting, tried) for setting in shown.to_dict("records")])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("UAR on dev (%): mean over folds and seeds; dots: single runs")
    more = f", the best {len(shown)} drawn" if len(shown) < len(settings) else ""
    return state(figure, _finding(settings, tried), f"{len(runs)} runs of {len(settings)} settings{more}")


def _finding(settings: pd.DataFrame, tried: list[str]) -> str:
    """Which setting is best on dev, and whether the next one is within its spread."""
    if settings.empty:
        return "No run is complete"
    best = f"{_words(settings.iloc[0], tried)} is best on dev ({100 * settings['dev_uar'].iloc[0]:.0f} %)"
    if len(settings) == 1:
        return best
    gap = settings["dev_uar"].iloc[0] - settings["dev_uar"].iloc[1]
    spread = settings["sd"].iloc[:2].max()
    return best + (", by less than its runs differ" if gap <= spread else "")


def _words(setting, tried: list[str]) -> str:
    return ", ".join(str(setting[name]) if name == "setting" else f"{name} {setting[name]}" for name in tried)
