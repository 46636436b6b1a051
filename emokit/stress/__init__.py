"""Does a run hold when it gets rough: its test clips again, in noise, in rooms, over telephones, cut and late.

What a run says is kept beside it in `stress.csv`, a row a test clip, a column a condition, so that each is asked for
once. What a condition draws for a clip follows from the clip's content: every call hears the same noise.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, corpora, intervals, metrics, notebook, predict
from emokit.run_folder import Run
from emokit.stress.rough import Condition, conditions

FILE = "stress.csv"  # in the run folder, not listed in run.json
VERSION = 1  # of the conditions; another one asks for all of them anew
MADE_BY = "made_by"  # column: version of the conditions, and sha256 of the predictions that they are compared with
KINDS = {name: kind for kind, of_kind in conditions().items() for name in of_kind}  # of each condition


def test(runs: Run | Sequence[Run], n_jobs: int = -1) -> pd.DataFrame:
    """Ask complete runs about their test clips under every condition, and sum up what changes.

    Args:
        runs: one, or several whose test clips are pooled, such as the folds of a corpus.
        n_jobs: threads that read clips and compute frames; -1 one a core.

    Returns:
        As `table` gives it.

    Raises:
        ValueError: as `metrics.pool` does, where runs have classes or test clips that do not fit together.
        BadClip: when a clip cannot be read.
        RunError: when a run is not complete.
    """
    runs = [runs] if isinstance(runs, Run) else runs
    metrics.pool({run.path.name: run.predictions for run in runs})
    return table(pd.concat([answers(run, n_jobs).assign(run=run.path.name) for run in runs], ignore_index=True))


def table(answers: pd.DataFrame) -> pd.DataFrame:
    """Sum up what conditions change.

    Args:
        answers: as `answers` gives them; of several runs with a column `run`. Where a clip stands in it several times,
            answered by runs that differ in their seed and `run` names the fold, the UAR is the mean over the seeds.

    Returns:
        A row a condition: `condition`, `kind`; `uar`; `change` of it against that of the predictions, and its 95 %
        interval over speakers, paired, `change_low`, `change_high`; `same`, the share of clips that are answered as
        in the predictions, `same_low`, `same_high`; `clips`, `speakers`. All shares are in 0 … 1, and the intervals NaN
        where `metrics.why_no_interval` says why.
    """
    before = answers.assign(predicted=answers["before"])
    rows = {name: _change(before, answers.assign(predicted=answers[name])) for name in KINDS if name in answers}
    return pd.DataFrame([{"condition": name, "kind": KINDS[name]} | row for name, row in rows.items()])


def _change(before: pd.DataFrame, after: pd.DataFrame) -> dict:
    """How the answers to some clips differ from those before."""
    same = after["predicted"] == before["predicted"]
    uar, was = (metrics.uar(said["emotion"], said["predicted"]) for said in (after, before))
    change, share = (np.nan, np.nan), (np.nan, np.nan)
    if not metrics.why_no_interval(before):
        seeds = len(after) / after["file"].nunique()  # a clip counts once, however many runs answer it
        (hits, total, runs), (others, _, _) = map(metrics.by_speaker, (after, before))
        hits, others, total = hits / seeds, others / seeds, total / seeds
        change = intervals.of_difference(hits, others, total, runs)
        kept = same.groupby(before["speaker"]).sum().to_numpy(float)[:, None] / seeds  # in the order of `total`
        share = np.concatenate(intervals.of_recalls(kept, total.sum(axis=1, keepdims=True), runs))
    row = {"uar": uar, "change": uar - was, "change_low": change[0], "change_high": change[1], "same": same.mean()}
    row |= {"same_low": share[0], "same_high": share[1], "clips": after["file"].nunique()}
    return row | {"speakers": after["speaker"].nunique()}


def answers(run: Run, n_jobs: int = -1) -> pd.DataFrame:
    """What a run says of its test clips under every condition; those it was asked before are not asked for again.

    A run that is normalised by speaker knows the voices from their clips as recorded, as somebody who was enrolled in
    quiet is known: where all clips of a voice were rough, it would do worse.

    In all it takes half a second of processor time a clip on log-mels; with an encoder 32 times what its frames take.

    Args:
        run: a complete run.
        n_jobs: threads that read clips and compute frames; -1 one a core.

    Returns:
        As `kept` gives it, all conditions.
    """
    from tqdm.auto import tqdm

    said, clips = kept(run), run.clips
    missing = [name for name in KINDS if name not in said]
    for name in tqdm(missing, unit="condition", disable=not (notebook.interactive() or sys.stderr.isatty())):
        said[name] = _asked(run, clips, said, name, n_jobs)
        corpora.write_clips(run.path / FILE, said.assign(**{MADE_BY: _made_by(run)}), run.data_dir)
    return said


def kept(run: Run) -> pd.DataFrame:
    """What a run has said of its test clips under the conditions that it was asked about so far.

    Args:
        run: a complete run.

    Returns:
        A row a test clip: `file`, `digest` where known, `speaker`, `part`, `emotion`; `before`, what the run predicted;
        and for each condition, under its name, what it predicts under it.
    """
    said = run.predictions.query("part == 'test'").reset_index(drop=True).rename(columns={"predicted": "before"})
    said = said[[name for name in ("file", "digest", "speaker", "part", "emotion", "before") if name in said]]
    if not (run.path / FILE).is_file():
        return said
    there = pd.read_csv(run.path / FILE, dtype="str", keep_default_na=False)
    if MADE_BY not in there or len(there) != len(said) or not there[MADE_BY].eq(_made_by(run)).all():
        return said
    return said.join(there[[name for name in KINDS if name in there]])


def _made_by(run: Run) -> str:
    return f"{VERSION} {run.record['files']['predictions.csv']}"


def _asked(run: Run, clips: pd.DataFrame, said: pd.DataFrame, name: str, n_jobs: int) -> pd.Series:
    """The emotion that a run hears in each of these clips under a condition, speaker by speaker."""
    from joblib import Parallel, delayed
    from threadpoolctl import threadpool_limits

    parallel = Parallel(n_jobs, backend="threading", return_as="generator")
    heard, settings = pd.Series(index=said.index, dtype="str"), run.settings
    for speaker, of_one in said.groupby("speaker", dropna=False):
        others = clips.loc[clips["speaker"] != speaker, "file"].tolist() or clips["file"].tolist()
        condition = conditions(others)[KINDS[name]][name]
        known_by = of_one["digest"] if "digest" in of_one else of_one["file"].map(lambda file: Path(file).name)
        seeds = [[*hashlib.sha256(f"{name} {content}".encode()).digest()] for content in known_by]
        with threadpool_limits(1, "blas"):  # clips run in parallel
            asked = zip(of_one["file"], seeds, strict=True)
            frames = parallel(delayed(_frames)(settings, file, condition, seed) for file, seed in asked)
            likeliest = predict.answers(run, frames, run.normalizer().for_clips(of_one)).argmax(axis=1)
        heard[of_one.index] = [run.emotions[place] for place in likeliest]
    return heard


def _frames(settings, file: str, condition: Condition, seed: list[int]) -> np.ndarray:
    """Frames of a clip under a condition."""
    samples = condition(audio.read(file, settings.rate), settings.rate, np.random.default_rng(seed))
    return settings.placed(samples)[0]
