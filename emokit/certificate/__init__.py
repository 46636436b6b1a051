"""The certificate of a split: proof of what the parts share and what they do not, kept and checked again."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, emotions
from emokit.certificate import inputs
from emokit.certificate.inputs import is_transductive
from emokit.certificate.leak import LeakError, read_table
from emokit.splits import PARTS, SCHEMES

SHARED = {  # what could cross, in words, and what to do; a sentence may, and is reported
    "speaker": ("speakers", "give each speaker to one part"),
    "digest": ("recordings", "leave the copies out or keep them in one part"),
    "sentence": ("sentences", "the split speaker+sentence gives the test its own"),
}
READ_BY_FIT = {"learned_from": "train", "epoch_chosen_by": "dev"}
NETWORK = "network_sha256"  # of its weights, as fit left them

__all__ = ["LeakError", "add_reading", "check", "conditions", "crossings", "hold", "hold_weights", "overlaps", "prove"]
__all__ += ["sentence", "table", "warnings", "write"]


def overlaps(clips: pd.DataFrame, column: str) -> dict[str, list[str]]:
    """List which known names of a column each two parts share: {"train & dev": [...], "train & test": …, …}."""
    names = _column(clips, column).astype("str")
    of = {part: set(names[clips["part"] == part].dropna()) for part in PARTS}
    return {f"{a} & {b}": sorted(of[a] & of[b]) for a, b in combinations(PARTS, 2)}


def _column(clips: pd.DataFrame, name: str) -> pd.Series:
    """A column, or one of unknowns where the clips have none."""
    return clips[name] if name in clips else pd.Series(pd.NA, clips.index, dtype="string")


def prove(clips: pd.DataFrame, *, scheme: str = "speaker") -> pd.DataFrame:
    """Show that no part is empty, no recording in two, and nothing else shared that the scheme forbids.

    Gives one row a part: speakers, clips, and the clips of each class.

    Args:
        clips: with `part`, `emotion`, `speaker`; `digest` (of the decoded audio) and `group` where they are known.
        scheme: how the parts were made, one of `splits.SCHEMES`; "clip" and "table" may share speakers (the result is
            speaker-dependent then), "table" groups too.

    Raises:
        LeakError: naming what crosses, and between which parts; or the part that is empty; or a scheme that is none.
    """
    if scheme not in SCHEMES:
        raise LeakError(f"No split is called {scheme!r}; expected one of {', '.join(SCHEMES)}.")
    for part in PARTS:
        if not (clips["part"] == part).any():
            why = "none was dealt to it, or all were left out (the audit says why)"
            raise LeakError(f"Part {part} has no clip: {why}; mend its clips, or take another fold or split.")
    for column in ("digest", *SCHEMES[scheme]):
        for parts, names in overlaps(clips, column).items():
            if names and (column != "sentence" or "test" in parts):
                raise LeakError(_leak_sentence(clips, column, parts, names))
    return table({"parts": _parts(clips)})


def table(proof: Mapping) -> pd.DataFrame:
    """A row a part of a proof, as `check` gives it: speakers (or "unknown"), clips, and the clips of each class."""
    parts = pd.DataFrame.from_dict(proof["parts"], orient="index")
    counts = pd.DataFrame.from_dict(dict(parts["emotions"]), orient="index").fillna(0).astype(int)
    speakers = [_counted(part["speaker"], part["unknown"]["speaker"]) for part in proof["parts"].values()]
    sizes = pd.DataFrame({"speakers": speakers, "clips": parts["clips"]}, parts.index)
    return sizes.join(counts[emotions.in_order(counts.columns)]).rename_axis("part")


def _counted(names: list[str], unknown: int) -> int | str:
    return len(names) if not unknown else f"{len(names)} and unknown" if names else "unknown"


def conditions(*proofs: Mapping) -> dict[str, bool]:
    """What `metrics.headline` has to say of results under these proofs, if of any."""
    dependent, transductive = (proof["speaker_dependent"] for proof in proofs), map(is_transductive, proofs)
    return {"speaker_dependent": any(dependent), "transductive": any(transductive)}


def crossings(proof: Mapping) -> pd.DataFrame:
    """Of a proof: how many speakers, recordings (digest) and sentences each two parts share, or "unknown"."""
    return pd.DataFrame.from_dict(proof["overlaps"], orient="index", dtype=object).fillna("unknown")


def warnings(proof: Mapping) -> list[str]:
    """What a reader has to know of a proof before the figures, one sentence each."""
    parts, sentences = proof["parts"].values(), []
    if unknown := sum(part["unknown"]["speaker"] for part in parts):
        who = f"the speakers of {unknown} of {sum(part['clips'] for part in parts)} clips are unknown"
        sentences.append(f"Speaker-dependent: {who}, and may be in several parts; nothing is shown of other people.")
    elif proof["speaker_dependent"]:
        voices = "voices of the test were heard in training; it says nothing of other people"
        if [pair for pair, n in proof["overlaps"]["speaker"].items() if n] == ["train & dev"]:
            voices = "dev, which judged each epoch, has voices of train; those of the test are others"
        sentences.append(f"Speaker-dependent: {voices}.")
    if not (proof["learned_from"] and proof["epoch_chosen_by"]):
        sentences.append("Not recorded: which clips the network learned from, and which judged it.")
    return sentences + inputs.warnings(proof)


def _leak_sentence(clips: pd.DataFrame, column: str, parts: str, names: list[str]) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if column == "digest":
        files = [Path(file).name for file in clips.loc[clips["digest"] == names[0], "file"]]
        shown = " = ".join(files) + ", …" * (len(names) > 1)
    what, remedy = SHARED.get(column, ("groups", "keep what belongs together in one part"))
    return f"{parts} share {len(names)} {what if len(names) > 1 else what.removesuffix('s')} ({shown}); {remedy}."


def sentence(clips: pd.DataFrame) -> str:
    """Say in one line what the parts share, and what of it is not known."""
    phrases = []
    for column, (what, _) in SHARED.items():
        names = _column(clips, column)
        unknown, n = int(names.isna().sum()), len(set().union(*overlaps(clips, column).values()))
        total = f" of {names.nunique()}" if column == "sentence" else ""
        said = f"{what} of {unknown} of {len(clips)} clips unknown, {n}{total} known ones shared"
        said = said if unknown else f"{n}{total} {what} shared"
        phrases.append(said if unknown < len(clips) else f"{what} unknown")
    if clips["speaker"].isna().any():
        phrases[0] += " (voices may be in several parts: speaker-dependent)"
    elif not phrases[0].startswith("0 "):
        phrases[0] += " (speaker-dependent)"
    n_groups, crossing = _column(clips, "group").nunique(), set().union(*overlaps(clips, "group").values())
    return ", ".join(phrases + [f"{len(crossing)} of {n_groups} groups shared"] * bool(n_groups))


def write(
    path: str | Path,
    clips: pd.DataFrame,
    *,
    normalizer,
    class_weights: Mapping[int, float],
    scheme: str,
    settings=None,
    enrolled: pd.DataFrame | None = None,
    teacher=None,
) -> dict:
    """Write split.json: who and what is in each part, what crosses, and on what the statistics were fitted.

    Args:
        path: the file.
        clips: with `part`, `speaker`, `emotion`, `n_frames` (of each clip's features) and `digest`.
        normalizer: the fitted FeatureNormalizer; its frames must be those of the training part, or LeakError.
        class_weights: by class index, as given to `model.fit`.
        scheme: how the parts were made.
        settings: of the features, whose `provenance` is kept if they have one.
        enrolled: clips that only tell what the voices of dev and test are like, where the normalizer knows voices.
        teacher: a Run whose answers are learned beside the labels, or None.
    """
    train_frames = int(clips.loc[clips["part"] == "train", "n_frames"].sum())
    if normalizer.n_frames_ != train_frames:
        what = f"The normalizer was fitted on {normalizer.n_frames_} frames, the training part has {train_frames}"
        raise LeakError(f"{what}; fit it on the training part alone.")
    names, sha256 = emotions.in_order(clips["emotion"].unique()), atomic_files.sha256_of(normalizer.statistics.values())
    certificate = {
        **_statement(clips, scheme),
        "normalizer": {"part": "train", "frames": train_frames, "sha256": sha256},
        "class_weights": {"part": "train", "weights": {names[k]: w for k, w in class_weights.items()}},
        **inputs.statement(normalizer, settings, enrolled, teacher),
        **dict.fromkeys([*READ_BY_FIT, NETWORK]),  # null until `add_reading`: a promise is no fact
    }
    atomic_files.write_json(path, certificate)
    return certificate


def _statement(clips: pd.DataFrame, scheme: str) -> dict:
    shared = {
        column: {parts: _known(clips, column, parts, len(names)) for parts, names in overlaps(clips, column).items()}
        for column in SHARED
    }
    dependent = scheme == "clip" or any(n is None or n > 0 for n in shared["speaker"].values())
    statement = {"scheme": scheme, "speaker_dependent": dependent, "parts": _parts(clips), "overlaps": shared}
    statement |= {"groups": n_groups} if (n_groups := _column(clips, "group").nunique()) else {}
    return {**statement, "sha256": hashlib.sha256(json.dumps(statement, sort_keys=True).encode()).hexdigest()}


def _known(clips: pd.DataFrame, column: str, parts: str, n: int) -> int | None:
    """A count of what two parts share, or None where a clip of theirs could add to it."""
    names = _column(clips, column)[clips["part"].isin(parts.split(" & "))]
    return None if names.isna().any() else n


def _parts(clips: pd.DataFrame) -> dict:
    parts = {}
    for part in PARTS:
        of_part = clips[clips["part"] == part]
        columns = {name: _column(of_part, name) for name in SHARED}
        parts[part] = {
            "clips": len(of_part),
            "emotions": of_part["emotion"].value_counts().sort_index().to_dict(),
            **{name: sorted(values.dropna().unique()) for name, values in columns.items()},
            "unknown": {name: int(values.isna().sum()) for name, values in columns.items()},
        }
    return parts


def hold_weights(run_folder: str | Path, weights: Iterable[np.ndarray]) -> None:
    """Refuse other weights than `add_reading` recorded, by a LeakError; where it recorded none, all are taken."""
    kept = _stored(Path(run_folder)).get(NETWORK) if (Path(run_folder) / "split.json").is_file() else None
    if kept and kept != atomic_files.sha256_of(weights):
        what = "these weights are not those that fit left"
        raise LeakError(f"{Path(run_folder).name}: {what}; build the network anew and run fit again under this name.")


def hold(clips: pd.DataFrame, part: str, read: pd.DataFrame) -> None:
    """Refuse a reader of other clips, or other labels, than those of a part.

    Args:
        clips: of the run, with `file`, `emotion`, `part`.
        part: which part is to be read.
        read: the clips that are read, with `file`, `emotion`; LeakError says of which other parts they are, or how many
            are missing.
    """
    own = clips[clips["part"] == part]
    part_of = clips.drop_duplicates("file").set_index("file")["part"]
    others = read["file"].map(part_of).fillna("no part").value_counts().drop(part, errors="ignore")
    if wrong := [f"{n} clips of {other}" for other, n in others.sort_index().items()]:
        raise LeakError(f"What is read as {part} holds {' and '.join(wrong)}; give the {len(own)} clips of {part}.")
    if sorted(read["file"]) != sorted(own["file"]):
        raise LeakError(f"What is read as {part} are {len(read)} clips, the run has {len(own)}; give all of them once.")
    if dict(zip(read["file"], read["emotion"], strict=True)) != dict(zip(own["file"], own["emotion"], strict=True)):
        raise LeakError(f"What is read as {part} has other labels than the run keeps; give the clips of the run.")


def add_reading(run_folder: str | Path, *, learned_from: pd.Series, epoch_chosen_by: pd.Series, weights=None) -> None:
    """Add to split.json what `fit` was seen to read: the clips it learned from, and those it was judged by.

    Args:
        run_folder: with clips.csv and split.json.
        learned_from: bool (clips,), rows as in clips.csv.
        epoch_chosen_by: likewise.
        weights: arrays, those of the network as `fit` left them, for `hold_weights`.
    """
    folder = Path(run_folder)
    stored, clips = _stored(folder), read_table(folder / "clips.csv")
    stored["learned_from"] = _read_rows(clips[learned_from.to_numpy()])
    stored["epoch_chosen_by"] = _read_rows(clips[epoch_chosen_by.to_numpy()])
    stored[NETWORK] = None if weights is None else atomic_files.sha256_of(weights)
    atomic_files.write_json(folder / "split.json", stored)


def _read_rows(clips: pd.DataFrame) -> dict:
    columns = clips.columns.intersection(["file", "root", "digest", "emotion", "part"])
    rows = clips[sorted(columns)].fillna("").sort_values("file", kind="stable")
    parts = " and ".join(part for part in PARTS if part in set(clips["part"]))
    return {"part": parts, "clips": len(clips), "sha256": hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()}


def _stored(folder: Path) -> dict:
    return json.loads((folder / "split.json").read_text(encoding="utf-8"))


def check(run_folder: str | Path) -> dict:
    """Check a certificate again, from the run folder alone: split.json, clips.csv, normalizer.npz and predictions.csv.

    Raises:
        LeakError: if the files disagree, or the parts share a speaker or a recording.
    """
    folder = Path(run_folder)
    stored, clips = _stored(folder), read_table(folder / "clips.csv")
    if "groups" not in stored:  # an older run, or nothing was grouped
        clips = clips.drop(columns="group", errors="ignore")
    prove(clips, scheme=stored["scheme"])
    statement = _statement(clips, stored["scheme"])
    same = statement == {name: stored.get(name) for name in statement}
    _require(same, folder, "clips.csv and split.json do not tell of the same split")
    frames = int(clips.loc[clips["part"] == "train", "n_frames"].astype(int).sum())
    with np.load(folder / "normalizer.npz", allow_pickle=False) as normalizer:
        fitted = int(normalizer["n_frames"])
        sha256 = atomic_files.sha256_of([normalizer[name] for name in ("n_frames", "mean", "squares")])
    if not frames == fitted == stored["normalizer"]["frames"]:
        raise LeakError(f"{folder.name}: the normalizer saw {fitted} frames, the training part has {frames}.")
    same = sha256 == stored["normalizer"].get("sha256")
    _require(same, folder, "normalizer.npz is not the one that split.json tells of")
    _check_weights(folder.name, clips, stored["class_weights"]["weights"])
    inputs.check(folder, stored, clips)
    for name, part in READ_BY_FIT.items():
        same = not stored[name] or stored[name] == _read_rows(clips[clips["part"] == part])
        _require(same, folder, f"{name} in split.json is not part {part} of clips.csv")
    if (folder / "predictions.csv").exists():
        _check_predictions(folder, clips)
    return stored


def _require(same: bool, folder: Path, difference: str) -> None:
    if not same:
        raise LeakError(f"{folder.name}: {difference}; one was changed.")


def _check_predictions(folder: Path, clips: pd.DataFrame) -> None:
    columns = [name for name in ("file", "root", "digest", "corpus", "part", "emotion", "speaker") if name in clips]
    predicted = read_table(folder / "predictions.csv").reindex(columns=columns)
    one, other = (table[columns].fillna("").sort_values(columns).to_numpy() for table in (predicted, clips))
    what = "predictions.csv and clips.csv do not tell of the same recordings, parts, emotions and speakers"
    _require(np.array_equal(one, other), folder, what)


def _check_weights(name: str, clips: pd.DataFrame, weights: Mapping[str, float]) -> None:
    """Balanced weights give every class the same sum, weight × training clips; uniform ones tell nothing of them."""
    if set(weights.values()) <= {1.0}:
        return
    counts = clips.loc[clips["part"] == "train", "emotion"].value_counts()
    sums = [weights[emotion] * counts.get(emotion, 0) for emotion in weights]
    if max(sums) - min(sums) > 1e-6 * max(sums):
        raise LeakError(f"{name}: the class weights are not those of the training part.")
