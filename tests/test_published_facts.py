"""What was published of the corpora, written down here once more and apart from the code: folds, codes, counts, sexes.

Folds, codes and counts after EmoBox (Ma et al. 2024, arXiv 2406.07162, and its repository), CREMA-D's own tables, and
the descriptions that come with each corpus.
"""

import pandas as pd
import pytest
from laid_out import lay

from emokit import corpora, splits

FOLDS = {
    "ravdess": ["01 11 20 21", "04 10 12 14", "08 09 19 23", "03 05 07 24", "02 15 16 18", "06 13 17 22"],
    "savee": ["JE", "KL", "DC", "JK"],
    "emovo": ["f2", "m3", "m2", "f3", "f1", "m1"],
}
# A clip's name with a gap for the emotion, and what stands in it for: neutral calm happy sad angry fearful disgust
# surprised bored, "-" where the corpus has none.
CODES = {
    "ravdess": ("Actor_01/03-01-{}-01-01-01-01.wav", "01 02 03 04 05 06 07 08 -"),
    "crema-d": ("AudioWAV/1001_DFA_{}_XX.wav", "NEU - HAP SAD ANG FEA DIS - -"),
    "emodb": ("wav/03a01{}a.wav", "N - F T W A E - L"),
    "savee": ("AudioData/DC/{}01.wav", "n - h sa a f d su -"),
    "tess": ("OAF_back/OAF_back_{}.wav", "neutral - happy sad angry fear disgust ps -"),
    "emovo": ("EMOVO/f1/{}-f1-b1.wav", "neu - gio tri rab pau dis sor -"),
}
NAMES = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored"]
CLIPS = {
    "ravdess": [96, 192, 192, 192, 192, 192, 192, 192, 0],
    "crema-d": [1087, 0, 1271, 1271, 1271, 1271, 1271, 0, 0],
    "emodb": [79, 0, 71, 62, 127, 69, 46, 0, 81],
    "savee": [120, 0, 60, 60, 60, 60, 60, 60, 0],
    "tess": [400, 0, 400, 400, 400, 400, 400, 400, 0],
    "emovo": [84, 0, 84, 84, 84, 84, 84, 84, 0],
}
OF_MEN_AND_WOMEN = {
    "ravdess": (720, 720),
    "crema-d": (3930, 3512),
    "emodb": (233, 302),
    "savee": (480, 0),
    "tess": (0, 2800),
    "emovo": (294, 294),
}
# Hz, and the mean clip in s, as EmoBox's metadata have them.
AS_PUBLISHED = {
    "ravdess": (48_000, 3.70),
    "crema-d": (16_000, 2.54),
    "emodb": (16_000, 2.78),
    "savee": (44_100, 3.84),
    "tess": (24_414, 2.06),
    "emovo": (48_000, 3.12),
    "iemocap": (16_000, 4.55),
}
SOME_WOMEN = {"ravdess": "02 24", "crema-d": "1002 1043 1091", "emodb": "08 09 13 14 16", "emovo": "f1 f2 f3"}
SOME_MEN = {"ravdess": "01 23", "crema-d": "1001 1005 1090", "emodb": "03 10 11 12 15", "savee": "DC JE JK KL"}


def clips_of(corpus):
    """Two clips of each emotion by every speaker of a published corpus."""
    facts = corpora.PUBLISHED[corpus]
    rows = [
        (f"/{corpus}/{speaker}/{emotion}{take}.wav", emotion, f"{corpus}/{speaker}", corpus, sex)
        for speaker, sex in facts.sexes.items()
        for emotion in facts.by_emotion
        for take in (1, 2)
    ]
    return pd.DataFrame(rows, columns=["file", "emotion", "speaker", "corpus", "sex"])


@pytest.mark.parametrize("corpus, fold", [(corpus, fold) for corpus in FOLDS for fold in range(len(FOLDS[corpus]))])
def test_a_fold_tests_on_the_speakers_that_emobox_published_for_its_number(corpus, fold):
    parted = splits.assign(clips_of(corpus), fold=fold + 1)
    tested = parted.loc[parted["part"] == "test", "speaker"].unique()
    assert sorted(tested) == [f"{corpus}/{name}" for name in FOLDS[corpus][fold].split()]


@pytest.mark.parametrize("corpus", CODES)
def test_a_code_in_a_name_is_the_emotion_that_its_makers_meant(corpus, tmp_path):
    pattern, codes = CODES[corpus]
    meant = {code: name for code, name in zip(codes.split(), NAMES, strict=True) if code != "-"}
    folder = lay(tmp_path / "corpus", *(pattern.format(code) for code in meant))
    read = corpora.load(corpus, folder).set_index("file")["emotion"].to_dict()
    assert read == {str(folder / pattern.format(code)): name for code, name in meant.items()}


@pytest.mark.parametrize("corpus", CLIPS)
def test_the_counts_of_emotions_women_and_men_are_the_published_ones(corpus):
    facts = corpora.PUBLISHED[corpus]
    assert [facts.by_emotion.get(name, 0) for name in NAMES] == CLIPS[corpus]
    by_sex = pd.Series(facts.by_speaker).groupby(pd.Series(facts.sexes)).sum()
    assert (by_sex.get("male", 0), by_sex.get("female", 0)) == OF_MEN_AND_WOMEN[corpus]
    for sex, some in (("female", SOME_WOMEN), ("male", SOME_MEN)):
        assert {facts.sexes[speaker] for speaker in some.get(corpus, "").split()} <= {sex}


def test_five_actors_of_crema_d_have_fewer_clips():
    fewer = {"1002": 81, "1076": 81, "1008": 76, "1009": 76, "1019": 76}
    counts = corpora.PUBLISHED["crema-d"].by_speaker
    assert {speaker: number for speaker, number in counts.items() if number != 82} == fewer and len(counts) == 91


@pytest.mark.parametrize("corpus", AS_PUBLISHED)
def test_the_rate_and_the_usual_length_are_the_published_ones(corpus):
    facts = corpora.PUBLISHED[corpus]
    assert (facts.rate, facts.seconds[1]) == AS_PUBLISHED[corpus]
