import importlib.util
import json
import os
import signal
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from emokit import FeatureNormalizer, build_model, callbacks, class_weights, metrics, run_folder, targets
from emokit.batches import Batches
from emokit.features import LogMelSettings
from emokit.uar import UAR

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]
EMOTIONS = ["neutral", "happy", "sad"]
TARGET = targets.Emotions(EMOTIONS)
STEPS, BANDS = 2, 8
EPOCHS = 5
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "penalty"]


class Killed(keras.callbacks.Callback):
    """Break off like a kill: no callback is told, nothing is tidied up."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at, self.epoch = (epoch, batch), 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise SystemExit("killed")


def shift(frames, rng):
    return frames + rng.normal()


class Setting:
    """A small training on clips whose frames tell their class, some of the time."""

    def __init__(self, folder, model):
        self.folder, (self.model, self.first) = folder, model
        rng = np.random.default_rng(0)
        n = 60
        emotion = [EMOTIONS[i % 3] for i in range(n)]
        self.clips = pd.DataFrame(
            {
                "file": [str(folder / "corpus" / f"{i:02}.wav") for i in range(n)],
                "emotion": emotion,
                "speaker": [f"demo/v{i // 6:02}" for i in range(n)],
                "part": ["train"] * 36 + ["dev"] * 12 + ["test"] * 12,
                "n_frames": 32,
            }
        )
        self.features = [rng.normal(0.7 * (i % 3), 1, size=(32, BANDS)).astype(np.float32) for i in range(n)]
        self.train, self.dev, self.test = (self.clips[self.clips["part"] == part] for part in ("train", "dev", "test"))
        self.normalizer = FeatureNormalizer().fit([self.features[i] for i in self.train.index])
        self.weights = class_weights.balanced(self.clips, EMOTIONS)

    def start(self, name, epochs=EPOCHS, **parameters):
        parameters = {"data_dir": self.folder / "corpus", "epochs": epochs, "seed": 1, "split": "speaker"} | parameters
        settings = LogMelSettings(n_bands=BANDS)
        run = run_folder.start(self.folder / name, parameters, self.clips, settings=settings, emotions=EMOTIONS)
        run.save_inputs(self.clips, pd.DataFrame({"severity": []}), self.normalizer, self.weights)
        return run

    def batches(self, clips, **options):
        options |= {"max_length": 16 * STEPS, "batch_size": 12}
        return Batches(self.features, clips, TARGET, self.normalizer, **options)

    def fit(self, run, *more, patience=10, schedule="plateau", workers=1, save_minutes=0, **instead):
        """Train; `instead` gives fit another reader to learn from or to validate on than the callbacks were told."""
        model = self.model
        rng = np.random.default_rng()
        for variable, first in zip([*model.variables, *model.optimizer.variables], self.first, strict=True):
            variable.assign(first if run.epoch == 0 else rng.integers(0, 9, first.shape))  # a resume replaces them all
        train = self.batches(self.train, seed=1, shuffle=True, augment=[shift], workers=workers)
        dev = self.batches(self.dev)
        given = dict(patience=patience, schedule=schedule, save_minutes=save_minutes)
        watching = callbacks.standard(run, train, dev, **given)
        model.fit(
            instead.get("train", train),
            validation_data=instead.get("dev", dev),
            epochs=run.parameters["epochs"],
            initial_epoch=run.epoch,
            class_weight=self.weights,
            shuffle=False,
            callbacks=[*watching, *more],
            verbose=0,
        )
        return model


@pytest.fixture(scope="module")
def model():
    """The model, compiled once for all tests, and its variables as they were at first."""
    return compiled(keras.optimizers.Adam(0.003), TARGET.loss)


def compiled(optimizer, loss):
    model = build_model(n_bands=BANDS, n_classes=3, max_seq_length=STEPS, seed=1)
    model.compile(optimizer, loss, metrics=callbacks.measures(TARGET))
    model.optimizer.build(model.trainable_variables)
    return model, [keras.ops.convert_to_numpy(v) for v in [*model.variables, *model.optimizer.variables]]


@pytest.fixture
def setting(tmp_path, model):
    return Setting(tmp_path, model)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, model):
    setting = Setting(tmp_path_factory.mktemp("whole"), model)
    run = setting.start("whole")
    return setting.fit(run).get_weights(), run


def assert_same_end(run, whole):
    """Row 6 of the promise: history without a duplicate row, best, patience, learning rate and optimizer."""
    pd.testing.assert_frame_equal(run.history[SAME_EACH_TIME], whole.history[SAME_EACH_TIME])
    (_, arrays, info), (_, others, said) = run.load_state(), whole.load_state()
    assert info["watchers"]["early_stopping"] == said["watchers"]["early_stopping"]
    assert info["watchers"]["plateau"] == said["watchers"]["plateau"]
    assert_same([arrays[name] for name in sorted(arrays)], [others[name] for name in sorted(others)])


def assert_same(a, b):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_history_tells_the_cross_entropy_without_penalty_or_class_weights(setting, tmp_path):
    run = setting.start("loss", epochs=1)
    model = setting.fit(run, patience=10)
    truth = setting.clips["emotion"].map(EMOTIONS.index).to_numpy()
    dev = (setting.clips["part"] == "dev").to_numpy()
    p = model.predict(setting.batches(setting.dev), verbose=0)
    row = run.history.iloc[0]
    assert row["val_loss"] == pytest.approx(-np.log(p[np.arange(dev.sum()), truth[dev]]).mean(), rel=1e-4)
    squares = [np.square(w).sum() for w in model.get_weights() if w.ndim > 1]
    assert 0 < row["penalty"] <= 0.001 * sum(squares) * 1.0001


def test_the_learning_rate_falls_when_dev_stands_still_though_the_penalty_falls():
    plateau = callbacks.ReduceOnPlateau(2)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01))
    plateau.set_model(model)
    plateau.on_train_begin()
    for epoch in range(3):
        plateau.on_epoch_end(epoch, {"val_bare_loss": 1.0, "val_loss": 3.0 - epoch, "loss": 3.0 - epoch})
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)
    with pytest.raises(ValueError, match="does not measure val_bare_loss; compile it with .*callbacks.measures"):
        plateau.on_epoch_end(3, {"loss": 1.0, "val_loss": 1.0})


def test_uar_as_a_keras_metric_equals_ours():
    rng = np.random.default_rng(0)
    for classes_present in (3, 2, 1):
        metric = UAR(3)
        truth, p = rng.integers(0, classes_present, 50), rng.random((50, 3))
        for batch in np.split(np.arange(50), [20, 33]):
            metric.update_state(truth[batch], p[batch], sample_weight=rng.random(len(batch)))
        named = np.array(EMOTIONS)
        assert float(metric.result()) == pytest.approx(metrics.uar(named[truth], named[p.argmax(axis=1)]), abs=1e-6)
        metric.reset_state()
        assert float(metric.result()) == 0


@pytest.mark.parametrize("epoch, batch", [(2, 1), (4, 0)])
def test_a_killed_and_resumed_training_ends_like_an_uninterrupted_one_bit_for_bit(setting, uninterrupted, epoch, batch):
    weights, whole = uninterrupted
    run = setting.start("cut")
    with pytest.raises(SystemExit):
        setting.fit(run, Killed(epoch, batch))
    run = setting.start("cut")
    assert run.epoch == epoch and len(run.history) == epoch
    assert_same(setting.fit(run).get_weights(), weights)
    assert_same_end(run, whole)


@pytest.mark.parametrize(
    "epoch, batch, workers",
    [(0, 1, 1), (2, 2, 2), *(pytest.param(*case, marks=pytest.mark.slow) for case in ((0, 1, 2), (2, 2, 1)))],
)
def test_a_training_killed_within_an_epoch_goes_on_at_its_last_saved_batch(
    setting, uninterrupted, epoch, batch, workers
):
    """Its epoch's averages are those of the whole epoch, bit for bit, also when the second half is killed again."""

    class Learned(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if logs:
                learned.append(batch)

    weights, whole = uninterrupted
    run = setting.start("within")
    options = {"workers": workers, "save_minutes": 1e-9}
    for last in (batch, 2) if batch == 1 else (batch,):
        learned = []
        with pytest.raises(SystemExit):
            setting.fit(run, Learned(), Killed(epoch, last), **options)
        run = setting.start("within")
        assert run.epoch == epoch and run.load_state()[2]["batch"] == last
        assert learned[-1] == last - 1 and len(learned) == (1 if last > batch else 3 * epoch + last)
    learned = []
    assert_same(setting.fit(run, Learned(), **options).get_weights(), weights)
    assert learned[: 3 - last] == list(range(last, 3)) and len(learned) == 3 * (EPOCHS - epoch) - last
    assert_same_end(run, whole)
    assert f"resumed after epoch {epoch} and {last} batches" in (run.path / "train.log").read_text()


def test_a_fresh_process_takes_up_the_averages_of_an_epoch_that_was_saved_within(tmp_path, uninterrupted):
    """A model that has computed nothing yet has no variables for them."""
    anew = [Setting(tmp_path, compiled(keras.optimizers.Adam(0.003), TARGET.loss)) for _ in range(2)]
    with pytest.raises(SystemExit):
        anew[0].fit(anew[0].start("anew"), Killed(1, 2), save_minutes=1e-9)
    run = anew[1].start("anew")
    assert run.load_state()[2]["batch"] == 2
    assert_same(anew[1].fit(run).get_weights(), uninterrupted[0])
    assert_same_end(run, uninterrupted[1])


def test_along_a_cosine_a_killed_training_goes_on_bit_for_bit_and_ends_with_its_last_epoch(tmp_path):
    optimizer = callbacks.optimizer("cosine", 0.003, 0.01, n_updates=3 * EPOCHS)
    setting = Setting(tmp_path, compiled(optimizer, targets.smoothed(TARGET.loss, 0.1)))
    whole, options = setting.start("whole"), {"schedule": "cosine", "patience": 1}
    weights = setting.fit(whole, **options).get_weights()
    run = setting.start("cut")
    with pytest.raises(SystemExit):
        setting.fit(run, Killed(2, 1), save_minutes=1e-9, **options)
    run = setting.start("cut")
    assert run.epoch == 2 and run.load_state()[2]["batch"] == 1
    assert_same(setting.fit(run, **options).get_weights(), weights)
    pd.testing.assert_frame_equal(run.history[SAME_EACH_TIME], whole.history[SAME_EACH_TIME])
    states = [run.load_state()[1], whole.load_state()[1]]
    assert_same(*([state[name] for name in sorted(state)] for state in states))
    n_weights = len(setting.model.variables)
    assert_same(setting.model.variables, [states[1][f"model/{index:03}"] for index in range(n_weights)])
    assert len(whole.history) == EPOCHS and not whole.stopped_early


def test_the_rate_rises_for_a_fortieth_and_falls_along_half_a_cosine_to_nothing():
    falling, rates = callbacks.optimizer("cosine", 0.003, 0.01, n_updates=400), []
    for update in (0, 5, 10, 205, 400):
        falling.iterations.assign(update)
        rates.append(float(falling.learning_rate))
    np.testing.assert_allclose(rates, [0, 0.0015, 0.003, 0.0015, 0], atol=1e-9)
    once = callbacks.optimizer("cosine", 0.003, 0.01, n_updates=1)
    assert np.isfinite(float(once.learning_rate))


def test_without_decay_the_optimizer_of_a_plateau_is_adam():
    ends = []
    for optimizer in (callbacks.optimizer("plateau", 0.01, 0.0, n_updates=9), keras.optimizers.Adam(0.01)):
        weights = keras.Variable(np.ones(3, np.float32))
        for step in range(3):
            optimizer.apply([keras.ops.convert_to_tensor(np.float32([1, -2, step]))], [weights])
        ends.append(np.array(weights))
    np.testing.assert_array_equal(*ends)


def test_two_workers_give_the_same_weights_as_one(setting, uninterrupted):
    assert_same(setting.fit(setting.start("two"), workers=2).get_weights(), uninterrupted[0])


def test_a_damaged_state_is_passed_over_for_the_one_before_with_the_same_end(setting, uninterrupted):
    run = setting.start("hurt")
    with pytest.raises(SystemExit):
        setting.fit(run, Killed(3, 0))
    states = sorted((run.path / "state").iterdir())
    assert len(states) == 2
    content = bytearray(states[-1].read_bytes())
    content[len(content) // 2] ^= 1
    states[-1].write_bytes(content)
    run = setting.start("hurt")
    assert run.epoch == 2
    assert_same(setting.fit(run).get_weights(), uninterrupted[0])
    assert run.history["epoch"].tolist() == uninterrupted[1].history["epoch"].tolist()


def test_an_early_stop_is_remembered_and_not_trained_past(setting):
    run = setting.start("early", epochs=60)
    weights = setting.fit(run, patience=2).get_weights()
    n = len(run.history)
    assert n < 60 and run.stopped_early
    best = run.history["val_uar"].idxmax()  # the first of equals
    assert n == best + 1 + 2
    run = setting.start("early", epochs=60)  # killed after training, before it was finished
    assert_same(setting.fit(run, patience=2).get_weights(), weights)
    assert len(run.history) == n


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_after_the_batch_which_is_saved_and_the_run_says_where(setting, uninterrupted, number):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.epoch == 2 and batch == 1:
                os.kill(os.getpid(), number)

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run = setting.start("stopped")
        with pytest.raises(KeyboardInterrupt):
            setting.fit(run, Interrupt())
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert json.loads((run.path / "run.json").read_text())["state"] == "interrupted at epoch 2"
    assert "interrupted at epoch 2" in (run.path / "train.log").read_text()
    run = setting.start("stopped")
    assert run.epoch == 2 and run.load_state()[2]["batch"] == 2
    assert_same(setting.fit(run).get_weights(), uninterrupted[0])
    assert_same_end(run, uninterrupted[1])


def test_a_termination_that_whoever_started_it_ignores_stays_ignored(setting, uninterrupted):
    told = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert_same(setting.fit(setting.start("deaf"), told).get_weights(), uninterrupted[0])
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_signal_after_a_training_that_died_acts_as_without_us(setting):
    class Die(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise OSError("no such disk")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(OSError, match="no such disk"):
            setting.fit(setting.start("dead"), Die())
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_nan_stops_and_names_the_clips_of_its_batch(setting):
    bad = setting.train.index[5]
    run = setting.start("nan")
    setting.features[bad] = np.full((32, BANDS), np.nan, np.float32)
    with pytest.raises(FloatingPointError, match="The loss became nan in epoch 1, batch") as error:
        setting.fit(run)
    reader = setting.batches(setting.train, seed=1, shuffle=True)
    batch = next(i for i in range(3) if setting.clips["file"][bad] in reader.files(i))
    assert f"batch {batch + 1}, with {', '.join(reader.files(batch)[:5])} and 7 more" in str(error.value)
    assert run.state == "interrupted at epoch 0"


def test_silent_and_one_frame_clips_train_without_nan_and_an_empty_one_is_named(setting):
    silent, short, empty = setting.train.index[[3, 8, 20]]
    setting.features[silent] = np.full((32, BANDS), -13.8, np.float32)  # the floor of the log-mel
    setting.features[short] = setting.features[short][:1]
    run = setting.start("edge", epochs=2)
    weights = setting.fit(run).get_weights()
    assert all(np.isfinite(w).all() for w in weights) and np.isfinite(run.history.to_numpy()).all()
    setting.features[empty] = np.zeros((0, BANDS), np.float32)
    reader = setting.batches(setting.train)
    with pytest.raises(ValueError, match=f"{setting.clips['file'][empty]} has no frame"):
        [reader[i] for i in range(len(reader))]


def test_a_log_line_an_epoch_can_be_followed(uninterrupted):
    _, run = uninterrupted
    lines = (run.path / "train.log").read_text().splitlines()
    assert len(lines) == len(run.history)
    assert all(word in lines[0] for word in ("epoch   1", "val_uar", "clips/s", "GB"))
    assert run.history.columns.tolist() == [*SAME_EACH_TIME, "seconds", "clips_per_second"]


def test_a_freshly_compiled_model_takes_up_the_state(setting):
    """As in a new process: the optimizer has no variables before its first batch."""

    def fresh():
        inputs = keras.Input((2,))
        model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
        model.compile("adam", "mse")
        checkpoint = callbacks.Checkpoint(run, None, {"log": callbacks.Log(run, 1)})
        checkpoint.set_model(model)
        return model, checkpoint

    run = setting.start("fresh")
    model, checkpoint = fresh()
    model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0)
    info = {"batch": 0, "stopped": False, "watchers": {"log": {"rows": [], "seconds": 0}}}
    run.save_state(2, checkpoint._variables(), info)
    _, again = fresh()
    again.on_train_begin()
    again.on_train_end()
    assert_same(again._variables().values(), checkpoint._variables().values())


def test_the_step_of_a_training_is_traced_once(setting):
    traced = []

    class Counting(keras.Model):
        def train_step(self, data):
            traced.append(data)
            return super().train_step(data)

    inputs = {"frames": keras.Input((16 * STEPS, BANDS), name="frames"), "lengths": keras.Input((), name="lengths")}
    flat = keras.layers.Flatten()(inputs["frames"])
    setting.model = Counting(inputs, keras.layers.Dense(3, activation="softmax")(flat))
    setting.model.compile(keras.optimizers.AdamW(), TARGET.loss, metrics=callbacks.measures(TARGET))
    setting.first = list(map(np.array, [*setting.model.variables, *setting.model.optimizer.variables]))
    setting.fit(setting.start("traced", epochs=1))
    assert len(traced) == 1


@pytest.mark.slow
def test_full_memory_says_which_batch_size_to_try(setting):
    import tensorflow

    class Greedy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            tensorflow.zeros((2**24, 2**24))  # a real one: 1 PB

    expected = "full at batch_size 32; try batch_size 16, under"
    with pytest.raises(MemoryError, match=expected) as error, callbacks.explain_memory(32):
        setting.fit(setting.start("greedy"), Greedy())
    assert isinstance(error.value.__cause__, tensorflow.errors.ResourceExhaustedError)
    with pytest.raises(MemoryError, match="try a smaller max_seq_length"), callbacks.explain_memory(1):
        raise error.value.__cause__
    with pytest.raises(ValueError, match="another"), callbacks.explain_memory(32):
        raise ValueError("another")


def test_deterministic_operations_are_turned_on_and_train():
    from tensorflow.python.framework import config

    try:
        callbacks.make_deterministic()
        assert config.is_op_determinism_enabled()
        net = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
        net.compile("adam", "mse")
        assert np.isfinite(net.train_on_batch(np.ones((4, 3)), np.ones(4)))
    finally:
        config.disable_op_determinism()


def test_tensorboard_says_how_to_install_it_or_is_written(setting):
    """Both sides of the switch: an ImportError with the remedy where it is missing, else files in the run folder."""
    run = setting.start("board")
    train, dev = setting.batches(setting.train, shuffle=True), setting.batches(setting.dev)
    if importlib.util.find_spec("tensorboard") is None:
        with pytest.raises(ImportError, match="pip install 'tensorboard>=2.21'"):
            callbacks.standard(run, train, dev, tensorboard=True)
        pytest.skip("tensorboard is not installed, so what it writes is not looked at; install the extra tensorboard")
    board = callbacks.standard(run, train, dev, tensorboard=True)[-1]
    setting.fit(run, board)
    assert list((run.path / "tensorboard").rglob("events.out.tfevents.*"))
