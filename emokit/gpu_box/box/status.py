"""What stands in the run folders of the box, in the words of a table.

What reads a training is loaded only where there is one: it takes longer than most answers.
"""

import json
import re
from pathlib import Path

from emokit import lock
from emokit.gpu_box import BoxError
from emokit.gpu_box.box import HOME, LAUNCH, LOCK, LOG, turns

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
AGAIN = "give the same `run` command again"


def status() -> list[dict]:
    """A row a run, the one that was started last at the end; `of` tells what is in it."""
    folders = {path.parent for name in (LAUNCH, "run.json") for path in (HOME / "outputs").glob(f"*/{name}")}
    return [of(folder) for folder in sorted(folders, key=_when)]


def of(folder: Path) -> dict:
    """`run`, `state`, one of queued, running, stopped, failed, interrupted, complete, and `said`, more about it."""
    launch, run = _launch(folder), _run(folder)
    row = {"run": folder.name, "state": _state(folder, launch, run), "said": launch.get("said", "")}
    if row["state"] == "queued":
        ahead = turns.ahead_of(folder.name)
        row["said"] = f"{ahead} before it" if ahead else "next"
    elif row["state"] == "running":
        row["said"] = progress(run)
    elif row["state"] == "interrupted":
        row["said"] = row["said"] or f"{saved(folder)}; {AGAIN}"
    elif row["state"] == "complete":
        row["said"] = progress(run) if run else ""
    return row


def folder_of(run: str) -> Path:
    """The folder of a run on the box, or BoxError with the names that there are."""
    there = sorted(path.name for path in (HOME / "outputs").iterdir() if path.is_dir() and path.name != "cache")
    if run not in there:
        raise BoxError(f"There is no run {run} on the box; there are {', '.join(there) or 'none'}.")
    return HOME / "outputs" / run


def progress(run) -> str:
    """How far a training is: epoch, the last figure of dev, time left."""
    if not run or not (run.path / "history.csv").exists():
        return "no epoch has ended yet"
    from emokit.run_folder.pace import time_left

    history = run.history
    last, epochs = history.iloc[-1], run.parameters["epochs"]
    name = next(column for column in history if column.startswith("val_") and column != "val_loss")
    shown = f"{100 * last[name]:.1f} %" if name == "val_uar" else f"{last[name]:.4g}"
    may_stop = run.parameters.get("schedule", "plateau") == "plateau"
    left = "" if run.complete else time_left(history, epochs, may_stop=may_stop)
    said = f"epoch {int(last['epoch'])} of {epochs}, dev {name.removeprefix('val_').upper()} {shown}"
    return f"{said}, {left}" if left else said


def saved(folder: Path) -> str:
    """Where a run would go on, as "saved at epoch 3 and 5 batches of the next"."""
    run = _run(folder)
    state = run.load_state() if run else None
    if not state:
        return "nothing saved yet"
    epoch, _, info = state
    return f"saved at epoch {epoch}" + (f" and {info['batch']} batches of the next" if info["batch"] else "")


def last_lines(folder: Path, n: int) -> list[str]:
    """The last lines of the log that say something, without colours."""
    with (folder / LOG).open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 20_000))
        lines = COLOURS.sub("", stream.read().decode("utf-8", "replace")).splitlines()
    return [line.strip() for line in lines if line.strip()][-n:] or ["it says nothing"]


def living(folder: Path) -> bool:
    """Whether a launcher or a training is at work in a run folder."""
    return lock.is_taken(folder / LOCK) or _is_trained(folder)


def _is_trained(folder: Path) -> bool:
    """Whether a process is at the run: papermill alone, or one whose launcher was killed."""
    if not (folder / "run.json").exists():
        return False
    from emokit.run_folder import record

    return lock.is_taken(folder / record.LOCK)


def _state(folder: Path, launch: dict, run) -> str:
    if lock.is_taken(folder / LOCK):
        return "queued" if launch.get("state", "queued") in ("starting", "queued") else "running"
    if _is_trained(folder):
        return "running"
    if launch.get("state") in ("stopped", "failed", "complete"):
        return launch["state"]
    return "complete" if run and run.complete else "interrupted"


def _launch(folder: Path) -> dict:
    path = folder / LAUNCH
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _run(folder: Path):
    """The Contents of a run folder, its files not verified; None where there is no training."""
    if not (folder / "run.json").exists():
        return None
    from emokit.run_folder import RunError, record
    from emokit.run_folder.contents import Contents

    try:
        return Contents(folder, record.read_record(folder))
    except RunError:
        return None


def _when(folder: Path) -> float:
    return max(path.stat().st_mtime for name in (LAUNCH, "run.json") if (path := folder / name).exists())
