"""eNTERFACE'05: 44 people, English, audio and video, six emotions.

Names, counts, rate and mean length after EmoBox's metadata, whose clips of one person have a 3 between.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "an": "angry", "di": "disgust", "fe": "fearful", "ha": "happy", "sa": "sad", "su": "surprised",
}  # fmt: skip

CORPUS = Corpus(
    name="enterface",
    title="eNTERFACE'05",
    language="en",
    licence="not known",
    citation="see its page",
    url="https://enterface.net/enterface05/main.php?frame=emotion",
    example="subject 38/disgust/sentence 5/s38_di_5.avi",
    pattern=r"s(?P<speaker>\d+)_(?:3_)?(?P<emotion>[a-z]{2})_(?P<number>\d)",
    codes={"emotion": EMOTIONS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 211) | {"happy": 208},
    speakers=44,
    rate=48_000,
    seconds=(None, 3.1, None),
    note="Videos, of which the sound is read. The sexes of the speakers are not known.",
)
