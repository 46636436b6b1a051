"""The certificate of a split: proof that the parts share no speaker and no recording, kept and checked again."""

import hashlib
import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, emotions
from emokit.splits import PARTS

SHARED = ("speaker", "digest", "sentence")  # what could cross; a sentence may, and is reported


class LeakError(ValueError):
    """The parts share what they must not share; the message names it."""


def overlaps(clips: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """List what each two parts share: {"speaker": {"train & dev": [...], …}, "digest": …, "sentence": …}."""
    found = {}
    for column in SHARED:
        if column not in clips:
            continue
        heard = {part: set(clips.loc[clips["part"] == part, column].dropna()) for part in PARTS}
        found[column] = {f"{a} & {b}": sorted(heard[a] & heard[b]) for a, b in combinations(PARTS, 2)}
    return found


def prove(clips: pd.DataFrame, *, speaker_dependent: bool = False, new_sentences: bool = False) -> pd.DataFrame:
    """Show that no speaker and no recording is in two parts, or refuse.

    Args:
        clips: with `part`, `emotion`, `speaker`, and `digest` (of the decoded audio) where it was measured.
        speaker_dependent: lets speakers cross (split `clip`); recordings may not cross even then.
        new_sentences: the test may share no sentence either (split `speaker+sentence`).

    Returns:
        One row a part: speakers, clips, and the clips of each class.

    Raises:
        LeakError: naming what crosses, and between which parts.
    """
    shared = overlaps(clips)
    forbidden = ["digest"] + ["speaker"] * (not speaker_dependent) + ["sentence"] * new_sentences
    for column in forbidden:
        for parts, names in shared.get(column, {}).items():
            if names and (column != "sentence" or "test" in parts):
                raise LeakError(_leak_sentence(clips, column, parts, names))
    counts = pd.crosstab(clips["part"], clips["emotion"])
    counts = counts.reindex(index=list(PARTS), columns=emotions.in_order(counts.columns), fill_value=0)
    who = clips.groupby("part").agg(speakers=("speaker", "nunique"), clips=("speaker", "size"))
    return who.reindex(list(PARTS), fill_value=0).join(counts).rename_axis("part")


def _leak_sentence(clips: pd.DataFrame, column: str, parts: str, names: list[str]) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if column == "speaker":
        return f"{parts} share {len(names)} speakers ({shown}); give each speaker to one part."
    if column == "sentence":
        return f"{parts} share {len(names)} sentences ({shown}); the split speaker+sentence gives the test its own."
    files = [Path(file).name for file in clips.loc[clips["digest"] == names[0], "file"]]
    what = f"{parts} share {len(names)} recordings ({' = '.join(files)}, …)"
    return f"{what}; leave the copies out or keep them in one part."


def sentence(clips: pd.DataFrame) -> str:
    """Say in one line what the parts share."""
    shared = overlaps(clips)
    counts = {column: len(set().union(*map(set, pairs.values()))) for column, pairs in shared.items()}
    known = clips["speaker"].notna().any()
    said = [f"{counts['speaker']} speakers shared" if known else "speakers unknown, voices may be in several parts"]
    if "digest" in counts:
        said.append(f"{counts['digest']} recordings shared")
    if "sentence" in counts:
        said.append(f"{counts['sentence']} of {clips['sentence'].nunique()} sentences shared")
    return ", ".join(said)


def write(
    path: str | Path, clips: pd.DataFrame, *, normalizer, class_weights: Mapping[int, float], scheme: str
) -> dict:
    """Write split.json: who and what is in each part, what crosses, and on what the statistics were fitted.

    Args:
        path: the file.
        clips: with `part`, `speaker`, `emotion`, `frames` (of each clip's features) and `digest`.
        normalizer: the fitted FeatureNormalizer; its frames must be those of the training part, or LeakError.
        class_weights: by class index, as given to `model.fit`.
        scheme: how the parts were made.
    """
    certificate = _statement(clips, scheme)
    train_frames = int(clips.loc[clips["part"] == "train", "frames"].sum())
    if normalizer.n_frames_ != train_frames:
        raise LeakError(
            f"The normalizer was fitted on {normalizer.n_frames_} frames, the training part has {train_frames}; "
            "fit it on the training part alone."
        )
    certificate["normalizer"] = {"part": "train", "frames": train_frames}
    names = emotions.in_order(clips["emotion"].unique())
    certificate["class_weights"] = {"part": "train", "weights": {names[k]: w for k, w in class_weights.items()}}
    certificate["epoch_chosen_by"] = "dev"
    atomic_files.write_json(path, certificate)
    return certificate


def _statement(clips: pd.DataFrame, scheme: str) -> dict:
    parts = {}
    for part in PARTS:
        of_part = clips[clips["part"] == part]
        columns = {name: sorted(of_part[name].dropna().unique()) for name in SHARED if name in clips}
        counts = of_part["emotion"].value_counts().sort_index().to_dict()
        parts[part] = {"clips": len(of_part), "emotions": counts, **columns}
    shared = {column: {pair: len(names) for pair, names in pairs.items()} for column, pairs in overlaps(clips).items()}
    statement = {"scheme": scheme, "speaker_dependent": scheme == "clip", "parts": parts, "overlaps": shared}
    return {**statement, "sha256": _digest(statement)}


def _digest(statement: dict) -> str:
    return hashlib.sha256(json.dumps(statement, sort_keys=True).encode()).hexdigest()


def check(run_folder: str | Path) -> dict:
    """Check a certificate again, from the run folder alone: split.json against clips.csv and normalizer.npz.

    Raises:
        LeakError: if the files disagree, or the parts share a speaker or a recording.
    """
    folder = Path(run_folder)
    stored = json.loads((folder / "split.json").read_text(encoding="utf-8"))
    text = dict.fromkeys(["part", "emotion", "file", *SHARED], "string")  # a sentence may be called 01
    clips = pd.read_csv(folder / "clips.csv", dtype=text, keep_default_na=False, na_values=[""])
    new_sentences = stored["scheme"] == "speaker+sentence"
    prove(clips, speaker_dependent=stored["speaker_dependent"], new_sentences=new_sentences)
    if _statement(clips, stored["scheme"])["sha256"] != stored["sha256"]:
        raise LeakError(f"{folder.name}: clips.csv and split.json do not tell of the same split; one was changed.")
    frames = int(clips.loc[clips["part"] == "train", "frames"].sum())
    with np.load(folder / "normalizer.npz", allow_pickle=False) as normalizer:
        fitted = int(normalizer["n_frames"])
    if not frames == fitted == stored["normalizer"]["frames"]:
        raise LeakError(f"{folder.name}: the normalizer saw {fitted} frames, the training part has {frames}.")
    _check_weights(folder.name, clips, stored["class_weights"]["weights"])
    return stored


def _check_weights(name: str, clips: pd.DataFrame, weights: Mapping[str, float]) -> None:
    """Balanced weights give every class the same sum, weight × training clips; uniform ones tell nothing of them."""
    if set(weights.values()) <= {1.0}:
        return
    counts = clips.loc[clips["part"] == "train", "emotion"].value_counts()
    sums = [weights[emotion] * counts.get(emotion, 0) for emotion in weights]
    if max(sums) - min(sums) > 1e-6 * max(sums):
        raise LeakError(f"{name}: the class weights are not those of the training part.")
