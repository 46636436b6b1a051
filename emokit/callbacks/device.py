"""What the machine may do to a training: the same sum in another order, and too little memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

# How TensorFlow and cuDNN say that memory is full; Keras may wrap the first one's exception in another.
FULL = ("RESOURCE_EXHAUSTED", "OOM when allocating", "out of memory", "STATUS_ALLOC_FAILED")


def make_deterministic() -> None:
    """Let every operation give the same bits each time, on a GPU too, for the rest of the process.

    Call it before the model is built. On a CPU nothing is needed for that, and little is lost.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()


@contextmanager
def explain_memory(batch_size: int) -> Iterator[None]:
    """Say which batch size to try if what happens inside runs out of memory, for a callback never hears of it.

    Raises:
        MemoryError: in place of what the framework says; other errors pass.
    """
    try:
        yield
    except Exception as error:
        if type(error).__name__ != "ResourceExhaustedError" and not any(sign in str(error) for sign in FULL):
            raise
        smaller = f"batch_size {batch_size // 2}" if batch_size > 1 else "a smaller max_seq_length"
        raise MemoryError(
            f"The memory of the device is full at batch_size {batch_size}; try {smaller}, under another run name."
        ) from error
