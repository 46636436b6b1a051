"""How well each speaker is heard, as small multiples."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection

from emokit import colours, emotions, metrics
from emokit.plots.results import in_words
from emokit.plots.style import ACCENT, QUIET, RULE, WIDTH, Plot, joined, new, state, styled, tint

ROOM = 1.75  # height of a strip beside that of its bars
LETTER, WORDS = 0.14, 1.1  # inches that a letter below a bar needs, and the words above a strip
SEXES = {"female": "f", "male": "m"}


@styled
def speakers(predictions: pd.DataFrame) -> Plot:
    """The recalls of each speaker as bars in the colours of the emotions, the best heard first.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`, and `sex` where known; of several parts, only "test"
            counts.
    """
    predictions = metrics.of_test(predictions)
    names, table = metrics.classes(predictions), metrics.recalls_by_speaker(predictions)
    wide = len(names) + 1.5
    columns = max(1, int(WIDTH / max(LETTER * wide, WORDS)))
    n_rows = max(1, -(-len(table) // columns))
    figure, (axes,) = new("recalls of each speaker", (WIDTH, 0.9 + 0.85 * n_rows))
    axes.set_axis_off()
    axes.set(xlim=(-0.5, columns * wide - 1.5), ylim=((n_rows - 1) * ROOM + 1.45, -0.3))
    lefts, tops = np.arange(len(table)) % columns * wide, np.arange(len(table)) // columns * ROOM
    _bars(axes, table[names].to_numpy(float), lefts, tops, list(colours.of(names).values()))
    _words(axes, table, lefts, tops, list(emotions.letters(names).values()))
    for artist in axes.get_children():
        artist.set_in_layout(False)  # else each of a thousand letters is measured, twice
    return state(figure, finding(table), f"{in_words(predictions)}{by_sex(table)}; bars: recalls; dashed: chance")


def _bars(axes, recalls: np.ndarray, lefts: np.ndarray, tops: np.ndarray, colour_of: Sequence[str]) -> None:
    """Of each speaker a bar an emotion, pale up to 100 % where there are clips, and chance as a rule across."""
    k = recalls.shape[1]
    for n, colour in enumerate(colour_of):
        for heights, paint in ((np.isfinite(recalls[:, n]), tint(RULE, 0.5)), (np.nan_to_num(recalls[:, n]), colour)):
            axes.add_collection(PolyCollection(_boxes(lefts + n - 0.43, tops + 1, heights), facecolors=paint))
    rules = [[(x - 0.5, top + 1 - 1 / k), (x + k - 0.5, top + 1 - 1 / k)] for x, top in zip(lefts, tops, strict=True)]
    axes.add_collection(LineCollection(rules, colors=ACCENT, linewidths=0.8, linestyles=[(0, (3, 2))]))


def _boxes(lefts: np.ndarray, bases: np.ndarray, heights: np.ndarray, width: float = 0.86) -> np.ndarray:
    """Corners (n, 4, 2) of boxes that stand on bases; up is where y falls."""
    xs = np.stack([lefts, lefts + width, lefts + width, lefts], axis=1)
    return np.stack([xs, np.stack([bases, bases, bases - heights, bases - heights], axis=1)], axis=2)


def _words(axes, table: pd.DataFrame, lefts: np.ndarray, tops: np.ndarray, letters: Sequence[str]) -> None:
    """Above each strip who it is, below it the letters of the emotions."""
    short = short_names(table.index)
    for (name, row), left, top in zip(table.iterrows(), lefts, tops, strict=True):
        sex = SEXES.get(row["sex"], row["sex"] or "?")
        axes.text(left - 0.43, top - 0.08, f"{short[name]}  {sex}  {100 * row['uar']:.0f} %", fontsize=9, va="bottom")
        for n, letter in enumerate(letters):
            axes.text(left + n, top + 1.05, letter, fontsize=9, va="top", ha="center", color=QUIET)


def short_names(speakers: Iterable[str]) -> dict[str, str]:
    """Speakers without the corpus, as far as they stay different, and cut where they are long."""
    names = list(speakers)
    short = [name.split("/", 1)[-1] for name in names]
    short = short if len(set(short)) == len(names) else names
    return {name: one if len(one) < 12 else f"{one[:10]}…" for name, one in zip(names, short, strict=True)}


def finding(table: pd.DataFrame) -> str:
    """Who is heard best and worst, of what `metrics.recalls_by_speaker` gives."""
    if table.empty:
        return "The speakers are unknown, so none can be set beside another"
    uar, short = table["uar"], short_names(table.index)
    if uar.max() == uar.min():
        return f"{joined(list(short.values()), 'speakers')}: heard alike (UAR {100 * uar.max():.0f} %)"
    best, worst = ([short[name] for name in uar.index[uar == value]] for value in (uar.max(), uar.min()))
    verb = "is" if len(best) == 1 else "are"
    said = f"{joined(best, 'speakers')} {verb} heard best (UAR {100 * uar.max():.0f} %)"
    return f"{said}, {joined(worst, 'speakers')} worst ({100 * uar.min():.0f} %)"


def by_sex(table: pd.DataFrame) -> str:
    """The mean UAR of the speakers of each sex, where there are several: "; female 61 %, male 55 %"."""
    means = table[table["sex"] != ""].groupby("sex")["uar"].mean()
    return "; " + ", ".join(f"{sex} {100 * uar:.0f} %" for sex, uar in means.items()) if len(means) > 1 else ""
