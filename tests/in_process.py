"""A notebook run in the process of the tests, which has TensorFlow already: for what it leaves, not how it is run."""

import contextlib
import io
import json
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def run_notebook(name: str, **given) -> dict[str, str]:
    """Execute the code cells of a notebook, these parameters behind its own; what each has printed, by its id."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, printed = {"__name__": "__main__"}, {}
    for cell in cells:
        if cell["cell_type"] == "code":
            with contextlib.redirect_stdout(io.StringIO()) as said:
                exec("".join(cell["source"]), names)
            printed[cell["id"]] = said.getvalue()
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    return printed
