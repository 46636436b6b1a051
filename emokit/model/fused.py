"""Whether the LSTMs of a network run as cuDNN's fused kernel, by looking at what TensorFlow executes.

Keras chooses per layer and says nothing: a recurrent dropout, another activation or a GPU that TensorFlow does not see
leave a loop over the steps, which on a GPU is many times slower. `python -m emokit.model.fused` tells of the network
that 02 trains by default, as a line of JSON.
"""

import json

import keras
import numpy as np
import tensorflow as tf

from emokit.model import build_model

FUSED = "CudnnRNN"  # how the names of cuDNN's operations begin; none of them can run on a CPU
N_BANDS, N_CLASSES = 64, 8  # of a network as 02 builds it for RAVDESS


def count(net: keras.Model) -> tuple[int, int]:
    """(LSTMs that are executed as the fused kernel, LSTMs), in a forward pass of training on clips of several lengths.

    Args:
        net: from `build_model`; its dropout draws, its weights stay.
    """
    frames, bands = net.input["frames"].shape[1:]
    lengths = np.array([1, 2, frames // 2, frames], np.int32)
    read = {"frames": tf.zeros((len(lengths), frames, bands)), "lengths": tf.constant(lengths)}
    step = tf.function(lambda x: net(x, training=True))
    step(read)  # so that a fused kernel in its graph has been executed
    return n_fused(step.get_concrete_function(read)), _lstms(net)


def n_fused(traced) -> int:
    """How many operations of a traced `tf.function`, and of the functions within it, are a fused kernel of cuDNN."""
    graph = traced.graph.as_graph_def()
    within = [node for function in graph.library.function for node in function.node_def]
    return sum(node.op.startswith(FUSED) for node in [*graph.node, *within])


def _lstms(net: keras.Model) -> int:
    kinds = {keras.layers.LSTM: 1, keras.layers.Bidirectional: 2}
    return sum(n for layer in net.layers for kind, n in kinds.items() if type(layer) is kind)


def facts() -> dict:
    """`gpus`, names of those that TensorFlow sees; `fused` of `lstms`; `built_with_cuda`."""
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    fused, lstms = count(build_model(n_bands=N_BANDS, n_classes=N_CLASSES, body="residual_lstm", front_end="none"))
    return {"gpus": details, "fused": fused, "lstms": lstms, "built_with_cuda": tf.test.is_built_with_cuda()}


if __name__ == "__main__":
    print(json.dumps(facts()))
