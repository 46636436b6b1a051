"""A notebook run in the process of the tests, which has TensorFlow already: for what it leaves, not how it is run."""

import ast
import contextlib
import io
import json
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def run_notebook(name: str, **given) -> dict[str, tuple[str, list]]:
    """Execute the code cells of a notebook, these parameters behind its own.

    Returns:
        By the id of each cell, what it has printed and what it shows: what it displays, then its last value.
    """
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, shown = {"__name__": "__main__"}, {}
    for cell in cells:
        if cell["cell_type"] == "code":
            shown[cell["id"]] = _run("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    return shown


def _run(source: str, names: dict) -> tuple[str, list]:
    displayed, tree = [], ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    names["display"] = lambda *objects: displayed.extend(objects)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None  # noqa: S307 (ours)
    return printed.getvalue(), displayed + [value] * (value is not None)
