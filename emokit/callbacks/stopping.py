"""When to stop: no better UAR on dev for a while, or a loss that is no number any more; and UAR as a Keras metric."""

import copy
import math

import keras
from keras import ops

from emokit.batches import Batches
from emokit.run_folder import Run

FILES_NAMED = 5


@keras.saving.register_keras_serializable("emokit")
class UAR(keras.metrics.Metric):
    """Unweighted average recall as a Keras metric: equal to `metrics.uar` over the clips of an epoch.

    Class weights do not enter. A class that never occurs does not count.

    Args:
        n_classes: of the model.

    Call arguments:
        y_true: int (batch,), class index.
        y_pred: float (batch, n_classes).
    """

    def __init__(self, n_classes: int, name: str = "uar", **options):
        super().__init__(name=name, **options)
        self.n_classes = n_classes
        self._direction = "up"
        self.total = self.add_weight(shape=(n_classes,), initializer="zeros", name="total")
        self.right = self.add_weight(shape=(n_classes,), initializer="zeros", name="right")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count clips, and right ones, by class."""
        truth = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), self.n_classes)  # (batch, classes)
        predicted = ops.one_hot(ops.argmax(y_pred, axis=-1), self.n_classes)
        self.total.assign_add(ops.sum(truth, axis=0))
        self.right.assign_add(ops.sum(truth * predicted, axis=0))

    def result(self):
        """Give the mean recall of the classes that occurred, 0 … 1."""
        occurred = ops.cast(self.total > 0, "float32")
        recalls = self.right / ops.maximum(self.total, 1.0)
        return ops.sum(recalls * occurred) / ops.maximum(ops.sum(occurred), 1.0)

    def get_config(self) -> dict:
        """Give the arguments that make this metric again."""
        return {**super().get_config(), "n_classes": self.n_classes}


def measures(n_classes: int) -> list[keras.metrics.Metric]:
    """What a run measures in each epoch, for `compile`: UAR, and the cross-entropy in nats without any penalty."""
    return [UAR(n_classes), keras.metrics.SparseCategoricalCrossentropy(name="cross_entropy")]


def require(monitor: str, logs: dict | None) -> None:
    """Raise ValueError unless Keras measures `monitor`."""
    if monitor not in (logs or {}):
        raise ValueError(
            f"The model does not measure {monitor}; compile it with metrics=callbacks.measures(n_classes), "
            "and give fit the dev part as validation_data."
        )


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's early stopping on the UAR of dev, the best weights brought back, with a state that can be saved.

    UAR is what is reported, so dev chooses the epoch by it; between epochs of equal UAR the earlier one stays.
    """

    def __init__(self, patience: int):
        super().__init__(monitor="val_uar", mode="max", patience=patience, restore_best_weights=True)

    def get_monitor_value(self, logs: dict | None) -> float:
        """Give the UAR of dev; ValueError where the model does not measure it."""
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
