"""dev chooses: which epoch's weights are kept, when the rate falls, when training ends; and what an epoch reads."""

import keras
import numpy as np
import pytest
import test_callbacks

pytestmark = pytest.mark.slow

model, setting = test_callbacks.model, test_callbacks.setting


class Weights(keras.callbacks.Callback):
    """Keep the weights of each epoch."""

    def __init__(self):
        super().__init__()
        self.of_epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.of_epoch.append(self.model.get_weights())


@pytest.fixture
def judged(setting, monkeypatch):
    """A training whose dev part gives these UARs, epoch by epoch, and the same loss each time."""

    def fit(uars, **options):
        evaluate, left, first = setting.model.evaluate, iter(uars), {}

        def judge(*args, **kwargs):
            first.update(first or evaluate(*args, **kwargs))
            return first | {"uar": next(left)}

        monkeypatch.setattr(setting.model, "evaluate", judge)
        run, weights = setting.start("judged", epochs=len(uars)), Weights()
        setting.fit(run, weights, **options)
        return run.history, weights.of_epoch

    return fit


def test_the_weights_of_the_epoch_that_dev_hears_best_are_kept(judged, setting):
    history, weights = judged([0.4, 0.7, 0.5, 0.6, 0.3], patience=10)
    assert history["uar"].idxmax() != 1  # the training part would have chosen another one
    for kept, best, last in zip(setting.model.get_weights(), weights[1], weights[4], strict=True):
        np.testing.assert_array_equal(kept, best)
        assert not np.array_equal(best, last)


def test_training_ends_when_dev_was_not_heard_better_for_as_long_as_patience_says(judged, setting):
    history, weights = judged([0.4, 0.5, 0.5, 0.4, 0.5, 0.9], patience=3)
    assert len(history) == 5
    np.testing.assert_array_equal(setting.model.get_weights()[0], weights[1][0])


def test_the_rate_is_halved_while_dev_stands_still_though_the_training_part_gets_better(judged):
    history, _ = judged([0.5] * 8, patience=6)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    rates = history["learning_rate"] / history["learning_rate"].iloc[0]
    assert rates.tolist() == pytest.approx([1, 1, 1, 0.5, 0.5, 0.25, 0.25])  # a third of the patience, then it ends


def test_each_epoch_is_read_in_its_own_order(setting, monkeypatch):
    readers, seen, make = [], [], setting.batches

    def batches(*args, **kwargs):
        readers.append(make(*args, **kwargs))
        return readers[-1]

    monkeypatch.setattr(setting, "batches", batches)
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(readers[0].files(batch)))
    setting.fit(setting.start("read", epochs=3), note)
    expected = make(setting.train, seed=1, shuffle=True)
    for expected.epoch in range(3):
        assert seen[3 * expected.epoch : 3 * expected.epoch + 3] == [expected.files(batch) for batch in range(3)]
    assert len(seen) == 9 and seen[:3] != seen[3:6] != seen[6:]
