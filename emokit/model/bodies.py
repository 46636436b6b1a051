"""Bodies: steps → one embedding of the clip, which the last layer turns into probabilities.

Each is a function (x, valid, dropout, penalty, seeds) → (batch, units) and a line in `BODIES`:

    x, valid: from a front end, float (batch, steps, channels) and bool (batch, steps).
    dropout: share of the values that training drops.
    penalty, seeds: as for a front end.

The layer that says something at each step, (batch, steps, units) on the way to the embedding, is named `steps`; a body
that reads the clip as a whole has none.
"""

from collections.abc import Iterator

import keras
from keras import layers, ops

from emokit.model.masks import Blank, normed

LSTM_UNITS = 48  # a direction
RESIDUAL_UNITS, ATTENDED_UNITS = 40, 64  # of the LSTM with the skip, and of a direction of the one after it


def bilstm(x, valid, dropout: float, penalty, seeds: Iterator[int]):
    """Both directions of an LSTM, and their mean over the valid steps."""
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = _both_ways(LSTM_UNITS, penalty, seeds, name="steps")(x, mask=valid)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    return layers.GlobalAveragePooling1D(name="average")(x, mask=valid)


def residual_lstm(x, valid, dropout: float, penalty, seeds: Iterator[int]):
    """An LSTM with a skip, both directions of a second one, and attention over its valid steps.

    After ResLSTM-SA (github.com/Mak-Sim/ResLSTM-SER), whose cepstra are here a learned map of the channels.
    """
    start = keras.initializers.GlorotUniform(next(seeds))
    x = layers.Dense(RESIDUAL_UNITS, use_bias=False, kernel_initializer=start, kernel_regularizer=penalty)(x)
    x = normed(x, valid)
    x = normed(layers.Add()([x, _lstm(RESIDUAL_UNITS, penalty, seeds)(x, mask=valid)]), valid)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = _both_ways(ATTENDED_UNITS, penalty, seeds)(x, mask=valid)
    steps = Blank(name="steps")(normed(x, valid), valid)
    start = keras.initializers.GlorotUniform(next(seeds))
    score = layers.Dense(1, kernel_initializer=start, kernel_regularizer=penalty)(layers.Activation("tanh")(steps))
    attention = layers.Softmax()(layers.Flatten()(score), mask=valid)  # (batch, steps), 0 behind the end
    return layers.Dropout(dropout, seed=next(seeds))(layers.Dot(axes=1)([attention, steps]))


def statistics(x, valid, dropout: float, penalty, seeds: Iterator[int]):
    """Mean and standard deviation of each channel over the valid steps; their order says nothing."""
    return layers.Dropout(dropout, seed=next(seeds))(MeanAndDeviation()(x, valid))


def quarters(x, valid, dropout: float, penalty, seeds: Iterator[int]):
    """The same statistics, and the mean of each quarter of the clip: roughly how it goes on."""
    pooled = layers.Concatenate()([MeanAndDeviation()(x, valid), QuarterMeans()(x, valid)])
    return layers.Dropout(dropout, seed=next(seeds))(pooled)


BODIES = {"bilstm": bilstm, "residual_lstm": residual_lstm, "statistics": statistics, "quarters": quarters}


@keras.saving.register_keras_serializable("emokit")
class MeanAndDeviation(layers.Layer):
    """Mean and standard deviation over the valid steps.

    Call arguments:
        inputs: float (batch, steps, channels).
        valid: bool (batch, steps), one True at least.

    Output: float (batch, 2 × channels).
    """

    def call(self, inputs, valid):
        """Select before anything is summed or squared, so that a gradient meets no NaN either."""
        valid = valid[..., None]
        n_steps = ops.sum(ops.cast(valid, inputs.dtype), axis=1, keepdims=True)
        mean = ops.sum(ops.where(valid, inputs, 0.0), axis=1, keepdims=True) / n_steps
        variance = ops.sum(ops.square(ops.where(valid, inputs - mean, 0.0)), axis=1, keepdims=True) / n_steps
        deviation = ops.sqrt(variance + keras.config.epsilon())  # the root of 0 has no gradient
        return ops.squeeze(ops.concatenate([mean, deviation], axis=-1), axis=1)

    def compute_mask(self, inputs, previous_mask=None):
        """End the implicit mask: there is no step left."""
        return


@keras.saving.register_keras_serializable("emokit")
class QuarterMeans(layers.Layer):
    """Means over the first, second, third and last quarter of the valid steps, one step at least each.

    Call arguments:
        inputs: float (batch, steps, channels).
        valid: bool (batch, steps), true from the first step up to the clip's end.

    Output: float (batch, 4 × channels).
    """

    def call(self, inputs, valid):
        """Average each quarter by a product with its share of the steps."""
        n_steps = ops.sum(ops.cast(valid, "int32"), axis=1)[:, None, None]
        quarter, step = ops.arange(4)[None, :, None], ops.arange(inputs.shape[1])[None, None]
        start = quarter * n_steps // 4
        stop = ops.maximum(start + 1, (quarter + 1) * n_steps // 4)
        within = ops.cast((step >= start) & (step < stop), inputs.dtype)  # (batch, 4, steps)
        means = ops.matmul(within, ops.where(valid[..., None], inputs, 0.0)) / ops.sum(within, axis=2, keepdims=True)
        return ops.reshape(means, (-1, 4 * inputs.shape[2]))

    def compute_mask(self, inputs, previous_mask=None):
        """End the implicit mask: there is no step left."""
        return


def _both_ways(units: int, penalty, seeds: Iterator[int], **options) -> layers.Bidirectional:
    # Both directions are made here: left to itself, Bidirectional starts the second with the weights of the first.
    forward, backward = (_lstm(units, penalty, seeds, go_backwards=backwards) for backwards in (False, True))
    return layers.Bidirectional(forward, backward_layer=backward, **options)


def _lstm(units: int, penalty, seeds: Iterator[int], **options) -> layers.LSTM:
    return layers.LSTM(
        units,
        return_sequences=True,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
        kernel_regularizer=penalty,
        seed=next(seeds),
        **options,
    )
