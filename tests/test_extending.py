"""What is added to the kit is one function or file and one line in a list."""

import keras
import numpy as np
import pytest
from keras import layers

from emokit import model
from emokit.model import build_model
from emokit.model.bodies import BODIES
from emokit.model.front_ends import FRONT_ENDS
from emokit.model.masks import Blank, ValidFrames


def loudest_of_eight(frames, lengths, penalty, seeds):
    """A front end: the loudest of 80 ms in each band."""
    x = layers.MaxPooling1D(8)(Blank()(frames, ValidFrames(frames.shape[1])(lengths)))
    return x, ValidFrames(x.shape[1], 8)(lengths)


def dense(x, valid, dropout, penalty, seeds):
    """A body: each step for itself, and the mean of all."""
    start = keras.initializers.GlorotUniform(next(seeds))
    x = layers.Dense(12, "relu", kernel_initializer=start, kernel_regularizer=penalty, name="steps")(x)
    return layers.GlobalAveragePooling1D()(x, mask=valid)


@pytest.mark.parametrize(
    ("choice", "embedding"),
    [
        ({"front_end": "loudest of eight"}, 96),
        ({"body": "dense"}, 12),
        ({"front_end": "loudest of eight", "body": "dense"}, 12),
    ],
)
def test_a_front_end_and_a_body_of_ones_own_are_a_function_and_a_line(monkeypatch, choice, embedding):
    """Each trains two epochs, tells one loud band from another, and gives embeddings and steps."""
    monkeypatch.setitem(FRONT_ENDS, "loudest of eight", loudest_of_eight)
    monkeypatch.setitem(BODIES, "dense", dense)
    rng = np.random.default_rng(0)
    labels, lengths = rng.integers(0, 2, 64), rng.integers(4, 49, 64).astype(np.int32)
    frames = rng.normal(size=(64, 48, 8)).astype(np.float32)
    frames[np.arange(64), :, labels] += 4
    frames[np.arange(48) >= lengths[:, None]] = np.nan
    net = build_model(8, 2, 3, dropout=0, **choice)
    net.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    inputs = {"frames": frames, "lengths": lengths}
    net.fit(inputs, labels, batch_size=8, epochs=2, verbose=0)
    assert (net.predict(inputs, verbose=0).argmax(axis=1) == labels).mean() > 0.8
    assert model.embeddings(net).predict(inputs, verbose=0).shape == (64, embedding)
    n_steps = 6 if "front_end" in choice else 3
    assert model.step_probabilities(net, frames, lengths).shape == (64, n_steps, 2)
