"""ASED, version 1: 65 speakers of Amharic, five emotions (Retta et al. 2023).

Names, speakers and sexes after its README, counts, rate and mean length after EmoBox's metadata. In one file's name the
emotion is a capital letter.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"n": "neutral", "f": "fearful", "h": "happy", "s": "sad", "S": "sad", "a": "angry"}

CORPUS = Corpus(
    name="ased",
    title="ASED",
    language="am",
    licence="not known",
    citation="Retta et al. (2023), ACM Transactions on Asian and Low-Resource Language Information Processing 22(1), "
    "doi:10.1145/3529759",
    url="https://github.com/Ethio2021/ASED_V1",
    example="02Fearful/f2-06-02-02-51.wav",
    pattern=r"(?P<emotion>[A-Za-z])\d-(?P<number>\d\d)-(?P<take>\d\d)-(?P<sex>\d\d)-(?P<speaker>\d\d)",
    codes={"emotion": EMOTIONS, "sex": {"01": "female", "02": "male"}},
    by_emotion={"neutral": 522, "fearful": 510, "happy": 486, "sad": 470, "angry": 486},
    speakers=65,
    rate=16_000,
    seconds=(None, 3.06, None),
    by_hand="git clone {url}, and place it so that {clip} is there",
    note="Five of the seven sentences of an emotion are said in no other, so a model may recognise the text.",
)
