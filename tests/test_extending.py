"""Each extension of the kit is one file, class or function and one line, and is trained, opened and asked."""

import itertools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import soundfile
from keras import layers
from test_callbacks import Killed
from weights import drawn_whisper, write_ctranslate2

from emokit import (
    FeatureNormalizer,
    audio,
    augment,
    build_model,
    callbacks,
    corpora,
    emotions,
    features,
    metrics,
    model,
    run_folder,
    targets,
    widgets,
)
from emokit.augment import augmented
from emokit.batches import Batches
from emokit.features import LogMelSettings, MfccSettings
from emokit.model.bodies import BODIES
from emokit.model.front_ends import FRONT_ENDS
from emokit.model.masks import Blank, ValidFrames
from emokit.predict import predict

pytestmark = pytest.mark.slow

STEPS = 12  # 192 frames: the shorter clips are padded, the longer ones are cut


# ---- a kind of features ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """A kind of one's own, every 20 ms: loudness in dB and share of zero crossings of 320 samples at 16 kHz."""

    rate: int = audio.RATE
    quietest: float = -80.0

    hop, n_bands, augment = 0.020, 2, ()

    def name(self) -> str:
        return f"levels-1-quietest{self.quietest:g}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        pieces = np.resize(samples, (max(1, len(samples) // 320), 320))
        level = 20 * np.log10(np.maximum(pieces.std(axis=1), 10 ** (self.quietest / 20)))
        crossings = (np.diff(np.signbit(pieces), axis=1) != 0).mean(axis=1)
        first = 5 * (len(pieces) > 50)  # something is cut, so that times have to count it
        return np.stack([level, crossings], axis=1).astype(np.float32)[first:], first


def trained(settings, folder, demo_dir, *more, kind=targets.Emotions, augmentations=(), **of_model):
    """The steps of 02 on 40 demo clips of four voices, two epochs of them; gives the run as it is opened again."""
    clips = corpora.load("demo", demo_dir)
    parts = dict(zip(sorted(clips["speaker"].unique()), ["train", "train", "dev", "test"], strict=False))
    clips = clips[clips["speaker"].isin(parts)].groupby(["speaker", "emotion"]).head(2).reset_index(drop=True)
    found = features.extract(clips, settings, folder / "cache", n_jobs=2)
    clips = clips.assign(part=clips["speaker"].map(parts), n_frames=found.lengths)
    target, is_train = kind(emotions.in_order(clips["emotion"])), clips["part"] == "train"
    normalizer = FeatureNormalizer().fit(found[i] for i in clips.index[is_train])
    arguments = {"n_bands": settings.n_bands, "n_classes": len(target.names), "max_seq_length": STEPS, "seed": 0}
    arguments |= {"activation": target.activation} | of_model
    net = build_model(**arguments)
    net.compile(keras.optimizers.Adam(0.001), target.loss, metrics=callbacks.measures(target))
    reading = {"target": target, "normalizer": normalizer, "max_length": 16 * STEPS}
    train = Batches(found, clips[is_train], shuffle=True, augment=augmentations or settings.augment, **reading)
    dev = Batches(found, clips[clips["part"] == "dev"], **reading)
    parameters = {"data_dir": str(demo_dir), "epochs": 2, "seed": 0}
    run = run_folder.start(folder / "run", parameters, clips, settings=settings, emotions=target.names)
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
    watching = [*callbacks.standard(run, train, dev), *more]
    net.fit(
        train,
        validation_data=dev,
        epochs=2,
        initial_epoch=run.epoch,
        callbacks=watching,
        shuffle=False,
        verbose=0,
    )
    everyone = Batches(found, clips, **reading)
    predictions = target.predictions(clips, net.predict(everyone, verbose=0))
    run.save_model(arguments, net)
    embeddings = model.embeddings(net).predict(everyone, verbose=0)
    run.finish(predictions, metrics.summary(predictions, target.names), embeddings)
    return run_folder.Run.open(run.path)


@pytest.mark.parametrize("settings", [MfccSettings(n_bands=13), Levels(quietest=-70)], ids=["mfcc", "one's own"])
def test_a_kind_of_features_is_one_class_and_one_line(settings, tmp_path, demo_dir, monkeypatch):
    monkeypatch.setitem(features.KINDS, "levels", Levels)  # the line
    run = trained(settings, tmp_path, demo_dir)
    assert run.complete and len(run.history) == 2 and run.settings == settings
    clip = run.clips.iloc[-1]
    said, stored = predict(run, clip["file"]), run.predictions.iloc[-1]
    columns = [f"p_{name}" for name in run.emotions]
    np.testing.assert_allclose(said[columns].iloc[0].astype(float), stored[columns].astype(float), atol=1e-6)
    heard = widgets.ConfusionExplorer(run).evidence({"keys": [9]})[0]["of"][0]  # the last test clip
    frames, first = settings.placed(audio.read(clip["file"]))
    assert heard["seconds"] == pytest.approx(16 * settings.hop)
    assert heard["start"] == pytest.approx(first * settings.hop, abs=1e-3)
    assert len(heard["steps"]) == -(-min(len(frames), 16 * STEPS) // 16)
    again = run_folder.start(run.path, run.parameters, run.clips, settings=settings, emotions=run.emotions)
    assert again.complete


def test_a_kind_that_is_not_in_the_list_is_refused_when_the_run_begins(tmp_path):
    clips = pd.DataFrame({"file": ["a.wav"], "emotion": ["sad"]})
    with pytest.raises(run_folder.RunError, match="Levels is no kind of features; enter it in features.KINDS"):
        run_folder.start(tmp_path / "run", {"data_dir": "", "epochs": 1}, clips, settings=Levels())


@pytest.mark.parametrize("kind", features.KINDS)
def test_a_kind_has_what_the_kit_asks_of_it(kind, demo_dir, tmp_path):
    needed = {"encoder": {"model": write_ctranslate2(tmp_path / "model.bin", drawn_whisper())}}
    settings = features.KINDS[kind](**needed.get(kind, {}))
    samples = audio.read(corpora.load("demo", demo_dir)["file"][0], settings.rate)
    frames, first = settings.placed(samples)
    assert frames.dtype == np.float32 and frames.shape[1] == settings.n_bands and frames.flags.c_contiguous
    assert first * settings.hop > 0 and (first + len(frames)) * settings.hop <= len(samples) / settings.rate
    assert "/" not in settings.name()
    assert augmented(frames, settings.augment, np.random.default_rng(0)).shape[1] == settings.n_bands


# ---- an augmentation ------------------------------------------------------------------------------------------------


def backwards(frames, rng):
    """An augmentation: every other clip from its end to its start, and 1 neper louder so that it shows."""
    return frames[::-1] + 1 if rng.random() < 0.5 else frames


def test_an_augmentation_is_one_function_and_one_line_and_the_same_after_a_resume(tmp_path, demo_dir):
    settings = LogMelSettings(n_bands=16)
    noise = str(tmp_path / "noise.wav")
    soundfile.write(noise, 0.1 * np.random.default_rng(0).normal(size=audio.RATE), audio.RATE)
    options = {"augmentations": [augment.noise([noise], settings), *settings.augment, backwards]}  # the line
    options |= {"body": "statistics"}
    whole = trained(settings, tmp_path / "whole", demo_dir, **options)
    with pytest.raises(SystemExit):
        trained(settings, tmp_path / "cut", demo_dir, Killed(1, 0), **options)
    resumed = trained(settings, tmp_path / "cut", demo_dir, **options)
    plain = trained(settings, tmp_path / "plain", demo_dir, body="statistics")
    for one, other in zip(whole.model().get_weights(), resumed.model().get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert "resumed after epoch 1" in (resumed.path / "train.log").read_text()
    assert whole.history["loss"][0] != plain.history["loss"][0]
    columns, last = [f"p_{name}" for name in whole.emotions], whole.predictions.iloc[-1]
    predicted = predict(whole, whole.clips["file"].iloc[-1])[columns].iloc[0]
    np.testing.assert_allclose(predicted.astype(float), last[columns].astype(float), atol=1e-6)


# ---- a front end and a body -----------------------------------------------------------------------------------------


def loudest_of_eight(frames, lengths, penalty, seeds):
    """A front end: the loudest of 80 ms in each band."""
    x = layers.MaxPooling1D(8)(Blank()(frames, ValidFrames(frames.shape[1])(lengths)))
    return x, ValidFrames(x.shape[1], 8)(lengths)


def dense(x, valid, dropout, penalty, seeds):
    """A body: each step for itself, and the mean of all."""
    start = keras.initializers.GlorotUniform(next(seeds))
    x = layers.Dense(12, "relu", kernel_initializer=start, kernel_regularizer=penalty, name="steps")(x)
    return layers.GlobalAveragePooling1D()(x, mask=valid)


@pytest.mark.parametrize(
    ("choice", "embedding"),
    [
        ({"front_end": "loudest of eight"}, 96),
        ({"body": "dense"}, 12),
        ({"front_end": "loudest of eight", "body": "dense"}, 12),
    ],
)
def test_a_front_end_and_a_body_of_ones_own_are_a_function_and_a_line(monkeypatch, choice, embedding):
    """Each trains two epochs, tells one loud band from another, and gives embeddings and steps."""
    monkeypatch.setitem(FRONT_ENDS, "loudest of eight", loudest_of_eight)
    monkeypatch.setitem(BODIES, "dense", dense)
    rng = np.random.default_rng(0)
    labels, lengths = rng.integers(0, 2, 64), rng.integers(4, 49, 64).astype(np.int32)
    frames = rng.normal(size=(64, 48, 8)).astype(np.float32)
    frames[np.arange(64), :, labels] += 4
    frames[np.arange(48) >= lengths[:, None]] = np.nan
    net = build_model(8, 2, 3, dropout=0, **choice)
    net.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    inputs = {"frames": frames, "lengths": lengths}
    net.fit(inputs, labels, batch_size=8, epochs=2, verbose=0)
    assert (net.predict(inputs, verbose=0).argmax(axis=1) == labels).mean() > 0.8
    assert model.embeddings(net).predict(inputs, verbose=0).shape == (64, embedding)
    n_steps = 6 if "front_end" in choice else 3
    assert model.step_probabilities(net, frames, lengths).shape == (64, n_steps, 2)


# ---- a corpus -------------------------------------------------------------------------------------------------------

PROJECT = Path(__file__).resolve().parents[1]
OF_DEMO = {"anger": "ang", "disgust": "neu", "fear": "fea", "joy": "hap", "sadness": "sad"}  # whose voice stands in


@pytest.fixture(scope="module")
def extended(tmp_path_factory, demo_dir):
    """A copy of the project with the corpus of docs/corpora.md added as it says, and clips in its layout."""
    project = tmp_path_factory.mktemp("extended")
    for name in ("emokit", "docs", "notebooks", "presets", "tests"):
        shutil.copytree(PROJECT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(PROJECT / name, project)
    (project / "data").symlink_to(PROJECT / "data")
    page, published = (project / "docs" / "corpora.md").read_text(), project / "emokit" / "corpora" / "published"
    (published / "lab.py").write_text(re.search(r"```python\n(.*?)```", page, re.S).group(1))  # the file
    listing = (published / "__init__.py").read_text()
    (published / "__init__.py").write_text(listing.replace("NAMES = (\n", 'NAMES = (\n    "lab",\n'))  # the line
    for emotion, code in OF_DEMO.items():
        for speaker, sentence in itertools.product((1, 2, 3, 4, 5), (1, 2)):
            place = project / "sounds" / f"s{speaker}" / f"s{speaker}_{emotion}_{sentence:02}.flac"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(demo_dir / f"v{speaker:02}" / f"v{speaker:02}_s{sentence}_{code}_1.flac", place)
    return project


def run_in(project, *command):
    """Run a command of the extended project; gives what it printed."""
    env = os.environ | {"PYTHONPATH": str(project), "EMOKIT_OUTPUTS_DIR": str(project / "outputs")}
    done = subprocess.run([sys.executable, *command], cwd=project, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_a_corpus_is_one_file_and_one_line_and_02_trains_on_its_folds(extended):
    """By the notebook, as a user would: its name is a parameter's choice, its second fold tests on its speaker 2."""
    given = {"corpus": "lab", "data_dir": "sounds", "fold": 2, "epochs": 2, "n_jobs": 2}
    options = [text for name, value in given.items() for text in ("-p", name, str(value))]
    run_in(extended, "-m", "papermill", "--no-progress-bar", "notebooks/02_train.ipynb", "02.ipynb", *options)
    run = run_folder.Run.open(extended / "outputs" / "lab-fold2", extended / "sounds")
    assert run.complete and len(run.history) == 2
    assert set(run.clips.query("part == 'test'")["speaker"]) == {"lab/s2"} and run.clips["speaker"].nunique() == 5
    assert set(run.clips["sex"]) == {"female", "male"} and len(run.clips) == 50
    assert {f"p_{name}" for name in run.emotions} <= set(predict(run, run.clips["file"][0]))


def test_the_page_lists_a_new_corpus_and_nothing_else_goes_red(extended):
    run_in(extended, "docs/corpora_tables.py")
    page = (extended / "docs" / "corpora.md").read_text()
    assert "| lab | el | 500 | 5 | 5 | 5 | 48,000 | |" in page and "| lab | `s3/s3_fear_12.wav` | by hand |" in page
    assert "lab" in run_in(extended, "-m", "emokit.corpora", "list")
    tests = ["published_corpora", "corpora_page", "corpora_layouts", "published_facts", "notebook_parameters", "layers"]
    files = [f"tests/test_{name}.py" for name in tests]
    run_in(extended, "-m", "pytest", *files, "-q", "-m", "not slow", "-p", "no:cacheprovider")


# ---- an export ------------------------------------------------------------------------------------------------------


def with_normalizer(run) -> keras.Model:
    """One function: the model of a run that reads frames as they were computed, the normalizer within it."""
    net, normalizer = run.model(), run.normalizer()
    rescaled = layers.Rescaling(1 / normalizer.scale_, -normalizer.mean_ / normalizer.scale_)(net.input["frames"])
    return keras.Model(net.input, net({**net.input, "frames": rescaled}))


def test_an_export_is_one_function_before_the_model_and_says_what_the_run_says(tmp_path, demo_dir):
    settings = MfccSettings(n_bands=13)
    run = trained(settings, tmp_path, demo_dir)
    clips = run.predictions
    sequences = [settings.placed(audio.read(file))[0] for file in clips["file"]]
    lengths = np.array([min(len(one), run.window) for one in sequences], np.int32)
    assert lengths.min() < run.window == lengths.max()  # some are padded, some are cut
    frames = np.full((len(clips), run.window, settings.n_bands), np.nan, np.float32)
    for row, sequence, length in zip(frames, sequences, lengths, strict=True):
        row[:length] = sequence[:length]
    said = with_normalizer(run).predict({"frames": frames, "lengths": lengths}, verbose=0)
    assert np.isfinite(said).all()
    np.testing.assert_allclose(said, clips[[f"p_{name}" for name in run.emotions]].to_numpy(), atol=1e-5)


# ---- a target -------------------------------------------------------------------------------------------------------


class Closeness:
    """A target of one's own: how large a share of five listeners hears each emotion; the fifth hears the next one."""

    activation, loss, monitor = "softmax", "kl_divergence", "val_closeness"

    def __init__(self, names):
        self.names = names

    def of(self, clips):
        heard = np.eye(len(self.names))[targets.Emotions(self.names).of(clips)]
        return (0.8 * heard + 0.2 * np.roll(heard, 1, axis=1)).astype(np.float32)

    def metric(self):
        return keras.metrics.CosineSimilarity(name="closeness")

    def predictions(self, clips, outputs):
        loss = keras.losses.kl_divergence(self.of(clips), outputs)
        return targets.Emotions(self.names).predictions(clips, outputs).assign(loss=np.array(loss))


def test_a_target_of_ones_own_is_one_class(tmp_path, demo_dir):
    """It is read, learned, watched, logged, kept and predicted, and nothing beside the class knows of it."""
    run = trained(features.LogMelSettings(), tmp_path, demo_dir, kind=Closeness)
    assert list(run.history)[:5] == ["epoch", "loss", "closeness", "val_loss", "val_closeness"]
    dev, watched = run.predictions.query("part == 'dev'"), run.load_state()[2]["watchers"]["early_stopping"]
    best = int(run.history["val_closeness"].argmax())
    assert watched["best"] == run.history["val_closeness"][best] and watched["best_epoch"] == best
    p, truth = dev[[f"p_{name}" for name in run.emotions]].to_numpy(), Closeness(run.emotions).of(dev)
    cosines = (p * truth).sum(axis=1) / np.linalg.norm(p, axis=1) / np.linalg.norm(truth, axis=1)
    assert cosines.mean() == pytest.approx(watched["best"], abs=1e-5)
    assert dev["loss"].mean() == pytest.approx(run.history["val_loss"][best], abs=1e-4)  # Kullback-Leibler, no penalty
    heard, last = predict(run, run.clips["file"].iloc[-1]), run.predictions.iloc[-1]
    names = [f"p_{name}" for name in run.emotions]
    np.testing.assert_allclose(heard.loc[0, names].astype(float), last[names].astype(float), atol=1e-6)


@pytest.mark.parametrize(("activation", "outputs"), [("sigmoid", (0, 1)), ("linear", (-np.inf, np.inf))])
def test_the_last_layer_is_as_the_target_needs_it_at_each_step_too(activation, outputs):
    net = build_model(8, 3, 2, activation=activation, seed=1)
    inputs = {"frames": np.ones((2, 32, 8), np.float32), "lengths": np.array([17, 32], np.int32)}
    said, steps = net.predict(inputs, verbose=0), model.step_probabilities(net, **inputs)
    assert net.get_layer("probabilities").activation is keras.activations.get(activation)
    assert (said > outputs[0]).all() and (said < outputs[1]).all() and not np.allclose(said.sum(axis=1), 1)
    if activation == "linear":  # what the clip says is the mean of what its steps say
        np.testing.assert_allclose(np.nanmean(steps, axis=1), said, atol=1e-5)


def test_an_activation_that_no_target_needs_is_refused():
    with pytest.raises(ValueError, match="activation is 'exec'; build_model knows softmax, sigmoid, linear"):
        build_model(8, 3, activation="exec")
