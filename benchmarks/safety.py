"""What crash-safety costs: epochs with and without it in turns, in one run; and what deterministic operations cost.

    python benchmarks/safety.py [--rounds 5] [--clips 960]

Trains build_model on noise of RAVDESS's size (960 training clips, 3.2 s, 64 bands, 8 classes; the clips themselves may
not be shipped, and the time does not depend on what they say). Each round trains one epoch three times from the same
weights: bare, with what a run needs for its figures (what fit reads, early stopping, learning rate, NaN), and with
Checkpoint and Log on top, which save after the epoch and, once, within it. Order varies by round. Prints the median
seconds, the median of the paired ratios, and the seconds that one save takes; 3 % of the training time are allowed.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from emokit import FeatureNormalizer, build_model, callbacks, run_folder, targets
from emokit.batches import Batches
from emokit.features import LogMelSettings

EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
TARGET = targets.Emotions(EMOTIONS)
FRAMES, BANDS = 320, 64


def corpus(folder: Path, n_clips: int) -> tuple[list[np.ndarray], pd.DataFrame]:
    """Noise instead of log-mel frames, and the table of its clips: so many to train on, an eighth of them for dev."""
    rng = np.random.default_rng(0)
    part = ["train"] * n_clips + ["dev"] * (n_clips // 8)
    clips = pd.DataFrame({"file": [str(folder / f"{i:04}.wav") for i in range(len(part))], "part": part})
    clips["emotion"] = [EMOTIONS[i % 8] for i in range(len(part))]
    clips = clips.assign(speaker="noise/" + clips["part"], n_frames=FRAMES)
    return [rng.normal(size=(FRAMES, BANDS)).astype(np.float32) for _ in part], clips


def compiled() -> keras.Model:
    model = build_model(BANDS, 8)
    model.compile(keras.optimizers.Adam(0.0003), TARGET.loss, metrics=callbacks.measures(TARGET))
    return model


def epoch(model: keras.Model, train: Batches, dev: Batches, watching: list) -> float:
    """Seconds of one epoch."""
    begin = time.perf_counter()
    model.fit(train, validation_data=dev, epochs=1, shuffle=False, callbacks=watching, verbose=0)
    return time.perf_counter() - begin


def measure(folder: Path, n_clips: int, rounds: int) -> None:
    frames, clips = corpus(folder, n_clips)
    normalizer = FeatureNormalizer().fit(frames[:n_clips])
    train = Batches(frames, clips[:n_clips], TARGET, normalizer, max_length=FRAMES, shuffle=True)
    dev = Batches(frames, clips[n_clips:], TARGET, normalizer, max_length=FRAMES)
    model, seconds = compiled(), []
    epoch(model, train, dev, [])  # traces the graph
    half = epoch(model, train, dev, []) / 2 / 60
    for number in range(rounds):
        run = run_folder.start(
            *(folder / f"run{number}", {"data_dir": folder, "epochs": 1}, clips),
            settings=LogMelSettings(n_bands=BANDS),
        )
        run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
        *watching, checkpoint = callbacks.standard(run, train, dev, save_minutes=half)
        bare = [watcher for watcher in watching if not isinstance(watcher, callbacks.Log)]
        kinds = {"bare": [], "watched": bare, "safe": [*watching, checkpoint]}
        order = list(kinds)[number % 3 :] + list(kinds)[: number % 3]
        seconds.append({kind: epoch(model, train, dev, kinds[kind]) for kind in order})
        begin = time.perf_counter()
        checkpoint._save(1)
        seconds[-1]["one save"] = time.perf_counter() - begin
    table = pd.DataFrame(seconds)
    ratio = (table["safe"] / table["watched"]).median()
    print(table.median().round(3).to_string())
    print(f"safe / watched: {ratio:.4f}; two saves / epoch: {(2 * table['one save'] / table['watched']).median():.4f}")


def determinism(n_clips: int) -> None:
    """Steps before and after the switch, which cannot be turned back: the graph is traced again for each."""
    rng = np.random.default_rng(0)
    x = {"frames": rng.normal(size=(32, FRAMES, BANDS)).astype(np.float32), "lengths": np.full(32, FRAMES, np.int32)}
    labels, medians = rng.integers(0, 8, 32), []
    for switch in (lambda: None, callbacks.make_deterministic):
        switch()
        model = compiled()
        model.train_on_batch(x, labels)
        steps = []
        for _ in range(max(10, n_clips // 32)):
            begin = time.perf_counter()
            model.train_on_batch(x, labels)
            steps.append(time.perf_counter() - begin)
        medians.append(statistics.median(steps))
    usual, deterministic = medians
    print(f"a step {usual * 1000:.1f} ms, deterministic {deterministic * 1000:.1f} ms: {deterministic / usual:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clips", type=int, default=960)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.clips, arguments.rounds)
    determinism(arguments.clips)


if __name__ == "__main__":
    main()
