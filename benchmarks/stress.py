"""What rough conditions cost runs that are there: noise, rooms, telephones, clipping, delay, cuts.

    python benchmarks/stress.py outputs/ravdess-fold2-seed0 outputs/ravdess-fold4-seed0 ... [--data-dir DATA_DIR]

Folds are pooled. Of several seeds of a fold the UAR is the mean, and the intervals are over speakers, paired, as ever.
What a run has answered before is kept in its folder and not asked again. Prints the table and writes
outputs/benchmarks/stress.json and docs/images/stress.png.
"""

import argparse
from pathlib import Path

import figures
import pandas as pd
import results_page

from emokit import plots, stress
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]
NOTE = (
    "UAR of the test speakers, and the answers that stay as they were in quiet, in per cent of all; change in points, "
    "paired; intervals over speakers. Of several seeds each figure is the mean."
)


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


def rows_of(table: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of `stress.table` as text, in per cent."""
    return [
        {
            "condition": row.condition,
            "UAR": figures.percent(row.uar),
            "change": f"{100 * row.change:+.1f}",
            "its 95 % interval": figures.between(row.change_low, row.change_high),
            "same answers": figures.percent(row.same),
            "their 95 % interval": figures.between(row.same_low, row.same_high),
        }
        for row in table.itertuples()
    ]


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
    figure = plots.stress(table)
    plots.save(figure, arguments.figure)
    command = " ".join(["python benchmarks/stress.py", *(folder.name for folder in arguments.runs)])
    clips, speakers = table[["clips", "speakers"]].iloc[0]
    who = f"{clips} test clips of {speakers} speakers, answered by {len(runs)} runs."
    told = results_page.stamped("Under rough conditions", rows_of(table), [figure.finding, who, NOTE], command)
    results_page.keep(arguments.json, told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
