"""What the readers of your own recordings share: labels in our words, one coding of accents, paths that stay inside."""

from pathlib import Path
from unicodedata import normalize

import pandas as pd

from emokit.corpora.corpus import COLUMNS
from emokit.corpora.folder import inside
from emokit.corpora.published import PUBLISHED
from emokit.emotions import named

# In the languages of the published corpora: English, German, Italian.
SEXES = dict.fromkeys(("f", "female", "w", "woman", "girl", "weiblich", "frau", "femmina", "donna"), "female")
SEXES |= dict.fromkeys(("m", "male", "man", "boy", "männlich", "mann", "maschio", "uomo"), "male")


def as_clips(table: pd.DataFrame, name: str, root: Path, source: str | Path) -> pd.DataFrame:
    """A table with file, emotion, maybe speaker and more as clips: emotions in our words, as `attrs["mapping"]` says.

    What was changed stays as it was given, in `label` for emotions; in `sex_given` where a sex has no word here.
    Further columns are kept. `file` is relative to `root`, which no path may leave, by links neither; an error names
    `source`.
    """
    if "sex" not in table and "gender" in table:
        table = table.assign(sex=table["gender"])
    given = table.assign(**{column: texts(table, column) for column in COLUMNS})
    # One name, however its accents are coded; a file is called as its folder has it.
    composed = {column: given[column].map(in_nfc, na_action="ignore").astype("str") for column in COLUMNS[1:]}
    given, name = given.assign(**composed), in_nfc(name)
    emotion = given["emotion"].map(named, na_action="ignore").astype("str")
    corpus = given["corpus"].fillna(name)
    whole = [str(name).startswith(f"{own}/") for name, own in zip(given["speaker"], corpus, strict=True)]
    speaker = given["speaker"].where(whole, corpus + "/" + given["speaker"])
    sex = given["sex"].map(lambda text: SEXES.get(text.lower()), na_action="ignore").astype("str")
    files = [inside(root, _slashes(root, file), source, through_links=True) for file in given["file"]]
    clips = given.assign(file=files, emotion=emotion, corpus=corpus, speaker=speaker.astype("str"), sex=sex)
    changed = given["emotion"] != emotion
    if changed.any() and "label" not in clips:
        clips["label"] = given["emotion"]
    if (sex.isna() & given["sex"].notna()).any() and "sex_given" not in clips:
        clips["sex_given"] = given["sex"]
    clips = clips[[*COLUMNS, *(column for column in clips if column not in COLUMNS)]]
    clips = clips.sort_values(["speaker", "file"], kind="stable", ignore_index=True)
    pairs = zip(given["emotion"][changed].dropna(), emotion[changed].dropna(), strict=True)
    clips.attrs = {"left_out": {}, "mapping": dict(sorted(set(pairs)))}
    return clips


def in_nfc(text: str) -> str:
    """A text with each accent in one character with its letter (NFC), as most keyboards write it; macOS takes two."""
    return normalize("NFC", text)


def own_name(name: str, kind: str) -> str:
    """What to call a corpus after its file or folder: never like a published one, whose folds and counts it has not."""
    return f"{name}-{kind}" if name in PUBLISHED else name


def texts(table: pd.DataFrame, column: str) -> pd.Series:
    """A column as texts, NA where they are blank or the column is not there."""
    if column not in table:
        return pd.Series(None, table.index, dtype="str")
    stripped = table[column].map(lambda value: str(value).strip(), na_action="ignore").astype("str")
    return stripped.where(stripped != "")


def _slashes(root: Path, file: str) -> str:
    """A path written on Windows as one that works here."""
    return file if "\\" not in file or (root / file).exists() else file.replace("\\", "/")
