"""Whether a corpus on disk is the published one, file by file: complete, missing, changed, extra."""

import lzma
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from emokit import atomic_files
from emokit.corpora import PUBLISHED, published
from emokit.corpora.corpus import Corpus, CorpusError
from emokit.corpora.folder import listing, tally

LISTS = {name: resources.files(published) / "checksums" / f"{name}.sha256.xz" for name in PUBLISHED}
LISTED = [name for name, file in LISTS.items() if file.is_file()]  # the corpora of which each file has a checksum


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
        parts = [f"{self.n_right:,} as published"]
        parts += [f"{len(files):,} {word}" for word, files in zip(self._fields[1:], self[1:], strict=True) if files]
        first = next(f"{word}: {tally(files)}" for word, files in zip(self._fields[1:], self[1:], strict=True) if files)
        return f"{', '.join(parts)} ({first})"


def verify(name: str, data_dir: str | Path) -> Difference:
    """Compare the sound files of a folder, by name wherever they lie, with the published sha256 list.

    Raises:
        CorpusError: for a corpus without a list, or a folder without sound.
    """
    wanted = {PurePosixPath(path).name: digest for path, digest in checksums(name).items()}
    found = listing(data_dir, PUBLISHED[name].title)
    names = [_published_name(PUBLISHED[name], file) for file in found.sounds]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(lambda file, name: _digest(found.root / file, name in wanted), found.sounds, names))
    # A copy under a second root counts like the clip: right if either is.
    right = {name for name, digest in zip(names, digests, strict=True) if wanted.get(name) == digest}
    stems = {PurePosixPath(name).stem for name in set(names) - set(wanted)}
    converted = sorted(name for name in set(wanted) - set(names) if PurePosixPath(name).stem in stems)
    known = {PurePosixPath(name).stem for name in wanted}
    return Difference(
        n_right=len(right),
        missing=sorted(set(wanted) - set(names) - set(converted)),
        changed=sorted((set(names) & set(wanted)) - right),
        extra=sorted(f for f, name in zip(found.sounds, names, strict=True) if PurePosixPath(name).stem not in known),
        converted=converted,
    )


def checksums(name: str) -> dict[str, str]:
    """Published path to sha256 (hex) of every file of a corpus."""
    if name not in LISTED:
        raise CorpusError(f"No checksums are published for {name!r}; there are lists for {', '.join(LISTED)}.")
    lines = lzma.decompress(LISTS[name].read_bytes()).decode().splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def _published_name(corpus: Corpus, file: str) -> str:
    """The name that a file was published under: endings in capitals and old names are the same clip, as for `load`."""
    path = PurePosixPath(file)
    return corpus.old_names.get(path.stem, path.stem) + path.suffix.lower()


def _digest(file: Path, published: bool) -> str:
    """The sha256 of a file that can be compared; "" for any other, and for one that cannot be read."""
    try:
        return atomic_files.sha256(file) if published else ""
    except OSError:
        return ""
