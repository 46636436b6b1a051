"""`run`: what is asked for is checked, and a launcher started that outlives the connection."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from emokit import atomic_files, lock
from emokit.gpu_box import BoxError
from emokit.gpu_box.box import HOME, LAUNCH, LOCK, LOG, status

STARTS = 60  # seconds that a launcher may take
# As a unit of the user's systemd: told alone to end, and its processes with it a while later.
UNIT = ["systemd-run", "--user", "--quiet", "--collect", "--property=KillMode=mixed", "--property=TimeoutStopSec=120"]


def run(*, notebook: str, parameters: list[list[str]], now: bool) -> dict:
    """Start a notebook, or queue it.

    Args:
        notebook: path in the project.
        parameters: ["-p" or "-r", name, value] each, as papermill has them.
        now: begin at once, beside whatever is at work.

    Returns:
        `run`, its name, and `state`.

    Raises:
        BoxError: a parameter that the notebook would refuse, or a run of this name that is at work.
    """
    name = run_name(notebook, parameters)
    folder = HOME / "outputs" / name
    folder.mkdir(parents=True, exist_ok=True)
    if lock.is_taken(folder / LOCK):
        raise BoxError(f"Run {name} is {status.of(folder)['state']} already; follow it, or stop it first.")
    known = json.loads((HOME / "box.json").read_text(encoding="utf-8"))
    launch = {"state": "starting", "notebook": notebook, "parameters": parameters, "now": now, "said": ""}
    launch |= {"code": Path.cwd().name, "environment": Path(sys.executable).parent.parent.name}
    launch["commit"] = known["commit"]
    launch["log_from"] = (folder / LOG).stat().st_size if (folder / LOG).exists() else 0
    atomic_files.write_json(folder / LAUNCH, launch)
    _start(folder)
    return {"run": name, "state": status.of(folder)["state"]}


def run_name(notebook: str, parameters: list[list[str]]) -> str:
    """The name of the run that a notebook with these parameters makes; without a parameter `run` its own name.

    What the notebook would refuse is refused here, before anything starts.
    """
    path = Path(notebook)
    if not path.is_file() or path.suffix != ".ipynb":
        raise BoxError(f"There is no notebook {notebook} in what was pushed; push again, or name one of notebooks/.")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    tagged = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    checks = any("notebook_parameters.check" in "".join(cell["source"]) for cell in cells)
    if not (tagged and checks):
        return path.stem
    passed = {name: _as_papermill_reads(kind, value) for kind, name, value in parameters}
    if "outputs_dir" in passed:
        raise BoxError("On the box all runs are in emokit-box/outputs; leave outputs_dir out.")
    from emokit.notebook_parameters import (  # here: it loads pandas, for which others need not wait
        ParameterError,
        check,
    )

    try:
        return check(_names(tagged[0], passed)).get("run", path.stem)
    except ParameterError as error:
        raise BoxError(str(error)) from None


def _names(cell: str, passed: dict) -> dict:
    """`globals()` of a notebook whose first cells are `parameters` and the one that papermill adds."""
    lines = [line for line in ast.parse(cell).body if isinstance(line, ast.AnnAssign)]
    declared = {line.target.id: ast.literal_eval(line.value) for line in lines}
    injected = "# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in passed.items())
    try:
        ast.parse(injected)
    except SyntaxError:
        strange = next(name for name in passed if not name.isidentifier())
        raise BoxError(f"Received parameter {strange!r}, which is no name; expected -p NAME VALUE.") from None
    history = [cell, injected, "notebook_parameters.check(globals())"]
    return declared | passed | {"__annotations__": dict.fromkeys(declared), "In": history}


def _as_papermill_reads(kind: str, value: str):
    from papermill.cli import _resolve_type  # what its -p does to a value; there is no public name for it

    return _resolve_type(value) if kind == "-p" else value


def _start(folder: Path) -> None:
    """Start the launcher of a run folder and wait until it is at work or knows that it has to wait."""
    command = [sys.executable, "-m", "emokit.gpu_box.box.launcher", str(folder)]
    with (folder / LOG).open("ab") as log:
        if _systemd():
            paths = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
            unit = [*UNIT, f"--working-directory={Path.cwd()}", f"--property=StandardOutput=append:{folder / LOG}"]
            unit += [f"--property=StandardError=append:{folder / LOG}"]
            command = [*unit, *(f"--setenv={name}={value}" for name, value in paths.items()), "--", *command]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    end = time.monotonic() + STARTS
    while _launch(folder)["state"] == "starting" and not process.poll() and time.monotonic() < end:
        time.sleep(0.1)
    if "pid" not in _launch(folder):
        raise BoxError(f"The launcher of {folder.name} did not start: {status.last_lines(folder, 1)[0]}.")


def _launch(folder: Path) -> dict:
    """What the launcher has written so far."""
    return json.loads((folder / LAUNCH).read_text(encoding="utf-8"))


def _systemd() -> bool:
    """Whether a unit of the user's systemd outlives the login: without lingering it would end with it."""
    if not shutil.which("systemd-run"):
        return False
    known = {"capture_output": True, "text": True}
    user = ["systemctl", "--user", "is-system-running"]
    if subprocess.run(user, **known).stdout.strip() not in ("running", "degraded"):
        return False
    lingers = subprocess.run(["loginctl", "show-user", str(os.getuid()), "--property=Linger"], **known).stdout.strip()
    return lingers == "Linger=yes" or not subprocess.run(["loginctl", "enable-linger"], **known).returncode
