"""Who is trained on and who is asked in each table: the parameters of 02, and the same clips for the baselines."""

import re
import sys
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from emokit import audit, corpora, features, groups, splits
from emokit.notebook_parameters import TABLE
from emokit.splits import DEFAULT_FOLDS, SplitError

# What `corpora.load` reads besides the corpus and its folder.
READING = ("emotion_pattern", "speaker_pattern", "columns", "audio_dir", "labels", "classes")
DEALING = ("split", "split_seed", "folds", "test_speakers", "dev_speakers", "n_dev_speakers")  # `splits.assign`
BY_SPEAKER = ("test_speakers", "dev_speakers", "n_dev_speakers")  # of these what a random split knows nothing of

LONGEST = 12  # letters of the name of your own corpus, so that those of the runs are none too long


class Design(NamedTuple):
    """One way to train and test.

    Attributes:
        prefix: of the names of its runs.
        parameters: of 02 that all its runs share, `corpus` and `data_dir` (lists) among them.
        tests: for each run the parameters that say who is the test, by a label.
    """

    prefix: str
    parameters: Mapping
    tests: Mapping[str, Mapping]

    def clips(self) -> pd.DataFrame:
        """The clips, as 02 loads them."""
        given = {name: self.parameters[name] for name in READING if self.parameters.get(name)}
        return corpora.load(
            self.parameters["corpus"], self.parameters["data_dir"], called=self.parameters.get("name", ""), **given
        )

    def parted(self, cache_dir: Path) -> dict[str, pd.DataFrame]:
        """The clips with their parts, by the labels of the tests: the cells of 02 up to its proof."""
        found = self.clips()
        _, measured = features.extract_and_measure(found, features.LogMelSettings(), cache_dir, 1)
        found = found.assign(**measured[["duration", "digest", "rms", "bandwidth"]])
        found = found.assign(group=groups.of(found, measured))
        findings = audit.audit(found, measured)
        given = {name: self.parameters[name] for name in DEALING if self.parameters.get(name)}
        parted = {}
        for label, test in self.tests.items():
            options = given | dict(test)
            scheme, seed = options.pop("split", "speaker"), options.pop("split_seed", 0)
            if scheme.startswith("speaker") and "dev_speakers" not in options:
                options.setdefault("n_dev_speakers", 1)  # as 02 has it where dev chooses nothing
            dealt = splits.assign(found, scheme, seed, **options)
            usable = audit.leave_out(dealt, findings)
            parted[label] = audit.leave_out(usable, audit.of_split(usable, measured))
        return parted


def by_speaker(corpus: str, data_dir: Path, which: list[int] | None = None, **more) -> Design:
    """Speakers kept apart: the folds asked for, or all whose test speakers are at hand; `more` are parameters of 02."""
    design = Design(corpus, {"corpus": [corpus], "data_dir": [data_dir], **more}, {})
    if corpus in corpora.YOUR_OWN:  # by one name in 02, for the baselines, and beside another corpus
        name = re.sub(r"[^a-z0-9._-]+", "-", design.clips()["corpus"].iloc[0].lower())[:LONGEST].strip("-.")
        design = design._replace(prefix=name, parameters=design.parameters | {"name": [name]})
    return design._replace(tests={f"fold{fold}": {"fold": fold} for fold in which or _folds(design)})


def by_clip(design: Design) -> Design:
    """The same clips split at random, so that speakers cross: what an evaluation without care would claim."""
    n = max(len(design.tests), DEFAULT_FOLDS)  # of two, one would be the test and one dev
    tests = {f"clip{fold}": {"split": "clip", "fold": fold, "folds": n} for fold in range(1, n + 1)}
    parameters = {name: value for name, value in design.parameters.items() if name not in BY_SPEAKER}
    return design._replace(parameters=parameters, tests=tests)


def of_another(corpus: str, more: Mapping) -> dict:
    """Of these parameters of 02 those that another corpus is given too: how to read it only where its reader asks."""
    asks = {*signature(corpora.YOUR_OWN[corpus]).parameters, "labels"} if corpus in corpora.YOUR_OWN else set()
    return {name: value for name, value in more.items() if name not in READING or name in asks | {"classes"}}


def across(one: Design, other: Design) -> tuple[Design, Design]:
    """Train on one corpus and test on all of another, in the emotions that both have; and the other alone in these.

    Raises:
        SplitError: where speakers are named, who are of one of the corpora.
    """
    shared = {**other.parameters, **one.parameters}
    if named := sorted({"test_speakers", "dev_speakers"} & set(shared)):
        raise SplitError(f"Across corpora each is the test in turn; leave -p {' and -p '.join(named)} out.")
    shared.pop("folds", None)  # everybody of the other is the test
    pair = {
        name: [*one.parameters.get(name, ()), *other.parameters.get(name, ())] for name in ("corpus", "data_dir")
    } | {"name": [one.prefix, other.prefix]}
    cross = Design(f"{one.prefix}-to-{other.prefix}", shared | pair, {"all": {"test_speakers": [other.prefix]}})
    emotions = list(cross.clips()["emotion"].unique())
    if set(emotions) == set(other.clips()["emotion"]):
        return cross, other
    within = other.parameters | {"classes": emotions}
    return cross, other._replace(prefix=f"{other.prefix}-as-{one.prefix}", parameters=within)


def _folds(design: Design) -> list[int]:
    """The folds of a corpus whose test speakers are all at hand."""
    if design.parameters.get("split") == "table":
        return [1]
    clips, folds = design.clips(), design.parameters.get("folds", 0)
    name = clips["corpus"].iloc[0]
    published = corpora.PUBLISHED[name].folds if name in corpora.PUBLISHED else ()
    n = folds or len(published) or min(DEFAULT_FOLDS, clips["speaker"].nunique())
    return [fold for fold in range(1, n + 1) if not splits.absent_test_speakers(clips, fold=fold, folds=folds)]


def typed(name: str, value: str):
    """A parameter of 02 given on the command line, as its type."""
    if name not in TABLE:
        sys.exit(f"-p {name}: notebook 02 has no such parameter; papermill --help-notebook lists them.")
    if TABLE[name].several:
        return [item.strip() for item in value.split(",")]
    kind = type(TABLE[name].default)
    return {"true": True, "false": False}[value.lower()] if kind is bool else kind(value)
