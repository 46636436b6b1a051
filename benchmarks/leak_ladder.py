"""The leak ladder: one network under each split, from clips dealt at random to speakers and sentences kept apart.

    python benchmarks/leak_ladder.py demo data/demo
    python benchmarks/leak_ladder.py ravdess DATA_DIR --splits clip speaker -p preset encoder

Trains what is not there yet in outputs/, by notebook 02, each rung in the same number of folds; then 05 and
`python -m emokit.compare` show it. Prints the rungs and keeps them in outputs/benchmarks/leak-ladder-<corpus>.json.
"""

import argparse
import sys
from pathlib import Path

import figures
import results_page
from designs import by_clip, by_speaker, typed
from papermill_runs import PROJECT, Job, train_all

from emokit import comparison, plots
from emokit.comparison.recipes import SPLITS
from emokit.run_folder import RunError

NOTE = (
    "UAR of the test in per cent, folds pooled; the interval is over test speakers, and what is speaker-dependent has "
    "none. A rung `speaker+sentence` learns from fewer sentences, and is asked others."
)


def jobs_of(asked: argparse.Namespace) -> list[Job]:
    """The trainings of every rung, named by it and by their fold."""
    careful = by_speaker(asked.corpus, asked.data_dir, **{name: typed(name, value) for name, value in asked.more})
    jobs = []
    for split in asked.splits:
        design = by_clip(careful) if split == "clip" else careful
        named = f"{careful.prefix}-ladder-{split.replace('+', '-')}"
        for label, test in design.tests.items():
            fold = label.lstrip("abcdefghijklmnopqrstuvwxyz")
            jobs.append(Job(f"{named}-fold{fold}", {**design.parameters, "split": split, **test}))
    return jobs


def main(given: list[str] | None = None) -> dict:
    """Train the rungs, print and keep them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=lambda text: Path(text).resolve())
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=list(SPLITS))
    parser.add_argument("--outputs-dir", type=lambda text: Path(text).resolve(), default=PROJECT / "outputs")
    parser.add_argument("-p", dest="more", nargs=2, action="append", default=[], help="a parameter of 02, in all rungs")
    asked = parser.parse_args(given)
    jobs = jobs_of(asked)
    train_all(jobs, asked.outputs_dir)
    names = {job.name for job in jobs}
    runs = [run for run in comparison.read(asked.outputs_dir)[0] if run.name in names]
    (rungs,) = comparison.ladders(comparison.recipes(runs)) or [[]]
    rows = [
        {"split": recipe.asked["split"], "UAR": figures.percent(recipe.uar())}
        | {"95 % interval": figures.between(*recipe.interval), "to know": recipe.why_no_interval}
        | {"test clips": str(recipe.of("test")["file"].nunique()), "folds": str(len(recipe.folds))}
        for recipe in rungs
    ]
    words = ["python benchmarks/leak_ladder.py", asked.corpus, "DATA_DIR", "--splits", *asked.splits]
    words += [word for name, value in asked.more for word in ("-p", name, value)]
    notes = [f"{plots.ladder(rungs).finding}." if rungs else "Fewer than two rungs are complete.", NOTE]
    told = results_page.stamped(f"The leak ladder: {asked.corpus}", rows, notes, " ".join(words))
    results_page.keep(asked.outputs_dir / "benchmarks" / f"leak-ladder-{asked.corpus}.json", told)
    print(results_page.section(told))
    return told


if __name__ == "__main__":
    try:
        main()
    except RunError as error:
        sys.exit(str(error))
