"""Unpacks an archive that nobody has to trust: no path leaves the target, no bomb goes off, it is whole or absent."""

import lzma
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from emokit import atomic_files
from emokit.corpora.corpus import CorpusError

MOST_FILES = 100_000
CHUNK = 2**20  # bytes
# What zipfile and its four decompressors raise for damaged bytes.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip


def unpack(archive: str | Path, target: str | Path, most_bytes: int) -> None:
    """Unpack a zip into a new folder, which appears once it is whole.

    Raises:
        CorpusError: for what is no sound zip, names a path outside, holds links, or would take more than `most_bytes`;
            nothing is left then.
        atomic_files.WriteError: when the disk is full; nothing is left either.
    """
    archive, target = Path(archive), Path(target)
    prefix = f"{atomic_files.PART}{target.name}-"
    for leftover in target.parent.glob(prefix + "*"):  # of killed unpackings
        shutil.rmtree(leftover, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            _check(archive, members, most_bytes)
            for member in members:
                _extract(archive, packed, member, aside)
        aside.chmod(0o755)  # mkdtemp's folders are for their owner alone
        aside.replace(target)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise _damaged(archive, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(archive: Path, members: list[zipfile.ZipInfo], most_bytes: int) -> None:
    """Refuse the whole archive before a byte of it is written."""
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename or not path.parts:
            raise CorpusError(f"{archive} holds {member.filename!r}, a path out of its folder; it was not unpacked.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CorpusError(f"{archive} holds {member.filename!r}, a link; it was not unpacked.")
    size = sum(member.file_size for member in members)  # zipfile reads no more of a member than it declares
    if size > most_bytes or len(members) > MOST_FILES:
        raise CorpusError(
            f"{archive} would unpack to {size:,} bytes in {len(members):,} files, more than {most_bytes:,} bytes or "
            f"{MOST_FILES:,} files; it was not unpacked."
        )


def _extract(archive: Path, packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = folder / member.filename.replace("\\", "/")
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    with atomic_files.replacing(path, durable=False) as part, part.open("wb") as stream:
        for chunk in _chunks(archive, packed, member):
            stream.write(chunk)


def _chunks(archive: Path, packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member. An OSError in here is the archive's, never that of the disk that is written to."""
    try:
        with packed.open(member) as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except DAMAGED as error:
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> CorpusError:
    return CorpusError(f"{archive} is no sound zip ({error}); delete it and download it again.")
