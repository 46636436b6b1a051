"""The notebooks as stored, and as papermill runs them: from any folder, with any parameter that a user may mistype."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from emokit import notebook_parameters

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def papermill(*arguments, cwd=PROJECT):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def test_the_notebooks_are_numbered_in_their_order():
    assert [path.stem for path in NOTEBOOKS[:3]] == ["01_data", "02_train", "03_evaluate"]


@EACH
def test_every_cell_is_stored_executed_without_error_or_warning(path):
    for number, cell in enumerate(code_cells(path), 1):
        assert cell.execution_count == number, f"cell {number} was not executed in order"
        assert not [out for out in cell.outputs if out.output_type == "error" or out.get("name") == "stderr"]


@EACH
def test_no_path_of_a_machine_and_no_widget_without_its_kernel_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|Users|root|tmp|work)/", text) and str(PROJECT) not in text
    assert "application/vnd.jupyter.widget" not in text and '"papermill"' not in text


@EACH
def test_one_idea_a_cell_and_no_code_that_belongs_into_the_library(path):
    for cell in code_cells(path):
        if "parameters" not in cell.metadata.get("tags", []):
            assert len(cell.source.splitlines()) <= 15
        assert not re.search(r"^\s*(def|class|for) .*:\s*$", cell.source, flags=re.M)


@EACH
def test_the_parameters_are_those_of_the_table_with_its_help(path):
    (cell,) = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    names = re.findall(r"^(\w+):", cell.source, flags=re.M)
    assert cell.source == notebook_parameters.cell(*names)


@EACH
def test_papermill_shows_every_parameter_with_its_help(path):
    shown = subprocess.run(
        [sys.executable, "-m", "papermill", "--help-notebook", str(path)], capture_output=True, text=True, check=True
    ).stdout
    (cell,) = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    for name, kind, note in re.findall(r"^(\w+): (\w+) = .*?  # (.*)$", cell.source, flags=re.M):
        assert re.search(rf"^  {name}: {kind} .*\n? *{re.escape(note[:20])}", shown, flags=re.M), name
    assert "Unknown type" not in shown


@pytest.mark.parametrize(
    ("given", "sentence"),
    [(("learning_rat", "0.1"), "learning_rate"), (("epochs", "twelve"), "epochs"), (("corpus", "ravdes"), "ravdess")],
    ids=["misspelled name", "word for a number", "misspelled corpus"],
)
def test_a_mistyped_parameter_stops_02_before_any_work_and_names_the_near_match(tmp_path, given, sentence):
    done = papermill("02_train.ipynb", tmp_path / "out.ipynb", "-p", *given, cwd=PROJECT / "notebooks")
    assert done.returncode and "ParameterError" in done.stderr and sentence in done.stderr
    assert len([cell for cell in code_cells(tmp_path / "out.ipynb") if cell.execution_count]) <= 4
