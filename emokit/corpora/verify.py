"""Whether a corpus on disk is the published one, file by file: complete, missing, changed, extra."""

import lzma
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from emokit import atomic_files
from emokit.corpora import PUBLISHED
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import listing, tally

LISTED = ("ravdess", "crema-d")  # the corpora with a list of checksums in `checksums`


class Difference(NamedTuple):
    """How a folder differs from what was published: names of files, `converted` being there in another format."""

    n_right: int
    missing: list[str]
    changed: list[str]
    extra: list[str]
    converted: list[str]

    def __str__(self):
        if not any(self[1:]):
            return f"complete: all {self.n_right:,} files are as published"
        told = [f"{self.n_right:,} as published"]
        told += [f"{len(files):,} {word}" for word, files in zip(self._fields[1:], self[1:], strict=True) if files]
        first = next(f"{word}: {tally(files)}" for word, files in zip(self._fields[1:], self[1:], strict=True) if files)
        return f"{', '.join(told)} ({first})"


def verify(name: str, data_dir: str | Path) -> Difference:
    """Compare the sound files of a folder, by name wherever they lie, with the published sha256 list.

    Raises:
        CorpusError: for a corpus without a list, or a folder without sound.
    """
    published = {PurePosixPath(path).name: digest for path, digest in checksums(name).items()}
    held = listing(data_dir, PUBLISHED[name].title)
    # A copy under a second root counts like the clip: right if either is.
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda file: _digest(held.root / file, published), held.sounds))
    right = {PurePosixPath(file).name for file, digest in zip(held.sounds, digests, strict=True)
             if published.get(PurePosixPath(file).name) == digest}  # fmt: skip
    names = {PurePosixPath(file).name for file in held.sounds}
    stems = {PurePosixPath(file).stem for file in names - set(published)}
    converted = sorted(file for file in published if file not in names and PurePosixPath(file).stem in stems)
    known = {PurePosixPath(file).stem for file in published}
    return Difference(
        n_right=len(right),
        missing=sorted(set(published) - names - set(converted)),
        changed=sorted((names & set(published)) - right),
        extra=sorted(file for file in held.sounds if PurePosixPath(file).stem not in known),
        converted=converted,
    )


def checksums(name: str) -> dict[str, str]:
    """Published path to sha256 (hex) of every file of a corpus."""
    if name not in LISTED:
        raise CorpusError(f"No checksums are published for {name!r}; there are lists for {', '.join(LISTED)}.")
    packed = resources.files("emokit.corpora").joinpath("checksums", f"{name}.sha256.xz").read_bytes()
    lines = lzma.decompress(packed).decode().splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def _digest(file: Path, published: dict[str, str]) -> str:
    """The sha256 of a file that can be compared; "" for any other, and for one that cannot be read."""
    try:
        return atomic_files.sha256(file) if file.name in published else ""
    except OSError:
        return ""
