"""Runs to export: drawn weights, real frames of the demo corpus."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from laid_out import lay
from test_confusion_explorer import four_voices

from emokit import FeatureNormalizer, audio, audit, build_model, metrics, run_folder
from emokit.features import LogMelSettings
from emokit.model import embeddings
from emokit.targets import Emotions

EMOTIONS = ["neutral", "happy", "sad", "angry", "fearful"]


def drawn(**arguments):
    """A network whose weights are drawn, statistics of its normalisation too, so that clips are told apart."""
    net = build_model(**{"n_classes": len(EMOTIONS), "max_seq_length": 20, "seed": 3} | arguments)
    rng = np.random.default_rng(0)
    for weight in net.weights:
        low, high = (0.5, 2.0) if "variance" in weight.path else (-0.1, 0.1)
        weight.assign(np.array(weight.value) + rng.uniform(low, high, weight.shape))
    return net


def stand_in(settings, frames, **choices):
    """What an exporter asks of a run, without a folder: its network, its settings, its normaliser."""
    net = drawn(n_bands=settings.n_bands, **choices)
    normalizer, window = FeatureNormalizer().fit(frames), net.input["frames"].shape[1]
    made = {"model": lambda: net, "normalizer": lambda: normalizer, "settings": settings}
    return SimpleNamespace(**made, window=window, emotions=EMOTIONS)


def said(run, sequences) -> np.ndarray:
    """What the network of a run says of frames, each as a clip."""
    frames = run.normalizer().transform(sequences)
    x = np.zeros((len(frames), run.window, run.settings.n_bands), np.float32)
    for row, each in zip(x, frames, strict=True):
        row[: len(each)] = each[: run.window]
    lengths = np.array([min(len(each), run.window) for each in frames], np.int32)
    return run.model().predict_on_batch({"frames": x, "lengths": lengths})


def finished(path, demo_dir, **choices):
    """A complete run of 60 demo clips."""
    clips, settings, net = four_voices(demo_dir), LogMelSettings(), drawn(n_bands=64, **choices)
    frames = [settings.placed(audio.read(file))[0] for file in clips["file"]]
    measured = audit.measure(clips)[["duration", "rms", "bandwidth", "snr"]]
    clips = clips.assign(n_frames=[len(each) for each in frames], **measured)
    parameters = {"data_dir": str(demo_dir), "epochs": 1, "seed": 0}
    run = run_folder.start(path, parameters, clips, settings=settings, emotions=EMOTIONS)
    normalizer = FeatureNormalizer().fit(np.array(frames, dtype=object)[clips["part"] == "train"])
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
    arguments = {"n_bands": 64, "n_classes": len(EMOTIONS), "max_seq_length": 20, "seed": 3} | choices
    run.save_model(arguments, net)
    predictions = Emotions(EMOTIONS).predictions(clips, said(run, frames))
    lay(run.path, "history.csv", "train.log")
    calibration = {"calibration": {"temperature": 1.5}}
    vectors = np.random.default_rng(0).normal(size=(len(clips), embeddings(net).output_shape[1]))
    run.finish(predictions, metrics.summary(predictions, EMOTIONS) | calibration, vectors)
    return run_folder.Run.open(path)
