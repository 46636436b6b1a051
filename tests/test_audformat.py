"""audformat databases, both ways, and those that mean harm."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from emokit import corpora


def test_without_the_package_a_sentence_says_how_to_install_it(tmp_path, demo_dir):
    code = (
        "import sys; sys.modules['audformat'] = None\n"
        "from emokit import corpora\n"
        "try: corpora.load('audformat', sys.argv[1])\n"
        "except corpora.CorpusError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "audformat databases need a package more; pip install -e \".[audformat]\".\n"


@pytest.fixture
def audformat():
    return pytest.importorskip("audformat", reason="the extra audformat is not installed")


warns_of_pandas = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # audformat 1.4.3 under pandas 3.1


@warns_of_pandas
def test_any_corpus_goes_through_audformat_and_comes_back(tmp_path, demo_dir, audformat):
    clips = corpora.load("demo", demo_dir).iloc[:40]
    corpora.write_audformat(tmp_path / "db", clips, demo_dir)
    again = corpora.load("audformat", tmp_path / "db")
    assert again["file"].map(lambda file: Path(file).relative_to(tmp_path / "db" / "audio").as_posix()).tolist() == [
        Path(file).relative_to(demo_dir).as_posix() for file in clips["file"]
    ]
    columns = ["emotion", "speaker", "corpus", "sex", "sentence", "intensity", "language", "take"]
    pd.testing.assert_frame_equal(again[columns], clips[columns], check_dtype=False)
    assert os.listdir(tmp_path) == ["db"]  # noqa: PTH208


@warns_of_pandas
def test_every_other_column_goes_through_audformat_and_comes_back(tmp_path, demo_dir, audformat):
    clips = corpora.load("demo", demo_dir).iloc[:4].assign(
        age=[31.5, None, 44.0, 20.0], valence=[1.5, 2.0, 2.5, 3.0], rating=[1, 2, 3, 4], take=["01", "02", "1", "2"],
        room=["A", None, "B 1", "Ä"], label=["Zorn", "x", "y", "z"], trained=[True, False, True, True],
    )  # fmt: skip
    clips["when, where"] = "here"
    clips["recorded"] = pd.to_datetime(["2024-05-01"] * 4)
    clips["empty"] = None
    corpora.write_audformat(tmp_path / "db", clips, demo_dir)
    again = corpora.load("audformat", tmp_path / "db")
    columns = [column for column in clips.columns if column not in ("file", "empty")]
    pd.testing.assert_frame_equal(again[columns], clips[columns], check_dtype=False)
    assert audformat.Database.load(str(tmp_path / "db")).schemes["rating"].dtype == "int"


@warns_of_pandas
def test_the_sex_of_clips_without_a_speaker_comes_back(tmp_path, demo_dir, audformat):
    clips = corpora.load("demo", demo_dir).iloc[:2].assign(speaker=None, gender=["F", "x"])
    corpora.write_audformat(tmp_path / "db", clips, demo_dir)
    assert corpora.load("audformat", tmp_path / "db")["sex"].tolist() == clips["sex"].tolist()


@warns_of_pandas
def test_clips_of_two_folders_are_written_side_by_side(tmp_path, demo_dir, audformat):
    copy = tmp_path / "copy"
    shutil.copytree(demo_dir / "v01", copy / "v01")
    clips = corpora.load("demo", demo_dir)
    clips = pd.concat([clips[clips["speaker"] == "demo/v01"], corpora.load("demo", copy)], ignore_index=True)
    corpora.write_audformat(tmp_path / "db", clips, [demo_dir, copy])
    files = corpora.load("audformat", tmp_path / "db")["file"].str.removeprefix(f"{tmp_path}/db/audio/")
    assert len(files) == 60 and files.is_unique
    assert files.str.split("/").str[:2].str.join("/").value_counts().to_dict() == {"0/v01": 30, "1/v01": 30}


def test_a_clip_that_is_listed_twice_or_missing_or_elsewhere_is_refused(tmp_path, demo_dir, audformat):
    clips = corpora.load("demo", demo_dir).iloc[:2]
    with pytest.raises(corpora.CorpusError, match="v01_s1_ang_1.flac is listed twice; drop one of its rows"):
        corpora.write_audformat(tmp_path / "db", pd.concat([clips, clips.iloc[:1]]), demo_dir)
    with pytest.raises(corpora.CorpusError, match="gone.flac is not there; leave out that clip"):
        gone = clips.assign(file=[clips["file"][0], f"{demo_dir}/gone.flac"])
        corpora.write_audformat(tmp_path / "db", gone, demo_dir)
    with pytest.raises(corpora.CorpusError, match="lies outside of"):
        corpora.write_audformat(tmp_path / "db", clips, tmp_path)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@warns_of_pandas
def test_a_scheme_whose_tables_contradict_each_other_is_left_out_and_said(tmp_path, audformat):
    database = audformat.Database("mine")
    index = audformat.filewise_index(["a.wav", "b.wav"])
    values = {"emotion": ["sad", "angry"], "room": ["A", "B"], "confidence": [0.5, 0.7]}
    for table in ("one", "two"):
        database[table] = audformat.Table(index)
        for scheme, given in values.items():
            database.schemes[scheme] = audformat.Scheme("float" if scheme == "confidence" else "str")
            database[table][scheme] = audformat.Column(scheme_id=scheme)
            database[table][scheme].set(given)
        values["confidence"] = [0.5, 0.9]
    database.save(str(tmp_path))
    clips = corpora.load("audformat", tmp_path)
    assert clips["room"].tolist() == ["A", "B"] and "confidence" not in clips
    assert clips.attrs["left_out"] == {"a scheme whose tables contradict each other": "confidence"}


@warns_of_pandas
def test_a_database_like_emodb_is_read_with_its_speakers_and_texts(tmp_path, audformat):
    database = audformat.Database("emodb", languages=["de"])
    database.schemes["emotion"] = audformat.Scheme(labels=["anger", "boredom"])
    database.schemes["speaker"] = audformat.Scheme(labels={8: {"gender": "female"}, 10: {"gender": "male"}})
    database.schemes["transcription"] = audformat.Scheme(labels={"a01": "Der Lappen"})
    index = audformat.filewise_index(["wav/08a01Wa.wav", "wav/10a01La.wav"])
    for table, values in {"emotion": {"emotion": ["anger", "boredom"]},
                          "files": {"speaker": [8, 10], "transcription": ["a01", "a01"]}}.items():  # fmt: skip
        database[table] = audformat.Table(index)
        for column, labels in values.items():
            database[table][column] = audformat.Column(scheme_id=column)
            database[table][column].set(labels)
    database.save(str(tmp_path))
    clips = corpora.load("audformat", tmp_path)
    assert clips["emotion"].tolist() == ["bored", "angry"]
    assert clips["speaker"].tolist() == ["emodb/10", "emodb/8"]
    assert clips["sex"].tolist() == ["male", "female"] and set(clips["sentence"]) == {"Der Lappen"}
    with pytest.raises(corpora.CorpusError, match="has no labels 'mood'; its schemes are .*emotion"):
        corpora.load("audformat", tmp_path, columns={"emotion": "mood"})


@pytest.mark.parametrize(
    "header", ["!!python/object/apply:os.system ['touch pwned']", "a: [", "name: 1\ntables: {../x: {}}"]
)
def test_a_hostile_header_runs_nothing(tmp_path, audformat, header, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "db.yaml").write_text(header)
    with pytest.raises(corpora.CorpusError, match="db.yaml"):
        corpora.load("audformat", tmp_path)
    assert os.listdir(tmp_path) == ["db.yaml"]  # noqa: PTH208


@warns_of_pandas
def test_a_pickled_table_is_not_read(tmp_path, demo_dir, audformat):
    corpora.write_audformat(tmp_path / "db", corpora.load("demo", demo_dir).iloc[:2], demo_dir)
    (tmp_path / "db" / "db.files.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    (tmp_path / "db" / "db.files.csv").unlink()
    with pytest.raises(corpora.CorpusError, match="pickled ones are not read"):
        corpora.load("audformat", tmp_path / "db")


def test_a_folder_without_a_header_is_no_database(tmp_path, audformat):
    with pytest.raises(corpora.CorpusError, match="has no db.yaml; choose the folder of an audformat database"):
        corpora.load("audformat", tmp_path)


@pytest.fixture
def divided(tmp_path, audformat) -> Path:
    """A database with two tables of labels, one certain and one not, whose tables are splits."""
    database = audformat.Database("mine")
    database.schemes["emotion"] = audformat.Scheme(labels=["anger", "joy", "no_agreement"])
    database.schemes["rater"] = audformat.Scheme("str")
    for split, kind in {"train": "train", "validation": "other", "test": "test"}.items():
        database.splits[split] = audformat.Split(kind)
    tables = {"emotion.certain": ("train", ["a.wav"], ["anger"]), "emotion.more": ("test", ["b.wav"], ["joy"]),
              "emotion.open": ("validation", ["c.wav", "d.wav"], ["joy", "no_agreement"])}  # fmt: skip
    for name, (split, files, values) in tables.items():
        database[name] = audformat.Table(audformat.filewise_index(files), split_id=split)
        for column, labels in {"gold": values, "first": values[::-1]}.items():
            database[name][column] = audformat.Column(scheme_id="emotion")
            database[name][column].set(labels)
    database.save(str(tmp_path))
    return tmp_path


@warns_of_pandas
def test_columns_name_the_scheme_the_column_or_the_table_of_the_labels(divided):
    by_column = corpora.load("audformat", divided, columns="emotion=gold")
    assert by_column["emotion"].tolist() == ["angry", "happy", "happy"]
    by_table = corpora.load("audformat", divided, columns={"emotion": "emotion.certain"})
    assert by_table["file"].tolist() == [str(divided / "a.wav")] and by_table["emotion"].tolist() == ["angry"]
    assert "audformat database mine: 'emotion' is 'emotion.certain'" in corpora.notes(by_table)


@warns_of_pandas
def test_the_splits_of_a_database_are_parts_and_no_agreement_is_left_out(divided):
    clips = corpora.load("audformat", divided, columns="emotion=gold")
    assert clips["part"].tolist() == ["train", "test", "dev"]
    assert "table 'emotion.open': part dev, by its split 'validation'" in corpora.notes(clips)
    assert "left out, label 'no_agreement', which stands for no emotion: 1 file" in corpora.notes(clips)


@warns_of_pandas
def test_an_option_that_does_not_fit_a_database_is_one_sentence(divided):
    with pytest.raises(corpora.CorpusError, match="audformat takes no audio_dir, which is for table; leave it out"):
        corpora.load("audformat", divided, audio_dir=divided)
    with pytest.raises(corpora.CorpusError, match="columns names 'spekaer', but the schemes of .* are emotion, rater"):
        corpora.load("audformat", divided, columns="emotion=gold,speaker=spekaer")
    with pytest.raises(corpora.CorpusError, match="An audformat database is one folder; received 2: load them as two"):
        corpora.load("audformat", [divided, divided])
