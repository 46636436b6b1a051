"""How the learning rate falls: halved when the loss on dev has not improved for a while."""

import keras

SMALLEST_RATE = 1e-6


class ReduceOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Keras's ReduceLROnPlateau on the loss of dev, which is smoother than UAR, with a state that can be saved."""

    def __init__(self, patience: int):
        super().__init__(monitor="val_loss", mode="min", factor=0.5, patience=patience, min_lr=SMALLEST_RATE)

    def get_state(self) -> tuple[dict, dict]:
        """Give what `set_state` needs; the rate itself is a variable of the optimizer."""
        return {"wait": self.wait, "best": self.best, "cooldown_counter": self.cooldown_counter}, {}

    def set_state(self, plain: dict, arrays: dict) -> None:
        """Go on where `get_state` was called."""
        self.wait, self.best, self.cooldown_counter = plain["wait"], plain["best"], plain["cooldown_counter"]
