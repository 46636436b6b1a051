"""The demo corpus that comes with emokit: synthetic voices, made by data/make_demo.py. It proves the pipeline only."""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"neu": "neutral", "hap": "happy", "sad": "sad", "ang": "angry", "fea": "fearful"}
VOICES = [f"v{number:02}" for number in range(1, 13)]

CORPUS = Corpus(
    name="demo",
    title="the demo corpus",
    language="en",
    licence="CC0 1.0",
    citation="made by data/make_demo.py with espeak-ng; synthetic speech",
    url="data/demo",
    example="v01/v01_s1_neu_1.flac",
    pattern=r"(?P<speaker>v\d\d)_(?P<sentence>s\d)_(?P<emotion>[a-z]{3})_(?P<take>\d)",
    codes={
        "emotion": EMOTIONS,
        "sentence": {
            "s1": "The children are playing in the garden.", "s2": "Tomorrow we are going to the market.",
            "s3": "I will call you again on Friday.", "s4": "She left the picture on the table.",
            "s5": "We can see the mountains from here.", "s6": "The black cat is sleeping on the sofa.",
        },
    },
    sexes={voice: "female" if int(voice[1:]) % 2 else "male" for voice in VOICES},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 72),
    by_speaker=dict.fromkeys(VOICES, 30),
    rate=16_000,
    seconds=(1.64, 2.06, 2.96),
    by_hand="",  # it is there
    note="Synthetic voices: a score on them says that the pipeline works, nothing about people.",
)  # fmt: skip
