"""build_model: a front end, a body, softmax; masked Conv1D → bidirectional LSTM → masked average unless told otherwise.

The way of a clip: 320 frames × bands → four convolutions, each followed by a pooling by 2 → 20 steps × 96 → both
directions of an LSTM → the mean over the valid steps → probabilities. What stands behind the end of a clip never
matters: every layer is told by `lengths` where that is.
"""

import random
from collections.abc import Iterator
from numbers import Integral, Real

import keras
import numpy as np
from keras import layers

from emokit.batches import Batches
from emokit.model.bodies import BODIES
from emokit.model.front_ends import FRONT_ENDS
from emokit.padding import FRAMES_PER_STEP, LONGEST

ACTIVATIONS = ("softmax", "sigmoid", "linear")  # of the last layer

# Kind and range of each argument of build_model; the upper ends keep a hostile model.json from filling the memory.
RANGES = {
    "n_bands": (Integral, 1, 4096),
    "n_classes": (Integral, 2, 1000),
    "max_seq_length": (Integral, 1, LONGEST),
    "l2": (Real, 0.0, 1.0),
    "dropout": (Real, 0.0, 0.95),
    "seed": (Integral, 0, 2**32 - 1),
}
CHOICES = {"front_end": FRONT_ENDS, "body": BODIES, "activation": ACTIVATIONS}


def build_model(
    n_bands: int,
    n_classes: int,
    max_seq_length: int = 20,
    *,
    front_end: str = "conv1d",
    body: str = "bilstm",
    activation: str = "softmax",
    l2: float = 0.001,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Build the network, not compiled; its weights do not depend on `max_seq_length`.

    Args:
        n_bands: bands of a frame.
        n_classes: outputs: emotions to tell apart, or whatever a target names.
        max_seq_length: how long a clip is padded or cut to, in 16 frames each, whatever a step of the front end is.
        front_end: a name of `FRONT_ENDS`: frames → steps of 16 frames ("conv1d", "conv2d"), 4 ("none") or 1 ("frames").
        body: a name of `BODIES`: steps → the embedding of the clip.
        activation: a name of `ACTIVATIONS`, as the target needs it, of the last layer.
        l2: weight of the squared kernels in the loss.
        dropout: share of the values that training drops before and after an LSTM. None within it: recurrent dropout
            would leave the fused kernel.
        seed: of the first weights and of dropout.

    Returns:
        A model from {"frames": float32 (batch, max_seq_length × 16, n_bands), "lengths": int32 (batch,), valid frames,
        at least 1} to float32 (batch, n_classes), which sum to 1 after softmax.

    Raises:
        ValueError: naming an argument out of its range or choices.
    """
    _check(n_bands=n_bands, n_classes=n_classes, max_seq_length=max_seq_length, l2=l2, dropout=dropout, seed=seed)
    _choose(front_end=front_end, body=body, activation=activation)
    seeds = _seeds(seed)
    penalty = keras.regularizers.L2(l2) if l2 else None
    frames = keras.Input((max_seq_length * FRAMES_PER_STEP, n_bands), name="frames")
    lengths = keras.Input((), dtype="int32", name="lengths")

    x, valid = FRONT_ENDS[front_end](frames, lengths, penalty, seeds)  # → (batch, steps, channels)
    x = BODIES[body](x, valid, dropout, penalty, seeds)  # → (batch, units)
    start = keras.initializers.GlorotUniform(next(seeds))
    head = layers.Dense(
        n_classes, activation, kernel_initializer=start, kernel_regularizer=penalty, name="probabilities"
    )
    return keras.Model({"frames": frames, "lengths": lengths}, head(x), name="emokit")


def embeddings(net: keras.Model) -> keras.Model:
    """From the inputs of a network to what its last layer reads of a clip, float32 (batch, units)."""
    return keras.Model(net.input, net.get_layer("probabilities").input)


def has_steps(net: keras.Model) -> bool:
    """Whether the body of a network reads a clip step by step."""
    return "steps" in [layer.name for layer in net.layers]


def steps(net: keras.Model) -> keras.Model:
    """From the inputs of a network to what its body says at each step, float32 (batch, steps, units).

    Raises:
        ValueError: when the body reads a clip as a whole.
    """
    if not has_steps(net):
        raise ValueError("This network reads a clip as a whole, so no step says anything alone; its body has no steps.")
    return keras.Model(net.input, net.get_layer("steps").output)


def step_probabilities(net: keras.Model, frames: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """What each step says alone: the last layer on what the body says there instead of on the embedding.

    The log-odds of a clip are the mean of those of its valid steps ("bilstm"), or their mean weighted by attention
    ("residual_lstm"), since that layer is linear before the softmax.

    Args:
        net: from `build_model`.
        frames: float32 (n, frames, bands), as the model reads them.
        lengths: int (n,), valid frames.

    Returns:
        float32 (n, steps, classes); NaN behind the end of a clip.

    Raises:
        ValueError: when the body reads a clip as a whole ("statistics", "quarters").
    """
    return _alone(net, {"frames": frames, "lengths": np.asarray(lengths, np.int32)}, lengths)


def step_probabilities_of(net: keras.Model, batches: Batches) -> np.ndarray | None:
    """`step_probabilities` of the first `max_length` frames of each clip of these batches; None without any step."""
    return _alone(net, batches, batches.lengths) if has_steps(net) else None


def _alone(net: keras.Model, inputs, lengths: np.ndarray) -> np.ndarray:
    of_steps = steps(net).predict(inputs, verbose=0)
    evidence = np.array(net.get_layer("probabilities")(of_steps))
    n_steps = of_steps.shape[1]
    frames_of_step = net.input["frames"].shape[1] // n_steps
    evidence[np.arange(n_steps) * frames_of_step >= np.asarray(lengths)[:, None]] = np.nan
    return evidence


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


def _choose(**arguments) -> None:
    for name, value in arguments.items():
        if value not in list(CHOICES[name]):  # a list of model.json has no hash
            raise ValueError(f"{name} is {value!r}; build_model knows {', '.join(CHOICES[name])}.")
