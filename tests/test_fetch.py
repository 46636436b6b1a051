"""Fetching against a real server on loopback: what arrives is the published file, whole, or nothing."""

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

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
    """Serves `files` by path; `asked` holds path and range.

    `cut` bytes after which each answer breaks off, `busy` codes to refuse with first, `stalled` paths that get no byte.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cut, self.ranges, self.moved, self.slow, self.asked = {}, None, True, {}, 0.0, []
        self.busy, self.stalled, self.over = [], set(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET with ranges, redirects, breaking off."""

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802
        path, server = self.path.split("?")[0], self.server
        server.asked.append((path, self.headers.get("Range")))
        if server.busy:
            self.send_error(server.busy.pop(0))
            return
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
        if path in server.stalled:
            server.over.wait(120)
            return
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
    server.over.set()
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


STALL = 1  # s without a byte, as set below
CALL = """
import json, sys
from emokit.corpora import __main__ as command, fetch
name, folder, archive, listed = sys.argv[1], sys.argv[2], *map(json.loads, sys.argv[3:])
fetch.ARCHIVES["ravdess"] = fetch.Archive(fetch.ARCHIVES["ravdess"].url, *archive)
fetch.checksums = lambda name: listed
fetch.PAUSE, fetch.STALL = 0, 1  # s
sys.exit(command.main(["fetch", name, folder]))
"""


def start(
    server: Server, folder: Path, name: str = "ravdess", *, largest: int | None = None, listed: dict | None = None
) -> subprocess.Popen:
    """Fetch in a process of its own, which may be killed or may write no file larger than `largest` bytes."""
    content = server.files[PATH]
    archive = json.dumps([f"md5:{md5(content)}", len(content), 10_000_000])
    limit = largest and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)))
    return subprocess.Popen(
        [sys.executable, "-B", "-c", CALL, name, folder, archive, json.dumps(listed)], stderr=subprocess.PIPE,
        text=True, preexec_fn=limit, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def wait_until(process: subprocess.Popen, is_so) -> None:
    while not is_so():
        assert process.poll() is None
        time.sleep(0.002)


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


STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]


@pytest.mark.parametrize("how", STOPS)
def test_a_fetch_that_is_stopped_leaves_no_corpus_and_is_resumed(server, tmp_path, how):
    server.slow = 0.1
    process = start(server, tmp_path)
    part = tmp_path / ".ravdess-download" / "ravdess.part"
    wait_until(process, lambda: part.exists() and part.stat().st_size)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert not (tmp_path / "ravdess").exists()
    server.slow = 0
    fetch("ravdess", tmp_path)
    assert server.asked[-1][1] != "bytes=0-"
    assert left(tmp_path) == ["ravdess", "ravdess/Actor_01", *(f"ravdess/Actor_01/{name}" for name in ACTOR)]


@pytest.mark.parametrize("how", STOPS)
def test_an_unpacking_that_is_stopped_leaves_no_corpus_and_needs_no_second_download(server, tmp_path, how, monkeypatch):
    content = zipped({f"Actor_01/{name}": b"x" for name in ACTOR} | {f"more/{n}.txt": b"x" for n in range(5000)})
    server.files[PATH] = content
    monkeypatch.setitem(fetching.ARCHIVES, "ravdess", Archive(
        fetching.ARCHIVES["ravdess"].url, f"md5:{md5(content)}", len(content), len(content)
    ))  # fmt: skip
    process = start(server, tmp_path)
    wait_until(process, lambda: any(tmp_path.glob(".part-ravdess-*/more")))
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode not in (0, 1)
    kept = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".part-ravdess-")}
    assert kept - {".ravdess-lock"} == {".ravdess-download"}
    assert how == signal.SIGKILL or kept == {path.name for path in tmp_path.iterdir()}
    server.asked.clear()
    assert len(corpora.load("ravdess", fetch("ravdess", tmp_path))) == 4
    assert server.asked == [] and os.listdir(tmp_path) == ["ravdess"]  # noqa: PTH208


def test_a_hangup_that_was_to_be_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with command.ending_politely():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", ["ravdess", "crema-d"])
def test_a_second_fetch_at_once_is_refused_and_names_the_first(server, crema, tmp_path, name):
    server.slow = 0.1
    server.stalled = {path for path in server.files if path != PATH}
    process = start(server, tmp_path, name, listed=listed(crema))
    wait_until(process, lambda: server.asked)
    with pytest.raises(corpora.CorpusError, match=f"{name} is being fetched .* by process {process.pid} on"):
        fetch(name, tmp_path)
    process.kill()
    process.communicate(timeout=60)
    server.slow, server.stalled = 0, set()
    assert fetch(name, tmp_path).is_dir() and os.listdir(tmp_path) == [name]  # noqa: PTH208


# Files one by one

def listed(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


@pytest.fixture
def crema(server, monkeypatch) -> dict[str, bytes]:
    files = {f"AudioWAV/1001_{sentence}_ANG_XX.wav": sentence.encode() * 1000 for sentence in ("DFA", "ITS", "TSI")}
    for name, content in files.items():
        server.files[f"/media/CheyneyComputerScience/CREMA-D/master/{name}"] = content
    monkeypatch.setattr(fetching, "checksums", lambda name: listed(files))
    return files


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


@pytest.mark.parametrize("how", STOPS)
def test_a_fetch_of_files_that_is_stopped_ends_soon_though_the_server_stalls(server, tmp_path, how, monkeypatch):
    root = "/media/CheyneyComputerScience/CREMA-D/master/"
    files = {f"AudioWAV/{actor}_DFA_ANG_XX.wav": b"%d" % actor for actor in range(1001, 1041)}
    server.files |= {root + name: content for name, content in files.items()}
    server.stalled = {root + name for name in list(files)[10:]}
    process = start(server, tmp_path, "crema-d", listed=listed(files))
    wait_until(process, lambda: len(server.asked) == 10 + fetching.WORKERS)
    began = time.monotonic()
    process.send_signal(how)
    process.communicate(timeout=100)
    assert time.monotonic() - began < STALL + 2 and process.returncode not in (0, 1)
    assert len(server.asked) == 10 + fetching.WORKERS
    held = left(tmp_path / "crema-d")
    assert how == signal.SIGKILL or held == ["AudioWAV", *sorted(files)[:10]]
    server.stalled = set()
    server.asked.clear()
    monkeypatch.setattr(fetching, "checksums", lambda name: listed(files))
    fetch("crema-d", tmp_path)
    assert len(server.asked) == 30 and left(tmp_path / "crema-d") == ["AudioWAV", *sorted(files)]


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
