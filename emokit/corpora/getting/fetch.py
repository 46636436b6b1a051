"""Downloads a corpus: resumed where it stopped, checked before it is used, unpacked whole or not at all."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from emokit import lock
from emokit.corpora import PUBLISHED, counts, load
from emokit.corpora.corpus import Archive, Corpus, CorpusError
from emokit.corpora.getting.unpack import unpack
from emokit.corpora.getting.verify import checksums

MIRROR = "EMOKIT_MIRROR"  # environment variable: another host (and path) in place of the publisher's
ATTEMPTS = 5
PAUSE = 1.0  # s before the second attempt, growing by as much with each
TIMEOUT = 30  # s without a byte
STALL = 10  # the same where a corpus is many files; an interruption waits no longer for its workers
CHUNK = 2**14  # bytes; what a broken connection loses at most
WORKERS = 8  # downloads at a time, where a corpus is many files
UNFINISHED = re.compile(r"tmp[a-z0-9_]{8}")  # pooch's names (tempfile's) for files that are still coming


def fetch(name: str, data_dir: str | Path, say: Callable[[str], None] = print) -> Path:
    """Download a corpus into `data_dir/name`; a later call goes on where an earlier one was cut off.

    Args:
        name: a corpus that may be had freely; for any other the error says where to ask and what to place where.
        data_dir: the folder that gets the corpus's folder.
        say: takes the lines that tell what happens, the licence first.

    Returns:
        The folder, ready for `corpora.load(name, folder)`.

    Raises:
        CorpusError: what failed, what was kept, and what to do.
        atomic_files.WriteError: when the disk is full while unpacking.
    """
    named = [name for name, corpus in PUBLISHED.items() if corpus.by_hand]
    if name not in named:
        raise CorpusError(f"Nothing to fetch for {name!r}; there are {', '.join(named)}.")
    corpus, folder = PUBLISHED[name], Path(data_dir).absolute() / name
    if not (corpus.archive or corpus.files_at):
        steps = corpus.by_hand.format(url=corpus.url, folder=folder, clip=folder / corpus.example)
        raise CorpusError(f"{corpus.title} cannot be fetched (licence: {corpus.licence}): {steps}.")
    say(f"{corpus.title}: {corpus.licence}. Cite {corpus.citation}; {corpus.url}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            _fetch_archive(corpus.archive, corpus, folder) if corpus.archive else _fetch_files(corpus, folder)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise CorpusError(f"{folder} cannot be made ({error.strerror}: {error.filename}); choose another.") from error
    say(f"{folder}: {_counted(name, folder)}")
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from fetching into a folder meanwhile."""
    path = folder.with_name(f".{folder.name}-lock")
    try:
        lock.take(path)
    except lock.TakenError as holder:
        what = f"{folder.name} is being fetched into {folder.parent} by {holder}"
        raise CorpusError(f"{what}; wait, or stop it.") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release(path)


def _fetch_archive(archive: Archive, corpus: Corpus, folder: Path) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    if folder.exists():
        if _is_whole(corpus.name, folder):
            return
        raise CorpusError(f"{folder} is there, but is not all of {corpus.title}; move it away and run again.")
    downloads, url = folder.with_name(f".{corpus.name}-download"), address(archive.url)  # keeps what is cut off
    part, whole = downloads / f"{corpus.name}.part", downloads / f"{corpus.name}.zip"
    free = shutil.disk_usage(folder.parent).free
    if free < (needed := archive.size + archive.unpacked - max(_size(part), _size(whole))):
        what = f"{folder.parent} has {free:,} bytes free, {needed:,} are needed"
        raise CorpusError(f"{what}; make room or choose another disk.")
    try:
        packed = pooch.retrieve(
            url, archive.checksum, whole.name, downloads,
            downloader=lambda url, output, _: download(url, part, archive.size, Path(output)),
        )  # fmt: skip
    except CorpusError:
        raise
    except ValueError as error:  # pooch: another checksum
        shutil.rmtree(downloads)
        raise CorpusError(
            f"{url} is not the published file: its checksum is another. Nothing was kept; run again, or set {MIRROR} "
            "to another host."
        ) from error
    unpack(packed, folder, 2 * archive.unpacked)
    shutil.rmtree(downloads)


def download(url: str, part: Path, size: int, output: Path) -> None:
    """Download to `part`, from where it ends, in some attempts; then move it to `output`."""
    from requests import ConnectionError, Timeout
    from requests.exceptions import ChunkedEncodingError, HTTPError, RequestException

    for attempt in range(ATTEMPTS):
        time.sleep(attempt * PAUSE)
        try:
            if _stream(url, part, size) == size:
                part.replace(output)
                return
        except (ConnectionError, ChunkedEncodingError, Timeout):
            continue
        except HTTPError as error:
            code = error.response.status_code
            if attempt + 1 < ATTEMPTS and (code == 429 or code >= 500):  # it may answer later
                continue
            raise CorpusError(f"The server refuses ({error}); try later, or set {MIRROR} to another host.") from error
        except RequestException as error:
            raise CorpusError(f"{url} cannot be asked for ({error}); correct {MIRROR} if it is set.") from error
        except OSError as error:
            raise CorpusError(
                f"{part}: {_size(part):,} of {size:,} bytes could be written ({error.strerror}); make room and run "
                "again, it goes on from there."
            ) from error
    raise CorpusError(
        f"{url} was cut off {ATTEMPTS} times; {_size(part):,} of {size:,} bytes are kept, so run again to go on there."
    )


def _stream(url: str, part: Path, size: int) -> int:
    """One request for what is missing; gives how many bytes are there now."""
    import requests
    from tqdm import tqdm

    have = _size(part)
    if have == size:
        return have
    if have > size:
        part.unlink()
        have = 0
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink(missing_ok=True)  # the file there is shorter: the next call begins anew
        answer.raise_for_status()
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0  # the server sends all of it
        with (
            part.open("r+b" if have else "wb") as stream,
            tqdm(total=size, initial=have, unit="B", unit_scale=True, desc=part.stem, mininterval=1) as bar,
        ):
            stream.seek(have)
            for chunk in answer.iter_content(CHUNK):
                stream.write(chunk)
                stream.flush()
                bar.update(len(chunk))
                have += len(chunk)
                if have > size:
                    raise CorpusError(f"{url} sends more than the {size:,} bytes that were published.")
    return have


def _fetch_files(corpus: Corpus, folder: Path) -> None:
    """Download file by file, several at a time; what is there with the right checksum stays."""
    import pooch
    from requests.exceptions import RequestException
    from tqdm import tqdm

    pooch.get_logger().setLevel("WARNING")
    listed = checksums(corpus.name)
    _prepare({(folder / file).parent for file in listed})
    store = pooch.create(folder, address(corpus.files_at), registry=listed)
    pool, stop = ThreadPoolExecutor(WORKERS), threading.Event()
    try:
        answers = pool.map(lambda file: _fetch_file(store, file, stop), listed)
        for _ in tqdm(answers, total=len(listed), unit="file", desc=corpus.name, mininterval=1):
            pass
    except (ValueError, RequestException) as error:
        raise CorpusError(f"A file could not be had ({error}); run again, what is there stays.") from error
    except OSError as error:
        raise CorpusError(
            f"{folder}: a file could not be written ({error.strerror}); make room and run again, what is there stays."
        ) from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _prepare(folders: set[Path]) -> None:
    """Make the folders that files come into, and remove what a killed call left unfinished in them."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("tmp*"):
            if UNFINISHED.fullmatch(file.name) and file.is_file():
                file.unlink()


def _fetch_file(store, file: str, stop: threading.Event) -> None:
    """Fetch one file, in some attempts; none begins once `stop` is set."""
    import pooch
    from requests.exceptions import RequestException

    for attempt in range(ATTEMPTS):
        if stop.wait(attempt * PAUSE):
            return
        try:
            store.fetch(file, downloader=pooch.HTTPDownloader(timeout=STALL))
            return
        except (ValueError, RequestException):  # ValueError is pooch's: another checksum
            if attempt + 1 == ATTEMPTS:
                raise


def address(url: str) -> str:
    """The address to ask: the publisher's, or the same path on the host in EMOKIT_MIRROR."""
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return url
    parts = urlsplit(url)
    return mirror.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def _is_whole(name: str, folder: Path) -> bool:
    try:
        table = counts(load(name, folder), name)
    except CorpusError:
        return False
    return bool((table["clips"] >= table["expected"]).all())


def _counted(name: str, folder: Path) -> str:
    table = counts(load(name, folder), name)
    there, published = table["clips"].sum(), table["expected"].sum()
    return f"{there:,} clips of {published:,} published; load it with corpora.load({name!r}, {str(folder)!r})"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
