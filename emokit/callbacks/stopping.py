"""When to stop: no better figure on dev for a while, or a loss that is no number; and what an epoch measures."""

import copy
import math

import keras

from emokit.batches import Batches
from emokit.run_folder import Run

FILES_NAMED = 5
PATIENCE = 15  # epochs without a better figure on dev; three times what the learning rate waits
BARE_LOSS = "bare_loss"  # without class weights and penalty, both of which Keras's own holds in training


def measures(target) -> list[keras.metrics.Metric]:
    """What a run measures in each epoch, for `compile`: the metric of the target, and its loss without any penalty."""
    return [target.metric(), keras.metrics.MeanMetricWrapper(keras.losses.get(target.loss), name=BARE_LOSS)]


def require(monitor: str, logs: dict | None) -> None:
    """Raise ValueError unless Keras measures `monitor`."""
    if monitor not in (logs or {}):
        raise ValueError(
            f"The model does not measure {monitor}; compile it with metrics=callbacks.measures(target), "
            "and give fit the dev part as validation_data."
        )


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's early stopping on the figure of dev that is reported, with a state that can be saved.

    Between epochs that are equally good the earlier one stays; its weights are brought back.

    Args:
        patience: epochs without a better figure.
        monitor: what Keras calls the figure, as a target names it; its metric knows whether more is better.
    """

    def __init__(self, patience: int, monitor: str = "val_uar"):
        super().__init__(monitor=monitor, patience=patience, restore_best_weights=True)

    def get_monitor_value(self, logs: dict | None) -> float:
        """Give the figure of dev; ValueError where the model does not measure it."""
        require(self.monitor, logs)
        return logs[self.monitor]

    def get_state(self) -> tuple[dict, dict]:
        """Give what `set_state` needs: plain values, and arrays by name."""
        plain = {name: getattr(self, name) for name in ("wait", "best", "best_epoch", "stopped_epoch")}
        return plain, {f"{index:03}": weights for index, weights in enumerate(self.best_weights or [])}

    def set_state(self, plain: dict, arrays: dict) -> None:
        """Go on where `get_state` was called."""
        self.wait, self.best = plain["wait"], plain["best"]
        self.best_epoch, self.stopped_epoch = plain["best_epoch"], plain["stopped_epoch"]
        self.best_weights = [arrays[name] for name in sorted(arrays)] or None


class StopAtNaN(keras.callbacks.Callback):
    """Stop at a loss that is NaN or infinite, and name the clips of that batch."""

    def __init__(self, run: Run, train: Batches):
        super().__init__()
        self.run, self.train, self.epoch = run, train, 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remember the epoch: workers that read ahead may have taken the batches further."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Look at the mean loss so far, which a NaN never leaves again."""
        loss = float((logs or {}).get("loss", 0.0))
        if math.isfinite(loss):
            return
        read = copy.copy(self.train)
        read.epoch = self.epoch
        files = read.files(batch)
        named = ", ".join(files[:FILES_NAMED])
        named += f" and {len(files) - FILES_NAMED} more" if len(files) > FILES_NAMED else ""
        self.run.interrupt()
        raise FloatingPointError(
            f"The loss became {loss} in epoch {self.epoch + 1}, batch {batch + 1}, with {named}; "
            "look at these clips, or lower learning_rate and train under another name."
        )
