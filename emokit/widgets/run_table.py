"""The runs of a folder as tables: recipes with what is sure of them, and each run, from which 03 opens."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emokit import comparison, notebook
from emokit.comparison import Recipe, Told
from emokit.run_folder import RunError
from emokit.widgets import live
from emokit.widgets.static_twins import QUIET, escaped

Cell = tuple[str, float | str | None]  # what is shown, and by what it is sorted; None comes last
NOTHING: Cell = ("", None)
SHOWN = 12  # rows of a twin that need not be opened
EVALUATE = "03_evaluate.ipynb"


class RunTable(live.LiveView):
    """Recipes and runs of a folder to sort and to filter; where it is live, each run opens in 03.

    Args:
        recipes: as `comparison.recipes` gives them, with all runs.
        against: name of a run, with whose recipe the others are compared; default the best of dev in each task.
    """

    def __init__(self, recipes: Sequence[Recipe], against: str = ""):
        runs = [run for recipe in recipes for run in (*recipe.runs, *recipe.others)]
        self.runs, self.recipes = {run.name: run for run in runs}, recipes
        self.tables = {"recipes": recipe_table(recipes, against), "runs": run_table(recipes)}
        states = pd.Series([run.state.split(" at ")[0] for run in runs], dtype="str").value_counts()
        counted = ", ".join(f"{n} {state}" for state, n in states.items())
        self.text = f"{_counted(runs, 'run')} of {_counted(self.recipes, 'recipe')}: {counted or 'none yet'}"

    def twin(self) -> str:
        """Both tables, which nothing sorts."""
        tables = "".join(_twin(*table, name.removesuffix("s")) for name, table in self.tables.items())
        return f'{tables}<div style="{QUIET}">{escaped(comparison.CHOOSE)}</div>'

    def widget(self):
        """The live view; each call makes another one of the same runs."""
        answers = {"against": self.against, "evaluate": self.evaluate}
        return live.live(["view_parts.js", "sortable.js", "run_table.js"], self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        tables = {name: {"columns": columns, "rows": rows} for name, (columns, rows) in self.tables.items()}
        labels = [recipe.label for recipe in self.recipes if recipe.runs]
        return {"tables": tables, "labels": labels, "choose": comparison.CHOOSE, "title": self.text}

    def against(self, question: dict) -> live.Answer:
        """The recipes again, those of its task compared with another one."""
        (chosen,) = [recipe for recipe in self.recipes if recipe.label == question["label"]]
        columns, rows = recipe_table(self.recipes, chosen.runs[0].name)
        return {"columns": columns, "rows": rows}, []

    def evaluate(self, question: dict) -> live.Answer:
        """Put 03 with the parameters of a run into its folder, unless it is there, and tell where."""
        run = self.runs[question["name"]]
        if not run.complete:
            raise RunError(f"{run.name} is {run.state}; 03 reads complete runs.")
        path = run.path.absolute() / EVALUATE
        if not path.exists():
            import nbformat  # here: every notebook that shows a view would wait 1.4 s for it

            nbformat.write(_asking(run), path)
        return {"path": str(path), "home": str(Path.home())}, []


def _asking(run: Told):
    """Notebook 03 asking about one run, its cells not executed: as papermill would inject it."""
    import nbformat

    source = notebook.project_root() / "notebooks" / EVALUATE
    if not source.is_file():
        raise RunError(f"There is no {source}; open JupyterLab within the project, where the notebooks are.")
    asking = nbformat.read(source, as_version=4)
    for cell in asking.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    (place,) = [n for n, cell in enumerate(asking.cells) if "parameters" in cell.metadata.get("tags", [])]
    given = f"# Parameters\nruns = {run.name!r}\noutputs_dir = {str(run.path.absolute().parent)!r}"
    asking.cells.insert(place + 1, nbformat.v4.new_code_cell(given, metadata={"tags": ["injected-parameters"]}))
    return asking


# ---- the tables, for this view and for outputs/index.html ------------------------------------------------------------


def recipe_table(found: Sequence[Recipe], against: str = "") -> tuple[list[str], list[list[Cell]]]:
    """Columns and rows of recipes: dev first, by which one chooses.

    Args:
        found: as `comparison.recipes` gives them.
        against: name of a run, with whose recipe those of its task are compared.
    """
    columns = ["recipe", "corpus", "classes", "folds × seeds", "dev UAR", "test UAR", "95 % interval", "to know"]
    columns += ["difference", "to", "training", "test of seeds", *(more := comparison.differing(found))]
    rows = []
    for task in comparison.by_task(found):
        other = comparison.reference(task, against)
        rows += [_recipe_row(recipe, other) + _values(recipe.asked, more) for recipe in task]
    return _without_empty(columns, rows)


def _recipe_row(recipe: Recipe, other: Recipe | None) -> list[Cell]:
    low, high = recipe.interval
    beside = (math.nan,) * 3 if other is None or not recipe.runs else comparison.against(recipe, other)
    corpus, classes = recipe.task
    return [
        _text(recipe.label), _text(corpus), (str(len(classes)), len(classes)),
        (f"{len(recipe.folds)} × {recipe.seeds}", len(recipe.runs)),
        _share(recipe.uar("dev")), _share(recipe.uar()), _interval(low, high), _text("; ".join(_to_know(recipe))),
        *((NOTHING, NOTHING) if recipe is other or other is None else (_difference(*beside), _text(other.label))),
        _time(recipe.seconds), _text(", ".join(_share(uar)[0] for uar in recipe.uar_of_seeds() if recipe.seeds > 1)),
    ]  # fmt: skip


def _to_know(recipe: Recipe) -> list[str]:
    """What a reader has to know beside the figures."""
    said = ["SPEAKER-DEPENDENT"] * recipe.dependent
    said += ["transductive"] * recipe.transductive
    if not recipe.dependent and recipe.runs and (why := recipe.why_no_interval):
        said.append(f"no interval: {why}")
    unfinished = sum(not run.complete for run in recipe.others)
    said += [f"{unfinished} not complete"] * bool(unfinished)
    more = len(recipe.others) - unfinished
    return said + [f"{more} not pooled, so that each fold has as many seeds"] * bool(more)


def run_table(found: Sequence[Recipe]) -> tuple[list[str], list[list[Cell]]]:
    """Columns and rows of single runs, in the order of their recipes."""
    columns = ["run", "recipe", "state", "fold", "seed", "dev UAR", "test UAR", "95 % interval", "speakers"]
    columns += ["epochs", "training", "finished", *(more := comparison.differing(found))]
    rows = [
        [*_run_row(run, recipe.label), *_values(run.asked, more)]
        for recipe in found
        for run in sorted((*recipe.runs, *recipe.others), key=lambda run: (run.fold, run.seed))
    ]
    return _without_empty(columns, rows)


def _run_row(run: Told, label: str) -> list[Cell]:
    said = {"uar": math.nan, "uar_low": math.nan, "uar_high": math.nan, "n_speakers": math.nan} | dict(run.figures)
    interval = NOTHING if run.dependent else _interval(said["uar_low"], said["uar_high"])
    return [
        _text(run.name), _text(label), _text(run.state), _value(run.fold), (str(run.seed), run.seed),
        _share(run.dev_uar), _share(said["uar"]), interval, _number(said["n_speakers"]),
        _number(len(run.history) or math.nan), _time(run.seconds), _text(run.finished[:16].replace("T", " ")),
    ]  # fmt: skip


def _without_empty(columns: list[str], rows: list[list[Cell]]) -> tuple[list[str], list[list[Cell]]]:
    """A table without the columns in which nothing stands."""
    kept = [n for n, _ in enumerate(columns) if any(row[n][0] for row in rows)]
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _values(asked: dict, names: Sequence[str]) -> list[Cell]:
    return [_value(asked.get(name, "")) for name in names]


def _value(value) -> Cell:
    """A parameter; numbers, also where they are text, are sorted as such."""
    try:
        return (str(value), float(value)) if not isinstance(value, bool) else (str(value).lower(), str(value).lower())
    except ValueError:
        return _text(value)


def _text(value) -> Cell:
    return (str(value), str(value).lower()) if value != "" else NOTHING


def _number(value: float) -> Cell:
    return NOTHING if math.isnan(value) else (f"{value:.0f}", value)


def _share(value: float) -> Cell:
    return NOTHING if math.isnan(value) else (f"{100 * value:.1f}", value)


def _interval(low: float, high: float) -> Cell:
    return NOTHING if math.isnan(low) else (f"{100 * low:.1f} to {100 * high:.1f}", low)


def _difference(higher: float, low: float, high: float) -> Cell:
    if math.isnan(higher):
        return NOTHING
    interval = "" if math.isnan(low) else f" ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{100 * higher:+.1f}{interval}".replace("-", "−"), higher


def _time(seconds: float) -> Cell:
    if math.isnan(seconds):
        return NOTHING
    return (f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.1f} min"), seconds


def _counted(items: Sequence, name: str) -> str:
    return f"{len(items)} {name}{'s' * (len(items) != 1)}"


def _twin(columns: list[str], rows: list[list[Cell]], name: str) -> str:
    style = "text-align:left;padding:2px 14px 2px 0;vertical-align:top"
    head = "".join(f'<th style="{style}">{escaped(name)}</th>' for name in columns)
    texts = ("".join(f'<td style="{style}">{escaped(text)}</td>' for text, _ in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in texts)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    summary = f"<summary>{_counted(rows, name)}</summary>"
    return f'<details{" open" * (len(rows) <= SHOWN)}>{summary}<div style="overflow-x:auto">{table}</div></details>'
