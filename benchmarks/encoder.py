"""Frames of a pre-trained encoder: which layer, statistics, head and normalisation, and how many clips tell a voice.

    python benchmarks/encoder.py ravdess DATA_DIR --folds 2 4 5 6
    python benchmarks/encoder.py emodb DATA_DIR --encoder FOLDER --layers 6 9 12

Prints tables and keeps them in outputs/benchmarks/encoder.json, and the curve in docs/images/enrolled.png. What is said
to be "nested" is chosen by: the training speakers of each fold are dealt into four groups, each of which is asked about
once by a head that learned from the other three; the fold's test is not looked at. One choice is made for all folds,
though, and who is tested in one teaches in the others. The test speakers are asked in the last two tables alone, by
heads that learned from all others (train and dev).
"""

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import results_page
from encoder_heads import FITS
from encoder_voices import Pooled, scaled, statistics
from scipy.special import softmax
from sklearn.model_selection import GroupKFold

from emokit import calibration, corpora, metrics, probability_columns, splits
from emokit.features import EncoderSettings, extract
from emokit.heads import SHRINKAGE, lda
from emokit.plots import style
from emokit.speakers import PRIOR

PROJECT = Path(__file__).resolve().parents[1]
STATISTICS = {"mean": "m", "mean, deviation": "md", "mean, deviation, quarters": "mdq"}
PRIORS = (0.0, 100.0, 300.0, 1000.0)
ENROLLED = (1, 2, 4, 8, 16)
MODES = ("corpus", "speaker")
NESTED = (
    "Nested: training speakers of each fold, asked by heads that did not learn from them; but one choice is made for "
    "all folds, and the test speakers of one are training speakers of the others."
)


class Asked(NamedTuple):
    """Who learns and who is asked: rows of the clips, and the name of the model."""

    run: str
    train: np.ndarray
    test: np.ndarray


def test_folds(clips: pd.DataFrame, folds: list[int]) -> list[Asked]:
    """The folds with all speakers but those of the test in training."""
    asked = []
    for fold in folds:
        test = splits.assign(clips, "speaker", 0, fold=fold)["part"].reindex(clips.index) == "test"
        asked.append(Asked(str(fold), np.flatnonzero(~test & clips["speaker"].notna()), np.flatnonzero(test)))
    return asked


def nested(clips: pd.DataFrame, folds: list[int]) -> list[Asked]:
    """Within the training speakers of each fold: four groups of speakers, each asked about once."""
    asked = []
    for fold in test_folds(clips, folds):
        speakers = clips["speaker"].to_numpy()[fold.train]
        groups = GroupKFold(min(4, len(np.unique(speakers))))
        for train, dev in groups.split(fold.train, groups=speakers):
            asked.append(Asked(fold.run, fold.train[train], fold.train[dev]))
    return asked


def told(clips: pd.DataFrame, logits: np.ndarray, rows: np.ndarray, run: str) -> pd.DataFrame:
    """Predictions of these rows as `emokit.metrics` reads them."""
    names = sorted(clips["emotion"].unique())
    predictions = clips.iloc[rows][["file", "emotion", "speaker"]].reset_index(drop=True).assign(run=run)
    predictions["predicted"] = np.array(names)[logits.argmax(axis=1)]
    return predictions.assign(**dict(zip(probability_columns.of(names), softmax(logits, axis=1).T, strict=True)))


def answers(clips, pooled: list[Pooled], asked: list[Asked], *, kinds="md", mode="corpus", fit=lda) -> pd.DataFrame:
    """What heads say of all who are asked, one below the other; `mode` normalises frames by corpus or by speaker."""
    y = pd.Categorical(clips["emotion"]).codes
    speakers, tables = clips["speaker"].to_numpy(), []
    for run, train, test in asked:
        x = np.hstack([statistics(one, scaled(one, speakers, train, mode, PRIOR), kinds) for one in pooled])
        kernel, bias = fit(x[train], y[train], y.max() + 1)
        tables.append(told(clips, x[test] @ kernel + bias, test, run))
    return pd.concat(tables, ignore_index=True)


def uar(predictions: pd.DataFrame) -> str:
    """UAR in per cent."""
    return f"{100 * metrics.uar(predictions['emotion'], predictions['predicted']):.1f}"


def with_interval(predictions: pd.DataFrame) -> str:
    """UAR with its interval over speakers."""
    low, high = (100 * bound for bound in metrics.interval(predictions))
    return f"{uar(predictions)} ({low:.1f} to {high:.1f})"


def difference(one: pd.DataFrame, other: pd.DataFrame) -> str:
    """How far the UAR of one lies above another's who was asked the same, paired over speakers, with its interval."""
    if one.equals(other):
        return "–"
    return "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * value for value in metrics.difference(one, other)))


def layers_table(clips, pooled: dict[int, Pooled], asked: list[Asked], middle: int) -> dict:
    """Layers × statistics × normalisation, nested."""
    chosen = [(str(layer), [one], kinds) for layer, one in pooled.items() for kinds in STATISTICS]
    around = [layer for layer in pooled if abs(layer - middle) <= 1]
    if len(around) > 1:
        chosen.append((", ".join(map(str, around)) + " joined", [pooled[layer] for layer in around], "mean, deviation"))
    rows, base = [], {mode: answers(clips, [pooled[middle]], asked, mode=mode) for mode in MODES}
    for name, parts, kinds in chosen:
        row = [name, kinds]
        for mode in MODES:
            found = answers(clips, parts, asked, kinds=STATISTICS[kinds], mode=mode)
            row += [uar(found), difference(found, base[mode])]
        rows.append(row)
    columns = ["layer", "statistics"] + [column for mode in MODES for column in (mode, "to the middle layer's")]
    return {"title": "Layers and statistics (nested)", "columns": columns, "rows": rows,
            "notes": [NESTED,
                      f"LDA, shrinkage {SHRINKAGE}; speaker: frames normalised by all clips of each one."]}  # fmt: skip


def heads_table(clips, pooled: Pooled, asked: list[Asked]) -> dict:
    """Heads, nested: how right, how well calibrated before and after one temperature."""
    rows, base = [], {mode: answers(clips, [pooled], asked, mode=mode) for mode in MODES}
    for name, fit in FITS.items():
        row = [name]
        for mode in MODES:
            found = answers(clips, [pooled], asked, mode=mode, fit=fit)
            warmth = calibration.temperature(found)
            after = calibration.rescaled(found, warmth)
            errors = " → ".join(f"{100 * calibration.ece(table):.1f}" for table in (found, after))
            row += [uar(found), difference(found, base[mode]), errors, f"{warmth:.2f}"]
        rows.append(row)
    columns = [f"{mode}{what}" for mode in MODES for what in ("", ", to the first", ", ECE", ", temperature")]
    return {"title": "Heads (nested)", "columns": ["head", *columns], "rows": rows,
            "notes": [NESTED,
                      "Mean and deviation of the middle layer; ECE in points, before and after one temperature that "
                      "was fitted on the same nested answers."]}  # fmt: skip


def test_table(clips, pooled: dict[int, Pooled], folds: list[Asked], middle: int) -> dict:
    """What test speakers say of the recommended rows."""
    last = max(pooled)
    chosen = {f"layer {middle}": (middle, "corpus"), f"layer {last}, the last one": (last, "corpus")}
    chosen[f"layer {middle}, by speaker (transductive)"] = (middle, "speaker")
    rows, base = [], None
    for name, (layer, mode) in chosen.items():
        found = answers(clips, [pooled[layer]], folds, mode=mode)
        base = found if base is None else base
        rows.append([name, with_interval(found), difference(found, base)])
    return {"title": "Test speakers", "columns": ["mean, deviation, LDA", "UAR", "to the first"], "rows": rows,
            "notes": ["95 % intervals over test speakers, for these trained models; dev speakers are learned from "
                      "too."]}  # fmt: skip


def drawn(clips: pd.DataFrame, most: int, seed: int) -> dict[str, np.ndarray]:
    """For each speaker `most` rows that may be enrolled, in the order in which they are."""
    rng = np.random.default_rng(seed)
    return {speaker: rng.permutation(np.flatnonzero(clips["speaker"] == speaker))[:most]
            for speaker in clips["speaker"].dropna().unique()}  # fmt: skip


def enrolled_answers(clips, pooled: Pooled, asked: list[Asked], draws: int, prior: float) -> dict[str, pd.DataFrame]:
    """Answers by how many clips of a speaker were enrolled, about the clips that no number enrols."""
    y, speakers = pd.Categorical(clips["emotion"]).codes, clips["speaker"].to_numpy()
    most = max(counts(clips))
    tables: dict[str, list[pd.DataFrame]] = {}
    for run, train, test in asked:
        heads = {}
        for mode in MODES:
            x = statistics(pooled, scaled(pooled, speakers, train, mode, prior), "md")
            heads[mode] = x, *lda(x[train], y[train], y.max() + 1)
        for seed in range(draws):
            order = drawn(clips, most, seed)
            rest = np.setdiff1d(test, np.concatenate([order[speaker] for speaker in np.unique(speakers[test])]))
            for n in ("none", *counts(clips), "all"):
                x, kernel, bias = heads["corpus" if n == "none" else "speaker"]
                if n in ENROLLED:
                    known = {speaker: rows[:n] for speaker, rows in order.items()}
                    x = statistics(pooled, scaled(pooled, speakers, train, "speaker", prior, known), "md")
                tables.setdefault(str(n), []).append(told(clips, x[rest] @ kernel + bias, rest, run))
    return {n: pd.concat(parts, ignore_index=True) for n, parts in tables.items()}


def counts(clips: pd.DataFrame) -> list[int]:
    """How many clips can be enrolled of every speaker, with as many left to ask about."""
    fewest = clips["speaker"].value_counts().min()
    return [n for n in ENROLLED if 2 * n <= fewest] or [1]


def enrolled_table(clips, pooled: Pooled, asked: list[Asked], folds: list[Asked], draws: int) -> tuple[dict, dict]:
    """The curve: nested by prior, and of the test with the one that is recommended."""
    by_prior = {prior: enrolled_answers(clips, pooled, asked, 2, prior) for prior in PRIORS}
    test = enrolled_answers(clips, pooled, folds, draws, PRIOR)
    rows = []
    for n, found in test.items():
        nested_figures = [uar(by_prior[prior][n]) for prior in PRIORS]
        rows.append([n, *nested_figures, with_interval(found), difference(found, test["none"])])
    columns = ["enrolled clips", *(f"nested, prior {prior:g}" for prior in PRIORS), "test", "to none"]
    notes = [NESTED,
             f"Prior: frames like those of the training part that count beside a speaker's own; test with {PRIOR:g}.",
             f"Clips of any emotion, {draws} draws (nested 2); the same clips are asked about in each row.",
             "all: the clips that are asked about too (transductive); training speakers by all of theirs."]  # fmt: skip
    return {"title": "Enrolled clips", "columns": columns, "rows": rows, "notes": notes}, test


@style.styled
def curve(test: dict[str, pd.DataFrame]) -> style.Plot:
    """UAR of the test against the number of enrolled clips, with intervals over speakers."""
    figure, (axes,) = style.new("UAR by enrolled clips", (6.5, 3.4))
    scores = [100 * metrics.uar(table["emotion"], table["predicted"]) for table in test.values()]
    low, high = np.transpose([metrics.interval(table) for table in test.values()]) * 100
    places = range(len(test))
    axes.vlines(places, low, high, color=style.LINE, linewidth=2.2)
    axes.plot(places[:-1], scores[:-1], "o-", color=style.LINE, clip_on=False)
    axes.plot(places[-1:], scores[-1:], "D", color=style.ACCENT)
    labels = ["none\n(corpus)", *list(test)[1:-1], "all\n(transductive)"]
    axes.set_xticks(places, labels)
    axes.set(xlabel="clips of the speaker that are enrolled", title="UAR (%), 95 % interval over speakers")
    axes.grid(axis="y")
    first, *_ = test.values()
    n = list(test)[-2]
    gain = f"{n} enrolled clips of a speaker are worth {scores[-2] - scores[0]:.0f} points, all of them "
    context = f"{first['file'].nunique()} test clips of {first['speaker'].nunique()} speakers, all draws"
    return style.state(figure, gain + f"{scores[-1] - scores[0]:.0f}", context)


def tables_of(given: argparse.Namespace) -> Iterator[dict]:
    """Every table, as soon as it is known."""
    clips = corpora.load(given.corpus, given.data_dir).reset_index(drop=True)
    middle = EncoderSettings(given.encoder).layer
    pooled = {}
    for layer in sorted({*given.layers, middle}):
        frames = extract(clips, EncoderSettings(given.encoder, layer=layer), given.cache_dir, n_jobs=2)
        pooled[layer] = Pooled.of(frames)
    asked, folds = nested(clips, given.folds), test_folds(clips, given.folds)
    yield layers_table(clips, pooled, asked, middle)
    yield heads_table(clips, pooled[middle], asked)
    yield test_table(clips, pooled, folds, middle)
    table, test = enrolled_table(clips, pooled[middle], asked, folds, given.draws)
    style.save(curve(test), given.figure)
    yield table


def main() -> None:
    """Read the command line, print every table, keep them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--encoder", default="whisper-base")
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 3, 4, 6])
    parser.add_argument("--draws", type=int, default=20, help="of the clips that are enrolled")
    parser.add_argument("--cache-dir", type=Path, default=PROJECT / "outputs" / "cache")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    parser.add_argument("--figure", type=Path, default=PROJECT / "docs" / "images" / "enrolled.png")
    given = parser.parse_args()
    command = shlex.join(["python", "benchmarks/encoder.py", given.corpus, "DATA_DIR", *sys.argv[3:]])
    made = results_page.made(command)
    kept = []
    for table in tables_of(given):
        table["title"] += f", {given.corpus}, {given.encoder}"
        print(f"\n{table['title']}\n" + pd.DataFrame(table["rows"], columns=table["columns"]).to_string(index=False))
        print(*table["notes"], sep="\n", flush=True)
        kept.append(made | table)
    results_page.keep(given.outputs_dir / "benchmarks" / "encoder.json", kept)
    print(f"{made['date']}, {made['machine']}: {command}")


if __name__ == "__main__":
    main()
