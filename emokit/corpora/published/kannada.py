"""Kannada: thirteen speakers, six sentences, six emotions (Agrawal, Zenodo 6345107).

All after audEERING's description. Its 468 files are the whole grid of speakers, sentences and emotions.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = {"01": "angry", "02": "sad", "03": "surprised", "04": "happy", "05": "fearful", "06": "neutral"}
SPEAKERS = [f"{number:02}" for number in range(1, 14)]

CORPUS = Corpus(
    name="kannada",
    title="the Kannada emotional speech of Zenodo 6345107",
    language="kn",
    licence="CC BY 4.0",
    citation="Vishakha Agrawal, Zenodo 6345107",
    url="https://zenodo.org/records/6345107",
    example="09-05-01.wav",
    pattern=r"(?P<speaker>\d\d)-(?P<emotion>\d\d)-(?P<sentence>\d\d)",
    codes={"emotion": EMOTIONS},
    sexes={speaker: "male" if speaker in ("04", "06", "12", "13") else "female" for speaker in SPEAKERS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 78),
    by_speaker=dict.fromkeys(SPEAKERS, 36),
    rate=(16_000, 44_100, 48_000),
    seconds=(1.5, 3.86, 7.2),
)
