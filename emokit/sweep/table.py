"""What a sweep knows of its runs: which are there, how they stand, and what dev says of them; never the test."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from emokit import atomic_files
from emokit.run_folder import Run, RunError, record
from emokit.sweep.one_run import Outcome
from emokit.sweep.plan import Job, SweepError

# Where things lie and how fast they are read may be others than when the run was made.
MAY_DIFFER = record.FREE - {"epochs", "encoder", "layer"}
PLACE = ("fold", "seed")
LAST = ("dev_uar", "epochs", "seconds", "state", "said")  # columns
SPREAD = {"dev_uar": "mean", "sd": "std", "lowest": "min", "highest": "max"}


def stands(job: Job) -> str:
    """How the run stands: `complete`, `interrupted at epoch n`, `running`, or `` where there is none.

    Raises:
        SweepError: if a run of this name was made with other parameters, or cannot be read.
    """
    if not (job.folder / "run.json").is_file():
        return ""
    try:
        run = Run.open(job.folder)
    except RunError as error:
        raise SweepError(f"Run {job.name} is not as it should be: {error}") from None
    for name, asked in job.resolved.items():
        then, now = record.value(run.parameters, "parameters", name), record.plain(asked)
        if then != now and name not in MAY_DIFFER:
            what = f"Run {job.name} in {job.folder.parent} was made with {name} {then!r}, the plan says {now!r}"
            raise SweepError(f"{what}; call the runs otherwise by run under parameters, or move that one away.")
    return run.state


def on_dev(folder: Path) -> dict:
    """What dev says of a run so far: `dev_uar` of the epoch that is kept, `epochs` trained, `seconds` of them."""
    history = history_of(folder)
    if history is None:
        return {"dev_uar": math.nan, "epochs": 0, "seconds": math.nan}
    last = record.read_json(folder / "run.json")["parameters"].get("schedule") == "cosine"
    uar = history["val_uar"].iloc[-1] if last else history["val_uar"].max()
    return {"dev_uar": uar, "epochs": len(history), "seconds": round(history["seconds"].sum(), 1)}


def history_of(folder: Path) -> pd.DataFrame | None:
    """The epochs of a run so far, a row each; None before the first one."""
    try:
        history = pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return None
    return history if "val_uar" in history else None


class Table:
    """One row a run: its name, what distinguishes it, `dev_uar`, `epochs`, `seconds`, `state`, and what it said last.

    Attributes:
        path: `outputs/<sweep>/sweep.csv`, replaced whole at each change.
    """

    def __init__(self, path: Path):
        self.path, self._rows = path, {}

    def add(self, jobs: Iterable[Job], states: Mapping[str, str]) -> None:
        """Take up runs as they stand."""
        for job in jobs:
            known = on_dev(job.folder) if states.get(job.name) else {}
            self._rows[job.name] = {"run": job.name, **job.varied, **known, "state": states.get(job.name, "")}

    def end(self, job: Job, outcome: Outcome) -> None:
        """Note how a run ended, and keep the table."""
        self._rows[job.name] |= on_dev(job.folder) | {"state": outcome.state, "said": outcome.said}
        self.write()

    def state(self, job: Job) -> str:
        """How a run stands."""
        return self._rows[job.name]["state"]

    def note(self, job: Job, state: str) -> None:
        """Say otherwise how a run stands."""
        self._rows[job.name]["state"] = state

    def dev_uar(self, job: Job) -> float:
        """What dev says of a run, NaN before the first epoch."""
        return self._rows[job.name].get("dev_uar", math.nan)

    def write(self) -> None:
        """Replace the file, which can be made again from the runs."""
        atomic_files.write_csv(self.path, self.frame(), durable=False)

    def frame(self) -> pd.DataFrame:
        """The table as it stands."""
        table = pd.DataFrame(list(self._rows.values()))
        tried = [name for name in table if name not in {*PLACE, *LAST}]
        return table.reindex(columns=[*tried, *(name for name in PLACE if name in table), *LAST])


def listing(jobs: Sequence[Job]) -> pd.DataFrame:
    """What would be run: a row a run, with its `state`; SweepError as `stands` raises it."""
    return pd.DataFrame([{"run": job.name, **job.varied, "state": stands(job) or "to do"} for job in jobs])


def by_setting(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of the UAR on dev over folds and seeds, a row a setting, the best first.

    Args:
        table: as `Table.frame` gives it.

    Returns:
        The parameters that vary; over the complete runs `runs` (how many), `dev_uar` (mean), `sd`, `lowest`, `highest`
        and `seconds` (mean).
    """
    tried = [name for name in table.columns[1:] if name not in {*PLACE, *LAST}]
    complete = table[table["state"] == "complete"].astype({name: "str" for name in tried})
    if not tried:
        complete, tried = complete.assign(setting="as it is"), ["setting"]
    figures = {"runs": ("run", "size")} | {name: ("dev_uar", how) for name, how in SPREAD.items()}
    found = complete.groupby(tried, sort=False).agg(**figures, seconds=("seconds", "mean"))
    return found.sort_values("dev_uar", ascending=False, kind="stable").reset_index()
