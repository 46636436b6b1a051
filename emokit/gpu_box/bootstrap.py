"""The first program on the box: sent whole through ssh to whatever `python3` is there, so it is plain, old Python.

`prepare` and `facts` are answered here, before anything was pushed; other verbs go on in the emokit that was pushed,
by the Python of its environment. Each answer is one line of JSON on stdout.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
FOLDERS = ("code", "data", "environments", "outputs")


def main(request):
    """Answer a request: its verb, and the arguments of the verb."""
    home = Path("~/emokit-box").expanduser()
    try:
        if request["verb"] == "facts":
            print(json.dumps({"answer": facts(home)}))
        elif request["verb"] == "prepare":
            print(json.dumps({"answer": prepare(home, request["python"])}))
        else:
            hand_on(home, request)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(json.dumps({"error": f"On the box: {error.strerror or error}{where}."}))


def facts(home):
    """What can be known of the box before anything is there: Python, rsync, GPUs, disk."""
    gpus, driver = nvidia()
    return {
        "python": new_enough(["python3", *(f"python3.{minor}" for minor in range(20, OLDEST[1] - 1, -1))]),
        "rsync": bool(shutil.which("rsync")),
        "gpus": gpus,
        "driver": driver,
        "free": shutil.disk_usage(str(home if home.is_dir() else home.parent)).free,
        "pushed": (home / "box.json").exists(),
    }


def new_enough(names):
    """Path of the first of these programs that is a Python 3.11 or newer, or None."""
    code = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    for path in filter(None, map(shutil.which, names)):
        if subprocess.call([path, "-c", code]) == 0:
            return path
    return None


def nvidia():
    """(one line for each GPU, "") by nvidia-smi, or ([], why there is none)."""
    command = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    except OSError:
        return [], "there is no nvidia-smi"
    except subprocess.TimeoutExpired:
        return [], "nvidia-smi does not answer"
    said = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return (said, "") if done.returncode == 0 and said else ([], "nvidia-smi says " + " ".join(said)[:200])


def prepare(home, python):
    """Make the folders, remove what a cut push has left, and tell the facts; `python` is one that the user named."""
    found = facts(home)
    if not found["rsync"]:
        raise OSError("rsync is not installed; install it there, as by `apt-get install rsync`")
    if python:
        found["python"] = new_enough([str(Path(python).expanduser())])
    if not found["python"]:
        own = f"its Python is {sys.version_info[0]}.{sys.version_info[1]}; install 3.11 or newer"
        named = f"{python} is no Python 3.11 or newer; name one that is there"
        raise OSError(named if python else f"{own}, or name one by `push --python PATH`")
    for name in FOLDERS:
        (home / name).mkdir(parents=True, exist_ok=True)
    for part in (home / "code").glob("*.part"):
        shutil.rmtree(str(part))
    return found


def hand_on(home, request):
    """Go on in the code that was pushed, by its Python; does not come back."""
    code, python = home / "code" / request.pop("at", "current"), request.pop("python", None)
    if not python and (home / "box.json").exists():
        python = json.loads((home / "box.json").read_text())["python"]
    if not python or not code.is_dir():
        raise OSError("nothing was pushed yet; give the command `push` first")
    if not os.access(python, os.X_OK):
        raise OSError(f"the environment is gone ({python}); give the command `push` again")
    os.chdir(str(code.resolve()))
    environment = dict(os.environ, PYTHONPATH=str(code.resolve()), PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8")
    os.execve(python, [python, "-m", "emokit.gpu_box.box", json.dumps(request)], environment)
