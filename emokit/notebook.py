"""What the kernel knows of the notebook that asks: who is there, which cell, what the first ones say, and where."""

import ast
import difflib
from collections.abc import Collection
from inspect import ismodule
from pathlib import Path

FIRST = "_declared_parameters"  # among the names of a notebook: the parameters that stood there when first asked
NEARLY = 0.8  # likeness of a misspelled name to the right one


def _request() -> dict:
    """The request that the kernel is answering; empty outside of one."""
    import sys

    if "IPython" not in sys.modules:
        return {}
    kernel = getattr(sys.modules["IPython"].get_ipython(), "kernel", None)
    return kernel.get_parent() if kernel else {}


def interactive() -> bool:
    """Whether a person is there: JupyterLab allows questions to the user, papermill and nbval do not."""
    return bool(_request().get("content", {}).get("allow_stdin"))


def cell() -> tuple[str, str]:
    """Which cell is running and in which of its runs; two empty names outside of a kernel."""
    request = _request()
    run = request.get("header", {}).get("msg_id", "")
    return request.get("metadata", {}).get("cellId", run), run


def parameters(names: dict, known: Collection[str]) -> tuple[list[str], list[str], list[str | ast.stmt]]:
    """Which parameters a notebook declares, and what its cell `parameters` and papermill's behind it assign.

    Declared is what has an annotation, and what is known and stands there at the first call: later the same name may be
    anything, since a reader of 03 calls a run `run`. Nothing is declared by an import, or by papermill alone.

    Args:
        names: `globals()` of the notebook.
        known: names of parameters.

    Returns:
        Names that are declared; names that the cell assigns without an annotation, but for those that begin with "_",
        and at the first call what is called nearly like a known name that is not there, since cells may not be kept;
        names that papermill's cell assigns, and what else stands in it as it is.
    """
    written, injected = _cells(names.get("In") or [], known)
    written += [] if FIRST in names else [name for name in _misspelled(names, known) if name not in injected]
    brought = {*injected} - {*written}
    there = [name for name in known if name in names and name not in brought]
    first = names.setdefault(FIRST, [name for name in there if not (callable(names[name]) or ismodule(names[name]))])
    annotated = [name for name in names.get("__annotations__", {}) if not name.startswith("_")]
    return list(dict.fromkeys([*annotated, *(name for name in first if name in names)])), written, injected


def _misspelled(names: dict, known: Collection[str]) -> list[str]:
    """Plain values that are called nearly like a known name that is not there."""
    gone = [name for name in known if name not in names]
    values = [name for name, value in names.items() if isinstance(value, str | int | float | list) and name[0] != "_"]
    return [name for name in values if name not in known and difflib.get_close_matches(name, gone, cutoff=NEARLY)]


def _cells(history: list[str], known: Collection[str]) -> tuple[list[str], list[str | ast.stmt]]:
    """What `parameters` assigns plainly, and papermill. It annotates a known name or stands before papermill's."""
    injected = []
    for source in reversed(history[:-1]):
        try:
            body = ast.parse(source).body
        except SyntaxError:  # a magic, so neither of the two
            continue
        if source.startswith("# Parameters\n"):
            injected = injected or list(map(_assigned, body))
        elif injected or any(isinstance(line, ast.AnnAssign) and ast.unparse(line.target) in known for line in body):
            plain = [name for name in map(_assigned, body) if isinstance(name, str) and not name.startswith("_")]
            return plain, injected
    return [], injected


def _assigned(line: ast.stmt) -> str | ast.stmt:
    is_name = isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
    return line.targets[0].id if is_name else line


def project_root() -> Path:
    """Nearest folder upwards from the current one that holds a pyproject.toml; else that of this checkout."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / "pyproject.toml").is_file():
            return folder
    return here
