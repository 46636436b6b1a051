"""build_model: masked Conv1D front end → bidirectional LSTM → masked average → softmax.

The way of a clip: 320 frames × bands → four convolutions, each followed by a pooling by 2 → 20 steps × 96 → both
directions of an LSTM → the mean over the valid steps → probabilities. What stands behind the end of a clip never
matters: every layer is told by `lengths` where that is.
"""

import random
from collections.abc import Iterator
from numbers import Integral, Real

import keras
import numpy as np
from keras import layers, ops

FILTERS = (48, 64, 64, 96)  # of the convolutions; each is followed by a pooling by 2
KERNEL_FRAMES = 5
LSTM_UNITS = 48  # a direction
BATCH_NORM_MOMENTUM = 0.9  # an epoch of RAVDESS has 20 updates; at Keras's 0.99 the averages would lag five epochs
FRAMES_PER_STEP = 2 ** len(FILTERS)  # 16 frames of 10 ms: what the LSTM reads as one step

# Kind and range of each argument of build_model; the upper ends keep a hostile model.json from filling the memory.
RANGES = {
    "n_bands": (Integral, 1, 4096),
    "n_classes": (Integral, 2, 1000),
    "max_seq_length": (Integral, 1, 10_000),
    "l2": (Real, 0.0, 1.0),
    "dropout": (Real, 0.0, 0.95),
    "seed": (Integral, 0, 2**32 - 1),
}


@keras.saving.register_keras_serializable("emokit")
class ValidFrames(layers.Layer):
    """Mask of a padded sequence after pooling by `stride`: a place is valid if its first frame is.

    A layer and not bare `ops`, whose constants would become inputs of an exported model.

    Args:
        n_places: length of the mask.
        stride: frames in a place, 1 before any pooling.

    Call arguments:
        lengths: int (batch,), valid frames of each clip.

    Output: bool (batch, n_places); True is sound, False is padding.
    """

    def __init__(self, n_places: int, stride: int = 1, **options):
        super().__init__(**options)
        self.n_places, self.stride = n_places, stride

    def call(self, lengths):
        """Compare where each place begins with where the clip ends."""
        return ops.arange(self.n_places) * self.stride < ops.cast(lengths, "int32")[:, None]

    def get_config(self) -> dict:
        """Give the arguments that make this layer again."""
        return {**super().get_config(), "n_places": self.n_places, "stride": self.stride}


@keras.saving.register_keras_serializable("emokit")
class Blank(layers.Layer):
    """Set padding to 0 by selecting, since multiplying would keep a NaN that stands there.

    Call arguments:
        inputs: float (batch, places, channels).
        valid: bool (batch, places).

    Output: float (batch, places, channels), without Keras's implicit mask, which the next pooling could not carry.
    """

    def call(self, inputs, valid):
        """Keep what is valid."""
        return ops.where(valid[..., None], inputs, 0.0)

    def compute_mask(self, inputs, previous_mask=None):
        """End the implicit mask, so that Keras need not warn that a later layer lost it."""
        return


def build_model(
    n_bands: int,
    n_classes: int,
    max_seq_length: int = 20,
    *,
    l2: float = 0.001,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Build the network, not compiled; its weights do not depend on `max_seq_length`.

    Layers that others read by name: `steps` (batch, steps, 96), what the LSTM says at each step; `average`
    (batch, 96), the embedding of the clip; `probabilities` (batch, classes).

    Args:
        n_bands: bands of a frame.
        n_classes: emotions to tell apart.
        max_seq_length: steps of 16 frames that a clip is padded or cut to.
        l2: weight of the squared kernels in the loss.
        dropout: share of the values that training drops before and after the LSTM. None within it: recurrent dropout
            would leave the fused kernel.
        seed: of the first weights and of dropout.

    Returns:
        A model from {"frames": float32 (batch, max_seq_length × 16, n_bands), "lengths": int32 (batch,), valid frames,
        at least 1} to float32 (batch, n_classes), which sum to 1.

    Raises:
        ValueError: naming an argument out of its range.
    """
    _check(n_bands=n_bands, n_classes=n_classes, max_seq_length=max_seq_length, l2=l2, dropout=dropout, seed=seed)
    seeds = _seeds(seed)
    penalty = keras.regularizers.L2(l2) if l2 else None
    frames = keras.Input((max_seq_length * FRAMES_PER_STEP, n_bands), name="frames")
    lengths = keras.Input((), dtype="int32", name="lengths")

    x, valid = _front_end(frames, lengths, penalty, seeds)  # (batch, frames, bands) → (batch, steps, 96)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    forward, backward = (_lstm(penalty, seeds, go_backwards) for go_backwards in (False, True))
    x = layers.Bidirectional(forward, backward_layer=backward, name="steps")(x, mask=valid)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = layers.GlobalAveragePooling1D(name="average")(x, mask=valid)  # (batch, steps, 96) → (batch, 96)
    start = keras.initializers.GlorotUniform(next(seeds))
    softmax = layers.Dense(
        n_classes, "softmax", kernel_initializer=start, kernel_regularizer=penalty, name="probabilities"
    )
    return keras.Model({"frames": frames, "lengths": lengths}, softmax(x), name="emokit")


def step_probabilities(model: keras.Model, frames: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """What each step says alone: the last layer on the LSTM's output instead of on its average.

    The mean of the log-odds over a clip's valid steps is the clip's, since that layer is linear before the softmax.

    Args:
        model: from `build_model`.
        frames: float32 (n, frames, bands), as the model reads them.
        lengths: int (n,), valid frames.

    Returns:
        float32 (n, steps, classes); NaN behind the end of a clip.
    """
    steps = keras.Model(model.input, model.get_layer("steps").output)
    said = steps.predict({"frames": frames, "lengths": np.asarray(lengths, np.int32)}, verbose=0)
    weights, bias = model.get_layer("probabilities").get_weights()
    evidence = said @ weights + bias
    evidence = np.exp(evidence - evidence.max(axis=-1, keepdims=True))
    evidence /= evidence.sum(axis=-1, keepdims=True)
    behind = np.arange(said.shape[1]) * FRAMES_PER_STEP >= np.asarray(lengths)[:, None]
    evidence[behind] = np.nan
    return evidence


def _front_end(x, lengths, penalty, seeds: Iterator[int]):
    """Convolve and halve until 16 frames are one step; gives (batch, steps, channels) and bool (batch, steps)."""
    n_places, stride = x.shape[1], 1
    valid = ValidFrames(n_places, name="valid_1")(lengths)
    for filters in FILTERS:
        # Each convolution reads zeros behind the end, however much stands there. Pooling may then take in the place
        # after an odd end, which always exists and is the same whatever the padding: places are a multiple of 16.
        x = Blank(name=f"blank_{stride}")(x, valid)
        start = keras.initializers.HeUniform(next(seeds))
        x = layers.Conv1D(
            filters, KERNEL_FRAMES, padding="same", use_bias=False, kernel_initializer=start, kernel_regularizer=penalty
        )(x)
        x = layers.MaxPooling1D(2, padding="same")(x)  # before the next two, so that they have half the work
        n_places, stride = n_places // 2, stride * 2
        valid = ValidFrames(n_places, stride, name=f"valid_{stride}")(lengths)
        x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x, mask=valid)
        x = layers.ReLU()(x)
    return x, valid


def _lstm(penalty, seeds: Iterator[int], go_backwards: bool) -> layers.LSTM:
    # Both directions are made here: left to itself, Bidirectional starts the second with the weights of the first.
    return layers.LSTM(
        LSTM_UNITS,
        return_sequences=True,
        go_backwards=go_backwards,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
        kernel_regularizer=penalty,
        seed=next(seeds),
        name="backward" if go_backwards else "forward",
    )


def _seeds(seed: int) -> Iterator[int]:
    """Draw a seed for each layer, so that no two start alike."""
    draw = random.Random(int(seed))
    while True:
        yield draw.randrange(2**31)


def _check(**arguments) -> None:
    for name, value in arguments.items():
        kind, low, high = RANGES[name]
        if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
            number = "a whole number" if kind is Integral else "a number"
            raise ValueError(f"{name} is {value!r}; build_model expects {number} from {low} to {high}.")
