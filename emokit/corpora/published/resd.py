"""RESD: fifty dialogues of Russian, each partner with an emotion to act (Aniemore).

Layout, columns and counts after EmoBox. Who speaks is not published: two voices a dialogue.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {
    "neutral": "neutral", "happiness": "happy", "sadness": "sad", "anger": "angry", "fear": "fearful",
    "disgust": "disgust", "enthusiasm": "enthusiastic",
}  # fmt: skip


def _labels(part: str) -> Labels:
    return Labels(
        table=f"{part}.csv",
        clip="{path}",
        columns={"emotion": "{emotion}", "part": part, "group": "{dialogue}"},
    )


CORPUS = Corpus(
    name="resd",
    title="RESD",
    language="ru",
    licence="MIT, as one public list has it",
    citation="Aniemore, Russian Emotional Speech Dialogs, doi:10.57967/hf/1272",
    url="https://huggingface.co/datasets/Aniemore/resd_annotated",
    example="test/sadness_enthusiasm_24/24_sadness_enthusiasm_e_100.wav",
    pattern=r"(?P<dialogue>\d\d)_[a-z]+_[a-z]+[ _](?P<side>[a-z])_\d{3}",
    codes={"emotion": EMOTIONS},
    by_emotion={
        "neutral": 191, "happy": 218, "sad": 162, "angry": 219, "fearful": 223, "disgust": 185, "enthusiastic": 198,
    },
    rate=(16_000, 44_100),
    by_hand="download train.csv, test.csv and the clips at {url}, and place them so that {clip} is there",
    note="Speakers are not published, and both published parts have turns of the same dialogues: the same voices.",
    read=reader(_labels("train"), _labels("test")),
)  # fmt: skip
