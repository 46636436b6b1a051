"""How much sound a file declares, against how much it holds; libsndfile shortens a file that was cut without a word."""

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


def share_present(descriptor: int, head: bytes, n_bytes: int) -> float:
    """Share of the declared sound that an open WAV, RF64, W64, AIFF, AU or CAF of so many bytes holds, 0 to 1."""
    if head[:4] == b".snd":
        offset, size = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
        return _share(n_bytes - offset, size)
    whole = 0
    for chunk in chunks(descriptor, head):
        if chunk.name == b"ds64":  # RF64: sizes that need 64 bits
            whole = int.from_bytes(chunk.begin[8:16], "little")
        if chunk.name == LAYOUTS[head[:4]].sound:
            return _share(n_bytes - chunk.start, whole if chunk.size == 0xFFFFFFFF and whole else chunk.size)
    return 1.0


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


def _share(there: int, declared: int) -> float:
    return min(1.0, there / declared) if 0 < declared < UNKNOWN else 1.0
