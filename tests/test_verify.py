"""Whether a corpus on disk is the published one: complete, missing, changed, extra, converted."""

import hashlib
from pathlib import Path

import pytest

from emokit import corpora
from emokit.corpora.getting import command_line as command
from emokit.corpora.getting import verify as verifying

ACTOR = [f"03-01-01-01-0{sentence}-0{take}-01.wav" for sentence in (1, 2) for take in (1, 2)]


@pytest.fixture
def published(tmp_path, monkeypatch) -> Path:
    """A folder of four published files, and their list in place of the whole one."""
    folder = tmp_path / "ravdess" / "Actor_01"
    folder.mkdir(parents=True)
    for name in ACTOR:
        (folder / name).write_bytes(name.encode())
    listed = {f"Actor_01/{name}": hashlib.sha256(name.encode()).hexdigest() for name in ACTOR}
    monkeypatch.setattr(verifying, "checksums", lambda name: listed)
    return folder


def test_a_complete_corpus_verifies(published, capsys):
    assert command.main(["verify", "ravdess", str(published.parent)]) == 0
    assert capsys.readouterr().out == "RAVDESS: complete: all 4 files are as published\n"


def test_missing_changed_extra_and_converted_files_are_counted(published, capsys):
    (published / ACTOR[0]).unlink()
    (published / ACTOR[1]).write_bytes(b"changed")
    (published / ACTOR[2]).rename(published / ACTOR[2].replace(".wav", ".flac"))
    (published / "mine.wav").write_bytes(b"extra")
    difference = verifying.verify("ravdess", published.parent)
    assert difference == (1, [ACTOR[0]], [ACTOR[1]], ["Actor_01/mine.wav"], [ACTOR[2]])
    assert command.main(["verify", "ravdess", str(published.parent)]) == 1
    assert "1 as published, 1 missing, 1 changed, 1 extra, 1 converted" in capsys.readouterr().out


def test_a_right_second_copy_elsewhere_is_neither_extra_nor_changed(published):
    (published.parent / "copy").mkdir()
    (published.parent / "copy" / ACTOR[0]).write_bytes((published / ACTOR[0]).read_bytes())
    assert not any(verifying.verify("ravdess", published.parent)[1:])


def test_a_file_whose_name_ends_in_capitals_is_right(published):
    (published / ACTOR[0]).rename(published / ACTOR[0].replace(".wav", ".WAV"))
    assert not any(verifying.verify("ravdess", published.parent)[1:])


def test_the_old_name_of_a_clip_of_crema_d_is_right(tmp_path, monkeypatch):
    listed = {"AudioWAV/1040_ITH_SAD_XX.wav": hashlib.sha256(b"sound").hexdigest()}
    monkeypatch.setattr(verifying, "checksums", lambda name: listed)
    (tmp_path / "1040_ITH_SAD_X.wav").write_bytes(b"sound")
    assert verifying.verify("crema-d", tmp_path) == (1, [], [], [], [])
    (tmp_path / "1040_ITH_SAD_X.wav").write_bytes(b"other")
    assert verifying.verify("crema-d", tmp_path).changed == ["1040_ITH_SAD_XX.wav"]


def test_the_lists_hold_every_published_clip():
    for name in verifying.LISTED:
        listed = verifying.checksums(name)
        assert len(listed) == corpora.expected(name)["clips"]
        assert {len(digest) for digest in listed.values()} == {64}


def test_a_corpus_without_a_list_says_which_have_one(tmp_path):
    with pytest.raises(corpora.CorpusError, match="there are lists for ravdess, crema-d"):
        verifying.verify("emodb", tmp_path)
