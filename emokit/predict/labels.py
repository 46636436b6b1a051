"""What is heard over time, as a label track that sound editors open."""

import pandas as pd


def audacity(rows: pd.DataFrame) -> str:
    """Windows as a label track of Audacity (File, Import, Labels): a line each, "start\\tend\\tlabel" in s.

    The label is what is heard, how sure that is, and in brackets what speaks against it. Windows in which nothing is
    heard are left out.

    Args:
        rows: as `predict(…, windows=True)` gives them, of one recording.
    """
    said = rows[rows["predicted"].notna()]
    return "".join(f"{row.start:.3f}\t{row.end:.3f}\t{_label(row)}\n" for row in said.itertuples())


def _label(row) -> str:
    against = f" ({row.flag})" if row.flag else ""
    return " ".join(f"{row.predicted} {row.confidence:.0%}{against}".split())
