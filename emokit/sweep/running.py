"""A sweep from plan to table: what is complete is skipped, what is not is run, what failed is told at the end."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from emokit.sweep.engine import carry_out
from emokit.sweep.one_run import Outcome
from emokit.sweep.plan import Job, Plan, SweepError
from emokit.sweep.table import Table, stands


def run(plan: Plan, workers: int = 2, threads: int | None = None) -> pd.DataFrame:
    """Run what is not complete, and give the table of all runs, which is kept as `outputs/<sweep>/sweep.csv`.

    A line is printed as each run ends, with the time that is left; what failed is told at the end, with what it said
    last. Runs that were interrupted are gone on with, and may be again: the same call does it.

    Args:
        plan: as `read` gives it.
        workers: runs side by side; -1 one a core. A cluster takes as many as it has.
        threads: of each run; by default a core's share.

    Returns:
        One row a run: `run`, what distinguishes it, `fold`, `seed`, `dev_uar`, `epochs`, `seconds`, `state`, `said`.

    Raises:
        SweepError: if a run of the same name was made with other parameters, before any work.
    """
    if (plan.folder / "run.json").exists():
        raise SweepError(f"{plan.folder.name} is the name of a run in {plan.outputs_dir}; call the plan otherwise.")
    sweep = Sweep(plan, workers, threads)
    if plan.space:
        from emokit.sweep import tuning

        tuning.run(plan, sweep)
        sweep.table.write()
    else:
        sweep.through(plan.jobs)
    table = sweep.table.frame()
    failed = table[table["state"] == "failed"]
    for name, said in zip(failed["run"], failed["said"], strict=True):
        print(f"FAILED {name}: {said}", flush=True)
    return table


class Sweep:
    """A plan that is being carried out.

    Attributes:
        table: of its runs, as they stand.
        left: how many runs there are to do.
    """

    def __init__(self, plan: Plan, workers: int, threads: int | None):
        self.plan, self.workers, self.threads = plan, workers, threads
        self.table, self.left = Table(plan.folder / "sweep.csv"), len(plan.jobs) or plan.trials * len(plan.places)
        self._start, self._done = time.monotonic(), 0

    def through(self, jobs: Sequence[Job]) -> list[str]:
        """Do those of some runs that are not complete; gives how they all stand then."""
        states = {job.name: stands(job) for job in jobs}
        self.table.add(jobs, states)
        self.table.write()
        to_do = [job for job in jobs if states[job.name] != "complete"]
        self.left -= len(jobs) - len(to_do)
        if len(to_do) < len(jobs):
            print(f"{len(jobs) - len(to_do)} of {len(jobs)} runs are complete", flush=True)
        carry_out(to_do, self.plan.notebook, self._end, self.workers, self.threads)
        return [self.table.state(job) for job in jobs]

    def known(self, jobs: Sequence[Job]) -> None:
        """Take up runs of which nothing is to do any more: those that are not complete were pruned."""
        states = {job.name: stands(job) for job in jobs}
        self.table.add(jobs, {name: "complete" if state == "complete" else "pruned" for name, state in states.items()})
        self.left -= len(jobs)

    def _end(self, job: Job, outcome: Outcome) -> None:
        self.table.end(job, outcome)
        self._done, self.left = self._done + 1, self.left - 1
        rest = timedelta(seconds=round((time.monotonic() - self._start) / self._done * self.left))
        said = f"dev UAR {self.table.dev_uar(job):.3f}" if outcome.state == "complete" else outcome.state
        print(f"{job.name}: {said}; {self.left} left, about {rest}", flush=True)
