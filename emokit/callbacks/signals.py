"""SIGINT (a notebook's stop button, papermill's Ctrl-C) and SIGTERM wait for the end of a batch."""

import os
import signal
import threading
from traceback import walk_stack

import keras


class Signals:
    """Keeps the first signal that comes while `fit` of a model runs in `pending`, None before; others act at once."""

    def __init__(self):
        self.pending, self._model, self._handlers = None, None, {}

    def listen(self, model: keras.Model) -> None:
        """Let signals wait from here on; outside of the main thread Python has none."""
        self._model = model
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:  # who started this process says that it shall not
                    self._handlers[number] = signal.signal(number, self._note)

    def stop(self) -> None:
        """Give the signals back to whom they belonged."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _note(self, number: int, frame) -> None:
        self.stop()
        # Of a fit that died with an exception Keras tells its callbacks nothing, so it is looked for on the stack. To
        # listen from batch to batch has the same fault; a context manager would have to stand around every fit.
        fits = (at for at, _ in walk_stack(frame) if at.f_code.co_name == "fit")
        if any(at.f_locals.get("self") is self._model for at in fits):
            self.pending = number
        else:
            os.kill(os.getpid(), number)  # as it would have been taken without us
