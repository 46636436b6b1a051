"""The vocabulary: the emotions in their order, and how each is coloured and abbreviated wherever it is shown."""

import math
from collections.abc import Iterable, Iterator, Sequence
from colorsys import hls_to_rgb
from itertools import chain, count

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored")

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
LETTERS = {
    "neutral": "N",
    "calm": "C",
    "happy": "H",
    "sad": "S",
    "angry": "A",
    "fearful": "F",
    "disgust": "D",
    "surprised": "U",
    "bored": "B",
}
# What other corpora and people call them: lower case, words apart by spaces. The three letters are common codes.
SYNONYMS = {
    "neu": "neutral",
    "neutrality": "neutral",
    "neutral state": "neutral",
    "calmness": "calm",
    "relaxed": "calm",
    "excited": "happy",
    "excitement": "happy",
    "hap": "happy",
    "happiness": "happy",
    "joy": "happy",
    "joyful": "happy",
    "sadness": "sad",
    "ang": "angry",
    "anger": "angry",
    "hot anger": "angry",
    "anxiety": "fearful",
    "anxious": "fearful",
    "fea": "fearful",
    "fear": "fearful",
    "dis": "disgust",
    "disgusted": "disgust",
    "pleasant surprise": "surprised",
    "pleasant surprised": "surprised",
    "ps": "surprised",
    "sur": "surprised",
    "surprise": "surprised",
    "boredom": "bored",
}


def named(label: str) -> str:
    """The word of the vocabulary for a label from elsewhere; one that it has no word for stays as it is.

    >>> named("Anger"), named("pleasant_surprise"), named("contempt")
    ('angry', 'surprised', 'contempt')
    """
    plain = " ".join(str(label).replace("_", " ").replace("-", " ").lower().split())
    return plain if plain in EMOTIONS else SYNONYMS.get(plain, str(label).strip())


def in_order(names: Iterable[str]) -> list[str]:
    """Names of emotions without repeats, in the order of the vocabulary; names from elsewhere follow, by alphabet.

    >>> in_order(["sad", "contempt", "neutral", "sad", "awe"])
    ['neutral', 'sad', 'awe', 'contempt']
    """
    unique = set(names)
    return [name for name in EMOTIONS if name in unique] + sorted(unique - set(EMOTIONS))


def colours(names: Iterable[str]) -> dict[str, str]:
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


def letters(names: Iterable[str]) -> dict[str, str]:
    """The letter of each of these classes, whatever their order: no two alike.

    One from elsewhere gets its first letter where that is free, else another one of it, else two.

    >>> letters(["sad", "surprised", "contempt", "cold"])
    {'sad': 'S', 'surprised': 'U', 'contempt': 'O', 'cold': 'C'}
    """
    names = list(names)
    given = {name: LETTERS[name] for name in names if name in LETTERS}
    for way in (_first_letter, _any_letter, _two_letters, _numbered):
        for name in in_order(set(names) - set(given)):
            sign = next((sign for sign in way(name) if sign not in given.values()), None)
            if sign is not None:
                given[name] = sign
    return {name: given[name] for name in names}


def _any_letter(name: str) -> list[str]:
    return [sign for sign in name.upper() if sign.isalnum()] or ["?"]


def _first_letter(name: str) -> list[str]:
    return _any_letter(name)[:1]


def _two_letters(name: str) -> list[str]:
    first, *others = _any_letter(name)
    return [first + other.lower() for other in others]


def _numbered(name: str) -> Iterator[str]:
    return (f"{_any_letter(name)[0]}{n}" for n in count(2))


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
