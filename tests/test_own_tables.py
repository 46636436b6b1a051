"""Tables as people have them: split over files, in any format, columns and codes of their own, sound elsewhere."""

import gzip
import json
import os
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from laid_out import lay, write

from emokit import audio, audit, corpora, notebook_parameters
from emokit.corpora.own import words

PEOPLE = ["ann", "bob", "cid", "dee", "eva", "fay"]


def rows_of(*clips: tuple[str, ...]) -> list[str]:
    return ["file,emotion,speaker", *(",".join(clip) for clip in clips)]


@pytest.fixture
def in_parts(tmp_path) -> list[Path]:
    """One corpus as train.csv, dev.csv and test.csv, in each of which all six people speak."""
    tables = []
    for part in ("train", "dev", "test"):
        clips = [(f"{who}_{part}_{emotion}.wav", emotion, who) for who in PEOPLE for emotion in ("sad", "angry")]
        lay(tmp_path / "mine", *(file for file, _, _ in clips))
        tables.append(write(tmp_path / "mine" / f"{part}.csv", *rows_of(*clips)))
    return tables


# One corpus in several tables

def test_one_name_and_several_tables_are_one_corpus_whose_speakers_are_the_same_people(in_parts):
    clips = corpora.load("table", in_parts)
    assert len(clips) == 36 and sorted(clips["speaker"].unique()) == [f"mine/{who}" for who in PEOPLE]
    assert clips["part"].value_counts().to_dict() == {"train": 12, "dev": 12, "test": 12}
    assert (clips["file"].str.extract(r"_(train|dev|test)_")[0] == clips["part"]).all()
    assert "train.csv: part train, by its name" in corpora.notes(clips)
    shared = audit.of_split(clips, pd.DataFrame({"digest": clips["file"], "failure": None}, index=clips.index))
    assert (shared["check"] == "speakers across parts").any()


@pytest.mark.parametrize(
    ("name", "part"),
    [("my_train.csv", "train"), ("Validation.tsv", "dev"), ("devel-2.csv", "dev"), ("EVAL.csv.gz", "test"),
     ("latest.csv", None), ("train-test.csv", None)],
)  # fmt: skip
def test_the_name_of_a_table_is_searched_for_the_word_of_a_part(name, part):
    assert words.part_in(name) == part


def test_a_column_says_more_than_the_name_of_its_table(tmp_path):
    lay(tmp_path, "a.wav", "b.wav", "c.wav")
    first = write(tmp_path / "train.csv", "file,emotion,split", "a.wav,sad,Validation", "b.wav,sad,training")
    clips = corpora.load("table", [first, write(tmp_path / "test.csv", "file,emotion", "c.wav,sad")])
    assert clips["part"].tolist() == ["dev", "train", "test"]
    assert "column 'split': part ('Validation' is dev, 'training' is train)" in corpora.notes(clips)


def test_one_table_called_train_is_no_part(in_parts):
    assert "part" not in corpora.load("table", in_parts[0])


def test_a_speaker_who_is_1_in_one_table_and_1_0_in_another_is_one_person(tmp_path):
    lay(tmp_path, "a.wav", "b.wav", "c.wav", "d.wav")
    train = write(tmp_path / "train.csv", "file,emotion,speaker", "a.wav,sad,1", "d.wav,sad,2")
    test = write(tmp_path / "test.csv", "file,emotion,speaker,sentence", "b.wav,sad,1.0,7.0", "c.wav,sad,,1.5")
    clips = corpora.load("table", [train, test])
    name = tmp_path.name
    assert clips["speaker"].dropna().tolist() == [f"{name}/1", f"{name}/1", f"{name}/2"]
    assert clips["sentence"].dropna().tolist() == ["7.0", "1.5"]  # versions, not numbers
    assert "columns speaker: whole numbers, written as 1.0, are 1" in corpora.notes(clips)


@pytest.mark.parametrize(("one", "other"), [("V01", "v01"), ("1", "01"), ("spk-7", "spk-007")])
def test_speakers_of_two_tables_who_differ_in_case_or_zeros_are_a_finding(tmp_path, one, other):
    lay(tmp_path, "a.wav", "b.wav")
    tables = [write(tmp_path / f"{part}.csv", *rows_of((f"{file}.wav", "sad", who)))
              for part, file, who in (("train", "a", one), ("test", "b", other))]  # fmt: skip
    clips = corpora.load("table", tables)
    (found,) = audit.CHECKS["spelling"](clips)
    assert "differ only in case, blanks or leading zeros" in found.found and found.severity == "warning"


def test_two_published_folders_are_one_corpus(tmp_path):
    lay(tmp_path, "a/03-01-01-01-01-01-01.wav", "b/03-01-03-01-01-01-01.wav", "b/x.wav", "a/y.wav")
    clips = corpora.load("ravdess", [tmp_path / "a", tmp_path / "b"])
    assert clips["emotion"].tolist() == ["neutral", "happy"] and set(clips["speaker"]) == {"ravdess/01"}
    assert list(clips.attrs["left_out"].values()) == ["1 file, such as y.wav; 1 file, such as x.wav"]


def test_speakers_of_two_corpora_who_are_called_alike_stay_apart_and_it_is_said(tmp_path):
    for place in "ab":
        write(lay(tmp_path / place, "1.wav") / f"{place}.csv", *rows_of(("1.wav", "sad", "anna")))
    clips = corpora.load(["table", "table"], [tmp_path / "a" / "a.csv", tmp_path / "b" / "b.csv"])
    assert set(clips["speaker"]) == {"a/anna", "b/anna"}
    assert "speakers that several corpora call alike count as different people: anna;" in corpora.notes(clips)
    (found,) = audit.CHECKS["speakers called alike"](clips)
    assert found.severity == "warning" and "1 names of speakers are in several corpora: anna;" in found.found
    assert not list(audit.CHECKS["speakers called alike"](clips[:1]))


@pytest.mark.parametrize("in_one", [True, False])
def test_the_folders_of_a_published_corpus_that_are_called_like_parts_give_the_parts(tmp_path, in_one):
    name = "03-01-0{}-01-01-01-0{}.wav"
    lay(tmp_path / "r", "train/" + name.format(1, 1), "train/x/" + name.format(3, 2), "test/" + name.format(4, 1))
    folders = [tmp_path / "r"] if in_one else [tmp_path / "r" / "train", tmp_path / "r" / "test"]
    clips = corpora.load("ravdess", folders, classes="all")
    assert (clips["file"].str.contains("/train/") == (clips["part"] == "train")).all() and len(clips) == 3
    assert set(clips["part"]) == {"train", "test"}
    assert "'train' is train" in corpora.notes(clips) and "'test' is test" in corpora.notes(clips)


def test_folders_of_a_published_corpus_that_are_no_parts_are_told(tmp_path):
    lay(tmp_path, "a/03-01-01-01-01-01-01.wav", "b/03-01-03-01-01-01-01.wav")
    clips = corpora.load("ravdess", [tmp_path / "a", tmp_path / "b"])
    assert "part" not in clips and "'a' is no part, 'b' is no part" in corpora.notes(clips)
    assert "part" not in corpora.load("ravdess", tmp_path)


# Formats

TABLE = pd.DataFrame({"file": ["a.wav", "b.wav"], "emotion": ["joy", "sad"], "speaker": ["007", "Zoë"]})
TABLE["age"] = [31, 44]
WRITERS = {
    "comma.csv": lambda path: TABLE.to_csv(path, index=False),
    "semicolon.csv": lambda path: TABLE.to_csv(path, index=False, sep=";"),
    "tab.tsv": lambda path: TABLE.to_csv(path, index=False, sep="\t"),
    "bar.txt": lambda path: TABLE.to_csv(path, index=False, sep="|"),
    "windows.csv": lambda path: TABLE.to_csv(path, index=False, encoding="cp1252"),
    "unicode.txt": lambda path: TABLE.to_csv(path, index=False, sep="\t", encoding="utf-16"),
    "excel.csv": lambda path: path.write_text("sep=;\n" + TABLE.to_csv(index=False, sep=";"), encoding="utf-8-sig"),
    "packed.csv.gz": lambda path: path.write_bytes(gzip.compress(TABLE.to_csv(index=False).encode())),
    "lines.jsonl": lambda path: TABLE.to_json(path, orient="records", lines=True),
    "records.json": lambda path: TABLE.to_json(path, orient="records"),
    "columns.parquet": lambda path: pytest.importorskip("pyarrow") and TABLE.to_parquet(path),
    "sheet.xlsx": lambda path: pytest.importorskip("openpyxl") and TABLE.to_excel(path, index=False),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_in_any_form_is_the_same_clips(tmp_path, name):
    WRITERS[name](lay(tmp_path, "a.wav", "b.wav") / name)
    clips = corpora.load("table", tmp_path / name)
    assert corpora.looks_like(tmp_path / name) == "table"
    assert clips["emotion"].tolist() == ["happy", "sad"] and clips["age"].tolist() == [31, 44]
    called = name.removesuffix(".gz").split(".")[0]
    assert clips["speaker"].tolist() == [f"{called}/007", f"{called}/Zoë"]


def test_how_a_table_was_read_is_the_first_thing_told(tmp_path):
    WRITERS["windows.csv"](lay(tmp_path, "a.wav", "b.wav") / "t.csv")
    told = corpora.notes(corpora.load("table", tmp_path / "t.csv"))
    assert told.startswith("t.csv: 2 rows, CSV with commas, in cp1252")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.jsonl", b'{"file": "a.wav"\n', "is no JSON Lines .* in line 1.; export it again"),
        ("t.json", b"[[1, 2]]", "is JSON, but no records with names and values"),
        ("t.csv.gz", b"\x1f\x8bcut", "is packed and cannot be unpacked"),
        ("t.csv", b"secret\0words", "is no table that can be read; save it as one of CSV"),
        ("t.parquet", b"secret words", "is no Parquet table|needs pyarrow"),
        ("t.xlsx", b"secret words", "is no Excel table|needs openpyxl; pip install openpyxl, or save it as CSV"),
        ("t.csv", b"secret" * 9999, "has no column file and emotion, only secretsecretsecretsecretsecre…; say which"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_one_short_sentence_without_its_content(tmp_path, name, content, said):
    lay(tmp_path, "a.wav")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(corpora.CorpusError, match=said) as error:
        corpora.load("table", tmp_path / name)
    sentence = str(error.value)
    assert "secret words" not in sentence and len(sentence) < 400 and "\n" not in sentence


def test_excel_without_openpyxl_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "")
    with pytest.raises(corpora.CorpusError, match="needs openpyxl; pip install openpyxl, or save it as CSV"):
        corpora.load("table", tmp_path / "t.xlsx")


def test_a_dataframe_is_a_table(tmp_path, monkeypatch):
    lay(tmp_path, "deep/a.wav", "deep/b.wav")
    table = TABLE.assign(speaker=[7, None])  # a float to pandas
    clips = corpora.load("table", table, audio_dir=tmp_path, called="mine")
    assert clips["file"].tolist() == [str(tmp_path / "deep/a.wav"), str(tmp_path / "deep/b.wav")]
    assert clips["speaker"][0] == "mine/7" and clips["speaker"].isna()[1]
    monkeypatch.chdir(tmp_path / "deep")
    assert len(corpora.load("table", table)) == 2 and len(corpora.load("table", [table, table])) == 4


# Sound inside

@pytest.fixture
def sounds(demo_dir) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(demo_dir.rglob("*.flac"))[:3]}


def hub_table(path: Path, sounds: dict[str, bytes], names=None) -> Path:
    """A Parquet file as the datasets library writes it: bytes and path in a struct, classes as numbers."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    cells = [{"bytes": content, "path": name} for name, content in zip(names or sounds, sounds.values(), strict=True)]
    features = {"info": {"features": {"emotion": {"names": ["anger", "joy"], "_type": "ClassLabel"}}}}
    table = pa.table({"audio": pa.array(cells), "emotion": [0, 1, -1], "speaker": ["x", "y", "z"]})
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(features)}), path)
    return path


@pytest.mark.parametrize("names", [None, [None, "../../up.flac", "a.flac"]])
def test_sound_inside_a_table_is_written_once_beside_it_and_nothing_is_lost(tmp_path, sounds, names, monkeypatch):
    table = hub_table(tmp_path / "hub.parquet", sounds, names)
    clips = corpora.load("table", table)
    assert sorted(Path(file).read_bytes() for file in clips["file"]) == sorted(sounds.values())
    by_speaker = clips.set_index(clips["speaker"].str[-1])
    assert [Path(by_speaker["file"][who]).read_bytes() for who in "xyz"] == list(sounds.values())
    assert by_speaker["emotion"][["x", "y"]].tolist() == ["angry", "happy"] and pd.isna(by_speaker["emotion"]["z"])
    assert len(audio.read(clips["file"][0])) > 1000
    (folder,) = {Path(file).parent for file in clips["file"]}
    assert folder.parent == tmp_path
    assert f"with the sound inside, which is in {folder.name}/ now" in corpora.notes(clips)
    monkeypatch.setattr(Path, "write_bytes", lambda *_: pytest.fail("it was written again"))
    pd.testing.assert_frame_equal(corpora.load("table", table), clips)
    assert sorted(os.listdir(tmp_path)) == sorted([folder.name, "hub.parquet"])  # noqa: PTH208


def test_sound_inside_a_table_lies_in_audio_dir_where_that_is_named_and_others_get_another_folder(tmp_path, sounds):
    lay(tmp_path / "sound", "a.wav")
    first = corpora.load("table", hub_table(tmp_path / "hub.parquet", sounds), audio_dir=tmp_path / "sound")
    changed = {name: content + b"\0" for name, content in sounds.items()}
    second = corpora.load("table", hub_table(tmp_path / "hub.parquet", changed), audio_dir=tmp_path / "sound")
    assert not set(first["file"]) & set(second["file"])
    assert all(Path(file).is_relative_to(tmp_path / "sound") for file in [*first["file"], *second["file"]])


def test_sound_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path, sounds, monkeypatch):
    table = hub_table(tmp_path / "hub.parquet", sounds)
    written, real = [], Path.write_bytes

    def full(path, content):
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(corpora.CorpusError, match="cannot be written to .*No space left.*; name a folder .* audio_dir"):
        corpora.load("table", table)
    assert os.listdir(tmp_path) == ["hub.parquet"]  # noqa: PTH208


def test_a_dataframe_may_hold_the_sound_too(tmp_path, sounds):
    cells = [{"bytes": content, "path": None} for content in sounds.values()]
    table = pd.DataFrame({"audio": cells, "emotion": ["sad", "joy", "sad"]})
    clips = corpora.load("table", table, audio_dir=tmp_path)
    assert sorted(Path(file).read_bytes() for file in clips["file"]) == sorted(sounds.values())


# Columns

def test_columns_say_which_column_is_what(tmp_path):
    rows = ["FileName;EmoClass;SpkrID;emotion", "a.wav;joy;7;0.3", "b.wav;sad;8;0.4"]
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", *rows)
    asked = {"file": "FileName", "emotion": "EmoClass", "speaker": "SpkrID"}
    clips = corpora.load("table", table, columns=asked)
    assert clips["emotion"].tolist() == ["happy", "sad"] and clips["speaker"].tolist() == ["t/7", "t/8"]
    assert clips["emotion_given"].tolist() == ["0.3", "0.4"] and "EmoClass" not in clips
    assert "column 'SpkrID': speaker" in corpora.notes(clips).splitlines()
    as_text = corpora.load("table", table, columns="file=FileName,emotion=EmoClass, speaker=SpkrID")
    pd.testing.assert_frame_equal(as_text, clips)


def test_columns_in_another_case_are_known_and_told(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "t.csv", "File,EMOTION,Speaker", "a.wav,sad,x")
    clips = corpora.load("table", table)
    assert clips["speaker"].tolist() == ["t/x"] and "column 'EMOTION': emotion" in corpora.notes(clips)


def test_a_column_that_is_not_there_is_named_with_its_neighbour(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "t.csv", "path,EmoClass", "a.wav,sad")
    with pytest.raises(corpora.CorpusError, match=r"names 'Emoclas', but .* has path, EmoClass .*'EmoClass'"):
        corpora.load("table", table, columns="file=path,emotion=Emoclas")
    with pytest.raises(corpora.CorpusError, match='only path, EmoClass; say which they are by columns="file=path,emo'):
        corpora.load("table", table)
    with pytest.raises(corpora.CorpusError, match="columns has 'path' without a name and '='; write pairs like a=b"):
        corpora.load("table", table, columns="path")


def test_a_name_that_columns_does_not_know_is_refused_with_its_neighbour(tmp_path):
    table = write(lay(tmp_path, "a.wav") / "t.csv", "file,emotion,SpkrID", "a.wav,sad,x")
    with pytest.raises(corpora.CorpusError, match="columns says what 'spk' is .did you mean 'speaker'"):
        corpora.load("table", table, columns="spk=SpkrID")


@pytest.mark.parametrize("column", ["speaker_id", "spk", "SpeakerID", "Speaker ID", "subject"])
def test_a_column_that_may_be_the_speaker_is_offered(tmp_path, column):
    table = write(lay(tmp_path, "a.wav") / "t.csv", f"file,emotion,{column}", "a.wav,sad,x")
    assert f'columns="speaker={column}"' in corpora.notes(corpora.load("table", table))


@pytest.mark.parametrize("orient", ["columns", "index", "split"])
def test_json_by_columns_is_one_sentence_without_the_content(tmp_path, orient):
    TABLE.to_json(tmp_path / "t.json", orient=orient)
    with pytest.raises(corpora.CorpusError, match="is one JSON object of .*orient=.records") as error:
        corpora.load("table", tmp_path / "t.json")
    assert "a.wav" not in str(error.value)


# Labels

GIVEN = ("A", "H", "calm", "excited", "xxx", "happy")
LABELLED = [(f"{letter}.wav", label) for letter, label in zip("abcdef", GIVEN, strict=True)]


@pytest.fixture
def coded(tmp_path) -> Path:
    lay(tmp_path, *(file for file, _ in LABELLED))
    return write(tmp_path / "t.csv", "file,emotion", *(",".join(row) for row in LABELLED))


def test_labels_rename_merge_keep_apart_and_leave_out(coded):
    asked = "A=angry,H=happy,calm=neutral,excited=excited,f="
    with pytest.raises(corpora.CorpusError, match="labels names 'f', but no clip has it"):
        corpora.load("table", coded, labels=asked)
    clips = corpora.load("table", coded, labels="A=angry,H=happy,calm=neutral,excited=excited,xxx=", classes="all")
    assert clips["emotion"].tolist() == ["angry", "happy", "neutral", "excited", "happy"]
    assert clips["label"].tolist() == ["A", "H", "calm", "excited", "happy"]
    assert clips.attrs["mapping"] == {"A": "angry", "H": "happy", "calm": "neutral", "excited": "excited"}
    assert "left out, label 'xxx', as asked by labels: 1 file, such as " in corpora.notes(clips)
    assert "A → angry" in corpora.notes(clips)


def test_a_column_of_numbers_called_label_is_a_label_in_words(tmp_path):
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", "file,emotion,label", "a.wav,anger,3", "b.wav,sad,4")
    assert corpora.load("table", table, labels={"4": "low"})["emotion"].tolist() == ["angry", "low"]
    frame = pd.DataFrame({"file": ["a.wav", "b.wav"], "emotion": ["anger", "sad"], "label": [3, 4]})
    clips = corpora.load("table", frame, audio_dir=tmp_path, labels="4=low")
    assert clips["emotion"].tolist() == ["angry", "low"] and clips["label"].tolist() == ["3", "4"]


def test_a_label_is_kept_as_given_where_any_got_another_word(tmp_path):
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", "file,emotion", "a.wav,Anger", "b.wav,sad")
    assert corpora.load("table", table)["label"].tolist() == ["Anger", "sad"]


def test_excited_is_happy_unless_labels_keeps_it_apart(coded):
    assert corpora.load("table", coded)["emotion"].tolist()[3] == "happy"
    assert corpora.load("table", coded, labels={"excited": "excited"})["emotion"].tolist()[3] == "excited"


def test_labels_hold_for_folders_and_published_corpora_too(tmp_path):
    lay(tmp_path, "mine/A/1.wav", "mine/sad/1.wav", *(f"ravdess/03-01-0{n}-01-01-01-01.wav" for n in (1, 2)))
    both = corpora.load(["table", "ravdess"], [folder_table(tmp_path / "mine"), tmp_path / "ravdess"],
                        labels={"A": "angry", "calm": "neutral"}, classes="all")  # fmt: skip
    assert both.groupby("corpus")["emotion"].unique().map(list).to_dict() == {
        "t": ["angry", "sad"], "ravdess": ["neutral"]
    }  # fmt: skip


def folder_table(root: Path) -> Path:
    files = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.wav"))
    return write(root / "t.csv", "file,emotion", *(f"{file},{file.split('/')[0]}" for file in files))


# Nothing known, nothing decided

@pytest.mark.parametrize("nothing", ["nan", "NaN", "None", "N/A", "-", "NULL", "", "<NA>", "#N/A"])
def test_a_word_for_nothing_is_no_label_and_no_speaker(tmp_path, nothing):
    rows = rows_of(("a.wav", nothing, nothing), ("b.wav", "sad", "x"), ("c.wav", "sad", nothing))
    clips = corpora.load("table", write(lay(tmp_path, "a.wav", "b.wav", "c.wav") / "t.csv", *rows))
    assert clips["emotion"].isna().sum() == 1 and clips["speaker"].isna().sum() == 2
    assert set(clips["speaker"].dropna()) == {"t/x"}
    assert "1 row without emotion" in corpora.notes(clips) and "2 rows without speaker" in corpora.notes(clips)
    assert audit.labels.missing_label(clips) and not list(audit.labels.unknown_label(clips))


@pytest.mark.parametrize("nobody", ["unknown", "UNK", "other", "Anonymous", "n.n."])
def test_a_word_for_nobody_is_no_speaker_in_tables_and_folders(tmp_path, nobody):
    table = write(lay(tmp_path, "a.wav") / "t.csv", *rows_of(("a.wav", "sad", nobody), ("b.wav", "joy", "ann")))
    clips = corpora.load("table", table)
    assert clips["speaker"].dropna().tolist() == ["t/ann"]
    assert f"1 row without speaker ({nobody!r})" in corpora.notes(clips)
    lay(tmp_path / "f", *(f"{who}/{emotion}/{n}.wav" for who in (nobody, "ann", "bob") for emotion in ("sad", "joy")
                          for n in range(2)))  # fmt: skip
    clips = corpora.load("folders", tmp_path / "f")
    assert set(clips["speaker"].dropna()) == {"f/ann", "f/bob"} and clips["speaker"].isna().sum() == 4
    assert "4 clips without speaker" in corpora.notes(clips)


def test_a_word_for_nothing_may_be_named_by_labels(tmp_path):
    table = write(lay(tmp_path, "a.wav", "b.wav") / "t.csv", "file,emotion", "a.wav,none", "b.wav,sad")
    assert corpora.load("table", table, labels="none=neutral")["emotion"].tolist() == ["neutral", "sad"]


@pytest.mark.parametrize("undecided", ["other", "Unknown", "xxx", "no agreement", "No_Agreement", "oth"])
def test_a_word_for_no_decision_is_left_out_and_counted_unless_labels_names_it(tmp_path, undecided):
    rows = ["file,emotion", f"a.wav,{undecided}", "b.wav,sad", f"c.wav,{undecided}"]
    table = write(lay(tmp_path, "a.wav", "b.wav", "c.wav") / "t.csv", *rows)
    clips = corpora.load("table", table)
    assert clips["emotion"].tolist() == ["sad"]
    assert f"left out, label {undecided!r}, which stands for no emotion: 2 files, such as " in corpora.notes(clips)
    named = corpora.load("table", table, labels={undecided: "rest"}, classes="all")
    assert named["emotion"].tolist() == ["rest", "sad", "rest"]


def test_fewer_than_four_letters_are_near_to_nothing():
    clips = pd.DataFrame({"emotion": ["ung", "hapy"], "file": "x", "corpus": "mine"})
    remedies = [finding.remedy for finding in audit.labels.unknown_label(clips)]
    assert remedies[0].startswith("use one of neutral") and "write 'happy'" in remedies[1]


def test_the_audit_calls_nan_a_missing_label_in_any_table():
    clips = pd.DataFrame({"emotion": ["nan", "sad"], "speaker": ["N/A", "x"], "file": ["a", "b"], "corpus": "mine"})
    assert [finding.file for finding in audit.labels.missing_label(clips)] == ["a"]
    assert not list(audit.labels.unknown_label(clips))
    assert [finding.file for finding in audit.labels.missing_speaker(clips)] == ["a"]


# The door

def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    lay(tmp_path, "mine/sound/a.wav", "r/03-01-01-01-01-01-01.wav")
    write(tmp_path / "mine" / "t.csv", "file,emotion", "a.wav,sad")
    assert len(corpora.load("table", "~/mine/t.csv", audio_dir="~/mine/sound")) == 1
    assert len(corpora.load("ravdess", "~/r")) == 1 and corpora.looks_like("~/mine/t.csv") == "table"


def test_a_name_in_other_letters_gets_its_near_match(tmp_path):
    with pytest.raises(corpora.CorpusError, match="Unknown corpus 'RAVDESS' .did you mean 'ravdess'"):
        corpora.load("RAVDESS", tmp_path)
    names = {"corpus": "RAVDESS", "__annotations__": {"corpus": str}}
    with pytest.raises(notebook_parameters.ParameterError, match="did you mean 'ravdess'"):
        notebook_parameters.check(names)


def test_an_option_that_no_corpus_takes_is_one_sentence(coded):
    with pytest.raises(corpora.CorpusError, match="table takes no speaker_pattern, which is for folders; leave it out"):
        corpora.load("table", coded, speaker_pattern="x")
    with pytest.raises(TypeError, match="no option 'colums'; the readers take audio_dir, columns"):
        corpora.load("table", coded, colums="x")


def test_a_notebook_takes_several_tables_as_one_corpus(in_parts):
    names = ["corpus", "data_dir", "name", "columns", "audio_dir", "labels"]
    given = {"corpus": "table", "data_dir": ",".join(map(str, in_parts)), "audio_dir": "~/x"}
    values = dict.fromkeys(names, "") | given
    values = notebook_parameters.check(values | {"__annotations__": dict.fromkeys(names, str)})
    assert values["data_dir"] == in_parts and values["name"] == ["mine"]
    assert values["audio_dir"] == [Path("~/x").expanduser()]
    clips = corpora.load(values["corpus"], values["data_dir"], called=values["name"])
    assert sorted(clips["speaker"].unique()) == [f"mine/{who}" for who in PEOPLE]
