"""Where a clip ends: masks from `lengths`, and layers that keep what stands behind the end out, NaN too."""

import keras
from keras import layers, ops

BATCH_NORM_MOMENTUM = 0.9  # an epoch of RAVDESS has 20 updates; at Keras's 0.99 the averages would lag five epochs


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
        inputs: float (batch, places, …, channels).
        valid: bool (batch, places, …), or 1 where it is the same for all.

    Output: as `inputs`, without Keras's implicit mask, which the next pooling could not carry.
    """

    def call(self, inputs, valid):
        """Keep what is valid."""
        return ops.where(valid[..., None], inputs, 0.0)

    def compute_mask(self, inputs, previous_mask=None):
        """End the implicit mask, so that Keras need not warn that a later layer lost it."""
        return


def normed(x, valid):
    """Batch normalisation whose averages come from valid places alone."""
    return layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x, mask=valid)
