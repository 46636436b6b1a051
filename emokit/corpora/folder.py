"""What lies in a corpus folder: its sound files, and how a path is kept inside it."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from emokit.audio import fragment
from emokit.corpora.corpus import CorpusError

# What soundfile reads; then what it does not, listed too, so that the audit names it.
SOUNDS = {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".w64", ".caf", ".sph"}
SOUNDS |= {".m4a", ".aac", ".wma"}


class Listing(NamedTuple):
    """A folder, the sound files in it and the other files (relative, forward slashes), names that are not UTF-8.

    A folder that is named like a sound file and encloses none counts as one, so that the audit names it.
    """

    root: Path
    sounds: list[str]
    others: list[str]
    not_utf8: list[str]


def listing(data_dir: str | Path, title: str) -> Listing:
    """List what a folder holds, at any depth, without hidden files.

    Raises:
        CorpusError: when there is no such folder, or no sound in it.
    """
    root = Path(os.path.abspath(data_dir))  # noqa: PTH100 (absolute, but with the links that the user chose)
    if root.is_file():
        raise CorpusError(f"{root} is a file; unpack it and give {title} the folder that its clips are in.")
    if not root.is_dir():
        raise CorpusError(f"There is no folder {root}{_nearest(root)}; give {title} the folder that its clips are in.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise CorpusError(f"{root} may not be read by this user; change its permissions.")
    files, folders = _walk(root)
    files += [folder for folder in folders if suffix(folder) in SOUNDS and not _encloses(folder, files)]
    good = [file for file in files if _is_utf8(file)]
    sounds = [file for file in good if suffix(file) in SOUNDS]
    others = [file for file in good if suffix(file) not in SOUNDS]
    if not sounds:
        raise CorpusError(f"{root} holds no sound files: {_what_lies_there(others)}, then load {title} again.")
    bad = [os.fsencode(file).decode("utf-8", "backslashreplace") for file in files if not _is_utf8(file)]
    return Listing(root, sounds, others, bad)


def as_list(items: str | Path | Sequence[str | Path]) -> list:
    """One name or place as a list of it; several as they are."""
    return [items] if isinstance(items, str | Path) else list(items)


def root_of(data_dir: str | Path) -> Path:
    """The absolute folder that paths are relative to: the folder itself, or the one that a table lies in."""
    path = Path(os.path.abspath(data_dir))  # noqa: PTH100
    gone_table = path.suffix.lower() in (".csv", ".tsv", ".parquet") and not path.exists()
    return path.parent if gone_table or path.is_file() else path


def inside(root: Path, file: str, source: str | Path, *, through_links: bool = False) -> str:
    """The absolute path of a file that a table names relative to `root`.

    A name that leads out of that folder, or with `through_links` a link, is a CorpusError that names `source`.
    """
    # Plain strings: a run is opened with a path for each of its clips, and Path costs ten times as much.
    top = str(root)
    whole = os.path.normpath(os.path.join(top, file)) if file and "\0" not in file else ""  # noqa: PTH118
    good = whole.startswith(top if top.endswith(os.sep) else top + os.sep) and whole != top
    if not good:
        raise CorpusError(f"{source} names {file!r}, which is no file inside {root}; correct that row.")
    if through_links and not Path(os.path.realpath(fragment(whole)[0])).is_relative_to(os.path.realpath(root)):
        raise CorpusError(f"{source} names {file!r}, a link out of {root}; put the file itself there.")
    return whole


def relative(file: str, root: Path) -> str | None:
    """A file's path relative to `root` with forward slashes; None when it lies elsewhere."""
    path = Path(os.path.abspath(file))  # noqa: PTH100
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def suffix(file: str) -> str:
    """The suffix of a name in lower case, such as ".wav"."""
    return PurePosixPath(file).suffix.lower()


def tally(files: list[str]) -> str:
    """A number of files and the first of them, in words."""
    return f"{len(files):,} {'file' if len(files) == 1 else 'files'}, such as {files[0]}"


def _walk(root: Path) -> tuple[list[str], list[str]]:
    """Every file and folder below, through links to folders too (people link corpora), but into no folder twice."""
    files, inner, seen = [], [], set()
    for folder, folders, names in os.walk(root, followlinks=True):
        status = os.stat(folder)  # noqa: PTH116
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not _hidden(name))
        base = Path(folder).relative_to(root)
        files += [(base / name).as_posix() for name in names if not _hidden(name)]
        inner += [(base / name).as_posix() for name in folders]
    return sorted(files), inner


def _encloses(folder: str, files: list[str]) -> bool:
    return any(file.startswith(folder + "/") and suffix(file) in SOUNDS for file in files)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _what_lies_there(others: list[str]) -> str:
    """What a folder without sound holds, and what to do about it."""
    packed = [file for file in others if suffix(file) in (".zip", ".gz", ".tar", ".7z", ".rar")]
    if packed:
        return f"it holds {packed[0]}, which is still packed; unpack it"
    there = tally(others) if others else "it is empty"
    return f"{there}; choose the folder that the clips are in"


def _nearest(path: Path) -> str:
    """The first folder above that is there, as a hint."""
    above = next(parent for parent in path.parents if parent.is_dir())
    inner = sorted(child.name for child in above.iterdir() if child.is_dir() and not _hidden(child.name))
    folders = f", which holds {', '.join(inner[:5])}{' …' if len(inner) > 5 else ''}" if inner else ""
    return f" ({above} is there{folders})"
