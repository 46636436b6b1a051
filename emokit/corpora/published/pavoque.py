"""PAVOQUE: one actor speaks German in five styles, one long recording a style (Stefan Röttig; DFKI).

Its YAML files name the stretches. Format and counts after EmoBox, styles and rate after its repository.
"""

from collections.abc import Iterable
from pathlib import Path

import yaml

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {"neutral": "neutral", "happy": "happy", "sad": "sad", "angry": "angry", "poker": "poker"}


def _stretches(path: Path) -> Iterable[dict]:
    """Each item of the list in a YAML file that has times, with the name of the recording beside it."""
    items = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for item in items:
        if "start" in item and "end" in item:
            yield {"text": ""} | item | {"recording": path.stem, "style": str(item["style"]).lower()}


CORPUS = Corpus(
    name="pavoque",
    title="PAVOQUE",
    language="de",
    licence="CC BY-NC-SA 3.0",
    citation="PAVOQUE corpus of expressive speech, DFKI",
    url="https://github.com/marytts/pavoque-data",
    example="pavoque-sad.flac",
    pattern=r"pavoque-[a-z]+",
    codes={"emotion": EMOTIONS},
    sexes={"roettig": "male"},
    by_emotion={"neutral": 4344, "happy": 746, "sad": 701, "angry": 724, "poker": 819},
    by_speaker={"roettig": 7334},
    rate=44_100,
    by_hand="download the recordings at {url}, and place them so that {clip} and {folder}/pavoque-sad.yaml are there",
    note="One speaker, so only the split `clip` is possible. A class is a style: poker is cool and laid-back.",
    read=reader(
        Labels(
            table="pavoque-*.yaml",
            clip="{recording}",
            columns={
                "emotion": "{style}", "speaker": "roettig", "sentence": "{text}", "prompt": "{prompt}",
                "start": "{start}", "end": "{end}",
            },
            rows=_stretches,
        )
    ),
)  # fmt: skip
