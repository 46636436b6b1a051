"""`push`: the project, its environment and corpora to the box, beside what is there until all of it is.

A push makes a folder of its own under code/ (unchanged files are links to those of the last one), so a run that is at
work or queued keeps the code it was started with, and a push that is cut leaves everything as it was.
"""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from emokit import notebook
from emokit.gpu_box import BoxError
from emokit.gpu_box.connection import Box


def push(box: Box, data: list[str], python: str | None = None) -> str:
    """Bring the project and folders of corpora to the box, and make its environment if it is not there.

    Args:
        box: the host.
        data: folders of corpora; each becomes `data/<its name>` on the box, without what is no longer in it here.
        python: an interpreter on the box that has what the project needs; by default a venv is made.

    Returns:
        What to say at the end.
    """
    root, corpora = notebook.project_root(), [_folder(place) for place in data]
    files = project_files(root)
    _refuse_two(files, [corpus.name for corpus in corpora])
    found = box.ask("prepare", python=python)
    part = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.part"
    names = b"".join(os.fsencode(name) + b"\0" for name in files)
    links = ["--link-dest=../current", "--from0", "--files-from=-"]
    box.rsync("-rltp", *links, f"{root}/", box.place(f"code/{part}/"), files=names)
    for corpus in corpora:
        print(f"{corpus.name}: {corpus} goes to data/{corpus.name}", flush=True)
        box.rsync("-rLt", "--delete-delay", "--partial", f"{corpus}/", box.place(f"data/{corpus.name}/"))
    base = found["python"]
    made = box.ask("environment", at=part, python=base, given=bool(python), gpu=bool(found["gpus"]))
    box.ask("switch", at=part, python=base, part=part, to=made, gpu=bool(found["gpus"]), commit=_commit(root))
    return f"{len(files)} files are there" + "".join(f"; -p data_dir data/{corpus.name}" for corpus in corpora)


def project_files(root: Path) -> list[str]:
    """What git tracks and what it does not ignore, as it stands here, but for outputs."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True)
    except FileNotFoundError:
        raise BoxError("git is not installed here; install it: `push` takes what git does not ignore.") from None
    if done.returncode:
        raise BoxError(f"{root} is no git checkout; run `git init` in it: `push` takes what git does not ignore.")
    names = sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})
    return [name for name in names if not name.startswith("outputs/") and os.path.lexists(root / name)]


def _refuse_two(files: list[str], corpora: list[str]) -> None:
    """Refuse a corpus whose place on the box another one has, or the project."""
    for name in corpora:
        if corpora.count(name) > 1 or any(file.startswith(f"data/{name}/") for file in files):
            raise BoxError(f"Two folders would be data/{name} on the box; give the corpus another name.")


def _folder(place: str) -> Path:
    path = Path(place).expanduser().resolve()
    if not path.is_dir():
        raise BoxError(f"{place} is no folder here; name the folder of a corpus.")
    return path


def _commit(root: Path) -> str:
    """The commit that the files are of, as run.json keeps it: with -dirty where they differ."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()
