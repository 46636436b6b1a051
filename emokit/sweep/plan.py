"""What a sweep runs: settings of a notebook, in each fold, with each seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from emokit import notebook_parameters
from emokit.sweep.names import run_name


class SweepError(Exception):
    """A plan that cannot be carried out; the message says what was found, where, and what to do."""


class Job(NamedTuple):
    """One run: its name, what distinguishes it, what papermill passes, and all parameters as the notebook has them."""

    name: str
    varied: Mapping
    given: Mapping
    resolved: Mapping

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.resolved["outputs_dir"] / self.name


@dataclass(frozen=True)
class Plan:
    """A plan as read, every parameter checked against its notebook.

    Attributes:
        name: of the sweep; its tables lie in `outputs/<name>`.
        notebook: the file that is run, and `cell`, the source of its cell `parameters`.
        fixed: parameters of every run.
        settings: what is tried: a dict a setting; none where Optuna draws them.
        folds, seeds: each setting is run in each of them; no folds where `fixed` names the speakers of the test.
        space: by parameter, what Optuna draws from; its `trials` are how many settings, `draw_seed` is of the draws.
    """

    name: str
    notebook: Path
    cell: str
    fixed: Mapping
    settings: list[dict]
    folds: list[int]
    seeds: list[int]
    space: Mapping = field(default_factory=dict)
    trials: int = 0
    draw_seed: int = 0

    @property
    def outputs_dir(self) -> Path:
        """The folder of the runs."""
        return self.checked({})["outputs_dir"]

    @property
    def folder(self) -> Path:
        """Where the tables of the sweep lie."""
        return self.outputs_dir / self.name

    @cached_property
    def jobs(self) -> list[Job]:
        """The runs of all settings, in their order, each once; ParameterError or SweepError where one is wrong."""
        jobs = [job for setting in self.settings for job in self.of(setting)]
        return list({job.name: job for job in jobs}.values())

    def of(self, setting: Mapping) -> list[Job]:
        """The runs of one setting, a run a fold and seed."""
        checked, places = self.checked(setting), self.places
        self.checked(setting | places[-1])  # what holds for the first and the last holds for those between
        prefix = self.fixed.get("run") or "-".join(checked["name"])
        shown = {name: _shown(checked[name], setting[name]) for name in checked if name in setting}
        jobs = []
        for place in places:
            name = run_name(prefix, shown, **place)
            said = {**place, "run": name}
            jobs.append(Job(name, shown | place, {**self.fixed, **setting, **said}, checked | said))
        return jobs

    def checked(self, setting: Mapping) -> dict:
        """All parameters of the notebook for the first fold and seed of a setting, as it will have them."""
        given = self.fixed | self.places[0] | setting | {"run": "checked"}
        return notebook_parameters.check_cell(self.cell, given)

    @property
    def places(self) -> list[dict]:
        """Fold and seed of the runs of a setting."""
        folds = [{"fold": fold} for fold in self.folds] or [{}]
        return [fold | {"seed": seed} for fold in folds for seed in self.seeds]


def _shown(checked, given):
    """A value as the name of a run has it: as it was read, but a path as it was given."""
    return checked if isinstance(checked, bool | int | float) else given
