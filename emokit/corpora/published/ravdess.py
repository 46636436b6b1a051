"""RAVDESS: 24 actors say two sentences with eight emotions in two intensities (Livingstone & Russo 2018)."""

from emokit.corpora.corpus import Archive, Corpus

EMOTIONS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad",
    "05": "angry", "06": "fearful", "07": "disgust", "08": "surprised",
}  # fmt: skip
ACTORS = [f"{number:02}" for number in range(1, 25)]

PATTERN = (
    r"(?P<modality>\d\d)-(?P<channel>\d\d)-(?P<emotion>\d\d)-(?P<intensity>\d\d)-"
    r"(?P<sentence>\d\d)-(?P<take>\d\d)-(?P<speaker>\d\d)"
)
CODES = {
    "emotion": EMOTIONS,
    "intensity": {"01": "normal", "02": "strong"},
    "sentence": {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"},
}

CORPUS = Corpus(
    name="ravdess",
    title="RAVDESS",
    language="en",
    licence="CC BY-NC-SA 4.0",
    citation="Livingstone & Russo (2018), PLoS ONE 13(5), e0196391",
    url="https://doi.org/10.5281/zenodo.1188976",
    example="Actor_12/03-01-05-01-02-01-12.wav",
    pattern=PATTERN,
    codes=CODES,
    only={"modality": "03", "channel": "01"},  # neither song (`ravdess-song`) nor the sound of the videos
    sexes={actor: "male" if int(actor) % 2 else "female" for actor in ACTORS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 192) | {"neutral": 96},  # neutral has one intensity
    by_speaker=dict.fromkeys(ACTORS, 60),
    rate=48_000,
    seconds=(2.94, 3.70, 5.27),
    folds=(
        ("01", "11", "20", "21"), ("04", "10", "12", "14"), ("08", "09", "19", "23"),
        ("03", "05", "07", "24"), ("02", "15", "16", "18"), ("06", "13", "17", "22"),
    ),
    archive=Archive(
        "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
        "md5:bc696df654c87fed845eb13823edef8a", 208_468_073, 590_349_330,
    ),
)  # fmt: skip
