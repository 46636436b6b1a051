import hashlib
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

from emokit import model as networks
from emokit.model import FRAMES_PER_STEP, build_model, step_probabilities
from emokit.model.bodies import BODIES, MeanAndDeviation, QuarterMeans
from emokit.model.front_ends import FRONT_ENDS
from emokit.model.masks import Blank, ValidFrames

STEPS, BANDS, CLASSES = 3, 8, 4
FRAMES = STEPS * FRAMES_PER_STEP
ENDS = np.array([1, 2, 4, 5, 15, 16, 17, 32, 33, FRAMES - 1, FRAMES], np.int32)  # where steps of 4 and of 16 end
PAIRS = [(front_end, body) for front_end in FRONT_ENDS for body in BODIES]


def make_clips(n, seed):
    """Clips of 1 frame and more whose class is heard as one loud band among noise: inputs of the model, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, n)
    lengths = rng.integers(1, FRAMES + 1, n).astype(np.int32)
    x = rng.normal(size=(n, FRAMES, BANDS)).astype(np.float32)
    x[np.arange(n), :, labels * 2] += 1.5
    x[np.arange(FRAMES) >= lengths[:, None]] = 0
    return {"frames": x, "lengths": lengths}, labels


def train(clips, labels, *, epochs=8, **settings):
    model = build_model(BANDS, CLASSES, STEPS, **settings)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    model.fit(clips, labels, epochs=epochs, shuffle=False, verbose=0)
    return model


def sha256(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


def recall(model, clips, labels):
    predicted = model.predict(clips, verbose=0).argmax(axis=1)
    return np.mean([np.mean(predicted[labels == k] == k) for k in range(CLASSES)])


@pytest.fixture(scope="module")
def clips():
    return make_clips(320, seed=0)


@pytest.fixture(scope="module")
def unheard():
    return make_clips(320, seed=1)


@pytest.fixture(scope="module")
def training(clips):
    """A trained model, since with its first weights it may be blind to what is wrong; and the warnings meanwhile."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = train(*clips)
        model.predict(clips[0], verbose=0)
    return model, caught


@pytest.fixture(scope="module")
def model(training):
    return training[0]


def test_building_fitting_and_predicting_warn_of_nothing(training):
    assert [str(warning.message) for warning in training[1]] == []


def test_what_is_learned_is_found_in_clips_never_heard(model, unheard):
    assert recall(model, *unheard) > 0.9


def permuted(labels, seed):
    """Labels shuffled so that each class gets as many of every label: a plain shuffle leaves a class more of one, by
    chance, and a network that hears the classes then learns that."""
    rng, mixed = np.random.default_rng(seed), np.empty_like(labels)
    for k in range(CLASSES):
        rows = np.flatnonzero(labels == k)
        mixed[rows] = rng.permutation(np.arange(len(rows)) % CLASSES)
    return mixed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("front_end", "body", "epochs"),
    [("conv2d", "bilstm", 8), ("none", "residual_lstm", 8), ("conv1d", "statistics", 8), ("none", "statistics", 24)],
)
def test_every_front_end_and_body_learns_what_is_found_in_clips_never_heard(clips, unheard, front_end, body, epochs):
    network = train(*clips, epochs=epochs, front_end=front_end, body=body)
    assert recall(network, *unheard) > 0.8


@pytest.mark.slow
def test_permuted_labels_give_chance(clips, unheard):
    blind = [recall(train(clips[0], permuted(clips[1], seed)), *unheard) for seed in range(3)]
    standard_error = np.sqrt((1 / CLASSES) * (1 - 1 / CLASSES) / len(unheard[1]))
    assert abs(np.mean(blind) - 1 / CLASSES) < 3 * standard_error


@pytest.mark.parametrize("more_steps", [0, 1, 2, 7, 50])
def test_padding_changes_no_probability_even_if_it_is_nan(model, more_steps):
    lengths = np.array([1, 2, 15, 16, 17, 32, 33, FRAMES - 1, FRAMES], np.int32)
    x = np.random.default_rng(2).normal(size=(len(lengths), FRAMES, BANDS)).astype(np.float32)
    behind = np.arange(FRAMES) >= lengths[:, None]
    x[behind] = 0
    expected = model.predict({"frames": x, "lengths": lengths}, verbose=0)
    longer = build_model(BANDS, CLASSES, STEPS + more_steps)
    longer.set_weights(model.get_weights())
    x[behind] = np.nan
    x = np.pad(x, ((0, 0), (0, more_steps * FRAMES_PER_STEP), (0, 0)), constant_values=np.nan)
    found = longer.predict({"frames": x, "lengths": lengths}, verbose=0)
    assert expected.std(axis=0).min() > 0.01  # the clips do differ
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def drawn(front_end, body, n_steps):
    """A network whose every weight is drawn, averages of the normalisation too: with its first ones it may be blind."""
    network = build_model(BANDS, CLASSES, n_steps, front_end=front_end, body=body, dropout=0)
    rng = np.random.default_rng(5)
    weights = network.get_weights()
    network.set_weights([w * rng.uniform(0.5, 1.5, w.shape) + rng.normal(0, 0.03, w.shape) for w in weights])
    return network


@pytest.mark.parametrize(("front_end", "body"), PAIRS)
def test_padding_never_enters_whatever_front_end_and_body(front_end, body):
    x = np.random.default_rng(2).normal(0, 3, size=(len(ENDS), FRAMES, BANDS)).astype(np.float32)
    behind = np.arange(FRAMES) >= ENDS[:, None]
    network, said = drawn(front_end, body, STEPS), []
    for padding in (0, np.nan, 1e30):
        x[behind] = padding
        said.append(np.array(network({"frames": x, "lengths": ENDS})))
    assert said[0].std(axis=0).max() > 0.01  # the clips do differ
    np.testing.assert_array_equal(said[1], said[0])
    np.testing.assert_array_equal(said[2], said[0])
    for more_steps in (1, 7):
        longer = np.pad(x, ((0, 0), (0, more_steps * FRAMES_PER_STEP), (0, 0)), constant_values=np.nan)
        found = drawn(front_end, body, STEPS + more_steps)({"frames": longer, "lengths": ENDS})
        np.testing.assert_allclose(found, said[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("front_end", "body"), PAIRS)
def test_a_gradient_meets_no_padding_either(front_end, body):
    """An update on NaN behind the ends is the update on zeros there, averages of the normalisation included."""
    x = np.random.default_rng(2).normal(size=(len(ENDS), FRAMES, BANDS)).astype(np.float32)
    weights = []
    for padding in (0, np.nan):
        x[np.arange(FRAMES) >= ENDS[:, None]] = padding
        network = build_model(BANDS, CLASSES, STEPS, front_end=front_end, body=body, dropout=0)
        network.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
        network.train_on_batch({"frames": x, "lengths": ENDS}, ENDS % CLASSES)
        weights.append(network.get_weights())
    for blank, rubbish in zip(*weights, strict=True):
        assert np.isfinite(blank).all()
        np.testing.assert_allclose(rubbish, blank, rtol=0, atol=1e-6)


def test_what_is_valid_does_change_the_probabilities(model, clips):
    """The twin of the test above: one more valid frame, and one other value in the last valid frame, are noticed."""
    x, lengths = clips[0]["frames"][:1].copy(), np.array([33], np.int32)
    expected = model.predict({"frames": x, "lengths": lengths}, verbose=0)
    x[0, 32] += 1
    assert np.abs(model.predict({"frames": x, "lengths": lengths}, verbose=0) - expected).max() > 1e-5
    assert np.abs(model.predict({"frames": x, "lengths": lengths + 1}, verbose=0) - expected).max() > 1e-5


def test_batch_normalization_learns_from_sound_alone():
    """Clips of 3 steps, and the same with 70 % of padding that holds rubbish: the same averages within 1 %."""
    x = np.random.default_rng(3).normal(1, 2, size=(32, FRAMES, BANDS)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 7 * FRAMES_PER_STEP), (0, 0)), constant_values=1e3)
    averages = []
    for frames in (x, padded):
        network = build_model(BANDS, CLASSES, frames.shape[1] // FRAMES_PER_STEP, l2=0, dropout=0)
        for _ in range(4):
            network({"frames": frames, "lengths": np.full(32, FRAMES, np.int32)}, training=True)
        norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
        averages.append([(np.array(norm.moving_mean), np.array(norm.moving_variance)) for norm in norms])
    assert len(averages[0]) == 4
    for (mean, variance), (padded_mean, padded_variance) in zip(*averages, strict=True):
        assert np.abs(mean).max() > 0.1  # they have moved from where they began
        np.testing.assert_allclose(padded_mean, mean, rtol=0, atol=0.01 * np.sqrt(variance).min())
        np.testing.assert_allclose(padded_variance, variance, rtol=0.01)


def test_a_clip_of_one_frame_trains_and_gives_probabilities(model, clips):
    assert clips[0]["lengths"].min() == 1  # it was among those that trained
    assert all(np.isfinite(weights).all() for weights in model.get_weights())
    probabilities = model.predict({**clips[0], "lengths": np.ones(320, np.int32)}, verbose=0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_neither_order_nor_company_of_the_clips_changes_a_probability(model, clips):
    inputs, n = clips[0], 40
    expected = model.predict(inputs, verbose=0)[:n]
    order = np.random.default_rng(4).permutation(n)
    shuffled = model.predict({name: value[order] for name, value in inputs.items()}, batch_size=7, verbose=0)
    np.testing.assert_allclose(shuffled, expected[order], rtol=0, atol=1e-6)


def test_no_argument_leaves_the_fused_lstm(model):
    steps = model.get_layer("steps")
    for lstm in (steps.forward_layer, steps.backward_layer):
        config = lstm.get_config()
        assert (config["activation"], config["recurrent_activation"]) == ("tanh", "sigmoid")
        assert (config["use_bias"], config["unroll"], config["recurrent_dropout"]) == (True, False, 0.0)


def test_the_size_is_what_the_design_names():
    network = build_model(64, 8)
    assert network.input["frames"].shape == (None, 320, 64)
    assert network.get_layer("steps").output.shape == (None, 20, 96)
    assert 135_000 <= network.count_params() <= 140_000
    assert "Lambda" not in network.to_json()


def test_a_seed_gives_the_weights_that_it_always_gave():
    """Sizes of what was drawn, and what it says of noise, as before there was a choice of front end and body."""
    network = build_model(BANDS, CLASSES, STEPS, l2=0, dropout=0.3, seed=3)
    sizes = [np.abs(weight.numpy()).sum() for weight in network.weights if "kernel" in weight.name]
    drawn = [372.9507, 1216.8884, 1407.2471, 2096.3247, 1341.1692, 532.8359, 1339.0922, 529.6668, 47.6697]
    np.testing.assert_allclose(sizes, drawn, rtol=1e-6)
    x = np.random.default_rng(0).normal(size=(3, FRAMES, BANDS)).astype(np.float32)
    said = network.predict({"frames": x, "lengths": np.array([1, 17, FRAMES], np.int32)}, verbose=0)
    expected = [[0.252752, 0.246567, 0.255030, 0.245651], [0.252013, 0.169404, 0.399727, 0.178856]]
    np.testing.assert_allclose(said, expected + [[0.199339, 0.145136, 0.456252, 0.199274]], rtol=0, atol=1e-5)


def test_the_seed_alone_decides_the_first_weights():
    networks = []
    for seed in (1, 1, 2):
        networks.append(build_model(BANDS, CLASSES, STEPS, seed=seed))
        keras.utils.set_random_seed(seed + len(networks))  # what others draw has no say
    assert sha256(networks[0]) == sha256(networks[1]) != sha256(networks[2])
    steps = networks[0].get_layer("steps")
    for forward, backward in zip(steps.forward_layer.weights[:2], steps.backward_layer.weights[:2], strict=True):
        assert np.abs(np.array(forward) - np.array(backward)).max() > 0.01  # neither direction is the other's copy


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights_in_two_fresh_processes():
    code = "from tests.test_model import *; print(sha256(train(*make_clips(64, 5), epochs=2, seed=3)))"
    # both at once: half the time, and as uneven a load as two threads may meet
    options = {"cwd": Path(__file__).parents[1], "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", code], **options) for _ in range(2)]
    first, second = (process.communicate()[0].split()[-1] for process in both)
    assert len(first) == 64
    assert first == second


def test_saved_weights_give_the_same_probabilities_in_a_new_model(model, clips, tmp_path):
    model.save_weights(tmp_path / "model.weights.h5")
    again = build_model(BANDS, CLASSES, STEPS, seed=9)
    again.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(again.predict(clips[0], verbose=0), model.predict(clips[0], verbose=0))


def test_the_embedding_is_the_mean_of_the_valid_steps(model, clips):
    inputs = {name: value[:20] for name, value in clips[0].items()}
    steps = networks.steps(model).predict(inputs, verbose=0)
    average = networks.embeddings(model).predict(inputs, verbose=0)
    for row, length in enumerate(inputs["lengths"]):
        n_steps = -(-length // FRAMES_PER_STEP)
        np.testing.assert_allclose(average[row], steps[row, :n_steps].mean(axis=0), atol=1e-5)


def test_the_steps_of_a_clip_add_up_to_what_the_model_says(model, clips):
    """The mean of the steps' log-odds is the clip's, and nothing is said behind its end."""
    inputs = {name: value[:20] for name, value in clips[0].items()}
    evidence = step_probabilities(model, **inputs)
    assert evidence.shape == (20, STEPS, CLASSES)
    n_steps = -(-inputs["lengths"] // FRAMES_PER_STEP)
    np.testing.assert_array_equal(np.isfinite(evidence).all(axis=2).sum(axis=1), n_steps)
    for row, said in zip(evidence, model.predict(inputs, verbose=0), strict=True):
        product = np.exp(np.nanmean(np.log(row.astype(float)), axis=0))
        np.testing.assert_allclose(product / product.sum(), said, atol=1e-5)


@pytest.mark.parametrize(("front_end", "frames_a_step"), [("conv1d", 16), ("conv2d", 16), ("none", 4)])
@pytest.mark.parametrize("body", ["bilstm", "residual_lstm"])
def test_a_step_is_as_long_as_the_front_end_makes_it(front_end, frames_a_step, body):
    network = build_model(BANDS, CLASSES, STEPS, front_end=front_end, body=body)
    x = np.random.default_rng(0).normal(size=(len(ENDS), FRAMES, BANDS)).astype(np.float32)
    evidence = step_probabilities(network, x, ENDS)
    assert evidence.shape == (len(ENDS), FRAMES // frames_a_step, CLASSES)
    np.testing.assert_array_equal(np.isfinite(evidence).all(axis=2).sum(axis=1), -(-ENDS // frames_a_step))


def test_a_body_without_steps_has_embeddings_and_says_that_no_step_speaks():
    network = build_model(BANDS, CLASSES, STEPS, front_end="none", body="statistics")
    inputs = {"frames": np.ones((2, FRAMES, BANDS), np.float32), "lengths": np.array([5, FRAMES], np.int32)}
    assert networks.embeddings(network).predict(inputs, verbose=0).shape == (2, 2 * BANDS)
    with pytest.raises(ValueError, match="reads a clip as a whole, so no step says anything alone"):
        step_probabilities(network, **inputs)


def test_statistics_are_those_of_the_valid_steps():
    x = np.random.default_rng(0).normal(3, 2, size=(2, 9, 5)).astype(np.float32)
    found = np.array(MeanAndDeviation()(x, np.arange(9) < np.array([[4], [9]])))
    for row, steps in zip(found, (x[0, :4], x[1]), strict=True):
        np.testing.assert_allclose(row, np.concatenate([steps.mean(axis=0), steps.std(axis=0)]), atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 16])
def test_a_place_is_valid_if_it_holds_a_valid_frame(stride):
    lengths = np.array([1, 2, 15, 16, 17, 31, 32], np.int32)
    valid = np.array(ValidFrames(32 // stride, stride)(lengths))
    np.testing.assert_array_equal(valid.sum(axis=1), -(-lengths // stride))
    assert (np.diff(valid.astype(int), axis=1) <= 0).all()  # valid first, padding behind


@pytest.mark.parametrize("layer", [ValidFrames(20, 16, name="mask"), Blank(name="blank")])
def test_a_layer_comes_back_whole_from_its_config(layer):
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_bands", 0), ("n_bands", 10**9), ("n_classes", 1), ("n_classes", "8"), ("max_seq_length", 2.5), ("l2", -0.1)]
    + [("l2", float("nan")), ("dropout", 1.0), ("dropout", True), ("seed", -1), ("seed", None)],
)
def test_an_argument_out_of_range_is_named(name, value):
    arguments = {"n_bands": BANDS, "n_classes": CLASSES} | {name: value}
    with pytest.raises(ValueError, match=f"^{name} is .*; build_model expects a .*number from"):
        build_model(**arguments)


@pytest.mark.parametrize("name", ["front_end", "body"])
@pytest.mark.parametrize("value", ["conv3d", None, ["bilstm"]])
def test_a_choice_that_is_not_known_is_named_with_those_that_are(name, value):
    with pytest.raises(ValueError, match=f"^{name} is .*; build_model knows (conv1d, conv2d|bilstm, residual_lstm), "):
        build_model(BANDS, CLASSES, **{name: value})


@pytest.mark.parametrize("n_valid", [1, 2, 3, 4, 5, 7, 8, FRAMES])
def test_quarters_are_the_means_of_each_fourth_part_of_what_is_valid(n_valid):
    x = np.random.default_rng(n_valid).normal(size=(1, FRAMES, BANDS)).astype(np.float32)
    found = np.array(QuarterMeans()(x, np.arange(FRAMES)[None] < n_valid)).reshape(4, BANDS)
    edges = [(k * n_valid // 4, (k + 1) * n_valid // 4) for k in range(4)]
    expected = [x[0, start : max(start + 1, stop)].mean(axis=0) for start, stop in edges]
    np.testing.assert_allclose(found, expected, atol=1e-6)
