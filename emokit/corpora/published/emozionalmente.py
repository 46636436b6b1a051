"""Emozionalmente: 431 people at home say eighteen sentences of Italian with seven intended emotions (Catania).

Columns and counts after EmoBox, lengths and number of speakers after audb.
"""

from collections.abc import Iterable
from pathlib import Path

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader, separated_by

EMOTIONS = {
    "neutrality": "neutral", "sadness": "sad", "joy": "happy", "anger": "angry", "disgust": "disgust",
    "surprise": "surprised", "fear": "fearful",
}  # fmt: skip


def _with_people(path: Path) -> Iterable[dict]:
    """The rows of samples.csv, each with what users.csv beside it says of its actor."""
    table, users = separated_by(","), path.with_name("users.csv")
    people = {user["username"]: user for user in table(users)} if users.exists() else {}
    for sample in table(path):
        yield {"gender": "", "age": ""} | people.get(sample["actor"], {}) | sample


CORPUS = Corpus(
    name="emozionalmente",
    title="Emozionalmente",
    language="it",
    licence="CC BY 4.0",
    citation="Catania (2022), Zenodo 6569824",
    url="https://zenodo.org/records/6569824",
    example="audio/1616256756877.wav",
    pattern=r"audio/\d{13}",
    codes={"emotion": EMOTIONS, "sex": {"female": "female", "male": "male"}},
    by_emotion=dict.fromkeys(EMOTIONS.values(), 986),
    speakers=431,
    rate=(16_000, 44_100),
    seconds=(0.8, 3.29, 13.9),
    by_hand="download emozionalmente.zip at {url}, and place it so that {clip} and {folder}/metadata/samples.csv are "
    "there",
    note="The emotion is the intended one, which listeners recognised in about two of three clips.",
    read=reader(
        Labels(
            table="samples.csv",
            clip="{file_name}",
            columns={
                "emotion": "{emotion_expressed}", "speaker": "{actor}", "sentence": "{sentence}", "sex": "{gender}",
                "age": "{age}",
            },
            rows=_with_people,
        )
    ),
)  # fmt: skip
