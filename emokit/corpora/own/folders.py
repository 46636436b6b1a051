"""Your own corpus as folders: one a class, named after the emotion, with its clips inside."""

import os
import re
from pathlib import Path

import pandas as pd

from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import listing, tally
from emokit.corpora.own.cleaning import as_clips, in_nfc, own_name

PARTS = {"train", "training", "dev", "val", "valid", "validation", "test", "testing"}


def read(data_dir: str | Path, speaker_pattern: str = "", name: str = "") -> pd.DataFrame:
    """The clips of a folder with a folder a class.

    Args:
        data_dir: the folder that holds the class folders, or one that holds nothing but it.
        speaker_pattern: regular expression whose first group in the file name is the speaker, such as r"^([a-z]+)_";
            without it nothing is known about speakers, and only a split by clip is possible.
        name: what to call the corpus; like the folder by default.

    Raises:
        CorpusError: where the folders are no classes, or a file name tells no speaker.
    """
    found = listing(data_dir, "your corpus")
    root, sounds = _without_enclosing(found.root, found.sounds)
    inner = [file for file in sounds if "/" in file]
    classes = {file.split("/")[0] for file in inner}
    if not classes:
        raise CorpusError(f"{root} holds {tally(sounds)}, but no folders; put the clips of each emotion into its own.")
    if {name.lower() for name in classes} <= PARTS:
        raise CorpusError(f"{root} holds the folders {', '.join(sorted(classes))}, which are parts; load one of them.")
    table = pd.DataFrame({"file": inner, "emotion": [file.split("/")[0] for file in inner]})
    if speaker_pattern:
        table["speaker"] = [_speaker(speaker_pattern, file) for file in inner]
    clips = as_clips(table, name or own_name(root.name, "folders"), root, root)
    left_out = {"in no class folder": sorted(set(sounds) - set(inner)), "a name that is not UTF-8": found.not_utf8}
    clips.attrs["left_out"] = {reason: tally(files) for reason, files in left_out.items() if files}
    return clips


def _without_enclosing(root: Path, sounds: list[str]) -> tuple[Path, list[str]]:
    """Step into a folder that only encloses the class folders."""
    shared = os.path.commonpath([os.path.dirname(os.path.dirname(file)) for file in sounds])  # noqa: PTH120
    if not shared:
        return root, sounds
    return root / shared, [file.removeprefix(shared + "/") for file in sounds]


def _speaker(pattern: str, file: str) -> str:
    try:
        found = re.search(in_nfc(pattern), in_nfc(Path(file).name))
    except re.error as error:
        raise CorpusError(f"The speaker pattern {pattern!r} is no regular expression ({error}); correct it.") from error
    if not found or not found.groups():
        raise CorpusError(f"{file} has no speaker by the pattern {pattern!r}; it needs one group that is found in it.")
    return found.group(1)
