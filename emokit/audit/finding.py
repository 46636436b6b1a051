"""One row of the audit."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

SEVERITIES = ("severe", "warning", "info")


class Finding(NamedTuple):
    """What one check found.

    Attributes:
        severity: "severe" (with a file: that clip is left out; without: no training), "warning" or "info".
        subject: the clip, as folder/name, or the group.
        found: what was found, in words, without a full path, since it is stored in notebooks.
        remedy: what to do.
        file: the clip's full path; NA where a group is meant.
    """

    severity: str
    subject: str
    found: str
    remedy: str
    file: str | None = pd.NA


def short(file: str) -> str:
    """A clip as it is shown: its folder and name."""
    return "/".join(Path(file).parts[-2:])


def number(n: int, what: str) -> str:
    """How many there are of what is called so in the plural: "1 speaker", "2 speakers"."""
    return f"{n} {what if n != 1 else what.removesuffix('s')}"


def listed(names, most: int = 5) -> str:
    """A few names in a row, and how many more there are."""
    names = list(map(str, names))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
