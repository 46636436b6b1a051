"""All runs of a folder on one page: `python -m emokit.compare outputs` writes outputs/index.html.

The page holds everything in itself and asks for nothing. Its only script sorts and filters the tables; without script
they stand there as they are.
"""

import argparse
import hashlib
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from emokit import atomic_files, comparison, mirror, plots
from emokit.comparison import Recipe
from emokit.run_folder import RunError
from emokit.run_report import picture, rendered
from emokit.widgets import run_table

SCRIPT = Path(__file__).parent / "widgets" / "sortable.js"
CALLS = """
for (const table of document.querySelectorAll("table.runs")) sortable(table);
filterable(document, document.querySelector("input[type=search]"));
document.querySelector(".filter").hidden = false;
"""


def index(outputs_dir: str | Path, against: str = "", found: tuple[list[Recipe], dict[str, str]] | None = None) -> Path:
    """Write `index.html` into the folder of the runs: recipes, runs, and their figures.

    Args:
        outputs_dir: the folder of the runs.
        against: name of a run, with whose recipe the others are compared; default the best of dev.
        found: all recipes, and what was left out, by name; read if not given.

    Returns:
        The path of the page.

    Raises:
        RunError: when there is no such folder.
    """
    text = page(*(found or _read(outputs_dir)), name=Path(outputs_dir).absolute().name, against=against)
    atomic_files.write_text(path := Path(outputs_dir) / "index.html", text)
    return path


def _read(outputs_dir: str | Path) -> tuple[list[Recipe], dict[str, str]]:
    runs, left_out = comparison.read(outputs_dir)
    return comparison.recipes(runs), left_out


def page(found: Sequence[Recipe], left_out: dict[str, str], *, name: str = "outputs", against: str = "") -> str:
    """The page as HTML: of all recipes, and of what was left out by name; the rest as for `index`."""
    script = f"{SCRIPT.read_text(encoding='utf-8')}{CALLS}"
    view = run_table.RunTable(found, against)
    content = {"name": name, "headline": view.text, "left_out": left_out, "choose": comparison.CHOOSE}
    content |= {"tables": view.tables, "tasks": [_task(task, against) for task in comparison.by_task(found)]}
    reported = [run.name for run in view.runs.values() if (run.path / "report.html").exists()]
    content |= {"links": {name: f"{quote(name)}/report.html" for name in reported}}
    allowed = b64encode(hashlib.sha256(script.encode()).digest()).decode()  # no other script
    return rendered("compare.html", content, script=Markup(script), allowed=allowed)


def figures(found: Sequence[Recipe], against: str = "") -> dict[str, plots.Plot]:
    """The figures of recipes that are asked the same, by the names of their files; those that have something to show.

    Args:
        found: one task of `comparison.by_task`.
        against: as for `index`.
    """
    drawn = {"uar": plots.recipe_scores(found)}
    drawn["differences"] = plots.differences(found, comparison.reference(found, against))
    drawn |= {"learning_curves": plots.learning_curves(found), "costs": plots.costs(found)}
    drawn |= {"ladder": plots.ladder(found)}
    return {name: figure for name, figure in drawn.items() if figure.axes[0].axison}  # else a sentence says why not


def _task(found: Sequence[Recipe], against: str) -> dict:
    corpus, classes = found[0].task
    drawn = figures(found, against).values()
    return {"title": f"{corpus}: {', '.join(classes)}", "figures": [picture(figure) for figure in drawn]}


def main(arguments: list[str] | None = None) -> int:
    """Write the page, and the mirror that is asked for; gives the exit code: 1 with a sentence where it cannot."""
    parser = argparse.ArgumentParser(prog="python -m emokit.compare", description="All runs of a folder on one page.")
    parser.add_argument("outputs", nargs="?", default="outputs", help="folder of the runs (default: outputs)")
    parser.add_argument("--against", default="", metavar="RUN", help="compare with its recipe (default: best of dev)")
    parser.add_argument("--mlflow", metavar="URI", help="mirror complete runs to MLflow, such as sqlite:///mlflow.db")
    parser.add_argument("--tensorboard", metavar="FOLDER", help="mirror complete runs as logs that TensorBoard reads")
    given = parser.parse_args(arguments)
    try:
        runs, left_out = comparison.read(given.outputs)
        print(index(given.outputs, given.against, (comparison.recipes(runs), left_out)))
        for name, to in (("mlflow", given.mlflow), ("tensorboard", given.tensorboard)):
            if to:
                print(f"{to}: {getattr(mirror, name)(runs, to)} runs are new there")
    except (RunError, OSError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, why in left_out.items():
        print(f"left out {name}: {why}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
