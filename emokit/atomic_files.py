"""The only place that writes files: aside, flushed to disk, then renamed, so that no reader ever meets half a file."""

import errno
import glob
import hashlib
import io
import json
import math
import os
import secrets
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = ".part-"  # how the name of an unfinished file begins, in the folder where it will stand


class WriteError(OSError):
    """A file could not be written; whatever stood in its place before is untouched."""

    def __str__(self) -> str:
        return self.strerror  # without the number, which says nothing to a person


@contextmanager
def replacing(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a free path in the same folder to write to; once the block ends well, it takes the place of `path`.

    Args:
        path: the file to write or replace; its folder is made.
        durable: waits until the disk holds the bytes. Without it a power cut may leave an older or empty file, a killed
            process still not: enough for what can be made again.

    Raises:
        WriteError: naming the path and how many bytes were written, when the disk is full or refuses.
    """
    path = Path(path)
    # The ending stays: writers such as Keras look at it.
    aside = path.with_name(f"{PART}{os.getpid()}-{secrets.token_hex(4)}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        if durable:
            _flush(aside)
        aside.replace(path)
        if durable:
            _flush(path.parent)
    except OSError as error:
        raise _explained(error, path, aside) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a new folder to fill; once the block ends well, it takes the place of `path`, whole.

    A folder cannot be replaced in one step. If a kill comes between the two that it takes, what stood there lies
    beside it, and the next call puts it back before anything else; what kills left unfinished is removed then too.

    Args:
        path: the folder to make or replace; those above it are made.

    Raises:
        WriteError: as `replacing`.
    """
    path = Path(path)
    aside = path.with_name(f"{PART}{secrets.token_hex(4)}-{path.name}")
    before = path.with_name(f"{PART}before-{path.name}")
    try:
        _put_back(before, path)
        for leftover in path.parent.glob(f"{PART}{'[0-9a-f]' * 8}-{glob.escape(path.name)}"):
            shutil.rmtree(leftover, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
        if path.exists():
            path.rename(before)
        aside.rename(path)
    except OSError as error:
        written = sum(file.stat().st_size for file in aside.rglob("*") if file.is_file())
        reason = OSError(error.errno, os.strerror(error.errno)) if isinstance(error, WriteError) else error
        raise _explained(reason, path, aside, written) from error
    finally:
        _put_back(before, path)
        shutil.rmtree(aside, ignore_errors=True)


def _put_back(before: Path, path: Path) -> None:
    """What stood at a path, if nothing does now; else it is not needed any more."""
    if path.exists():
        shutil.rmtree(before, ignore_errors=True)
    elif before.exists():
        before.rename(path)


def write_bytes(path: str | Path, content: bytes, *, durable: bool = True) -> str:
    """Write bytes; gives their sha256 as hex."""
    with replacing(path, durable=durable) as aside:
        try:
            aside.write_bytes(content)
        except OSError as error:
            raise _explained(error, Path(path), aside, len(content)) from error
    return hashlib.sha256(content).hexdigest()


def write_text(path: str | Path, text: str, *, durable: bool = True) -> str:
    """Write text as UTF-8 with line ends as they are; gives the sha256 of the bytes."""
    return write_bytes(path, text.encode("utf-8"), durable=durable)


def write_json(path: str | Path, content: dict | list, *, durable: bool = True) -> str:
    """Write JSON that any reader takes (NaN and infinity become null); gives the sha256 of the bytes."""
    text = json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)
    return write_text(path, text + "\n", durable=durable)


def write_csv(path: str | Path, table, *, durable: bool = True) -> str:
    """Write a DataFrame as CSV without its index, floats with all their digits; gives the sha256 of the bytes."""
    return write_text(path, table.to_csv(index=False, lineterminator="\n"), durable=durable)


def write_npz(path: str | Path, *, durable: bool = True, **arrays) -> str:
    """Write numeric arrays by name as .npz; gives the sha256 of the bytes.

    Raises:
        ValueError: for an array of objects, which only pickle could read again.
    """
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return write_bytes(path, buffer.getvalue(), durable=durable)


def write_checked(path: str | Path, content: dict | list) -> None:
    """Write JSON under its own CRC-32, for what can be made again: not flushed; `read_checked` sees damage."""
    text = json.dumps(content)
    write_text(path, f"{zlib.crc32(text.encode()):08x}\n{text}", durable=False)


def read_checked(path: str | Path) -> dict | list | None:
    """What `write_checked` wrote; None if it is cut off or damaged."""
    return checked(Path(path).read_bytes())


def checked(content: bytes) -> dict | list | None:
    """What the bytes of such a file tell; None if they are cut off or damaged."""
    checksum, _, text = content.partition(b"\n")
    return json.loads(text) if checksum == b"%08x" % zlib.crc32(text) else None


def sha256(path: str | Path) -> str:
    """Checksum of a file's bytes, hex."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of(arrays: Iterable) -> str:
    """Checksum of arrays, such as the weights of a network: their shapes, types and values, in their order; hex."""
    checksum = hashlib.sha256()
    for array in arrays:
        checksum.update(f"{array.shape} {array.dtype.str}".encode() + array.tobytes())
    return checksum.hexdigest()


def remove_leftovers(folder: str | Path) -> None:
    """Remove what killed writers left unfinished in a folder; call it only where no other process writes."""
    for leftover in Path(folder).glob(PART + "*"):
        leftover.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(error: OSError, path: Path, aside: Path, size: int | None = None) -> OSError:
    if isinstance(error, WriteError):
        return error
    if size is None:
        size = aside.stat().st_size if aside.exists() else 0
    remedy = {
        errno.ENOSPC: "free space on that disk",
        errno.EDQUOT: "free space within your quota",
        errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
        errno.EACCES: "let this user write there",
        errno.EROFS: "choose a folder that may be written",
        errno.ENOENT: "choose a folder that may be written",
        errno.ENOTDIR: "choose a folder that may be written",
    }.get(error.errno, "remove the cause")
    reason = error.strerror or str(error)
    sentence = f"{path}: {size:,} bytes could not be written ({reason}); {remedy} and run again."
    return WriteError(error.errno, f"{sentence} What stood there before is untouched.")


def _plain(value):
    """Numpy scalars and arrays as Python's own, what is not finite as None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
