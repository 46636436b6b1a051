"""A server on loopback in place of the publishers, for the tests of fetching."""

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from emokit.corpora import PUBLISHED
from emokit.corpora.corpus import Corpus
from emokit.corpora.getting import fetch as fetching

ACTOR = [f"03-01-01-01-0{sentence}-0{take}-01.wav" for sentence in (1, 2) for take in (1, 2)]
PATH = "/records/1188976/files/Audio_Speech_Actors_01-24.zip"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


CONTENT = zipped({f"Actor_01/{name}": name.encode() * 5000 for name in ACTOR})


def packed_as(content: bytes, unpacked: int) -> Corpus:
    """RAVDESS, its archive having these bytes."""
    corpus = PUBLISHED["ravdess"]
    archive = replace(corpus.archive, checksum=f"md5:{md5(content)}", size=len(content), unpacked=unpacked)
    return replace(corpus, archive=archive)


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


@contextmanager
def serving(monkeypatch) -> Iterator[Server]:
    """A server that holds four clips of RAVDESS, packed, and is asked in place of the publisher."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.files[PATH] = CONTENT
    monkeypatch.setenv("EMOKIT_MIRROR", server.url)
    monkeypatch.setattr(fetching, "PAUSE", 0)
    monkeypatch.setitem(PUBLISHED, "ravdess", packed_as(CONTENT, 2 * len(CONTENT)))
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def left(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def listed(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def add_crema_d(server: Server, monkeypatch) -> dict[str, bytes]:
    """Let a server hold three clips of CREMA-D too; gives them by name."""
    files = {f"AudioWAV/1001_{sentence}_ANG_XX.wav": sentence.encode() * 1000 for sentence in ("DFA", "ITS", "TSI")}
    for name, content in files.items():
        server.files[f"/media/CheyneyComputerScience/CREMA-D/master/{name}"] = content
    monkeypatch.setattr(fetching, "checksums", lambda name: listed(files))
    return files
