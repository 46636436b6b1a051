"""Oréau, version 02: 32 speakers of French, sentences of a classroom, seven emotions.

Names and counts after EmoBox's metadata, the number of speakers after a public copy of its page. The archive also holds
version 01, in OréauFR_01, which is left out: the two are not to be mixed.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "C": "angry", "D": "disgust", "J": "happy", "N": "neutral", "P": "fearful", "S": "surprised", "T": "sad",
}  # fmt: skip

CORPUS = Corpus(
    name="oreau",
    title="Oréau",
    language="fr",
    licence="see its page",
    citation="see its page",
    url="https://zenodo.org/records/4405783",
    example="Ore\u0301auFR_02/m/sessc/39a02Ca.wav",  # the accent is a sign of its own in the archive
    # The number is no sentence: a02 in anger and a02 in joy are two texts.
    pattern=r"(?<!FR_01/)(?P<sex>[a-z])/sess[^/]*/(?P<speaker>\d\d)(?P<number>[a-z]\d\d)(?P<emotion>[A-Z])"
    r"(?P<take>[a-z]?)",
    codes={"emotion": EMOTIONS, "sex": {"f": "female", "m": "male"}},
    by_emotion={"angry": 67, "disgust": 67, "happy": 62, "neutral": 70, "fearful": 51, "surprised": 62, "sad": 55},
    speakers=32,
    rate=44_100,
    note="The sentences differ by emotion, so a model may recognise the text.",
)
