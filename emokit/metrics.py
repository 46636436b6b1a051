"""How well the emotions were told apart: recalls, their mean (UAR), and how sure one can be of it."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from emokit import emotions as vocabulary
from emokit import intervals, probability_columns

MIN_SPEAKERS = 6  # what benchmarks/interval_coverage.py begins at; fewer say little of how speakers differ
MIN_SPEAKERS_OF_A_CLASS = 3  # of two, the difference is one number
# Of the speakers, as how many they must count (Kish 1965): 8, of whom one has 3 x the clips of another, count as 6.2.
MIN_EVENNESS = 0.75


def confusion(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> pd.DataFrame:
    """Count the clips of each emotion (rows, the truth) by what they were taken for (columns).

    Args:
        truth: emotion of each clip, (n,).
        predicted: emotion that was predicted for it, (n,).
        emotions: order of rows and columns; those that occur, in vocabulary order, if not given.

    >>> confusion(["sad", "sad", "happy"], ["sad", "happy", "happy"], ["happy", "sad"]).to_numpy().tolist()
    [[1, 0], [1, 1]]
    """
    if len(truth) != len(predicted):
        raise ValueError(f"There are {len(truth)} true and {len(predicted)} predicted emotions; expected as many.")
    emotions = vocabulary.in_order({*truth, *predicted}) if emotions is None else list(emotions)
    unknown = sorted({*truth, *predicted} - set(emotions))
    if unknown:
        raise ValueError(f"{unknown} is not among the emotions {emotions}.")
    rows, columns = (pd.Index(list(names), dtype=object) for names in (truth, predicted))
    counts = pd.crosstab(rows, columns, rownames=["truth"], colnames=["predicted"])
    return counts.reindex(index=emotions, columns=emotions, fill_value=0)


def shares(matrix: pd.DataFrame) -> pd.DataFrame:
    """Each count of a confusion matrix as share of its true class, in 0 … 1; NaN in the row of one without clips."""
    totals = matrix.sum(axis=1)
    return matrix.div(totals.where(totals > 0), axis=0)


def worst_confusions(matrix: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    """The largest share of a class that is taken for another, several where they tie, or none.

    Args:
        matrix: counts as `confusion` gives them.

    Returns:
        (truth, predicted, clips, of how many) for each.

    >>> worst_confusions(confusion(["sad", "sad", "happy"], ["sad", "happy", "happy"]))
    [('sad', 'happy', 1, 2)]
    """
    mistaken = shares(matrix).fillna(0).to_numpy(copy=True)
    np.fill_diagonal(mistaken, 0)
    places = np.argwhere((mistaken == mistaken.max(initial=0)) & (mistaken > 0))
    totals = matrix.sum(axis=1)
    return [(matrix.index[a], matrix.columns[b], int(matrix.iloc[a, b]), int(totals.iloc[a])) for a, b in places]


def recall(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> pd.Series:
    """Recall of each emotion: right clips / clips of that emotion, in 0 … 1; NaN for one that `truth` never holds.

    >>> recall(["sad", "sad", "happy"], ["sad", "happy", "happy"]).to_dict()
    {'happy': 1.0, 'sad': 0.5}
    """
    matrix = shares(confusion(truth, predicted, emotions))
    return pd.Series(np.diag(matrix), matrix.index, name="recall")


def uar(truth: Sequence[str], predicted: Sequence[str], emotions: Sequence[str] | None = None) -> float:
    """Unweighted average recall: the mean recall of the emotions present in `truth`, in 0 … 1.

    Equal to scikit-learn's balanced accuracy. Chance is 1 / number of emotions, however unequal their counts.

    >>> uar(["sad", "sad", "sad", "happy"], ["sad", "sad", "sad", "sad"])
    0.5
    """
    return float(recall(truth, predicted, emotions).mean())


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 of the emotions that occur in either, in 0 … 1; equal to scikit-learn's `f1_score(average="macro")`."""
    matrix = confusion(truth, predicted)
    return float((2 * pd.Series(np.diag(matrix), matrix.index) / (matrix.sum(axis=0) + matrix.sum(axis=1))).mean())


def of_test(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows of part "test", of a table of several parts; one of a single part, or without, stays as it is."""
    if "part" not in predictions or predictions["part"].nunique() < 2:
        return predictions
    return predictions[predictions["part"] == "test"]


def interval(predictions: pd.DataFrame) -> tuple[float, float]:
    """95 % interval of the UAR over speakers, for these trained models.

    It tells how far the UAR might move with other speakers like these. It does not tell how far it would with models
    that were trained anew: more seeds and folds do. By the jackknife, `intervals.of_mean`. A recording that stands in
    the table twice does not narrow it, since it counts speakers.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`; `run` where several were pooled.

    Returns:
        (low, high) in 0 … 1; (NaN, NaN) where `why_no_interval` says why.
    """
    return (math.nan, math.nan) if why_no_interval(predictions) else intervals.of_mean(*by_speaker(predictions))


def difference(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, float, float]:
    """How far the UAR of one method lies above another's, with its 95 % interval over speakers who were asked by both.

    Paired by speaker, `intervals.of_difference`; only clips that both answered count. Answers of several seeds may
    stand below each other, each clip as often as all others: then it is the difference of the means over seeds.

    Args:
        one: of one part, columns `file`, `emotion`, `predicted`, `speaker`; `run` where several were pooled.
        other: the same of the other method.

    Returns:
        difference, low, high in -1 … 1; low and high are NaN where `why_no_interval` says why.

    Raises:
        ValueError: when no clip is in both.
    """
    shared = set(one["file"]) & set(other["file"])
    if not shared:
        raise ValueError("The two have no clip in common, so they cannot be compared; give answers of the same test.")
    one, other = (table[table["file"].isin(shared)] for table in (one, other))
    higher = uar(one["emotion"], one["predicted"]) - uar(other["emotion"], other["predicted"])
    if why_no_interval(one):
        return higher, math.nan, math.nan
    hits, total, runs = by_speaker(one)
    others, total_of_others, _ = by_speaker(other)
    others = others * np.divide(total, total_of_others, out=np.ones_like(total), where=total > 0)  # of as many seeds
    return higher, *intervals.of_difference(hits, others, total, runs)


def recall_intervals(predictions: pd.DataFrame) -> pd.DataFrame:
    """The same for each recall, by `intervals.of_recalls`.

    Returns:
        A row an emotion that occurs: `low`, `high`, 0 … 1; no row at all where `interval` is NaN.
    """
    if why_no_interval(predictions):
        return pd.DataFrame(columns=["low", "high"], dtype=float)
    low, high = intervals.of_recalls(*by_speaker(predictions))
    return pd.DataFrame({"low": low, "high": high}, index=sorted(predictions["emotion"].unique()))


def why_no_interval(predictions: pd.DataFrame) -> str:
    """Why there is no interval over the speakers of these predictions, in a few words; "" where there is one."""
    speakers = predictions["speaker"]
    if predictions.empty:
        return "there are no clips"
    if speakers.isna().all():
        return "speakers unknown"
    if speakers.isna().any():
        return f"speaker unknown in {speakers.isna().sum()} of {len(speakers)} clips"
    if speakers.nunique() < MIN_SPEAKERS:
        return f"{whose(predictions)}, at least {MIN_SPEAKERS} are needed"
    by_class = speakers.groupby(predictions["emotion"]).nunique()
    if by_class.min() < MIN_SPEAKERS_OF_A_CLASS:
        few = f"too few speakers of {by_class.idxmin()}: {by_class.min()}"
        return f"{few}, at least {MIN_SPEAKERS_OF_A_CLASS} are needed"
    clips = speakers.value_counts()
    effective = clips.sum() ** 2 / (clips**2).sum()
    if effective < MIN_EVENNESS * len(clips):
        return f"the clips are too unevenly spread: {len(clips)} speakers, as if of {effective:.1f}"
    return ""


def whose(predictions: pd.DataFrame) -> str:
    """Whose clips these are: "6 speakers", "unknown speakers", or both."""
    speakers = predictions["speaker"]
    known = [f"{(n := speakers.nunique())} speaker{'s' * (n != 1)}"] if speakers.notna().any() or speakers.empty else []
    return " and ".join(known + ["unknown speakers"] * bool(speakers.isna().any()))


def part_of(predictions: pd.DataFrame) -> str:
    """The part that all of these predictions are of; "" where they are of several, or it is not known."""
    parts = predictions["part"].unique() if "part" in predictions else []
    return parts[0] if len(parts) == 1 else ""


def name_of_interval(predictions: pd.DataFrame) -> str:
    """What the interval of these predictions is called wherever it is shown."""
    return f"95 % interval over {part_of(predictions) or 'test'} speakers, for these trained models"


def by_speaker(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right clips and all clips (speakers, emotions that occur by alphabet), and the run of each speaker."""
    predictions = predictions.reset_index(drop=True)  # runs that were pooled repeat their numbers
    right = predictions["emotion"] == predictions["predicted"]
    total = pd.crosstab(predictions["speaker"], predictions["emotion"])
    hits = pd.crosstab(predictions["speaker"], predictions["emotion"], values=right, aggfunc="sum").fillna(0)
    runs = np.zeros(len(total))
    if "run" in predictions:
        run_of = predictions.groupby("speaker")["run"]
        first = run_of.first()
        # Of a run with one speaker nothing tells how speakers differ; then runs count as one, which is too wide if any.
        if run_of.nunique().eq(1).all() and first.value_counts().min() > 1:
            runs = first.to_numpy()
    return hits.to_numpy(float), total.to_numpy(float), runs


def recalls_by_speaker(predictions: pd.DataFrame) -> pd.DataFrame:
    """The recalls of each speaker, the best heard first.

    Args:
        predictions: columns `emotion`, `predicted`, `speaker`, and `sex` where known; clips of unknown speakers are
            left out.

    Returns:
        A row a speaker: the recall of each class, 0 … 1, NaN for one without clips; their mean `uar`; `sex`, "" where
        unknown; `clips`.
    """
    names, rows = classes(predictions), {}
    for speaker, own in predictions.groupby("speaker"):
        recalls = recall(own["emotion"], own["predicted"], names)
        sex = own["sex"].dropna() if "sex" in own else ()
        sex = str(sex.iloc[0]) if len(sex) else ""
        rows[speaker] = {**recalls, "uar": recalls.mean(), "sex": sex, "clips": len(own)}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*names, "uar", "sex", "clips"])
    return table.rename_axis("speaker").sort_index().sort_values("uar", ascending=False, kind="stable")


def headline(predictions: pd.DataFrame, *, speaker_dependent: bool = False, transductive: bool = False) -> str:
    """Say the UAR of these predictions in one sentence, with its interval or the reason why there is none.

    Args:
        predictions: of one part; chance is 1 / the classes of the model.
        speaker_dependent: as the proof of the run says (of any, if several); the sentence then ends with it.
        transductive: likewise, where frames are normalised by all clips of each speaker.
    """
    if predictions.empty:
        return "No UAR: there are no clips"
    score, known = uar(predictions["emotion"], predictions["predicted"]), classes(predictions)
    low, high = interval(predictions)
    how_sure = f"{name_of_interval(predictions)}: {100 * low:.1f} to {100 * high:.1f}"
    if math.isnan(low):
        how_sure = f"no interval: {why_no_interval(predictions)}"
    n = f"{len(predictions)} clips of {whose(predictions)}, chance {100 / len(known):.1f}"
    absent = [name for name in known if name not in set(predictions["emotion"])]
    missing = f", no clip is {' or '.join(absent)}" if absent else ""
    conditions = ", SPEAKER-DEPENDENT" * speaker_dependent + ", by speaker (transductive)" * transductive
    return f"UAR {100 * score:.1f} % ({how_sure}; {n}{missing}){conditions}"


def results_by(predictions: pd.DataFrame, column: str) -> pd.DataFrame:
    """The result of each group of clips, such as each corpus.

    Args:
        predictions: as for `interval`.
        column: what to group by, such as "corpus"; clips without it are left out.

    Returns:
        A row a group: `uar`, `low` and `high` of its interval (NaN as in `interval`), `clips`, `speakers`.
    """
    rows, columns = {}, ["uar", "low", "high", "clips", "speakers"]
    for name, clips in predictions.groupby(column) if column in predictions else ():
        score = uar(clips["emotion"], clips["predicted"])
        rows[name] = [score, *interval(clips), len(clips), clips["speaker"].nunique()]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(column)


def pool(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the predictions of several runs under each other, such as the folds of one corpus, with a column `run`.

    Args:
        runs: predictions by the name of the run.

    Raises:
        ValueError: if two runs tell other classes apart, or have a test clip in common, which would count twice; a
            recording is known by its `digest` where all have one, else by its file.
    """
    (first, one), *others = runs.items()
    for name, other in others:
        ours, theirs = (", ".join(classes(table)) for table in (one, other))
        if {*classes(one)} != {*classes(other)}:
            raise ValueError(f"{first} tells {ours} apart, {name} {theirs}; evaluate them one by one.")
    pooled = pd.concat([table.assign(run=name) for name, table in runs.items()], ignore_index=True)
    test = pooled[pooled["part"] == "test"]
    by_digest = "digest" in test and test["digest"].notna().all()
    in_runs = test.groupby("digest" if by_digest else "file")["run"].unique()
    twice = in_runs[in_runs.str.len() > 1]
    if len(twice):
        what = f"{' and '.join(twice.iloc[0][:2])} have {len(twice)} test clips in common"
        raise ValueError(f"{what}, which would count twice; evaluate them one by one.")
    return pooled


def pool_seeds(tables: Mapping[tuple[int, str], pd.DataFrame]) -> pd.DataFrame:
    """Predictions of several folds and seeds below each other, with `seed` and, the same for all seeds, `run`.

    A fold of several seeds counts as one model, the mean of them: an interval compares speakers within a fold.

    Args:
        tables: predictions by seed and name of the fold; each fold of as many seeds, for a mean over them.
    """
    return pd.concat([table.assign(seed=seed, run=fold) for (seed, fold), table in tables.items()], ignore_index=True)


def mistakes(predictions: pd.DataFrame) -> pd.DataFrame:
    """The clips that were taken for another emotion, the highest loss first, like ones by file."""
    wrong = predictions[predictions["emotion"] != predictions["predicted"]]
    return wrong.sort_values(["loss", "file"], ascending=[False, True])


def with_clips(predictions: pd.DataFrame, clips: pd.DataFrame) -> pd.DataFrame:
    """Predictions joined by `file` with what else is known of their clips (sex, sentence, duration …).

    Args:
        predictions: as `Run.predictions` gives them.
        clips: as `Run.clips` gives them, more than those predicted, or some of them twice.

    Raises:
        ValueError: naming a clip that is not in `clips`.
    """
    known = clips.drop_duplicates("file").set_index("file")
    missing = predictions.loc[~predictions["file"].isin(known.index), "file"]
    if len(missing):
        what = f"{missing.iloc[0]} is predicted but not among the {len(clips)} clips"
        raise ValueError(f"{what}; give the clips of the same run, `Run.clips`.")
    return predictions.join(known[[column for column in known if column not in predictions]], on="file")


def classes(predictions: pd.DataFrame) -> list[str]:
    """The classes of the model, in its order, by its probabilities; without any, the emotions that occur."""
    named = probability_columns.classes(predictions)
    return named or vocabulary.in_order({*predictions["emotion"], *predictions["predicted"]})


def probabilities(predictions: pd.DataFrame) -> pd.DataFrame:
    """The probabilities of the classes, (n, k), named by the class."""
    names = probability_columns.classes(predictions)
    return predictions[probability_columns.of(names)].set_axis(names, axis=1)


def summary(predictions: pd.DataFrame, emotions: Sequence[str]) -> dict:
    """Sum up the test part for `metrics.json`: uar, its interval, accuracy, macro_f1, recalls, n, n_speakers.

    Args:
        predictions: any parts; only rows of part "test" count.
        emotions: the classes of the model.
    """
    test = predictions[predictions["part"] == "test"]
    recalls = recall(test["emotion"], test["predicted"], emotions)
    return {
        "uar": float(recalls.mean()),
        **dict(zip(("uar_low", "uar_high"), interval(test), strict=True)),
        "accuracy": float((test["emotion"] == test["predicted"]).mean()),
        "macro_f1": macro_f1(test["emotion"], test["predicted"]),
        "recall": recalls.to_dict(),
        "n": len(test),
        "n_speakers": int(test["speaker"].nunique()),
    }
