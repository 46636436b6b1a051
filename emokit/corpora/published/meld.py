"""MELD: dialogues of the series Friends, labelled by three people who saw them (Poria et al. 2019).

Layout, columns and labels after its repository and EmoBox's script; counts after the table in its README.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {
    "anger": "angry", "disgust": "disgust", "fear": "fearful", "joy": "happy", "neutral": "neutral", "sadness": "sad",
    "surprise": "surprised",
}  # fmt: skip
FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}


def _labels(part: str, folder: str) -> Labels:
    """Numbers of dialogues begin anew in each part, so a clip is known by its folder too."""
    return Labels(
        table=f"{part}_sent_emo.csv",
        clip=f"{folder}/dia{{Dialogue_ID}}_utt{{Utterance_ID}}",
        columns={
            "emotion": "{Emotion}", "speaker": "{Speaker}", "sentence": "{Utterance}", "part": part,
            "group": f"{part} dia{{Dialogue_ID}}",
        },
    )  # fmt: skip


CORPUS = Corpus(
    name="meld",
    title="MELD",
    language="en",
    licence="GPL-3.0, as its repository says; the clips are television",
    citation="Poria et al. (2019), ACL, arXiv:1810.02508",
    url="https://github.com/declare-lab/MELD",
    example="train_splits/dia0_utt0.mp4",
    pattern=r"(?:train_splits|dev_splits_complete|output_repeated_splits_test)/dia\d+_utt\d+",
    codes={"emotion": EMOTIONS},
    by_emotion={
        "neutral": 6436, "happy": 2308, "surprised": 1636, "angry": 1607, "sad": 1002, "disgust": 361, "fearful": 358,
    },
    speakers=304,
    rate=48_000,
    by_hand="download MELD.Raw.tar.gz by the link at {url}, and place it so that {clip} and the labels, "
    "{folder}/train_sent_emo.csv, dev_sent_emo.csv and test_sent_emo.csv, are there",
    note="The main characters are in all three published parts, so split 'table' is speaker-dependent. Of train "
    "dia125_utt3 is broken, of dev dia110_utt7 is missing.",
    read=reader(*(_labels(part, folder) for part, folder in FOLDERS.items())),
)  # fmt: skip
