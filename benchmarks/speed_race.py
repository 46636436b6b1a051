"""The default network and the original stack learn a corpus, an epoch in turns: who is sooner as good?

    python benchmarks/speed_race.py SEED EPOCHS ARGUMENTS CORPUS DATA_DIR FOLD

Prints the CPU seconds that the default, and those that the original needed to reach the best dev UAR of the original.
The default learns as 02 lets it, its rate falling over EPOCHS; the original, four convolutions before a bidirectional
LSTM of 128 units with recurrent dropout, by Adam at a rate of 0.0003. One core.
"""

import json
import sys
import time

import keras
import numpy as np
from keras import layers
from speed_networks import ORIGINAL_UNITS, RECURRENT_DROPOUT

from emokit import FeatureNormalizer, build_model, class_weights, corpora, emotions, features, metrics, splits, targets
from emokit.batches import Batches
from emokit.callbacks import optimizer
from emokit.model import front_ends
from emokit.notebook_table import TABLE


def original(n_bands: int, n_classes: int) -> keras.Model:
    """The front end `conv1d`, then the recurrent part as it was."""
    frames = keras.Input((320, n_bands), name="frames")
    lengths = keras.Input((), dtype="int32", name="lengths")
    x, valid = front_ends.conv1d(frames, lengths, keras.regularizers.L2(0.001), iter(range(99)))
    lstm = layers.LSTM(ORIGINAL_UNITS, return_sequences=True, recurrent_dropout=RECURRENT_DROPOUT)
    x = layers.Dropout(0.5)(layers.Bidirectional(lstm)(layers.Dropout(0.5)(x), mask=valid))
    x = layers.GlobalAveragePooling1D()(x, mask=valid)
    return keras.Model({"frames": frames, "lengths": lengths}, layers.Dense(n_classes, "softmax")(x))


def recipe(target, n_updates: int) -> tuple:
    """Optimizer and loss that 02 takes if nothing is said."""
    usual = {name: TABLE[name].default for name in ("schedule", "learning_rate", "weight_decay")}
    loss = targets.smoothed(target.loss, TABLE["label_smoothing"].default)
    return optimizer(**usual, n_updates=n_updates), loss


def main(seed: int, epochs: int, arguments: dict, corpus: str, data_dir: str, fold: int) -> None:
    keras.utils.set_random_seed(seed)
    clips = splits.assign(corpora.load(corpus, data_dir), "speaker", 0, fold=fold)
    settings, is_train = features.LogMelSettings(), (clips["part"] == "train")
    found, names = features.extract(clips, settings, n_jobs=2), emotions.in_order(clips["emotion"])
    normalizer = FeatureNormalizer().fit(found[label] for label in clips.index[is_train])
    target, weights = targets.Emotions(names), class_weights.balanced(clips, names)
    reading = {"target": target, "normalizer": normalizer, "max_length": 320, "seed": seed}
    train = Batches(found, clips[is_train], shuffle=True, augment=settings.augment, **reading)
    dev = Batches(found, clips[clips["part"] == "dev"], **reading)
    size = settings.n_bands, len(names)
    contestants = [build_model(*size, seed=seed, **arguments), original(*size)]
    contestants[0].compile(*recipe(target, epochs * len(train)))
    contestants[1].compile(keras.optimizers.Adam(0.0003), target.loss)
    spent, heard = np.zeros((2, epochs)), np.zeros((2, epochs))
    for net in contestants:
        net.train_on_batch(*train[0])  # traces, on one batch: it counts for both
        net.predict(dev, verbose=0)
    for epoch in range(epochs):
        for place, net in enumerate(contestants):
            train.epoch, begin = epoch, time.process_time()
            net.fit(train, shuffle=False, class_weight=weights, verbose=0)
            spent[place, epoch] = time.process_time() - begin
            said = target.predictions(dev.clips, net.predict(dev, verbose=0))
            heard[place, epoch] = metrics.uar(said["emotion"], said["predicted"])
    goal = heard[1].max()
    print(json.dumps([_until(spent[place], heard[place] >= goal) for place in range(2)] + [goal]))


def _until(seconds: np.ndarray, reached: np.ndarray) -> float | None:
    return float(seconds[: np.argmax(reached) + 1].sum()) if reached.any() else None


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]), *sys.argv[4:6], int(sys.argv[6]))
