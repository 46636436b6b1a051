"""BAVED: 61 speakers of Arabic say seven words at three levels of emotion.

All after its README and the listing of its repository.
"""

from emokit.corpora.corpus import Corpus

WORDS = {"0": "اعجبني", "1": "لم يعجبني", "2": "هذا", "3": "الفيلم", "4": "رائع", "5": "مقول", "6": "سيئ"}

CORPUS = Corpus(
    name="baved",
    title="BAVED",
    language="ar",
    licence="CC BY 4.0, as nkululeko lists it",
    citation="see its page",
    url="https://github.com/40uf411/Basic-Arabic-Vocal-Emotions-Dataset",
    example="0/0-m-21-0-1-105.wav",
    pattern=r"(?P<speaker>\d+)-(?P<sex>[A-Za-z])-(?P<age>\d+)-(?P<sentence>\d)-(?P<emotion>\d)-(?P<record>\d+)",
    codes={
        "emotion": {"0": "low", "1": "neutral", "2": "high"},
        "sentence": WORDS,
        "sex": {"m": "male", "f": "female", "M": "male", "F": "female"},
    },
    clips=1935,
    speakers=61,
    rate=16_000,
    by_hand="git clone {url}, and place it so that {clip} is there",
    note="A class is how strong the emotion is, not which: low is tired or down, high any strong one, glad or sad.",
)
