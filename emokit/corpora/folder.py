"""What lies in a corpus folder: its sound files, and how a path is kept inside it."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from emokit.audio import fragment
from emokit.corpora.corpus import CorpusError

# What soundfile reads; then what it does not, as telephones, browsers and cameras write it: listed too, so that it is
# read by the extra media or named by the audit.
SOUNDS = {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".w64", ".caf", ".sph"}
SOUNDS |= {".wave", ".m4a", ".aac", ".wma", ".amr", ".3gp", ".mp4", ".webm", ".mkv", ".mov", ".avi"}


# Tables of one's own, by their endings, packed by gzip or not.
TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xls", ".ods")


class Listing(NamedTuple):
    """A folder, the sound files in it and the other files (relative, forward slashes), names that are not UTF-8.

    A folder that is named like a sound file and encloses none counts as one, so that the audit names it; `closed` are
    folders that may not be read, `linked` those sounds that a link leads to.
    """

    root: Path
    sounds: list[str]
    others: list[str]
    not_utf8: list[str]
    closed: Sequence[str] = ()
    linked: Sequence[str] = ()


def listing(data_dir: str | Path, title: str) -> Listing:
    """List what a folder holds, at any depth, without hidden files.

    Raises:
        CorpusError: when there is no such folder, or no sound in it.
    """
    root = Path(os.path.abspath(Path(data_dir).expanduser()))  # noqa: PTH100 (absolute, but with the links that the user chose)
    if root.is_file():
        raise CorpusError(f"{root} is a file; unpack it and give {title} the folder that its clips are in.")
    if not root.is_dir():
        raise CorpusError(f"There is no folder {root}{_nearest(root)}; give {title} the folder that its clips are in.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise CorpusError(f"{root} may not be read by this user; change its permissions.")
    files, folders, closed, links = _walk(root)
    files += [folder for folder in folders if suffix(folder) in SOUNDS and not _encloses(folder, files)]
    good = [file for file in files if _is_utf8(file)]
    sounds = [file for file in good if suffix(file) in SOUNDS]
    others = [file for file in good if suffix(file) not in SOUNDS]
    if not sounds:
        raise CorpusError(f"{root} holds no sound files: {_what_lies_there(others)}, then load {title} again.")
    bad = [os.fsencode(file).decode("utf-8", "backslashreplace") for file in files if not _is_utf8(file)]
    below = tuple(f"{link}/" for link in set(links) & set(folders))
    linked = sorted({file for file in sounds if file.startswith(below)} | set(links) & set(sounds))
    return Listing(root, sounds, others, bad, closed, linked)


def unread(found: Listing) -> dict[str, list[str]]:
    """What could not even be looked at, as {reason: names}."""
    kinds = {"a name that is not UTF-8": found.not_utf8, "a folder that may not be read": list(found.closed)}
    return {reason: names for reason, names in kinds.items() if names}


def strangers(found: Listing) -> dict[str, str]:
    """What a folder holds besides sounds and hidden files, as {reason: how many, and one of them}."""
    named = {reason: tally(names) for reason, names in unread(found).items()}
    return named | ({"no sound, by its suffix": by_suffix(found.others)} if found.others else {})


def as_list(items: str | Path | Sequence[str | Path]) -> list:
    """One name or place as a list of it; several as they are."""
    return [items] if isinstance(items, str | Path) else list(items)


def root_of(data_dir: str | Path) -> Path:
    """The absolute folder that paths are relative to: the folder itself, or the one that a table lies in."""
    path = Path(os.path.abspath(data_dir))  # noqa: PTH100
    gone_table = is_table(path) and not path.exists()
    return path.parent if gone_table or path.is_file() else path


def is_table(path: Path) -> bool:
    """Whether a path ends like a table of one's own."""
    return path.name.lower().removesuffix(".gz").endswith(TABLES)


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
    """The suffix of a name in lower case, such as ".wav"; "" where there is none."""
    ending = os.path.splitext(file)[1].lower()  # noqa: PTH122 (asked for each of 100,000 files)
    return ending if len(ending) > 1 else ""


def tally(files: list[str]) -> str:
    """A number of files and the first of them, in words."""
    return f"{len(files):,} {'file' if len(files) == 1 else 'files'}, such as {files[0]}"


def by_suffix(files: list[str]) -> str:
    """How many files of each suffix there are, and the first of them, in words.

    >>> by_suffix(["a.txt", "b.TXT", "LICENCE"])
    '3 files (2 × .txt, 1 × no suffix), such as a.txt'
    """
    numbers = Counter(suffix(file) or "no suffix" for file in files)
    kinds = ", ".join(f"{number:,} × {kind}" for kind, number in numbers.most_common())
    number, example = tally(files).split(", such as ", maxsplit=1)
    return f"{number} ({kinds}), such as {example}"


def _walk(root: Path) -> tuple[list[str], list[str], list[str], list[str]]:
    """Every file and folder below, through links to folders too (people link corpora), but into no folder twice.

    Then those folders that may not be read, and those files and folders that are links.
    """
    files, inner, closed, links, seen, waiting = [], [], [], [], set(), [""]
    while waiting:
        base = waiting.pop()
        try:
            status = os.stat(root / base)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names, folders, linked = _held(root / base)
        except OSError:
            closed.append(base.rstrip("/"))
            continue
        for found, held in ((files, names), (inner, folders), (links, linked)):
            found += [base + name for name in held]
        waiting += [f"{base}{name}/" for name in sorted(folders, reverse=True)]  # of two links the first by name
    return sorted(files), inner, sorted(closed), links


def _held(folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Names of the files, of the folders and of the links in one folder, hidden ones apart."""
    names, folders, links = [], [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _hidden(entry.name):
                (folders if _is_folder(entry) else names).append(entry.name)
                if entry.is_symlink():
                    links.append(entry.name)
    return names, folders, links


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _encloses(folder: str, files: list[str]) -> bool:
    return any(file.startswith(folder + "/") and suffix(file) in SOUNDS for file in files)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_utf8(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


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
