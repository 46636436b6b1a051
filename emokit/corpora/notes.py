"""What loading left out, renamed and dropped, in sentences to print beside the clips."""

import pandas as pd


def notes(clips: pd.DataFrame) -> str:
    """Lines that say which files were left out and why, which labels got other names, and which classes were dropped.

    Args:
        clips: as `corpora.load` gives; another table has lost its `attrs` and gives "".
    """
    lines = [f"left out, {reason}: {files}" for reason, files in clips.attrs.get("left_out", {}).items()]
    renamed = [f"{label} → {emotion}" for label, emotion in clips.attrs.get("mapping", {}).items()]
    lines += [f"labels in our words: {', '.join(renamed)}"] if renamed else []
    lines += [f"class {name} dropped: {number}" for name, number in clips.attrs.get("dropped", {}).items()]
    return "\n".join(lines)
