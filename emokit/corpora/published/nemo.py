"""nEMO: nine people say ninety sentences of Polish with six emotions (Christop 2024).

Names, columns and people after its repository, whose data.tsv has the sexes; number and lengths of clips after audb.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader, separated_by

EMOTIONS = {
    "anger": "angry", "fear": "fearful", "happiness": "happy", "neutral": "neutral", "sadness": "sad",
    "surprised": "surprised",
}  # fmt: skip
WOMEN, MEN = ("EB0", "IC0", "KD0", "MK0"), ("KS0", "MP0", "SM0", "TP0", "WR0")

CORPUS = Corpus(
    name="nemo",
    title="nEMO",
    language="pl",
    licence="CC BY-NC-SA 4.0",
    citation="Christop (2024), arXiv:2404.06292",
    url="https://github.com/amu-cai/nEMO",
    example="samples/KS0_surprised_26.wav",
    pattern=r"(?P<speaker>[A-Z]{2}\d)_(?P<emotion>[a-z]+)_(?P<number>\d+)",
    codes={"emotion": EMOTIONS},
    sexes=dict.fromkeys(WOMEN, "female") | dict.fromkeys(MEN, "male"),
    clips=4481,
    rate=24_000,
    seconds=(0.9, 2.47, 5.7),
    by_hand="clone {url} into {folder}, so that {clip} and data.tsv are there",
    read=reader(
        Labels(
            table="data.tsv",
            clip="{file_id}",
            columns={"emotion": "{emotion}", "speaker": "{speaker_id}", "sentence": "{raw_text}", "age": "{age}"},
            rows=separated_by("\t"),
        )
    ),
)
