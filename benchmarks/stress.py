"""What rough conditions cost runs that are there: noise, rooms, telephones, clipping, delay, cuts.

    python benchmarks/stress.py outputs/ravdess-fold2-seed0 outputs/ravdess-fold4-seed0 ... [--data-dir DATA_DIR]

Folds are pooled. Of several seeds of a fold the UAR is the mean, and the intervals are over speakers, paired, as ever.
What a run has answered before is kept in its folder and not asked again. Prints the table and writes
outputs/benchmarks/stress.json and docs/images/stress.png.
"""

import argparse
import datetime
import json
import os
import platform
from pathlib import Path

import pandas as pd

from emokit import atomic_files, plots, stress
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]


def answers(runs: list[Run], n_jobs: int) -> pd.DataFrame:
    """What the runs say, `run` naming the fold, by its test clips; each fold needs as many seeds as the others."""
    said = [stress.answers(run, n_jobs) for run in runs]
    folds = [",".join(sorted(of_one["file"])) for of_one in said]
    names = {fold: number for number, fold in enumerate(dict.fromkeys(folds))}
    together = pd.concat([of_one.assign(run=names[fold]) for of_one, fold in zip(said, folds, strict=True)])
    times = together.groupby("file").size()
    if times.nunique() > 1:
        seldom = f"{times.idxmin()} by {times.min()}"
        raise SystemExit(f"{times.idxmax()} is tested by {times.max()} runs, {seldom}; give each fold as often.")
    return together.reset_index(drop=True)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders")
    parser.add_argument("--data-dir", type=Path, help="folder of the corpus, if not where it was")
    parser.add_argument("--n-jobs", type=int, default=-1)
    parser.add_argument("--json", type=Path, default=PROJECT / "outputs" / "benchmarks" / "stress.json")
    parser.add_argument("--figure", type=Path, default=PROJECT / "docs" / "images" / "stress.png")
    arguments = parser.parse_args(argv)
    runs = [Run.open(folder, arguments.data_dir) for folder in arguments.runs]
    table = stress.table(answers(runs, arguments.n_jobs))
    print((100 * table.drop(columns=["kind", "clips", "speakers"]).set_index("condition")).round(1).to_string())
    figure = plots.stress(table)
    plots.save(figure, arguments.figure)
    machine = f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"
    named = " ".join(folder.name for folder in arguments.runs)
    kept = {"date": str(datetime.date.today()), "machine": machine, "command": f"python benchmarks/stress.py {named}"}
    kept |= {"finding": figure.finding, "table": json.loads(table.to_json(orient="records"))}
    atomic_files.write_json(arguments.json, kept)
    print(f"{kept['date']}, {machine}: {len(runs)} runs, {table['clips'].iloc[0]} test clips")


if __name__ == "__main__":
    main()
