"""The layers of a network as nodes of an ONNX graph: one function a kind of layer, entered in `LAYERS`.

tf2onnx writes a masked LSTM as a loop of forty small nodes, which runs slowly and cannot be quantised; ONNX has an
LSTM that knows how long each sequence is.
"""

from collections.abc import Sequence

import keras
import numpy as np
import onnx
from onnx import helper, numpy_helper

NOTHING = -3e38  # the logit of a step that does not count


class Writer:
    """Nodes and constants of a graph that grows."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def __call__(self, kind: str, *inputs, **attributes) -> str:
        """Add a node; an input that is no name is a constant. Gives the name of what comes out."""
        names = [given if isinstance(given, str) else self.constant(given) for given in inputs]
        out = f"net_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [out], name=out, **attributes))
        return out

    def constant(self, value) -> str:
        """Add a constant: floats are of 32 bits, whole numbers of 64. Gives its name."""
        array = np.asarray(value)
        array = array.astype(np.float32 if array.dtype.kind == "f" else array.dtype)
        name = f"net_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def write(writer: Writer, layer: keras.layers.Layer, inputs: Sequence[str], mask: str | None) -> str:
    """Add what a layer does, the names of its inputs being known; gives the name of what comes out.

    Raises:
        TypeError: for a kind of layer, or a use of one, that is not entered.
    """
    function = LAYERS.get(type(layer).__name__)
    if function is None:
        raise TypeError(f"layer {layer.name} is a {type(layer).__name__}")
    return function(writer, layer, *inputs, **({"mask": mask} if mask else {}))


def _valid_frames(w, layer, lengths):
    return w("Less", np.arange(layer.n_places, dtype=np.int32) * np.int32(layer.stride), w("Unsqueeze", lengths, [1]))


def _blank(w, layer, x, valid):
    return w("Where", w("Unsqueeze", valid, [-1]), x, 0.0)


def _reshape(w, layer, x):
    return w("Reshape", x, np.array([-1, *layer.output.shape[1:]]))


def _same(w, layer, x, mask=None):
    return x


def _add(w, layer, *given):
    return w("Add", *given)


def _concatenate(w, layer, *given):
    return w("Concat", *given, axis=-1)


def _normed(w, layer, x, mask=None):
    gamma, beta, mean, variance = (np.array(weight, np.float64) for weight in layer.get_weights())
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return w("Add", w("Mul", x, scale), beta - mean * scale)


def _activated(w, layer, x):
    name = layer.activation.__name__
    kinds = {"linear": None, "softmax": "Softmax", "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}
    if name not in kinds:
        raise TypeError(f"layer {layer.name} has the activation {name}")
    return w(kinds[name], x) if kinds[name] else x


def _dense(w, layer, x):
    kernel, *bias = layer.get_weights()
    x = w("MatMul", x, kernel)
    return _activated(w, layer, w("Add", x, bias[0]) if bias else x)


def _channels_first(w, layer, kind, x, *weights, **attributes):
    """A convolution or pooling, whose channels ONNX has before the places and Keras behind them."""
    rank = len(layer.input.shape)
    x = w("Transpose", x, perm=[0, rank - 1, *range(1, rank - 1)])
    padding = {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]
    x = w(kind, x, *weights, auto_pad=padding, strides=list(layer.strides), **attributes)
    return w("Transpose", x, perm=[0, *range(2, rank), 1])


def _convolution(w, layer, x):
    kernel, *bias = layer.get_weights()
    kernel = kernel.transpose(kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2))
    return _activated(w, layer, _channels_first(w, layer, "Conv", x, kernel, *bias))


def _pooling(w, layer, x):
    kind = "MaxPool" if type(layer).__name__.startswith("Max") else "AveragePool"
    return _channels_first(w, layer, kind, x, kernel_shape=list(layer.pool_size))


def _lstm(w, layer, x, mask):
    return _recurrent(w, [layer], x, mask)


def _bidirectional(w, layer, x, mask):
    return _recurrent(w, [layer.forward_layer, layer.backward_layer], x, mask)


def _recurrent(w, directions, x, mask):
    for each in directions:
        plain = each.activation.__name__ == "tanh" and each.recurrent_activation.__name__ == "sigmoid"
        if not (plain and each.use_bias and each.return_sequences):
            raise TypeError(f"layer {each.name} is an LSTM with other activations, without bias, or of its last step")
    kernels, recurrent, biases = (np.stack(parts) for parts in zip(*map(_gates, directions), strict=True))
    units = directions[0].units
    lengths = w("ReduceSum", w("Cast", mask, to=onnx.TensorProto.INT32), [1], keepdims=0)
    x = w("Transpose", x, perm=[1, 0, 2])  # (batch, steps, channels) → (steps, batch, channels)
    way = "bidirectional" if len(directions) == 2 else "forward"
    x = w("LSTM", x, kernels, recurrent, biases, lengths, hidden_size=units, direction=way)
    x = w("Transpose", x, perm=[2, 0, 1, 3])  # (steps, directions, batch, units) → (batch, steps, directions, units)
    return w("Reshape", x, np.array([0, 0, len(directions) * units]))


def _gates(layer):
    """Kernel, recurrent kernel and bias of a direction, whose gates ONNX has in another order."""
    kernel, recurrent, bias = (np.split(weight.T, 4) for weight in layer.get_weights())
    in_order = [np.concatenate([gates[i] for i in (0, 3, 1, 2)]) for gates in (kernel, recurrent, bias)]
    return *in_order[:2], np.concatenate([in_order[2], np.zeros_like(in_order[2])])


def _softmax(w, layer, x, mask):
    return w("Softmax", w("Where", mask, x, NOTHING))


def _dot(w, layer, weights, x):
    if layer.axes != 1 or len(layer.input[0].shape) != 2:
        raise TypeError(f"layer {layer.name} is a Dot of other axes")
    return w("Squeeze", w("MatMul", w("Unsqueeze", weights, [1]), x), [1])


def _average(w, layer, x, mask):
    return w("Squeeze", _mean(w, x, w("Unsqueeze", mask, [-1])), [1])


def _mean(w, x, valid):
    """Over the valid steps: (batch, steps, channels) → (batch, 1, channels)."""
    number = w("ReduceSum", w("Cast", valid, to=onnx.TensorProto.FLOAT), [1])
    return w("Div", w("ReduceSum", w("Where", valid, x, 0.0), [1]), number)


def _mean_and_deviation(w, layer, x, valid):
    valid = w("Unsqueeze", valid, [-1])
    mean = _mean(w, x, valid)
    rest = w("Sub", x, mean)
    deviation = w("Sqrt", w("Add", _mean(w, w("Mul", rest, rest), valid), keras.config.epsilon()))
    return w("Squeeze", w("Concat", mean, deviation, axis=-1), [1])


def _quarter_means(w, layer, x, valid):
    n_steps = w("ReduceSum", w("Cast", valid, to=onnx.TensorProto.INT64), [1], keepdims=1)
    n_steps = w("Unsqueeze", n_steps, [1])  # (batch, 1, 1)
    quarter, step = np.arange(4)[None, :, None], np.arange(layer.input[0].shape[1])[None, None]
    start = w("Div", w("Mul", n_steps, quarter), 4)
    stop = w("Max", w("Add", start, 1), w("Div", w("Mul", n_steps, quarter + 1), 4))
    within = w("And", w("GreaterOrEqual", step, start), w("Less", step, stop))
    within = w("Cast", within, to=onnx.TensorProto.FLOAT)  # (batch, 4, steps)
    sums = w("MatMul", within, w("Where", w("Unsqueeze", valid, [-1]), x, 0.0))
    means = w("Div", sums, w("ReduceSum", within, [2]))
    return w("Reshape", means, np.array([0, -1]))


LAYERS = {
    "Activation": _activated,
    "Add": _add,
    "AveragePooling1D": _pooling,
    "BatchNormalization": _normed,
    "Bidirectional": _bidirectional,
    "Blank": _blank,
    "Concatenate": _concatenate,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Dense": _dense,
    "Dot": _dot,
    "Dropout": _same,
    "Flatten": _reshape,
    "GlobalAveragePooling1D": _average,
    "LSTM": _lstm,
    "MaxPooling1D": _pooling,
    "MaxPooling2D": _pooling,
    "MeanAndDeviation": _mean_and_deviation,
    "QuarterMeans": _quarter_means,
    "ReLU": lambda w, layer, x: w("Relu", x),
    "Reshape": _reshape,
    "Softmax": _softmax,
    "ValidFrames": _valid_frames,
}
