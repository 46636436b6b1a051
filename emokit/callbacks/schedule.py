"""How the learning rate falls, and the optimizer: halved when the loss on dev stands still, or along a cosine to 0."""

import keras

from emokit.callbacks.stopping import BARE_LOSS, require

SMALLEST_RATE = 1e-6
WARM_UP = 40  # the rate rises from 0 in the first 1/40 of the updates, two epochs of 80
MOST_GRADIENT = 2.0  # longer ones, over all weights together, are shortened to this: few, in an LSTM's first updates


def optimizer(schedule: str, learning_rate: float, weight_decay: float, n_updates: int) -> keras.optimizers.Optimizer:
    """AdamW (Loshchilov & Hutter 2019), with a learning rate that follows from its own count of updates.

    So a resume takes up the rate with the optimizer's variables, and nothing else has to be remembered.

    Args:
        schedule: "plateau": the rate stays, until `ReduceOnPlateau` halves it; "cosine": it rises linearly over the
            first fortieth and falls to 0 along half a cosine (Loshchilov & Hutter 2017), and gradients are clipped.
        learning_rate: the highest.
        weight_decay: by how much of the learning rate each weight shrinks in an update; with 0 it is Adam.
        n_updates: epochs × batches in an epoch.
    """
    if schedule == "plateau":
        return keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay)
    rising = max(1, n_updates // WARM_UP)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, n_updates - rising), warmup_target=learning_rate, warmup_steps=rising
    )
    return keras.optimizers.AdamW(rate, weight_decay=weight_decay, global_clipnorm=MOST_GRADIENT)


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
