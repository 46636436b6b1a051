"""Kill 02 again and again with SIGKILL and show that the end is that of a training nobody touched.

    python benchmarks/soak.py [--kills 50] [--epochs 12]

Trains the demo corpus once in peace. Then trains it under another name, killing the notebook's kernel at random moments
(while it reads the corpus, trains or saves), opens what is left each time, and goes on until enough kills are done and
the run is complete. Prints the figures of docs/reliability.md: kills, unreadable files, and the difference at the end.
"""

import argparse
import datetime
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from emokit.run_folder import Run, RunError

PROJECT = Path(__file__).resolve().parents[1]
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate"]


def start_training(outputs: Path, name: str, epochs: int) -> subprocess.Popen:
    (outputs / name).mkdir(parents=True, exist_ok=True)
    notebook, executed = PROJECT / "notebooks" / "02_train.ipynb", outputs / name / "02_train.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook), str(executed)]
    for key, value in {"run": name, "outputs_dir": outputs, "epochs": epochs}.items():
        command += ["-p", key, str(value)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kernels_of(parent: int) -> list[int]:
    """Children of papermill: the kernel, which sits in a session of its own."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def kill(process: subprocess.Popen) -> None:
    doomed = [*kernels_of(process.pid), process.pid]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in doomed):  # a kernel needs a moment to give its memory back
        time.sleep(0.05)


def look_at(path: Path) -> tuple[str, str]:
    """Open what a kill has left: (state, what cannot be read)."""
    if not (path / "run.json").exists():
        return "not begun", ""
    try:
        run = Run.open(path)
        for name in run.record["files"]:
            if name in ("clips.csv", "predictions.csv"):
                run._clips(name)
        history = path / "history.csv"
        rows = run.history["epoch"].tolist() if history.exists() else []
        return run.state, "" if rows == list(range(1, len(rows) + 1)) else f"history has epochs {rows}"
    except (RunError, ValueError, OSError) as error:
        return "broken", str(error)


def difference(one: Run, other: Run) -> float:
    """Largest difference of the weights; infinite if history or predictions differ."""
    same = one.history[SAME_EACH_TIME].equals(other.history[SAME_EACH_TIME])
    same &= one.predictions.equals(other.predictions)
    pairs = zip(one.model().get_weights(), other.model().get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs) if same else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=12)
    arguments = parser.parse_args()
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        outputs, kills, broken, rounds, worst = Path(folder), 0, [], 0, 0.0
        begin = time.perf_counter()
        assert start_training(outputs, "whole", arguments.epochs).wait() == 0, "02 does not run in peace"
        took = time.perf_counter() - begin
        while kills < arguments.kills:
            name, rounds = f"cut{rounds}", rounds + 1
            while not (outputs / name / "metrics.json").exists():
                process = start_training(outputs, name, arguments.epochs)
                try:
                    process.wait(draw.uniform(0.1, 1.1) * took if kills < arguments.kills else None)
                    if process.returncode:
                        broken.append(f"{name}: 02 ended with {process.returncode}")
                        break
                except subprocess.TimeoutExpired:
                    kill(process)
                    kills += 1
                    state, wrong = look_at(outputs / name)
                    broken += [wrong] if wrong else []
                    print(f"kill {kills}: {state} {wrong}", flush=True)
            if start_training(outputs, name, arguments.epochs).wait() == 0:  # perhaps killed after metrics.json
                worst = max(worst, difference(Run.open(outputs / "whole"), Run.open(outputs / name)))
    print(f"{kills} kills in {rounds} runs: {len(broken)} unreadable or failed, largest difference of a weight {worst}")
    print("\n".join(broken))
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")
    sys.exit(bool(broken) or worst > 0)


if __name__ == "__main__":
    main()
