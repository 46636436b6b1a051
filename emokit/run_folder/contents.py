"""What can be read of a run: each file checked, and refused in a sentence that names it."""

import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from emokit import MAX_SEQ_LENGTH, atomic_files, audio, certificate, corpora, lock, metrics
from emokit.certificate import LeakError
from emokit.certificate.inputs import VOICES
from emokit.corpora.folder import as_list
from emokit.neighbours import Neighbours
from emokit.normalizer import FeatureNormalizer
from emokit.notebook import project_root
from emokit.padding import FRAMES_PER_STEP, LONGEST, pad_or_truncate
from emokit.run_folder import record, results, states
from emokit.run_folder.record import RunError
from emokit.speakers import SpeakerNormalizer

RESULTS = ("predictions.csv", "metrics.json", "embeddings.npz")  # believed where run.json lists them
UNREADABLE = (ValueError, OSError, EOFError, KeyError, BadZipFile)  # what numpy and pandas say of another's file


class Contents:
    """The files of a run folder, read when asked for.

    Attributes:
        path: the folder.
        record: content of run.json.
        data_dir: folders of the corpora, to which the paths in the tables are relative.
    """

    def __init__(self, path: Path, content: dict, data_dir: str | Path | list | None = None):
        self.path, self.record = path, content
        places = as_list(data_dir or record.places(content["parameters"]))
        self.data_dir = [project_root() / folder for folder in places]
        self._model = None

    def load_state(self) -> tuple[int, dict[str, np.ndarray], dict] | None:
        """Give (epochs done, arrays, info) of the last state that is whole, or None."""
        return states.load(self.path / "state")

    @property
    def parameters(self) -> dict:
        """Parameters of the notebook that made the run."""
        return self.record["parameters"]

    @property
    def emotions(self) -> list[str]:
        """The classes in the order of the model's outputs."""
        return self.record["emotions"]

    @property
    def settings(self):
        """Settings of the features, of a kind in `features.KINDS`."""
        return record.settings_of(self.record["features"])

    @property
    def complete(self) -> bool:
        """Whether the result is there."""
        return self.record["state"] == "complete"

    @property
    def old(self) -> bool:
        """Whether it was made by format 1: it predicts, but proves nothing."""
        return self.record["format"] == 1

    @property
    def state(self) -> str:
        """`running`, `interrupted at epoch n` or `complete`; a run whose process is gone counts as interrupted."""
        if self.record["state"] == "running" and not lock.is_taken(self.path / record.LOCK):
            return f"interrupted at epoch {self.epoch}"
        return self.record["state"]

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping has ended the training."""
        state = self.load_state()
        return bool(state and state[2].get("stopped"))

    @property
    def kept_epoch(self) -> int | None:
        """The last epoch, whose weights stay where a schedule ends the training; None where dev chose one."""
        return len(self.history) if self.parameters.get("schedule") == "cosine" else None

    @property
    def epoch(self) -> int:
        """Epochs done, for `initial_epoch`; all of them once early stopping has ended the training."""
        if self.complete or self.stopped_early:
            return self.parameters["epochs"]
        state = self.load_state()
        return state[0] if state else 0

    @property
    def clips(self) -> pd.DataFrame:
        """The clips with their parts; `file` is absolute under `data_dir`."""
        return self._clips("clips.csv")

    @cached_property
    def usual(self) -> pd.DataFrame | None:
        """Quantiles 0.01 and 0.99 (rows) over the training clips: `rms`, `bandwidth`, `n_frames` and `snr`.

        None for an older run, whose clips.csv does not say; without `snr` where it does not say that.
        """
        clips = self.clips
        facts = clips[clips["part"] == "train"].select_dtypes("number")
        known = [name for name in ("rms", "bandwidth", "n_frames", "snr") if name in facts]
        return facts[known].quantile([0.01, 0.99]) if {"rms", "bandwidth", "n_frames"} <= {*known} else None

    @cached_property
    def neighbours(self) -> Neighbours | None:
        """What the training clips sound like; None of an older run, which did not keep it."""
        if record.NEIGHBOURS not in self.record["files"]:
            return None
        neighbours = self._read(record.NEIGHBOURS, Neighbours.load)
        if len(neighbours.scale) != 3 * self.settings.n_bands:
            what = f"is of {len(neighbours.scale)} values a clip, run.json says n_bands {self.settings.n_bands}"
            raise RunError(f"{self._at(record.NEIGHBOURS)} {what}; the files are of different runs.")
        return neighbours

    @cached_property
    def longest(self) -> float:
        """Seconds of the longest clip of any part; NaN for an older run, whose clips.csv does not say."""
        return float(self.clips.get("duration", pd.Series(dtype=float)).max())

    @property
    def findings(self) -> pd.DataFrame:
        """What the audit found; `file`, where one clip is meant, is absolute under `data_dir`."""
        return self._clips("findings.csv")

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch, as `callbacks.Log` makes it."""
        return self._read("history.csv", pd.read_csv)

    @property
    def predictions(self) -> pd.DataFrame:
        """What the model said of each clip; only rows of part "test" make a headline."""
        return self._clips("predictions.csv")

    @property
    def metrics(self) -> dict:
        """Figures of the test part."""
        return self._json("metrics.json")

    def certificate(self) -> dict:
        """Check every proof of the run again, from the folder alone; LeakError if one does not hold."""
        if self.old:
            raise LeakError(f"Run {self.path.name} {record.OLD}.")
        proof = certificate.check(self.path)
        if self.complete:
            dependent = {"speaker_dependent": proof["speaker_dependent"]}
            results.check(self.path.name, self.predictions, self.metrics, self.emotions, dependent)
        return proof

    def model(self):
        """The trained model, not compiled; LeakError if its weights are not those that `fit` was seen to leave."""
        if self._model is None:
            self._require("model.weights.h5")
            model = self._build()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves as drawn
                    model.load_weights(self.path / "model.weights.h5")
            except (ValueError, OSError, KeyError, UserWarning) as error:
                raise self._spoiled("model.weights.h5", f"does not fit model.json ({error})") from None
            certificate.hold_weights(self.path, model.get_weights())
            self._model = model
        return self._model

    def _build(self):
        from emokit import build_model  # by the package, which keeps TensorFlow's greeting out of a notebook

        arguments = self._arguments()
        try:
            return build_model(**arguments)
        except (TypeError, ValueError) as error:
            raise RunError(f"{self._at('model.json')}: {error}") from None

    def _arguments(self) -> dict:
        """Arguments of `build_model`."""
        arguments = self._json("model.json")
        fitting = {"n_bands": self.settings.n_bands, "n_classes": len(self.emotions)}
        for name, expected in fitting.items():
            if arguments.get(name) != expected:
                what = f"{name} is {arguments.get(name)!r}, run.json says {expected}"
                raise RunError(f"{self._at('model.json')}: {what}; the files are of different runs.")
        return arguments

    @cached_property
    def window(self) -> int:
        """Frames that the model reads of a clip."""
        steps = self._arguments().get("max_seq_length", MAX_SEQ_LENGTH)
        if not (isinstance(steps, int) and 1 <= steps <= LONGEST):
            what = f"max_seq_length is {steps!r}; expected a whole number from 1 to {LONGEST}"
            raise RunError(f"{self._at('model.json')}: {what}; copy the run again.")
        return steps * FRAMES_PER_STEP

    def normalizer(self) -> FeatureNormalizer:
        """The normalizer, as fitted on the training part; it knows voices where frames are normalised by speaker."""
        by_speaker = VOICES in self.record["files"]
        normalizer = self._read("normalizer.npz", (SpeakerNormalizer if by_speaker else FeatureNormalizer).load)
        if by_speaker:
            self._read(VOICES, normalizer.load_voices)
        if self.old:
            normalizer.least_spread = 0.0
        if normalizer.mean_.shape != (self.settings.n_bands,):
            what = f"mean is of shape {normalizer.mean_.shape}, run.json says n_bands {self.settings.n_bands}"
            raise RunError(f"{self._at('normalizer.npz')}: {what}; the files are of different runs.")
        return normalizer

    def embeddings(self) -> np.ndarray:
        """What the last layer read of each clip, float32 (n, units), rows as in `predictions`."""
        return self._read("embeddings.npz", _array("average"))

    def evidence(self, clips: pd.DataFrame) -> np.ndarray:
        """What each step says alone: probabilities (n, steps, classes), NaN behind the end of a clip.

        Args:
            clips: with `file`, absolute; rows of `self.clips`.
        """
        kept = self.kept_steps()
        if kept is not None:
            place_of = {file: place for place, file in enumerate(metrics.of_test(self.predictions)["file"])}
            places = [place_of.get(file) for file in clips["file"]]
            if None not in places:
                return kept[places]
        from emokit.model import step_probabilities

        settings = self.settings
        sequences = [settings.placed(audio.read(file, settings.rate))[0] for file in clips["file"]]
        return step_probabilities(self.model(), *self.inputs(sequences, self.normalizer().for_clips(clips)))

    def kept_steps(self) -> np.ndarray | None:
        """`evidence` of the test clips, as `finish` kept it; None of an older run, or of a model without steps."""
        if record.STEPS not in self.record["files"]:
            return None
        steps, n_test = self._read(record.STEPS, _array("alone")), len(metrics.of_test(self.predictions))
        if steps.ndim != 3 or (len(steps), steps.shape[2]) != (n_test, len(self.emotions)):
            raise self._spoiled(record.STEPS, f"is {steps.shape}, expected ({n_test}, steps, {len(self.emotions)})")
        return steps

    def inputs(
        self, sequences: Sequence[np.ndarray], normalizers: Sequence[FeatureNormalizer]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Frames (frames_i, bands) as the model reads them: each by its normalizer, and padded, with their lengths."""
        each = zip(normalizers, sequences, strict=True)
        return pad_or_truncate([normalizer.transform([frames])[0] for normalizer, frames in each], self.window)

    def __repr__(self) -> str:
        return f"Run {self.path.name}: {self.state}"  # and not its score, which 02 should not see

    def _clips(self, name: str) -> pd.DataFrame:
        older = {"frames": "n_frames"}
        return self._read(name, lambda path: corpora.read_clips(path, self.data_dir).rename(columns=older))

    def _json(self, name: str) -> dict:
        self._require(name)
        return record.read_json(self.path / name)

    def _read(self, name: str, reader):
        self._require(name)
        try:
            return reader(self.path / name)
        except corpora.CorpusError as error:
            raise RunError(str(error)) from None
        except UNREADABLE as error:
            raise self._spoiled(name, f"cannot be read ({error})") from None

    def _require(self, name: str) -> None:
        listed = name not in RESULTS or name in self.record["files"]
        if not (listed and (self.path / name).is_file()):
            what = f"{self._at(name)} is not there, the run is {self.state}"
            raise RunError(f"{what}; run 02 again under this name to finish it.")

    def _at(self, name: str) -> str:
        return f"{self.path.name}/{name}"

    def _spoiled(self, name: str, why: str) -> RunError:
        return RunError(f"{self._at(name)} {why}; copy the run again.")

    def verify(self, *names: str) -> None:
        """Refuse a file that run.json lists otherwise than it is; of these names, or of all."""
        for name, expected in self.record["files"].items():
            if names and name not in names:
                continue
            if not (self.path / name).is_file():
                raise RunError(f"{self._at(name)} is missing; copy the run again, or train it under another name.")
            if atomic_files.sha256(self.path / name) != expected:
                raise self._spoiled(name, "is not as run.json lists it (sha256)")


def _array(name: str):
    """What reads this array of a file."""

    def read(path: Path) -> np.ndarray:
        with np.load(path, allow_pickle=False) as stored:
            return stored[name]

    return read
