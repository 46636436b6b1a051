"""Many small checked JSON files of one folder, read as one: opening 8,000 takes long on a busy or distant disk.

The files, of `atomic_files.write_checked`, are the truth and are never changed. Beside them lies `together.lines`, a
line a file: its name, and what stands in it with its checksum. A file that has no line there, or a damaged one, is
opened; when many are, all are put together anew. Several processes may do so at once: whose lines are lost is opened.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from emokit import atomic_files

TOGETHER = "together.lines"
FEW = 64  # files that are opened one by one before it pays to put them together
SHARE = 8  # likewise, of those that are together: in the long run each is copied eight times


def read(folder: Path) -> Iterator[dict | list]:
    """Contents of the checked JSON files in a folder, each once; none of those that are damaged, or of no folder."""
    names = set(_names(folder))
    together = set()
    for name, content in _lines(folder):
        if name in names - together and (told := atomic_files.checked(content)) is not None:
            together.add(name)
            yield told
    opened = {}
    for name in sorted(names - together):
        with suppress(FileNotFoundError):
            opened[name] = (folder / name).read_bytes()
            if (told := atomic_files.checked(opened[name])) is None:
                del opened[name]
            else:
                yield told
    if len(opened) >= max(FEW, len(together) // SHARE):
        with suppress(OSError):  # a full disk, or one that may only be read: they are opened again the next time
            _put_together(folder, together, opened)


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".json") and not name.startswith(".")]  # noqa: PTH208 (thousands)
    except FileNotFoundError:
        return []


def _lines(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The name of each file that has a line, and the bytes that stood in it."""
    with suppress(FileNotFoundError), (folder / TOGETHER).open("rb") as lines:
        for line in lines:
            name, _, content = line.rstrip(b"\n").partition(b" ")
            yield name.decode(errors="replace"), content.replace(b" ", b"\n", 1)


def _put_together(folder: Path, together: Collection[str], opened: dict[str, bytes]) -> None:
    with atomic_files.replacing(folder / TOGETHER, durable=False) as aside, aside.open("wb") as stream:
        for name, content in _lines(folder):
            if name in together:
                stream.write(_line(name, content))
        for name, content in opened.items():
            stream.write(_line(name, content))


def _line(name: str, content: bytes) -> bytes:
    return b"%s %s\n" % (name.encode(), content.replace(b"\n", b" ", 1))
