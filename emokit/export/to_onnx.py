"""A run as one ONNX graph: from samples to probabilities."""

import logging
import tempfile
from pathlib import Path

import keras
import onnx
from onnx import compose, helper

from emokit.export import front
from emokit.export.layers_in_onnx import Writer, write
from emokit.run_folder import Run


def model(run: Run, *, int8: bool = False) -> onnx.ModelProto:
    """The graph of a run of log-mel or MFCC frames.

    Args:
        run: a complete run, not normalised by speaker.
        int8: the weights of the network in 8 bits, what it multiplies them by too, as measured clip by clip.

    Returns:
        A checked model from `samples`, float32 (n,), mono at the rate of the features, to `probabilities`, float32 (1,
        classes), with `first`, int64 (1,), the first frame that is no silence, and `n_frames`, int32 (1,), how many
        frames from there on were read.

    Raises:
        TypeError: for a layer that cannot be written.
    """
    net = _network(run)
    if int8:
        net = _quantised(net)
    before = front.graph(run.settings, run.window)
    whole = compose.merge_models(before, net, [("frames", "frames"), ("lengths", "lengths")], name="emokit")
    outputs = list(whole.graph.output)
    del whole.graph.output[:]
    whole.graph.output.extend(reversed(outputs))  # the answer first
    onnx.checker.check_model(whole, full_check=True)
    return whole


def _network(run: Run) -> onnx.ModelProto:
    """Normaliser and network as a model, from frames and lengths."""
    net, normalizer, writer = run.model(), run.normalizer(), Writer()
    mean, scale = (statistic.astype("float32") for statistic in (normalizer.mean_, normalizer.scale_))
    inputs = {name: keras.Input(of.shape[1:], dtype=of.dtype, name=name) for name, of in net.input.items()}
    known = {inputs["frames"]: writer("Div", writer("Sub", "frames", mean), scale), inputs["lengths"]: "lengths"}
    names = {id(tensor): name for tensor, name in known.items()}

    def follow(layer, *args, mask=None, **kwargs):
        """Write what the layer of this name does, wherever a copy of the network calls it."""
        out = layer(*args, **kwargs | ({} if mask is None else {"mask": mask}))
        tensors = [each for each in keras.tree.flatten([args, kwargs]) if keras.backend.is_keras_tensor(each)]
        own = net.get_layer(layer.name)
        names[id(out)] = write(writer, own, [names[id(each)] for each in tensors], names.get(id(mask)))
        kept.append(out)  # else another tensor might get its id
        return out

    kept = []
    keras.models.clone_model(net, input_tensors=inputs, call_function=follow)
    writer.nodes.append(helper.make_node("Identity", [names[id(kept[-1])]], ["probabilities"]))
    info = helper.make_tensor_value_info
    shape = [1, *net.input["frames"].shape[1:]]
    graph = helper.make_graph(
        writer.nodes,
        "net",
        [info("frames", onnx.TensorProto.FLOAT, shape), info("lengths", onnx.TensorProto.INT32, [1])],
        [info("probabilities", onnx.TensorProto.FLOAT, [1, len(run.emotions)])],
        writer.constants,
    )
    return helper.make_model(graph, ir_version=front.IR, opset_imports=[helper.make_opsetid("", front.OPSET)])


def _quantised(net: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "int8.onnx"
        logging.disable(logging.WARNING)  # of a preparation that would change nothing here
        try:
            quantize_dynamic(net, file, weight_type=QuantType.QInt8, per_channel=True)
        finally:
            logging.disable(logging.NOTSET)
        return onnx.load(file)
