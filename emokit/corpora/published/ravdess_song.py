"""RAVDESS, the song: 23 of its actors sing the two sentences with six emotions (Livingstone & Russo 2018).

Counts after the description on Zenodo: 1,012 files, 44 by each actor, none by actor 18.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published import ravdess

EMOTIONS = {code: emotion for code, emotion in ravdess.EMOTIONS.items() if emotion not in ("disgust", "surprised")}
ACTORS = [actor for actor in ravdess.ACTORS if actor != "18"]

CORPUS = Corpus(
    name="ravdess-song",
    title="RAVDESS song",
    language="en",
    licence=ravdess.CORPUS.licence,
    citation=ravdess.CORPUS.citation,
    url=ravdess.CORPUS.url,
    example="Actor_12/03-02-05-01-02-01-12.wav",
    pattern=ravdess.PATTERN,
    codes=ravdess.CODES | {"emotion": EMOTIONS},
    only={"modality": "03", "channel": "02"},
    sexes={actor: ravdess.CORPUS.sexes[actor] for actor in ACTORS},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 184) | {"neutral": 92},  # neutral has one intensity
    by_speaker=dict.fromkeys(ACTORS, 44),
    rate=48_000,
    speakers_of="ravdess",
    by_hand="download Audio_Song_Actors_01-24.zip at {url}, and place it so that {clip} is there",
    note="A second part of RAVDESS with the same people: loaded beside ravdess, who sings is the same speaker.",
)
