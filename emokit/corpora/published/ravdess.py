"""RAVDESS: 24 actors say two sentences with eight emotions in two intensities (Livingstone & Russo 2018)."""

from emokit.corpora.corpus import Corpus

EMOTIONS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad",
    "05": "angry", "06": "fearful", "07": "disgust", "08": "surprised",
}  # fmt: skip
ACTORS = [f"{number:02}" for number in range(1, 25)]

RAVDESS = Corpus(
    name="ravdess",
    title="RAVDESS",
    language="en",
    licence="CC BY-NC-SA 4.0",
    citation="Livingstone & Russo (2018), PLoS ONE 13(5), e0196391",
    url="https://doi.org/10.5281/zenodo.1188976",
    example="Actor_12/03-01-05-01-02-01-12.wav",
    pattern=r"(?P<modality>\d\d)-(?P<channel>\d\d)-(?P<emotion>\d\d)-(?P<intensity>\d\d)-"
    r"(?P<sentence>\d\d)-(?P<take>\d\d)-(?P<speaker>\d\d)",
    codes={
        "emotion": EMOTIONS,
        "intensity": {"01": "normal", "02": "strong"},
        "sentence": {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"},
    },
    only={"modality": "03", "channel": "01"},  # neither song nor the sound of the videos
    sexes={actor: "male" if int(actor) % 2 else "female" for actor in ACTORS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 192) | {"neutral": 96},  # neutral has one intensity
    by_speaker=dict.fromkeys(ACTORS, 60),
)
