"""Your own corpus as a table: what spreadsheets make of one, and what is refused."""


import pandas as pd
import pytest
from laid_out import lay, write

from emokit import corpora, splits
from emokit.corpora.corpus import COLUMNS


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


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0"])
def test_a_blank_cell_is_nothing_known_and_no_name(tmp_path, blank):
    rows = ["file,emotion,speaker,sex,sentence", f"a.wav,{blank},{blank},{blank},{blank}", "b.wav,sad,x,f,Hi"]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *rows))
    unknown = clips[clips["file"].str.endswith("a.wav")].iloc[0]
    assert unknown[["emotion", "speaker", "sex", "sentence"]].isna().all()
    assert "sex_given" not in clips


@pytest.mark.parametrize(
    ("word", "sex"),
    [("Weiblich", "female"), ("männlich ", "male"), ("Frau", "female"), ("donna", "female"), ("boy", "male")],
)
def test_plain_words_for_a_sex_are_known(tmp_path, word, sex):
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion,sex", f"a.wav,sad,{word}"))
    assert clips["sex"].tolist() == [sex] and "sex_given" not in clips


def test_a_sex_that_has_no_word_here_is_kept_as_it_was_given(tmp_path):
    rows = ["file,emotion,gender", "a.wav,sad,diverse", "b.wav,sad,F"]
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *rows)
    clips = corpora.load("table", table)
    assert clips["sex"].isna()[0] and clips["sex"][1] == "female"
    assert clips["sex_given"].tolist() == clips["gender"].tolist() == ["diverse", "F"]


def test_a_name_in_nfc_and_nfd_is_one_and_a_file_is_called_as_the_folder_has_it(tmp_path):
    apart = "Mu\u0308ller"
    rows = ["file,emotion,speaker,sex", f"{apart}.wav,wütend,Müller,w", f"b.wav,wu\u0308tend, {apart} ,ma\u0308nnlich"]
    table = write(lay(tmp_path, f"{apart}.wav", "b.wav") / "cafe\u0301.csv", *rows)
    clips = corpora.load("table", table)
    assert clips["speaker"].unique().tolist() == ["café/Müller"] and clips["emotion"].unique().tolist() == ["wütend"]
    assert dict(zip(clips["file"], clips["sex"], strict=True)) == {
        str(tmp_path / f"{apart}.wav"): "female", str(tmp_path / "b.wav"): "male"
    }  # fmt: skip


def test_classes_and_test_speakers_in_nfd_are_those_of_the_table(tmp_path):
    apart = "Mu\u0308ller"
    speakers = ["Müller", "x", "y"]
    rows = [f"{who}{emotion[0]}.wav,{emotion},{who}" for who in speakers for emotion in ("wütend", "sad")]
    table = write(lay(tmp_path, *(row.split(",")[0] for row in rows)) / "t.csv", "file,emotion,speaker", *rows)
    clips = corpora.load("table", table, classes=["wu\u0308tend", "sad"])
    assert len(clips) == 6
    for name in (apart, f"t/{apart}"):
        parted = splits.assign(clips, test_speakers=[name])
        assert set(parted.loc[parted["part"] == "test", "speaker"]) == {"t/Müller"}
    foreign = clips.assign(speaker=clips["speaker"].str.replace("Müller", apart))  # of a table of one's own making
    assert (splits.assign(foreign, test_speakers=["Müller"])["part"] == "test").sum() == 2


def test_a_gender_is_only_taken_where_there_is_no_sex(tmp_path):
    rows = ["file,emotion,sex,gender", "a.wav,sad,m,f"]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *rows))
    assert clips[["sex", "gender"]].iloc[0].tolist() == ["male", "f"]


@pytest.mark.parametrize(("header_end", "end"), [("", ""), ("", ";"), (";", ";"), (";;;", ";;;")])
def test_empty_cells_that_a_spreadsheet_adds_at_the_end_change_nothing(tmp_path, header_end, end):
    lines = ["file; emotion ;speaker" + header_end, *(f"{name}.wav;sad;x{end}" for name in "ab")]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *lines))
    assert list(clips.columns) == list(COLUMNS)
    assert clips["file"].tolist() == [str(tmp_path / "a.wav"), str(tmp_path / "b.wav")]
    assert clips["speaker"].tolist() == ["t/x", "t/x"]


def test_cells_beyond_the_header_are_not_thrown_away(tmp_path):
    with pytest.raises(corpora.CorpusError, match="more cells than its header; name every column"):
        corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion", "a.wav,sad,anna"))


def test_commas_in_a_quoted_heading_do_not_hide_the_delimiter(tmp_path):
    lines = ['file;emotion;"where, when, how, why"', "a.wav;sad;here"]
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *lines))
    assert clips["where, when, how, why"].tolist() == ["here"]


def test_a_column_named_twice_is_refused(tmp_path):
    with pytest.raises(corpora.CorpusError, match="names the column file twice"):
        corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file, file,emotion", "a.wav,b.wav,sad"))


def test_a_table_may_have_any_ending(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "list.txt", "file\temotion", "a.wav\tsad")
    clips = corpora.load("table", table)
    assert clips["file"].tolist() == [str(tmp_path / "a.wav")]
    corpora.write_clips(tmp_path / "clips.csv", clips, table)
    assert corpora.read_clips(tmp_path / "clips.csv", table)["file"].tolist() == clips["file"].tolist()


def test_an_emotion_without_a_synonym_stays_as_it_is(tmp_path):
    clips = corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion", "a.wav,Pride"))
    assert clips["emotion"].tolist() == ["Pride"] and clips.attrs["mapping"] == {}


def test_a_path_written_on_windows_is_found(tmp_path):
    table = write(lay(tmp_path, "b/1.wav") / "t.csv", "file,emotion", "b\\1.wav,sad")
    assert corpora.load("table", table)["file"].tolist() == [str(tmp_path / "b/1.wav")]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        *((name, "which is no file inside .*; correct that row")
          for name in ("../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "a/../../b.wav")),
        *((name, "a link out of .*; put the file itself there") for name in ("out.wav", "away/x")),
    ],
)  # fmt: skip
def test_a_row_that_leads_out_of_the_folder_is_refused(tmp_path, file, said):
    root = lay(tmp_path / "root", "a.wav")
    lay(tmp_path / "outside", "x")
    (root / "out.wav").symlink_to(tmp_path / "outside" / "x")
    (root / "away").symlink_to(tmp_path / "outside")
    with pytest.raises(corpora.CorpusError, match=f"t.csv names '.*', {said}"):
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
        (["file,emotion", "a.wav,sad", "  ,sad"], "names no file in line 3"),
        (["file,emotion", "x.wav,sad"], "None of the 1 files .* is there, such as .*x.wav"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_clear_sentence(tmp_path, lines, said):
    with pytest.raises(corpora.CorpusError, match=said):
        corpora.load("table", write(lay(tmp_path, "a.wav") / "t.csv", *lines))


def test_a_folder_or_nothing_in_place_of_a_table_says_so(tmp_path):
    with pytest.raises(corpora.CorpusError, match="is a folder; give the file that lists its clips"):
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


def test_the_columns_of_a_parquet_table_keep_their_types(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    lay(tmp_path, "a.wav")
    more = {"recorded": pd.to_datetime(["2024-05-01 12:00"]), "code": ["7"], "loud": [True], "age": [31.5]}
    frame = pd.DataFrame({"file": ["a.wav"], "emotion": ["joy"], **more})
    frame.to_parquet(tmp_path / "t.parquet")
    clips = corpora.load("table", tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(clips[list(more)], frame[list(more)], check_dtype=True)


def test_clips_of_a_table_come_back_from_their_file(tmp_path):
    rows = ["file,emotion,speaker,age", "a.wav,joy,1,31", "b.wav,sad,2,44"]
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *rows)
    clips = corpora.load("table", table)
    corpora.write_clips(tmp_path / "out" / "clips.csv", clips, table)
    pd.testing.assert_frame_equal(corpora.read_clips(tmp_path / "out" / "clips.csv", table), clips)
