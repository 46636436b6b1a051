"""What the readers of your own recordings share: labels in our words, one coding of accents, paths that stay inside."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from unicodedata import normalize

import pandas as pd

from emokit.corpora.corpus import COLUMNS
from emokit.corpora.own.places import Places
from emokit.corpora.own.words import is_missing, is_nobody, is_undecided
from emokit.corpora.published import PUBLISHED
from emokit.emotions import named

# In the languages of the published corpora: English, German, Italian.
SEXES = dict.fromkeys(("f", "female", "w", "woman", "girl", "weiblich", "frau", "femmina", "donna"), "female")
SEXES |= dict.fromkeys(("m", "male", "man", "boy", "männlich", "mann", "maschio", "uomo"), "male")
NAMES = ("emotion", "speaker", "corpus", "sex", "intensity", "language")  # a sentence may be "None."


def as_clips(table: pd.DataFrame, name: str, root: Path | None, source: str | Path) -> pd.DataFrame:
    """A table with file, emotion, maybe speaker and more as clips: emotions in our words, as `attrs["mapping"]` says.

    What was changed stays as it was given, in `label` for emotions; in `sex_given` where a sex has no word here. A word
    for nothing known (nan, N/A, -) is no emotion, speaker or sex, nor is "unknown" a speaker; one that stands for no
    decision (other, xxx) is no emotion and stays as `label`, so that `corpora.load` leaves it out and counts it.
    Further columns are kept. `file` is relative to `root`, which no path may leave, by links neither; an error names
    `source`. Without `root` the files are absolute, and were checked.
    """
    if "sex" not in table and "gender" in table:
        table = table.assign(sex=table["gender"])
    given = table.assign(**{column: texts(table, column) for column in COLUMNS})
    # One name, however its accents are coded; a file is called as its folder has it.
    given, name = given.assign(**{column: _each(given[column], in_nfc) for column in COLUMNS[1:]}), in_nfc(name)
    known = {column: _each(given[column], lambda text: None if is_missing(text) else text) for column in NAMES}
    known["speaker"] = _each(known["speaker"], lambda text: None if is_nobody(text) else text)
    emotion = _each(known["emotion"], lambda label: None if is_undecided(label) else named(label))
    corpus = known["corpus"].fillna(name)
    whole = [str(who).startswith(f"{own}/") for who, own in zip(known["speaker"], corpus, strict=True)]
    speaker = known["speaker"].where(whole, corpus + "/" + known["speaker"]).astype("str")
    sex = _each(known["sex"], lambda text: SEXES.get(text.lower()))
    files = given["file"] if root is None else Places(source, root).located(given["file"])
    clips = given.assign(**known).assign(file=files, emotion=emotion, corpus=corpus, speaker=speaker, sex=sex)
    label = given["emotion"].where((given["emotion"] != emotion) | emotion.isna())
    if label.notna().any() or "label" in table:
        clips["label"] = texts(table, "label").fillna(given["emotion"])
    if (sex.isna() & known["sex"].notna()).any() and "sex_given" not in clips:
        clips["sex_given"] = known["sex"]
    clips = clips[[*COLUMNS, *(column for column in clips if column not in COLUMNS)]]
    clips = clips.sort_values(["speaker", "file"], kind="stable", ignore_index=True)
    renamed = label.notna() & emotion.notna()
    pairs = set(zip(given["emotion"][renamed], emotion[renamed], strict=True))
    clips.attrs = {"left_out": {}, "mapping": dict(sorted(pairs)), "understood": []}
    return clips


def _each(column: pd.Series, change: Callable) -> pd.Series:
    """Each text changed, NA as it is; a table of 100,000 clips has few different ones."""
    return column.map({text: change(text) for text in column.dropna().unique()}).astype("str")


def in_nfc(text: str) -> str:
    """A text with each accent in one character with its letter (NFC), as most keyboards write it; macOS takes two."""
    return normalize("NFC", text)


def own_name(name: str, kind: str) -> str:
    """What to call a corpus after its file or folder: never like a published one, whose folds and counts it has not."""
    return f"{name}-{kind}" if name in PUBLISHED else name


def default_name(places: Sequence[str | Path], kind: str) -> str:
    """What to call a corpus of this kind: like its folder or table, several like the folder that they lie in."""
    paths = [Path(os.path.abspath(place)) for place in places]  # noqa: PTH100 (resolve would follow links)
    if len(paths) > 1:
        word = Path(os.path.commonpath([path.parent for path in paths])).name
    else:  # calls of calls.csv.gz
        word = Path(paths[0].name.removesuffix(".gz")).stem if kind == "table" else paths[0].name
    return own_name(word or kind, kind)


def texts(table: pd.DataFrame, column: str) -> pd.Series:
    """A column as texts, NA where they are blank or the column is not there."""
    if column not in table:
        return pd.Series(None, table.index, dtype="str")
    stripped = table[column].map(_text, na_action="ignore").astype("str")
    return stripped.where(stripped != "")


def _text(value: object) -> str:
    # Whole numbers beside an empty cell are floats to pandas: speaker 7, not 7.0.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
