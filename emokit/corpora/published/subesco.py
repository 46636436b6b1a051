"""SUBESCO: ten women and ten men, Bangla, ten sentences, seven emotions, five takes (Sultana et al. 2021).

Names, rates and lengths after audEERING's description, counts and folds after EmoBox's metadata; the last fold is the
rest of the speakers. A number is used twice: F_01 and M_01 are two people.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "ANGRY": "angry", "DISGUST": "disgust", "FEAR": "fearful", "HAPPY": "happy", "NEUTRAL": "neutral", "SAD": "sad",
    "SURPRISE": "surprised",
}  # fmt: skip
SEXES = {f"{sex}_{number:02}": word for sex, word in (("F", "female"), ("M", "male")) for number in range(1, 11)}

CORPUS = Corpus(
    name="subesco",
    title="SUBESCO",
    language="bn",
    licence="CC BY 4.0",
    citation="Sultana et al. (2021); see its page",
    url="https://zenodo.org/records/4526477",
    example="F_01_OISHI_S_10_ANGRY_1.wav",
    pattern=r"(?P<speaker>[A-Z]_\d\d)_[A-Z]+_S_(?P<sentence>\d+)_(?P<emotion>[A-Z]+)_(?P<take>\d)",
    codes={"emotion": EMOTIONS},
    sexes=SEXES,
    by_emotion=dict.fromkeys(EMOTIONS.values(), 1000),
    by_speaker=dict.fromkeys(SEXES, 350),
    rate=(44_100, 48_000),
    seconds=(2.8, 4.03, 6.0),
    folds=(
        ("M_09", "M_08", "F_03", "M_03"), ("F_10", "M_07", "F_01", "F_04"), ("M_06", "F_08", "F_06", "M_05"),
        ("M_04", "F_07", "F_05", "F_09"), ("F_02", "M_01", "M_02", "M_10"),
    ),
    by_hand="download {url}/files/SUBESCO.zip (1.7 GB; no checksum of it is published), and place it so that {clip} is "
    "there",
)  # fmt: skip
