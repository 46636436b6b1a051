"""`python -m emokit.papermill NOTEBOOK OUT -p NAME VALUE`: papermill, checked first, watched, its errors in one line.

papermill itself starts a kernel before a wrong parameter is refused, prints a traceback of its own for whatever a
notebook raises, and is silent while a cell trains. The notebook is executed by papermill here too.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from emokit.notebook_parameters import ParameterError, check_cell

FAILED, WRONG, INTERRUPTED = 1, 2, 130  # exit codes: the notebook's own error; refused before any work; stopped
EPOCH = re.compile(r"epoch +\d+(?:/\d+)?")  # as `widgets.training_monitor.line` begins
BAR = "{desc}  {bar:16}  {n_fmt} of {total_fmt} cells  {elapsed}{postfix}"


def main(arguments: list[str] | None = None) -> int:
    """Run a notebook; gives the exit code: 0 done, else one sentence on stderr says what is wrong."""
    options = _parser().parse_args(arguments)
    given = dict(options.p)
    try:
        values = check_cell(_parameters(options.notebook), given)
    except ParameterError as error:
        print(error, file=sys.stderr)
        return WRONG
    what = values.get("run") or ", ".join(values.get("runs", []))
    options.out.absolute().parent.mkdir(parents=True, exist_ok=True)
    return _run(options.notebook, options.out, given, f"{options.step}  {options.notebook.stem} {what}".strip())


def _parser() -> argparse.ArgumentParser:
    told = "papermill on a notebook of emokit: parameters are checked first, progress is shown, an error is one line."
    parser = argparse.ArgumentParser(prog="python -m emokit.papermill", description=told)
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="such as notebooks/02_train.ipynb")
    parser.add_argument("out", metavar="OUT", type=Path, help="the executed notebook to write")
    parser.add_argument("-p", "-r", nargs=2, metavar=("NAME", "VALUE"), action="append", default=[], help="a parameter")
    parser.add_argument("--step", metavar="TEXT", default="", help="what to show before the progress, such as '2 of 6'")
    return parser


def _parameters(path: Path) -> str:
    """Source of the cell `parameters` of a notebook that checks them."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        tagged = [cell["metadata"].get("tags", []) for cell in cells]
    except OSError as error:
        raise ParameterError(f"{path} cannot be read ({error.strerror}); name one of notebooks/.") from None
    except (ValueError, KeyError, TypeError):
        raise ParameterError(f"{path} is no notebook; name one of notebooks/.") from None
    found = [source for source, tags in zip(sources, tagged, strict=True) if "parameters" in tags]
    if not found or not any("notebook_parameters.check(" in source for source in sources):
        raise ParameterError(f"{path} has no parameters that emokit checks; run it by papermill.")
    return found[0]


def _run(notebook: Path, out: Path, given: Mapping, step: str) -> int:
    from nbclient.exceptions import DeadKernelError  # here: papermill takes a second, for which a refusal need not wait
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    watched, started = sys.stderr.isatty(), time.monotonic()
    bar = {"desc": step, "bar_format": BAR, "ascii": " ─", "leave": True} if watched else False
    if not watched:
        print(step, file=sys.stderr, flush=True)
    try:
        execute_notebook(notebook, out, dict(given), engine_name=_engine(), progress_bar=bar, stdout_file=Epochs())
    except PapermillExecutionError as error:
        print(f"{step}, cell {error.exec_count}: {error.ename}: {error.evalue}", file=sys.stderr)
        return INTERRUPTED if error.ename == "KeyboardInterrupt" else FAILED
    except DeadKernelError as error:
        print(f"{step}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    if not watched:
        print(f"{step}: done in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return 0


class Epochs:
    """A file for what cells print, of which the last epoch of a training is shown beside the progress bar."""

    bar = None

    def write(self, text: str) -> None:
        """Show the last epoch that this text tells of."""
        if self.bar is not None and (epochs := EPOCH.findall(text)):
            self.bar.set_postfix_str(" ".join(epochs[-1].split()))

    def flush(self) -> None:
        """Nothing is kept back."""


def _engine() -> str:
    """Register papermill's engine with a bar that what a cell prints can be shown beside; gives its name."""
    from papermill.engines import NBClientEngine, papermill_engines

    class Watched(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, *, stdout_file, **options):
            stdout_file.bar = nb_man.pbar
            return super().execute_managed_notebook(nb_man, kernel_name, stdout_file=stdout_file, **options)

    papermill_engines.register("watched", Watched)
    return "watched"


if __name__ == "__main__":
    sys.exit(main())
