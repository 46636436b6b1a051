import keras
import numpy as np
import pandas as pd
import pytest

from emokit import FeatureNormalizer
from emokit.batches import Batches
from emokit.targets import Emotions

EMOTIONS = ["happy", "sad"]
N, BANDS = 23, 3


@pytest.fixture
def clips():
    return pd.DataFrame({"file": [f"/d/{i:02}.wav" for i in range(N)], "emotion": [EMOTIONS[i % 2] for i in range(N)]})


@pytest.fixture
def features():
    # every frame of clip i says i, so that a mix-up of clips and labels shows
    return [np.full((5 + i, BANDS), i, np.float32) for i in range(N)]


def batches(features, clips, seed=1, **options):
    normalizer = FeatureNormalizer().fit([np.array([[-1.0] * BANDS, [1.0] * BANDS])])  # leaves values as they are
    return Batches(features, clips, Emotions(EMOTIONS), normalizer, max_length=12, batch_size=4, seed=seed, **options)


def contents(reader):
    x, y = zip(*(reader[i] for i in range(len(reader))), strict=True)
    return np.concatenate([b["frames"] for b in x]), np.concatenate([b["lengths"] for b in x]), np.concatenate(y)


def jitter(frames, rng):
    return frames + rng.normal(size=frames.shape).astype(np.float32)


def test_each_clip_comes_once_an_epoch_with_its_own_label_and_length(features, clips):
    frames, lengths, labels = contents(batches(features, clips, shuffle=True))
    who = frames[:, 0, 0].astype(int)
    assert sorted(who) == list(range(N))
    np.testing.assert_array_equal(labels, who % 2)
    np.testing.assert_array_equal(lengths, np.minimum(5 + who, 12))


def test_epochs_differ_and_each_is_the_same_when_read_again(features, clips):
    reader, again = (batches(features, clips, shuffle=True, augment=[jitter]) for _ in range(2))
    first = contents(reader)[0]
    reader.on_epoch_end()
    second = contents(reader)[0]
    again.epoch = 1  # as a resume does
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(contents(again)[0], second)


def test_a_clip_is_augmented_otherwise_in_each_epoch_with_each_seed_and_than_any_other_clip(features, clips):
    """A whole run would still learn if it heard the same take each time, only worse."""
    noise = [np.zeros((12, BANDS), np.float32)] * N  # so that what is left is what was drawn
    drawn = {}
    for seed in (1, 2):
        reader = batches(noise, clips, seed=seed, augment=[jitter])
        for reader.epoch in (0, 1):
            drawn[seed, reader.epoch] = contents(reader)[0][:, 0, 0]
    every = np.concatenate(list(drawn.values()))
    assert len(np.unique(every)) == 4 * N and every.std() > 0.5


def test_each_epoch_and_each_seed_has_an_order_of_its_own(features, clips):
    orders = set()
    for seed in (1, 2):
        reader = batches(features, clips, seed=seed, shuffle=True)
        for reader.epoch in (0, 1, 2):
            orders.add(tuple(contents(reader)[0][:, 0, 0].astype(int)))
    assert len(orders) == 6


def test_shuffling_the_table_of_clips_changes_nothing(features, clips):
    expected = contents(batches(features, clips, shuffle=True, augment=[jitter]))
    shuffled = contents(batches(features, clips.sample(frac=1, random_state=0), shuffle=True, augment=[jitter]))
    for a, b in zip(expected, shuffled, strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_shuffle_clips_come_as_they_stand(features, clips):
    frames, _, _ = contents(batches(features, clips.iloc[::-1]))
    assert frames[:, 0, 0].astype(int).tolist() == list(range(N))[::-1]


@pytest.mark.parametrize("workers", [1, 2])
def test_fit_reads_the_order_of_each_epoch_with_any_number_of_workers(features, clips, workers):
    """The weights after three epochs tell the order: plain SGD with momentum does not commute."""

    def train(reader, epochs):
        keras.utils.set_random_seed(0)
        inputs = {"frames": keras.Input((12, BANDS), name="frames")}
        inputs["lengths"] = keras.Input((), dtype="int32", name="lengths")
        pooled = keras.layers.GlobalAveragePooling1D()(inputs["frames"])
        softmax = keras.layers.Dense(2, activation="softmax")(pooled)
        model = keras.Model(inputs, softmax)
        model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy")
        if isinstance(reader, dict):
            for epoch in epochs:
                for x, y in reader[epoch]:
                    model.train_on_batch(x, y)
        else:
            tell = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: setattr(reader, "epoch", epoch))
            model.fit(reader, epochs=len(epochs), shuffle=False, callbacks=[tell], verbose=0)
        return np.concatenate([w.ravel() for w in model.get_weights()])

    by_hand = batches(features, clips, shuffle=True)
    told = {}
    for epoch in range(3):
        by_hand.epoch = epoch
        told[epoch] = [by_hand[i] for i in range(len(by_hand))]
    np.testing.assert_allclose(
        train(batches(features, clips, shuffle=True, workers=workers), range(3)), train(told, range(3)), rtol=1e-5
    )


def test_a_class_the_model_does_not_know_is_refused(features, clips):
    clips.loc[4, "emotion"] = "bored"
    with pytest.raises(ValueError, match="A clip is 'bored', which is not among the classes happy, sad"):
        batches(features, clips)
