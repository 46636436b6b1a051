"""The state of a training that survives a kill, and from which it goes on as if nothing had happened."""

import os
import signal
import threading
from collections.abc import Mapping

import keras
import numpy as np

from emokit.batches import Batches
from emokit.run_folder import Run, RunError


class Checkpoint(keras.callbacks.Callback):
    """Save the whole state after every epoch, and go on from the last one when training begins.

    The state is `model.variables` (with the seed generators of dropout, which `.keras` and `.weights.h5` lose),
    `optimizer.variables`, and what the other callbacks remember; the order of the clips follows from the epoch.
    SIGINT (a notebook's stop button, papermill's Ctrl-C) and SIGTERM end the training after the batch at hand; the run
    then says at which epoch it was interrupted.

    Args:
        run: made by `run_folder.start`.
        train: batches of the training part, told each epoch when it begins (Keras calls their own `on_epoch_end` once
            too often, before the first one).
        watchers: the callbacks with `get_state` and `set_state`, by name; this one follows them in the list.
    """

    def __init__(self, run: Run, train: Batches, watchers: Mapping[str, keras.callbacks.Callback]):
        super().__init__()
        self.run, self.train, self.watchers = run, train, dict(watchers)
        self._signal, self._handlers = None, {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Go on from the last state, if there is one; from here on a signal waits for the end of its batch."""
        state = self.run.load_state()
        if state:
            self._restore(*state)
        self._listen()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Tell the batches; workers do not read ahead of this."""
        self.train.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Save the state of this epoch, then its row and its line."""
        arrays = self._variables()
        info = {"stopped": bool(self.model.stop_training), "watchers": {}}
        for name, watcher in self.watchers.items():
            info["watchers"][name], more = watcher.get_state()
            arrays |= {f"{name}/{key}": value for key, value in more.items()}
        self.run.save_state(epoch + 1, arrays, info)
        self.watchers["log"].write()
        self._obey()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Obey a signal that came meanwhile."""
        self._obey()

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Obey a signal that came meanwhile."""
        self._obey()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Give the signals back."""
        self._stop_listening()

    def _variables(self) -> dict[str, np.ndarray]:
        named = {"model": self.model.variables, "optimizer": self.model.optimizer.variables}
        return {f"{kind}/{i:03}": keras.ops.convert_to_numpy(v) for kind, vs in named.items() for i, v in enumerate(vs)}

    def _restore(self, epoch: int, arrays: dict[str, np.ndarray], info: dict) -> None:
        if not self.model.optimizer.built:  # a fresh one has its variables only after the first batch
            self.model.optimizer.build(self.model.trainable_variables)
        there = self._variables()
        stored = {name: array for name, array in arrays.items() if name.startswith(("model/", "optimizer/"))}
        if {n: a.shape for n, a in stored.items()} != {n: a.shape for n, a in there.items()}:
            name = self.run.path.name
            raise RunError(f"The state of run {name} is of another model; train the changed model under another name.")
        for kind, variables in (("model", self.model.variables), ("optimizer", self.model.optimizer.variables)):
            for index, variable in enumerate(variables):
                variable.assign(stored[f"{kind}/{index:03}"])
        for name, watcher in self.watchers.items():
            own = {key.split("/", 1)[1]: array for key, array in arrays.items() if key.startswith(f"{name}/")}
            watcher.set_state(info["watchers"][name], own)
        if not self.run.complete:
            self.watchers["log"].write_history()
            self.watchers["log"].say(f"resumed after epoch {epoch}")

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._handlers[number] = signal.signal(number, self._note)

    def _note(self, number: int, frame) -> None:
        self._signal = number
        self._stop_listening()  # a second one acts at once

    def _stop_listening(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _obey(self) -> None:
        if self._signal is None:
            return
        number, self._signal = self._signal, None
        self.run.interrupt()
        self.watchers["log"].say(self.run.state)
        if number == signal.SIGTERM:
            os.kill(os.getpid(), signal.SIGTERM)  # as it would have been taken without us
        raise KeyboardInterrupt(f"Run {self.run.path.name} is {self.run.state}; run 02 again under this name to go on.")
