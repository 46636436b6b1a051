"""Corpora whose labels stand in tables: each laid out as published, with a few rows under its publisher's header."""

import json

import h5py
import pandas as pd
import pytest
from laid_out import lay, write

from emokit import corpora, splits
from emokit.audio.fragments import fragment
from emokit.corpora import named_files
from emokit.corpora.getting.fetch import fetch

WITH_READER = {name: corpus.read.__module__ for name, corpus in corpora.PUBLISHED.items() if corpus.read}
BY_TABLE = [name for name, module in WITH_READER.items() if module.endswith("label_table")]


def meld(root):
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    times = '4,7,"00:20:57,256","00:21:00,049"'
    said = f'1,"Oh my God, he\x92s lost it.",Phoebe,sadness,negative,0,0,{times}'
    write(root / "train_sent_emo.csv", header, said, f"2,What?,Monica,surprise,negative,0,1,{times}")
    write(root / "dev_sent_emo.csv", header, f"1,Why?,Phoebe,joy,positive,0,0,{times}")
    write(root / "test_sent_emo.csv", header, f"1,No.,Mark,anger,negative,0,0,{times}", f"2,Yes.,Mark,joy,,0,1,{times}")
    lay(root, "train/train_splits/dia0_utt0.mp4", "train/train_splits/dia0_utt1.mp4")
    lay(root, "dev_splits_complete/dia0_utt0.mp4")
    lay(root, "output_repeated_splits_test/dia0_utt0.mp4", "output_repeated_splits_test/final_videos_testdia0_utt0.mp4")


def msp_podcast(root, table="labels_consensus.csv"):
    write(
        root / "Labels" / table,
        "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set",
        "MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,30,Male,Train",
        "MSP-PODCAST_0001_0009.wav,H,3.777778,3.555556,3.777778,Unknown,Female,Development",
        "MSP-PODCAST_0001_0011.wav,C,4.125,4.75,4.0,39,Male,Test1",
        "MSP-PODCAST_0001_0013.wav,A,4.125,4.75,4.0,39,Male,Test2",
        "MSP-PODCAST_0001_0017.wav,X,4.125,4.75,4.0,39,Male,Train",
        "MSP-PODCAST_0001_0019.wav,O,4.125,4.75,4.0,39,Male,Train",
    )
    lay(root, *(f"Audios/MSP-PODCAST_0001_00{number}.wav" for number in ("08", "09", "11", "13", "17", "19")))


def msp_improv(root, table="Evalution.txt"):
    write(
        root / table,
        "UTD-IMPROV-S01A-F01-S-FM01.avi; N; A:3.000000; V:3.500000; D:3.000000 ; N:2.8;",
        "WORKER00000001; Neutral; A:3.000000; V:4.000000; D:3.000000 ; N:3.000000;",
        "",
        "UTD-IMPROV-S01A-M01-R-MA01.avi; A; A:1.600000; V:2.000000; D:NaN ; N:NaN;",
        "WORKER00000001; Angry; A:1.000000; V:2.000000; D:NaN ; N:NaN;",
        "",
        "UTD-IMPROV-S02H-F06-P-FM02.avi; X; A:3.000000; V:3.500000; D:3.000000;",
        "UTD-IMPROV-S02H-M06-T-FM02.avi; H; A:3.000000; V:3.500000; D:3.000000;",
    )
    for session, scene, letter, name in (
        (1, "S01A", "S", "F01-S-FM01"), (1, "S01A", "R", "M01-R-MA01"), (6, "S02H", "P", "F06-P-FM02"),
        (6, "S02H", "T", "M06-T-FM02"),
    ):  # fmt: skip
        lay(root, f"session{session}/{scene}/{letter}/MSP-IMPROV-{scene}-{name}.wav")


def cmu_mosei(root):
    ratings = {
        "-3g5yACwYnA": [(4.8, 13.5, [1.0, 2 / 3, 0, 0, 0, 0, 0]), (13.5, 20.25, [0, 0, 0, 0, 0, 0, 0])],
        "01Ab_cdefgh": [(0.0, 7.123456789, [-1, 0, 1, 0.5, 0, 0, 0]), (7.5, 9, [-1, 0, 1, 0, 0, 0, 1])],
        "without0snd": [(0.0, 5.0, [0, 1, 0, 0, 0, 0, 0])],
        "bad0times00": [(5.0, 5.0, [0, 1, 0, 0, 0, 0, 0])],
    }
    names = ["sentiment", "happy", "sad", "anger", "surprise", "disgust", "fear"]
    root.mkdir(exist_ok=True)
    with h5py.File(root / "CMU_MOSEI_Labels.csd", "w") as file:
        file["All Labels/metadata/dimension names"] = [json.dumps(names)]
        for video, segments in ratings.items():
            file[f"All Labels/data/{video}/intervals"] = [(start, end) for start, end, _ in segments]
            file[f"All Labels/data/{video}/features"] = [rated for _, _, rated in segments]
    lay(root, *(f"Raw/Audio/Full/WAV_16000/{video}.wav" for video in ratings if video != "without0snd"))


def emozionalmente(root):
    write(
        root / "metadata" / "samples.csv",
        "file_name,actor,sentence,emotion_expressed",
        "1616256756877.wav,ab12,Una frase.,joy",
        "1616256756878.wav,cd34,Una frase.,neutrality",
        "1616256756879.wav,ef56,Una frase.,fear",
    )
    write(root / "metadata" / "users.csv", "username,gender,age", "ab12,female,31", "cd34,other,44", "ef56,male,20")
    lay(root, *(f"audio/161625675687{number}.wav" for number in (7, 8, 9)))


def nemo(root):
    write(
        root / "data.tsv",
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage",
        "WR0_surprised_64.wav\tsurprised\tUcho wykrywa dźwięki.\tucho wykrywa dźwięki\t        WR0\tmale\t23",
        "IC0_sadness_21.wav\tsadness\t„Ród smoka” to serial.\tród smoka to serial\t        IC0\tfemale\t28",
    )
    lay(root, "samples/WR0_surprised_64.wav", "samples/IC0_sadness_21.wav")


def emns(root):
    header = "id|utterance|description|emotion|date_created|status|gender|age|level|audio_recording|user_id"
    how = "With a {emotion} voice, {user_id} said {transcription}."
    told = "2022-07-18 14:40:50.160042|Complete|Female|20s"
    write(
        root / "metadata.csv",
        header,
        f"454|There are two.|{how}|Sad|{told}|7|wavs/recorded_audio_3aCYrjz.webm|3",
        f"189|Its name.|{how}|Sarcastic|{told}|0|wavs/recorded_audio_eaBgSte.webm|3",
    )
    lay(root, "cleaned_webm/recorded_audio_3aCYrjz.webm", "cleaned_webm/recorded_audio_eaBgSte.webm")


def pavoque(root):
    item = "- prompt: {}\n  style: {}\n  text: Guten Tag, {}.\n  start: {}\n  end: {}"
    first, second = item.format("m0001", "sad", 1, 0.25, 3), item.format("m0002", "sad", 2, 3, 5.1234567)
    write(root / "pavoque-sad.yaml", first, second)
    write(root / "pavoque-poker.yaml", item.format("m0001", "poker", 1, 0.5, 2.75))
    write(root / "pavoque-outtakes.yaml", "- file: ./wav/m0010b.wav\n  style: angry")  # as older versions have it
    lay(root, "pavoque-sad.flac", "pavoque-poker.flac")


def m3ed(root):
    def turn(speaker, emotion):
        return {
            "StartTime": "0:0:1", "EndTime": "0:0:2", "Text": "你好", "Speaker": speaker,
            "EmoAnnotation": {"EmoAnnotator1": emotion, "final_mul_emo": emotion, "final_main_emo": emotion},
        }  # fmt: skip

    people = {"A": {"Name": "何幸福", "Age": "young", "Gender": "Female"}, "B": {"Name": "王庆来"}}
    told = {
        "xiayizhanshixingfu": {
            "xiayizhanshixingfu_7": {
                "SpeakerInfo": people,
                "Dialog": {"xiayizhanshixingfu_7_9": turn("A", "Sad"), "xiayizhanshixingfu_7_20": turn("B", "Anger")},
            }
        },
        "anjia": {"anjia_1": {"SpeakerInfo": people, "Dialog": {"anjia_1_1": turn("A", "Neutral")}}},
    }
    write(root / "annotation.json", json.dumps(told, ensure_ascii=False))
    for name, series in {"train": "anjia", "val": "nobody", "test": "xiayizhanshixingfu"}.items():
        write(root / "splitInfo" / f"movie_list_{name}.txt", series)
    clips = ("A_xiayizhanshixingfu_7_9", "B_xiayizhanshixingfu_7_20", "A_anjia_1_1")
    lay(root, *(f"modality_speech/{clip}.wav" for clip in clips))


def resd(root):
    """Names of both kinds: older dialogues have their number first, and a blank before the emotion's letter."""
    train = {"03_disgust_neutral/03_disgust_neutral d_070": "disgust", "fear_anger_22/22_fear_anger_a_090": "anger"}
    test = {"fear_anger_22/22_fear_anger_f_020": "fear", "sadness_fear_24/24_sadness_fear_s_100": "sadness"}
    for part, clips in {"train": train, "test": test}.items():
        write(root / f"{part}.csv", "path,emotion", *(f"{clip}.wav,{emotion}" for clip, emotion in clips.items()))
        lay(root, *(f"{part}/{clip}.wav" for clip in clips))


def mead(root):
    lay(root, *(f"{folder}/018.m4a" for folder in ("M027/audio/sad/level_1", "M027/audio/contempt/level_3")))
    lay(root, "W009/audio/neutral/level_1/018.m4a")


# Of each clip: file, emotion, label, speaker, sex, part, group; in the order of speaker and file.
X = None
EXPECTED = {
    "meld": (meld, [
        ("output_repeated_splits_test/dia0_utt0.mp4", "angry", "anger", "Mark", X, "test", "test dia0"),
        ("train/train_splits/dia0_utt1.mp4", "surprised", "surprise", "Monica", X, "train", "train dia0"),
        ("dev_splits_complete/dia0_utt0.mp4", "happy", "joy", "Phoebe", X, "dev", "dev dia0"),
        ("train/train_splits/dia0_utt0.mp4", "sad", "sadness", "Phoebe", X, "train", "train dia0"),
    ]),
    "msp-podcast": (msp_podcast, [
        ("Audios/MSP-PODCAST_0001_0009.wav", "happy", "H", X, "female", "dev", X),
        ("Audios/MSP-PODCAST_0001_0008.wav", "neutral", "N", "30", "male", "train", X),
        ("Audios/MSP-PODCAST_0001_0011.wav", "contempt", "C", "39", "male", "test", X),
        ("Audios/MSP-PODCAST_0001_0013.wav", "angry", "A", "39", "male", X, X),
    ]),
    "msp-improv": (msp_improv, [
        ("session1/S01A/S/MSP-IMPROV-S01A-F01-S-FM01.wav", "neutral", "N", "F01", "female", X, "01 S01A"),
        ("session1/S01A/R/MSP-IMPROV-S01A-M01-R-MA01.wav", "angry", "A", "M01", "male", X, "01 S01A"),
        ("session6/S02H/T/MSP-IMPROV-S02H-M06-T-FM02.wav", "happy", "H", "M06", "male", X, "06 S02H"),
    ]),
    "cmu-mosei": (cmu_mosei, [
        ("Raw/Audio/Full/WAV_16000/-3g5yACwYnA.wav#t=4.8,13.5", "happy", "happy", X, X, X, "-3g5yACwYnA"),
        ("Raw/Audio/Full/WAV_16000/01Ab_cdefgh.wav#t=0,7.123457", "sad", "sad", X, X, X, "01Ab_cdefgh"),
    ]),
    "emozionalmente": (emozionalmente, [
        ("audio/1616256756877.wav", "happy", "joy", "ab12", "female", X, X),
        ("audio/1616256756878.wav", "neutral", "neutrality", "cd34", X, X, X),
        ("audio/1616256756879.wav", "fearful", "fear", "ef56", "male", X, X),
    ]),
    "nemo": (nemo, [
        ("samples/IC0_sadness_21.wav", "sad", "sadness", "IC0", "female", X, X),
        ("samples/WR0_surprised_64.wav", "surprised", "surprised", "WR0", "male", X, X),
    ]),
    "emns": (emns, [
        ("cleaned_webm/recorded_audio_3aCYrjz.webm", "sad", "Sad", "3", "female", X, X),
        ("cleaned_webm/recorded_audio_eaBgSte.webm", "sarcastic", "Sarcastic", "3", "female", X, X),
    ]),
    "pavoque": (pavoque, [
        ("pavoque-poker.flac#t=0.5,2.75", "poker", "poker", "roettig", "male", X, X),
        ("pavoque-sad.flac#t=0.25,3", "sad", "sad", "roettig", "male", X, X),
        ("pavoque-sad.flac#t=3,5.123457", "sad", "sad", "roettig", "male", X, X),
    ]),
    "m3ed": (m3ed, [
        ("modality_speech/A_anjia_1_1.wav", "neutral", "Neutral", "anjia_何幸福", X, "train", "anjia anjia_1"),
        ("modality_speech/A_xiayizhanshixingfu_7_9.wav", "sad", "Sad", "xiayizhanshixingfu_何幸福", X, "test",
         "xiayizhanshixingfu xiayizhanshixingfu_7"),
        ("modality_speech/B_xiayizhanshixingfu_7_20.wav", "angry", "Anger", "xiayizhanshixingfu_王庆来", X, "test",
         "xiayizhanshixingfu xiayizhanshixingfu_7"),
    ]),
    "resd": (resd, [
        ("test/fear_anger_22/22_fear_anger_f_020.wav", "fearful", "fear", X, X, "test", "22"),
        ("test/sadness_fear_24/24_sadness_fear_s_100.wav", "sad", "sadness", X, X, "test", "24"),
        ("train/03_disgust_neutral/03_disgust_neutral d_070.wav", "disgust", "disgust", X, X, "train", "03"),
        ("train/fear_anger_22/22_fear_anger_a_090.wav", "angry", "anger", X, X, "train", "22"),
    ]),
    "mead": (mead, [
        ("M027/audio/contempt/level_3/018.m4a", "contempt", "contempt", "M027", "male", X, X),
        ("M027/audio/sad/level_1/018.m4a", "sad", "sad", "M027", "male", X, X),
        ("W009/audio/neutral/level_1/018.m4a", "neutral", "neutral", "W009", "female", X, X),
    ]),
}  # fmt: skip


@pytest.fixture
def load(tmp_path):
    def loaded(name, **options):
        EXPECTED[name][0](tmp_path / "corpus")
        return corpora.load(name, tmp_path / "corpus", **options)

    return loaded


@pytest.mark.parametrize("name", EXPECTED)
def test_a_corpus_in_its_own_layout_is_read_row_by_row(name, load, tmp_path):
    clips = load(name)
    columns = ["file", "emotion", "label", "speaker", "sex", "part", "group"]
    told = clips.reindex(columns=columns).astype(object)
    read = [tuple(None if pd.isna(cell) else cell for cell in row) for row in told.itertuples(index=False)]
    right = [
        (f"{tmp_path}/corpus/{file}", emotion, label, who and f"{name}/{who}", sex, part, group and f"{name}/{group}")
        for file, emotion, label, who, sex, part, group in EXPECTED[name][1]
    ]
    assert read == right
    assert set(clips["corpus"]) == {name} and set(clips["language"]) == {corpora.PUBLISHED[name].language}


def test_every_corpus_with_a_table_is_laid_out_here():
    assert {*BY_TABLE, "mead"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_clip_is_named_so_that_the_corpus_is_found_out(name, load, tmp_path):
    load(name)
    assert corpora.looks_like(tmp_path / "corpus") == name


@pytest.mark.parametrize("name", BY_TABLE)
def test_sound_without_the_table_names_it(name, tmp_path):
    folder = lay(tmp_path, corpora.PUBLISHED[name].example)
    with pytest.raises(corpora.CorpusError, match=r"holds sound, but no labels of .*; add .*\.\w+\.$"):
        corpora.load(name, folder)


def test_what_a_table_or_a_folder_has_alone_is_left_out_and_named(load):
    assert load("meld").attrs["left_out"] == {
        "labelled, but without sound": "1 file, such as output_repeated_splits_test/dia0_utt1",
        "sound without a label": "1 file, such as output_repeated_splits_test/final_videos_testdia0_utt0.mp4",
    }


def test_labels_that_are_no_emotion_are_left_out_by_their_code_and_kept_when_named(load):
    left_out = load("msp-podcast").attrs["left_out"]
    assert [reason[:9] for reason in left_out] == ["label 'O'", "label 'X'"]
    kept = load("msp-podcast", labels={"X": "undecided", "contempt": "disgust"})
    assert kept["emotion"].value_counts().to_dict() == {
        "neutral": 1, "happy": 1, "disgust": 1, "angry": 1, "undecided": 1,
    }  # fmt: skip


def test_both_spellings_of_the_table_of_msp_podcast_and_msp_improv_are_read(tmp_path):
    msp_podcast(tmp_path / "podcast", "labels_concensus.csv")
    msp_improv(tmp_path / "improv", "Evaluation.txt")
    assert len(corpora.load("msp-podcast", tmp_path / "podcast")) == 4
    assert len(corpora.load("msp-improv", tmp_path / "improv")) == 3


def test_ratings_are_numbers_and_the_other_tests_of_msp_podcast_stay_told(load):
    clips = load("msp-podcast").set_index("split_set")
    assert clips.loc["Test2", "valence"] == 4.75 and clips["activation"].dtype == float
    assert load("msp-improv")["style"].tolist() == ["improvised", "read", "target"]


def test_the_folds_of_msp_improv_are_its_sessions_and_partners_stay_together(load):
    folds = [set(pair) for pair in corpora.PUBLISHED["msp-improv"].folds]
    assert folds == [{f"F0{session}", f"M0{session}"} for session in range(1, 7)]
    clips = load("msp-improv")
    assert clips.groupby("group")["speaker"].nunique().to_dict() == {"msp-improv/01 S01A": 2, "msp-improv/06 S02H": 1}


def test_published_parts_are_those_of_split_table(load):
    parted = splits.assign(load("meld").assign(emotion="sad"), "table")
    assert parted["part"].value_counts().to_dict() == {"train": 2, "dev": 1, "test": 1}


def test_a_segment_is_known_by_its_file_and_times_and_names_its_recording(load, tmp_path):
    clips = load("pavoque")
    where = [fragment(file) for file in clips["file"]]
    assert where == list(zip(clips["recording"], clips["start"], clips["end"], strict=True))
    assert clips["recording"].tolist()[0] == str(tmp_path / "corpus" / "pavoque-poker.flac")
    assert clips["start"].tolist() == [0.5, 0.25, 3.0] and clips["sentence"].tolist()[1] == "Guten Tag, 1."


def test_of_several_emotions_of_cmu_mosei_the_strongest_is_the_class_and_a_tie_is_none(load):
    left_out = load("cmu-mosei").attrs["left_out"]
    assert left_out["labelled, but without sound"] == "1 file, such as without0snd"
    assert left_out["times that are no stretch of a recording"] == "1 file, such as bad0times00"
    none, tie = (f"label {label!r}, which stands for no emotion" for label in ("no emotion", "sad+fear"))
    assert left_out[none].endswith("#t=13.5,20.25") and left_out[tie].endswith("#t=7.5,9") and len(left_out) == 4
    neutral = load("cmu-mosei", labels={"no emotion": "neutral"})
    assert set(neutral["emotion"]) == {"happy", "sad", "neutral"} and set(neutral["sentiment"]) == {0.0, 1.0, -1.0}


def test_a_second_copy_of_the_corpus_counts_once(load, tmp_path):
    nemo(tmp_path / "corpus" / "again")
    clips = load("nemo")
    assert len(clips) == 2 and list(clips.attrs["left_out"]) == ["a second copy of a clip"]


def test_tables_that_contradict_each_other_are_refused(tmp_path):
    for root in (tmp_path, tmp_path / "again"):
        nemo(root)
    table = tmp_path / "again" / "data.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("\tsadness\t", "\tanger\t"), encoding="utf-8")
    with pytest.raises(corpora.CorpusError, match="IC0_sadness_21.wav is '.*', and another row that it is '.*'; rem"):
        corpora.load("nemo", tmp_path)


@pytest.mark.parametrize(
    ("name", "table", "text", "said"),
    [
        ("nemo", "data.tsv", "file_id\temotion\nKS0_anger_1.wav\tanger\n", "data.tsv has no column 'speaker_id', only"),
        ("m3ed", "annotation.json", "{", "annotation.json cannot be read as labels of M3ED"),
        ("pavoque", "pavoque-sad.yaml", "- [", "pavoque-sad.yaml cannot be read as labels of PAVOQUE"),
        ("cmu-mosei", "CMU_MOSEI_Labels.csd", "no HDF5", "CMU_MOSEI_Labels.csd cannot be read as labels of CMU-MOSEI"),
    ],
)
def test_a_table_that_is_damaged_or_another_is_one_sentence(name, table, text, said, tmp_path):
    lay(tmp_path, corpora.PUBLISHED[name].example, "samples/KS0_anger_1.wav")
    write(tmp_path / table, text)
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load(name, tmp_path)


def test_emozionalmente_without_its_people_has_no_sexes(tmp_path):
    emozionalmente(tmp_path)
    (tmp_path / "metadata" / "users.csv").unlink()
    clips = corpora.load("emozionalmente", tmp_path)
    assert clips["sex"].isna().all() and len(clips) == 3


@pytest.mark.parametrize("name", EXPECTED)
def test_labels_of_several_such_corpora_come_together(name, load, tmp_path):
    load(name)
    nemo(tmp_path / "nemo")
    if name != "nemo":
        both = corpora.load([name, "nemo"], [tmp_path / "corpus", tmp_path / "nemo"], classes="all")
        assert set(both["corpus"]) == {name, "nemo"} and both["file"].is_unique
    corpora.write_clips(tmp_path / "clips.csv", corpora.load(name, tmp_path / "corpus"), tmp_path / "corpus")


def test_the_examples_are_named_like_their_corpus():
    assert all(named_files.fits(corpora.PUBLISHED[name], corpora.PUBLISHED[name].example) for name in EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_fetch_says_where_it_is_and_what_to_place_where(name, tmp_path):
    corpus = corpora.PUBLISHED[name]
    with pytest.raises(corpora.CorpusError) as caught:
        fetch(name, tmp_path)
    assert corpus.url in str(caught.value) and f"{tmp_path / name}/{corpus.example}" in str(caught.value)
