"""Kill what trains, saves and fills the cache with SIGKILL, at random moments, and look at what is left.

    python benchmarks/soak.py [--training 10] [--saving 20] [--caching 20] [--epochs 12]

Training: 02 on the demo corpus runs once in peace, then under other names, its kernel killed while it reads, trains or
saves, and goes on until it is complete; the end must be that of the run in peace. Saving: a process that does nothing
but write a run folder (no TensorFlow). Caching: a process that computes features. After each kill everything that
stands there is opened. Prints the figures of docs/reliability.md.
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
import pandas as pd
import soundfile as sf

from emokit import FeatureNormalizer, atomic_files, features, run_folder
from emokit.features import LogMelSettings
from emokit.run_folder import Run, RunError

PROJECT = Path(__file__).resolve().parents[1]
SAME_EACH_TIME = ["epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "penalty"]
SETTINGS = LogMelSettings(n_bands=20)
N_CLIPS = 300


def kill(process: subprocess.Popen) -> None:
    """Kill a process and its children: papermill's kernel sits in a session of its own."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    doomed = [*map(int, listed.stdout.split()), process.pid]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in doomed):  # a kernel needs a moment to give its memory back
        time.sleep(0.05)


def worker(name: str, folder: Path) -> subprocess.Popen:
    """A process of `save_forever` or `cache_forever` that has begun its work."""
    command = [sys.executable, __file__, "--worker", name, "--folder", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


# ---- saving ---------------------------------------------------------------------------------------------------------


def start_run(folder: Path) -> Run:
    part = np.repeat(["train", "dev", "test"], N_CLIPS // 3)
    clips = pd.DataFrame({"part": part, "emotion": "sad", "n_frames": 20, "corpus": "demo"})
    clips["file"] = [str(folder / "corpus" / f"{i:03}.wav") for i in range(N_CLIPS)]
    clips["speaker"] = "demo/" + clips["part"]
    parameters = {"data_dir": folder / "corpus", "epochs": 100_000}
    run = run_folder.start(folder / "saved", parameters, clips, settings=SETTINGS)
    frames = np.random.default_rng(0).normal(size=(N_CLIPS // 3, 20, 20))
    run.save_inputs(clips, pd.DataFrame({"severity": []}), FeatureNormalizer().fit(frames), None)
    return run


def save_forever(folder: Path) -> None:
    """What a training writes, without the training."""
    run = start_run(folder)
    print("going", flush=True)
    for epoch in range(run.epoch + 1, 100_000):
        run.save_state(epoch, {"w": np.full(400_000, epoch)}, {"epoch": epoch})  # about what a model takes
        atomic_files.write_csv(run.path / "history.csv", pd.DataFrame({"epoch": range(1, epoch + 1)}), durable=False)


def kill_saving(folder: Path, kills: int, draw: random.Random) -> list[str]:
    wrong, before = [], 0
    for _ in range(kills):
        process = worker("saving", folder)
        time.sleep(draw.uniform(0, 0.5))
        kill(process)
        state, error = look_at(folder / "saved")
        epoch, arrays, info = Run.open(folder / "saved").load_state() or (0, {"w": np.zeros(1)}, {"epoch": 0})
        if error or epoch < before or info["epoch"] != epoch or (arrays["w"] != epoch).any():
            wrong.append(f"{state}: {error} epoch {epoch} after {before}")
        before = epoch
    start_run(folder)
    left = [path.name for path in folder.rglob(".part-*")]
    return wrong + [f"left over: {name}" for name in left]


# ---- caching --------------------------------------------------------------------------------------------------------


def sounds(folder: Path) -> pd.DataFrame:
    return pd.DataFrame({"file": sorted(map(str, folder.glob("*.wav")))})


def cache_forever(folder: Path) -> None:
    features.log_mel_frames(np.zeros(400))
    print("going", flush=True)
    features.extract(sounds(folder), SETTINGS, folder / "cache", n_jobs=2)


def kill_caching(folder: Path, kills: int, draw: random.Random) -> list[str]:
    rng, wrong = np.random.default_rng(0), []
    for number in range(N_CLIPS):
        sf.write(folder / f"{number:03}.wav", 0.1 * rng.standard_normal(16_000), 16_000)
    clips = sounds(folder)
    begin = time.perf_counter()
    truth = list(features.extract(clips, SETTINGS))
    took = time.perf_counter() - begin
    for number in range(kills):
        process = worker("caching", folder)
        time.sleep(draw.uniform(0, took))
        kill(process)
        found = features.extract(clips, SETTINGS, folder / "cache", n_jobs=2)
        if not all(np.array_equal(a, b) for a, b in zip(found, truth, strict=True)):
            wrong.append(f"other features after kill {number + 1}")
        for shard in (folder / "cache").rglob("[!.]*.*"):  # work for the next one
            shard.unlink()
    return wrong


# ---- training -------------------------------------------------------------------------------------------------------


def start_training(outputs: Path, name: str, epochs: int) -> subprocess.Popen:
    (outputs / name).mkdir(parents=True, exist_ok=True)
    notebook, executed = PROJECT / "notebooks" / "02_train.ipynb", outputs / name / "02_train.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook), str(executed)]
    for key, value in {"run": name, "outputs_dir": outputs, "epochs": epochs}.items():
        command += ["-p", key, str(value)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def look_at(path: Path) -> tuple[str, str]:
    """Open what a kill has left: (state, what cannot be read)."""
    if not (path / "run.json").exists():
        return "not begun", ""
    try:
        run = Run.open(path)
        for name in run.record["files"]:
            if name in ("clips.csv", "predictions.csv"):
                run._clips(name)
        rows = run.history["epoch"].tolist() if (path / "history.csv").exists() else []
        return run.state, "" if rows == list(range(1, len(rows) + 1)) else f"history has epochs {rows}"
    except (RunError, ValueError, OSError) as error:
        return "broken", str(error)


def difference(one: Run, other: Run) -> float:
    """Largest difference of the weights; infinite if history or predictions differ."""
    same = one.history[SAME_EACH_TIME].equals(other.history[SAME_EACH_TIME])
    same &= one.predictions.equals(other.predictions)
    pairs = zip(one.model().get_weights(), other.model().get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs) if same else float("inf")


def kill_training(outputs: Path, most: int, draw: random.Random, epochs: int) -> list[str]:
    kills, wrong, rounds, worst = 0, [], 0, 0.0
    begin = time.perf_counter()
    assert start_training(outputs, "whole", epochs).wait() == 0, "02 does not run in peace"
    took = time.perf_counter() - begin
    while kills < most:
        name, rounds = f"cut{rounds}", rounds + 1
        while not (outputs / name / "metrics.json").exists():
            process = start_training(outputs, name, epochs)
            try:
                process.wait(draw.uniform(0.1, 1.1) * took if kills < most else None)
                if process.returncode:
                    return [*wrong, f"{name}: 02 ended with {process.returncode}"]
            except subprocess.TimeoutExpired:
                kill(process)
                kills += 1
                state, error = look_at(outputs / name)
                wrong += [error] if error else []
                print(f"  kill {kills}: {state} {error}", flush=True)
        if start_training(outputs, name, epochs).wait() == 0:  # perhaps killed after metrics.json
            worst = max(worst, difference(Run.open(outputs / "whole"), Run.open(outputs / name)))
    print(f"  {rounds} runs killed and resumed; largest difference of a weight: {worst}")
    return wrong + ([f"weights, history or predictions differ: {worst}"] if worst else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--training", type=int, default=10)
    parser.add_argument("--saving", type=int, default=20)
    parser.add_argument("--caching", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--worker", choices=["saving", "caching"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return {"saving": save_forever, "caching": cache_forever}[arguments.worker](arguments.folder)
    draw, wrong = random.Random(0), []
    kinds = {"saving": kill_saving, "caching": kill_caching, "training": kill_training}
    for kind, kill_kind in kinds.items():
        kills = getattr(arguments, kind)
        with tempfile.TemporaryDirectory() as folder:
            more = (arguments.epochs,) if kind == "training" else ()
            found = kill_kind(Path(folder), kills, draw, *more) if kills else []
        print(f"{kills} kills while {kind}: {len(found)} faults", *found, sep="\n  ", flush=True)
        wrong += found
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
