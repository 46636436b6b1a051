"""URDU: talk shows on television, four emotions (Latif, Qadir & Bilal 2019).

Counted from the listing of its repository, in which 29 of the 38 speakers of its README have a clip; the rate after
EmoBox's metadata.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"A": "angry", "H": "happy", "N": "neutral", "S": "sad"}
BY_SPEAKER = {
    "SF1": 12, "SF2": 2, "SF3": 2, "SF4": 4, "SF5": 4, "SF6": 14, "SF7": 6, "SF8": 2, "SF9": 4, "SF10": 2, "SF11": 4,
    "SM1": 22, "SM2": 28, "SM3": 12, "SM4": 48, "SM5": 80, "SM6": 14, "SM7": 28, "SM17": 2, "SM18": 2, "SM19": 2,
    "SM20": 10, "SM21": 4, "SM22": 2, "SM23": 6, "SM24": 38, "SM25": 40, "SM26": 2, "SM27": 4,
}  # fmt: skip

CORPUS = Corpus(
    name="urdu",
    title="URDU",
    language="ur",
    licence="research only",
    citation="Latif, Qadir & Bilal (2019), ACII, doi:10.1109/ACII.2019.8925513",
    url="https://github.com/siddiquelatif/URDU-Dataset",
    example="Angry/SM1_F10_A010.wav",
    pattern=r"(?P<speaker>S[A-Z]\d+)_F(?P<take>\d+)_(?P<emotion>[A-Z])(?P<number>\d+)",
    codes={"emotion": EMOTIONS},
    sexes={speaker: "female" if speaker[1] == "F" else "male" for speaker in BY_SPEAKER},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 100),
    by_speaker=BY_SPEAKER,
    rate=44_100,
    by_hand="git clone {url}, and place it so that {clip} is there",
    note="26 of 29 speakers are heard in one emotion only, so a model may recognise the voice instead.",
)
