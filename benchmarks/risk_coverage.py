"""May it say "don't know"? Risk against coverage of runs that are there, folds pooled, from their predictions alone.

    python benchmarks/risk_coverage.py outputs/ravdess-encoder-fold2-seed0 outputs/ravdess-encoder-fold4-seed0 ...

The table leaves out the least sure of the test clips; the sentences below it choose on dev, each run on its own, and
read the test once. Prints both and writes outputs/benchmarks/risk-coverage.json and docs/images/risk-coverage.png.
"""

import argparse
from pathlib import Path

import figures
import pandas as pd
import results_page

from emokit import abstention, metrics, plots
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]
WANTED = ({"share": 0.1}, {"share": 0.2}, {"share": 0.5}, {"uar": 0.8}, {"uar": 0.9})
NOTE = (
    "Left out are the least sure of these test clips, to describe them; a threshold to work with is chosen on dev, as "
    "below. Answered, wrong and UAR in per cent, the interval over speakers; UAR is over the emotions that are left."
)


def rows_of(table: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of `abstention.table` as text."""
    return [
        {
            "left out": figures.percent(row.left_out),
            "confidence from": f"{row.threshold:.2f}",
            "answered": figures.percent(row.coverage),
            "wrong of these": figures.percent(row.risk),
            "UAR of these": figures.percent(row.uar),
            "its 95 % interval": figures.between(row.low, row.high),
            "emotions left": str(row.classes),
        }
        for row in table.itertuples()
    ]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders, such as the folds of a corpus")
    parser.add_argument("--json", type=Path, default=PROJECT / "outputs" / "benchmarks" / "risk-coverage.json")
    parser.add_argument("--figure", type=Path, default=PROJECT / "docs" / "images" / "risk-coverage.png")
    arguments = parser.parse_args(argv)
    predictions = metrics.pool({folder.name: Run.open(folder).predictions for folder in arguments.runs})
    test = predictions[predictions["part"] == "test"]
    figure, areas = plots.risk_coverage(test), abstention.aurc(test)
    plots.save(figure, arguments.figure)
    area = "AURC {aurc:.3f}; {chance:.3f} if confidence told nothing, {best:.3f} at best.".format(**areas)
    chosen = [abstention.sentence(predictions, **wanted) for wanted in WANTED]
    command = " ".join(["python benchmarks/risk_coverage.py", *(folder.name for folder in arguments.runs)])
    notes = [figure.finding, f"{len(test)} test clips of {metrics.whose(test)}. {area}", NOTE, *chosen]
    told = results_page.stamped("Risk against coverage", rows_of(abstention.table(test)), notes, command)
    results_page.keep(arguments.json, told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
