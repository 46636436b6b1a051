"""A copy of a run at one moment: no file of it is of another epoch than the rest, also while it is trained."""

import shutil
import time
from pathlib import Path

from emokit import atomic_files
from emokit.gpu_box import BoxError
from emokit.gpu_box.box import HOME, LAUNCH, LOCK, LOG, status
from emokit.run_folder import Run, RunError, record

TRIES, PAUSE = 50, 0.2  # a training writes for some milliseconds an epoch
LOGS = (LOG, LAUNCH, "train.log", "tensorboard")  # grow in place, and tell of moments rather than of one


def snapshot(*, run: str) -> dict[str, str]:
    """Copy a run to pull/ on the box; gives the sha256 of its files by name.

    Raises:
        BoxError: if it stands still in no try, or a file is not as run.json lists it.
    """
    folder, copy = status.folder_of(run), HOME / "pull" / run
    for _ in range(TRIES):
        living, before = status.living(folder), _listing(folder)
        try:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy, ignore=_ignored(living))
            why = "" if _listing(folder) == before else "files change all the time"
            why = why or _contradiction(copy, living)
        except (shutil.Error, FileNotFoundError) as error:  # a state that was overtaken meanwhile
            why = str(error)
        if not why:
            return {path.relative_to(copy).as_posix(): atomic_files.sha256(path) for path in _files(copy)}
        time.sleep(PAUSE)
    raise BoxError(f"Run {run} cannot be copied as a whole ({why}); give the command again later.")


def _ignored(living: bool):
    """Locks and unfinished files; while papermill writes the executed notebook, that too."""
    notebooks = ["*.ipynb"] if living else []
    return shutil.ignore_patterns(record.LOCK, LOCK, f"{atomic_files.PART}*", *notebooks)


def _contradiction(copy: Path, living: bool) -> str:
    """What the files of a run say against each other; "" if nothing, and of a folder that holds no run."""
    if not (copy / "run.json").exists():
        return ""
    try:
        run = Run.open(copy)
        state = run.load_state()
        rows = len(run.history) if (copy / "history.csv").exists() else 0
    except RunError as error:
        return str(error)
    # The state is saved before its row is written; a run that was killed in between writes it when it goes on.
    return f"history.csv ends at epoch {rows}" if living and state and rows != state[0] else ""


def _listing(folder: Path) -> dict[str, tuple]:
    """Which files there are, and whether they were replaced."""
    listed = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(LOGS) and not path.name.startswith(atomic_files.PART) and path.suffix != ".ipynb":
            facts = path.stat()
            listed[name] = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
    return listed


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
