"""A training to watch: curves that grow in place where somebody looks, one line of text an epoch where nobody does."""

import json
import time
from pathlib import Path

import pandas as pd

from emokit import notebook
from emokit.plots.style import joined
from emokit.plots.training import PART_COLOURS
from emokit.run_folder import pace
from emokit.widgets.live import live

COLUMNS = ["epoch", "loss", "penalty", "uar", "val_loss", "val_uar", "learning_rate", "seconds"]
DRAWN = ["epoch", "loss", "val_loss", "uar", "val_uar", "learning_rate"]
BETWEEN = 0.2  # seconds between two messages about batches


class TrainingMonitor:
    """Follows `history.csv` of a run folder, also one that another machine writes; call `update` after each epoch.

    Args:
        path: the run folder.
        epochs: how many are planned; 0 takes what run.json says, if there is one.
        patience: epochs without a better UAR on dev after which training stops; 0 if it does not.
    """

    def __init__(self, path: str | Path, epochs: int = 0, patience: int = 0):
        self.path, self.patience = Path(path), patience
        self.epochs = epochs or _planned(self.path)
        self._n_printed, self._next, self._view = len(self.history()), 0.0, None
        if notebook.interactive():
            self._view = live(("view_parts.js", "training_monitor.js"), self.state(), {})
            self._show()

    def history(self) -> pd.DataFrame:
        """The epochs so far, one a row."""
        try:
            return pd.read_csv(self.path / "history.csv")
        except FileNotFoundError:
            return pd.DataFrame(columns=COLUMNS, dtype=float)

    def state(self, done: int = 0, of: int = 0) -> dict:
        """What the view draws: the figures of each epoch, what they say in words, and how far the next epoch is."""
        history = self.history()
        figures = history.reindex(columns=DRAWN).astype(object)
        told = {"title": _finding(history, self.epochs), "notes": self._notes(history), "batches": [done, of]}
        drawn = {"epochs": self.epochs, "rows": figures.where(figures.notna(), None).to_numpy().tolist()}
        return told | drawn | {"best": pace.best_epoch(history), "colours": PART_COLOURS, "over": False}

    def update(self) -> None:
        """Show the epochs that came since."""
        history = self.history()
        if self._view:
            self._view.state = self.state()
        else:
            for n in range(self._n_printed, len(history)):
                print(line(history.iloc[: n + 1], self.epochs, may_stop=self.patience > 0))
        self._n_printed = len(history)

    def batch(self, done: int, of: int) -> None:
        """Show how far the epoch at hand is: batches that were learned from, of how many."""
        if self._view and time.monotonic() >= self._next:
            self._next = time.monotonic() + BETWEEN
            self._view.state = self._view.state | {"batches": [done, of]}

    def close(self) -> None:
        """Show the last epochs, and leave one sentence of the view: the figure of all epochs follows it."""
        self.update()
        if self._view:
            self._view.state = self._view.state | {"over": True}

    def _notes(self, history: pd.DataFrame) -> list[str]:
        """What else is to be said of the training as it stands."""
        notes = [pace.time_left(history, self.epochs, may_stop=self.patience > 0)]
        waited, over = len(history) - pace.best_epoch(history), self.epochs and len(history) >= self.epochs
        if self.patience and waited and not over:
            notes.append(f"{waited} of {self.patience} epochs without a better one")
        if over and pace.still_rising(history):
            notes.append(pace.RAISE)
        return [note for note in notes if note]

    def _show(self) -> None:
        from IPython.display import display

        display(self._view._repr_mimebundle_()[0] | {"text/plain": repr(self)}, raw=True)

    def __repr__(self) -> str:
        history = self.history()
        if history.empty or history["val_uar"].isna().all():
            return f"{self.path.name}: no epoch has ended yet"
        top = history["val_uar"].max()
        best = joined(history.loc[history["val_uar"] == top, "epoch"].astype(int).tolist(), "of them")
        return f"{self.path.name}: {len(history)} epochs, best {best}: dev UAR {100 * top:.1f} %"


def line(history: pd.DataFrame, epochs: int = 0, *, may_stop: bool = True) -> str:
    """The last epoch of a history in one line; with the number of epochs planned, what is left too."""
    epoch, left = history.iloc[-1], pace.time_left(history, epochs, may_stop=may_stop)
    of = f"/{epochs}" if epochs else ""
    losses = f"loss {epoch['loss']:.3f}, dev {epoch['val_loss']:.3f}"
    uars = f"UAR {100 * epoch['uar']:5.1f} %, dev {100 * epoch['val_uar']:5.1f} %"
    took = f"rate {epoch['learning_rate']:.2g}  {epoch['seconds']:.1f} s" + (f", {left}" if left else "")
    return f"epoch {int(epoch['epoch']):3d}{of}  {losses}  {uars}  {took}"


def _planned(path: Path) -> int:
    """The epochs that run.json plans; 0 where it is not there, or not yet whole."""
    try:
        return int(json.loads((path / "run.json").read_text(encoding="utf-8"))["parameters"]["epochs"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _finding(history: pd.DataFrame, epochs: int) -> str:
    best = pace.best_epoch(history)
    if not best:
        return "The first epoch has not ended yet"
    now, top = (100 * value for value in (history["val_uar"].iloc[-1], history["val_uar"].max()))
    epoch = int(history["epoch"].iloc[-1])
    of = f" of {epochs}" if epochs else ""
    highest = f", highest after epoch {best}: {top:.1f} %" if best < epoch else ""
    return f"Epoch {epoch}{of}: UAR {now:.1f} % on dev{highest}"


training_monitor = TrainingMonitor  # as the notebooks call it
