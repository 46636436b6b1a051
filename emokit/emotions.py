"""The vocabulary: the emotions in their order, what others call them, and how each is abbreviated."""

from collections.abc import Iterable, Iterator
from itertools import count

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored")
LETTERS = dict(zip(EMOTIONS, "NCHSAFDUB", strict=True))
# What other corpora and people call them: lower case, words apart by spaces. The three letters are common codes.
CALLED = {
    "neutral": ("neu", "neutrality", "neutral state"),
    "calm": ("calmness", "relaxed"),
    "happy": ("hap", "happiness", "excited", "excitement", "joy", "joyful"),
    "sad": ("sadness",),
    "angry": ("ang", "anger", "hot anger"),
    "fearful": ("fea", "fear", "anxiety", "anxious"),
    "disgust": ("dis", "disgusted"),
    "surprised": ("sur", "surprise", "ps", "pleasant surprise", "pleasant surprised"),
    "bored": ("boredom",),
}
SYNONYMS = {synonym: emotion for emotion, synonyms in CALLED.items() for synonym in synonyms}


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
