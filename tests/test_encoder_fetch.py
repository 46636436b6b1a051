"""Fetching an encoder against a real server on loopback: what arrives is the published file, whole, or nothing."""

import hashlib
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from loopback import left, serving
from weights import drawn_whisper, write_ctranslate2

from emokit.corpora.getting import fetch as corpora_fetch
from emokit.features import ENCODERS, EncoderError, EncoderSettings
from emokit.features.__main__ import main
from emokit.features.fetching import fetch

NAME = "whisper-base"
PATH = urlsplit(ENCODERS[NAME].url).path


@pytest.fixture
def content(tmp_path):
    """A small network in place of the published one."""
    return write_ctranslate2(tmp_path / "source" / "model.bin", drawn_whisper()).read_bytes()


@pytest.fixture
def server(monkeypatch, tmp_path, content):
    monkeypatch.setenv("EMOKIT_ENCODERS", str(tmp_path / "home"))
    known = replace(ENCODERS[NAME], sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    monkeypatch.setitem(ENCODERS, NAME, known)
    with serving(monkeypatch) as server:
        server.files[PATH] = content
        yield server


def test_what_is_fetched_is_found_by_its_name_and_says_what_it_was_trained_on(server, tmp_path):
    said = []
    folder = fetch(NAME, say=said.append)
    assert folder == tmp_path / "home" / NAME and left(folder) == ["model.bin"]
    assert EncoderSettings(NAME).sha256 == ENCODERS[NAME].sha256
    assert said[0].startswith("whisper-base: MIT. Trained by OpenAI on 680,000 hours") and "by its name" in said[-1]


def test_a_folder_of_ones_own_is_named_as_the_encoder(server, tmp_path, capsys):
    assert main(["fetch", NAME, str(tmp_path / "mine")]) == 0
    folder = tmp_path / "mine" / NAME
    assert f"name this folder as the encoder: {folder}" in capsys.readouterr().out
    assert EncoderSettings(folder).n_bands == EncoderSettings(folder / "model.bin").n_bands == 64


def test_what_is_there_is_not_fetched_again(server):
    fetch(NAME)
    server.asked.clear()
    fetch(NAME)
    assert server.asked == []


def test_a_download_that_is_cut_off_goes_on_where_it_stopped(server, content):
    server.cut = len(content) // 2
    folder = fetch(NAME)
    assert len(server.asked) > 1 and server.asked[-1][1] != "bytes=0-"
    assert (folder / "model.bin").read_bytes() == content and left(folder) == ["model.bin"]


def test_a_wrong_checksum_leaves_nothing(server, content, tmp_path):
    server.files[PATH] = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(EncoderError, match=r"is not whisper-base as published: its checksum is another.*EMOKIT_MIRROR"):
        fetch(NAME)
    assert left(tmp_path / "home") == [NAME]


def test_a_file_of_ones_own_in_that_place_is_left_alone(server, tmp_path):
    mine = tmp_path / "home" / NAME / "model.bin"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(EncoderError, match="is there, but is not whisper-base as published; move it away"):
        fetch(NAME)
    assert mine.read_bytes() == b"mine" and server.asked == []


def test_offline_it_is_one_sentence_on_stderr(server, monkeypatch, capsys):
    monkeypatch.setenv(corpora_fetch.MIRROR, "http://127.0.0.1:9")
    assert main(["fetch", NAME]) == 1
    out, err = capsys.readouterr()
    assert err.count("\n") == 1 and "was cut off 5 times; 0 of" in err and "run again" in err


def test_an_unknown_name_lists_what_there_is(tmp_path, capsys):
    assert main(["fetch", "whisper-bass", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "Nothing to fetch for 'whisper-bass'; there are whisper-tiny.en, whisper-base.\n"
