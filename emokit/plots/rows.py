"""What several figures have in common: a row for each class, and cells whose shade says how many."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.colors import to_hex

from emokit import colours, emotions
from emokit.plots.style import INKY

LONGEST = 18  # letters of a class beside a figure


def lettered(names: Sequence[str]) -> list[str]:
    """Letter and name of each class, as everywhere: "H  happy"; a long name is cut, since two axes need room beside."""
    return [f"{letter}  {cut(name)}" for name, letter in emotions.letters(names).items()]


def cut(name: str, most: int = LONGEST) -> str:
    """A name of so many letters at most."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def class_rows(axes, names: Sequence[str]) -> None:
    """Rows of classes from top to bottom, with vertical rules to read values by."""
    rows(axes, lettered(names))
    letters_first(axes)
    axes.grid(axis="x")


def letters_first(axes) -> None:
    """Labels of the rows that begin at one line, so that their letters stand below each other."""
    labels = axes.get_yticklabels()
    widest = max((label.get_window_extent().width for label in labels), default=0)
    axes.tick_params(axis="y", pad=72 * widest / axes.figure.dpi + 4)
    for label in labels:
        label.set_horizontalalignment("left")


def rows(axes, labels: Sequence[str]) -> None:
    """Rows from top to bottom, each with its label."""
    axes.set(yticks=range(len(labels)), yticklabels=labels, ylim=(len(labels) - 0.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def heat_map(axes, values: pd.DataFrame, texts: pd.DataFrame | bool, **settings) -> None:
    """Cells from white to ink, `texts` in them unless False, rows and columns named as in `values`."""
    import seaborn  # here: it takes longer to import than most figures to draw

    settings = {"xticklabels": 1, "yticklabels": 1, "annot_kws": {"fontsize": 9}} | settings
    seaborn.heatmap(values, annot=texts, fmt="", cmap=INKY, vmin=0, cbar=False, ax=axes, **settings)
    for text, colour in zip(axes.texts, axes.collections[0].get_facecolors(), strict=False):
        text.set_color(colours.ink(to_hex(colour)))  # seaborn's own has a contrast of 2.3 on the middle shades
    axes.tick_params(length=0)
    axes.tick_params(axis="y", rotation=0)
    axes.set(xlabel="", ylabel="")


def height_for(n_classes: int) -> float:
    """Inches of height for a figure with one row a class."""
    return 1.5 + 0.3 * max(n_classes, 4)
