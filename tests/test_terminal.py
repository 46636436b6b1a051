"""What a terminal shows: the commands there are, a wrong parameter in one line, how far a notebook is, the result."""

import contextlib
import io
import os
import subprocess
import sys
import termios
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from test_run_report import finished

from emokit import __main__ as commands
from emokit import audit, corpora, notebook_parameters, papermill
from emokit.run_folder.__main__ import main as run_folder

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def in_terminal(*command: str) -> str:
    """What a command writes to its stderr where that is a terminal."""
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (24, 100))
    with subprocess.Popen(command, stderr=its) as process, os.fdopen(ours, "rb", 0) as read:
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # so Linux says that nobody writes any more
            while block := read.read(4096):
                said += block
    assert process.returncode == 0
    return said.decode()


def test_python_m_emokit_names_every_command(capsys):
    commands.main()
    told = capsys.readouterr().out
    packages = [path.parent.name for path in (PROJECT / "emokit").glob("*/__main__.py")]
    modules = [path.stem for path in (PROJECT / "emokit").glob("[a-z]*.py") if "\ndef main(" in path.read_text()]
    assert all(f"python -m emokit.{name} " in told for name in [*packages, *modules])


@EACH
def test_a_wrong_parameter_of_each_notebook_is_one_line(path, tmp_path, capsys):
    given = notebook_parameters.check_cell(papermill._parameters(path), {})
    name = next(name for name in given if name in ("n_jobs", "runs", "workers", "against"))
    assert papermill.main([str(path), str(tmp_path / "out.ipynb"), "-p", name, "NO SUCH"]) == papermill.WRONG
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert told.err.startswith(f"Received {name} = 'NO SUCH' (str); expected ")
    assert not (tmp_path / "out.ipynb").exists()


def test_a_wrong_parameter_waits_for_no_library(tmp_path):
    heavy = "'tensorflow', 'keras', 'papermill', 'nbclient', 'matplotlib', 'librosa', 'sklearn'"
    given = [str(PROJECT / "notebooks" / "02_train.ipynb"), str(tmp_path / "out.ipynb"), "-p", "epohcs", "3"]
    code = f"import sys; from emokit.papermill import main; main({given}); print({{{heavy}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n" and done.stderr.endswith("; did you mean 'epochs'?\n")


@pytest.mark.parametrize("content", [None, "no JSON", '{"cells": [{"source": "x = 1", "metadata": {}}]}'])
def test_what_is_no_notebook_of_emokit_is_refused_in_a_line(content, tmp_path, capsys):
    path = tmp_path / "n.ipynb"
    if content:
        path.write_text(content)
    assert papermill.main([str(path), str(tmp_path / "out.ipynb")]) == papermill.WRONG
    told = capsys.readouterr().err
    assert told.startswith(str(path)) and told.count("\n") == 1


@EACH
def test_each_notebook_checks_its_parameters_before_it_imports_anything_else(path):
    codes = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert codes[0].metadata["tags"] == ["parameters"]
    check = "from emokit import notebook_parameters\n\nparameters = notebook_parameters.check(globals())"
    assert codes[1].source == check


def test_the_last_epoch_that_a_cell_tells_of_stands_beside_the_bar():
    class Bar:
        said = ""

        def set_postfix_str(self, text):
            self.said = text

    epochs = papermill.Epochs()
    epochs.write("epoch   1/80  loss")  # nobody looks
    epochs.bar = Bar()
    epochs.write("240 clips\n")
    assert epochs.bar.said == ""
    epochs.write("epoch   9/80  loss 1.2\nepoch  10/80  loss 1.1\n")
    assert epochs.bar.said == "epoch 10/80"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A notebook of three cells that fails on two threads."""
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    check = "from emokit import notebook_parameters\nnotebook_parameters.check(globals())"
    sources = [notebook_parameters.cell("runs", "data_dir", "outputs_dir", "n_jobs"), check]
    sources.append("assert n_jobs != 2, 'too many'\nprint('epoch   3/3  loss 0.1')")
    cells = list(map(v4.new_code_cell, sources))
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "n.ipynb")
    return tmp_path / "n.ipynb"


@pytest.mark.slow
def test_a_notebook_shows_how_far_it_is_and_one_that_fails_says_so_in_a_line(small, capsys):
    arguments = [str(small), str(small.with_name("new") / "out.ipynb"), "-p", "runs", "mine", "--step", "2 of 6"]
    assert papermill.main(arguments) == 0
    started, ended = capsys.readouterr().err.splitlines()
    assert started == "2 of 6  n mine" and ended.startswith("2 of 6  n mine: done in ")
    assert papermill.main([*arguments, "-p", "n_jobs", "2"]) == papermill.FAILED
    *_, said = capsys.readouterr().err.splitlines()
    assert said == "2 of 6  n mine, cell 4: AssertionError: too many"
    last = in_terminal(sys.executable, "-m", "emokit.papermill", *arguments).rstrip().split("\r")[-1]
    assert last.startswith("2 of 6  n mine ") and "4 of 4 cells" in last and last.endswith(", epoch 3/3")


@pytest.mark.slow
def test_papermill_alone_ends_with_the_sentence_and_without_a_line_of_ours(small):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", str(small)]
    given = [str(small.with_name("out.ipynb")), "-p", "n_jobs", "many"]
    done = subprocess.run([*command, *given], capture_output=True, text=True)
    said = "ParameterError: Received n_jobs = 'many' (str); expected a whole number from -1 to 1024."
    assert done.returncode and done.stderr.rstrip().splitlines()[-1] == said and "Cell In" not in done.stderr


def test_the_result_of_runs_is_one_line_with_their_pages_below(tmp_path, demo_dir, capsys):
    run = finished(tmp_path / "mine", demo_dir, corpus="demo", allow_severe=False)
    assert run_folder(["result", str(run.path)]) == 0
    headline, pages = capsys.readouterr().out.splitlines()
    assert headline.startswith("mine: UAR ") and "chance 20.0" in headline
    assert pages == "Report: none yet; 03_evaluate writes it"
    (run.path / "report.html").touch()
    run_folder(["result", str(run.path)])
    assert capsys.readouterr().out.splitlines()[-1] == f"Report: {run.path / 'report.html'}"


def test_the_audit_says_in_a_terminal_which_check_is_at_work_and_elsewhere_nothing(demo_dir, capsys, monkeypatch):
    clips = corpora.load("demo", demo_dir).head(4)
    measured = audit.measure(clips)
    audit.audit(clips, measured)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    audit.audit(clips, measured)
    told = sys.stderr.getvalue()
    assert all(f"\r{name}: " in told for name in audit.CHECKS) and told.endswith("\r")  # and is gone at the end
