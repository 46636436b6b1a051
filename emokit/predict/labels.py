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
    flags = said["flag"].map(lambda flag: f" ({flag})" if flag else "")
    labels = said["predicted"] + said["confidence"].map(" {:.0%}".format) + flags
    each = zip(said["start"], said["end"], labels, strict=True)
    return "".join(f"{start:.3f}\t{end:.3f}\t{' '.join(label.split())}\n" for start, end, label in each)
