"""What loading understood, left out, renamed and dropped, in sentences to print beside the clips."""

import pandas as pd

KEPT = ("left_out", "mapping", "dropped")  # what `corpora.load` leaves in `attrs`, empty where there is nothing to tell


def notes(clips: pd.DataFrame) -> str:
    """Lines that say how a corpus was understood, which files were left out and why, which labels got other names.

    First come the sentences of your own corpora in `attrs["understood"]`, last the classes that were dropped. Of a
    table that pandas made of several, which has lost its `attrs`, nothing is known any more; that is said then.
    """
    if any(key not in clips.attrs for key in KEPT):
        return "What loading left out is not known of this table any more; ask for the notes of what corpora.load gave."
    left_out, mapping, dropped = (clips.attrs[key] for key in KEPT)
    lines = [f"left out, {reason}: {files}" for reason, files in left_out.items()]
    renamed = [f"{label} → {emotion}" for label, emotion in mapping.items()]
    lines += [f"labels in our words: {', '.join(renamed)}"] if renamed else []
    lines += [f"class {name} dropped: {number}" for name, number in dropped.items()]
    lines = lines or ["Nothing was left out, renamed or dropped in loading."]
    return "\n".join([*clips.attrs.get("understood", []), *lines])
