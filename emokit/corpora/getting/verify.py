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

OLD_NAMES = {"1040_ITH_SAD_X": "1040_ITH_SAD_XX"}  # of CREMA-D until 2022
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
    names = [_published_name(file) for file in held.sounds]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda file, name: _digest(held.root / file, name in published), held.sounds, names))
    # A copy under a second root counts like the clip: right if either is.
    right = {name for name, digest in zip(names, digests, strict=True) if published.get(name) == digest}
    stems = {PurePosixPath(name).stem for name in set(names) - set(published)}
    converted = sorted(name for name in set(published) - set(names) if PurePosixPath(name).stem in stems)
    known = {PurePosixPath(name).stem for name in published}
    return Difference(
        n_right=len(right),
        missing=sorted(set(published) - set(names) - set(converted)),
        changed=sorted((set(names) & set(published)) - right),
        extra=sorted(f for f, name in zip(held.sounds, names, strict=True) if PurePosixPath(name).stem not in known),
        converted=converted,
    )


def checksums(name: str) -> dict[str, str]:
    """Published path to sha256 (hex) of every file of a corpus."""
    if name not in LISTED:
        raise CorpusError(f"No checksums are published for {name!r}; there are lists for {', '.join(LISTED)}.")
    packed = resources.files("emokit.corpora.published").joinpath("checksums", f"{name}.sha256.xz").read_bytes()
    lines = lzma.decompress(packed).decode().splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def _published_name(file: str) -> str:
    """The name that a file was published under: endings in capitals and old names are the same clip, as for `load`."""
    path = PurePosixPath(file)
    return OLD_NAMES.get(path.stem, path.stem) + path.suffix.lower()


def _digest(file: Path, published: bool) -> str:
    """The sha256 of a file that can be compared; "" for any other, and for one that cannot be read."""
    try:
        return atomic_files.sha256(file) if published else ""
    except OSError:
        return ""
