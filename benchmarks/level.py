"""What it does to a model if every clip is brought to one level before it is read: UAR on dev, never on test.

    python benchmarks/level.py ravdess DATA_DIR [--folds 2 5] [--seeds 0 1] [--epochs 25]

For each fold and seed two networks are trained (four convolutions, Adam 0.001, dropout 0.3): on the clips as they are,
and on clips of which each has the log of its mean power taken off. Then they are asked about the dev clips as they are,
and played softer and louder: how many answers stay the same?
"""

import argparse
import datetime
import os
import platform
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from scipy.special import logsumexp

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
)
from emokit.batches import Batches
from emokit.features import LogMelSettings

GAINS = (-20, -10, 6)  # dB
SETTINGS = LogMelSettings()


def as_it_is(frames: np.ndarray) -> np.ndarray:
    return frames


def levelled(frames: np.ndarray) -> np.ndarray:
    return frames - np.float32(logsumexp(frames) - np.log(frames.size))


def log_mels(samples: pd.Series, gain: float) -> dict:
    """Frames of samples that are played so many dB louder, and cut at full scale as a file would be."""
    return {i: SETTINGS.placed(np.clip(x * np.float32(10 ** (gain / 20)), -1, 1))[0] for i, x in samples.items()}


def answers(clips: pd.DataFrame, heard: dict, way, seed: int, epochs: int) -> pd.DataFrame:
    """What a network says of the dev clips, a column a gain; trained on the clips as they are."""
    train, dev = (clips[clips["part"] == part] for part in ("train", "dev"))
    names = emotions.in_order(clips["emotion"])
    heard = {gain: {i: way(frames) for i, frames in frames_of.items()} for gain, frames_of in heard.items()}
    target, normalizer = targets.Emotions(names), FeatureNormalizer().fit(heard[0][i] for i in train.index)
    reading = dict(target=target, normalizer=normalizer, max_length=320, batch_size=16, seed=seed)
    learn = Batches(heard[0], train, shuffle=True, augment=augment.LOG_MEL, **reading)
    net = build_model(64, len(names), dropout=0.3, seed=seed)
    net.compile(keras.optimizers.Adam(0.001), target.loss, metrics=callbacks.measures(target))
    watching = [callbacks.EarlyStopping(15), callbacks.ReduceOnPlateau(5)]
    choose = Batches(heard[0], dev, **reading)
    net.fit(learn, validation_data=choose, epochs=epochs, callbacks=watching, shuffle=False, verbose=0)
    said = {gain: net.predict(Batches(heard[gain], dev, **reading), verbose=0).argmax(axis=1) for gain in heard}
    return pd.DataFrame({gain: np.array(names)[which] for gain, which in said.items()}, dev.index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", default=[2, 5])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--epochs", type=int, default=25)
    arguments = parser.parse_args()

    corpus = corpora.load(arguments.corpus, arguments.data_dir)
    samples, rows = corpus["file"].map(audio.read), []
    as_recorded = log_mels(samples, 0)
    for fold in arguments.folds:
        clips = splits.assign(corpus, fold=fold).query("part != 'test'")
        dev = clips[clips["part"] == "dev"]
        heard = {0: as_recorded} | {gain: log_mels(samples[dev.index], gain) for gain in GAINS}
        for seed in arguments.seeds:
            for way in (as_it_is, levelled):
                said = answers(clips, heard, way, seed, arguments.epochs)
                row = {"fold": fold, "seed": seed, "way": way.__name__, "UAR": metrics.uar(dev["emotion"], said[0])}
                row |= {f"same at {gain:+d} dB": (said[gain] == said[0]).mean() for gain in GAINS}
                row |= {f"UAR at {gain:+d} dB": metrics.uar(dev["emotion"], said[gain]) for gain in GAINS}
                rows.append(row)
                print(
                    {name: value if isinstance(value, str | int) else round(value, 3) for name, value in row.items()},
                    flush=True,
                )
    table = pd.DataFrame(rows).drop(columns=["fold", "seed"]).groupby("way", sort=False).mean()
    print((100 * table).round(1).T.to_string())
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
