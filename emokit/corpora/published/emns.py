"""EMNS: one woman tells stories in British English with eight emotions, recorded in a browser (Noriy et al. 2023).

Columns and values after nkululeko's copy of the table, counts after EmoBox.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader, separated_by

EMOTIONS = {
    "Neutral": "neutral", "Happy": "happy", "Sad": "sad", "Angry": "angry", "Disgust": "disgust",
    "Surprised": "surprised", "Excited": "excited", "Sarcastic": "sarcastic",
}  # fmt: skip

CORPUS = Corpus(
    name="emns",
    title="EMNS",
    language="en",
    licence="CC BY 4.0, as nkululeko lists it",
    citation="Noriy, Yang & Zhang (2023), EMNS /Imz/ Corpus",
    url="https://www.openslr.org/136",
    example="cleaned_webm/recorded_audio_3aCYrjz.webm",
    pattern=r"recorded_audio_\w{7}",
    codes={"emotion": EMOTIONS, "sex": {"Female": "female", "female": "female", "Male": "male", "male": "male"}},
    sexes={"3": "female"},
    by_emotion={
        "neutral": 149, "happy": 157, "sad": 147, "angry": 126, "disgust": 162, "surprised": 151, "excited": 150,
        "sarcastic": 139,
    },
    by_speaker={"3": 1181},
    rate=48_000,
    by_hand="download cleaned_webm.tar.xz and metadata.csv at {url}, and place them so that {clip} and "
    "{folder}/metadata.csv are there",
    note="One speaker, so only the split `clip` is possible. `intensity` is how strong she was asked to be, from 0.",
    read=reader(
        Labels(
            table="metadata.csv",
            clip="{audio_recording}",  # the table says wavs/, where cleaned_webm/ and raw_webm/ are published
            columns={
                "emotion": "{emotion}", "speaker": "{user_id}", "sex": "{gender}", "age": "{age}",
                "sentence": "{utterance}", "intensity": "{level}",
            },
            rows=separated_by("|"),
        )
    ),
)  # fmt: skip
