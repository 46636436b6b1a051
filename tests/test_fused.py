"""Whether an LSTM runs as cuDNN's kernel is read off what TensorFlow executes."""

import pytest
import tensorflow as tf

from emokit import build_model
from emokit.model import fused

CUDNN = {"rnn_mode": "lstm", "is_training": False}


def traced(step):
    return tf.function(step).get_concrete_function()


def fused_step():
    """Traced, never executed: the operation is there on a GPU only."""
    x, state, lengths = tf.zeros((2, 5, 3)), tf.zeros((1, 2, 4)), tf.constant([5, 5])
    weights = {"input": x, "input_h": state, "input_c": state, "params": tf.zeros(200), "sequence_lengths": lengths}
    return tf.raw_ops.CudnnRNNV3(**weights, **CUDNN)[0]


def test_a_fused_kernel_is_counted_also_within_another_function():
    inner = tf.function(fused_step)
    assert fused.n_fused(traced(lambda: (fused_step(), fused_step()))) == 2
    assert fused.n_fused(traced(lambda: inner())) == 1
    assert fused.n_fused(traced(lambda: tf.zeros(3) + 1)) == 0


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="on a GPU benchmarks/gpu.py asserts it")
@pytest.mark.parametrize("body, lstms", [("residual_lstm", 3), ("bilstm", 2), ("statistics", 0)])
def test_on_a_cpu_no_lstm_of_the_network_is_fused(body, lstms):
    net = build_model(n_bands=20, n_classes=4, body=body, front_end="none", max_seq_length=2)
    assert fused.count(net) == (0, lstms)
