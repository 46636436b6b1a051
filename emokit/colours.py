"""The colour of each class wherever it is shown, and which ink is read on it."""

import math
from collections.abc import Iterable, Iterator, Sequence
from colorsys import hls_to_rgb
from itertools import chain, count

from emokit.emotions import in_order

# Told apart by colour-blind readers too: every two are at least 20 apart in CIELAB, also as a protanope or a
# deuteranope sees them (Machado et al. 2009). Each stands out (3 : 1) from white and from JupyterLab's dark #111, where
# AA for text (4.5 : 1) on both is impossible; so text is never set in them, and letters stand on them in `ink`.
COLOURS = {
    "neutral": "#586368",
    "calm": "#03a3a9",
    "happy": "#cc8502",
    "sad": "#225ef0",
    "angry": "#bd240e",
    "fearful": "#a383e4",
    "disgust": "#93974f",
    "surprised": "#ad12a0",
    "bored": "#8e5441",
}
# For classes from elsewhere, in turn: as visible as those above, and every two of all these at least 13 apart. Those of
# `_more_colours` come after them: as visible, and no two the same, but more than so many cannot all be far apart.
FURTHER_COLOURS = (
    *("#c60066", "#3c84fc", "#0072b4", "#f04e3c", "#00720c", "#fc4890"),
    *("#245acc", "#ae248a", "#3c42fc", "#909066", "#249c8a", "#908ac6"),
)
GOLDEN = (math.sqrt(5) - 1) / 2  # of a turn: hues so far apart never come close to a repeat
OTHER = "#767676"  # the colour of what is none of the classes in view


def of(names: Iterable[str]) -> dict[str, str]:
    """The colour "#rrggbb" of each of these classes, whatever their order: no two the same, however many there are."""
    names, given = list(names), dict(COLOURS)
    further = chain(FURTHER_COLOURS, _more_colours())
    for name in in_order(set(names) - set(COLOURS)):
        given[name] = next(colour for colour in further if colour not in given.values())
    return {name: given[name] for name in names}


def _more_colours() -> Iterator[str]:
    """Colours without end: hues a golden angle apart, of luminances that stand out from white and from #111 alike."""
    for n in count():
        linear = hls_to_rgb(n * GOLDEN % 1, 0.5, 0.8)  # taken as light, not as coded
        own, wanted = _luminance_of(linear), 0.125 + 0.16 * (n * math.sqrt(2) % 1)
        ground, share = (0, wanted / own) if own > wanted else (1, (1 - wanted) / (1 - own))
        mixed = (ground + share * (channel - ground) for channel in linear)
        yield "#" + "".join(f"{round(255 * _coded(channel)):02x}" for channel in mixed)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours "#rrggbb", from 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(ground: str) -> str:
    """Black or white, whichever is read better on this ground."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, ground))


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _luminance_of([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels])


def _luminance_of(linear: Sequence[float]) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _coded(light: float) -> float:
    """A channel as sRGB codes it, of its share of the light: what `_luminance` undoes."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
