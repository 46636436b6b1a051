"""Front ends: frames → what a body reads as steps.

Each is a function (frames, lengths, penalty, seeds) → (x, valid) and a line in `FRONT_ENDS`:

    frames: float (batch, n_frames, bands), anything behind a clip's end, NaN too; n_frames is a multiple of 16.
    lengths: int (batch,), valid frames.
    penalty: regularizer of every kernel, or None.
    seeds: `next(seeds)` for each layer that draws.
    x: float (batch, steps, channels), finite everywhere. How many frames are a step is the front end's own affair.
    valid: bool (batch, steps), from `ValidFrames`.
"""

from collections.abc import Iterator

import keras
from keras import layers

from emokit.model.masks import Blank, ValidFrames, normed

FILTERS = (48, 64, 64, 96)  # of the convolutions; each is followed by a pooling by 2
KERNEL_FRAMES = 5
FILTERS_2D = (16, 24, 32, 48)  # fewer, since each is read at every band
KERNEL_2D = (3, 3)  # frames × bands
FRAMES_PER_MEAN = 4  # 40 ms of log-mel frames


def conv1d(x, lengths, penalty, seeds: Iterator[int]):
    """Convolve and halve until 16 frames are one step of 96 channels."""
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
        x = layers.ReLU()(normed(x, valid))
    return x, valid


def conv2d(frames, lengths, penalty, seeds: Iterator[int]):
    """Convolve over frames and bands and halve both until 16 frames are one step; its bands are its channels."""
    n_places, stride = frames.shape[1], 1
    valid = ValidFrames(n_places)(lengths)
    x = Blank()(layers.Reshape((n_places, -1, 1))(frames), layers.Reshape((n_places, 1))(valid))
    for filters in FILTERS_2D:
        start = keras.initializers.HeUniform(next(seeds))
        x = layers.Conv2D(
            filters, KERNEL_2D, padding="same", use_bias=False, kernel_initializer=start, kernel_regularizer=penalty
        )(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
        n_places, stride = n_places // 2, stride * 2
        valid = ValidFrames(n_places, stride)(lengths)
        at_each_band = layers.Reshape((n_places, 1))(valid)
        x = Blank()(layers.ReLU()(normed(x, at_each_band)), at_each_band)  # what is read next, for the reason above
    return layers.Reshape((n_places, -1))(x), valid


def none(frames, lengths, penalty, seeds: Iterator[int]):
    """Learn nothing: the mean of 4 frames is a step of 40 ms; frames behind the end count as 0, the training mean."""
    x = Blank()(frames, ValidFrames(frames.shape[1])(lengths))
    x = layers.AveragePooling1D(FRAMES_PER_MEAN)(x)
    return x, ValidFrames(x.shape[1], FRAMES_PER_MEAN)(lengths)


def frames(x, lengths, penalty, seeds: Iterator[int]):
    """Learn nothing, and leave each frame a step: an encoder's frames know their neighbours already."""
    valid = ValidFrames(x.shape[1])(lengths)
    return Blank()(x, valid), valid


FRONT_ENDS = {"conv1d": conv1d, "conv2d": conv2d, "none": none, "frames": frames}
