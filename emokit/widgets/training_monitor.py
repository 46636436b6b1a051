"""A training to watch: curves that grow in place where somebody looks, one line of text an epoch where nobody does."""

import time
from pathlib import Path

import pandas as pd

from emokit import notebook, plots
from emokit.plots.style import joined
from emokit.run_folder.pace import time_left

MOST_TIME = 0.05  # of the training that drawing may take


class TrainingMonitor:
    """Follows `history.csv` of a run folder, also one that another machine writes; call `update` after each epoch.

    Args:
        path: the run folder.
        epochs: how many are planned, for the time left; 0 if not known.
    """

    def __init__(self, path: str | Path, epochs: int = 0):
        self.path, self.epochs = Path(path), epochs
        self._n_printed, self._next, self._figure = len(self.history()), 0.0, None
        if notebook.interactive():
            from IPython.display import display

            self._figure = display(plots.history(self.history()), display_id=True)

    def history(self) -> pd.DataFrame:
        """The epochs so far, one a row."""
        columns = ["epoch", "loss", "penalty", "uar", "val_loss", "val_uar", "learning_rate", "seconds"]
        try:
            return pd.read_csv(self.path / "history.csv")
        except FileNotFoundError:
            return pd.DataFrame(columns=columns, dtype=float)

    def update(self, *, last: bool = False) -> None:
        """Show the epochs that came since; `last` draws without waiting for the next turn."""
        history = self.history()
        if self._figure is None:
            for n in range(self._n_printed, len(history)):
                print(line(history.iloc[: n + 1], self.epochs))
        elif last or time.monotonic() >= self._next:
            started = time.monotonic()
            self._figure.update(plots.history(history, note=time_left(history, self.epochs)))
            self._next = time.monotonic() + (time.monotonic() - started) / MOST_TIME
        self._n_printed = len(history)

    def __repr__(self) -> str:
        history = self.history()
        if history.empty or history["val_uar"].isna().all():
            return f"{self.path.name}: no epoch has ended yet"
        top = history["val_uar"].max()
        best = joined(history.loc[history["val_uar"] == top, "epoch"].astype(int).tolist(), "of them")
        return f"{self.path.name}: {len(history)} epochs, best {best}: dev UAR {100 * top:.1f} %"


def line(history: pd.DataFrame, epochs: int = 0) -> str:
    """The last epoch of a history in one line; with the number of epochs planned, the time left too."""
    epoch, left = history.iloc[-1], time_left(history, epochs)
    of = f"/{epochs}" if epochs else ""
    losses = f"loss {epoch['loss']:.3f}, dev {epoch['val_loss']:.3f}"
    uars = f"UAR {100 * epoch['uar']:5.1f} %, dev {100 * epoch['val_uar']:5.1f} %"
    pace = f"rate {epoch['learning_rate']:.2g}  {epoch['seconds']:.1f} s" + (f", {left}" if left else "")
    return f"epoch {int(epoch['epoch']):3d}{of}  {losses}  {uars}  {pace}"


training_monitor = TrainingMonitor  # as the notebooks call it
