"""Where clips lie in what the last layer of a run reads."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import clip_map as of_clips
from emokit import colours, metrics
from emokit.plots.rows import lettered
from emokit.plots.speakers import short_names
from emokit.plots.style import INK, QUIET, RULE, WIDTH, Plot, new, state, styled, wrapped

MOST_NAMED = 12  # speakers in a legend; more would be told apart by nobody


@styled
def clip_map(clips: pd.DataFrame, vectors: np.ndarray) -> Plot:
    """Clips in the plane that keeps most of their variance (PCA), in the colour of their emotion, and of their speaker.

    Args:
        clips: of one run and part, columns `emotion`, `predicted`, `speaker`; `group` where known.
        vectors: float (n, units), as `run.embeddings()` gives them.
    """
    places, shown = of_clips.plane(vectors)
    figure, (left, right) = new("map of the clips", (WIDTH, 4.6), 2)
    wrong = (clips["emotion"] != clips["predicted"]).to_numpy()
    names, speakers = metrics.classes(clips), sorted(clips["speaker"].dropna().unique())
    _dots(left, places, wrong, clips["emotion"], names)
    _dots(right, places, wrong, clips["speaker"], speakers)
    _legend(left, lettered(names))
    _legend(right, list(short_names(speakers).values()) if len(speakers) <= MOST_NAMED else [])
    left.set_title("by emotion; ringed: taken for another")
    right.set_title(f"by speaker, {len(speakers)} colours" if speakers else "speakers unknown")
    table = of_clips.together(vectors, clips)
    nearest, *across = of_clips.in_words(table)
    below = " ".join([f"The plane shows {100 * shown:.0f} % of the variance; nearest is in all dimensions.", *across])
    figure.supxlabel(wrapped(figure, below), fontsize=9, color=QUIET, x=0.008, ha="left")
    return state(figure, of_clips.finding(table), nearest)


def _dots(axes, places: np.ndarray, wrong: np.ndarray, labels: pd.Series, names: Sequence[str]) -> None:
    size = float(np.clip(7 - np.log10(max(len(places), 1)), 2, 6))
    colour_of, labels = colours.of(names), labels.to_numpy()
    for name in names:
        chosen = labels == name
        axes.plot(*places[chosen].T, "o", color=colour_of[name], markersize=size, markeredgewidth=0, alpha=0.85)
    other = ~np.isin(labels.astype(object), list(names))  # speakers that are not known
    axes.plot(*places[other].T, "o", color=colours.OTHER, markersize=size, markeredgewidth=0)
    axes.plot(*places[wrong].T, "o", color="none", markeredgecolor=INK, markersize=size + 2.5, markeredgewidth=0.7)
    axes.margins(0.06)
    axes.set(aspect="equal", adjustable="datalim", xticks=[], yticks=[])  # both directions are parts of one distance
    axes.spines[:].set(visible=True, color=RULE)


def _legend(axes, names: Sequence[str]) -> None:
    if names:
        below = {"loc": "upper left", "bbox_to_anchor": (-0.02, 0), "handletextpad": 0, "columnspacing": 0.8}
        axes.legend(axes.get_lines()[: len(names)], names, ncols=min(3, len(names)), **below)
