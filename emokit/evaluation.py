"""How well runs hear another corpus than they learned from, in the emotions that both know, beside their own test."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, corpora, features, metrics, probability_columns, speakers
from emokit.features import Features
from emokit.normalizer import FeatureNormalizer
from emokit.predict import answers
from emokit.run_folder import Run, RunError
from emokit.run_folder.alike import require_alike
from emokit.speakers import SpeakerNormalizer
from emokit.targets import Emotions

WHY = "why_no_interval"
FOLDER, FIGURES, ANSWERS = "other_corpora", "figures.csv", "answers.csv"  # in the folder of the results


def evaluate(
    runs: Run | Sequence[Run], clips: pd.DataFrame, cache_dir: str | Path | None = None, n_jobs: int = -1
) -> pd.DataFrame:
    """Ask runs about the clips of another corpus, whose emotions are called as theirs.

    Only emotions that both know count: clips of others are left out, and the answer is the likeliest of the shared
    ones. Left out are clips of speakers that a run learned from, too, and what holds the samples of its clips. Several
    runs answer by the mean of their probabilities. One that is normalised by speaker learns each voice by all clips
    here (transductive), or by as many as it enrols, which are not asked about.

    Args:
        runs: complete, with the same emotions.
        clips: as `corpora.load` gives them.
        cache_dir: where frames are kept; `cache` beside the folder of the first run, as notebooks have it, by default.
        n_jobs: threads that read clips; -1 one a core.

    Returns:
        As in predictions.csv, all of part "test"; `attrs["left_out"]` is {reason: number of clips}, `attrs["unasked"]`
        lists the emotions of the runs that no clip has.

    Raises:
        RunError: without runs or clips, when runs know other emotions, fewer than two are shared, or no clip is left.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    require_alike(runs)
    cache_dir = cache_dir or runs[0].path.parent / "cache"
    shared = _shared(runs[0], clips)
    learned = pd.concat([run.clips[run.clips["part"] != "test"] for run in runs])
    strange = sorted({*clips["emotion"].dropna()} - {*shared})
    asked, left_out = _without(clips.assign(part="test"), {
        f"of emotions that the runs do not know ({', '.join(strange)})": clips["emotion"].isin(strange),
        "without an emotion": clips["emotion"].isna(),
        "of speakers that a run learned from": clips["speaker"].isin(learned["speaker"].dropna()),
    })  # fmt: skip
    heard = [features.extract_and_measure(asked, run.settings, cache_dir, n_jobs) for run in runs]
    frames, digest = [found for found, _ in heard], heard[0][1]["digest"]
    bad = pd.Index([label for found in frames for label in found.failures.index])
    asked, more = _without(asked.assign(digest=digest), {
        "that cannot be read": asked.index.isin(bad),
        "that a run learned from": digest.isin(learned["digest"].dropna()) if "digest" in learned else False,
    })  # fmt: skip
    apart = max(run.parameters.get("enrolled", 0) for run in runs)
    asked, enrolled = speakers.set_apart(asked, apart, runs[0].parameters.get("enrolled_emotion", ""))
    if asked.empty:
        raise RunError(f"None of {len(clips):,} clips can be asked about: {_listed(left_out | more)}.")
    said = [_said(run, found, asked, enrolled) for run, found in zip(runs, frames, strict=True)]
    each = [p[:, [run.emotions.index(name) for name in shared]] for run, p in zip(runs, said, strict=True)]
    table = Emotions(shared).predictions(asked, _normed(np.mean(each, axis=0)))
    table.attrs = {"left_out": left_out | more, "unasked": [name for name in runs[0].emotions if name not in shared]}
    return table


def beside(runs: Run | Sequence[Run], said: pd.DataFrame) -> pd.DataFrame:
    """The figures of another corpus beside those of the runs' own test speakers, in the same emotions.

    Args:
        runs: that were asked.
        said: as `evaluate` gives it.

    Returns:
        A row each, by what was tested on: `UAR`, `low` and `high` of its 95 % interval over speakers, `chance` (all 0 …
        1), `clips`, `speakers`, the `emotions`, and `why_no_interval`, in words where there is none.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    names = metrics.classes(said)
    own = metrics.pool({run.path.name: run.predictions for run in runs})
    own = own[(own["part"] == "test") & own["emotion"].isin(names)]
    own = Emotions(names).predictions(own, _normed(own[probability_columns.of(names)].to_numpy(float)))
    rows = {"own test speakers": own, f"{', '.join(said['corpus'].unique())}, all speakers": said}
    return pd.DataFrame.from_dict({name: _figures(table) for name, table in rows.items()}, orient="index")


def keep(folder: Path, name: str, said: pd.DataFrame, table: pd.DataFrame, data_dir: Sequence[str | Path]) -> None:
    """Leave `figures.csv` and `answers.csv` in `other_corpora/<name>/`, in place of what was said before.

    Args:
        folder: of a run, or of the results of several.
        name: of the other corpus.
        said: as `evaluate` gives it.
        table: as `beside` gives it.
        data_dir: folders that hold the other corpus.
    """
    corpora.write_clips(folder / FOLDER / name / ANSWERS, said, data_dir)
    atomic_files.write_csv(folder / FOLDER / name / FIGURES, table.rename_axis("tested on").reset_index())


def kept(run: Run) -> pd.DataFrame:
    """The figures that were left for a run, as `beside` gives them, of all other corpora; empty if there are none."""
    files = sorted(run.path.glob(f"{FOLDER}/*/{FIGURES}"))
    tables = [pd.read_csv(file) for file in files]
    told = [table.assign(**{WHY: table[WHY].fillna("") if WHY in table else ""}) for table in tables]  # older: not told
    return pd.concat(told, ignore_index=True) if told else pd.DataFrame()


def sentence(said: pd.DataFrame) -> str:
    """What was left out and what nobody was asked about, in words; "" if nothing."""
    left_out, unasked = said.attrs["left_out"], said.attrs["unasked"]
    parts = [f"Left out: {_listed(left_out)}."] if left_out else []
    names = f"Of the emotions of the runs, no clip is {' or '.join(unasked)}; they are no answer here."
    return " ".join([*parts, *([names] if unasked else [])])


def _shared(run: Run, clips: pd.DataFrame) -> list[str]:
    if clips.empty:
        raise RunError("There are no clips to ask about; give those of another corpus, as `corpora.load` does.")
    there = {*clips["emotion"].dropna()}
    shared = [name for name in run.emotions if name in there]
    if len(shared) < 2:
        theirs = f"the clips are {', '.join(sorted(there))}" if there else "no clip has an emotion"
        known = f"Run {run.path.name} knows {', '.join(run.emotions)}, {theirs}"
        raise RunError(f"{known}; say by `labels` which of theirs is which.")
    return shared


def _without(clips: pd.DataFrame, reasons: Mapping[str, pd.Series]) -> tuple[pd.DataFrame, dict[str, int]]:
    """The clips for which no reason holds, and how many each has left out, the first reason counting."""
    kept, left_out = pd.Series(True, clips.index), {}
    for reason, holds in reasons.items():
        if number := int((kept & holds).sum()):
            left_out[reason] = number
        kept &= ~np.asarray(holds)
    return clips[kept], left_out


def _said(run: Run, frames: Features, asked: pd.DataFrame, enrolled: pd.DataFrame | None) -> np.ndarray:
    """Probabilities of the emotions of a run, float (clips, classes)."""
    normalizer = run.normalizer()
    if not isinstance(normalizer, SpeakerNormalizer):
        return answers(run, (frames[label] for label in asked.index), [normalizer] * len(asked))
    known = asked if enrolled is None else enrolled
    voices: dict[str, FeatureNormalizer] = {
        speaker: normalizer.for_speaker(frames[label] for label in of_one.index)
        for speaker, of_one in known.groupby("speaker", observed=True)
    }
    return answers(run, (frames[label] for label in asked.index), [voices[speaker] for speaker in asked["speaker"]])


def _normed(p: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes) of some classes alone, so that they sum to 1."""
    return p / p.sum(axis=1, keepdims=True)


def _figures(said: pd.DataFrame) -> dict[str, float | str]:
    low, high = metrics.interval(said)
    names = probability_columns.classes(said)
    figures = {"UAR": metrics.uar(said["emotion"], said["predicted"]), "low": low, "high": high}
    figures |= {"chance": 1 / len(names), "clips": len(said), "speakers": said["speaker"].nunique()}
    return figures | {"emotions": ", ".join(names), WHY: metrics.why_no_interval(said)}


def _listed(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{number:,} {'clip' if number == 1 else 'clips'} {reason}" for reason, number in left_out.items())
