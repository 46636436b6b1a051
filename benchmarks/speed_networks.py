"""One contestant of benchmarks/speed.py: it trains an epoch at each line that it reads, and says how long it took.

    KERAS_BACKEND=jax python benchmarks/speed_networks.py keras '{"front_end": "conv1d", "body": "bilstm"}'

Kinds: `keras`, the network of `build_model` on the backend of the environment; `torch`, the same by hand; `recurrent`,
its bidirectional LSTM alone, and `original`, one of 128 units with recurrent dropout, which has no fused kernel. The
data are noise of the size of a training part of RAVDESS: what is learned does not change the time.
"""

import json
import sys
import time

import numpy as np

CLIPS, FRAMES, BANDS, CLASSES, BATCH = 640, 320, 64, 8, 32
STEPS, CHANNELS, ORIGINAL_UNITS, RECURRENT_DROPOUT = 20, 96, 128, 0.3


def keras_trainer(arrays: tuple, arguments: dict, _batch: int):
    """A function that trains `build_model` for an epoch."""
    import keras

    from emokit import build_model

    frames, lengths, labels = arrays
    net = build_model(BANDS, CLASSES, **arguments)
    return _fitting(keras, net, {"frames": frames, "lengths": lengths}, labels)


def recurrent_trainer(original: bool):
    """A function that trains a recurrent part alone for an epoch, on what a front end would give it."""
    import keras
    from keras import layers

    from emokit.model import bodies
    from emokit.model.masks import ValidFrames

    rng = np.random.default_rng(0)
    x = keras.Input((STEPS, CHANNELS), name="x")
    lengths = keras.Input((), dtype="int32", name="lengths")
    valid, penalty = ValidFrames(STEPS)(lengths), keras.regularizers.L2(0.001)
    if original:
        lstm = layers.LSTM(ORIGINAL_UNITS, return_sequences=True, recurrent_dropout=RECURRENT_DROPOUT)
        read = layers.Dropout(0.5)(layers.Bidirectional(lstm)(layers.Dropout(0.5)(x), mask=valid))
        embedding = layers.GlobalAveragePooling1D()(read, mask=valid)
    else:
        embedding = bodies.bilstm(x, valid, 0.5, penalty, iter(range(99)))
    net = keras.Model([x, lengths], layers.Dense(CLASSES, "softmax")(embedding))
    steps = rng.normal(size=(CLIPS, STEPS, CHANNELS)).astype(np.float32)
    n_steps = rng.integers(STEPS // 3, STEPS + 1, CLIPS).astype(np.int32)
    return _fitting(keras, net, [steps, n_steps], rng.integers(0, CLASSES, CLIPS))


def _fitting(keras, net, x, labels):
    net.compile(keras.optimizers.Adam(0.0003), "sparse_categorical_crossentropy")
    return lambda: net.fit(x, labels, batch_size=BATCH, shuffle=False, verbose=0)


def noise() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frames, lengths and labels."""
    rng = np.random.default_rng(0)
    frames = rng.normal(size=(CLIPS, FRAMES, BANDS)).astype(np.float32)
    return frames, rng.integers(FRAMES // 3, FRAMES + 1, CLIPS).astype(np.int32), rng.integers(0, CLASSES, CLIPS)


def main(kind: str, arguments: str) -> None:
    """Answer each line by the CPU seconds and the seconds of an epoch."""
    if kind == "torch":
        import torch
        from speed_torch import trainer

        torch.set_num_threads(1)
        epoch = trainer(noise(), json.loads(arguments), BATCH)
    elif kind == "keras":
        epoch = keras_trainer(noise(), json.loads(arguments), BATCH)
    else:
        epoch = recurrent_trainer(kind == "original")
    epoch()  # traces, compiles
    print("ready", flush=True)
    for _ in sys.stdin:
        cpu, clock = time.process_time(), time.perf_counter()
        epoch()
        print(time.process_time() - cpu, time.perf_counter() - clock, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
