"""What notebook 02 gives to `fit`: the notebook is run as it is stored, up to its training."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from emokit import FeatureNormalizer, callbacks, class_weights

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "02_train.ipynb"


class Reached(Exception):
    """The notebook is at `fit`."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The names of 02 when it trains, and what it gives to `fit`: clips to learn from, and options by name."""

    def fit(model, x, **options):
        given.update(x=x, **options)
        raise Reached

    given, names = {}, {"__name__": "__main__"}
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOKIT_OUTPUTS_DIR", str(tmp_path_factory.mktemp("outputs")))
        patch.setattr(keras.Model, "fit", fit)
        with pytest.raises(Reached):
            for cell in cells:
                if cell["cell_type"] == "code":
                    exec("".join(cell["source"]), names)
    return names, given


def test_02_fits_on_train_with_class_weights_and_is_chosen_by_dev(trained):
    names, given = trained
    clips = names["clips"]
    assert sorted(given["x"].clips["file"]) == sorted(clips.loc[clips["part"] == "train", "file"])
    assert sorted(given["validation_data"].clips["file"]) == sorted(clips.loc[clips["part"] == "dev", "file"])
    assert given["class_weight"] == class_weights.balanced(clips, names["names"])


def test_02_lets_dev_end_the_training_on_a_plateau_alone(trained):
    names, given = trained
    stops = any(isinstance(one, callbacks.EarlyStopping) for one in given["callbacks"])
    assert stops == (names["schedule"] == "plateau")


def test_02_augments_train_and_nothing_else(trained):
    def heard(reader, epoch):
        reader.epoch = epoch
        return np.sort(np.concatenate([reader[batch][0]["lengths"] for batch in range(len(reader))]))

    train, dev = trained[1]["x"], trained[1]["validation_data"]
    assert not np.array_equal(heard(train, 0), heard(train, 1))  # takes are longer or shorter
    np.testing.assert_array_equal(heard(dev, 0), heard(dev, 1))


def test_02_leaves_the_order_to_the_batches_which_mix_train_alone(trained):
    _, given = trained
    assert given["shuffle"] is False and given["x"].shuffle and not given["validation_data"].shuffle


def test_02_normalises_by_the_training_part_alone(trained):
    names, given = trained
    clips, heard = names["clips"], names["frames"]
    ours = FeatureNormalizer().fit(heard[label] for label in clips.index[clips["part"] == "train"])
    for reader in (given["x"], given["validation_data"]):
        np.testing.assert_allclose(reader.normalizer.mean_, ours.mean_, rtol=1e-12)
        np.testing.assert_allclose(reader.normalizer.scale_, ours.scale_, rtol=1e-12)
