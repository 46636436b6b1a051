"""How much sound a file declares, against how much it holds; libsndfile shortens a file that was cut without a word."""

import io
import os
from collections.abc import Iterator
from typing import NamedTuple

MOST_CHUNKS = 1_000  # a hostile file could hold one every 8 bytes
UNKNOWN = 0x7FFFF000  # bytes; sizes from here on are what programs write into a pipe before they know


class Layout(NamedTuple):
    """How a container strings its chunks: first one's place, bytes of id and size, and which chunk holds the sound."""

    start: int
    id_bytes: int
    size_bytes: int
    order: str
    sound: bytes
    align: int = 2
    counts_header: bool = False


LAYOUTS = {
    b"RIFF": Layout(12, 4, 4, "little", b"data"),
    b"RIFX": Layout(12, 4, 4, "big", b"data"),
    b"RF64": Layout(12, 4, 4, "little", b"data"),
    b"FORM": Layout(12, 4, 4, "big", b"SSND"),  # AIFF
    b"caff": Layout(8, 4, 8, "big", b"data", align=1),
    b"riff": Layout(40, 16, 8, "little", b"data", align=8, counts_header=True),  # W64
}


class Chunk(NamedTuple):
    """Its first four letters, where its content starts, how many bytes that should be, and the first 24 of them."""

    name: bytes
    start: int
    size: int
    begin: bytes


class Sizes(NamedTuple):
    """Bytes of sound that a header declares and that are there, where they disagree.

    Attributes:
        there: up to the end of the file.
        declared: as the header says.
        unknown: whether it says what programs write before they know.
        doubled: whether exactly twice as much is declared as there is, and the file is as long as it says elsewhere.
        correction: place and bytes to put into the header, where libsndfile would believe that there is less sound.
        unread: bytes behind the sound that are no chunk, and that the header claims nowhere.
    """

    there: int
    declared: int
    unknown: bool = False
    doubled: bool = False
    correction: tuple[int, bytes] | None = None
    unread: int = 0

    @property
    def believable(self) -> bool:
        """Whether what is declared can have been there."""
        return not (self.unknown or self.doubled) and self.declared > 0


def sizes(descriptor: int, head: bytes, n_bytes: int) -> Sizes | None:
    """What an open WAV, RF64, W64, AIFF, AU or CAF of so many bytes declares; None if it agrees with what is there."""
    if head[:4] == b".snd":
        offset, size = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
        return Sizes(n_bytes - offset, size) if n_bytes - offset < size < UNKNOWN else None
    whole = 0
    for chunk in chunks(descriptor, head):
        if chunk.name == b"ds64":  # RF64: sizes that need 64 bits
            whole = int.from_bytes(chunk.begin[8:16], "little")
        if chunk.name == LAYOUTS[head[:4]].sound:
            size = whole if chunk.size == 0xFFFFFFFF and whole else chunk.size
            return _compared(descriptor, head, n_bytes, chunk, size)
    return None


def _compared(descriptor: int, head: bytes, n_bytes: int, chunk: Chunk, declared: int) -> Sizes | None:
    there = n_bytes - chunk.start
    if declared < there and head[:4] in (b"RIFF", b"RIFX"):
        return _more_there(descriptor, head, n_bytes, chunk, declared)
    if not 0 <= there < declared or (head[:4] == b"caff" and declared >= UNKNOWN):  # it may say so
        return None
    end = 8 + int.from_bytes(head[4:8], LAYOUTS[head[:4]].order)
    return Sizes(there, declared, declared >= UNKNOWN, declared == 2 * there and end < chunk.start + declared)


def _more_there(descriptor: int, head: bytes, n_bytes: int, chunk: Chunk, declared: int) -> Sizes | None:
    """What a WAV holds behind the sound that it declares, where those are not other chunks."""
    there, order = n_bytes - chunk.start, LAYOUTS[head[:4]].order
    size = min(there, UNKNOWN - 1).to_bytes(4, order)
    corrected = Sizes(there, declared, correction=(chunk.start - 4, size))
    if declared == 0:
        return None if _is_chain(descriptor, head, chunk.start, n_bytes) else corrected
    place = chunk.start + declared + declared % 2
    if place >= n_bytes or _is_chunk(os.pread(descriptor, 8, place), n_bytes - place, order):
        return None
    claimed = 8 + int.from_bytes(head[4:8], order) >= n_bytes - 1
    return corrected if claimed else Sizes(declared, declared, unread=n_bytes - place)


def _is_chunk(begin: bytes, room: int, order: str) -> bool:
    """Whether these 8 bytes, with so much room from there on, begin a chunk."""
    printable = begin[:4].decode("latin-1").isprintable() and begin[:4].isascii()
    return len(begin) == 8 and printable and 8 + int.from_bytes(begin[4:], order) <= room


def _is_chain(descriptor: int, head: bytes, start: int, n_bytes: int) -> bool:
    """Whether chunks fill a file from here to its end."""
    rest = [chunk for chunk in chunks(descriptor, head) if chunk.start > start]
    ends = {chunk.start + chunk.size for chunk in rest}
    return bool(ends & {n_bytes, n_bytes - 1}) and all(chunk.name.isascii() for chunk in rest)


def chunks(descriptor: int, head: bytes) -> Iterator[Chunk]:
    """The chunks of an open file that begins like `head`, in order; none if it is no such container."""
    layout = LAYOUTS.get(head[:4])
    if layout is None:
        return
    header, place = layout.id_bytes + layout.size_bytes, layout.start
    for _ in range(MOST_CHUNKS):
        content = head[place : place + header + 24]
        if len(content) < header:
            content = os.pread(descriptor, header + 24, place)
        if len(content) < header:
            return
        size = int.from_bytes(content[layout.id_bytes : header], layout.order)
        size -= header * layout.counts_header
        yield Chunk(content[:4], place + header, size, content[header:])
        place += header + max(0, size) + -size % layout.align


class Corrected(io.RawIOBase):
    """An open file, read as if a few of its bytes were others.

    Args:
        descriptor: of the file, which stays as it is.
        place: where the bytes lie.
        content: what is read there.
    """

    def __init__(self, descriptor: int, place: int, content: bytes):
        super().__init__()
        self._descriptor, self._place, self._content, self._at = descriptor, place, content, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as in any file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer) -> int:
        """Fill a buffer from here on, as in any file."""
        content = bytearray(os.pread(self._descriptor, len(buffer), self._at))
        for place, byte in enumerate(self._content, self._place - self._at):
            if 0 <= place < len(content):
                content[place] = byte
        buffer[: len(content)] = bytes(content)
        self._at += len(content)
        return len(content)
