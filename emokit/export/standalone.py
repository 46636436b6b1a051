"""The network of a run as one that stands alone: its normaliser within, and nothing that another runtime cannot do."""

import tempfile
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


def network(run: Run, *, loops: bool = True) -> keras.Model:
    """The trained network behind its normaliser.

    Args:
        run: a complete run, not normalised by speaker.
        loops: False writes each LSTM out step by step, for a runtime that has none.

    Returns:
        A model from {"frames": float32 (batch, window, n_bands), as the features give them, "lengths": int32 (batch,)}
        to {"probabilities": float32 (batch, classes)}.
    """
    net, normalizer = run.model(), run.normalizer()
    if not loops:
        net = _without_loops(net)
    inputs = {name: keras.Input(of.shape[1:], dtype=of.dtype, name=name) for name, of in net.input.items()}
    frames = Standardise(normalizer.mean_, normalizer.scale_)(inputs["frames"])
    return keras.Model(inputs, {"probabilities": net(inputs | {"frames": frames})}, name="emokit")


class StepByStep(layers.Layer):
    """An LSTM, or both directions of one, without a loop; masked steps leave its state alone.

    Not Keras's `unroll`, which answers otherwise than its loop where a masked sequence is read backwards (3.15).

    Args:
        directions: LSTM layers that give each step, with their weights.

    Call arguments:
        inputs: float (batch, steps, channels).
        mask: bool (batch, steps).

    Output: float (batch, steps, units of all directions).
    """

    def __init__(self, directions, **options):
        super().__init__(**options)
        self.cells = [each.cell for each in directions]
        self.backwards = [each.go_backwards for each in directions]

    def call(self, inputs, mask):
        """Read each direction step by step."""
        read = zip(self.cells, self.backwards, strict=True)
        return keras.ops.concatenate([_steps(cell, inputs, mask, backwards) for cell, backwards in read], axis=-1)

    def compute_mask(self, inputs, previous_mask=None):
        """End the implicit mask, as the layers after it are told by their own."""
        return


def _steps(cell, inputs, mask, backwards: bool):
    states, outputs = cell.get_initial_state(keras.ops.shape(inputs)[0]), {}
    order = range(inputs.shape[1])
    for step in reversed(order) if backwards else order:
        _, new = cell(inputs[:, step], states)
        states = [keras.ops.where(mask[:, step, None], *pair) for pair in zip(new, states, strict=True)]
        outputs[step] = states[0]
    return keras.ops.stack([outputs[step] for step in order], axis=1)


def _without_loops(net: keras.Model) -> keras.Model:
    def again(layer):
        if isinstance(layer, layers.LSTM):
            return StepByStep([layer])
        if isinstance(layer, layers.Bidirectional):
            return StepByStep([layer.forward_layer, layer.backward_layer])
        return layer.__class__.from_config(layer.get_config())

    copy = keras.models.clone_model(net, clone_function=again)
    for layer in net.layers:
        if not isinstance(layer, layers.LSTM | layers.Bidirectional):
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy


def litert(run: Run, path: Path) -> None:
    """Write the network of a run for LiteRT (TensorFlow Lite), from the frames of one clip."""
    import tensorflow as tf

    net = network(run, loops=False)
    one = {name: tf.TensorSpec([1, *of.shape[1:]], of.dtype, name) for name, of in net.input.items()}
    # Not by Keras, which traces the network four times: an LSTM of eighty steps takes long enough once.
    traced = tf.function(lambda frames, lengths: net({"frames": frames, "lengths": lengths})).get_concrete_function(
        **one
    )
    module = tf.Module()
    module.weights = [weight.value for weight in net.weights]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=traced)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.experimental_enable_resource_variables = False  # the weights become constants
        atomic_files.write_bytes(path, converter.convert())


def savedmodel(run: Run, folder: Path) -> None:
    """Write the network of a run as TensorFlow's SavedModel, from the frames of any number of clips."""
    network(run).export(folder, format="tf_saved_model", verbose=False)
