"""On a machine with a GPU: what the kit promises there, checked by trainings of 02; elsewhere it says so and ends.

    python benchmarks/gpu.py [--corpus demo] [--data-dir DIR] [--epochs 12]

1. The LSTMs of the network really run as cuDNN's fused kernel, all of them.
2. 02 trains there, and run.json says on which device.
3. With `deterministic`, a run that was killed and goes on ends with the bits of one in peace.
4. Seconds an epoch, with and without `deterministic`, and on the CPU of the same machine.

Prints figures with device and date; exit status 1 where one of 1 to 3 does not hold.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "penalty"]
FIRST = 2  # epochs that do not count: in them the graph is made and the clocks of the GPU rise


def fused() -> dict:
    """What `python -m emokit.model.fused` says: GPUs, LSTMs, and how many of them are fused."""
    command = [sys.executable, "-m", "emokit.model.fused"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
    if done.returncode:
        sys.exit(f"TensorFlow does not work here: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def training(given, outputs: Path, name: str, *, deterministic: bool, gpu: bool = True) -> subprocess.Popen:
    """02 by papermill, begun."""
    (outputs / name).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR"]
    command += ["notebooks/02_train.ipynb", str(outputs / name / "02_train.ipynb")]
    parameters = {"run": name, "outputs_dir": outputs, "corpus": given.corpus, "epochs": given.epochs}
    parameters |= {"deterministic": deterministic} | ({"data_dir": given.data_dir} if given.data_dir else {})
    for key, value in parameters.items():
        command += ["-p", key, str(value)]
    hidden = {} if gpu else {"CUDA_VISIBLE_DEVICES": ""}
    environment = os.environ | {"TF_FORCE_GPU_ALLOW_GROWTH": "true"} | hidden
    return subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True)


def trained(process: subprocess.Popen, path: Path) -> Run:
    """The run that a training makes, once it is complete."""
    said = process.communicate()[1]
    if process.returncode:
        sys.exit("\n".join(["02 failed:", *said.strip().splitlines()[-20:]]))
    return Run.open(path)


def killed_and_resumed(given, outputs: Path) -> Run:
    """A deterministic training that was killed in about its middle, and went on."""
    process = training(given, outputs, "killed", deterministic=True)
    history = outputs / "killed" / "history.csv"
    while process.poll() is None:
        if history.exists() and len(history.read_text().splitlines()) > given.epochs // 2:
            break
        time.sleep(0.02)
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    for pid in [*map(int, listed.stdout.split()), process.pid]:
        os.kill(pid, 9)
    process.communicate()
    return trained(training(given, outputs, "killed", deterministic=True), outputs / "killed")


def same_bits(one: Run, other: Run) -> bool:
    """Whether two runs have the same history, predictions and weights."""
    same = one.history[SAME_EACH_TIME].equals(other.history[SAME_EACH_TIME])
    proofs = [json.loads((run.path / "split.json").read_text(encoding="utf-8")) for run in (one, other)]
    return same and one.predictions.equals(other.predictions) and proofs[0] == proofs[1]


def pace(run: Run) -> float:
    """Seconds of an epoch: median without the first ones."""
    return float(run.history["seconds"].iloc[FIRST:].median())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="demo")
    parser.add_argument("--data-dir", help="folder of the corpus")
    parser.add_argument("--epochs", type=int, default=12)
    given = parser.parse_args()
    found = fused()
    if not found["gpus"]:
        print("TensorFlow sees no GPU here, so nothing was checked; with one: pip install -e '.[gpu]', and again.")
        return
    with tempfile.TemporaryDirectory() as folder:
        outputs, runs = Path(folder), {}
        for name, options in {"free": {}, "deterministic": {"deterministic": True}, "cpu": {"gpu": False}}.items():
            process = training(given, outputs, name, **({"deterministic": False} | options))
            runs[name] = trained(process, outputs / name)
        same = same_bits(runs["deterministic"], killed_and_resumed(given, outputs))
        device = runs["free"].record["sessions"][-1]["device"]
        checks = {
            f"{found['fused']} of {found['lstms']} LSTMs run as the fused kernel": found["fused"] == found["lstms"] > 0,
            f"02 trained on {device}": device == ", ".join(found["gpus"]),
            "killed and resumed, deterministic: bit-equal": same,
        }
        for sentence, holds in checks.items():
            print(f"{'holds' if holds else 'FAILS'}  {sentence}")
        for name, run in runs.items():
            print(f"{name:14} {pace(run):.3f} s an epoch, {len(run.clips)} clips of {given.corpus}")
    print(f"{datetime.date.today()}, {device}, {os.cpu_count()} cores, Python {platform.python_version()}")
    sys.exit(not all(checks.values()))


if __name__ == "__main__":
    main()
