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
from keras import layers

from emokit import (
    FeatureNormalizer,
    audio,
    build_model,
    callbacks,
    corpora,
    emotions,
    features,
    metrics,
    model,
    run_folder,
    widgets,
)
from emokit.batches import Batches
from emokit.features import MfccSettings
from emokit.model.bodies import BODIES
from emokit.model.front_ends import FRONT_ENDS
from emokit.model.masks import Blank, ValidFrames
from emokit.predict import predict

pytestmark = pytest.mark.slow

STEPS = 8  # of 16 frames


# ---- a kind of features ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """A kind of one's own, every 20 ms: loudness in dB and share of zero crossings of 320 samples at 16 kHz."""

    rate: int = audio.RATE
    quietest: float = -80.0

    hop, n_bands, augment = 0.020, 2, None

    def name(self) -> str:
        return f"levels-1-quietest{self.quietest:g}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        pieces = np.resize(samples, (max(1, len(samples) // 320), 320))
        level = 20 * np.log10(np.maximum(pieces.std(axis=1), 10 ** (self.quietest / 20)))
        crossings = (np.diff(np.signbit(pieces), axis=1) != 0).mean(axis=1)
        first = 5 * (len(pieces) > 50)  # something is cut, so that times have to count it
        return np.stack([level, crossings], axis=1).astype(np.float32)[first:], first


def trained(settings, folder, demo_dir):
    """The steps of 02 on 40 demo clips of four voices, two epochs of them; gives the run as it is opened again."""
    clips = corpora.load("demo", demo_dir)
    parts = dict(zip(sorted(clips["speaker"].unique()), ["train", "train", "dev", "test"], strict=False))
    clips = clips[clips["speaker"].isin(parts)].groupby(["speaker", "emotion"]).head(2).reset_index(drop=True)
    found = features.extract(clips, settings, folder / "cache", n_jobs=2)
    clips = clips.assign(part=clips["speaker"].map(parts), n_frames=found.lengths)
    names, is_train = emotions.in_order(clips["emotion"]), clips["part"] == "train"
    normalizer = FeatureNormalizer().fit(found[i] for i in clips.index[is_train])
    arguments = {"n_bands": settings.n_bands, "n_classes": len(names), "max_seq_length": STEPS, "seed": 0}
    net = build_model(**arguments)
    net.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=callbacks.measures(len(names)))
    reading = {"emotions": names, "normalizer": normalizer, "max_length": 16 * STEPS}
    train = Batches(found, clips[is_train], shuffle=True, augment=settings.augment, **reading)
    dev = Batches(found, clips[clips["part"] == "dev"], **reading)
    parameters = {"data_dir": str(demo_dir), "epochs": 2, "seed": 0}
    run = run_folder.start(folder / "run", parameters, clips, settings=settings, emotions=names)
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
    watching = callbacks.standard(run, train, dev)
    net.fit(train, validation_data=dev, epochs=2, callbacks=watching, shuffle=False, verbose=0)
    everyone = Batches(found, clips, **reading)
    said = metrics.predictions(clips, net.predict(everyone, verbose=0), names)
    run.save_model(arguments, net)
    average = keras.Model(net.input, net.get_layer("average").output).predict(everyone, verbose=0)
    run.finish(said, metrics.summary(said, names), average)
    return run_folder.Run.open(run.path)


@pytest.mark.parametrize("settings", [MfccSettings(n_bands=13), Levels(quietest=-70)], ids=["mfcc", "one's own"])
def test_a_kind_of_features_is_one_class_and_one_line(settings, tmp_path, demo_dir, monkeypatch):
    monkeypatch.setitem(features.KINDS, "levels", Levels)  # the line
    run = trained(settings, tmp_path, demo_dir)
    assert run.complete and len(run.history) == 2 and run.settings == settings
    clip = run.clips.iloc[-1]
    frames, first = settings.placed(audio.read(clip["file"]))
    said, stored = predict(run, clip["file"]), run.predictions.iloc[-1]
    assert said["start"][0] == pytest.approx(first * settings.hop, abs=1e-3)
    n_frames = min(len(frames), 16 * STEPS)
    assert said["end"][0] - said["start"][0] == pytest.approx(n_frames * settings.hop, abs=2e-3)
    columns = [f"p_{name}" for name in run.emotions]
    np.testing.assert_allclose(said[columns].iloc[0].astype(float), stored[columns].astype(float), atol=1e-6)
    heard = widgets.ConfusionExplorer(run).evidence({"key": 9})[0]  # the last test clip
    assert heard["seconds"] == pytest.approx(16 * settings.hop) and heard["start"] == pytest.approx(said["start"][0])
    assert len(heard["steps"]) == -(-n_frames // 16)
    again = run_folder.start(run.path, run.parameters, run.clips, settings=settings, emotions=run.emotions)
    assert again.complete


def test_a_kind_that_is_not_in_the_list_is_refused_when_the_run_begins(tmp_path):
    clips = pd.DataFrame({"file": ["a.wav"], "emotion": ["sad"]})
    with pytest.raises(run_folder.RunError, match="Levels is no kind of features; enter it in features.KINDS"):
        run_folder.start(tmp_path / "run", {"data_dir": "", "epochs": 1}, clips, settings=Levels())


@pytest.mark.parametrize("kind", features.KINDS)
def test_a_kind_has_what_the_kit_asks_of_it(kind, demo_dir):
    settings = features.KINDS[kind]()
    samples = audio.read(corpora.load("demo", demo_dir)["file"][0], settings.rate)
    frames, first = settings.placed(samples)
    assert frames.dtype == np.float32 and frames.shape[1] == settings.n_bands and frames.flags.c_contiguous
    assert first * settings.hop > 0 and (first + len(frames)) * settings.hop <= len(samples) / settings.rate
    assert "/" not in settings.name()
    if settings.augment:
        assert settings.augment(frames, np.random.default_rng(0)).shape[1] == settings.n_bands


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
    shutil.copy(PROJECT / "pyproject.toml", project)
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
    tests = ["corpora", "published_corpora", "corpora_page", "corpora_layouts", "own_corpora", "published_facts"]
    tests += ["verify", "fetch", "notebook_parameters", "splits", "layers"]
    files = [f"tests/test_{name}.py" for name in tests]
    run_in(extended, "-m", "pytest", *files, "-q", "-m", "not slow", "-p", "no:cacheprovider")
