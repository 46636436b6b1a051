"""What the kernel knows of the notebook that asks: who is there, which cell is this, what do the first ones say?"""

import ast
from collections.abc import Container


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


def parameter_cells(history: list[str], known: Container[str]) -> tuple[list[str], list[str | ast.stmt]]:
    """What the cell `parameters` assigns without an annotation, and what the cell that papermill put behind it does.

    Args:
        history: `In` of the notebook, the cell at hand last; without one, nothing was assigned.
        known: names of parameters; the cell `parameters` annotates one of them, or stands before papermill's.

    Returns:
        Names of the first, without those that begin with "_"; names of the second, and what else stands in it as it is.
    """
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
