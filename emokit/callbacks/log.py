"""The history of a training: one row an epoch for history.csv, one line for train.log."""

import resource
import sys
import time
from datetime import datetime

import keras
import pandas as pd

from emokit import atomic_files
from emokit.callbacks.stopping import BARE_LOSS
from emokit.run_folder import Run


class Log(keras.callbacks.Callback):
    """Keep a row of each epoch; `write` puts it into history.csv and train.log once its state is safe.

    Attributes:
        rows: epoch (from 1), loss and val_loss (bare, every clip counting alike), the metric of the target on train and
            dev (uar, val_uar), learning_rate, penalty (what L2 adds to the loss), seconds, clips_per_second.
    """

    def __init__(self, run: Run, n_clips: int, monitor: str = "val_uar"):
        super().__init__()
        metric = monitor.removeprefix("val_")
        self.measured = {"loss": BARE_LOSS, metric: metric, "val_loss": f"val_{BARE_LOSS}", monitor: monitor}
        self.measured["learning_rate"] = "learning_rate"  # column of history.csv: what Keras calls it
        self.run, self.n_clips, self.rows = run, n_clips, []
        self.before, self.start = 0.0, None  # seconds of this epoch before a resume, and since when it goes on

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Forget an earlier training."""
        self.rows, self.before, self.start = [], 0.0, None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Take the time."""
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Make the row of this epoch."""
        seconds, self.before, self.start = self._seconds(), 0.0, None
        logs = {"learning_rate": self.model.optimizer.learning_rate, **(logs or {})}  # a plateau says which it was
        measured = {name: float(logs[called]) for name, called in self.measured.items() if called in logs}
        measured["penalty"] = float(sum(self.model.losses))
        speed = {"seconds": round(seconds, 3), "clips_per_second": round(self.n_clips / seconds, 1)}
        self.rows.append({"epoch": epoch + 1, **measured, **speed})

    def write(self) -> None:
        """Replace history.csv by the rows, and say the last one in train.log."""
        self.write_history()
        row = self.rows[-1]
        said = "  ".join(f"{name} {row[name]:.4g}" for name in self.measured if name in row)
        self.say(f"epoch {row['epoch']:3d}  {said}  {row['clips_per_second']:.0f} clips/s  {_memory():.2f} GB")

    def write_history(self) -> None:
        """Replace history.csv by the rows."""
        # Not waited for: the state holds the same rows, and a resume writes them again.
        atomic_files.write_csv(self.run.path / "history.csv", pd.DataFrame(self.rows), durable=False)

    def say(self, line: str) -> None:
        """Add a line with its time to train.log, for `tail -f`."""
        with (self.run.path / "train.log").open("a", encoding="utf-8") as stream:
            stream.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}  {line}\n")

    def get_state(self) -> tuple[dict, dict]:
        """Give what `set_state` needs."""
        return {"rows": self.rows, "seconds": self._seconds()}, {}

    def set_state(self, plain: dict, arrays: dict) -> None:
        """Go on with the rows of the epochs before."""
        self.rows, self.before = plain["rows"], plain["seconds"]

    def _seconds(self) -> float:
        """How long the epoch at hand has taken; 0 between epochs."""
        return self.before + (0.0 if self.start is None else time.perf_counter() - self.start)


def _memory() -> float:
    """Most memory this process has held, GB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)
