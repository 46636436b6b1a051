"""The notebooks as stored, and as papermill runs them: from any folder, with any parameter that a user may mistype."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from click.testing import CliRunner
from in_process import run_notebook
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import KernelSpecManager
from laid_out import lay
from papermill.cli import papermill as papermill_command
from test_run_report import finished

from emokit import corpora, notebook_parameters
from emokit.audit.mislabelled import likely_mislabelled

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def papermill(*arguments, cwd=PROJECT):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def test_the_notebooks_are_numbered_in_their_order():
    names = ["01_data", "02_train", "03_evaluate", "04_sweep", "05_compare", "06_listen"]
    assert [path.stem for path in NOTEBOOKS] == names


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
    shown = CliRunner().invoke(papermill_command, ["--help-notebook", str(path)], catch_exceptions=False).stdout
    (cell,) = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    for name, kind, note in re.findall(r"^(\w+): (\w+) = .*?  # (.*)$", cell.source, flags=re.M):
        assert re.search(rf"^  {name}: {kind} .*\n? *{re.escape(note[:20])}", shown, flags=re.M), name
    assert "Unknown type" not in shown


def test_a_mistyped_parameter_stops_02_before_any_work_and_names_the_near_match(tmp_path):
    given = ("-p", "learning_rat", "0.1")
    done = papermill("02_train.ipynb", tmp_path / "out.ipynb", *given, cwd=PROJECT / "notebooks")
    assert done.returncode and "ParameterError" in done.stderr and "learning_rate" in done.stderr
    assert len([cell for cell in code_cells(tmp_path / "out.ipynb") if cell.execution_count]) <= 4


def arguments_in_02(name):
    """The arguments of the one call of this name in 02, as they are written: positional ones, and those by name."""
    cells = [ast.parse(cell.source) for cell in code_cells(PROJECT / "notebooks" / "02_train.ipynb")]
    nodes = [node for cell in cells for node in ast.walk(cell)]
    (call,) = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(name)]
    return [ast.unparse(value) for value in call.args], {key.arg: ast.unparse(key.value) for key in call.keywords}


def test_02_learns_from_train_and_chooses_by_dev_with_class_weights_in_the_order_of_the_batches():
    readers, options = arguments_in_02("net.fit")
    expected = {"validation_data": "dev", "class_weight": "weights", "shuffle": "False"}
    assert readers == ["train"] and expected.items() <= options.items()
    watched, _ = arguments_in_02("callbacks.standard")
    assert watched == ["training", "train", "dev"]
    kept, _ = arguments_in_02("training.save_inputs")
    assert kept == ["clips", "findings", "normalizer", "weights", "known", "taught_by", "near"]


def test_02_takes_layer_loss_and_metric_from_its_target_and_asks_once_whether_the_run_is_complete():
    source = "\n".join(cell.source for cell in code_cells(PROJECT / "notebooks" / "02_train.ipynb"))
    assert "activation=target.activation" in source and "target.loss" in source and "softmax" not in source
    assert source.count("training.complete") == 1 and source.count("crossentropy") == 0


def test_02_deals_by_split_seed_the_whole_corpus_and_trains_by_seed():
    dealt, _ = arguments_in_02("splits.assign")
    assert dealt == ["found", "split", "split_seed"]
    source = "\n".join(cell.source for cell in code_cells(PROJECT / "notebooks" / "02_train.ipynb")[3:])
    assert source.count("seed=seed") == 2 and "split_seed=" not in source  # network; order


def test_01_keeps_the_tables_of_two_own_corpora_apart_and_prints_where_they_are(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EMOKIT_OUTPUTS_DIR", str(tmp_path / "outputs"))
    declared, checked, imports = (cell.source for cell in code_cells(NOTEBOOKS[0])[:3])
    (load,) = (cell.source for cell in code_cells(NOTEBOOKS[0]) if "clips = corpora.load" in cell.source)
    (places,) = (cell.source for cell in code_cells(NOTEBOOKS[0]) if "widgets.Copies" in cell.source)
    for n, name in enumerate(("first", "second"), 1):
        folder = lay(tmp_path / name, *(f"{emotion}/{take}.wav" for emotion in ("sad", "angry") for take in range(n)))
        space = {}
        for source in (declared, f"corpus, data_dir = 'folders', {str(folder)!r}", checked, imports, load):
            exec(source, space)
        measured, findings = pd.DataFrame({"duration": [1.0], "digest": ["0"]}), space["clips"][["file"]]
        space |= {"sound": space["clips"], "measured": measured.reindex(space["clips"].index), "findings": findings}
        capsys.readouterr()
        exec(places.splitlines()[0], space)
        exec(code_cells(NOTEBOOKS[0])[-1].source, space)
        assert capsys.readouterr().out == f"clips.csv and findings.csv are in outputs/data/{name}/\n"
        kept = corpora.read_clips(tmp_path / "outputs" / "data" / name / "clips.csv", folder)
        assert len(kept) == 2 * n and set(kept["corpus"]) == {name}


@EACH
def test_each_notebook_ends_with_where_to_go_on(path):
    last = nbformat.read(path, as_version=4).cells[-1]
    links = re.findall(r"\]\(([^)]+)\)", last.source)
    following = NOTEBOOKS[(NOTEBOOKS.index(path) + 1) % len(NOTEBOOKS)].name
    assert last.cell_type == "markdown" and following in links
    assert all((path.parent / link).is_file() for link in links)


@EACH
def test_jupyterlab_has_nothing_to_change_in_a_notebook_that_is_opened(path):
    """It writes what its kernel is called and says of its language into the notebook, and asks to save what differs."""
    metadata = nbformat.read(path, as_version=4).metadata
    spec, kernel = KernelSpecManager().get_kernel_spec("python3"), IPythonKernel.language_info
    known = {"name": "python3", "display_name": spec.display_name, "language": spec.language}
    assert metadata.kernelspec == known and set(metadata) == {"kernelspec", "language_info"}
    same_python = {"version": ""}  # of another one JupyterLab has to say another
    assert metadata.language_info | same_python == kernel | same_python


def test_01_of_your_own_clips_shows_nothing_empty_and_nothing_of_publications(tmp_path, demo_dir):
    clips = corpora.load("demo", demo_dir)
    clips = clips[clips["speaker"].isin(["demo/v01", "demo/v02"])].groupby(["speaker", "emotion"]).head(2)
    for file, speaker, emotion in zip(clips["file"], clips["speaker"], clips["emotion"], strict=True):
        place = tmp_path / "mine" / Path(speaker).name / emotion
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    given = ("-p", "corpus", "folders", "-p", "data_dir", tmp_path / "mine", "-p", "outputs_dir", tmp_path / "outputs")
    done = papermill("notebooks/01_data.ipynb", tmp_path / "01.ipynb", *given)
    assert not done.returncode, done.stderr
    cells = nbformat.read(tmp_path / "01.ipynb", as_version=4).cells
    shown = [out.get("text") or out.data["text/plain"] for cell in cells for out in cell.get("outputs", [])]
    assert not [text for text in shown if re.search(r"<NA>|NaN|Empty DataFrame|None|expected|unknown", text)]
    headings = [cell.source.splitlines()[0] for cell in cells if cell.source.startswith("## ")]
    assert len(headings) > 8 and not [heading for heading in headings if "publish" in heading]


def test_03_shows_the_doubtful_labels_in_their_order_and_keeps_them(tmp_path, demo_dir):
    pytest.importorskip("cleanlab", reason="cleanlab is not installed; pip install -e \".[mislabelled]\"")
    run = finished(tmp_path / "doubted", demo_dir, corpus="demo", allow_severe=False)
    shown = run_notebook("03_evaluate", runs="doubted", outputs_dir=tmp_path, mislabelled=True)
    found = likely_mislabelled(run.predictions.query("part == 'test'"))
    kept = corpora.read_clips(tmp_path / "doubted" / "mislabelled.csv", demo_dir)
    assert list(kept) == ["file", "emotion", "suggested", "quality", "mislabelled"]
    assert kept["file"].tolist() == found["file"].tolist()
    (cell,) = [cell for cell in code_cells(NOTEBOOKS[2]) if "likely_mislabelled" in cell.source]
    table, players = shown[cell.id][1]
    names = [Path(file).name for file in found["file"]]
    assert re.findall(r"\w+\.flac", repr(table)) == names[:20]
    assert re.findall(r"\w+\.flac", repr(players)) == names[:6]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory, demo_dir) -> tuple[Path, list[str]]:
    """A run of 02, as a user would give it, of six voices with five spoilt files and an unwanted one; these files."""
    folder = tmp_path_factory.mktemp("faulty")
    for voice in ("v01", "v02", "v03", "v04", "v05", "v06"):
        shutil.copytree(demo_dir / voice, folder / "demo" / voice)
    for table in ("voices.csv", "sentences.csv"):
        shutil.copy(demo_dir / table, folder / "demo")
    files = sorted((folder / "demo").rglob("*_neu_1.flac"))
    names = [file.relative_to(folder / "demo").as_posix() for file in files]
    sound, rate = sf.read(files[0])
    files[0].write_bytes(files[0].read_bytes()[:900])  # cut off
    files[1].write_bytes(b"")  # empty
    sf.write(files[2], np.zeros(rate), rate)  # silent
    sf.write(files[3], np.tile(sound[:, None], 8), rate)  # 8 channels
    sf.write(files[4], np.repeat(sound, 12), 192_000)
    unwanted = folder / "unwanted.csv"
    unwanted.write_text(f"file\n{names[5]}\n")
    arguments = ("-p", "data_dir", folder / "demo", "-p", "epochs", 2, "-p", "run", "faulty")
    arguments += ("-p", "leave_out", unwanted, "-p", "outputs_dir", folder / "outputs")
    done = papermill("02_train.ipynb", folder / "02.ipynb", *arguments, cwd=PROJECT / "notebooks")
    assert not done.returncode, done.stderr
    return folder / "outputs" / "faulty", names


def test_a_corpus_with_bad_clips_trains_on_the_rest_and_names_them(faulty):
    folder, names = faulty
    findings, predictions = pd.read_csv(folder / "findings.csv"), pd.read_csv(folder / "predictions.csv")
    severe = set(findings.loc[findings["severity"] == "severe", "file"])
    assert severe == set(names[:3])
    left_out = set(findings.loc[findings["check"] == "left out", "file"])
    assert left_out == {names[5]}
    assert not (severe | left_out) & set(predictions["file"]) and len(predictions) == 180 - 4


def test_what_each_step_says_is_kept_with_the_run_and_shown_without_tensorflow(faulty):
    folder, _ = faulty
    show = """
import sys
import numpy as np
from emokit import metrics, widgets
from emokit.run_folder import Run
run = Run.open(sys.argv[1])
shown, _ = widgets.ConfusionExplorer(run).evidence({"keys": [3, 0]})
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
test = metrics.of_test(run.clips)
kept = run.evidence(test)
del run.record["files"]["steps.npz"]
np.testing.assert_allclose(run.evidence(test), kept, atol=1e-5)
for place, answer in zip((3, 0), shown["of"], strict=True):
    of_one = kept[place][np.isfinite(kept[place]).all(axis=1)]
    np.testing.assert_allclose(answer["steps"], of_one, atol=6e-4)
"""
    done = subprocess.run([sys.executable, "-c", show, str(folder)], capture_output=True, text=True)
    assert not done.returncode, done.stderr


def test_03_evaluates_a_run_that_named_bad_clips(faulty, tmp_path):
    folder, _ = faulty
    given = ("-p", "runs", folder.name, "-p", "outputs_dir", folder.parent)
    done = papermill("notebooks/03_evaluate.ipynb", tmp_path / "03.ipynb", *given)
    assert not done.returncode, done.stderr
