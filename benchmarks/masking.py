"""What the masks cost: a training step of build_model against the same layers without masks, in turns, in one run.

    python benchmarks/masking.py [--steps 60] [--batch-size 32] [--bands 64]

Prints the median milliseconds of both and the median of the paired ratios; the design allows 1.25.
"""

import argparse
import statistics
import time

import keras
import numpy as np
from keras import layers

from emokit import MAX_SEQ_LENGTH, model
from emokit.model import bodies, front_ends, masks
from emokit.padding import FRAMES_PER_STEP


def unmasked(n_bands: int, n_classes: int) -> keras.Model:
    """The layers of build_model, every frame taken for sound."""
    frames = keras.Input((MAX_SEQ_LENGTH * FRAMES_PER_STEP, n_bands), name="frames")
    lengths = keras.Input((), dtype="int32", name="lengths")  # read, and not used
    penalty = keras.regularizers.L2(0.001)
    x = frames
    for filters in front_ends.FILTERS:
        x = layers.Conv1D(
            filters, front_ends.KERNEL_FRAMES, padding="same", use_bias=False, kernel_regularizer=penalty
        )(x)
        x = layers.MaxPooling1D(2, padding="same")(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=masks.BATCH_NORM_MOMENTUM)(x))
    lstm = layers.LSTM(bodies.LSTM_UNITS, return_sequences=True, kernel_regularizer=penalty)
    x = layers.Bidirectional(lstm)(layers.Dropout(0.5)(x))
    x = layers.GlobalAveragePooling1D()(layers.Dropout(0.5)(x))
    x = layers.Dense(n_classes, "softmax", kernel_regularizer=penalty)(x)
    return keras.Model({"frames": frames, "lengths": lengths}, x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--bands", type=int, default=64)
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    networks = model.build_model(arguments.bands, 8), unmasked(arguments.bands, 8)
    n_frames = networks[0].input["frames"].shape[1]
    x = {
        "frames": rng.normal(size=(arguments.batch_size, n_frames, arguments.bands)).astype(np.float32),
        "lengths": rng.integers(n_frames // 3, n_frames + 1, arguments.batch_size).astype(np.int32),
    }
    labels = rng.integers(0, 8, arguments.batch_size)
    for network in networks:
        network.compile(keras.optimizers.Adam(0.0003), "sparse_categorical_crossentropy")
        network.train_on_batch(x, labels)  # traces the graph
    seconds = [[timed(network, x, labels) for network in networks] for _ in range(arguments.steps)]
    masked, plain = (1000 * statistics.median(column) for column in zip(*seconds, strict=True))
    ratio = statistics.median(a / b for a, b in seconds)
    print(f"masked {masked:.1f} ms a step of {arguments.batch_size} clips, without masks {plain:.1f} ms")
    print(f"paired ratio {ratio:.2f} (median of {arguments.steps}), {networks[0].count_params():,} parameters each")
    assert networks[0].count_params() == networks[1].count_params()


def timed(network: keras.Model, x: dict, labels: np.ndarray) -> float:
    """Seconds of one update."""
    start = time.perf_counter()
    network.train_on_batch(x, labels)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
