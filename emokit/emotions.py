"""The vocabulary: the emotions in their order, and how each is coloured and abbreviated wherever it is shown."""

from collections.abc import Iterable

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
OTHER = "#767676"  # the colour of an emotion from elsewhere
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
    """The word of the vocabulary for a label from elsewhere; one that it has no word for stays as it is."""
    plain = " ".join(str(label).replace("_", " ").replace("-", " ").lower().split())
    return plain if plain in EMOTIONS else SYNONYMS.get(plain, str(label).strip())


def in_order(names: Iterable[str]) -> list[str]:
    """Names of emotions without repeats, in the order of the vocabulary; names from elsewhere follow, by alphabet."""
    unique = set(names)
    return [name for name in EMOTIONS if name in unique] + sorted(unique - set(EMOTIONS))


def colour(emotion: str) -> str:
    """The colour of an emotion, "#rrggbb"; grey for one from elsewhere."""
    return COLOURS.get(emotion, OTHER)


def letter(emotion: str) -> str:
    """The letter of an emotion, its first one for one from elsewhere."""
    return LETTERS.get(emotion, str(emotion)[:1].upper())


def contrast(one: str, other: str) -> float:
    """Contrast of two colours "#rrggbb", from 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(ground: str) -> str:
    """Black or white, whichever is read better on this ground."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, ground))


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
