"""The error of all proofs, and how they read a table of the run folder."""

from pathlib import Path

import pandas as pd


class LeakError(ValueError):
    """The parts share what they must not share; the message names it."""


def read_table(path: Path) -> pd.DataFrame:
    """A table as it stands in the folder, all of it text: a sentence may be called 01."""
    table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    return table.rename(columns={"frames": "n_frames"})  # as older runs have it
