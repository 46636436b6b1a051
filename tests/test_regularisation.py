"""What keeps the network from learning clips by heart: the penalty, dropout, and averages that keep up."""

import keras
import numpy as np
import pytest

from emokit.model import FRAMES_PER_STEP, build_model

STEPS, BANDS, CLASSES = 2, 8, 3


def build(**arguments):
    return build_model(BANDS, CLASSES, STEPS, **arguments)


@pytest.fixture(scope="module")
def clips():
    frames = np.random.default_rng(0).normal(1, 2, size=(16, STEPS * FRAMES_PER_STEP, BANDS)).astype(np.float32)
    return {"frames": frames, "lengths": np.full(16, STEPS * FRAMES_PER_STEP, np.int32)}


def test_the_penalty_is_l2_times_the_squares_of_every_kernel():
    """Of four convolutions, both directions of the LSTM and the last layer; biases and recurrent kernels are free."""
    network = build(l2=0.01)
    kernels = [weight for weight in network.trainable_weights if weight.name == "kernel"]
    assert len(kernels) == 4 + 2 + 1
    squares = sum(float(np.square(np.array(kernel)).sum()) for kernel in kernels)
    assert sum(map(float, network.losses)) == pytest.approx(0.01 * squares, rel=1e-5)
    assert sum(map(float, build(l2=0).losses)) == 0


def said(network, clips, *layers, training):
    part = keras.Model(network.input, {name: network.get_layer(name).output for name in layers})
    outputs = part(clips, training=training)
    return [np.array(outputs[name]) for name in layers]


def test_training_drops_values_before_the_lstm(clips):
    for dropout in (0.5, 0.0):
        network = build(dropout=dropout)
        first, second = (said(network, clips, "steps", training=True)[0] for _ in range(2))
        assert (np.abs(first - second).max() > 1e-3) == (dropout > 0)


@pytest.mark.parametrize("dropout", [0.5, 0.2])
def test_training_drops_values_between_the_lstm_and_its_average(clips, dropout):
    network = build(dropout=dropout)
    steps, average = said(network, clips, "steps", "average", training=True)
    # Each value of the average is the mean of two steps, each of which is dropped or 1 / (1 - dropout) times as large.
    first, second = steps[:, 0] / 2, steps[:, 1] / 2
    possible = np.stack([0 * first, first, second, first + second]) / (1 - dropout)
    distance = np.abs(possible - average)
    np.testing.assert_allclose(distance.min(axis=0), 0, atol=1e-5)
    kept = np.bincount(distance.argmin(axis=0).ravel(), minlength=4) / average.size
    expected = [dropout**2, dropout * (1 - dropout), dropout * (1 - dropout), (1 - dropout) ** 2]
    np.testing.assert_allclose(kept, expected, atol=0.06)
    steps, average = said(network, clips, "steps", "average", training=False)
    np.testing.assert_allclose(average, steps.mean(axis=1), atol=1e-6)


def test_the_averages_of_batch_normalization_keep_up_with_an_epoch_of_twenty_batches(clips):
    network = build(dropout=0)
    norm = next(layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization))
    values, _ = keras.Model(network.input, norm.input)(clips)  # and the mask, which lets all of them count
    mean = np.array(values).mean(axis=(0, 1))
    for _ in range(20):
        network(clips, training=True)
    assert np.abs(np.array(norm.moving_mean) - mean).max() < 0.2 * np.abs(mean).max()
