"""How the learning rate falls: halved when the loss on dev has not improved for a while."""

import keras

from emokit.callbacks.stopping import BARE_LOSS, require

SMALLEST_RATE = 1e-6


class ReduceOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Keras's ReduceLROnPlateau on the bare loss of dev, with a state that can be saved.

    It is smoother than UAR; Keras's `val_loss` would fall with the L2 penalty alone.
    """

    def __init__(self, patience: int):
        super().__init__(f"val_{BARE_LOSS}", mode="min", factor=0.5, patience=patience, min_lr=SMALLEST_RATE)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Look at the dev part; ValueError where the model does not measure it."""
        require(self.monitor, logs)
        super().on_epoch_end(epoch, logs)

    def get_state(self) -> tuple[dict, dict]:
        """Give what `set_state` needs; the rate itself is a variable of the optimizer."""
        return {"wait": self.wait, "best": self.best, "cooldown_counter": self.cooldown_counter}, {}

    def set_state(self, plain: dict, arrays: dict) -> None:
        """Go on where `get_state` was called."""
        self.wait, self.best, self.cooldown_counter = plain["wait"], plain["best"], plain["cooldown_counter"]
