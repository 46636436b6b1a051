"""Recipes: runs that differ in fold and seed alone, their folds pooled and their seeds averaged, as one result."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from emokit import metrics
from emokit.comparison.told import NUMBERED, Told, asked_of

CHOOSE = (
    "Choose by dev. Whoever takes the best of several by their test has chosen by the test, and its figure then "
    "promises too much. Of what is SPEAKER-DEPENDENT dev promises too much as well."
)
SPLITS = ("clip", "speaker", "speaker+sentence")  # rungs of the ladder, from the most careless
OF_SPLIT = {"split", "split_seed", "folds", "n_dev_speakers", "dev_speakers", "test_speakers"}


@dataclass(frozen=True)
class Recipe:
    """Runs of the same parameters but for fold and seed.

    Attributes:
        label: what it is called: as its runs are, without fold and seed.
        runs: complete ones that are pooled: one a fold and seed, in each fold of as many seeds.
        others: not pooled: not complete, the same again, or of a seed too many in its fold.
        asked: the parameters that they share.
        emotions: the classes.
    """

    label: str
    runs: tuple[Told, ...]
    others: tuple[Told, ...]
    asked: dict
    emotions: tuple[str, ...]

    @property
    def task(self) -> tuple[str, tuple[str, ...]]:
        """What is asked of it: the corpora by name, and the classes."""
        return str(self.asked["name"] or self.asked["corpus"]), self.emotions

    @property
    def folds(self) -> list[str]:
        """Who is the test, in turn."""
        return sorted({run.fold for run in self.runs})

    @property
    def seeds(self) -> int:
        """How many in each fold."""
        return len(self.runs) // len(self.folds) if self.runs else 0

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Of dev and test, with `seed` and `run`, the fold."""
        if not self.runs:
            return pd.DataFrame(columns=["file", "speaker", "part", "emotion", "predicted", "seed", "run"], dtype="str")
        return metrics.pool_seeds({(run.seed, run.fold): run.answers for run in self.runs})

    def of(self, part: str) -> pd.DataFrame:
        """The answers for one part."""
        return self.answers[self.answers["part"] == part]

    def uar(self, part: str = "test") -> float:
        """UAR of dev or test, 0 … 1, of several seeds the mean; NaN where there is no clip of it."""
        return self._uar.get(part, math.nan)

    @cached_property
    def _uar(self) -> dict[str, float]:
        return {part: metrics.uar(said["emotion"], said["predicted"]) for part, said in self.answers.groupby("part")}

    def uar_of_seeds(self) -> list[float]:
        """UAR of the test, folds pooled, of each seed where each fold has the same ones; else none."""
        of_seed = self.of("test").groupby("seed")
        if (of_seed["run"].nunique() < len(self.folds)).any():
            return []
        return [metrics.uar(one["emotion"], one["predicted"]) for _, one in of_seed]

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the UAR over test speakers; NaN, NaN where `why_no_interval` says why."""
        return (math.nan, math.nan) if self.why_no_interval else metrics.interval(self.of("test"))

    @cached_property
    def why_no_interval(self) -> str:
        """In a few words; "" where there is one."""
        if self.dependent:
            return "speaker-dependent: nothing is known of other people"
        return metrics.why_no_interval(self.of("test"))

    @property
    def dependent(self) -> bool:
        """Whether a run of it is speaker-dependent."""
        return any(run.dependent for run in self.runs or self.others)

    @property
    def transductive(self) -> bool:
        """Whether its answer to a clip depends on the other clips of that speaker."""
        return any(run.transductive for run in self.runs or self.others)

    @property
    def seconds(self) -> float:
        """Training of one run, the mean."""
        return pd.Series([run.seconds for run in self.runs], dtype=float).mean()


def recipes(runs: Iterable[Told]) -> list[Recipe]:
    """The recipes of these runs: task by task, the highest dev first, those that are speaker-dependent last.

    Folds whose tests share a clip cannot be pooled, as when the corpus has grown; then each run is a recipe.
    """
    groups: dict[str, list[Told]] = {}
    for run in runs:
        groups.setdefault(json.dumps([_shared(run), run.emotions], sort_keys=True), []).append(run)
    parted = [part for group in groups.values() for part in _parted(group)]
    labels = _labels([group[0].name for group in parted])
    made = [_recipe(label, group) for label, group in zip(labels, parted, strict=True)]
    return sorted(made, key=lambda one: (one.task, one.dependent, -_low_if_unknown(one.uar("dev")), one.label))


def _parted(group: list[Told]) -> list[list[Told]]:
    return [[run] for run in group] if _overlapping(group) else [group]


def _labels(names: Sequence[str]) -> list[str]:
    """Names of runs without fold and seed, where no two are then the same."""
    short = [NUMBERED.sub(lambda found: "-clip" * (found[1] == "clip"), name) for name in names]
    return [one if short.count(one) == 1 else name for one, name in zip(short, names, strict=True)]


def _low_if_unknown(value: float) -> float:
    return -1.0 if math.isnan(value) else value


def _shared(run: Told) -> dict:
    return {name: value for name, value in run.asked.items() if name not in ("fold", "seed")}


def _pooled(group: Sequence[Told]) -> list[Told]:
    """Complete runs, one a fold and seed, of as many seeds in each fold: the first, whatever they reached."""
    of = {}
    for run in group:
        if run.complete:
            of.setdefault(run.fold, {}).setdefault(run.seed, run)
    n = min(map(len, of.values()), default=0)
    return [seeds[seed] for seeds in of.values() for seed in sorted(seeds)[:n]]


def _overlapping(group: Sequence[Told]) -> bool:
    """Whether a test clip is in two folds."""
    first = {run.fold: run for run in reversed(_pooled(group))}  # one seed of each
    tests = [run.answers.loc[run.answers["part"] == "test", "file"] for run in first.values()]
    return bool(len(tests)) and bool(pd.concat(tests).duplicated().any())


def _recipe(label: str, group: Sequence[Told]) -> Recipe:
    pooled = _pooled(group)
    others = tuple(run for run in group if run not in pooled)
    return Recipe(label, tuple(pooled), others, _shared(group[0]), group[0].emotions)


def by_task(found: Iterable[Recipe]) -> list[list[Recipe]]:
    """Recipes that are asked the same, together: only these can be compared."""
    groups = {}
    for recipe in found:
        groups.setdefault(recipe.task, []).append(recipe)
    return list(groups.values())


def reference(found: Sequence[Recipe], run: str = "") -> Recipe | None:
    """With which recipe of a task the others are compared: that of the run that is named, else the best of dev.

    One that is speaker-dependent, whose dev is too, is taken where there is no other; None where none is complete.
    """
    complete = [recipe for recipe in found if recipe.runs]
    named = [recipe for recipe in complete if run in {one.name for one in recipe.runs}]
    return next(iter([*named, *complete]), None)


def against(one: Recipe, other: Recipe) -> tuple[float, float, float]:
    """How far the UAR of one recipe lies above another's, over the test clips of both, with its 95 % interval.

    As `metrics.difference`, paired by speaker. NaN where they have no test clip in common, without an interval where
    one of them is speaker-dependent.
    """
    ours, theirs = one.of("test"), other.of("test")
    if not set(ours["file"]) & set(theirs["file"]):
        return math.nan, math.nan, math.nan
    higher, low, high = metrics.difference(ours, theirs)
    return (higher, math.nan, math.nan) if one.dependent or other.dependent else (higher, low, high)


def differing(found: Sequence[Recipe]) -> list[str]:
    """The parameters in which these recipes differ; "corpus" where "name" says it all is left out."""
    names = list(dict.fromkeys(name for recipe in found for name in recipe.asked))
    values = {name: {str(recipe.asked.get(name, "")) for recipe in found} for name in names}
    return [name for name in names if len(values[name]) > 1 and not (name == "corpus" and len(values["name"]) > 1)]


def changed(before: Iterable[dict], now: Iterable[dict]) -> list[tuple[str, str, str]]:
    """The parameters in which runs differ from others, fold and seed too: (name, before, now), of several values all.

    Args:
        before: content of run.json of each.
        now: likewise.
    """
    asked = [[asked_of(content) for content in side] for side in (before, now)]
    names = dict.fromkeys(name for side in asked for one in side for name in one)
    values = {name: [", ".join(sorted({str(one.get(name, "")) for one in side})) for side in asked] for name in names}
    differ = [name for name, (one, other) in values.items() if one != other]
    return [(name, *values[name]) for name in differ if not (name == "corpus" and "name" in differ)]


def ladders(found: Iterable[Recipe]) -> list[list[Recipe]]:
    """Recipes that differ in how the clips were split alone: for each such network its rungs, as in SPLITS."""
    groups: dict[str, dict[str, Recipe]] = {}
    for recipe in found:
        if recipe.runs and (split := recipe.asked["split"]) in SPLITS:
            rest = {name: value for name, value in recipe.asked.items() if name not in OF_SPLIT}
            rungs = groups.setdefault(json.dumps([rest, recipe.emotions], sort_keys=True), {})
            if split not in rungs or len(recipe.runs) > len(rungs[split].runs):
                rungs[split] = recipe
    return [[rungs[split] for split in SPLITS if split in rungs] for rungs in groups.values() if len(rungs) > 1]
