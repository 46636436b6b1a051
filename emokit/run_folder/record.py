"""run.json: what a run says of itself, read with every field checked, and compared before it is gone on with."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import joblib
import pandas as pd

from emokit import __version__, corpora, votes
from emokit import emotions as vocabulary
from emokit.certificate.inputs import ENROLLED, VOICES
from emokit.corpora.folder import as_list, relative
from emokit.features import KINDS
from emokit.notebook import project_root
from emokit.notebook_parameters import TABLE

SHOWN = 8  # names of other runs in a sentence
LOCK = ".lock"  # the file of the run folder that who trains it holds
FORMAT = 2  # of the folder
READ = (1, 2)  # a run of format 1 is opened, but its proof is not believed, and it is not gone on with
OLD = "was made by format 1, whose proof says neither what is unknown nor what fit read; train it again"
FILES = (  # those that run.json lists, all of them once the run is complete
    *("clips.csv", "findings.csv", "split.json", "normalizer.npz", "model.json", "model.weights.h5", "history.csv"),
    *("predictions.csv", "metrics.json", "embeddings.npz", "train.log"),
)
NEIGHBOURS = "neighbours.npz"  # not kept by older runs
STEPS = "steps.npz"  # not kept by older runs, nor where the model has none
MAY_BE = (NEIGHBOURS, STEPS, VOICES, ENROLLED)  # the last two where frames are normalised by speaker
FREE = {  # may differ
    *("data_dir", "audio_dir", "outputs_dir", "encoder", "layer"),  # the features tell checksum and layer
    *("run", "preset", "n_jobs", "tensorboard", "save_minutes", "epochs"),
}
BEFORE = {  # what runs did before there was a parameter for it, where its default is another
    "front_end": "conv1d",
    "body": "bilstm",
    "schedule": "plateau",
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "learning_rate": 0.0003,
    "dropout": 0.5,
    "l2": 0.001,
}
FREE_FEATURES = {"model"}  # where the weights of an encoder lay, as long as their checksum is the same
OWN = "emokit-ser"  # of the code that runs, installed or not
PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "librosa", "soundfile", "soxr")

FIELDS = {"format": int, "name": str, "state": str, "parameters": dict, "emotions": list, "features": dict}
FIELDS |= {"data": dict, "versions": dict, "sessions": list, "files": dict}


class RunError(Exception):
    """A run that cannot be made, continued or opened; the message names the file or field and the remedy."""


def describe(name: str, parameters: Mapping, clips: pd.DataFrame, settings, emotions) -> dict:
    """What run.json says of a run that begins."""
    names = sorted(clips["corpus"].unique()) if "corpus" in clips else []
    facts = {corpus: {fact: corpora.about(corpus)[fact] for fact in ("licence", "citation")} for corpus in names}
    return {
        "format": FORMAT,
        "name": name,
        "state": "running",
        "parameters": _of_today({key: plain(value) for key, value in parameters.items()}),
        "emotions": list(emotions) if emotions is not None else vocabulary.in_order(clips["emotion"].unique()),
        "features": _features(settings),
        "seed": parameters.get("seed"),
        "data": {"clips": len(clips), "digest": _digest(clips), "corpora": facts},
        "versions": _versions(),
        "git_commit": _git_commit(),
        "sessions": [],
        "files": {},
    }


def _features(settings) -> dict:
    """What run.json says of the settings of the features."""
    kind = next((kind for kind, made in KINDS.items() if made is type(settings)), None)
    if kind is None:
        raise RunError(f"{type(settings).__name__} is no kind of features; enter it in features.KINDS first.")
    return {"kind": kind, "name": settings.name(), **asdict(settings)}


def plain(value):
    """A parameter as JSON keeps it; a path inside the project is relative to its root, so that it holds elsewhere."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return relative(value, project_root()) or str(value)
    return value


def _digest(clips: pd.DataFrame) -> str:
    """Checksum of what is trained on: audio, emotion, speaker, part and votes of each clip, in the order of files."""
    columns = [name for name in ("digest", "emotion", "speaker", "part") if name in clips]
    columns += votes.columns(votes.names(clips))
    rows = clips.sort_values("file", kind="stable")[columns].astype("string").fillna("")
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()


def machine() -> dict:
    """Device and threads; the GPU's name if TensorFlow is at work and sees one."""
    tensorflow, gpus = sys.modules.get("tensorflow"), []
    if tensorflow:
        for gpu in tensorflow.config.list_physical_devices("GPU"):
            gpus.append(tensorflow.config.experimental.get_device_details(gpu).get("device_name", gpu.name))
    chosen = tensorflow.config.threading.get_intra_op_parallelism_threads() if tensorflow else 0
    return {"device": ", ".join(gpus) or _processor(), "threads": chosen or joblib.cpu_count()}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _versions() -> dict[str, str | None]:
    return {"python": platform.python_version(), OWN: __version__} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    if told := os.environ.get("EMOKIT_COMMIT"):  # where the files were brought without their repository
        return told
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def now() -> str:
    """The time, as run.json keeps it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_record(path: Path) -> dict:
    """run.json, each field checked."""
    if not path.is_dir():
        near = sorted(other.parent.name for other in path.parent.glob("*/run.json"))
        more = f" and {len(near) - SHOWN} more" if len(near) > SHOWN else ""
        known = f"; there are {', '.join(near[:SHOWN])}{more}" if near else ""
        raise RunError(f"There is no run {path.name} in {path.parent}{known}; train it by 02.")
    if not (path / "run.json").is_file():
        raise RunError(f"{path.name} holds no run.json, so it is no run or only half of one; train it by 02.")
    record = read_json(path / "run.json")
    _check_fields(path.name, record)
    strange = sorted(set(record["files"]) - {*FILES, *MAY_BE})
    if strange:
        raise RunError(f"{path.name}/run.json: files lists {strange[0]!r}, no file of a run.")
    unlisted = [name for name in FILES if name not in record["files"]]
    if unlisted and record["state"] == "complete" and record["format"] == FORMAT:
        what = f"{path.name}/run.json: the run is complete, but files does not list {unlisted[0]}"
        raise RunError(f"{what}; copy the run again, or train it under another name.")
    missing = sorted({"data_dir", "epochs"} - set(record["parameters"]))
    if missing:
        raise RunError(f"{path.name}/run.json: parameters has no {missing[0]}; copy the run again.")
    record["parameters"] = _of_today(record["parameters"])
    for field in ("data_dir", "audio_dir"):
        folders = record["parameters"].get(field, [])
        if not (isinstance(folders, list) and all(isinstance(folder, str) for folder in folders)):
            raise RunError(f"{path.name}/run.json: {field} is {str(folders)[:60]!r}, no folder; copy the run again.")
    return record


def _check_fields(run: str, record: dict) -> None:
    """Refuse a format that this emokit does not read, and a field of another kind."""
    number = record.get("format")
    if isinstance(number, int) and number not in READ:
        remedy = "update emokit" if number > FORMAT else "train it again under another name"
        raise RunError(f"{run}/run.json: format is {number}, this emokit reads 1 and {FORMAT}; {remedy}.")
    for field, kind in FIELDS.items():
        if not isinstance(record.get(field), kind):
            what = f"{run}/run.json: {field} is {str(record.get(field))[:60]!r}"
            raise RunError(f"{what}; expected {kind.__name__}: copy the run again.")


def places(parameters: Mapping) -> list:
    """The folders that hold the clips of a run, to which paths in its tables are relative: corpora, then sounds."""
    return [*as_list(parameters["data_dir"]), *as_list(parameters.get("audio_dir") or [])]


def _of_today(parameters: dict) -> dict:
    """Parameters as the notebooks have them; an older run had one corpus outside a list, and a name was another."""
    renamed = {"speaker": "speaker_pattern"}
    read = {renamed.get(name, name): value for name, value in parameters.items()}
    alone = [name for name in ("corpus", "data_dir", "name", "classes") if isinstance(read.get(name), str)]
    return read | {name: [read[name]] for name in alone}


def read_json(path: Path) -> dict:
    """A JSON file that holds names with values, or RunError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path.parent.name}/{path.name} is not JSON ({error}); copy the run again.") from None
    if not isinstance(content, dict):
        raise RunError(f"{path.parent.name}/{path.name} holds {type(content).__name__}; expected names with values.")
    return content


def settings_of(features: dict):
    """The settings that run.json keeps, or RunError if this emokit computes something else under them."""
    if "kind" not in features:  # older: all log-mel, at first without a high-pass
        renamed = {"n_mels": "n_bands"}
        features = {"kind": "log_mel", "high_pass": 0.0} | {renamed.get(k, k): value for k, value in features.items()}
    try:
        settings = KINDS[features["kind"]](**{k: value for k, value in features.items() if k not in ("kind", "name")})
        name = settings.name()
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"run.json: features are unknown to this emokit ({error}); take the one that ran.") from None
    if name != features.get("name"):
        stored = features.get("name")
        raise RunError(f"run.json: features are {stored!r}, this emokit makes {name!r}; take the one that made them.")
    return settings


def value(values: dict, field: str, key: str):
    """A value that run.json keeps; of a parameter that an older run did not have, what leaves all as it was then."""
    row = TABLE.get(key) if field == "parameters" else None
    if row and key in BEFORE:
        return values.get(key, BEFORE[key])
    unset = None if row is None else [row.default] * bool(row.default) if row.several else row.default
    return values.get(key, unset)


def parameters_of(content: dict) -> dict:
    """Every parameter of 02 as a run had it; one that was not there yet when it was made, as it was without."""
    return {name: value(content["parameters"], "parameters", name) for name in {**TABLE, **content["parameters"]}}


def require_same(then: dict, now: dict, *, versions: bool) -> None:
    """Refuse to go on with a run under other conditions, naming each difference."""
    then = then | {"features": _features(settings_of(then["features"]))}  # in today's words
    compared = {"parameters": "", "features": "features ", "versions": "version of "}
    found, free = [], {"parameters": FREE, "features": FREE_FEATURES}
    for field, prefix in compared.items():
        if field == "versions" and not versions:
            continue
        for key in {**then[field], **now[field]}:
            old, new = (value(side[field], field, key) for side in (then, now))
            if old != new and key not in free.get(field, ()):
                found.append(f"{prefix}{key} was {old!r} and is now {new!r}")
    if then["emotions"] != now["emotions"]:
        found.append(f"classes were {', '.join(then['emotions'])} and are now {', '.join(now['emotions'])}")
    if then["data"]["digest"] != now["data"]["digest"]:
        found.append(f"the clips are others ({then['data']['clips']} then, {now['data']['clips']} now)")
    old, new = (side["parameters"].get("epochs", 0) for side in (then, now))
    planned = now["parameters"].get("schedule") == "cosine"
    if versions and (new < old or planned and new > old):
        why = "the learning rate falls over all of them" if planned else "it may only grow"
        found.append(f"epochs was {old} and is now {new} ({why})")
    if found:
        differences = "; ".join(found)
        raise RunError(f"Run {then['name']} was made otherwise: {differences}. Set that back, or take another name.")
