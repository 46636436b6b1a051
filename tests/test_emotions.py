import pytest

from emokit import emotions

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
