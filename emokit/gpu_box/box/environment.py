"""The environment on the box: made once for a requirements.txt, or one that is there and checked; standard library.

It runs before there is any other package.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from emokit import atomic_files, lock
from emokit.gpu_box import BoxError
from emokit.gpu_box.box import HOME, LOCK

# Prints what is missing of the requirements that pyproject.toml names; runs in the environment in question.
CHECK = """
import sys, tomllib
from importlib.metadata import PackageNotFoundError, version
from packaging.requirements import Requirement
wrong = []
for line in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]:
    needed = Requirement(line)
    try:
        if version(needed.name) not in needed.specifier:
            wrong.append(f"{line} (there is {version(needed.name)})")
    except PackageNotFoundError:
        wrong.append(line)
print(", ".join(wrong))
"""


def environment(*, given: bool, gpu: bool) -> str:
    """Path of a Python that has what this code needs.

    Args:
        given: the user named the Python that this runs in; it is checked and not changed.
        gpu: TensorFlow comes with CUDA.

    Raises:
        BoxError: what is missing or could not be installed.
    """
    if given:
        return _checked(sys.executable)
    pins = Path("requirements.txt").read_text(encoding="utf-8")
    kind = "gpu" if gpu else "cpu"
    digest = hashlib.sha256(f"{pins}{kind}{sys.version}".encode()).hexdigest()[:12]
    folder = HOME / "environments" / f"{kind}-{digest}"
    why = "nvidia-smi answers, so TensorFlow comes with CUDA (the extra gpu)"
    _say(why if gpu else "nvidia-smi does not answer, so TensorFlow is the wheel for CPUs")
    if (folder / "ready").exists():
        _say(f"the environment is there: {folder.name}")
    else:
        _make(folder, _cuda(pins) if gpu else [])
    return str(folder / "bin" / "python")


def switch(*, part: str, to: str, gpu: bool, commit: str) -> None:
    """Make what was pushed current: from here on runs start in it; what no run uses any more is removed.

    Args:
        part: its folder under code/, which ends in .part.
        to: the Python of its environment.
        gpu: as in `environment`.
        commit: of the files, "" if not known.
    """
    part = HOME / "code" / part
    _link(part / "outputs", "../../outputs")
    for corpus in (HOME / "data").iterdir():
        if not (part / "data" / corpus.name).exists():
            _link(part / "data" / corpus.name, f"../../../data/{corpus.name}")
    pushed = part.with_suffix("")
    part.rename(pushed)
    _link(HOME / "code" / "current", pushed.name)
    atomic_files.write_json(HOME / "box.json", {"python": to, "gpu": gpu, "commit": commit})
    _remove_unused({pushed.name}, to)


def _checked(python: str) -> str:
    done = subprocess.run([python, "-c", CHECK], capture_output=True, text=True)
    missing = done.stdout.strip() if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it fails"])[-1]
    if missing:
        what = f"{python} does not hold what pyproject.toml asks for: {missing}"
        raise BoxError(f"{what}; install it there, as by `{python} -m pip install -r requirements.txt`.")
    _say(f"{python} holds what pyproject.toml asks for")
    return python


def _make(folder: Path, more: list[str]) -> None:
    """A venv with the requirements; one that was cut off is gone on with."""
    _say(f"{folder.name} is made, once: some minutes, 4 GB, more with CUDA; its log is environments/pip.log")
    python = str(folder / "bin" / "python")
    venv = "install Python's venv there, as by `apt-get install python3-venv`"
    _call([sys.executable, "-m", "venv", str(folder)], venv)
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt", *more]
    _call(pip, "look at emokit-box/environments/pip.log there")
    (folder / "ready").touch()


def _call(command: list[str], remedy: str) -> None:
    log = HOME / "environments" / "pip.log"
    with log.open("wb") as stream:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    if done.returncode:
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        full = any("No space left on device" in line for line in lines)
        why, remedy = ("the disk is full", "free space") if full else ((lines or ["no reason given"])[-1], remedy)
        raise BoxError(f"The environment could not be made ({why}); {remedy} and give the command again.")


def _cuda(pins: str) -> list[str]:
    """The requirement of TensorFlow with CUDA, in the version that is pinned."""
    line = next(line for line in pins.splitlines() if line.startswith("tensorflow=="))
    return [line.replace("tensorflow", "tensorflow[and-cuda]", 1)]


def _link(path: Path, target: str) -> None:
    """A symbolic link, put in the place of an older one in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(path)


def _remove_unused(codes: set[str], python: str) -> None:
    """Remove the code and the environments of earlier pushes that no living run uses."""
    used, environments = codes | {"current"}, {Path(python).parent.parent.name}
    for launch in (HOME / "outputs").glob("*/launch.json"):
        if lock.is_taken(launch.with_name(LOCK)):
            started = json.loads(launch.read_text(encoding="utf-8"))
            used.add(started["code"])
            environments.add(started["environment"])
    made_here = Path(python).is_relative_to(HOME)
    for folder, kept in [("code", used), ("environments", environments)][: 1 + made_here]:
        for other in (HOME / folder).iterdir():
            if other.name not in kept and other.is_dir() and not other.name.endswith(".part"):
                shutil.rmtree(other)


def _say(sentence: str) -> None:
    print(json.dumps({"say": sentence}), flush=True)
