"""The network of a run as one that stands alone: its normaliser within, and nothing that another runtime cannot do."""

from pathlib import Path

import keras
from keras import layers

from emokit import atomic_files
from emokit.run_folder import Run


@keras.saving.register_keras_serializable("emokit")
class Standardise(layers.Layer):
    """Bring bands to the mean and deviation that the training clips had, as `FeatureNormalizer.transform` does.

    A layer and not bare `ops`, whose constants would become inputs of an exported model.

    Args:
        mean: of each band, floats (bands,).
        scale: what each band is divided by, floats (bands,).

    Call arguments:
        inputs: float (batch, frames, bands).

    Output: as `inputs`.
    """

    def __init__(self, mean, scale, **options):
        super().__init__(**options)
        self.mean, self.scale = list(map(float, mean)), list(map(float, scale))

    def call(self, inputs):
        """Standardise."""
        return (inputs - keras.ops.array(self.mean, "float32")) / keras.ops.array(self.scale, "float32")

    def get_config(self) -> dict:
        """Give the arguments that make this layer again."""
        return {**super().get_config(), "mean": self.mean, "scale": self.scale}


def network(run: Run, *, unrolled: bool = False) -> keras.Model:
    """The trained network behind its normaliser.

    Args:
        run: a complete run, not normalised by speaker.
        unrolled: writes each LSTM out step by step, for a runtime without loops.

    Returns:
        A model from {"frames": float32 (batch, window, n_bands), as the features give them, "lengths": int32 (batch,)}
        to {"probabilities": float32 (batch, classes)}.
    """
    net, normalizer = run.model(), run.normalizer()
    if unrolled:
        net = _unrolled(net)
    inputs = {name: keras.Input(of.shape[1:], dtype=of.dtype, name=name) for name, of in net.input.items()}
    frames = Standardise(normalizer.mean_, normalizer.scale_)(inputs["frames"])
    return keras.Model(inputs, {"probabilities": net(inputs | {"frames": frames})}, name="emokit")


def _unrolled(net: keras.Model) -> keras.Model:
    def again(layer):
        config = layer.get_config()
        for recurrent in (config, *(config.get(part, {}).get("config", {}) for part in ("layer", "backward_layer"))):
            if "unroll" in recurrent:
                recurrent["unroll"] = True
        return layer.__class__.from_config(config)

    copy = keras.models.clone_model(net, clone_function=again)
    copy.set_weights(net.get_weights())
    return copy


def litert(run: Run, path: Path) -> None:
    """Write the network of a run for LiteRT (TensorFlow Lite), from the frames of one clip."""
    import tensorflow as tf

    net = network(run, unrolled=True)
    one = {name: tf.TensorSpec([1, *of.shape[1:]], of.dtype, name) for name, of in net.input.items()}
    # Not by Keras, which traces the network four times: of LSTMs written out that takes a minute.
    traced = tf.function(lambda frames, lengths: net({"frames": frames, "lengths": lengths})).get_concrete_function(**one)
    atomic_files.write_bytes(path, tf.lite.TFLiteConverter.from_concrete_functions([traced], net).convert())


def savedmodel(run: Run, folder: Path) -> None:
    """Write the network of a run as TensorFlow's SavedModel, from the frames of any number of clips."""
    network(run).export(folder, format="tf_saved_model", verbose=False)
