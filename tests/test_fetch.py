"""Fetching against a real server on loopback: what arrives is the published file, whole, or nothing."""

import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from emokit import corpora
from emokit.corpora import __main__ as command
from emokit.corpora import fetch as fetching
from emokit.corpora.fetch import Archive, fetch

ACTOR = [f"03-01-01-01-0{sentence}-0{take}-01.wav" for sentence in (1, 2) for take in (1, 2)]
PATH = "/records/1188976/files/Audio_Speech_Actors_01-24.zip"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


CONTENT = zipped({f"Actor_01/{name}": name.encode() * 5000 for name in ACTOR})


class Server(ThreadingHTTPServer):
    """Serves `files` by path; `cut` bytes after which each answer breaks off; `asked` holds path and range."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.ranges, self.moved, self.slow, self.asked = {}, None, True, {}, 0.0, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET with ranges, redirects, breaking off."""

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802
        path, server = self.path.split("?")[0], self.server
        server.asked.append((path, self.headers.get("Range")))
        if path in server.moved:
            self.send_response(302)
            self.send_header("Location", server.moved[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path not in server.files:
            self.send_error(404)
            return
        content = server.files[path]
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if server.ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content) if server.cut is None else start + server.cut
        for place in range(start, min(end, len(content)), 50_000):
            with suppress(ConnectionError):  # a client that was killed
                self.wfile.write(content[place : min(place + 50_000, end)])
            time.sleep(server.slow)


@pytest.fixture
def server(monkeypatch):
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.files[PATH] = CONTENT
    monkeypatch.setenv("EMOKIT_MIRROR", server.url)
    monkeypatch.setattr(fetching, "PAUSE", 0)
    small = Archive(fetching.ARCHIVES["ravdess"].url, f"md5:{md5(CONTENT)}", len(CONTENT), 2 * len(CONTENT))
    monkeypatch.setitem(fetching.ARCHIVES, "ravdess", small)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def left(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


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
    assert corpus.url in str(caught.value) and f"{tmp_path / name}/{corpus.example} is there" in str(caught.value)


CALL = """
import sys
from emokit.corpora import __main__ as command, fetch
fetch.ARCHIVES["ravdess"] = fetch.Archive(fetch.ARCHIVES["ravdess"].url, "md5:{md5}", {size}, {unpacked})
fetch.PAUSE = 0
sys.exit(command.main(["fetch", "ravdess", sys.argv[1]]))
"""


def start(server: Server, folder: Path, *, largest: int | None = None) -> subprocess.Popen:
    """Fetch in a process of its own, which may be killed or may write no file larger than `largest` bytes."""
    content = server.files[PATH]
    code = CALL.format(md5=md5(content), size=len(content), unpacked=10_000_000)
    limit = largest and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)))
    return subprocess.Popen(
        [sys.executable, "-B", "-c", code, folder], stderr=subprocess.PIPE, text=True, preexec_fn=limit,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_full_disk_names_path_and_bytes_and_the_next_call_goes_on(server, tmp_path):
    process = start(server, tmp_path, largest=100_000)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert f"100,000 of {len(CONTENT):,} bytes could be written (File too large)" in error
    assert not (tmp_path / "ravdess").exists()
    fetch("ravdess", tmp_path)
    assert server.asked[-1][1] == "bytes=100000-"


def test_a_disk_that_fills_while_unpacking_leaves_nothing_half_unpacked(server, tmp_path):
    files = {f"Actor_01/{name}": b"small" for name in ACTOR} | {"Actor_01/long.wav": bytes(3_000_000)}
    server.files[PATH] = zipped(files, zipfile.ZIP_DEFLATED)
    process = start(server, tmp_path, largest=1_000_000)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "long.wav" in error and "File too large" in error
    assert left(tmp_path) == [".ravdess-download", ".ravdess-download/ravdess.zip"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_fetch_that_is_stopped_leaves_no_corpus_and_is_resumed(server, tmp_path, how):
    server.slow = 0.1
    process = start(server, tmp_path)
    part = tmp_path / ".ravdess-download" / "ravdess.part"
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert not (tmp_path / "ravdess").exists()
    server.slow = 0
    fetch("ravdess", tmp_path)
    assert server.asked[-1][1] != "bytes=0-"
    assert left(tmp_path) == ["ravdess", "ravdess/Actor_01", *(f"ravdess/Actor_01/{name}" for name in ACTOR)]


# Files one by one

@pytest.fixture
def crema(server, monkeypatch) -> dict[str, bytes]:
    files = {f"AudioWAV/1001_{sentence}_ANG_XX.wav": sentence.encode() * 1000 for sentence in ("DFA", "ITS", "TSI")}
    for name, content in files.items():
        server.files[f"/media/CheyneyComputerScience/CREMA-D/master/{name}"] = content
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(fetching, "checksums", lambda name: listed)
    return files


def test_crema_d_comes_file_by_file_and_only_what_is_missing(server, crema, tmp_path):
    folder = fetch("crema-d", tmp_path)
    assert len(corpora.load("crema-d", folder)) == 3
    (folder / "AudioWAV/1001_DFA_ANG_XX.wav").write_bytes(b"damaged")
    (folder / "AudioWAV/tmp12345678").write_bytes(b"of a killed call")
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


# The command

def test_list_names_every_corpus_with_its_licence(capsys):
    assert command.main(["list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out and corpus.licence in out for name, corpus in corpora.PUBLISHED.items())


def test_an_error_is_one_sentence_on_stderr(tmp_path, capsys):
    assert command.main(["fetch", "ravdes", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith("Nothing to fetch for 'ravdes'; there are ravdess, emodb, tess, crema-d, savee")
