"""One style for every figure, and the figure that knows its own finding."""

import io
import warnings
from collections.abc import Sequence
from functools import wraps
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

from emokit import atomic_files, emotions

INK, QUIET, RULE = "#222222", "#5f6670", "#d9dde2"  # text, lesser text, lines that guide the eye
LINE, ACCENT = "#1f4e79", "#c8501e"  # the one series, and what it is compared with
PART_COLOURS = {"train": "#1f4e79", "dev": "#e08a1e", "test": "#8c9aa8"}
INKY = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#cfdcea", "#7fa3c7", "#1f4e79", "#0d2740"])
DPI = 120
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,  # a class may be called "$1"
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
}


class Plot(Figure):
    """A figure that shows itself in a notebook, and says in words what it is where no picture can be shown.

    Attributes:
        about: what is drawn, the same for any data.
        finding: the sentence in its title.
    """

    about = finding = ""

    def savefig(self, *args, **settings) -> None:
        """As in matplotlib, in the style of the house: some of it is read only when the figure is drawn."""
        with matplotlib.rc_context(STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # a script that the font lacks
            super().savefig(*args, **({"dpi": DPI} | settings))

    def _repr_png_(self) -> bytes:
        return png(self)

    def __repr__(self) -> str:
        return f"[figure: {self.about}]"


def png(figure: Figure, n_colours: int = 0) -> bytes:
    """A figure as PNG; with `n_colours` (2 to 256) as a palette picture of a third of the size."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    if not n_colours:
        return buffer.getvalue()
    small = io.BytesIO()
    Image.open(buffer).convert("RGB").quantize(n_colours, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, whole or not at all; its folder is made."""
    atomic_files.write_bytes(path, png(figure))


def styled(function):
    """Draw in the style of the house, whatever the notebook has set."""

    @wraps(function)
    def styled(*args, **settings):
        with matplotlib.rc_context(STYLE):
            return function(*args, **settings)

    return styled


def new(about: str, size: tuple[float, float], columns: int = 1, **grid) -> tuple[Plot, list]:
    """A figure of `size` inches with axes side by side."""
    figure = Plot(figsize=size, layout="constrained", facecolor="white")
    figure.about = about
    axes = figure.subplots(1, columns, squeeze=False, **grid)[0]
    return figure, list(axes)


def state(figure: Plot, finding: str, context: str = "") -> Plot:
    """Set the finding as title, in a quieter line below it how much data it rests on."""
    figure.finding = finding
    figure.suptitle(finding + ("\n" if context else ""), x=0.008, ha="left", fontsize=11, fontweight="bold")
    if context:
        line = 11 * 1.2 / 72 / figure.get_figheight()
        figure.text(0.008, 0.985 - line * 1.12, context, fontsize=9, color=QUIET, va="top")
    return figure


def tint(colour: str, share: float) -> str:
    """A colour mixed with white; `share` of 1 leaves it as it is."""
    return to_hex(share * np.array(to_rgb(colour)) + (1 - share))


def listed(names: Sequence, kind: str) -> str:
    """Those that share a place, as a sentence names them: "sad", "happy, sad and angry", "5 emotions" if there are."""
    *names, last = map(str, names)
    if len(names) > 3:
        return f"{len(names) + 1} {kind}"
    return f"{', '.join(names)} and {last}" if names else last


def name_classes(axis, names: Sequence[str]) -> None:
    """Label an axis with letter and name of each class, each letter the one used in the matrix."""
    axis.set_ticks(range(len(names)), [f"{name}  {letter}" for name, letter in emotions.letters(names).items()])
    axis.set_tick_params(length=0)


def class_rows(axes, names: Sequence[str]) -> None:
    """Rows of classes from top to bottom, with vertical rules to read values by."""
    name_classes(axes.yaxis, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def heat_map(axes, values: np.ndarray, top: float, *, written: bool = True) -> None:
    """Cells shaded by their values up to `top`; what is not 0 is written on them, in ink that can be read there."""
    axes.imshow(values, cmap=INKY, vmin=0, vmax=top, aspect="auto", interpolation="nearest")
    for row, column in np.argwhere(values) if written else ():
        ink, text = emotions.ink(shade(values[row, column] / top)), f"{values[row, column]:.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=ink)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def shade(share: float) -> str:
    """The colour of a cell of the confusion matrix, for a share from 0 to 1."""
    return to_hex(INKY(float(share)))


def height_for(n_classes: int) -> float:
    """Inches of height for a figure with one row a class."""
    return 1.5 + 0.3 * max(n_classes, 4)
