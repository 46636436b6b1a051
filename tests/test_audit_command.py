"""`python -m emokit.audit` finds out how a folder is laid out, says so first, and refuses in one sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from emokit import corpora
from emokit.audit.__main__ import main


@pytest.fixture
def some(demo_dir):
    """Ten clips of each of two demo voices, two an emotion."""
    clips = corpora.load("demo", demo_dir)
    clips = clips[clips["speaker"].isin(["demo/v01", "demo/v02"])]
    return clips.groupby(["speaker", "emotion"]).head(2).reset_index(drop=True)


def renamed(clips: pd.DataFrame, folder: Path, names: list[str]) -> Path:
    """Copies of the clips under other names."""
    for file, name in zip(clips["file"], names, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / name)
    return folder


def own_names(clips: pd.DataFrame) -> list[str]:
    who = clips["speaker"].map({"demo/v01": "ada", "demo/v02": "bob"})
    return [f"{emotion}/{name}_{n}.flac" for n, (emotion, name) in enumerate(zip(clips["emotion"], who, strict=True))]


def lines(capsys) -> list[str]:
    told = capsys.readouterr()
    assert told.err == ""
    return told.out.splitlines()


def test_a_published_corpus_is_recognised_by_its_names(some, tmp_path, capsys):
    codes = {"neutral": "01", "happy": "03", "sad": "04", "angry": "05", "fearful": "06"}
    who = some["speaker"].str[-2:]
    take = some.groupby(["speaker", "emotion"]).cumcount() + 1
    parts = zip(who, some["emotion"].map(codes), take, strict=True)
    names = [f"Actor_{actor}/03-01-{emotion}-01-01-{number:02}-{actor}.flac" for actor, emotion, number in parts]
    folder = renamed(some, tmp_path / "corpus", names)
    shutil.copy(some["file"].iloc[0], folder / "Actor_01" / "room tone.flac")  # one stranger changes nothing
    main([str(folder)])
    told = lines(capsys)
    assert told[:2] == [
        "Read as RAVDESS.", "left out, not named like a clip of RAVDESS: 1 file, such as Actor_01/room tone.flac"
    ]
    assert told[3].startswith("20 clips: ") and "unknown label" not in "\n".join(told)


def test_the_demo_corpus_needs_no_name_and_is_sound(demo_dir):
    done = subprocess.run([sys.executable, "-m", "emokit.audit", demo_dir], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    nothing = "Nothing was left out, renamed or dropped in loading."
    assert done.stdout.startswith(f"Read as the demo corpus.\n{nothing}\n\n360 clips: 0 severe, 0 warning, ")


def test_the_parts_of_a_table_are_audited_too_and_one_that_is_severe_shows_in_the_exit(some, tmp_path, capsys):
    folder = renamed(some, tmp_path / "own", own_names(some))
    table = some[["emotion"]].assign(file=own_names(some), speaker=some["speaker"].str[-1])
    table["part"] = table["speaker"].map({"1": "train", "2": "test"})
    table.to_csv(folder / "clips.csv", index=False)
    assert main([str(folder / "clips.csv")]) == 0 and "across parts" not in "\n".join(lines(capsys))
    shutil.copy(folder / table["file"].iloc[0], folder / table["file"].iloc[-1])
    assert main([str(folder / "clips.csv")]) == 1
    assert "is in train and holds the same sound as" in "\n".join(lines(capsys))


def test_a_table_is_recognised_by_its_ending(some, tmp_path, capsys):
    folder = renamed(some, tmp_path / "own", own_names(some))
    table = some[["emotion", "speaker"]].assign(file=own_names(some))
    table.to_csv(folder / "clips.csv", index=False)
    assert main([str(folder / "clips.csv")]) == 0
    assert lines(capsys)[0] == "Read as table."
    assert corpora.looks_like(folder) == "folders"
    assert main([str(tmp_path / "gone.tsv")]) == 2 and "There is no table" in capsys.readouterr().err


def test_a_database_is_recognised_by_its_header(some, tmp_path):
    folder = renamed(some, tmp_path / "own", own_names(some))
    (folder / "db.yaml").touch()
    assert corpora.looks_like(folder) == "audformat"


def test_other_folders_are_classes_and_a_pattern_tells_their_speakers(some, tmp_path, capsys):
    folder = renamed(some, tmp_path / "own", own_names(some))
    main([str(folder)])
    told = "\n".join(lines(capsys))
    assert told.startswith("Read as folders.\n") and "\n20 clips: " in told and "missing speaker" in told
    main([str(folder), "--speaker", "^([a-z]+)_"])
    told = "\n".join(lines(capsys))
    assert told.startswith("Read as folders.\n") and "\n20 clips: " in told and "missing speaker" not in told


def test_a_name_that_is_given_holds_against_the_look(demo_dir, capsys):
    patterns = ["--emotion-pattern", "_([a-z]+)_[0-9]+$", "--speaker-pattern", "^(v..)/"]
    main([str(demo_dir), "--corpus", "folders", *patterns])
    told = "\n".join(lines(capsys))
    assert told.startswith("Read as folders.") and "neu → neutral" in told and "unknown label" not in told


def test_a_pattern_for_what_is_not_folders_is_refused(demo_dir, capsys):
    assert main([str(demo_dir), "--speaker", "^(v..)_"]) == 2
    told = capsys.readouterr()
    said = "--speaker-pattern is for folders; leave it out or add --corpus folders.\n"
    assert told.out == "" and told.err.endswith(said)


def test_a_folder_that_cannot_be_read_is_one_sentence(tmp_path, capsys):
    for folder, reason in ((tmp_path / "nowhere", "There is no folder"), (tmp_path, "holds no sound files")):
        assert main([str(folder)]) == 2
        told = capsys.readouterr()
        assert told.out == "" and reason in told.err and told.err.count("\n") == 1


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_no_threads_are_refused_in_words(jobs, demo_dir, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(demo_dir), "--jobs", jobs])
    assert stopped.value.code == 2
    assert f"argument --jobs: '{jobs}' is no number of threads; give 1 or more" in capsys.readouterr().err
