"""How well the emotions were told apart: recalls, their mean (UAR), and how sure one can be of it."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from emokit import emotions as vocabulary

N_DRAWS = 2000
MIN_SPEAKERS = 6  # with fewer, resampling speakers repeats so few combinations that the interval would be a fiction


def confusion(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> pd.DataFrame:
    """Count the clips of each emotion (rows, the truth) by what they were taken for (columns).

    Args:
        truth: emotion of each clip, (n,).
        predicted: emotion that was predicted for it, (n,).
        emotions: order of rows and columns; those that occur, in vocabulary order, if not given.
    """
    if len(truth) != len(predicted):
        raise ValueError(f"There are {len(truth)} true and {len(predicted)} predicted emotions; expected as many.")
    truth, predicted = list(truth), list(predicted)
    emotions = vocabulary.in_order({*truth, *predicted}) if emotions is None else list(emotions)
    unknown = sorted({*truth, *predicted} - set(emotions))
    if unknown:
        raise ValueError(f"{unknown} is not among the emotions {emotions}.")
    row = pd.Categorical(truth, categories=emotions).codes
    column = pd.Categorical(predicted, categories=emotions).codes
    counts = np.bincount(row.astype(int) * len(emotions) + column, minlength=len(emotions) ** 2)
    return pd.DataFrame(counts.reshape(len(emotions), -1), pd.Index(emotions, name="truth"), emotions).rename_axis(
        columns="predicted"
    )


def recall(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> pd.Series:
    """Recall of each emotion: right clips / clips of that emotion, in 0 … 1; NaN for one that `truth` never holds."""
    counts = confusion(truth, predicted, emotions)
    totals = counts.sum(axis=1)
    return pd.Series(np.diag(counts), counts.index).div(totals.where(totals > 0)).rename("recall")


def uar(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> float:
    """Unweighted average recall: the mean recall of the emotions present in `truth`, in 0 … 1.

    Equal to scikit-learn's balanced accuracy. Chance is 1 / number of emotions, however unequal their counts.
    """
    return float(recall(truth, predicted, emotions).mean())


def interval(predictions: pd.DataFrame, by: str = "speaker") -> tuple[float, float]:
    """95 % percentile bootstrap interval of the UAR, resampling speakers with all their clips.

    Clips of one voice are not independent, so resampling clips would make the interval too narrow
    (Efron & Tibshirani 1993, chapter 8: resample the independent units). 2,000 draws, fixed seed.

    Args:
        predictions: columns `emotion`, `predicted` and `by`.
        by: the column of the independent unit.

    Returns:
        (low, high); (NaN, NaN) for fewer than 6 speakers.
    """
    if predictions[by].nunique() < MIN_SPEAKERS:
        return math.nan, math.nan
    predictions = predictions.reset_index(drop=True)  # runs that were pooled repeat their numbers
    right = predictions["emotion"] == predictions["predicted"]
    total = pd.crosstab(predictions[by], predictions["emotion"])
    hits = pd.crosstab(predictions[by][right], predictions["emotion"][right])
    hits = hits.reindex(index=total.index, columns=total.columns, fill_value=0)
    n = len(total)
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=N_DRAWS)  # how often each speaker is drawn
    with np.errstate(invalid="ignore"):
        recalls = (draws @ hits.to_numpy()) / (draws @ total.to_numpy())  # (draws, emotions), NaN: none of that emotion
    low, high = np.quantile(np.nanmean(recalls, axis=1), [0.025, 0.975])
    return float(low), float(high)


def headline(predictions: pd.DataFrame) -> str:
    """Say the UAR of these predictions in one sentence, with its interval or the reason why there is none."""
    score = uar(predictions["emotion"], predictions["predicted"])
    n_speakers, n_emotions = predictions["speaker"].nunique(), predictions["emotion"].nunique()
    low, high = interval(predictions)
    if math.isnan(low):
        who = f"{n_speakers} speakers" if n_speakers else "speakers unknown"
        how_sure = f"no interval: {who}, at least {MIN_SPEAKERS} are needed"
    else:
        how_sure = f"95 % interval over speakers {100 * low:.1f} to {100 * high:.1f}"
    n = f"{len(predictions)} clips of {n_speakers} speakers, chance {100 / n_emotions:.1f}"
    return f"UAR {100 * score:.1f} % ({how_sure}; {n})"


def pool(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the predictions of several runs under each other, such as the folds of one corpus, with a column `run`.

    Args:
        runs: predictions by the name of the run.

    Raises:
        ValueError: if two runs tell other classes apart, or have a test clip in common, which would count twice.
    """
    (first, one), *others = runs.items()
    for name, other in others:
        if not one.columns.equals(other.columns):
            classes = [", ".join(c[2:] for c in table if c.startswith("p_")) for table in (one, other)]
            raise ValueError(f"{first} tells {classes[0]} apart, {name} {classes[1]}; evaluate them one by one.")
    pooled = pd.concat([table.assign(run=name) for name, table in runs.items()], ignore_index=True)
    test = pooled[pooled["part"] == "test"]
    twice = test[test.duplicated("file", keep=False)]
    if len(twice):
        names = " and ".join(twice["run"].unique()[:2])
        n = twice["file"].nunique()
        raise ValueError(f"{names} have {n} test clips in common, which would count twice; evaluate them one by one.")
    return pooled


def predictions(clips: pd.DataFrame, probabilities: np.ndarray, emotions: Sequence[str]) -> pd.DataFrame:
    """Join what a model said to the clips it was asked about.

    Args:
        clips: columns `file`, `speaker`, `part`, `emotion`, one row a clip.
        probabilities: float (n, k), rows in the order of the clips.
        emotions: the k classes in the order of the columns.

    Returns:
        `file`, `speaker`, `part`, `emotion`, `predicted`, `p_<emotion>` …, `loss` (cross-entropy in nats).
    """
    clips = clips[["file", "speaker", "part", "emotion"]].reset_index(drop=True)
    if probabilities.shape != (len(clips), len(emotions)):
        raise ValueError(f"Probabilities are {probabilities.shape}; expected ({len(clips)}, {len(emotions)}).")
    predicted = pd.Series(np.asarray(emotions, dtype=object)[probabilities.argmax(axis=1)], name="predicted")
    p = pd.DataFrame(probabilities, columns=[f"p_{emotion}" for emotion in emotions])
    of_truth = probabilities[np.arange(len(clips)), pd.Categorical(clips["emotion"], categories=list(emotions)).codes]
    loss = pd.Series(-np.log(np.maximum(of_truth, np.finfo(np.float32).tiny)), name="loss")
    return pd.concat([clips, predicted, p, loss], axis=1)


def summary(predictions: pd.DataFrame, emotions: Sequence[str]) -> dict:
    """Sum up the test part for `metrics.json`: uar, its interval, accuracy, recalls, n, n_speakers.

    Args:
        predictions: any parts; only rows of part "test" count.
        emotions: the classes of the model.
    """
    test = predictions[predictions["part"] == "test"]
    low, high = interval(test)
    recalls = recall(test["emotion"], test["predicted"], emotions)
    return {
        "uar": float(recalls.mean()),
        "uar_low": low,
        "uar_high": high,
        "accuracy": float((test["emotion"] == test["predicted"]).mean()),
        "recall": recalls.to_dict(),
        "n": len(test),
        "n_speakers": int(test["speaker"].nunique()),
    }
