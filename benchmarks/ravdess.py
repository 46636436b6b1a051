"""Train four speaker-disjoint folds of RAVDESS by papermill and print the pooled UAR with its interval.

    python benchmarks/ravdess.py DATA_DIR [--folds 2 4 5 6] [--seed 0] [-p learning_rate 0.001 …]

DATA_DIR holds RAVDESS (Actor_NN folders). The folds are EmoBox's; 2, 4, 5 and 6 are those that the 16 actors
2 to 7, 10, 12 to 18, 22 and 24 give. A fold that is complete in outputs/ is read, not trained again.
"""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from emokit import metrics
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]


def train(fold: int, data_dir: Path, arguments: argparse.Namespace) -> Run:
    name = f"ravdess-fold{fold}-seed{arguments.seed}{arguments.suffix}"
    folder = arguments.outputs_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {"corpus": "ravdess", "data_dir": data_dir, "outputs_dir": arguments.outputs_dir, "run": name}
    parameters |= {"preset": "ravdess", "fold": fold, "seed": arguments.seed} | dict(arguments.parameters)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "WARNING"]
    command += [str(PROJECT / "notebooks" / "02_train.ipynb"), str(folder / "02_train.ipynb")]
    for key, value in parameters.items():
        command += ["-p", key, str(value)]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    run = Run.open(folder, data_dir)
    test = run.predictions.query("part == 'test'")
    dev = run.predictions.query("part == 'dev'")
    scores = [100 * metrics.uar(part["emotion"], part["predicted"]) for part in (dev, test)]
    print(
        f"fold {fold}: dev {scores[0]:.1f} %, test {scores[1]:.1f} %, {len(run.history)} epochs, "
        f"{time.perf_counter() - start:.0f} s",
        flush=True,
    )
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", default=[2, 4, 5, 6])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--suffix", default="", help="appended to the run names, to keep a variant apart")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    parser.add_argument("-p", dest="parameters", nargs=2, action="append", default=[], help="a parameter of 02")
    arguments = parser.parse_args()
    arguments.outputs_dir = arguments.outputs_dir.resolve()
    runs = [train(fold, arguments.data_dir.resolve(), arguments) for fold in arguments.folds]
    test = pd.concat([run.predictions for run in runs]).query("part == 'test'")
    print(f"folds {arguments.folds} pooled: {metrics.headline(test)}")
    print(f"{datetime.date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
