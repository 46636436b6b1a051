"""Heads found at once: the last layer of a network whose other layers learn nothing, from the statistics of its clips.

What frames of a pre-trained encoder need is a line between the classes, and that has a solution: no epochs, no seed.
It is kept as the weights of the last layer, so that the run is as any other.

A head is a function (x, y, n_classes) → (kernel, bias) and a line in `HEADS`:

    x: float64 (n, d), statistics of the training clips, of frames that were normalised; d > n is usual.
    y: int (n,), classes.
    kernel, bias: float64 (d, n_classes) and (n_classes,); `x @ kernel + bias` are logits.
"""

import math

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from emokit import calibration, model
from emokit.batches import Batches
from emokit.callbacks import Log, Reading
from emokit.run_folder import Run

SHRINKAGE = 0.6  # of the covariance within classes; chosen on training speakers by benchmarks/encoder.py
STRENGTH = 0.1  # C of the logistic regression, likewise
N_FOLDS = 5  # groups of speakers, for answers about speakers who were not learned from


def lda(x: np.ndarray, y: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Linear discriminant analysis, classes counting alike, the covariance shrunk towards a sphere.

    As scikit-learn's with `solver="lsqr", shrinkage=0.6` where classes have equal numbers. With fewer clips than
    statistics an n × n system is solved in place of the d × d one, by the identity of Woodbury.
    """
    mean = np.stack([x[y == k].mean(axis=0) for k in range(n_classes)])
    rest = x - mean[y]
    n, d = rest.shape
    ridge = SHRINKAGE * np.square(rest).mean()
    rest *= np.sqrt((1 - SHRINKAGE) / n)
    if n < d:
        kernel = (mean.T - rest.T @ np.linalg.solve(ridge * np.eye(n) + rest @ rest.T, rest @ mean.T)) / ridge
    else:
        kernel = np.linalg.solve(ridge * np.eye(d) + rest.T @ rest, mean.T)
    return kernel, -0.5 * np.einsum("dk,kd->k", kernel, mean)


def logistic(x: np.ndarray, y: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression with a penalty on squared weights, classes counting alike."""
    found = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(x, y)
    if n_classes > 2:
        return found.coef_.T, found.intercept_
    return np.vstack([-found.coef_, found.coef_]).T / 2, np.array([-1, 1]) * found.intercept_ / 2


HEADS = {"lda": lda, "logistic": logistic}


def solve(head: str, x: np.ndarray, y: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias that a head finds.

    Raises:
        ValueError: for a class without a clip, naming its number.
    """
    if absent := sorted({*range(n_classes)} - {*y}):
        raise ValueError(f"No training clip is of class {absent[0]}; leave the class out, or take another split.")
    return HEADS[head](x, y, n_classes)


def cross_fitted(head: str, x: np.ndarray, y: np.ndarray, n_classes: int, speakers: np.ndarray) -> np.ndarray:
    """What heads that were fitted on other speakers say of each clip: logits, float64 (n, n_classes).

    Args:
        head: a name of `HEADS`.
        x: float (n, d), statistics of the clips.
        y: int (n,), their classes.
        n_classes: how many there are.
        speakers: (n,), who speaks; they are dealt into five groups, or one each where they are fewer.

    Raises:
        ValueError: when a class is spoken by one group alone.
    """
    said = np.empty((len(x), n_classes))
    folds = GroupKFold(min(N_FOLDS, len(np.unique(speakers))))
    for rest, fold in folds.split(x, y, speakers):
        kernel, bias = solve(head, x[rest], y[rest], n_classes)
        said[fold] = x[fold] @ kernel + bias
    return said


def fit(head: str, net, train: Batches, dev: Batches, run: Run) -> None:
    """Give a network its last layer, in place of `fit` of Keras; the run keeps the same of it, a history of one epoch.

    The logits are divided by the temperature that answers about speakers who were not learned from ask for, within
    the training part, since a line through more dimensions than clips is far too sure of the clips it knows.

    Args:
        head: a name of `HEADS`.
        net: from `build_model`, compiled; the body should have nothing to learn ("statistics", "quarters").
        train: batches of the training part, not augmented.
        dev: batches of dev; nothing is chosen by them here.
        run: made by `run_folder.start`, its inputs saved; a complete one is left as it is.

    Raises:
        LeakError: if the readers hold other clips than those parts of the run.
    """
    if run.complete:
        return
    reading, log = Reading(run, train, dev), Log(run, len(train.clips), train.target.monitor)
    for watcher in (reading, log):
        watcher.set_model(net)
    log.on_epoch_begin(0)
    x, y, speakers = _read(net, train)
    n_classes = len(train.target.names)
    kernel, bias = solve(head, x, y, n_classes)
    warmth = _temperature(head, x, y, n_classes, speakers)
    kernel, bias = kernel / warmth, bias / warmth
    net.get_layer("probabilities").set_weights([kernel, bias])
    measured = {f"val_{name}": value for name, value in net.evaluate(dev, verbose=0, return_dict=True).items()}
    learned = net.evaluate(train, verbose=0, return_dict=True) | {"learning_rate": math.nan}  # no steps
    log.on_epoch_end(0, learned | measured)
    log.write()
    reading.epochs = 1
    reading.keep()


def speakers_of(clips: pd.DataFrame) -> np.ndarray:
    """Who speaks each clip, str (n,); a clip of nobody who is known stands for a speaker of its own."""
    return clips["speaker"].astype("object").where(clips["speaker"].notna(), clips["file"]).astype("str").to_numpy()


def _temperature(head: str, x: np.ndarray, y: np.ndarray, n_classes: int, speakers: np.ndarray) -> float:
    """From answers about other speakers; about other clips, where one group of speakers has all of a class; else 1."""
    for groups in (speakers, np.arange(len(y))):
        try:
            return calibration.temperature_of(cross_fitted(head, x, y, n_classes, groups), y)
        except ValueError:  # nothing remains of a class, or there is one speaker
            continue
    return 1.0


def _read(net, train: Batches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Statistics (n, d), classes and speakers of what the batches hold, a row a clip or window."""
    of_clip, speakers = model.embeddings(net), speakers_of(train.clips)
    rows, x, y = [], [], []
    for index in range(len(train)):
        inputs, truth = train[index]
        rows.append(train.rows(index))
        x.append(of_clip.predict_on_batch(inputs))
        y.append(truth if truth.ndim == 1 else truth.argmax(axis=1))
    return np.concatenate(x).astype(np.float64), np.concatenate(y), speakers[np.concatenate(rows)]
