"""What run folders tell: only the files that a comparison needs, each as run.json lists it, or the reason why not."""

import json
import math
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from emokit import metrics
from emokit.notebook_parameters import OF_TRAINING
from emokit.run_folder import RunError, record
from emokit.run_folder.contents import UNREADABLE, Contents

READERS = 4  # threads: checksums and CSV files are read beside each other
ANSWERS = ("file", "root", "digest", "speaker", "part", "emotion", "predicted")  # columns of predictions.csv
# Parameters that tell where and how a run was made, and nothing of what it is.
PLACES = {"data_dir", "audio_dir", "outputs_dir", "run", "preset", "n_jobs", "tensorboard", "save_minutes"}
NUMBERED = re.compile(r"-(fold|seed|clip)\d+(?=-|$)")  # what the names of runs say of fold and seed


@dataclass(frozen=True)
class Told:
    """A run as it is compared.

    Attributes:
        path: its folder.
        state: `complete`, `running` or `interrupted at epoch n`.
        asked: its parameters, without those that say where it was made, or that it does not read.
        emotions: its classes, in the order of its outputs.
        history: an empty table, or a row an epoch: `epoch`, `val_uar` (0 … 1), `seconds`.
        answers: of dev and test, `file` (relative), `speaker`, `part`, `emotion`, `predicted`; empty till complete.
        figures: of metrics.json: `uar`, `uar_low`, `uar_high`, `n_speakers`, `speaker_dependent`; empty till complete.
        device: on which it was trained last.
        finished: when, or "".
    """

    path: Path
    state: str
    asked: Mapping
    emotions: tuple[str, ...]
    history: pd.DataFrame = field(repr=False)
    answers: pd.DataFrame = field(repr=False)
    figures: Mapping = field(repr=False)
    device: str
    finished: str

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.name

    @property
    def complete(self) -> bool:
        """Whether its result may be read."""
        return self.state == "complete"

    @property
    def fold(self) -> str:
        """Who is the test, as it was asked for."""
        return str(self.asked["test_speakers"] or self.asked["fold"])

    @property
    def seed(self) -> int:
        """Of weights, order and augmentation."""
        return self.asked["seed"]

    @property
    def dependent(self) -> bool:
        """Whether voices of dev or test were heard in training, or may have been."""
        return bool(self.figures.get("speaker_dependent", self.asked["split"] == "clip"))

    @property
    def transductive(self) -> bool:
        """Whether its answer to a clip depends on the other clips of that speaker."""
        return self.asked["normalise"] == "speaker"

    @cached_property
    def dev_uar(self) -> float:
        """UAR of dev, 0 … 1: of the weights that are kept, or of the last epoch so far; NaN before there is one."""
        dev = self.answers[self.answers["part"] == "dev"]
        if len(dev):
            return metrics.uar(dev["emotion"], dev["predicted"])
        return next(iter(self.history["val_uar"].dropna()[::-1]), math.nan)

    @property
    def seconds(self) -> float:
        """Of training, all epochs so far."""
        return float(self.history["seconds"].sum(min_count=1))


def read(outputs_dir: str | Path) -> tuple[list[Told], dict[str, str]]:
    """Read every run folder that lies in a folder; other folders are passed over.

    Returns:
        The runs by name, and of each that is damaged or half written, by its name, why it is left out.

    Raises:
        RunError: when there is no such folder.
    """
    outputs_dir = Path(outputs_dir)
    if not outputs_dir.is_dir():
        raise RunError(f"There is no folder {outputs_dir}; give that of the runs, or train one by 02.")
    folders = [path for path in sorted(outputs_dir.iterdir()) if _is_run(path)]
    with ThreadPoolExecutor(READERS) as pool:
        found = dict(zip(folders, pool.map(_told, folders), strict=True))
    left_out = {path.name: one for path, one in found.items() if isinstance(one, str)}
    return [one for one in found.values() if isinstance(one, Told)], left_out


def _is_run(path: Path) -> bool:
    return any((path / name).is_file() for name in ("run.json", *record.FILES))


def _told(path: Path) -> Told | str:
    """A run, or why there is none to be read."""
    try:
        run = Contents(path, record.read_record(path))
        run.verify("predictions.csv", "metrics.json", "history.csv")
        facts = {"asked": asked_of(run.record), "emotions": tuple(map(str, run.emotions)), "history": _history(path)}
        facts |= {"device": str(run.record["sessions"][-1]["device"]) if run.record["sessions"] else ""}
        facts |= {"answers": _answers(path) if run.complete else pd.DataFrame(columns=ANSWERS, dtype="str")}
        facts |= {"figures": _figures(run.metrics) if run.complete else {}}
        return Told(path, run.state, finished=str(run.record.get("finished") or ""), **facts)
    except RunError as error:
        return str(error)
    except (*UNREADABLE, TypeError, AttributeError, OverflowError) as error:
        return f"{path.name} cannot be read ({type(error).__name__}: {error}); copy the run again."


def asked_of(content: dict) -> dict:
    """The parameters that say what a run is, of the content of its run.json."""
    parameters = record.parameters_of(content)
    silent = set(PLACES)
    silent |= set(OF_TRAINING) | {"batch_size", "l2", "augment"} if parameters["head"] != "network" else set()
    silent |= {"n_mels"} if parameters["features"] == "encoder" else {"encoder", "layer"}
    asked = {name: _plain(value) for name, value in parameters.items() if name not in silent}
    if "encoder" in asked:
        asked["encoder"] = Path(asked["encoder"]).name  # a name, or a folder of that name
    each_fold_has_its_own = {"teacher": NUMBERED.sub("", asked["teacher"])}
    return asked | each_fold_has_its_own | {"seed": int(asked["seed"])}


def _plain(value) -> str | int | float | bool:
    """A value that can be compared and shown; several names are one text."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _history(path: Path) -> pd.DataFrame:
    columns = ["epoch", "val_uar", "seconds"]
    if not (path / "history.csv").is_file():
        return pd.DataFrame(columns=columns, dtype=float)
    table = pd.read_csv(path / "history.csv", usecols=lambda name: name in columns)
    return table.reindex(columns=columns).astype(float)


def _answers(path: Path) -> pd.DataFrame:
    options = {"usecols": lambda name: name in ANSWERS, "dtype": "str", "keep_default_na": False, "na_values": [""]}
    table = pd.read_csv(path / "predictions.csv", **options)
    if "root" in table:  # of several corpora, whose files may be called the same
        table["file"] = table.pop("root") + ":" + table["file"]
    return table[table["part"] != "train"].reset_index(drop=True)


def _figures(figures: Mapping) -> dict:
    numbers = {name: figures[name] for name in ("uar", "uar_low", "uar_high", "n_speakers")}
    numbers = {name: math.nan if value is None else float(value) for name, value in numbers.items()}
    return numbers | {name: bool(figures[name]) for name in ("speaker_dependent",) if name in figures}
