"""Run: one training, one folder, which a kill, a full disk or another machine cannot turn into half a truth.

    outputs/<run>/  run.json · clips.csv · findings.csv · split.json · normalizer.npz · neighbours.npz · model.json ·
                    model.weights.h5 · history.csv · predictions.csv · metrics.json · embeddings.npz · steps.npz ·
                    train.log · state/ · figures/

Beside these lie reports, reviews, executed notebooks and, from a GPU box, launch.json and launch.log of its launcher.
`run.json` is written last and lists the sha256 of the others; what it lists is checked when a run is opened.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, certificate, corpora, lock, metrics
from emokit.certificate.inputs import ENROLLED, VOICES
from emokit.neighbours import Neighbours
from emokit.normalizer import FeatureNormalizer
from emokit.notebook_parameters import RUN_NAME, RUN_NAME_IN_WORDS
from emokit.run_folder import record, states
from emokit.run_folder.contents import Contents
from emokit.run_folder.record import RunError
from emokit.speakers import SpeakerNormalizer

HDF5_BYTES = 200_000  # more than a file of weights takes beside them


def start(
    path: str | Path, parameters: Mapping, clips: pd.DataFrame, *, settings, emotions: Sequence[str] | None = None
) -> "Run":
    """Create the run, or go on with the one that stands there: resumed if interrupted, opened if complete.

    A complete run that used up its epochs is resumed when `epochs` has grown.

    Args:
        path: `outputs/<name>`.
        parameters: of the notebook, as `notebook_parameters.check` gives them.
        clips: with `part`, after the audit and the split.
        settings: of the features, of a kind in `features.KINDS`.
        emotions: the classes in the order of the model's outputs; by default those of the clips, in their order.

    Raises:
        RunError: naming each difference to the run that stands there, or the process that is at it.
    """
    make = Run.resume if (Path(path) / "run.json").exists() else Run.create
    return make(path, parameters, clips, settings=settings, emotions=emotions)


class Run(Contents):
    """A run folder, made by `create`, `resume` (both hold its lock) or `open`; `Contents` tells what can be read."""

    @classmethod
    def create(cls, path, parameters, clips, *, settings, emotions=None) -> "Run":
        """Make a new run; arguments as in `start`. The folder may exist, run.json may not."""
        path = _checked_name(path)
        if (path / "run.json").exists():
            raise RunError(f"Run {path.name} exists; resume it, or give the new one another name.")
        run = cls(path, record.describe(path.name, parameters, clips, settings, emotions))
        _take(path)
        run._begin()
        return run

    @classmethod
    def resume(cls, path, parameters, clips, *, settings, emotions=None) -> "Run":
        """Go on with a run that stands there, or open it if it is complete; arguments as in `start`."""
        path = _checked_name(path)
        _take(path)
        try:
            run = cls(path, record.read_record(path), record.places(parameters))
            if run.old:
                raise RunError(f"Run {path.name} {record.OLD} under another name.")
            asked = record.describe(path.name, parameters, clips, settings, emotions)
            more = asked["parameters"].get("epochs", 0) > run.record["parameters"].get("epochs", 0)
            if run.complete and not (more and not run.stopped_early):
                record.require_same(run.record, asked, versions=False)
                run.verify()
                lock.release(path / record.LOCK)
                return run
            record.require_same(run.record, asked, versions=True)
        except BaseException:
            lock.release(path / record.LOCK)
            raise
        run.record["parameters"]["epochs"] = max(asked["parameters"]["epochs"], run.record["parameters"]["epochs"])
        run._begin()
        return run

    @classmethod
    def open(cls, path: str | Path, data_dir: str | Path | list | None = None) -> "Run":
        """Open a run for reading, every listed file verified.

        A run of format 1 predicts what it always did, but has no certificate.

        Args:
            path: the run folder.
            data_dir: where the corpus is on this machine, if not where it was.

        Raises:
            RunError: naming the file or field that is missing, damaged, or newer than this emokit.
        """
        path = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 (the name counts, not where a link leads)
        run = cls(path, record.read_record(path), data_dir)
        run.verify()
        return run

    def _begin(self) -> None:
        for folder in (self.path, self.path / "state"):
            atomic_files.remove_leftovers(folder)
        here = {"pid": os.getpid(), "host": socket.gethostname(), "started": record.now(), "from_epoch": self.epoch}
        self.record["sessions"].append(here | record.machine())
        self.record["files"] = {}  # each is listed again when it is written again; a kill in between breaks nothing
        self._write("running")

    def _write(self, state: str) -> None:
        self.record["state"] = state
        atomic_files.write_json(self.path / "run.json", self.record)

    def save_inputs(
        self,
        clips: pd.DataFrame,
        findings: pd.DataFrame,
        normalizer: FeatureNormalizer,
        class_weights: Mapping | None,
        enrolled: pd.DataFrame | None = None,
        teacher: "Run | None" = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        """Keep what training reads: clips.csv, findings.csv, normalizer.npz, and split.json, which proves the parts.

        A complete run keeps what it has.

        Args:
            clips: with `part` and `n_frames`, and, where measured, `digest`, `rms`, `bandwidth` and `snr`, by which
                `predict` knows what is unlike them.
            findings: of the audit.
            normalizer: fitted on the training part; LeakError otherwise; its voices are kept where it knows any.
            class_weights: {class index: weight} as `model.fit` takes them, or None.
            enrolled: clips by which it knows the voices of dev and test; None where it is by the clips themselves.
            teacher: the run whose answers are learned beside the labels, or None.
            neighbours: what the training clips sound like, by which `predict` knows what does not; None flags nothing.
        """
        if self.complete:
            return
        self._require_same_teacher(teacher)
        findings = findings if "file" in findings else findings.assign(file=pd.NA)
        for name, table in {"clips.csv": clips, "findings.csv": findings}.items():
            corpora.write_clips(self.path / name, table, self.data_dir)
        normalizer.save(self.path / "normalizer.npz")
        scheme = self.record["parameters"].get("split", "speaker")
        certificate.write(
            self.path / "split.json",
            clips,
            normalizer=normalizer,
            class_weights=class_weights or {},
            scheme=scheme,
            settings=self.settings,
            enrolled=enrolled,
            teacher=teacher,
        )
        more = self._save_voices(normalizer, enrolled)
        if neighbours:
            neighbours.save(self.path / record.NEIGHBOURS)
            more.append(record.NEIGHBOURS)
        self._list("clips.csv", "findings.csv", "normalizer.npz", "split.json", *more)

    def _require_same_teacher(self, teacher: "Run | None") -> None:
        """Refuse to go on with a teacher that was trained anew under its name."""
        proof = self.path / "split.json"
        then = record.read_json(proof).get("teacher") if proof.exists() else None
        if then and teacher and then["proof_sha256"] != atomic_files.sha256(teacher.path / "split.json"):
            what = f"Run {self.path.name} was taught by another run {teacher.path.name}"
            raise RunError(f"{what} than stands there now; bring that one back, or take another name.")

    def _save_voices(self, normalizer: FeatureNormalizer, enrolled: pd.DataFrame | None) -> list[str]:
        """The files that tell of voices, as many as there are."""
        if not isinstance(normalizer, SpeakerNormalizer):
            return []
        normalizer.save_voices(self.path / VOICES)
        if enrolled is None:
            return [VOICES]
        corpora.write_clips(self.path / ENROLLED, enrolled, self.data_dir)
        return [VOICES, ENROLLED]

    def save_reading(self, train: pd.DataFrame, dev: pd.DataFrame, model=None) -> None:
        """Keep in split.json which clips the network learned from, and which judged it, as `fit` read them.

        From here on `save_model` takes no other weights than those of `model`.

        Args:
            train: clips that were learned from, with `file`.
            dev: clips that judged it.
            model: as `fit` left it; None records no weights.
        """
        self.record["files"].pop("split.json", None)  # a kill in between breaks nothing
        self._write(self.record["state"])
        learned_from, chose = (self.clips["file"].isin(read["file"]) for read in (train, dev))
        weights = model and model.get_weights()
        certificate.add_reading(self.path, learned_from=learned_from, epoch_chosen_by=chose, weights=weights)
        self._list("split.json")

    def save_model(self, arguments: Mapping, model) -> None:
        """Keep a trained model: the keyword arguments of `build_model` as JSON, and its weights.

        Args:
            arguments: plain numbers, strings and booleans.
            model: built by `build_model(**arguments)`; best not compiled, else Keras stores the optimizer too.

        Raises:
            LeakError: if its weights are not those that `save_reading` recorded.
        """
        certificate.hold_weights(self.path, model.get_weights())
        atomic_files.write_json(self.path / "model.json", dict(arguments))
        bare = self._build()  # a compiled model would bring its optimizer along
        bare.set_weights(model.get_weights())
        with atomic_files.replacing(self.path / "model.weights.h5") as aside:
            # First as many zeros: on a full disk HDF5 says neither how many bytes nor what to do, and says it for long.
            aside.write_bytes(bytes(HDF5_BYTES + sum(weights.nbytes for weights in bare.get_weights())))
            bare.save_weights(aside)
        self._model = None
        self._list("model.json", "model.weights.h5")

    def finish(
        self, predictions: pd.DataFrame, scores: Mapping, embeddings: np.ndarray, steps: np.ndarray | None = None
    ) -> None:
        """Keep the result and call the run complete.

        Args:
            predictions: as `predictions` of the target gives them, all parts.
            scores: as `metrics.summary` gives them, calibration added; `speaker_dependent` comes from the certificate.
            embeddings: float (n, units), rows as in `predictions`.
            steps: float (test clips, steps, classes), what each step of them says alone; None where a model has none.
        """
        if len(embeddings) != len(predictions):
            raise RunError(f"There are {len(embeddings)} embeddings for {len(predictions)} predictions; give one each.")
        if steps is not None and len(steps) != (n_test := len(metrics.of_test(predictions))):
            raise RunError(f"There are steps of {len(steps)} clips for {n_test} test clips; give those of each.")
        corpora.write_clips(self.path / "predictions.csv", predictions, self.data_dir)
        dependent = {"speaker_dependent": certificate.check(self.path)["speaker_dependent"]}
        atomic_files.write_json(self.path / "metrics.json", dict(scores) | dependent)
        atomic_files.write_npz(self.path / "embeddings.npz", average=np.asarray(embeddings, np.float32))
        if steps is not None:
            atomic_files.write_npz(self.path / record.STEPS, alone=np.asarray(steps, np.float32))
        missing = [name for name in record.FILES if not (self.path / name).is_file()]
        if missing:
            raise RunError(f"{self._at(missing[0])} is not there, so the run is not complete; save it before `finish`.")
        self.record["finished"] = record.now()
        self.record["state"] = "complete"
        self._list(*record.FILES, *[record.STEPS] * (steps is not None))
        lock.release(self.path / record.LOCK)

    def interrupt(self) -> None:
        """Say that the run stopped here, and let another process go on with it."""
        self._write(f"interrupted at epoch {self.epoch}")
        lock.release(self.path / record.LOCK)

    def _list(self, *names: str) -> None:
        self.record["files"] |= {name: atomic_files.sha256(self.path / name) for name in names}
        self._write(self.record["state"])

    def save_state(self, epoch: int, arrays: Mapping[str, np.ndarray], info: Mapping) -> None:
        """Keep the state after `epoch` epochs: arrays by name, and `info` (JSON), with `batch` within the next one."""
        states.save(self.path / "state", epoch, arrays, info)


def _take(path: Path) -> None:
    """Take the run for this process, or refuse; a cell that is run again keeps its own."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        lock.take(path / record.LOCK)
    except lock.TakenError as holder:
        if not lock.is_mine(path / record.LOCK):
            what = f"Run {path.name} is being trained by {holder}"
            raise RunError(f"{what}; wait, stop it, or take another name.") from None


def _checked_name(path: str | Path) -> Path:
    path = Path(os.path.abspath(path))  # noqa: PTH100 (the name counts, not where a link leads)
    if not RUN_NAME.fullmatch(path.name):
        raise RunError(f"A run cannot be called {path.name!r}; take a name of {RUN_NAME_IN_WORDS}.")
    return path
