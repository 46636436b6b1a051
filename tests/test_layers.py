"""Which room may know which: the table of the design, held to the code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "emokit"
LAYERS = [
    ["emotions", "colours", "probability_columns", "votes", "atomic_files", "shard_headers", "lock", "notebook"],
    ["corpora", "audio", "audit", "groups", "copies", "splits", "certificate", "notebook_table"]
    + ["notebook_parameters"],
    ["features", "cues", "normalizer", "speakers", "padding", "augment", "class_weights", "batches"],
    ["intervals", "metrics", "listeners", "calibration", "abstention", "one_against_rest", "model", "uar", "targets"]
    + ["neighbours", "run_folder", "reviews", "agreement", "blind", "callbacks"]
    + ["baselines", "heads", "teaching", "flags", "predict", "clip_map", "evaluation", "stress", "export"]
    + ["comparison", "mirror"],
    ["plots", "widgets", "run_report", "model_card", "compare"],
    ["gpu_box", "sweep", "papermill", "__main__"],
]
IN_ORDER = {3, 4}  # within these layers a room may import those before it
MAY_IMPORT = {
    "keras": {"model", "batches", "callbacks", "uar", "targets", "export"},
    "matplotlib": {"plots", "run_report"},
    "IPython": {"widgets"},
    "anywidget": {"widgets"},
}
ROOMS = {room: (level, place) for level, rooms in enumerate(LAYERS) for place, room in enumerate(rooms)}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_downwards_only(path):
    room = room_of(path)
    assert room in ROOMS, f"{room} stands in no layer; add it to the table"
    level, place = ROOMS[room]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "emokit" or len(parts) < 2 or parts[1] not in ROOMS or parts[1] == room:
            continue
        other_level, other_place = ROOMS[parts[1]]
        upwards = other_level > level or (other_level == level and level in IN_ORDER and other_place > place)
        allowed = (room, parts[1]) == ("run_folder", "model")  # Run.model() builds one when called; both know metrics
        if level == len(LAYERS) - 1:
            upwards = parts[1] not in {*LAYERS[0], "notebook_parameters", "run_folder"}
        assert not upwards or allowed, f"{room} imports {parts[1]}, a room above it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_stay_in_their_rooms(path):
    for name in imports(path):
        owners = MAY_IMPORT.get(name.split(".")[0])
        assert owners is None or room_of(path) in owners, f"{room_of(path)} imports {name}"


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_emokit_loads_the_standard_library_at_most():
    assert loaded_by("import emokit") <= {"emokit", *sys.stdlib_module_names}


def test_on_windows_one_sentence_names_wsl():
    code = "import sys; sys.platform = 'win32'; import emokit"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: emokit runs on Linux and macOS; on Windows install it in WSL")


def test_the_data_rooms_load_no_heavy_library():
    heavy = {"tensorflow", "keras", "librosa", "sklearn", "matplotlib", "seaborn", "IPython"}
    assert not loaded_by("from emokit import audio, audit, certificate, corpora, splits") & heavy


def test_a_run_is_evaluated_reported_and_seen_without_tensorflow():
    rooms = "evaluation, model_card, plots, run_report, stress, widgets"
    assert not loaded_by(f"from emokit import {rooms}") & {"tensorflow", "keras", "librosa", "nbformat"}


def test_results_and_reviews_are_read_without_a_view():
    views = {"tensorflow", "keras", "librosa", "matplotlib", "IPython", "anywidget", "ipywidgets"}
    assert not loaded_by("from emokit import metrics, reviews") & views
