"""Where the files lie that a table names: in its folder or in those of the sounds, and nowhere else."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from unicodedata import normalize

from emokit.audio import fragment, with_times
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import SOUNDS, listing, suffix


class Places:
    """The folders that a table's files may lie in: those of the sounds, where named, then the table's own.

    Attributes:
        absent: files that are named and are not there, as absolute paths.

    A link may also end in one of the folders `linked`.
    """

    def __init__(self, source: str | Path, folder: Path, audio_dirs: Sequence[Path] = (), linked: Sequence[Path] = ()):
        self.source, self.audio_dirs = source, list(audio_dirs)
        self.roots = [*map(str, audio_dirs), str(folder)]
        self.real_roots = [os.path.realpath(root) for root in [*self.roots, *linked]]
        self.absent = []
        self._real = lru_cache(maxsize=None)(os.path.realpath)  # of the folders, which many files share

    def located(self, files: Iterable[str]) -> list[str]:
        """The absolute path of each file; of one that is nowhere, where it should lie.

        Raises:
            CorpusError: for one that is outside of the folders, by its name or by a link, or that may be two.
        """
        return [self._located(file) for file in files]

    def _located(self, file: str) -> str:
        name, *times = fragment(file)
        if times != [None, None]:  # a stretch of a recording, by its name
            return with_times(self._located(name), *times)
        places = self._inside(file)
        path = next((place for place in places if os.path.exists(place)), None)  # noqa: PTH110 (100,000 times)
        path = path or self._below(file)
        if path is None:
            if not places:
                raise CorpusError(
                    f"{self.source} names {file!r}, which is no file inside {' or '.join(self.roots)}; "
                    "correct that row, or name the folder of the sounds by audio_dir."
                )
            self.absent.append(places[0])
            return places[0]
        self._require_inside(file, path)
        return path

    def _inside(self, file: str) -> list[str]:
        """Where a file may lie, by its name alone; slashes as Windows writes them count too."""
        if not file or "\0" in file:
            return []
        # Plain strings: Path costs ten times as much.
        places = [os.path.normpath(os.path.join(root, file)) for root in self.roots]  # noqa: PTH118
        if "\\" in file and not any(map(os.path.exists, places)):
            return self._inside(file.replace("\\", "/"))
        return [place for place in dict.fromkeys(places) if _is_below(place, self.roots)]

    def _below(self, file: str) -> str | None:
        """The one sound below `audio_dirs` whose path ends like this name, with or without its suffix."""
        name = _plain(file.replace("\\", "/").lstrip("./"))
        name = name if suffix(name) in SOUNDS else name + "."
        found = [path for path in self._sounds.get(name.rsplit("/", 1)[-1], ()) if f"/{name}" in _plain(path)]
        if len(found) > 1:
            which = f"{found[0]} or {found[1]}"
            raise CorpusError(f"{self.source} names {file!r}, which may be {which}; write its folder too.")
        return found[0] if found else None

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        """The sounds below `audio_dirs` by their names, and by those without suffix, which end in a dot here."""
        sounds = [f"{root}/{sound}" for root in self.audio_dirs for sound in listing(root, "the table").sounds]
        named = defaultdict(list)
        for path in dict.fromkeys(sounds):
            base = _plain(path.rsplit("/", 1)[-1])
            for key in (base, base.rpartition(".")[0] + "."):
                named[key].append(path)
        return named

    def _require_inside(self, file: str, path: str) -> None:
        folder, name = os.path.split(path)
        real = os.path.realpath(path) if os.path.islink(path) else f"{self._real(folder)}/{name}"  # noqa: PTH114
        if not _is_below(real, self.real_roots):
            raise CorpusError(
                f"{self.source} names {file!r}, a link out of {' and '.join(self.roots)}; put the file itself there, "
                "or name the folder that it leads to by audio_dir."
            )


def _is_below(path: str, roots: Sequence[str]) -> bool:
    return any(path != root and path.startswith(root if root.endswith(os.sep) else root + os.sep) for root in roots)


def _plain(name: str) -> str:
    return normalize("NFC", name)

