"""The state of a training that survives a kill, and from which it goes on as if nothing had happened."""

import os
import signal
import time
from collections.abc import Mapping

import keras
import numpy as np

from emokit.batches import Batches
from emokit.callbacks.signals import Signals
from emokit.run_folder import Run, RunError


class Checkpoint(keras.callbacks.Callback):
    """Save the whole state after every epoch and within long ones, and go on from the last when training begins.

    The state is `model.variables` (with the seed generators of dropout, which `.keras` and `.weights.h5` lose),
    `optimizer.variables`, within an epoch the sums of the metrics, and what the other callbacks remember; the order of
    the clips follows from the epoch. An epoch that was saved within reads the batches before that again, but does not
    learn from them again. Within an epoch nothing is saved of a `fit` that has not read these batches of `train`: its
    end will refuse it.
    SIGINT and SIGTERM end the training after the batch at hand, which is saved; the run then says at which epoch it was
    interrupted.

    Args:
        run: made by `run_folder.start`.
        train: batches of the training part, whose epoch is set when it begins (Keras calls their own `on_epoch_end`
            once too often, before the first one).
        watchers: the callbacks with `get_state` and `set_state`, by name; this one follows them in the list.
        save_minutes: between two saves within an epoch; 0 saves at the end of epochs only.
    """

    def __init__(
        self, run: Run, train: Batches, watchers: Mapping[str, keras.callbacks.Callback], save_minutes: float = 0
    ):
        super().__init__()
        self.run, self.train, self.watchers = run, train, dict(watchers)
        self.save_seconds = 60 * save_minutes or float("inf")
        self._learned, self._metrics = 0, {}  # batches of this epoch that were learned before a resume, and their sums
        self._saved_at = 0.0
        self._signals = Signals()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Go on from the last state, if there is one; from here on a signal waits for the end of its batch."""
        self._learned, self._metrics = 0, {}
        if not self.model.optimizer.built:  # else TensorFlow traces the step of the training twice: 2 s with an LSTM
            self.model.optimizer.build(self.model.trainable_variables)
        state = self.run.load_state()
        if state:
            self._restore(*state)
        self._saved_at = time.monotonic()
        self._signals.listen(self.model)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Tell the batches, which workers do not read ahead of this; take up the metrics, which Keras has reset."""
        self.train.epoch = epoch
        _assign(self.model.metrics_variables, "metrics", self._metrics)
        self._metrics = {}

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Pass over a batch that was learned before."""
        if batch < self._learned:
            self._pass_over()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Save if it is time or a signal has come, which is then obeyed."""
        due = self._signals.pending or time.monotonic() - self._saved_at >= self.save_seconds
        due = due and self._learned <= batch < len(self.train) - 1  # after the last one the epoch's end is near
        if due and set(range(batch + 1)) <= self.train.seen:  # what was learned from other clips is not to be resumed
            self._save(self.train.epoch, batch + 1)
        self._obey()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save the state of this epoch, then its row and its line."""
        self._learned = 0
        self._save(epoch + 1)
        self.watchers["log"].write()
        self._obey()

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Obey a signal that came meanwhile."""
        self._obey()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Give the signals back."""
        self._signals.stop()

    def _save(self, epoch: int, batch: int = 0) -> None:
        arrays = self._variables()
        if batch:
            arrays |= _arrays("metrics", self.model.metrics_variables)
        info = {"batch": batch, "stopped": bool(self.model.stop_training), "watchers": {}}
        for name, watcher in self.watchers.items():
            info["watchers"][name], more = watcher.get_state()
            arrays |= {f"{name}/{key}": value for key, value in more.items()}
        self.run.save_state(epoch, arrays, info)
        self._saved_at = time.monotonic()

    def _variables(self) -> dict[str, np.ndarray]:
        return _arrays("model", self.model.variables) | _arrays("optimizer", self.model.optimizer.variables)

    def _pass_over(self) -> None:
        """Let the next step of `fit` read its batch and do nothing else; the one after it learns again."""
        # Tried, and no plainer: Keras asks for the number of batches once a fit, so that batches which leave out what
        # was learned end the epoch with a warning that data ran out; ended by `stop_training`, the next epoch is
        # refused; an empty batch is a step of the optimizer; to learn again and restore then saves no time.
        learn = self.model.train_function

        def read(iterator) -> dict:
            self.model.train_function = learn
            next(iterator)
            return {}

        self.model.train_function = read

    def _restore(self, epoch: int, arrays: dict[str, np.ndarray], info: dict) -> None:
        there = self._variables()
        stored = {name: array for name, array in arrays.items() if name.startswith(("model/", "optimizer/"))}
        if {n: a.shape for n, a in stored.items()} != {n: a.shape for n, a in there.items()}:
            name = self.run.path.name
            raise RunError(f"The state of run {name} is of another model; train the changed model under another name.")
        _assign(self.model.variables, "model", stored)
        _assign(self.model.optimizer.variables, "optimizer", stored)
        self._learned = info["batch"]
        self._metrics = {name: array for name, array in arrays.items() if name.startswith("metrics/")}
        if self._metrics:  # a fresh process has the variables of its metrics only once it has computed some
            self.model.test_on_batch(*self.train[0])
        for name, watcher in self.watchers.items():
            own = {key.split("/", 1)[1]: array for key, array in arrays.items() if key.startswith(f"{name}/")}
            watcher.set_state(info["watchers"][name], own)
        if not self.run.complete:
            self.watchers["log"].write_history()
            within = f" and {self._learned} batches" if self._learned else ""
            self.watchers["log"].say(f"resumed after epoch {epoch}{within}")

    def _obey(self) -> None:
        if self._signals.pending is None:
            return
        number, self._signals.pending = self._signals.pending, None
        self.run.interrupt()
        self.watchers["log"].say(self.run.state)
        if number == signal.SIGTERM:
            os.kill(os.getpid(), signal.SIGTERM)  # as it would have been taken without us
        raise KeyboardInterrupt(f"Run {self.run.path.name} is {self.run.state}; run 02 again under this name to go on.")


def _arrays(kind: str, variables) -> dict[str, np.ndarray]:
    return {f"{kind}/{index:03}": keras.ops.convert_to_numpy(variable) for index, variable in enumerate(variables)}


def _assign(variables, kind: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Put back what `_arrays` gave; nothing where it gave nothing."""
    if any(name.startswith(kind) for name in arrays):
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"{kind}/{index:03}"])
