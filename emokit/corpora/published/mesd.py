"""MESD: women, men and children say Mexican Spanish words with six emotions (Duville et al. 2021).

Names and speakers after nkululeko's reader, counts after EmoBox's metadata, rate and lengths after audEERING's
description. Names tell the kind of voice, not the person.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "Anger": "angry", "Disgust": "disgust", "Fear": "fearful", "Happiness": "happy", "Neutral": "neutral",
    "Sadness": "sad",
}  # fmt: skip

CORPUS = Corpus(
    name="mesd",
    title="MESD",
    language="es",
    licence="CC BY 4.0",
    citation="Duville, Alonso-Valerdi & Ibarra-Zarate (2021), EMBC",
    url="https://doi.org/10.17632/cy34mh68j9.5",
    example="Mexican Emotional Speech Database (MESD)/Happiness_M_B_aventurero.wav",
    pattern=r"(?P<emotion>[A-Z][a-z]+)_(?P<voice>(?P<sex>[A-Z]))_(?P<words>[AB])_(?P<sentence>[^/]+)",
    codes={
        "emotion": EMOTIONS,
        "voice": {"F": "woman", "M": "man", "C": "child"},
        "sex": {"F": "female", "M": "male", "C": None},
        "words": {"A": "the same for all emotions", "B": "chosen for the emotion"},
    },
    by_emotion=dict.fromkeys(EMOTIONS.values(), 144) | {"angry": 143, "neutral": 143},
    speakers=11,
    rate=48_000,
    seconds=(0.2, 0.72, 2.5),
    note=(
        "Three women, two men and six children, but no name says who speaks, so only the split `clip` is possible. "
        "Half of the words were chosen for their emotion, so a model may recognise the text."
    ),
)
