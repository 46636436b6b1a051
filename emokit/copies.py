"""Which of several copies of a recording is kept: chosen by ear in 01, taken by 02 before anything else is done."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, corpora
from emokit.audit import COLUMNS as FINDING
from emokit.audit import duplicates, fingerprint
from emokit.audit.finding import short
from emokit.audit.overlaps import without_overlaps

CHECK, DONE = "left out", "the clip was left out"  # as the findings of the audit call it
OTHER = "not applied: another recording lies there now"
COLUMNS = ["file", "digest", "kept"]


def groups(clips: pd.DataFrame) -> list[pd.DataFrame]:
    """The clips that hold one recording, exactly or nearly, a table a group.

    Args:
        clips: with their measurements, as `audit.measure` gives.
    """
    return list(duplicates.copies(without_overlaps(clips), fingerprint.SAME))


def read(path: Path, places: Sequence[Path]) -> pd.DataFrame:
    """What was left out so far, maybe nothing: `file` (absolute), `digest` of its samples, and the name `kept` instead.

    Raises:
        CorpusError: where the table has no column `file`, or names one outside of `places`.
    """
    table = corpora.read_clips(path, places) if path.exists() else pd.DataFrame(columns=COLUMNS)
    return table.reindex(columns=COLUMNS).astype("string")


def keep(path: Path, group: pd.DataFrame, file: str | None, places: Sequence[Path]) -> None:
    """Keep one clip of a group and note the others as left out, in place of what was chosen of them before.

    Args:
        path: the table; another one's choices stay in it.
        group: as `groups` gives it.
        file: which one; None keeps all.
        places: folders that the files lie in.
    """
    before = read(path, places)
    others = group[group["file"] != file].drop_duplicates("file") if file else group.iloc[:0]
    noted = others[["file", "digest"]].assign(kept=short(file or "")).astype("string")
    table = pd.concat([before[~before["file"].isin(group["file"])], noted], ignore_index=True)
    if len(table):
        corpora.write_clips(path, table, places)
    else:
        atomic_files.write_csv(path, table)


def leave_out(clips: pd.DataFrame, tables: Sequence[Path], places: Sequence[Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The clips without those that these tables name.

    Args:
        clips: columns `file` and `digest`.
        tables: as `keep` writes them, or any CSV with a column `file`, relative to the folder of its corpus; a `digest`
            in it has to be that of the recording, so that a file that was replaced meanwhile stays.
        places: folders that the files lie in.

    Returns:
        What remains, with its index; and what was left out, and why something was not, as findings of the audit.

    Raises:
        CorpusError: of a table that is not there or is none.
    """
    missing = [path for path in tables if not path.exists()]
    if missing:
        raise corpora.CorpusError(f"There is no table {missing[0]} of clips to leave out; 01 writes copies.csv.")
    none = pd.DataFrame(columns=[*COLUMNS, "table"], dtype="string")
    named = pd.concat([none, *(read(path, places).assign(table=path.name) for path in tables)])
    named = named.drop_duplicates("file", keep="last")
    there = named.merge(clips[["file", "digest"]].drop_duplicates("file"), "left", "file", suffixes=("", "_here"))
    other = there["digest_here"].notna() & there["digest"].notna() & (there["digest"] != there["digest_here"])
    gone = there["file"].isin(clips["file"]) & ~other
    remedies = np.select([gone, other], [DONE, OTHER], "not applied: no such clip is here")
    return clips[~clips["file"].isin(there["file"][gone])], _findings(there, remedies)


def _findings(named: pd.DataFrame, remedies: np.ndarray) -> pd.DataFrame:
    kept = (", " + named["kept"] + " is kept").where(named["kept"].fillna("") != "", "")
    done = {"severity": "info", "check": CHECK, "subject": named["file"].map(short)}
    done |= {"found": "is named in " + named["table"] + kept, "remedy": remedies, "file": named["file"]}
    return pd.DataFrame(done, columns=FINDING).astype("string")
