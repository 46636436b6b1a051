"""The vocabulary: the emotions in their order, and how each is coloured and abbreviated wherever it is shown."""

from collections.abc import Iterable

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored")

# Hues apart for colour-blind readers (after Okabe & Ito 2008), and a letter, since nine safe hues do not exist.
COLOURS = {
    "neutral": "#767676",
    "calm": "#2e86b8",
    "happy": "#a87900",
    "sad": "#3b6fd4",
    "angry": "#d1495b",
    "fearful": "#8f5fc4",
    "disgust": "#5f8a1f",
    "surprised": "#c2569b",
    "bored": "#9a6b4b",
}
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
SYNONYMS = {
    "anger": "angry",
    "hot anger": "angry",
    "anxious": "fearful",
    "anxiety": "fearful",
    "fear": "fearful",
    "boredom": "bored",
    "calmness": "calm",
    "disgusted": "disgust",
    "excited": "happy",
    "happiness": "happy",
    "joy": "happy",
    "pleasant surprise": "surprised",
    "sadness": "sad",
    "surprise": "surprised",
}


def in_order(names: Iterable[str]) -> list[str]:
    """Names of emotions without repeats, in the order of the vocabulary; names from elsewhere follow, by alphabet."""
    unique = set(names)
    return [name for name in EMOTIONS if name in unique] + sorted(unique - set(EMOTIONS))
