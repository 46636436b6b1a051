"""SAVEE: four men, British English, seven emotions (Haq & Jackson 2010)."""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "a": "angry", "d": "disgust", "f": "fearful", "h": "happy", "n": "neutral", "sa": "sad", "su": "surprised",
}  # fmt: skip

CORPUS = Corpus(
    name="savee",
    title="SAVEE",
    language="en",
    licence="research only, after registration; may not be passed on",
    citation="Haq & Jackson (2010), in Wang (ed.), Machine Audition, 398-423",
    url="http://kahlan.eps.surrey.ac.uk/savee/",
    example="AudioData/DC/a01.wav",
    # DC/a01 as published; DC_a01 and DCa01 in copies. The number is no sentence: a01 and d01 may say the same or not.
    pattern=r"(?P<speaker>DC|JE|JK|KL)[/_]?(?P<emotion>[a-z]{1,2})(?P<number>\d\d)",
    codes={"emotion": EMOTIONS},
    sexes=dict.fromkeys(("DC", "JE", "JK", "KL"), "male"),
    by_emotion=dict.fromkeys(EMOTIONS.values(), 60) | {"neutral": 120},
    by_speaker=dict.fromkeys(("DC", "JE", "JK", "KL"), 120),
    rate=44_100,
    seconds=(1.63, 3.84, 7.14),
    folds=(("JE",), ("KL",), ("DC",), ("JK",)),
    by_hand="register at {url}, wait for the answer, download AudioData.zip, and place it so that {clip} is there",
    note=(
        "Three sentences are common to all emotions, the others differ by emotion, so a model may recognise the text; "
        "the names do not tell which is which, so sentences count as unknown. Copies are named DC_a01 or DCa01."
    ),
)
