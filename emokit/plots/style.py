"""One style for every figure, and the figure that knows its own finding."""

import io
import textwrap
import warnings
from collections.abc import Sequence
from functools import wraps
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

from emokit import atomic_files

INK, QUIET, RULE = "#222222", "#5f6670", "#d9dde2"  # text, lesser text, lines that guide the eye
LINE, ACCENT = "#1f4e79", "#c8501e"  # the one series, and what it is compared with
INKY = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#cfdcea", "#7fa3c7", "#1f4e79", "#0d2740"])
PAGE = 96  # pixels of a page to the inch
DPI = 2 * PAGE  # of a file: sharp on any screen
WIDTH = 7  # inches: with text of 9 points, 10 pixels high still in a JupyterLab 1000 pixels wide, files beside it
LETTERS = 10  # of a title to the inch
TICKS = {"color": QUIET, "labelcolor": INK, "labelsize": 9, "major.width": 0.6, "major.size": 3}
AXES = {"edgecolor": QUIET, "linewidth": 0.6, "axisbelow": True, "spines.top": False, "spines.right": False}
AXES |= {"labelcolor": QUIET, "labelsize": 9, "titlecolor": QUIET, "titlesize": 9, "titlelocation": "left"}
GROUPS = {
    "font": {"family": "DejaVu Sans", "size": 9},
    "text": {"color": INK, "parse_math": False},  # a class may be called "$1"
    "axes": AXES,
    "xtick": TICKS,
    "ytick": TICKS,
    "grid": {"color": RULE, "linewidth": 0.6},
    "legend": {"frameon": False, "fontsize": 9},
    "lines": {"linewidth": 1.6},
}
STYLE = {f"{group}.{name}": value for group, values in GROUPS.items() for name, value in values.items()}
# A legend between the title of a figure and its axes.
ABOVE = {"ncols": 3, "loc": "lower left", "bbox_to_anchor": (-0.02, 1), "borderpad": 0, "columnspacing": 1}


def styled(function):
    """Draw in the style of the house, whatever the notebook has set."""

    @wraps(function)
    def styled(*args, **settings):
        with matplotlib.rc_context(STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # a script that the font lacks
            return function(*args, **settings)

    return styled


class Plot(Figure):
    """A figure that shows itself in a notebook, and says in words what it is where no picture can be shown.

    Attributes:
        about: what is drawn, the same for any data.
        finding: the sentence in its title.
    """

    about = finding = ""

    @styled
    def savefig(self, *args, **settings) -> None:
        """As in matplotlib, in the style of the house: some of it is read only when the figure is drawn."""
        super().savefig(*args, **({"dpi": DPI} | settings))

    def _repr_png_(self) -> tuple[bytes, dict]:
        """Two pixels for one of the page."""
        return png(self, 256), {"width": round(PAGE * self.get_figwidth())}

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        """Tells JupyterLab that these inks need light paper, in the dark too; `_repr_png_` gives the picture."""
        return {}, {"needs_background": "light"}

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


def new(about: str, size: tuple[float, float], columns: int = 1, **grid) -> tuple[Plot, list]:
    """A figure of `size` inches, `WIDTH` wide at most, with axes side by side."""
    figure = Plot(figsize=size, layout="constrained", facecolor="white")
    figure.about = about
    axes = figure.subplots(1, columns, squeeze=False, **grid)[0]
    return figure, list(axes)


def state(figure: Plot, finding: str, context: str = "") -> Plot:
    """Set the finding as title, in a quieter line below it how much data it rests on."""
    figure.finding = finding
    lines, quiet = textwrap.wrap(finding, int(LETTERS * figure.get_figwidth())), wrapped(figure, context)
    room = [""] * len(quiet.splitlines())
    figure.suptitle("\n".join([*lines, *room]), x=0.008, ha="left", fontsize=11, fontweight="bold")
    if context:
        top = 0.985 - 11 * 1.2 / 72 / figure.get_figheight() * (len(lines) + 0.12)
        figure.text(0.008, top, quiet, fontsize=9, color=QUIET, va="top", linespacing=1.2)
    return figure


def wrapped(figure: Plot, words: str) -> str:
    """Text of 9 points in lines as long as the figure is wide."""
    return "\n".join(textwrap.wrap(words, int(1.35 * LETTERS * figure.get_figwidth())))


def tint(colour: str, share: float) -> str:
    """A colour mixed with white; `share` of 1 leaves it as it is."""
    return to_hex(share * np.array(to_rgb(colour)) + (1 - share))


def joined(names: Sequence, kind: str) -> str:
    """Names that share a place, as a sentence has them: "sad", "happy, sad and angry", or "7 emotions" if many."""
    *names, last = map(str, names)
    if len(names) > 2:
        return f"{len(names) + 1} {kind}"
    return f"{', '.join(names)} and {last}" if names else last
