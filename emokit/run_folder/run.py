"""Run: one training, one folder, which a kill, a full disk or another machine cannot turn into half a truth.

    outputs/<run>/  run.json · clips.csv · findings.csv · split.json · normalizer.npz · model.json · model.weights.h5 ·
                    history.csv · predictions.csv · metrics.json · embeddings.npz · train.log · state/ · figures/

`run.json` is written last and lists the sha256 of the others; what it lists is checked when a run is opened.
"""

import io
import os
import socket
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from emokit import atomic_files, certificate, corpora, metrics
from emokit.corpora.folder import relative, root_of
from emokit.features import LogMelSettings
from emokit.normalizer import FeatureNormalizer
from emokit.notebook_parameters import RUN_NAME, RUN_NAME_IN_WORDS, project_root
from emokit.padding import pad_or_truncate
from emokit.run_folder import lock, record, states
from emokit.run_folder.lock import RunError


def start(
    path: str | Path,
    parameters: Mapping,
    clips: pd.DataFrame,
    *,
    settings: LogMelSettings,
    emotions: Sequence[str] | None = None,
) -> "Run":
    """Create the run, or go on with the one that stands there: resumed if interrupted, opened if complete.

    A complete run that used up its epochs is resumed when `epochs` has grown.

    Args:
        path: outputs/<name>.
        parameters: of the notebook, as `notebook_parameters.check` gives them.
        clips: with `part`, after the audit and the split.
        settings: of the features.
        emotions: the classes in the order of the model's outputs; by default those of the clips, in their order.

    Raises:
        RunError: naming each difference to the run that stands there, or the process that is at it.
    """
    make = Run.resume if (Path(path) / "run.json").exists() else Run.create
    return make(path, parameters, clips, settings=settings, emotions=emotions)


class Run:
    """A run folder. Made by `create`, `resume` (both hold its lock) or `open` (for reading).

    Attributes:
        path: the folder.
        record: content of run.json.
        data_dir: folders of the corpora, to which the paths in the tables are relative.
    """

    def __init__(self, path: Path, content: dict, data_dir: str | Path | list | None = None):
        self.path, self.record = path, content
        folders = data_dir if data_dir is not None else content["parameters"]["data_dir"]
        folders = folders if isinstance(folders, list) else [folders]
        self.data_dir = [project_root() / folder for folder in folders]
        self._model = None

    # ---- making -----------------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path, parameters, clips, *, settings, emotions=None) -> "Run":
        """Make a new run; arguments as in `start`. The folder may exist, run.json may not."""
        path = _checked_name(path)
        if (path / "run.json").exists():
            raise RunError(f"Run {path.name} exists; resume it, or give the new one another name.")
        run = cls(path, record.describe(path.name, parameters, clips, settings, emotions))
        lock.take(path)
        run._begin()
        return run

    @classmethod
    def resume(cls, path, parameters, clips, *, settings, emotions=None) -> "Run":
        """Go on with a run that stands there, or open it if it is complete; arguments as in `start`."""
        path = _checked_name(path)
        lock.take(path)
        try:
            run = cls(path, record.read_record(path), parameters["data_dir"])
            asked = record.describe(path.name, parameters, clips, settings, emotions)
            more = asked["parameters"].get("epochs", 0) > run.record["parameters"].get("epochs", 0)
            if run.complete and not (more and not run.stopped_early):
                record.require_same(run.record, asked, versions=False)
                run._verify()
                lock.release(path)
                return run
            record.require_same(run.record, asked, versions=True)
        except BaseException:
            lock.release(path)
            raise
        run.record["parameters"]["epochs"] = max(asked["parameters"]["epochs"], run.record["parameters"]["epochs"])
        run._begin()
        return run

    @classmethod
    def open(cls, path: str | Path, data_dir: str | Path | list | None = None) -> "Run":
        """Open a run for reading, every listed file verified.

        Args:
            path: the run folder.
            data_dir: where the corpus is on this machine, if not where it was.

        Raises:
            RunError: naming the file or field that is missing, damaged, or newer than this emokit.
        """
        path = Path(os.path.abspath(path))  # noqa: PTH100 (the name counts, not where a link leads)
        run = cls(path, record.read_record(path), data_dir)
        run._verify()
        return run

    def _begin(self) -> None:
        for folder in (self.path, self.path / "state"):
            atomic_files.remove_leftovers(folder)
        here = {"pid": os.getpid(), "host": socket.gethostname(), "started": record.now(), "from_epoch": self.epoch}
        self.record["sessions"].append(here | record.machine())
        self._write("running")

    def _write(self, state: str) -> None:
        self.record["state"] = state
        atomic_files.write_json(self.path / "run.json", self.record)

    def save_inputs(
        self, clips: pd.DataFrame, findings: pd.DataFrame, normalizer: FeatureNormalizer, class_weights: Mapping | None
    ) -> None:
        """Keep what training reads: clips.csv, findings.csv, normalizer.npz, and split.json, which proves the parts.

        Args:
            clips: with `part` and `frames`, `digest` where measured.
            findings: of the audit.
            normalizer: fitted on the training part; LeakError otherwise.
            class_weights: {class index: weight} as `model.fit` takes them, or None.
        """
        corpora.write_clips(self.path / "clips.csv", clips, self.data_dir)
        if "file" in findings:
            findings = findings.assign(file=[_within(file, self.data_dir) for file in findings["file"]])
        atomic_files.write_csv(self.path / "findings.csv", findings)
        normalizer.save(self.path / "normalizer.npz")
        scheme = self.record["parameters"].get("split", "speaker")
        certificate.write(
            self.path / "split.json", clips, normalizer=normalizer, class_weights=class_weights or {}, scheme=scheme
        )
        self._list("clips.csv", "findings.csv", "normalizer.npz", "split.json")

    def save_model(self, arguments: Mapping, model) -> None:
        """Keep a trained model: the keyword arguments of `build_model` as JSON, and its weights.

        Args:
            arguments: plain numbers, strings and booleans.
            model: built by `build_model(**arguments)`; best not compiled, else Keras stores the optimizer too.
        """
        atomic_files.write_json(self.path / "model.json", dict(arguments))
        bare = self._build()  # a compiled model would bring its optimizer along
        bare.set_weights(model.get_weights())
        with atomic_files.replacing(self.path / "model.weights.h5") as aside:
            bare.save_weights(aside)
        self._model = None
        self._list("model.json", "model.weights.h5")

    def save_figure(self, name: str, figure) -> Path:
        """Write a matplotlib Figure to figures/<name>.png; gives the path."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", bbox_inches="tight")
        path = self.path / "figures" / f"{name}.png"
        atomic_files.write_bytes(path, buffer.getvalue())
        return path

    def finish(self, predictions: pd.DataFrame, scores: Mapping, embeddings: np.ndarray) -> None:
        """Keep the result and call the run complete.

        Args:
            predictions: as `metrics.predictions` gives them, all parts.
            scores: as `metrics.summary` gives them, calibration added.
            embeddings: float (n, units), rows as in `predictions`.
        """
        if len(embeddings) != len(predictions):
            raise RunError(f"There are {len(embeddings)} embeddings for {len(predictions)} predictions; give one each.")
        corpora.write_clips(self.path / "predictions.csv", predictions, self.data_dir)
        atomic_files.write_json(self.path / "metrics.json", dict(scores))
        atomic_files.write_npz(self.path / "embeddings.npz", average=np.asarray(embeddings, np.float32))
        self.record["finished"] = record.now()
        self.record["state"] = "complete"
        self._list(*(name for name in record.FILES if (self.path / name).exists()))
        lock.release(self.path)

    def interrupt(self) -> None:
        """Say that the run stopped here, and let another process go on with it."""
        self._write(f"interrupted at epoch {self.epoch}")
        lock.release(self.path)

    def _list(self, *names: str) -> None:
        self.record["files"] |= {name: atomic_files.sha256(self.path / name) for name in names}
        self._write(self.record["state"])

    # ---- state of an unfinished training ----------------------------------------------------------------------------

    def save_state(self, epoch: int, arrays: Mapping[str, np.ndarray], info: Mapping) -> None:
        """Keep the state after `epoch` epochs: arrays by name, and `info` (JSON), with `batch` within the next one."""
        states.save(self.path / "state", epoch, arrays, info)

    def load_state(self) -> tuple[int, dict[str, np.ndarray], dict] | None:
        """Give (epochs done, arrays, info) of the last state that is whole, or None."""
        return states.load(self.path / "state")

    # ---- reading ----------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> dict:
        """Parameters of the notebook that made the run."""
        return self.record["parameters"]

    @property
    def emotions(self) -> list[str]:
        """The classes in the order of the model's outputs."""
        return self.record["emotions"]

    @property
    def settings(self) -> LogMelSettings:
        """Settings of the features."""
        return record.settings_of(self.record["features"])

    @property
    def complete(self) -> bool:
        """Whether the result is there."""
        return self.record["state"] == "complete"

    @property
    def state(self) -> str:
        """`running`, `interrupted at epoch n` or `complete`; a run whose process is gone counts as interrupted."""
        if self.record["state"] == "running" and not lock.is_taken(self.path):
            return f"interrupted at epoch {self.epoch}"
        return self.record["state"]

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping has ended the training."""
        state = self.load_state()
        return bool(state and state[2].get("stopped"))

    @property
    def epoch(self) -> int:
        """Epochs done, for `initial_epoch`; all of them once early stopping has ended the training."""
        state = None if self.complete else self.load_state()
        if state is None:
            return self.parameters["epochs"] if self.complete else 0
        return self.parameters["epochs"] if state[2].get("stopped") else state[0]

    @property
    def clips(self) -> pd.DataFrame:
        """The clips with their parts; `file` is absolute under `data_dir`."""
        return self._clips("clips.csv")

    @property
    def findings(self) -> pd.DataFrame:
        """What the audit found; `file` is relative to its corpus folder."""
        return self._table("findings.csv")

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch: epoch (from 1), loss, uar, val_loss, val_uar, learning_rate, seconds, clips_per_second."""
        return self._table("history.csv")

    @property
    def predictions(self) -> pd.DataFrame:
        """What the model said of each clip; only rows of part "test" make a headline."""
        return self._clips("predictions.csv")

    @property
    def metrics(self) -> dict:
        """Figures of the test part."""
        return self._json("metrics.json")

    def certificate(self) -> dict:
        """Check the proof of the split again, from the folder alone; LeakError if it does not hold."""
        return certificate.check(self.path)

    def model(self):
        """The trained model, not compiled."""
        if self._model is None:
            self._require("model.weights.h5")
            model = self._build()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves as drawn
                    model.load_weights(self.path / "model.weights.h5")
            except (ValueError, OSError, KeyError, UserWarning) as error:
                at = self._at("model.weights.h5")
                raise RunError(f"{at} does not fit model.json ({error}); copy the run again.") from None
            self._model = model
        return self._model

    def _build(self):
        from emokit.model import build_model

        arguments = self._json("model.json")
        fitting = {"n_bands": self.settings.n_mels, "n_classes": len(self.emotions)}
        for name, expected in fitting.items():
            if arguments.get(name) != expected:
                what = f"{name} is {arguments.get(name)!r}, run.json says {expected}"
                raise RunError(f"{self._at('model.json')}: {what}; the files are of different runs.")
        try:
            return build_model(**arguments)
        except (TypeError, ValueError) as error:
            raise RunError(f"{self._at('model.json')}: {error}") from None

    @property
    def window(self) -> int:
        """Frames that the model reads of a clip."""
        return self.model().input["frames"].shape[1]

    def normalizer(self) -> FeatureNormalizer:
        """The normalizer, as fitted on the training part."""
        self._require("normalizer.npz")
        try:
            normalizer = FeatureNormalizer.load(self.path / "normalizer.npz")
        except (ValueError, OSError, EOFError, BadZipFile) as error:
            raise RunError(f"{self._at('normalizer.npz')}: {error}") from None
        if normalizer.mean_.shape != (self.settings.n_mels,):
            what = f"mean is of shape {normalizer.mean_.shape}, run.json says n_mels {self.settings.n_mels}"
            raise RunError(f"{self._at('normalizer.npz')}: {what}; the files are of different runs.")
        return normalizer

    def embeddings(self) -> np.ndarray:
        """What the last layer read of each clip, float32 (n, units), rows as in `predictions`."""
        self._require("embeddings.npz")
        with np.load(self.path / "embeddings.npz", allow_pickle=False) as stored:
            return stored["average"]

    def evidence(self, clips: pd.DataFrame) -> np.ndarray:
        """What each step says alone: probabilities (n, steps, classes), NaN behind the end of a clip.

        Args:
            clips: with `file`, absolute.
        """
        from emokit.model import step_probabilities

        return step_probabilities(self.model(), *self.inputs([self.settings.frames(file) for file in clips["file"]]))

    def inputs(self, sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Log-mel frames (frames_i, bands) as the model reads them: normalised and padded, with their lengths."""
        return pad_or_truncate(self.normalizer().transform(sequences), self.window)

    def __repr__(self) -> str:
        return f"Run {self.path.name}: {self.state}" + (f", {metrics.headline(self._test())}" if self.complete else "")

    def _test(self) -> pd.DataFrame:
        return self.predictions.query("part == 'test'")

    def _clips(self, name: str) -> pd.DataFrame:
        self._require(name)
        try:
            return corpora.read_clips(self.path / name, self.data_dir)
        except corpora.CorpusError as error:
            raise RunError(str(error)) from None

    def _table(self, name: str) -> pd.DataFrame:
        self._require(name)
        return pd.read_csv(self.path / name)

    def _json(self, name: str) -> dict:
        self._require(name)
        return record.read_json(self.path / name)

    def _require(self, name: str) -> None:
        if not (self.path / name).is_file():
            what = f"{self._at(name)} is not there, the run is {self.state}"
            raise RunError(f"{what}; run 02 again under this name to finish it.")

    def _at(self, name: str) -> str:
        return f"{self.path.name}/{name}"

    def _verify(self) -> None:
        for name, expected in self.record["files"].items():
            if not (self.path / name).is_file():
                raise RunError(f"{self._at(name)} is missing; copy the run again, or train it under another name.")
            if name in ("history.csv", "train.log") and not self.complete:
                continue  # grown since: an earlier end was continued
            if atomic_files.sha256(self.path / name) != expected:
                raise RunError(f"{self._at(name)} is not as run.json lists it (sha256); copy the run again.")


def _checked_name(path: str | Path) -> Path:
    path = Path(os.path.abspath(path))  # noqa: PTH100 (the name counts, not where a link leads)
    if not RUN_NAME.fullmatch(path.name):
        raise RunError(f"A run cannot be called {path.name!r}; take a name of {RUN_NAME_IN_WORDS}.")
    return path


def _within(file, roots: list[Path]):
    """A finding's file relative to the corpus folder it lies in; a group's finding has none."""
    if pd.isna(file):
        return None
    return next((name for root in roots if (name := relative(file, root_of(root)))), Path(file).name)
