import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_class_weight

from emokit import class_weights

CLIPS = pd.DataFrame(
    {
        "emotion": ["happy"] * 6 + ["sad"] * 2 + ["sad"] * 50,
        "part": ["train"] * 8 + ["dev"] * 25 + ["test"] * 25,
    }
)


def test_only_training_clips_are_counted():
    assert class_weights.balanced(CLIPS, ["happy", "sad"]) == {0: 8 / (2 * 6), 1: 8 / (2 * 2)}


def test_weights_are_those_of_scikit_learn():
    train = CLIPS[CLIPS["part"] == "train"]["emotion"].to_numpy(dtype=str)
    expected = compute_class_weight("balanced", classes=np.array(["happy", "sad"]), y=train)
    assert list(class_weights.balanced(CLIPS, ["happy", "sad"]).values()) == pytest.approx(expected)


def test_the_order_of_the_classes_is_the_order_of_the_keys():
    assert class_weights.balanced(CLIPS, ["sad", "happy"]) == {0: 2.0, 1: 8 / 12}


def test_a_class_without_training_clips_is_named():
    with pytest.raises(ValueError, match="No training clip is angry"):
        class_weights.balanced(CLIPS, ["happy", "sad", "angry"])


def test_uniform_weights_leave_the_classes_as_frequent_as_they_are():
    assert class_weights.uniform(["happy", "sad"]) == {0: 1.0, 1: 1.0}
