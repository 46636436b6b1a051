"""audformat databases of segments and of splits, both ways."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audio, corpora

audformat = pytest.importorskip("audformat", reason="the extra audformat is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # audformat 1.4.3 under pandas 3.1
RATE = 16_000


@pytest.fixture
def database(tmp_path):
    """Two recordings with three segments, the speakers of whole files, and splits of segments."""
    for name in ("a.wav", "b.wav"):
        sf.write(tmp_path / name, 0.1 * np.random.default_rng(0).standard_normal(3 * RATE), RATE)
    database = audformat.Database("calls", languages=["de"])
    database.schemes["emotion"] = audformat.Scheme(labels=["anger", "joy"])
    database.schemes["speaker"] = audformat.Scheme("str")
    database.schemes["room"] = audformat.Scheme("str")
    for kind in ("train", "test"):
        database.splits[kind] = audformat.Split(kind)
    tables = {
        "emotion.train": (audformat.segmented_index(["a.wav", "a.wav"], ["0s", "1.25s"], ["1s", "2.5s"]),
                          "train", {"emotion": ["anger", "joy"]}),
        "emotion.test": (audformat.segmented_index(["b.wav"], ["0.5s"], [pd.NaT]), "test", {"emotion": ["joy"]}),
        "files": (audformat.filewise_index(["a.wav", "b.wav"]), None, {"speaker": ["x", "y"], "room": ["A", "B"]}),
    }  # fmt: skip
    for name, (index, split, columns) in tables.items():
        database[name] = audformat.Table(index, split_id=split)
        for column, values in columns.items():
            database[name][column] = audformat.Column(scheme_id=column)
            database[name][column].set(values)
    return database


def test_segments_of_a_database_are_clips_with_what_is_said_of_their_files(tmp_path, database):
    database.save(str(tmp_path))
    clips = corpora.load("audformat", tmp_path)
    path = str(tmp_path / "a.wav")
    assert clips["file"].tolist() == [f"{path}#t=0,1", f"{path}#t=1.25,2.5", f"{tmp_path / 'b.wav'}#t=0.5"]
    assert clips["emotion"].tolist() == ["angry", "happy", "happy"]
    assert clips["speaker"].tolist() == ["calls/x", "calls/x", "calls/y"] and clips["room"].tolist() == ["A", "A", "B"]
    assert clips["recording"].tolist() == [path, path, str(tmp_path / "b.wav")]
    assert clips["start"].tolist() == [0, 1.25, 0.5] and clips["end"].tolist()[:2] == [1, 2.5]
    assert len(audio.read(clips["file"].iloc[1])) == 1.25 * RATE and len(audio.read(clips["file"].iloc[2])) == 40_000


def test_splits_of_a_database_are_parts(tmp_path, database):
    database.save(str(tmp_path))
    assert corpora.load("audformat", tmp_path)["part"].tolist() == ["train", "train", "test"]


def test_a_clip_in_two_splits_is_refused(tmp_path, database):
    database["files"].split_id = "test"
    database.save(str(tmp_path))
    with pytest.raises(corpora.CorpusError, match="a.wav.* is in the splits train and test; take it out of one"):
        corpora.load("audformat", tmp_path)


def test_segments_go_through_audformat_and_come_back(tmp_path, database):
    (tmp_path / "one").mkdir()
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).rename(tmp_path / "one" / name)
    database.save(str(tmp_path / "one"))
    clips = corpora.load("audformat", tmp_path / "one")
    corpora.write_audformat(tmp_path / "two", clips, tmp_path / "one")
    assert len(list((tmp_path / "two" / "audio").iterdir())) == 2
    again = corpora.load("audformat", tmp_path / "two")
    columns = ["emotion", "speaker", "room", "start", "end", "part"]
    pd.testing.assert_frame_equal(again[columns], clips[columns], check_dtype=False)
    np.testing.assert_array_equal(audio.read(again["file"].iloc[1]), audio.read(clips["file"].iloc[1]))
