"""emotion_pattern and speaker_pattern: what they find in the paths of a corpus, and one that would do."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import suffix
from emokit.corpora.own.cleaning import in_nfc
from emokit.corpora.own.emotion_words import speaks_of_emotion

# Ways in which names of files tell an emotion, the plainest first: as the last word, the first, the last but one.
IN_NAMES = (
    *(r"_([A-Za-z]+)\d*$", r"-([A-Za-z]+)\d*$", r"([A-Za-z]+)\d*$", r"([A-Za-z]+)_[^/]*$", r"([A-Za-z]+)-[^/]*$"),
    *(r"_([A-Za-z]+)_[^/_]+$", r"-([A-Za-z]+)-[^/-]+$"),
)
SPEAKER_EXAMPLE = r"([^/_-]+)[_-][^/]*$"


class Found(NamedTuple):
    """What a pattern found in each path, None for nothing, and the levels of folders (from 1) that it looked at."""

    texts: list[str | None]
    levels: set[int]
    in_names: bool  # because no path has it: the names of the files alone


def search(pattern: str, files: Sequence[str], parameter: str) -> Found:
    """The first group that a pattern finds in each path, without its suffix; in the names where no path has it.

    Args:
        pattern: regular expression with a group.
        files: paths relative to the corpus folder, with forward slashes.
        parameter: which one this is, for an error.

    Raises:
        CorpusError: for no regular expression, for one without a group, and for one that finds nothing anywhere.
    """
    compiled = _compiled(pattern, parameter)
    paths = [in_nfc(file[: len(file) - len(suffix(file))]) for file in files]
    for texts in (paths, [path.rpartition("/")[2] for path in paths]):
        found = [_first_group(compiled.search(text)) for text in texts]
        if any(found):
            break
    else:
        raise CorpusError(
            f"{parameter} '{pattern}' finds nothing in any of {len(paths):,} paths; it sees each as {paths[0]!r}, "
            "so change it until its group is found there."
        )
    pairs = [(path, hit) for path, hit in zip(texts, found, strict=True) if _in_folder(path, hit)]
    levels = Counter(path.count("/", 0, hit[1]) + 1 for path, hit in pairs)
    most = {level for level, number in levels.items() if 2 * number > sum(map(bool, found))}
    return Found([hit and hit[0] for hit in found], most, texts is not paths)


def that_would_do(files: Sequence[str]) -> str | None:
    """A pattern by which at least half of the names of files speak of emotions, and of several; None if none does."""
    for pattern in IN_NAMES:
        found = [re.search(pattern, in_nfc(file[: len(file) - len(suffix(file))])) for file in files]
        words = [hit.group(1) for hit in found if hit and speaks_of_emotion(hit.group(1))]
        if 2 * len(words) >= len(files) and len(set(words)) > 1:
            return pattern
    return None


def that_finds(file: str) -> str:
    """A pattern that finds some word in the name of a file, whatever it means."""
    stem = in_nfc(file[: len(file) - len(suffix(file))])
    return next((pattern for pattern in IN_NAMES if re.search(pattern, stem)), r"([^/_-]+)$")


def _compiled(pattern: str, parameter: str) -> re.Pattern:
    try:
        compiled = re.compile(in_nfc(pattern))
    except re.error as error:
        raise CorpusError(f"{parameter} '{pattern}' is no regular expression ({error}); correct it.") from error
    if not compiled.groups:
        raise CorpusError(f"{parameter} '{pattern}' has no group; put what it is to find into ( ), as in '_([a-z]+)$'.")
    return compiled


def _in_folder(path: str, hit: tuple[str, int] | None) -> bool:
    return hit is not None and hit[1] < path.rfind("/")


def _first_group(hit: re.Match | None) -> tuple[str, int] | None:
    """The text of the first group that took part and is not blank, and where it starts."""
    groups = range(1, hit.re.groups + 1) if hit else ()
    return next(((hit.group(n).strip(), hit.start(n)) for n in groups if (hit.group(n) or "").strip()), None)
