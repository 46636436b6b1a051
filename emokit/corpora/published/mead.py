"""MEAD, its audio part: 48 people speak English with eight emotions in three intensities (Wang et al. 2020).

Layout and counts after EmoBox.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "neutral": "neutral", "happy": "happy", "sad": "sad", "angry": "angry", "fear": "fearful", "disgusted": "disgust",
    "surprised": "surprised", "contempt": "contempt",
}  # fmt: skip

CORPUS = Corpus(
    name="mead",
    title="MEAD",
    language="en",
    licence="not known",
    citation="Wang et al. (2020), ECCV",
    url="https://github.com/uniBruce/Mead",
    example="M027/audio/sad/level_1/018.m4a",
    pattern=r"(?P<speaker>(?P<sex>[MW])\d{3})/audio/(?P<emotion>[a-z]+)/level_(?P<intensity>[123])/(?P<number>\d{3})",
    codes={
        "emotion": EMOTIONS,
        "sex": {"M": "male", "W": "female"},
    },
    by_emotion={
        "neutral": 1916, "happy": 4294, "sad": 4306, "angry": 4193, "fearful": 4251, "disgust": 4284, "surprised": 4270,
        "contempt": 4215,
    },
    speakers=48,
    rate=(44_100, 48_000),
    seconds=(None, 4.23, None),
)  # fmt: skip
