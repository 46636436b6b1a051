"""How long 05's reading, recipes, tables and page take, and how much memory, for many runs of 100,000 answers in all.

    python benchmarks/compare_scale.py outputs/demo-fold1            # 400 copies
    python benchmarks/compare_scale.py outputs/demo-fold1 --runs 40 --rows 100000

Copies one finished run with other parameters into a temporary folder, so that `--rows` test clips are told of in all,
each fold of other speakers, and measures processor time in this process and its peak of memory. Prints the figures and
keeps them in outputs/benchmarks/speed-compare.json.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import pandas as pd
import results_page
from speed_scale import resident

from emokit import atomic_files, compare, comparison
from emokit.widgets import run_table

FOLDS, SEEDS = 4, 2
READ = ("run.json", "metrics.json", "history.csv")  # of a run folder, beside its answers


def copies(run: Path, outputs: Path, n_runs: int, n_rows: int) -> None:
    """Run folders of recipes that differ in dropout, each of so many folds and seeds."""
    content = json.loads((run / "run.json").read_text(encoding="utf-8"))
    test = pd.read_csv(run / "predictions.csv", dtype="str").query("part != 'train'")
    times = -(-n_rows // (n_runs * len(test)))
    more = [test.assign(file=f"{n}-" + test["file"], speaker=f"{n}-" + test["speaker"]) for n in range(times)]
    answers = pd.concat(more).head(max(n_rows // n_runs, len(test)))
    for n in range(n_runs):
        recipe, fold, seed = n // (FOLDS * SEEDS), n % FOLDS + 1, n // FOLDS % SEEDS
        folder = outputs / f"copy-{recipe}-fold{fold}-seed{seed}"
        folder.mkdir(parents=True)
        for name in READ:
            shutil.copy(run / name, folder)
        own = answers.assign(file=f"{fold}-" + answers["file"], speaker=f"{fold}-" + answers["speaker"])
        content["files"]["predictions.csv"] = atomic_files.write_csv(folder / "predictions.csv", own, durable=False)
        content["parameters"] |= {"fold": fold, "seed": seed, "dropout": recipe / 1000}
        atomic_files.write_json(folder / "run.json", content, durable=False)


def measured(outputs: Path) -> dict[str, float]:
    """Processor seconds of each step."""
    took, start = {}, time.process_time()

    def lap(name: str) -> None:
        nonlocal start
        took[name], start = time.process_time() - start, time.process_time()

    runs, left_out = comparison.read(outputs)
    assert not left_out, left_out
    lap("run folders read")
    found = comparison.recipes(runs)
    run_table.recipe_table(found)
    run_table.run_table(found)
    lap("recipes pooled, with intervals and differences, as tables")
    compare.index(outputs, found=(found, left_out))
    lap("`outputs/index.html`, with figures and the tables again")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a finished run folder")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--rows", type=int, default=100_000, help="answers for dev and test in all runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        copies(asked.run, Path(name) / "outputs", asked.runs, asked.rows)
        before = resident()
        took = measured(Path(name) / "outputs")
    rows = [{"step": step, "CPU s": f"{seconds:.1f}"} for step, seconds in took.items()]
    rows.append({"step": "memory at its peak above that of the libraries, MB", "CPU s": f"{resident() - before:.0f}"})
    command = f"python benchmarks/compare_scale.py RUN --runs {asked.runs} --rows {asked.rows}"
    title = f"Comparing {asked.runs} runs of {asked.rows:,} answers in all"
    told = results_page.stamped(title, rows, ["Processor time of one process."], command)
    results_page.keep(Path(__file__).resolve().parents[1] / "outputs" / "benchmarks" / "speed-compare.json", told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
