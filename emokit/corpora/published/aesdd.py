"""AESDD: actors of Greek, five emotions (Vryzas et al. 2018).

Names and counts after EmoBox's metadata, whose files have six speakers where its table says five. The sexes that some
readers give are those of another corpus, so none is told here.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"a": "angry", "d": "disgust", "f": "fearful", "h": "happy", "s": "sad"}

CORPUS = Corpus(
    name="aesdd",
    title="AESDD",
    language="el",
    licence="CC BY-NC-SA 4.0, as one public list has it",
    citation="Vryzas et al. (2018), Journal of the Audio Engineering Society 66(6), 457-467",
    url="http://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition/",
    example="disgust/d20 (4).wav",
    pattern=r"(?P<emotion>[a-z])(?P<sentence>\d\d) \(0?(?P<speaker>\d)\)(?P<take>[a-z]?)",  # "f10 (01)", "a06 (5)b"
    codes={"emotion": EMOTIONS},
    by_emotion={"angry": 121, "disgust": 122, "fearful": 120, "happy": 119, "sad": 122},
    speakers=6,
    rate=44_100,
    note="The sexes of the speakers are not known.",
)
