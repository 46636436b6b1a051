"""EmoV-DB: two women and two men, American English, sentences of CMU Arctic in five styles (Adigwe et al. 2018).

Names and clips after its README, whose 7,000 are 6,887 in EmoBox, where a sentence counts once; so nothing is said of a
copy's counts. Rates and mean length after EmoBox's metadata.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "Amused": "amused", "Angry": "angry", "Disgusted": "disgust", "Disgust": "disgust", "Neutral": "neutral",
    "Sleepy": "sleepy",
}  # fmt: skip

CORPUS = Corpus(
    name="emov-db",
    title="EmoV-DB",
    language="en",
    licence="not known",
    citation="Adigwe et al. (2018), arXiv:1806.09514",
    url="https://github.com/numediart/EmoV-DB",
    example="jenie_Disgusted/disgust_29-56_0033.wav",
    # jenie/Disgusted/… in the sorted version.
    pattern=r"(?P<speaker>[a-z]+)[_/](?P<emotion>[A-Z][a-z]+)/[A-Za-z]+_(?P<range>\d+-\d+)_(?P<sentence>\d{4})",
    codes={"emotion": EMOTIONS},
    sexes={"bea": "female", "jenie": "female", "josh": "male", "sam": "male"},
    clips=7000,
    rate=(16_000, 44_100),
    seconds=(None, 4.97, None),
    note="7,000 clips after its README, 6,887 in EmoBox. Josh has none that is angry or disgusted.",
)
