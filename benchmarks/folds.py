"""Train speaker-disjoint folds of a corpus by papermill, and print the pooled UAR of the test with its interval.

    python benchmarks/folds.py demo data/demo --folds 1 2 3 4 --seeds 0 1 2
    python benchmarks/folds.py ravdess DATA_DIR --folds 2 4 5 6 --preset ravdess -p learning_rate 0.001

A run that is complete in outputs/ is read, not trained again.
"""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from emokit import metrics
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]


def train(fold: int, seed: int, arguments: argparse.Namespace) -> Run:
    """Run 02 for one fold and seed; print what dev and test say of it."""
    name = f"{arguments.corpus}-fold{fold}-seed{seed}{arguments.suffix}"
    folder = arguments.outputs_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {"corpus": arguments.corpus, "data_dir": arguments.data_dir, "outputs_dir": arguments.outputs_dir}
    parameters |= {"run": name, "fold": fold, "seed": seed, "preset": arguments.preset} | dict(arguments.parameters)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR"]
    command += [str(PROJECT / "notebooks" / "02_train.ipynb"), str(folder / "02_train.ipynb")]
    for key, value in parameters.items():
        command += ["-p", key, str(value)]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    run = Run.open(folder, arguments.data_dir)
    print(f"fold {fold}, seed {seed}: {said_of(run)}, {time.perf_counter() - start:.0f} s", flush=True)
    return run


def said_of(run: Run) -> str:
    """UAR of dev and test, and the epochs."""
    parts = {part: run.predictions.query("part == @part") for part in ("dev", "test")}
    scores = {part: 100 * metrics.uar(said["emotion"], said["predicted"]) for part, said in parts.items()}
    return f"dev {scores['dev']:.1f} %, test {scores['test']:.1f} %, {len(run.history)} epochs"


def main(argv: list[str] | None = None) -> None:
    """Train every fold with every seed, and pool the folds of each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="")
    parser.add_argument("--suffix", default="", help="appended to the run names, to keep a variant apart")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    parser.add_argument("-p", dest="parameters", nargs=2, action="append", default=[], help="a parameter of 02")
    arguments = parser.parse_args(argv)
    arguments.outputs_dir, arguments.data_dir = arguments.outputs_dir.resolve(), arguments.data_dir.resolve()
    for seed in arguments.seeds:
        runs = [train(fold, seed, arguments) for fold in arguments.folds]
        test = metrics.pool({run.path.name: run.predictions for run in runs}).query("part == 'test'")
        dependent = any(run.certificate()["speaker_dependent"] for run in runs)
        told = metrics.headline(test, speaker_dependent=dependent)
        print(f"{arguments.corpus}, folds {arguments.folds}, seed {seed}: {told}", flush=True)
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
