"""Fetching that is stopped, runs into a full disk or meets a second one: no half corpus, and the next call goes on."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from loopback import ACTOR, CONTENT, PATH, Server, add_crema_d, left, listed, md5, packed_as, serving, zipped

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


STALL = 2  # s without a byte, in place of 10
CALL = f"""
import json, sys
from dataclasses import replace
from emokit.corpora.corpus import Archive
from emokit.corpora.getting import command_line as command, fetch
name, folder, archive, listed = sys.argv[1], sys.argv[2], *map(json.loads, sys.argv[3:])
ravdess = fetch.PUBLISHED["ravdess"]
fetch.PUBLISHED["ravdess"] = replace(ravdess, archive=Archive(ravdess.archive.url, *archive))
fetch.checksums = lambda name: listed
fetch.PAUSE, fetch.STALL = 0, {STALL}
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
    content = zipped({f"Actor_01/{name}": b"x" for name in ACTOR} | {f"more/{n}.txt": b"x" for n in range(2000)})
    server.files[PATH] = content
    monkeypatch.setitem(corpora.PUBLISHED, "ravdess", packed_as(content, len(content)))
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
    before, terminate = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.getsignal(signal.SIGTERM)
    try:
        with command.ending_politely():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != terminate
        assert signal.getsignal(signal.SIGTERM) == terminate
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


@pytest.mark.slow
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
    assert time.monotonic() - began < STALL + 4 and process.returncode not in (0, 1)
    assert len(server.asked) == 10 + fetching.WORKERS
    held = left(tmp_path / "crema-d")
    assert how == signal.SIGKILL or held == ["AudioWAV", *sorted(files)[:10]]
    server.stalled = set()
    server.asked.clear()
    monkeypatch.setattr(fetching, "checksums", lambda name: listed(files))
    fetch("crema-d", tmp_path)
    assert len(server.asked) == 30 and left(tmp_path / "crema-d") == ["AudioWAV", *sorted(files)]
