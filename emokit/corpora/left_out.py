"""What loading left out, renamed and dropped, in sentences to print beside the clips."""

import pandas as pd

KEPT = ("left_out", "mapping", "dropped")  # what `corpora.load` leaves in `attrs`, empty where there is nothing to tell


def notes(clips: pd.DataFrame) -> str:
    """Lines that say which files were left out and why, which labels got other names, and which classes were dropped.

    Args:
        clips: as `corpora.load` gives. A table that pandas made of several has lost its `attrs`, and nothing is known
            of it any more; the lines say so.
    """
    if any(key not in clips.attrs for key in KEPT):
        return "What loading left out is not known of this table any more; ask for the notes of what corpora.load gave."
    left_out, mapping, dropped = (clips.attrs[key] for key in KEPT)
    lines = [f"left out, {reason}: {files}" for reason, files in left_out.items()]
    renamed = [f"{label} → {emotion}" for label, emotion in mapping.items()]
    lines += [f"labels in our words: {', '.join(renamed)}"] if renamed else []
    lines += [f"class {name} dropped: {number}" for name, number in dropped.items()]
    return "\n".join(lines) or "Nothing was left out, renamed or dropped in loading."
