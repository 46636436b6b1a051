"""Fetching against a real server on loopback: what arrives is the published file, whole, or nothing."""

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from loopback import ACTOR, CONTENT, PATH, add_crema_d, left, serving

from emokit import corpora
from emokit.corpora.getting import command_line as command
from emokit.corpora.getting import fetch as fetching
from emokit.corpora.getting.fetch import fetch


@pytest.fixture
def server(monkeypatch):
    with serving(monkeypatch) as server:
        yield server


@pytest.fixture
def crema(server, monkeypatch):
    return add_crema_d(server, monkeypatch)


# Archives

def test_what_arrives_is_ready_to_load_and_the_licence_is_shown(server, tmp_path):
    said = []
    folder = fetch("ravdess", tmp_path, said.append)
    assert len(corpora.load("ravdess", folder)) == 4
    assert left(tmp_path) == ["ravdess", "ravdess/Actor_01", *(f"ravdess/Actor_01/{name}" for name in ACTOR)]
    assert "CC BY-NC-SA 4.0" in said[0] and "4 clips of 1,440 published" in said[-1]


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    server.files[PATH] = CONTENT[:-1] + b"x"
    with pytest.raises(corpora.CorpusError, match="is not the published file"):
        fetch("ravdess", tmp_path)
    assert left(tmp_path) == []


def test_a_download_that_is_cut_off_goes_on_where_it_stopped(server, tmp_path):
    server.cut = len(CONTENT) // 3
    fetch("ravdess", tmp_path)
    starts = [int(asked[6:-1]) for _, asked in server.asked]
    lost = [server.cut - (later - start) for start, later in pairwise(starts)]
    assert len(starts) > 3 and all(0 <= bytes_ < fetching.CHUNK for bytes_ in lost)
    assert len(corpora.load("ravdess", tmp_path / "ravdess")) == 4


def test_a_download_that_is_always_cut_off_is_kept_for_the_next_call(server, tmp_path):
    server.cut = fetching.CHUNK
    with pytest.raises(corpora.CorpusError, match=r"was cut off 5 times; 81,920 of 480,590 bytes are kept"):
        fetch("ravdess", tmp_path)
    server.cut = None
    fetch("ravdess", tmp_path)
    assert server.asked[-1][1] == f"bytes={5 * fetching.CHUNK}-"


def test_a_server_without_ranges_sends_it_all_again(server, tmp_path):
    server.cut = fetching.CHUNK
    with pytest.raises(corpora.CorpusError, match="cut off"):
        fetch("ravdess", tmp_path)
    server.cut, server.ranges = None, False
    assert len(corpora.load("ravdess", fetch("ravdess", tmp_path))) == 4


def test_a_redirect_is_followed(server, tmp_path):
    server.files["/elsewhere.zip"] = server.files.pop(PATH)
    server.moved[PATH] = f"{server.url}/elsewhere.zip"
    assert fetch("ravdess", tmp_path).is_dir()
    assert [path for path, _ in server.asked] == [PATH, "/elsewhere.zip"]


def test_an_endless_redirect_is_an_error_in_one_sentence(server, tmp_path):
    server.moved[PATH] = server.url + PATH
    with pytest.raises(corpora.CorpusError, match="Exceeded 30 redirects"):
        fetch("ravdess", tmp_path)


def test_more_than_was_published_is_refused(server, tmp_path):
    server.files[PATH] = CONTENT + b"x" * 500_000
    with pytest.raises(corpora.CorpusError, match="sends more than the"):
        fetch("ravdess", tmp_path)
    assert not (tmp_path / "ravdess").exists()
    server.files[PATH] = CONTENT
    assert fetch("ravdess", tmp_path).is_dir()


def test_a_missing_file_names_the_mirror(server, tmp_path):
    server.files.clear()
    with pytest.raises(corpora.CorpusError, match="404.*EMOKIT_MIRROR"):
        fetch("ravdess", tmp_path)


def test_no_server_at_all_is_an_error_in_one_sentence(server, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOKIT_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(corpora.CorpusError, match="cut off 5 times; 0 of"):
        fetch("ravdess", tmp_path)


def test_a_folder_that_is_there_is_left_alone(server, tmp_path):
    (tmp_path / "ravdess").mkdir()
    (tmp_path / "ravdess" / "mine.wav").write_bytes(b"mine")
    with pytest.raises(corpora.CorpusError, match="is there, but is not all of RAVDESS"):
        fetch("ravdess", tmp_path)
    assert left(tmp_path) == ["ravdess", "ravdess/mine.wav"]
    assert server.asked == []


def test_the_mirror_keeps_path_and_query(monkeypatch):
    monkeypatch.setenv("EMOKIT_MIRROR", "https://mirror.example/zenodo/")
    assert fetching.address("https://zenodo.org/a/b.zip?download=1") == "https://mirror.example/zenodo/a/b.zip?download=1"
    monkeypatch.delenv("EMOKIT_MIRROR")
    assert fetching.address("https://zenodo.org/a/b.zip?download=1") == "https://zenodo.org/a/b.zip?download=1"


@pytest.mark.parametrize("name", ["savee", "iemocap", "emovo"])
def test_a_corpus_behind_a_form_says_where_to_ask_and_where_to_place_it(tmp_path, name):
    corpus = corpora.PUBLISHED[name]
    with pytest.raises(corpora.CorpusError) as caught:
        fetch(name, tmp_path)
    assert corpus.url in str(caught.value) and f"{tmp_path / name}/{corpus.example}" in str(caught.value)
    labels = f"{tmp_path / name}/Session*/dialog/EmoEvaluation/*.txt"
    assert (labels in str(caught.value)) == (name == "iemocap")


def test_a_corpus_without_a_known_download_says_where_it_is_published(tmp_path, monkeypatch):
    mine = replace(corpora.PUBLISHED["savee"], name="mine", title="Mine", url="https://mine.example")
    monkeypatch.setitem(corpora.PUBLISHED, "mine", mine)
    with pytest.raises(corpora.CorpusError, match=r"Mine .*https://mine.example.*mine/AudioData/DC/a01.wav is there"):
        fetch("mine", tmp_path)


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(server, tmp_path, code):
    server.busy = [code, code]
    assert len(corpora.load("ravdess", fetch("ravdess", tmp_path))) == 4


def test_a_server_that_stays_busy_is_named_with_its_answer(server, tmp_path):
    server.busy = [503] * 10
    with pytest.raises(corpora.CorpusError, match="The server refuses .503.*try later"):
        fetch("ravdess", tmp_path)
    assert len(server.asked) == fetching.ATTEMPTS


def test_only_the_space_for_what_is_missing_is_required(server, tmp_path, monkeypatch):
    server.cut = fetching.CHUNK
    with pytest.raises(corpora.CorpusError, match="cut off"):
        fetch("ravdess", tmp_path)
    server.cut, have = None, 5 * fetching.CHUNK
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * len(CONTENT) - have - 1))
    with pytest.raises(corpora.CorpusError, match=f"{3 * len(CONTENT) - have:,} are needed"):
        fetch("ravdess", tmp_path)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * len(CONTENT) - have))
    assert fetch("ravdess", tmp_path).is_dir()


# Files one by one

def test_crema_d_comes_file_by_file_and_only_what_is_missing(server, crema, tmp_path):
    folder = fetch("crema-d", tmp_path)
    assert len(corpora.load("crema-d", folder)) == 3
    (folder / "AudioWAV/1001_DFA_ANG_XX.wav").write_bytes(b"damaged")
    (folder / "AudioWAV/tmp12ab_678").write_bytes(b"of a killed call")
    server.asked.clear()
    fetch("crema-d", tmp_path)
    assert [Path(path).name for path, _ in server.asked] == ["1001_DFA_ANG_XX.wav"]
    assert left(folder) == ["AudioWAV", *sorted(crema)]


def test_a_wrong_file_of_crema_d_is_not_kept(server, crema, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)
    server.files["/media/CheyneyComputerScience/CREMA-D/master/AudioWAV/1001_DFA_ANG_XX.wav"] = b"another"
    with pytest.raises(corpora.CorpusError, match="1001_DFA_ANG_XX.wav.*run again, what is there stays"):
        fetch("crema-d", tmp_path)
    assert "1001_DFA_ANG_XX.wav" not in os.listdir(tmp_path / "crema-d" / "AudioWAV")  # noqa: PTH208


def test_the_users_own_files_beside_crema_d_stay(server, crema, tmp_path):
    mine = ["crema-d/notes/tmp12345678", "crema-d/AudioWAV/tmp.wav", "crema-d/AudioWAV/tmp_mine.txt"]
    for name in mine:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / "crema-d/AudioWAV/tmpabcdefgh").mkdir()
    fetch("crema-d", tmp_path)
    assert {*mine, "crema-d/AudioWAV/tmpabcdefgh"} <= set(left(tmp_path))


def test_a_busy_server_is_asked_again_for_a_file(server, crema, tmp_path):
    server.busy = [503, 429]
    assert len(corpora.load("crema-d", fetch("crema-d", tmp_path))) == 3


# The command

def test_list_names_every_corpus_with_its_licence(capsys):
    assert command.main(["list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out and corpus.licence in out for name, corpus in corpora.PUBLISHED.items())


def test_an_error_is_one_sentence_on_stderr(tmp_path, capsys):
    assert command.main(["fetch", "ravdes", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith("Nothing to fetch for 'ravdes'; there are") and "ravdess, crema-d, emodb, savee, tess" in err
