"""JL-Corpus: four speakers of New Zealand English, five primary and five secondary emotions (James et al. 2018).

Names after nkululeko's and EmoBox's readers, counts, rate and folds after EmoBox's metadata, whose table of corpora
names five emotions where its files have these ten. Readers differ on "9a": the 9 is taken for the sentence, so that no
split of sentences parts 9a and 9b.
"""

from emokit.corpora.corpus import Corpus

EMOTIONS = (
    "angry", "sad", "neutral", "happy", "excited",
    "anxious", "apologetic", "assertive", "concerned", "encouraging",
)  # fmt: skip
SEXES = {"female1": "female", "female2": "female", "male1": "male", "male2": "male"}

CORPUS = Corpus(
    name="jl",
    title="JL-Corpus",
    language="en",
    licence="ODC-By, as nkululeko lists it",
    citation="James, Tian & Watson (2018), Interspeech",
    url="https://www.kaggle.com/datasets/tli725/jl-corpus",
    example="Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/male2_concerned_9a_1.wav",
    pattern=r"(?P<speaker>[a-z]+\d)_(?P<emotion>[a-z]+)_(?P<sentence>\d+)(?P<session>[a-z])_(?P<take>\d)",
    codes={"emotion": {emotion: emotion for emotion in EMOTIONS}},
    sexes=SEXES,
    by_emotion=dict.fromkeys(EMOTIONS, 240),
    by_speaker=dict.fromkeys(SEXES, 600),
    rate=44_100,
    seconds=(None, 2.1, None),
    folds=(("male2",), ("female1",), ("male1",), ("female2",)),
    note="Excited and anxious are classes of their own here, beside happy; name those that you want by `classes`.",
)
