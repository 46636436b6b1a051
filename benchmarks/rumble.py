"""What an offset or mains hum does to a model, by how rumble is taken off before framing: UAR on dev, never on test.

    python benchmarks/rumble.py ravdess DATA_DIR [--fold 2] [--epochs 60]

For each way a network is trained on the clips as they are (four convolutions, Adam 0.001, dropout 0.3) and asked about
the dev clips as they are, and with what no audit would notice: an offset of 0.002 of full scale, hum of 0.002 at 50 and
60 Hz.
"""

import argparse
import datetime
import os
import platform
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import scipy.signal

from emokit import (
    FeatureNormalizer,
    audio,
    augment,
    build_model,
    callbacks,
    corpora,
    emotions,
    metrics,
    splits,
    targets,
)  # fmt: skip
from emokit.batches import Batches
from emokit.features import LogMelSettings

FAINT = 0.002  # of full scale


def high_pass(order: int, frequency: float) -> Callable[[np.ndarray], np.ndarray]:
    sections = scipy.signal.butter(order, frequency, "highpass", fs=audio.RATE, output="sos")
    settled = scipy.signal.sosfilt_zi(sections)
    return lambda samples: scipy.signal.sosfilt(sections, samples, zi=settled * samples[0])[0].astype(np.float32)


def hum(frequency: float) -> Callable[[np.ndarray], np.ndarray]:
    turn = 2 * np.pi * frequency / audio.RATE
    return lambda x: x + np.float32(FAINT) * np.cos(turn * np.arange(len(x))).astype(np.float32)


WAYS = {
    "nothing": lambda samples: samples,
    "mean": lambda samples: samples - samples.mean(),
    "order 4, 80 Hz": high_pass(4, 80),
    "order 4, 100 Hz": high_pass(4, 100),
    "order 8, 100 Hz": high_pass(8, 100),
}
FAULTS = {"as it is": lambda x: x, "offset": lambda x: x + np.float32(FAINT), "50 Hz": hum(50), "60 Hz": hum(60)}


def frames(samples: np.ndarray) -> np.ndarray:
    return LogMelSettings(high_pass=0).placed(samples)[0]


def trained(clips: pd.DataFrame, log_mels: dict, names: list[str], epochs: int) -> tuple:
    train, dev = (clips[clips["part"] == part] for part in ("train", "dev"))
    normalizer = FeatureNormalizer().fit(log_mels[i] for i in train.index)
    target = targets.Emotions(names)
    reading = dict(target=target, normalizer=normalizer, max_length=320, batch_size=16)
    learn = Batches(log_mels, train, shuffle=True, augment=augment.LOG_MEL, **reading)
    choose = Batches(log_mels, dev, **reading)
    net = build_model(64, len(names), dropout=0.3)
    net.compile(keras.optimizers.Adam(0.001), target.loss, metrics=callbacks.measures(target))
    watching = [callbacks.EarlyStopping(15), callbacks.ReduceOnPlateau(5)]
    net.fit(learn, validation_data=choose, epochs=epochs, callbacks=watching, shuffle=False, verbose=0)
    return net, reading


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--fold", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=60)
    arguments = parser.parse_args()

    clips = splits.assign(corpora.load(arguments.corpus, arguments.data_dir), fold=arguments.fold)
    clips = clips[clips["part"] != "test"]
    names, dev = emotions.in_order(clips["emotion"]), clips[clips["part"] == "dev"]
    samples = {i: audio.read(file) for i, file in clips["file"].items()}
    rows = {}
    for way, clean in WAYS.items():
        net, reading = trained(clips, {i: frames(clean(x)) for i, x in samples.items()}, names, arguments.epochs)
        for fault, spoil in FAULTS.items():
            heard = {i: frames(clean(spoil(samples[i]))) for i in dev.index}
            p = net.predict(Batches(heard, dev, **reading), verbose=0)
            score = metrics.uar(dev["emotion"], np.array(names)[p.argmax(axis=1)])
            told = f"{100 * score:.1f} % ({np.median([len(x) for x in heard.values()]):.0f} frames)"
            rows.setdefault(way, {})[fault] = told
        print(pd.DataFrame(rows).T.to_string(), flush=True)
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
