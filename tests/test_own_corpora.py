"""Your own corpus, as a table or as folders, and several corpora as one."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emokit import corpora
from emokit.emotions import EMOTIONS, SYNONYMS, named


def lay(root: Path, *names: str) -> Path:
    """A folder with small files of these names."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


# Tables

def test_a_table_becomes_clips_and_keeps_its_other_columns(tmp_path):
    lay(tmp_path, "b/1.wav", "b/2.wav")
    rows = ["file,emotion,speaker,sex,age,room", "b/2.wav,Anger,07,F,31,A", "b/1.wav,joy,08,m,,B"]
    clips = corpora.load("table", write(tmp_path / "calls.csv", *rows))
    assert clips["file"].tolist() == [str(tmp_path / "b/2.wav"), str(tmp_path / "b/1.wav")]
    assert clips["emotion"].tolist() == ["angry", "happy"]
    assert clips["speaker"].tolist() == ["calls/07", "calls/08"]
    assert clips["sex"].tolist() == ["female", "male"]
    assert clips["room"].tolist() == ["A", "B"] and clips["age"].tolist()[0] == 31
    assert clips["label"].tolist() == ["Anger", "joy"]
    assert clips.attrs["mapping"] == {"Anger": "angry", "joy": "happy"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_be_separated_as_spreadsheets_do(tmp_path, delimiter):
    rows = [delimiter.join(row) for row in (["file", "emotion", "speaker"], ["a.wav", "sad", "x"])]
    table = write(lay(tmp_path, "a.wav") / "t.csv", *rows, encoding="utf-8-sig")
    assert corpora.load("table", table)[["emotion", "speaker"]].iloc[0].tolist() == ["sad", "t/x"]


def test_a_table_without_speakers_knows_none(tmp_path):
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion", "a.wav,sad"))
    assert clips["speaker"].isna().all()


def test_a_label_that_is_missing_stays_missing(tmp_path):
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", "file,emotion", "a.wav,", "b.wav,sad")
    clips = corpora.load("table", table)
    assert clips["emotion"].isna().tolist() == [True, False]


def test_an_emotion_without_a_synonym_stays_as_it_is(tmp_path):
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion", "a.wav,Pride"))
    assert clips["emotion"].tolist() == ["Pride"] and clips.attrs["mapping"] == {}


def test_a_path_written_on_windows_is_found(tmp_path):
    table = write(lay(tmp_path, "b/1.wav") / "t.csv", "file,emotion", "b\\1.wav,sad")
    assert corpora.load("table", table)["file"].tolist() == [str(tmp_path / "b/1.wav")]


@pytest.mark.parametrize(
    "file", ["../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "a/../../b.wav", "out.wav", "away/x"]
)
def test_a_row_that_leads_out_of_the_folder_is_refused(tmp_path, file):
    root = lay(tmp_path / "root", "a.wav")
    lay(tmp_path / "outside", "x")
    (root / "out.wav").symlink_to(tmp_path / "outside" / "x")
    (root / "away").symlink_to(tmp_path / "outside")
    with pytest.raises(corpora.CorpusError, match=r"t.csv names '.*', which is no file inside"):
        corpora.load("table", write(root / "t.csv", "file,emotion", "a.wav,sad", f"{file},sad"))


def test_a_link_that_stays_inside_is_followed(tmp_path):
    lay(tmp_path, "store/1")
    (tmp_path / "a.wav").symlink_to("store/1")
    assert len(corpora.load("table", write(tmp_path / "t.csv", "file,emotion", "a.wav,sad"))) == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["path,label", "a.wav,sad"], "has no column file and emotion, only path, label"),
        (["file,emotion"], "has no rows"),
        ([""], "is no CSV table"),
        (["file,emotion", "a.wav,sad,1,2,3", "b.wav,x,y,z,1,2,3,4"], "is no CSV table"),
        (["file,emotion", ",sad"], "names no file in line 2"),
        (["file,emotion", "x.wav,sad"], "None of the 1 files .* is there, such as .*x.wav"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_clear_sentence(tmp_path, lines, said):
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *lines))


def test_a_table_in_latin_1_says_what_to_do(tmp_path):
    table = write(tmp_path / "t.csv", "file,emotion,speaker", "a.wav,sad,José", encoding="latin-1")
    with pytest.raises(corpora.CorpusError, match="is not UTF-8 text"):
        corpora.load("table", table)


def test_a_folder_or_nothing_in_place_of_a_table_says_so(tmp_path):
    with pytest.raises(corpora.CorpusError, match="is a folder; give the CSV"):
        corpora.load("table", tmp_path)
    with pytest.raises(corpora.CorpusError, match="There is no table"):
        corpora.load("table", tmp_path / "t.csv")


def test_parquet_is_read_or_says_what_it_needs(tmp_path):
    lay(tmp_path, "a.wav")
    frame = pd.DataFrame({"file": ["a.wav"], "emotion": ["joy"], "speaker": [7]})
    try:
        frame.to_parquet(tmp_path / "t.parquet")
    except ImportError:
        (tmp_path / "t.parquet").write_bytes(b"PAR1")
        with pytest.raises(corpora.CorpusError, match="needs pyarrow; pip install pyarrow, or save the table as CSV"):
            corpora.load("table", tmp_path / "t.parquet")
    else:
        row = corpora.load("table", tmp_path / "t.parquet").iloc[0]
        assert row[["emotion", "speaker"]].tolist() == ["happy", "t/7"]


def test_clips_of_a_table_come_back_from_their_file(tmp_path):
    rows = ["file,emotion,speaker,age", "a.wav,joy,1,31", "b.wav,sad,2,44"]
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *rows)
    clips = corpora.load("table", table)
    corpora.write_clips(tmp_path / "out" / "clips.csv", clips, table)
    pd.testing.assert_frame_equal(corpora.read_clips(tmp_path / "out" / "clips.csv", table), clips)


@given(
    st.sampled_from([*SYNONYMS, *EMOTIONS]), st.sampled_from([str.upper, str.title, str.lower]), st.sampled_from(" _-")
)
def test_a_synonym_is_known_in_any_spelling(label, spelling, between):
    assert named(f" {spelling(label).replace(' ', between)} ") == SYNONYMS.get(label, label)


def test_every_synonym_leads_to_a_word_of_the_vocabulary():
    assert set(SYNONYMS.values()) <= set(EMOTIONS)
    assert not set(SYNONYMS) & set(EMOTIONS)


# Folders

def test_a_folder_a_class_becomes_clips(tmp_path):
    clips = corpora.load("folders", lay(tmp_path / "calls", "Anger/x1.wav", "joy/deep/y.flac", "neutral/z.mp3"))
    assert clips["emotion"].tolist() == ["angry", "happy", "neutral"]
    assert set(clips["corpus"]) == {"calls"} and clips["speaker"].isna().all()


def test_an_enclosing_folder_is_stepped_into(tmp_path):
    clips = corpora.load("folders", lay(tmp_path, "calls/data/angry/1.wav", "calls/data/sad/1.wav", "calls/readme.txt"))
    assert clips["emotion"].tolist() == ["angry", "sad"]


def test_the_speaker_is_read_from_the_name_when_told_how(tmp_path):
    lay(tmp_path, "angry/anna_1.wav", "sad/ben_1.wav")
    clips = corpora.load("folders", tmp_path, speaker=r"^([a-z]+)_")
    assert clips["speaker"].str.split("/").str[1].tolist() == ["anna", "ben"]
    with pytest.raises(corpora.CorpusError, match="anna_1.wav has no speaker by the pattern"):
        corpora.load("folders", tmp_path, speaker=r"^(\d+)_")


def test_clips_beside_the_class_folders_are_left_out_and_said(tmp_path):
    clips = corpora.load("folders", lay(tmp_path, "angry/1.wav", "sad/1.wav", "stray.wav"))
    assert clips.attrs["left_out"] == {"in no class folder": "1 file, such as stray.wav"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.wav"], "but no folders; put"),
        (["train/angry/1.wav", "test/angry/1.wav"], "folders test, train, which are parts"),
    ],
)
def test_folders_that_are_no_classes_are_refused(tmp_path, names, said):
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("folders", lay(tmp_path, *names))


# Several

@pytest.fixture
def two(tmp_path) -> list[Path]:
    names = [f"03-01-0{emotion}-01-01-01-0{actor}.wav" for emotion in (1, 2, 3, 4) for actor in (1, 2)]
    return [
        lay(tmp_path / "ravdess", *names),
        lay(tmp_path / "crema", *(f"1001_DFA_{code}_XX.wav" for code in ("NEU", "HAP", "ANG"))),
    ]


def test_two_corpora_keep_the_classes_that_both_have_and_name_the_others(two):
    clips = corpora.load(["ravdess", "crema-d"], two)
    assert clips.groupby("corpus")["emotion"].unique().map(sorted).to_dict() == {
        "crema-d": ["happy", "neutral"], "ravdess": ["happy", "neutral"]
    }  # fmt: skip
    assert clips.attrs["dropped"] == {
        "calm": "2 clips of ravdess", "sad": "2 clips of ravdess", "angry": "1 clips of crema-d"
    }  # fmt: skip
    assert clips.index.tolist() == list(range(len(clips)))
    assert sorted(clips["speaker"].unique()) == ["crema-d/1001", "ravdess/01", "ravdess/02"]


def test_names_with_commas_are_several_corpora(two):
    pd.testing.assert_frame_equal(
        corpora.load("ravdess, crema-d", ",".join(map(str, two))), corpora.load(["ravdess", "crema-d"], two)
    )


def test_one_corpus_in_a_list_and_a_folder_with_a_comma_are_fine(tmp_path):
    folder = lay(tmp_path / "a, b", "03-01-01-01-01-01-01.wav")
    assert len(corpora.load(["ravdess"], [folder])) == len(corpora.load("ravdess", str(folder))) == 1


def test_all_classes_or_named_ones_are_kept(two):
    assert len(corpora.load(["ravdess", "crema-d"], two, classes="all")) == 11
    assert set(corpora.load(["ravdess", "crema-d"], two, classes="sad, angry")["emotion"]) == {"sad", "angry"}
    assert set(corpora.load("ravdess", two[0], classes=["calm"])["emotion"]) == {"calm"}


def test_a_class_that_no_clip_has_is_named_with_its_neighbour(two):
    with pytest.raises(corpora.CorpusError, match="No clip is 'hapy' .did you mean 'happy'"):
        corpora.load("ravdess", two[0], classes="hapy")


def test_what_was_left_out_is_told_by_corpus(two):
    lay(two[1], "foreign.wav")
    clips = corpora.load(["ravdess", "crema-d"], two)
    assert clips.attrs["left_out"] == {
        "crema-d: not named like a clip of CREMA-D": "1 file, such as foreign.wav"
    }


def test_as_many_folders_as_corpora_are_needed(two):
    with pytest.raises(corpora.CorpusError, match="2 corpora need as many folders, in that order; received 1"):
        corpora.load(["ravdess", "crema-d"], two[:1])


def test_two_corpora_of_one_name_are_refused(tmp_path):
    for place in "ab":
        write(lay(tmp_path / place, "1.wav") / "t.csv", "file,emotion,speaker", "1.wav,sad,x")
    with pytest.raises(corpora.CorpusError, match="Two of the corpora are called 't'"):
        corpora.load(["table", "table"], [tmp_path / "a" / "t.csv", tmp_path / "b" / "t.csv"])


def test_a_published_corpus_takes_no_option(two):
    with pytest.raises(TypeError, match="RAVDESS takes no option; received speaker"):
        corpora.load("ravdess", two[0], speaker="x")


def test_a_corpus_of_your_own_has_counts_without_expectation(tmp_path):
    clips = corpora.load("folders", lay(tmp_path / "mine", "sad/1.wav", "angry/1.wav"))
    table = corpora.counts(clips, "mine")
    assert table["clips"].to_dict() == {"sad": 1, "angry": 1} and table["expected"].isna().all()
    assert corpora.expected("mine") is None and corpora.about("mine")["licence"] == "not stated"


def test_attrs_are_plain_so_that_they_can_be_stored(two):
    json.dumps(corpora.load(["ravdess", "crema-d"], two).attrs)
