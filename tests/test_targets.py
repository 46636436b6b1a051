"""What a target asks for: truths that are certain, or nearly."""

import keras
import numpy as np
import pytest

from emokit import targets

TRUTH = np.array([0, 2, 1], np.int32)
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [1.0, 0.0, 0.0]], np.float32)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("loss, truth", [("sparse", TRUTH), ("categorical", np.eye(3, dtype=np.float32)[TRUTH])])
def test_a_smoothed_loss_is_that_of_keras_with_label_smoothing(share, loss, truth):
    loss = "sparse_categorical_crossentropy" if loss == "sparse" else "categorical_crossentropy"
    ours = np.array(targets.smoothed(loss, share)(truth, PROBABILITIES))
    theirs = keras.losses.categorical_crossentropy(np.eye(3)[TRUTH], PROBABILITIES, label_smoothing=share)
    np.testing.assert_allclose(ours, np.array(theirs), rtol=1e-5)
