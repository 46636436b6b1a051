"""M3ED: dialogues from television series in Mandarin, seven emotions (ACL 2022).

Layout, keys and counts after EmoBox; the parts are the published ones, by series.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {
    "Neutral": "neutral", "Happy": "happy", "Sad": "sad", "Anger": "angry", "Fear": "fearful", "Disgust": "disgust",
    "Surprise": "surprised",
}  # fmt: skip
LISTS = {"train": "train", "dev": "val", "test": "test"}  # of splitInfo/movie_list_<name>.txt


def _utterances(path: Path) -> Iterable[dict]:
    """Series, its dialogues, their turns: one row a turn; a speaker is named within a series."""
    parts = _parts(path.parent / "splitInfo")
    for series, dialogues in json.loads(path.read_text(encoding="utf-8")).items():
        for dialogue, told in dialogues.items():
            for turn, said in told["Dialog"].items():
                letter = said["Speaker"]
                name = told["SpeakerInfo"].get(letter, {}).get("Name")
                yield {
                    "clip": f"{letter}_{turn}", "speaker": f"{series}_{name}" if name else "",
                    "emotion": said["EmoAnnotation"]["final_main_emo"], "text": said.get("Text", ""),
                    "dialogue": f"{series} {dialogue}", "part": parts.get(series, ""),
                }  # fmt: skip


def _parts(folder: Path) -> dict[str, str]:
    lists = {part: folder / f"movie_list_{name}.txt" for part, name in LISTS.items()}
    there = {part: file.read_text(encoding="utf-8").split() for part, file in lists.items() if file.exists()}
    return {series: part for part, names in there.items() for series in names}


CORPUS = Corpus(
    name="m3ed",
    title="M3ED",
    language="zh",
    licence="by agreement; the clips are television",
    citation="M3ED, ACL 2022",
    url="https://github.com/aim3-ruc/rucm3ed",
    example="modality_speech/A_xiayizhanshixingfu_7_9.wav",
    pattern=r"modality_speech/[A-Z]_\w+_\d+_\d+",
    codes={"emotion": EMOTIONS},
    by_emotion={
        "neutral": 10_021, "angry": 5231, "sad": 3957, "happy": 2286, "disgust": 1497, "surprised": 1050,
        "fearful": 395,
    },
    speakers=626,
    rate=16_000,
    seconds=(None, 1.44, None),
    by_hand="ask for it at {url}, and place it so that {clip}, {folder}/annotation.json and {folder}/splitInfo/ are "
    "there",
    read=reader(
        Labels(
            table="annotation.json",
            clip="{clip}",
            columns={
                "emotion": "{emotion}", "speaker": "{speaker}", "sentence": "{text}", "part": "{part}",
                "group": "{dialogue}",
            },
            rows=_utterances,
        )
    ),
)  # fmt: skip
