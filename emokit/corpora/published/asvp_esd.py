"""ASVP-ESD: speech and other sounds of people in several languages, from films and the web.

Names, counts, sexes, rate and mean length after EmoBox's reader and metadata; fields after the eighth are told in
`rest`, since readers differ on what they mean. Even actors are male, unlike in RAVDESS.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "01": "bored", "02": "neutral", "03": "happy", "04": "sad", "05": "angry", "06": "fearful", "07": "disgust",
    "08": "surprised", "09": "excited", "10": "pleasure", "11": "pain", "12": "disappointed",
    "13": None, "17": None,  # breath and the like; unknown
}  # fmt: skip

CORPUS = Corpus(
    name="asvp-esd",
    title="ASVP-ESD",
    language="mul",
    licence="academic research, as nkululeko lists it; see its page",
    citation="see its page",
    url="https://zenodo.org/record/7132783",
    example="Bonus/actor_50/03-02-04-01-21-50-04-01-00-14-18.wav",
    pattern=r"\d\d-(?P<channel>\d\d)-(?P<emotion>\d\d)-(?P<intensity>\d\d)-(?P<number>\d+)-(?P<speaker>\d*(?P<sex>\d))-"
    r"(?P<age>\d\d)-(?P<source>\d\d)(?P<rest>(?:[-_]\w+)*)",
    codes={
        "emotion": EMOTIONS,
        "channel": {"01": "speech", "02": "non-speech"},
        "intensity": {"01": "normal", "02": "strong"},
        "age": {"01": "over 65", "02": "20 to 64", "03": "under 20", "04": "baby"},
        "sex": {str(digit): "female" if digit % 2 else "male" for digit in range(10)},
    },
    by_emotion={
        "bored": 548, "neutral": 1598, "happy": 1868, "sad": 2694, "angry": 1453, "fearful": 1180, "disgust": 899,
        "surprised": 1586, "excited": 401, "pleasure": 365, "pain": 834, "disappointed": 365,
    },
    speakers=131,
    rate=16_000,
    seconds=(None, 4.64, None),
    by_hand="download {url}/files/ASVP-ESD-Update.zip (no checksum of it is published), and place it so that {clip} is "
    "there",
    note="Many clips are laughs, cries and other sounds without words: column `channel`.",
)  # fmt: skip
