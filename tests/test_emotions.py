"""Every class can be told from every other one, by letter and by colour, whatever the classes are called."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emokit import colours, emotions

LIKELY = st.sampled_from(["happy", "Happy", "1", "10", "11", "", " ", "怒り", "é", "contempt", "confident", "amused"])
LABELS = st.lists(st.one_of(st.text(), LIKELY), unique=True)


@given(LABELS)
def test_no_two_classes_have_the_same_letter(names):
    letters = emotions.letters(names)
    assert list(letters) == names and all(letters.values())
    assert len(set(letters.values())) == len(names)


@given(LABELS)
def test_letters_and_colours_hang_on_the_classes_not_on_their_order(names):
    assert emotions.letters(names[::-1]) == emotions.letters(names)
    assert colours.of(names[::-1]) == colours.of(names)


@given(st.lists(st.text(), max_size=60, unique=True))
@example([f"label {n}" for n in range(500)])
def test_no_two_of_any_number_of_classes_have_the_same_colour_and_each_is_seen_on_white_and_on_black(names):
    names = list(dict.fromkeys([*emotions.EMOTIONS, *names]))
    given = colours.of(names)
    assert len(set(given.values())) == len(names) and set(map(len, given.values())) == {7}
    grounds = ("#ffffff", "#111111")
    assert all(colours.contrast(colour, ground) >= 3 for colour in given.values() for ground in grounds)


def test_the_vocabulary_keeps_its_letters_and_colours_beside_any_class():
    names = [*emotions.EMOTIONS, "amused", "contempt", "confident"]
    assert emotions.letters(names).items() >= emotions.LETTERS.items()
    assert colours.of(names).items() >= colours.COLOURS.items()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["amused", "confident", "contempt", "fierce"], "A C O F"),
        (["angry", "calm", "confident", "fearful", "fierce"], "A C O F I"),
        (["calm", "happy", "ch"], "C H Ch"),
        (["1", "2", "10", "12"], "1 2 0 12"),
        (["怒り", "悲しみ", "!!"], "怒 悲 ?"),
        (["A", "a", "ä"], "A A2 Ä"),
    ],
)
def test_a_class_from_elsewhere_has_a_letter_of_its_own_word_where_one_is_free(names, expected):
    letters = emotions.letters(names)
    assert sorted(letters.values()) == sorted(expected.split()) and letters[names[0]] == expected.split()[0]


# What the makers of corpora call an emotion, and the word that their papers give for it.
CALLED = {
    "neutral": "NEU, neutral state",
    "calm": "calmness, relaxed",
    "happy": "HAP, joy, happiness, excited",
    "sad": "SAD, sadness",
    "angry": "ANG, anger, hot anger",
    "fearful": "FEA, fear, anxiety",
    "disgust": "DIS, disgusted",
    "surprised": "SUR, ps, surprise, pleasant_surprise",
    "bored": "boredom",
}
PAIRS = [(emotion, label) for emotion, labels in CALLED.items() for label in labels.split(", ")]


@pytest.mark.parametrize(("emotion", "label"), PAIRS)
def test_a_label_from_elsewhere_is_the_emotion_that_was_meant(emotion, label):
    assert emotions.named(label) == emotion
