"""TurEV-DB: six speakers of Turkish say single words with four emotions.

Names and speakers after the listing of its repository, counts and rate after EmoBox's metadata. The code between
speaker and word repeats the emotion (kz angry, sk calm, mt happy); not all were seen, so the folder tells.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"Angry": "angry", "Calm": "calm", "Happy": "happy", "Sad": "sad"}

CORPUS = Corpus(
    name="turev",
    title="TurEV-DB",
    language="tr",
    licence="CC BY-NC-ND 4.0",
    citation="see its page",
    url="https://github.com/Xeonen/TurEV-DB",
    example="Sound Source/Angry/1157_kz_acik.wav",
    pattern=r"(?P<emotion>[A-Z][a-z]+)/(?P<speaker>\d{4})_[a-z]+_(?P<sentence>[^/]+)",
    codes={"emotion": EMOTIONS, "speaker": {code: code for code in ("1157", "1234", "1358", "1984", "6783", "7895")}},
    by_emotion={"angry": 487, "calm": 408, "happy": 357, "sad": 483},
    speakers=6,
    rate=44_100,
    by_hand="git clone {url}, and place it so that {clip} is there",
    note="The sexes of the speakers are not known.",
)
