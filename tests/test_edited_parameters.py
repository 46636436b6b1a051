"""A line of the `parameters` cell that was edited by hand is checked too, with its annotation or without."""

import json
import os
import subprocess
import sys

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import v4
from test_notebook_parameters import OF_02, OF_03, notebook, project  # noqa: F401

from emokit.notebook_parameters import TABLE, ParameterError, cell, check

CHECK = "from emokit import notebook_parameters\nparameters = notebook_parameters.check(globals())"


def edited(names, **lines):
    """The `parameters` cell with some lines written without their annotation, as `epochs = 3`."""
    kept = [line for line in cell(*names).splitlines() if line.split(":")[0] not in lines]
    return "\n".join(kept + [f"{name} = {value}" for name, value in lines.items()])


def kernel_after(source):
    """Names of a fresh kernel in which this was the cell `parameters`."""
    space = {}
    exec(source, space)
    return space | {"In": ["", source, CHECK]}


def test_a_line_without_its_annotation_is_checked(project):  # noqa: F811
    with pytest.raises(ParameterError, match="class_weight = 'Balanced' .*; did you mean 'balanced'"):
        check(kernel_after(edited(OF_02, class_weight="'Balanced'")))
    values = check(kernel_after(edited(OF_02, epochs="'3'", augment="'false'")))
    assert values["epochs"] == 3 and values["augment"] is False and set(values) == set(OF_02)


@pytest.mark.parametrize("name", OF_02)
def test_no_line_that_lost_its_annotation_ends_in_a_key_error(project, name):  # noqa: F811
    default = TABLE[name].default
    values = check(kernel_after(edited(OF_02, **{name: repr(default)})))
    assert values == check(kernel_after(cell(*OF_02)))
    values = check(kernel_after(edited(OF_02, **{name: repr(default)}) + "\ntest_speakers = '04'\nrun = 'a'"))
    assert values["run"] == "a" and values["test_speakers"] == ["04"]


@pytest.mark.parametrize("name", OF_02)
def test_no_line_that_is_gone_ends_in_a_key_error(project, name):  # noqa: F811
    rest = kernel_after(cell(*(other for other in OF_02 if other != name)))
    if name in ("corpus", "data_dir", "name", "fold", "split", "run", "test_speakers"):
        with pytest.raises(ParameterError, match=f"Received no value of '{name}'; put its line back into the cell"):
            check(rest)
    else:
        assert set(check(rest)) == {*OF_02} - {name}


def test_all_lines_may_lose_their_annotation(project):  # noqa: F811
    values = {name: repr(TABLE[name].default) for name in OF_02}
    with pytest.raises(ParameterError, match="class_weight = 'Balanced'"):
        check(kernel_after(edited(OF_02, **values | {"class_weight": "'Balanced'"})))


def test_without_a_history_too(project):  # noqa: F811
    values = kernel_after(edited(OF_02, class_weight="'Balanced'")) | {"In": []}  # as under nbval
    with pytest.raises(ParameterError, match="class_weight = 'Balanced'"):
        check(values)


def test_a_misspelled_line_without_its_annotation_is_refused_too(project):  # noqa: F811
    with pytest.raises(ParameterError, match="'epoch', which this notebook does not know; did you mean 'epochs'"):
        check(kernel_after(cell(*OF_02) + "\nepoch = 3"))
    assert "_mine" not in check(kernel_after(cell(*OF_02) + "\n_mine = 3"))


@pytest.mark.parametrize("history", [[], ["", "%matplotlib inline\n"]], ids=["none", "a magic"])  # nbval keeps none
@pytest.mark.parametrize(("name", "line"), [("epochs", "epoch = 5"), ("class_weight", "class_weights = 'none'")])
def test_a_line_renamed_without_annotation_is_refused_without_a_history_too(project, history, name, line):  # noqa: F811
    lines = [line if old.startswith(f"{name}:") else old for old in cell(*OF_02).splitlines()]
    refused = f"'{line.split()[0]}', which this notebook does not know; did you mean '{name}'"
    with pytest.raises(ParameterError, match=refused):
        check(kernel_after("\n".join(lines)) | {"In": history})
    plain = "\n".join(line if ":" not in line else line.split(":")[0] + " =" + line.split("=", 1)[1] for line in lines)
    with pytest.raises(ParameterError, match=refused):
        check(kernel_after(plain))
    values = kernel_after(cell(*OF_03)) | {"In": []}
    assert check(values) == check(values | {"epoch": 5})  # a reader's own, later


def test_an_annotation_without_a_value_is_refused_in_a_sentence(project):  # noqa: F811
    with pytest.raises(
        ParameterError, match="no value of 'epochs'; put its line back into the cell: epochs: int = 80$"
    ):
        check(kernel_after(cell(*OF_02).replace("epochs: int = 80", "epochs: int")))


def test_what_papermill_brings_does_not_become_a_parameter_of_another_notebook(project):  # noqa: F811
    with pytest.raises(ParameterError, match="'epochs', which this notebook does not know"):
        check(notebook(OF_03, "epochs = 3"))
    source = edited(OF_02, epochs="40")
    space = kernel_after(source) | {"epochs": 3, "In": ["", source, "# Parameters\nepochs = 3", CHECK]}
    assert check(space)["epochs"] == 3


def test_later_a_name_of_the_table_may_be_anything_where_it_is_no_parameter(project):  # noqa: F811
    from emokit import augment

    values = notebook(OF_03, augment=augment)  # imported above the cell
    first = check(values)
    values |= {"run": object(), "name": ["loss"], "fold": {}, "split": str.split}  # as the cells below may leave them
    assert check(values) == first and set(first) == set(OF_03)


def executed(*sources, cwd):
    """Run these cells one after the other in one real kernel; gives what the last one printed."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = v4.new_notebook(cells=list(map(v4.new_code_cell, sources)), metadata=kernel)
    NotebookClient(book, timeout=60, resources={"metadata": {"path": str(cwd)}}).execute()
    return "".join(out.get("text", "") for out in book.cells[-1].outputs)


@pytest.mark.slow
def test_in_a_real_kernel_an_edited_cell_is_checked_and_running_it_again_breaks_nothing(project, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    later = "for run in ['a', 'b']:\n    name = run"
    show = CHECK + "\nprint(parameters)"
    again = executed(cell(*OF_03), CHECK, later, cell(*OF_03), show, show, cwd=project)
    assert "'runs': ['demo-fold1']" in again and "'run':" not in again and "'name'" not in again
    cells = (cell(*OF_02), CHECK, later, edited(OF_02, class_weight="'none'"), show)
    assert "'class_weight': 'none'" in executed(*cells, cwd=project)
    for first in ([], [cell(*OF_02), CHECK]):  # a fresh kernel, and one that has run
        with pytest.raises(CellExecutionError, match="class_weight = 'Balanced' .*; did you mean 'balanced'"):
            executed(*first, edited(OF_02, class_weight="'Balanced'"), CHECK, cwd=project)


@pytest.mark.slow
def test_papermill_refuses_what_was_edited_without_its_annotation(project):  # noqa: F811
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}

    def run(source, *arguments):
        cells = [v4.new_code_cell(source, metadata={"tags": ["parameters"]}), v4.new_code_cell(CHECK)]
        cells.append(v4.new_code_cell("print(parameters)"))
        (project / "n.ipynb").write_text(json.dumps(v4.new_notebook(cells=cells, metadata=kernel)))
        command = [sys.executable, "-m", "papermill", "--no-progress-bar", "n.ipynb", "out.ipynb", *arguments]
        quiet = os.environ | {"PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, env=quiet)
        return done.returncode, done.stderr + (project / "out.ipynb").read_text()

    code, told = run(edited(OF_02, class_weight="'Balanced'"), "-p", "fold", "2")
    assert code and "did you mean 'balanced'" in told and "KeyError" not in told
    code, told = run(edited(OF_02, class_weight="'balanced'", run="''"), "-p", "class_weight", "none")
    assert not code and "'class_weight': 'none'" in told and "'run': 'demo-fold1'" in told
