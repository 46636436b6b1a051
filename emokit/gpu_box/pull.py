"""`pull`: a run from the box, whole and of one moment, or nothing: until all of it is checked the copy here stays.

The box makes a snapshot, rsync brings it beside the copy here, every file is compared with its sha256 of the snapshot
and with what run.json lists, and then the new folder takes the place of the old one.
"""

import os
import shutil
from pathlib import Path

from emokit import atomic_files, lock, notebook
from emokit.gpu_box import BoxError
from emokit.gpu_box.connection import Box
from emokit.run_folder import Run, RunError, record

TRIES = 3  # of a snapshot: another `pull` of the same run may have replaced the first one meanwhile
OF_HERE = ("reviews.csv",)  # what was said here of the run stands above what the box has


class Stays(BoxError):
    """The copy here is further, or another training: it is not replaced, whenever one asks."""


def outputs() -> Path:
    """The folder of the runs here, as the notebooks have it."""
    return Path(os.environ.get("EMOKIT_OUTPUTS_DIR") or notebook.project_root() / "outputs")


def pull(box: Box, name: str) -> str:
    """Bring a run here, and say which state of it; files that only the copy here has stay, such as its figures.

    Raises:
        BoxError: also where the copy here is further, is trained here, or is another training under the same name.
    """
    here, aside = outputs() / name, outputs() / f".pull-{name}"
    aside.mkdir(parents=True, exist_ok=True)
    try:
        lock.take(aside / record.LOCK)
    except lock.TakenError as holder:
        raise BoxError(f"Run {name} is being pulled by {holder}; wait for it.") from None
    try:
        _put_back(here, aside / "old")
        fresh = aside / name  # under its own name, which sentences about it give
        files = _bring(box, name, here, fresh)
        run = _opened(fresh)
        _refuse_to_lose(here, run)
        _keep(here, fresh, files)
        _exchange(here, fresh, aside / "old")
        shutil.rmtree(aside)
    finally:
        lock.release(aside / record.LOCK)
    return f"{here}: {run.state if run else 'no run.json'}, {len(files)} files"


def _bring(box: Box, name: str, here: Path, fresh: Path) -> dict[str, str]:
    """Copy a snapshot of the run to `fresh`, as it was said to be; gives sha256 by name."""
    for _ in range(TRIES):
        files = box.ask("snapshot", run=name)
        known = [f"--link-dest={here}"] if here.is_dir() else []
        box.rsync("-rlt", "--delete", *known, box.place(f"pull/{name}/"), f"{fresh}/")
        there = {path.relative_to(fresh).as_posix(): path for path in fresh.rglob("*") if path.is_file()}
        if {file: atomic_files.sha256(path) for file, path in there.items()} == files:
            return files
    raise BoxError(f"Run {name} did not arrive as it was sent; what is here stays, give the command again.")


def _opened(folder: Path) -> Run | None:
    """The run in a folder, each file that it lists verified; None where there is none, as of notebook 03."""
    if not (folder / "run.json").exists():
        return None
    try:
        return Run.open(folder)
    except RunError as error:
        raise BoxError(f"{error} What is here stays.") from None


def _refuse_to_lose(here: Path, fresh: Run | None) -> None:
    """Refuse to replace what is further, at work, or another training.

    Raises:
        Stays: if that will not change.
        BoxError: if it may.
    """
    if not (here / "run.json").exists():
        return
    if lock.is_taken(here / record.LOCK):
        raise BoxError(f"{here} is being trained here; wait for it, or take another name on the box.")
    if fresh is None:
        raise Stays(f"{here} is a run, on the box it is none; move the one here away to take that.")
    try:
        mine = Run.open(here)
    except RunError:
        return  # damaged: this is how to mend it
    begun, begun_there = (run.record["sessions"] for run in (mine, fresh))
    both = min(len(begun), len(begun_there))
    if begun_there[:both] != begun[:both]:
        what = "was gone on with here" if begun_there[:1] == begun[:1] else "is another training than that of the box"
        raise Stays(f"{here} {what}; move it away to take that of the box.")
    if _progress(mine) > _progress(fresh):
        raise Stays(f"{here} is further ({mine.state}) than that of the box ({fresh.state}); it stays.")


def _progress(run: Run) -> tuple:
    state = run.load_state()
    return run.complete, run.epoch, state[2].get("batch", 0) if state else 0


def _keep(here: Path, fresh: Path, files: dict[str, str]) -> None:
    """Take over what only the copy here has, and what was said here; states of earlier epochs go."""
    for path in here.rglob("*") if here.is_dir() else ():
        name = path.relative_to(here)
        left = name.parts[0] == "state" or path.name == record.LOCK or path.name.startswith(atomic_files.PART)
        if path.is_file() and not left and (name.as_posix() not in files or name.as_posix() in OF_HERE):
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, fresh / name)


def _exchange(here: Path, fresh: Path, old: Path) -> None:
    if here.exists():
        here.rename(old)
    fresh.rename(here)


def _put_back(here: Path, old: Path) -> None:
    """Undo an exchange that was killed half-way, and remove what an earlier pull has left of the copy before."""
    if old.exists() and not here.exists():
        old.rename(here)
    shutil.rmtree(old, ignore_errors=True)
