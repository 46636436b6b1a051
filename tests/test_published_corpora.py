"""Each corpus that names itself, in its exact layout: what a name tells, after the sources that its file names.

The paths are written down as they were read in public listings and metadata, or follow the published scheme letter by
letter; nothing here is made from a row's pattern.
"""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay

from emokit import audio, corpora, splits
from emokit.audit import CHECKS
from emokit.corpora.getting.fetch import fetch

# Path: emotion, speaker, sex, and what else the name tells; None for what it does not.
PATHS = {
    "jl": {
        "Raw JL corpus (unchecked and unannotated)/JL(wav+txt)/male2_concerned_9a_1.wav":
            ("concerned", "male2", "male", {"sentence": "9", "session": "a", "take": "1"}),
        "female1_angry_15b_2.wav": ("angry", "female1", "female", {"sentence": "15", "session": "b", "take": "2"}),
        "male1_excited_1a_1.wav": ("excited", "male1", "male", {"sentence": "1"}),
    },
    "casia": {
        "wangzhe/sad/232.wav": ("sad", "wangzhe", "male", {"sentence": "232"}),
        "liuchanhg/surprise/202.wav": ("surprised", "liuchanhg", "female", {"sentence": "202"}),
        "CASIA/ZhaoZuoxiang/fear/246.wav": ("fearful", "zhaozuoxiang", "male", {"sentence": "246"}),
        "zhaoquanyin/neutral/201.wav": ("neutral", "zhaoquanyin", "female", {"sentence": "201"}),
    },
    "polish": {
        "m3.n_nie_4.wav": ("neutral", "m3", "male", {"sentence": "nie", "take": "4"}),
        "m1.a_trzymaj_1.wav": ("angry", "m1", "male", {"sentence": "trzymaj", "take": "1"}),
        "Speech_emotions/m5.s_oddaj_5.wav": ("fearful", "m5", "male", {"sentence": "oddaj"}),
    },
    "cafe": {
        "Surprise/Faible/03-S-1-2.wav":
            ("surprised", "03", "male", {"sentence": "Deux ânes aigris au pelage brun", "intensity": "low"}),
        "CaFE_48k/Colère/Fort/12-C-2-1.wav":
            ("angry", "12", "female", {"sentence": "Un cheval fou dans mon jardin", "intensity": "high"}),
        "CaFE_48k/D‚go–t/Faible/04-D-1-6.wav": ("disgust", "04", "female", {"intensity": "low"}),  # as it is unpacked
        "Neutre/05-N-1-3.aiff": ("neutral", "05", "male", {}),
    },
    "subesco": {
        "F_01_OISHI_S_10_ANGRY_1.wav": ("angry", "F_01", "female", {"sentence": "10", "take": "1"}),
        "M_01_BASHIR_S_10_ANGRY_1.wav": ("angry", "M_01", "male", {"sentence": "10"}),
        "SUBESCO/M_05_DURANTO_S_3_FEAR_5.wav": ("fearful", "M_05", "male", {"sentence": "3", "take": "5"}),
    },
    "esd": {
        "0012/Angry/0012_001355.wav": ("angry", "0012", "male", {"language": "en", "number": "001355"}),
        "0012/Surprise/evaluation/0012_001401.wav": ("surprised", "0012", "male", {"language": "en", "part": "dev"}),
        "Emotion Speech Dataset/0001/Neutral/train/0001_000021.wav":
            ("neutral", "0001", "female", {"language": "zh", "part": "train"}),
        "0020/Happy/test/0020_000720.wav": ("happy", "0020", "male", {"language": "en", "part": "test"}),
        "0010/Sad/0010_001051.wav": ("sad", "0010", "male", {"language": "zh"}),
    },
    "kannada": {
        "09-05-01.wav": ("fearful", "09", "female", {"sentence": "01"}),
        "13-03-06.wav": ("surprised", "13", "male", {"sentence": "06"}),
        "6345107/04-04-02.wav": ("happy", "04", "male", {"sentence": "02"}),
    },
    "urdu": {
        "Angry/SM1_F10_A010.wav": ("angry", "SM1", "male", {"take": "10"}),
        "Neutral/SM5_F72_N072.wav": ("neutral", "SM5", "male", {}),
        "Angry/SF11_F1_A0100.wav": ("angry", "SF11", "female", {}),
    },
    "turev": {
        "Sound Source/Angry/1157_kz_acik.wav": ("angry", "1157", None, {"sentence": "acik"}),
        "Sound Source/Calm/1234_sk_algi.wav": ("calm", "1234", None, {"sentence": "algi"}),
        "Angry/7895_kz_ceren.wav": ("angry", "7895", None, {"sentence": "ceren"}),
    },
    "ased": {
        "02Fearful/f2-06-02-02-51.wav": ("fearful", "51", "male", {}),
        "n1-01-01-01-03.wav": ("neutral", "03", "female", {}),
        "S4-02-01-01-17.wav": ("sad", "17", "female", {}),  # one name begins with a capital
        "s4-02-02-01-17.wav": ("sad", "17", "female", {}),
    },
    "oreau": {
        "Ore\u0301auFR_02/m/sessc/39a02Ca.wav": ("angry", "39", "male", {}),
        "Ore\u0301auFR_02/f/sessj/10a02Ja.wav": ("happy", "10", "female", {}),
        "m/sessn/11a04Na.wav": ("neutral", "11", "male", {}),
    },
    "mesd": {
        "Mexican Emotional Speech Database (MESD)/Happiness_M_B_aventurero.wav":
            ("happy", None, "male", {"sentence": "aventurero", "voice": "man"}),
        "Disgust_C_A_basta_ya.wav": ("disgust", None, None, {"sentence": "basta_ya", "voice": "child"}),
        "Anger_F_A_abajo.wav": ("angry", None, "female", {"sentence": "abajo", "voice": "woman"}),
    },
    "shemo": {
        "female/F24H24.wav": ("happy", "F24", "female", {}),
        "male/M02A01.wav": ("angry", "M02", "male", {}),
        "female/F01W03.wav": ("surprised", "F01", "female", {}),
        "F03F02.wav": ("fearful", "F03", "female", {}),
    },
    "emov-db": {
        "jenie_Disgusted/disgust_29-56_0033.wav": ("disgust", "jenie", "female", {"sentence": "0033"}),
        "bea_Amused/amused_1-28_0001.wav": ("amused", "bea", "female", {"sentence": "0001"}),
        "EmoV-DB_sorted/sam/Sleepy/sleepiness_57-84_0069.wav": ("sleepy", "sam", "male", {"sentence": "0069"}),
        "EmoV-DB_sorted/bea/Angry/anger_1-28_0002.wav": ("angry", "bea", "female", {}),
        "josh_Neutral/neutral_1-28_0003.wav": ("neutral", "josh", "male", {}),
    },
    "aesdd": {
        "disgust/d20 (4).wav": ("disgust", "4", None, {"sentence": "20"}),
        "anger/a06 (5)b.wav": ("angry", "5", None, {"sentence": "06", "take": "b"}),
        "f10 (01).wav": ("fearful", "1", None, {"sentence": "10"}),
        "happiness/h01 (6).wav": ("happy", "6", None, {"sentence": "01"}),
    },
    "enterface": {
        "subject 38/disgust/sentence 5/s38_di_5.avi": ("disgust", "38", None, {}),
        "subject 1/anger/sentence 1/s1_an_1.avi": ("angry", "1", None, {}),
        "s9_3_su_2.avi": ("surprised", "9", None, {}),
    },
    "asvp-esd": {
        "Bonus/actor_50/03-02-04-01-21-50-04-01-00-14-18.wav":
            ("sad", "50", "male", {"intensity": "normal", "channel": "non-speech", "age": "baby"}),
        "Audio/actor_36/03-01-05-02-01-36-03-03-01.wav":
            ("angry", "36", "male", {"intensity": "strong", "channel": "speech", "age": "under 20"}),
        "Audio/actor_101/03-02-06-02-30-101-02-01-00-16-02.wav": ("fearful", "101", "female", {"age": "20 to 64"}),
        "03-01-09-01-06-37-02-02.wav": ("excited", "37", "female", {}),
    },
    "baved": {
        "0/0-m-21-0-1-105.wav": ("neutral", "0", "male", {"sentence": "اعجبني", "age": "21"}),
        "0/100-f-6-0-2-2.wav": ("high", "100", "female", {"age": "6"}),
        "6/47-M-20-6-0-159.wav": ("low", "47", "male", {"sentence": "سيئ"}),
    },
    "emouerj": {
        "emoUERJ/m03s08.wav": ("sad", "m03", "male", {"take": "08"}),
        "w01h19.wav": ("happy", "w01", "female", {"take": "19"}),
    },
}  # fmt: skip
# Names that look nearly like it, and are left out.
STRANGERS = {
    "jl": "male2_concerned_9a.wav",
    "polish": "m3_n_nie_4.wav",
    "esd": "0012/0012_001355.wav",
    "oreau": "Ore\u0301auFR_01/m/sessc/39a02Ca.wav",
    "asvp-esd": "Actor_12/03-01-05-01-02-01-12.wav",  # RAVDESS
    "kannada": "03-01-05-01-02-01-12.wav",
}
# Clips, speakers, and folds, once more and apart from the rows.
SIZES = {
    "jl": (2400, 4, 4), "casia": (1200, 4, 4), "polish": (450, 5, 5), "cafe": (936, 12, 3), "subesco": (7000, 20, 0),
    "esd": (35_000, 20, 0), "kannada": (468, 13, 0), "urdu": (400, 29, 0), "turev": (1735, 6, 0),
    "ased": (2474, 65, 0), "oreau": (434, 32, 0), "mesd": (862, 11, 0), "shemo": (3000, 87, 0),
    "emov-db": (7000, 4, 0), "aesdd": (604, 6, 0), "enterface": (1263, 44, 0), "asvp-esd": (13_964 - 173, 131, 0),
    "baved": (1935, 61, 0), "emouerj": (377, 8, 0),
}  # fmt: skip
FOLDS = {
    "jl": ["male2", "female1", "male1", "female2"],
    "casia": ["wangzhe", "zhaozuoxiang", "liuchanhg", "zhaoquanyin"],
    "polish": ["m3", "m2", "m4", "m5", "m1"],
    "cafe": ["01 07 08 10", "02 04 09 12", "03 05 06 11"],
}


def sounds(root, *names, rate=16_000):
    """A folder with 0.3 s of faint noise under each of these names; libsndfile writes no AVI, so that is WAV too."""
    rng = np.random.default_rng(0)
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        kind = "AIFF" if file.suffix == ".aiff" else "WAV"
        sf.write(file, 0.01 * rng.standard_normal(int(0.3 * rate)), rate, format=kind)
    return root


@pytest.mark.parametrize("name", PATHS)
def test_a_name_tells_emotion_speaker_sex_and_the_rest(tmp_path, name):
    folder = sounds(tmp_path, *PATHS[name])
    clips = corpora.load(name, folder).set_index("file")
    assert clips.attrs["left_out"] == {} and len(clips) == len(PATHS[name])
    for path, (emotion, speaker, sex, more) in PATHS[name].items():
        row = clips.loc[str(folder / path)]
        told = [row["emotion"], row["speaker"], row["sex"], *(row[column] for column in more)]
        wanted = [emotion, speaker and f"{name}/{speaker}", sex, *more.values()]
        assert [None if pd.isna(one) else one for one in told] == wanted, path
        assert len(audio.read(str(folder / path))) == 4800


@pytest.mark.parametrize("name", PATHS)
def test_the_example_of_a_row_is_among_the_paths_that_were_read(name):
    assert corpora.PUBLISHED[name].example in PATHS[name]


@pytest.mark.parametrize("name", PATHS)
def test_a_folder_is_taken_for_its_own_corpus_and_no_other(tmp_path, name):
    assert corpora.looks_like(lay(tmp_path / "all", *PATHS[name])) == name
    assert corpora.looks_like(lay(tmp_path / "one", corpora.PUBLISHED[name].example)) == name


def test_a_name_that_two_corpora_could_have_is_told_by_the_others(tmp_path):
    """Of these two could be EmoDB's, and all three are Oréau's."""
    names = ["11a04Na", "11a05Ta", "39a06Ja"]
    assert corpora.looks_like(lay(tmp_path, *(f"f/sess{name[5].lower()}/{name}.wav" for name in names))) == "oreau"


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_only_nearly_named_like_it_is_left_out_and_said(tmp_path, name):
    clips = corpora.load(name, lay(tmp_path, corpora.PUBLISHED[name].example, STRANGERS[name]))
    assert len(clips) == 1
    assert list(clips.attrs["left_out"]) == [f"not named like a clip of {corpora.PUBLISHED[name].title}"]


@pytest.mark.parametrize("name", SIZES)
def test_the_numbers_of_clips_speakers_and_folds_are_the_published_ones(name):
    corpus, published = corpora.PUBLISHED[name], corpora.expected(name)
    n_speakers = len(corpus.by_speaker or corpus.sexes) or corpus.speakers
    assert (published["clips"], n_speakers, len(corpus.folds)) == SIZES[name]


@pytest.mark.parametrize("name", FOLDS)
def test_the_folds_test_on_the_speakers_that_emobox_published(name):
    corpus = corpora.PUBLISHED[name]
    rows = [
        (f"/{speaker}/{emotion}.wav", emotion, f"{name}/{speaker}", name, sex)
        for speaker, sex in corpus.sexes.items()
        for emotion in corpus.by_emotion
    ]
    clips = pd.DataFrame(rows, columns=["file", "emotion", "speaker", "corpus", "sex"])
    for number, speakers in enumerate(FOLDS[name], start=1):
        parted = splits.assign(clips, fold=number)
        assert set(parted.loc[parted["part"] == "test", "speaker"]) == {f"{name}/{who}" for who in speakers.split()}


# What is odd about one of them


def test_two_people_of_one_number_are_two_speakers(tmp_path):
    names = ["F_01_OISHI_S_10_ANGRY_1.wav", "M_01_BASHIR_S_10_ANGRY_1.wav"]
    assert corpora.load("subesco", lay(tmp_path, *names))["speaker"].nunique() == 2


def test_without_folders_of_parts_esd_has_no_column_of_them(tmp_path):
    assert "part" not in corpora.load("esd", lay(tmp_path, "0012/Angry/0012_001355.wav"))


def test_the_two_editions_of_cafe_count_once(tmp_path):
    clips = corpora.load("cafe", lay(tmp_path, "CaFE_48k/Peur/Fort/03-P-2-1.wav", "CaFE_192k/Peur/Fort/03-P-2-1.aiff"))
    assert clips["file"].str.endswith(".wav").tolist() == [True]
    assert clips.attrs["left_out"] == {"a second copy of a clip": "1 file, such as CaFE_192k/Peur/Fort/03-P-2-1.aiff"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_version_01_of_oreau_is_not_mixed_with_02_however_the_accent_is_written(tmp_path, form):
    names = [unicodedata.normalize(form, f"Oréau/OréauFR_{version}/f/sesst/10a01Ta.wav") for version in ("01", "02")]
    clips = corpora.load("oreau", lay(tmp_path, *names))
    assert clips["file"].tolist() == [str(tmp_path / names[1])]


def test_a_sentence_that_means_another_text_in_each_emotion_counts_as_unknown(tmp_path):
    for name in ("oreau", "ased", "enterface", "shemo", "esd"):
        clips = corpora.load(name, lay(tmp_path / name, corpora.PUBLISHED[name].example))
        assert clips["sentence"].isna().all() and clips["number"].notna().all()


def test_codes_that_stand_for_no_emotion_are_left_out_and_said(tmp_path):
    names = ["03-02-13-01-21-50-04-01-00.wav", "03-02-17-01-21-50-04-01-00.wav", "03-02-04-01-21-50-04-01-00.wav"]
    clips = corpora.load("asvp-esd", lay(tmp_path, *names))
    assert clips["emotion"].tolist() == ["sad"]
    assert clips.attrs["left_out"] == {"its code stands for no emotion": f"2 files, such as {names[0]}"}


def test_cuts_of_one_recording_that_differ_in_their_last_number_are_two_clips(tmp_path):
    names = [f"03-02-04-01-69-101-02-01-00-14-{number}.wav" for number in ("04", "05", "08")]
    assert len(corpora.load("asvp-esd", lay(tmp_path, *names))) == 3


@pytest.mark.parametrize(
    ("name", "file", "what"),
    [("turev", "Angry/9999_kz_acik.wav", "speaker code '9999'"), ("urdu", "Angry/SM8_F1_A1.wav", "speaker 'SM8'"),
     ("jl", "male2_fear_9a_1.wav", "emotion code 'fear'"), ("cafe", "13-S-1-2.wav", "speaker '13'"),
     ("mesd", "Fear_X_A_abajo.wav", "voice code 'X'")],
)  # fmt: skip
def test_a_code_that_a_corpus_does_not_have_is_an_error_that_names_the_file(tmp_path, name, file, what):
    with pytest.raises(corpora.CorpusError, match=f"^{re.escape(file)}: {re.escape(what)} is unknown to"):
        corpora.load(name, lay(tmp_path, file))


@pytest.mark.parametrize("name", PATHS)
def test_fetch_says_where_it_is_and_what_to_place_where(tmp_path, name):
    corpus = corpora.PUBLISHED[name]
    with pytest.raises(corpora.CorpusError) as caught:
        fetch(name, tmp_path)
    assert corpus.url in str(caught.value) and f"{tmp_path / name}/{corpus.example}" in str(caught.value)


# What is not known


def test_where_counts_are_not_known_none_is_expected_and_no_clip_is_missing(tmp_path):
    clips = corpora.load("emouerj", lay(tmp_path, *PATHS["emouerj"]))
    for by in ("emotion", "speaker"):
        table = corpora.counts(clips, "emouerj", by)
        assert table["clips"].tolist() == [1, 1] and table["expected"].isna().all()
    assert list(CHECKS["counts"](clips)) == []


def test_where_only_emotions_are_counted_a_missing_class_is_said(tmp_path):
    clips = corpora.load("turev", lay(tmp_path, *PATHS["turev"]))
    assert corpora.counts(clips, "turev", "speaker")["expected"].isna().all()
    found = {finding.subject: finding.found for finding in CHECKS["counts"](clips)}
    assert found["emotion angry"] == "485 of 487 clips are missing" and len(found) == 4


def test_a_class_that_a_published_corpus_has_of_its_own_is_no_unknown_label(tmp_path):
    clips = corpora.load("emov-db", lay(tmp_path, *PATHS["emov-db"]))
    assert list(CHECKS["unknown label"](clips)) == []
    assert [finding.subject for finding in CHECKS["unknown label"](clips.assign(emotion="amuzed"))] == [
        "emotion amuzed"
    ]
