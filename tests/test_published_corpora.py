"""Each corpus that names itself, in its exact layout: what a name tells, and its clips, speakers and folds."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay
from published_paths import PATHS, STRANGERS

from emokit import audio, corpora, splits
from emokit.audit import CHECKS
from emokit.corpora.getting.fetch import fetch

# Clips, speakers, and folds, once more and apart from the rows.
SIZES = {
    "jl": (2400, 4, 4), "casia": (1200, 4, 4), "polish": (450, 5, 5), "cafe": (936, 12, 3), "subesco": (7000, 20, 5),
    "esd": (35_000, 20, 5), "kannada": (468, 13, 0), "urdu": (400, 29, 0), "turev": (1735, 6, 0),
    "ased": (2474, 65, 0), "oreau": (434, 32, 0), "mesd": (862, 11, 0), "shemo": (3000, 87, 0),
    "emov-db": (7000, 4, 0), "aesdd": (604, 6, 0), "enterface": (1263, 44, 0), "asvp-esd": (13_964 - 173, 131, 0),
    "baved": (1935, 61, 0), "emouerj": (377, 8, 0),
}  # fmt: skip
NAMES = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "bored"]
CLIPS = {  # of these, and of the classes besides in the order of the alphabet
    "jl": [240, 0, 240, 240, 240, 0, 0, 0, 0, 240, 240, 240, 240, 240, 240],
    "casia": [200, 0, 200, 200, 200, 200, 0, 200, 0],
    "polish": [150, 0, 0, 0, 150, 150, 0, 0, 0],
    "cafe": [72, 0, 144, 144, 144, 144, 144, 144, 0],
    "subesco": [1000, 0, 1000, 1000, 1000, 1000, 1000, 1000, 0],
    "esd": [7000, 0, 7000, 7000, 7000, 0, 0, 7000, 0],
    "kannada": [78, 0, 78, 78, 78, 78, 0, 78, 0],
    "urdu": [100, 0, 100, 100, 100, 0, 0, 0, 0],
    "turev": [0, 408, 357, 483, 487, 0, 0, 0, 0],
    "ased": [522, 0, 486, 470, 486, 510, 0, 0, 0],
    "oreau": [70, 0, 62, 55, 67, 51, 67, 62, 0],
    "mesd": [143, 0, 144, 144, 143, 144, 144, 0, 0],
    "aesdd": [0, 0, 119, 122, 121, 120, 122, 0, 0],
    "enterface": [0, 0, 208, 211, 211, 211, 211, 211, 0],
    "asvp-esd": [1598, 0, 1868, 2694, 1453, 1180, 899, 1586, 548, 365, 401, 834, 365],
    "shemo": [], "emov-db": [], "baved": [], "emouerj": [],
}  # fmt: skip
# Hz, and the mean clip in s where it is known to a twentieth.
SOUND = {
    "jl": ([44_100], 2.1), "casia": ([16_000], None), "polish": ([44_100], None), "cafe": ([48_000, 192_000], 4.6),
    "subesco": ([44_100, 48_000], 4.03), "esd": ([16_000], 2.99), "kannada": ([16_000, 44_100, 48_000], 3.86),
    "urdu": ([44_100], None), "turev": ([44_100], None), "ased": ([16_000], 3.06), "oreau": ([44_100], None),
    "mesd": ([48_000], 0.72), "shemo": ([44_100], 4.2), "emov-db": ([16_000, 44_100], 4.97), "aesdd": ([44_100], None),
    "enterface": ([48_000], 3.1), "asvp-esd": ([16_000], 4.64), "baved": ([16_000], None), "emouerj": ([44_100], 3.01),
}  # fmt: skip
FOLDS = {
    "jl": ["male2", "female1", "male1", "female2"],
    "casia": ["wangzhe", "zhaozuoxiang", "liuchanhg", "zhaoquanyin"],
    "polish": ["m3", "m2", "m4", "m5", "m1"],
    "cafe": ["01 07 08 10", "02 04 09 12", "03 05 06 11"],
    "subesco": ["M_03 M_08 M_09 F_03", "M_07 F_01 F_04 F_10", "M_05 M_06 F_06 F_08", "M_04 F_05 F_07 F_09",
                "M_01 M_02 M_10 F_02"],
    "esd": ["0005 0011 0016 0018", "0012 0014 0015 0019", "0003 0004 0006 0009", "0007 0008 0013 0020",
            "0001 0002 0010 0017"],
}  # fmt: skip


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


@pytest.mark.parametrize(
    ("name", "women", "men"),
    [("jl", 2, 2), ("casia", 2, 2), ("polish", 0, 5), ("cafe", 6, 6), ("subesco", 10, 10), ("esd", 10, 10),
     ("kannada", 9, 4), ("urdu", 11, 18), ("emov-db", 2, 2), ("emouerj", 4, 4)],
)  # fmt: skip
def test_there_are_as_many_women_and_men_as_published(name, women, men):
    sexes = list(corpora.PUBLISHED[name].sexes.values())
    assert (sexes.count("female"), sexes.count("male"), len(sexes)) == (women, men, women + men)


def test_urdu_has_56_clips_of_women_and_344_of_men():
    counts = corpora.PUBLISHED["urdu"].by_speaker
    assert [sum(number for who, number in counts.items() if who[1] == letter) for letter in "FM"] == [56, 344]


@pytest.mark.parametrize("name", CLIPS)
def test_the_counts_of_emotions_rates_and_lengths_are_the_published_ones(name):
    published, (rates, mean) = corpora.expected(name), SOUND[name]
    own = sorted(set(published["emotions"]) - set(NAMES))
    assert [published["emotions"].get(emotion, 0) for emotion in [*NAMES, *own]] == (CLIPS[name] or [0] * 9)
    assert list(published["rates"]) == rates and (published["seconds"] or [None, None])[1] == mean


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
    assert clips.attrs["left_out"] == {
        f"label '{code}', which stands for no emotion": f"1 file, such as {tmp_path.name}/{name}"
        for code, name in zip(("13", "17"), names, strict=False)
    }


def test_cuts_of_one_recording_that_differ_in_their_last_number_are_two_clips(tmp_path):
    names = [f"03-02-04-01-69-101-02-01-00-14-{number}.wav" for number in ("04", "05", "08")]
    assert len(corpora.load("asvp-esd", lay(tmp_path, *names))) == 3


@pytest.mark.parametrize(
    ("name", "file", "what"),
    [("turev", "Angry/9999_kz_acik.wav", "speaker unknown to"), ("urdu", "Angry/SM8_F1_A1.wav", "speaker unknown to"),
     ("jl", "male2_fear_9a_1.wav", "label 'fear'"), ("cafe", "13-S-1-2.wav", "speaker unknown to"),
     ("mesd", "Fear_X_A_abajo.wav", "voice unknown to")],
)  # fmt: skip
def test_a_code_that_a_corpus_does_not_have_is_left_out_and_the_file_named(tmp_path, name, file, what):
    clips = corpora.load(name, lay(tmp_path, corpora.PUBLISHED[name].example, file))
    ((reason, files),) = clips.attrs["left_out"].items()
    assert len(clips) == 1 and reason.startswith(what) and files.endswith(file)


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
