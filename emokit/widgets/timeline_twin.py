"""A recording over time, without script: a figure, a few windows to hear, and all of them as a table."""

import pandas as pd

from emokit import audio, plots, probability_columns
from emokit.plots.timeline import in_words
from emokit.widgets.clip_player import SoundBudget, player
from emokit.widgets.heard import Heard
from emokit.widgets.static_twins import CELL, chip, escaped, image, probability_bars, side_by_side, text_table

MOST_ROWS = 100  # of the table; the files that are kept have all
N_NEIGHBOURS = 2  # training clips beside each window


def timeline_twin(heard: Heard, budget: SoundBudget) -> str:
    """The figure, the surest window of each emotion to hear beside its nearest training clips, and the table.

    Args:
        heard: the recording.
        budget: how much more sound the page may hold.
    """
    figure = heard.figure()
    alt = f"{figure.about}, of {heard.name}: {figure.finding}"
    said = heard.rows[heard.rows["predicted"].notna()]
    order = (said["flag"] == "") + said["confidence"].fillna(0)  # first those that may be believed
    surest = sorted(said.loc[order.sort_values(ascending=False).index].drop_duplicates("predicted").index)
    near = heard.neighbours(surest, N_NEIGHBOURS) if surest else []
    boxes = [_window(heard, row, clips, budget) for row, clips in zip(surest, near, strict=True)]
    return image(plots.png(figure), alt, 672) + side_by_side(boxes) + _table(heard)


def text_windows(heard: Heard) -> str:
    """What is heard, in words: of each window when, what, how sure, and what speaks against it."""
    finding, context = in_words(heard.rows)
    told = [
        {"s": _times(row), "heard": said or "-", "sure": _sure(row), "flag": row["flag"]}
        for (_, row), said in zip(heard.rows.head(MOST_ROWS).iterrows(), heard.said, strict=False)
    ]
    return text_table(told, f"{heard.name}: {finding}; {context}")


def _window(heard: Heard, row: int, near: pd.DataFrame, budget: SoundBudget) -> str:
    window = heard.rows.loc[row]
    names, emotion = heard.classes, window["predicted"]
    clip = pd.Series({"file": heard.stretch(row), "emotion": emotion})
    heading = f"{chip(emotion, names)}, {_sure(window)} sure, {_times(window)} s"
    bars = probability_bars(dict(zip(names, window[probability_columns.of(names)], strict=True)))
    there = near[near["file"].map(audio.stamp).notna()]
    clips = "".join(player(one, budget, chip(one["emotion"], names)) for _, one in there.iterrows())
    shown = f"<details><summary>The nearest training clips</summary>{clips}</details>" if clips else ""
    return player(clip, budget, heading) + bars + shown


def _table(heard: Heard) -> str:
    rows = []
    for (_, row), said in zip(heard.rows.head(MOST_ROWS).iterrows(), heard.said, strict=False):
        what = chip(said, heard.classes) if said else ""
        cells = [f"{_times(row)} s", what, _sure(row), escaped(row["flag"])]
        styles = [f"{CELL};white-space:nowrap"] * 3 + [CELL]
        rows.append("".join(f'<td style="{s}">{cell}</td>' for s, cell in zip(styles, cells, strict=True)))
    more = len(heard.rows) - len(rows)
    note = f"<div>and {more} further windows, in the files that are kept</div>" if more > 0 else ""
    body = "".join(f'<tr style="background:none">{row}</tr>' for row in rows)
    table = f'<table style="border-collapse:collapse">{body}</table>{note}'
    return f"<details><summary>All windows, as a table</summary>{table}</details>"


def _times(row: pd.Series) -> str:
    return f"{row['start']:.2f}-{row['end']:.2f}"


def _sure(row: pd.Series) -> str:
    return "" if pd.isna(row["predicted"]) else f"{row['confidence']:.0%}"
