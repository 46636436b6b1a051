"""A recording over time: its waveform, and below it how probable each emotion is in each window."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from emokit import colours, flags, probability_columns
from emokit.plots.style import INK, LINE, QUIET, WIDTH, Plot, joined, state, styled

TICKS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600)  # s from mark to mark
SILENT = {"facecolor": "#f1f2f4", "edgecolor": "#8a9099", "hatch": "////", "linewidth": 0}
UNLIKE = {"facecolor": "none", "edgecolor": "white", "hatch": "\\\\\\\\", "linewidth": 0}


@styled
def timeline(rows: pd.DataFrame, peaks: np.ndarray, seconds: float) -> Plot:
    """Waveform and probabilities, as areas above each other, hatched where they are far from the training clips.

    Args:
        rows: as `predict(…, windows=True)` gives them, of one recording.
        peaks: float (n, 2), the lowest and the highest sample of n equal stretches.
        seconds: how long the recording is.
    """
    figure = Plot(figsize=(WIDTH, 3.6), layout="constrained", facecolor="white")
    figure.about = "waveform, and the probability of each emotion over time"
    wave, areas = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2.2])
    time = (np.arange(len(peaks)) + 0.5) * seconds / len(peaks)
    wave.fill_between(time, peaks[:, 0], peaks[:, 1], color=LINE, linewidth=0.3)
    wave.set(yticks=[], xlim=(0, seconds))
    wave.spines[["left", "bottom"]].set_visible(False)
    wave.tick_params(length=0)
    names = probability_columns.classes(rows.columns)
    _areas(areas, rows, names)
    areas.set(ylim=(0, 1), yticks=[0, 0.5, 1], yticklabels=["0", "50", "100 %"])
    areas.xaxis.set_major_locator(MultipleLocator(next((step for step in TICKS if seconds <= 12 * step), 3600)))
    areas.xaxis.set_major_formatter(FuncFormatter(lambda at, _: clock(at)))
    areas.set_xlabel("s" if seconds < 60 else "min:s")
    known = [Patch(color=colour, label=name) for name, colour in colours.of(names).items()]
    unlike = Patch(**UNLIKE | {"facecolor": QUIET}, label="far from the training clips")
    figure.legend(handles=[*known, Patch(**SILENT, label="no speech"), unlike], loc="outside lower left", ncols=8)
    return state(figure, *in_words(rows))


def _areas(axes, rows: pd.DataFrame, names: list[str]) -> None:
    edge, silent = edges(rows), rows["predicted"].isna().to_numpy()
    unlike = ~silent & [bool(flags.apart(flag)[0]) for flag in rows["flag"]]
    middles = rows[["start", "end"]].mean(axis=1).to_numpy()
    p = rows[probability_columns.of(names)].to_numpy(float)
    for first, last in _stretches(~silent):
        time = np.concatenate([[edge[first]], middles[first:last], [edge[last]]])
        heights = np.concatenate([p[[first]], p[first:last], p[[last - 1]]])
        axes.stackplot(time, heights.T, colors=list(colours.of(names).values()), linewidth=0)
    for which, look in ((silent, SILENT), (unlike, UNLIKE)):
        for first, last in _stretches(which):
            axes.axvspan(edge[first], edge[last], **look)
    axes.tick_params(labelcolor=INK)


def edges(rows: pd.DataFrame) -> np.ndarray:
    """Where one window ends and the next begins, were they not to overlap: n + 1 times in s, between their middles."""
    middles = rows[["start", "end"]].mean(axis=1).to_numpy()
    return np.concatenate([rows["start"][:1], (middles[:-1] + middles[1:]) / 2, rows["end"][-1:]])


def in_words(rows: pd.DataFrame) -> tuple[str, str]:
    """What is heard in a recording; and how many windows that rests on, of how many something speaks against it."""
    said, n = rows["predicted"].dropna(), len(rows)
    reasons = [flags.apart(flag) for flag in rows.loc[said.index, "flag"]]
    unlike = sum(bool(far) for far, _ in reasons)
    others = Counter(reason.split(",")[0] for _, own in reasons for reason in own)
    told = [f"{n} {'window' if n == 1 else 'windows'} in {rows['end'].max():.1f} s"]
    told += [f"{n - len(said)} without speech"] if len(said) < n else []
    told += [f"{unlike} far from the training clips"] if unlike else []
    told += [f"{number} {reason}" for reason, number in others.items()]
    if said.empty:
        return "No speech is heard", ", ".join(told)
    heard = said.value_counts()
    most = heard.index[heard == heard.max()]
    words = joined(most, "emotions") + (" is" if len(most) == 1 else " are each")
    often = "throughout" if len(heard) == 1 else f"in {heard.max()} of {len(said)} windows with speech"
    return f"{words[0].upper()}{words[1:]} heard {often}", ", ".join(told)


def clock(seconds: float) -> str:
    """A time as it stands on an axis: "7.5", and from a minute on "1:07"."""
    return f"{seconds:g}" if seconds < 60 else f"{int(seconds // 60)}:{int(seconds % 60):02}"


def _stretches(which: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and one after the last of each row of neighbours that are True."""
    change = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(int)))
    yield from zip(change[::2], change[1::2], strict=True)
