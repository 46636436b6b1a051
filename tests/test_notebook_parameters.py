import ast
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import emokit
from emokit import corpora, splits
from emokit.notebook_parameters import TABLE, ParameterError, cell, check

PROJECT = Path(__file__).resolve().parents[1]
OF_01 = [
    "corpus", "data_dir", "name", "emotion_pattern", "speaker_pattern", "columns", "audio_dir", "labels", "outputs_dir",
    "n_jobs",
]  # fmt: skip
OF_03 = ["runs", "data_dir", "outputs_dir"]
OF_OTHERS = ("runs", "file", "voice", "corpus_dir", "against", "plan", "workers", "backend", "scheduler")
OF_02 = [name for name in TABLE if name not in OF_OTHERS]
OF_03_AND_ANOTHER = ["runs", "corpus", "corpus_dir", *OF_01[2:-2], "data_dir", "outputs_dir"]
OF_06 = ["runs", "file", "voice", "data_dir", "outputs_dir"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a preset, entered in its folder notebooks/."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "ravdess.yaml").write_text("epochs: 60\nlearning_rate: 1e-3\naugment: false\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("EMOKIT_OUTPUTS_DIR", raising=False)
    return tmp_path


def notebook(names, injected="", **edited):
    """Names of a kernel after the parameters cell and the injected one, as in papermill."""
    space = {}
    exec(cell(*names), space)
    cells = ["", cell(*names)]
    if injected:
        cells.append("# Parameters\n" + injected)
        exec(injected, space)
    return space | edited | {"In": [*cells, "notebook_parameters.check(globals())"]}


def test_defaults_pass_and_are_resolved_from_the_project_root(project):
    values = notebook(OF_02)
    returned = check(values)
    assert returned == {name: values[name] for name in OF_02}
    assert values["data_dir"] == [project / "data" / "demo"] and values["outputs_dir"] == project / "outputs"
    assert values["run"] == "demo-fold1" and values["corpus"] == ["demo"] and values["test_speakers"] == []
    assert check(values) == returned  # the cell may be run twice


def test_a_file_is_looked_for_where_the_command_was_given_and_none_is_none(project):
    assert check(notebook(OF_06))["file"] == ""
    assert check(notebook(OF_06, "file = 'x.wav'"))["file"] == project / "notebooks" / "x.wav"
    here = project / "notebooks"
    assert check(notebook(OF_06, "voice = 'a.wav,b.wav'"))["voice"] == [here / "a.wav", here / "b.wav"]


def test_one_run_may_be_passed_as_run_where_several_are_read(project):
    values = notebook(OF_06, "run = 'mine-fold2'")
    assert check(values)["runs"] == ["mine-fold2"] and "run" not in values
    values["run"] = object()  # a reader's own, later
    assert check(values)["runs"] == ["mine-fold2"]
    assert check(notebook(OF_03, "run = ['a', 'b']"))["runs"] == ["a", "b"]
    with pytest.raises(ParameterError, match="'run', which this notebook does not know; did you mean 'runs'"):
        check(notebook(OF_06, "run = 'one'\nruns = 'two'"))
    with pytest.raises(ParameterError, match="runs = 'My Run'"):
        check(notebook(OF_06, "run = 'My Run'"))
    with pytest.raises(ParameterError, match="'run', which this notebook does not know"):
        check(notebook(OF_01, "run = 'one'"))


def test_where_runs_are_read_several_earlier_ones_may_be_named_and_in_05_one(project):
    of_03 = [*OF_03, "against"]
    assert check(notebook(of_03))["against"] == []
    assert check(notebook(of_03, "against = 'a-fold1,a-fold2'"))["against"] == ["a-fold1", "a-fold2"]
    with pytest.raises(ParameterError, match="against = 'My Run'"):
        check(notebook(of_03, "against = 'My Run'"))
    assert check(notebook(["outputs_dir", "against"], "against = 'a-fold1'"))["against"] == "a-fold1"


def test_without_a_history_nothing_was_passed(project):
    values = notebook(OF_02)
    values["In"] = [""]  # as under nbval
    assert check(values)["fold"] == 1


def test_a_relative_path_that_is_passed_starts_where_the_command_was_given(project):
    values = check(notebook(OF_02, "data_dir = 'mine'\noutputs_dir = '../elsewhere'\nfold = 3"))
    assert values["data_dir"] == [project / "notebooks" / "mine"] and values["outputs_dir"] == project / "elsewhere"
    assert values["run"] == "demo-fold3"
    assert check(notebook(OF_02, "outputs_dir = 'outputs'"))["outputs_dir"] == project / "notebooks" / "outputs"


def test_the_environment_moves_the_default_outputs_only(project, monkeypatch):
    monkeypatch.setenv("EMOKIT_OUTPUTS_DIR", str(project / "tmp"))
    assert check(notebook(OF_01))["outputs_dir"] == project / "tmp"
    assert check(notebook(OF_01, f"outputs_dir = '{project}/there'"))["outputs_dir"] == project / "there"


@pytest.mark.parametrize(
    "source, name, value",
    [
        ("learning_rate = 1", "learning_rate", 1.0),
        ("learning_rate = '1e-3'", "learning_rate", 0.001),
        ("augment = 'false'", "augment", False),
        ("deterministic = 'True'", "deterministic", True),
        ("epochs = '12'", "epochs", 12),
        ("test_speakers = '04, 10'\nrun = 'a'", "test_speakers", ["04", "10"]),
        ("test_speakers = ['04']\nrun = 'a'", "test_speakers", ["04"]),
        ("corpus = 'ravdess,crema-d'", "corpus", ["ravdess", "crema-d"]),
        ("corpus = ['ravdess', 'crema-d']", "run", "ravdess-crema-d-fold1"),
        ("classes = 'happy,sad'", "classes", ["happy", "sad"]),
        ("classes = 'all'", "classes", ["all"]),
    ],
)
def test_values_are_read_in_their_type(project, source, name, value):
    read = check(notebook(OF_02, source))[name]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("source", "name", "run"),
    [
        ("corpus = 'table'\ndata_dir = 'a/calls.csv'", ["calls"], "calls-fold1"),
        ("corpus = 'folders'\ndata_dir = 'My Calls (2nd)'", ["my-calls-2nd"], "my-calls-2nd-fold1"),
        ("corpus = 'folders'\ndata_dir = '怒り'", ["folders"], "folders-fold1"),
        ("corpus = 'table'\ndata_dir = 'ravdess.csv'", ["ravdess-table"], "ravdess-table-fold1"),  # is not RAVDESS
        ("corpus = 'table'\ndata_dir = 'a/clips.csv'\nname = 'calls'\nfold = 2", ["calls"], "calls-fold2"),
        ("corpus = 'demo,table'\ndata_dir = 'demo,a.csv'", ["demo", "a"], "demo-a-fold1"),
        ("corpus = 'demo,table'\ndata_dir = 'demo,a.csv'\nname = 'demo,b'", ["demo", "b"], "demo-b-fold1"),
        ("data_dir = 'elsewhere'", ["demo"], "demo-fold1"),
    ],
)
def test_own_corpora_are_called_like_their_folder_or_table_or_as_named(project, source, name, run):
    values = notebook(OF_02, source)
    read = check(values)
    assert read["name"] == name and read["run"] == run
    assert check(values) == read  # the cell may be run twice


def test_one_corpus_and_its_folder_are_lists_too_and_a_comma_in_a_path_that_is_there_parts_nothing(project):
    (project / "notebooks" / "mine, of May").mkdir()
    values = check(notebook(OF_02, "corpus = 'folders'\ndata_dir = 'mine, of May'"))
    assert values["corpus"] == ["folders"] and values["name"] == ["mine-of-may"] and values["classes"] == ["shared"]
    assert values["data_dir"] == [project / "notebooks" / "mine, of May"]
    assert check(notebook(OF_02, "corpus = 'demo,emodb'\ndata_dir = 'a,b'"))["data_dir"] == [
        project / "notebooks" / name for name in "ab"
    ]


def test_several_runs_and_no_data_dir_in_03(project):
    values = check(notebook(OF_03, "runs = 'a-fold1,a-fold2'"))
    assert values["runs"] == ["a-fold1", "a-fold2"] and values["data_dir"] == []


def test_beside_runs_the_corpus_is_another_one_than_theirs_and_none_by_default(project):
    assert cell(*OF_03_AND_ANOTHER).splitlines()[1].startswith('corpus: str = ""  # another corpus')
    values = check(notebook(OF_03_AND_ANOTHER))
    assert (values["corpus"], values["corpus_dir"], values["name"], values["data_dir"]) == ([], [], [], [])
    values = check(notebook(OF_03_AND_ANOTHER, "corpus = 'emovo'"))
    assert values["corpus_dir"] == [project / "data" / "emovo"] and values["name"] == ["emovo"]
    assert values["data_dir"] == []  # their own lies where it was
    values = notebook(OF_03_AND_ANOTHER, "corpus = 'table'\ncorpus_dir = 'a/calls.csv'\ndata_dir = 'ours'")
    read = check(values)
    assert read["corpus_dir"] == [project / "notebooks" / "a" / "calls.csv"] and read["name"] == ["calls"]
    assert read["data_dir"] == [project / "notebooks" / "ours"]
    assert check(values) == read  # the cell may be run twice


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("corpus = 'emov'", "did you mean 'emovo'"),
        ("corpus_dirs = 'a'", "'corpus_dirs', which this notebook does not know; did you mean 'corpus_dir'"),
        ("corpus = 'emovo,emodb'", "expected one; ask about others after it"),
        ("corpus = 'table'\ndata_dir = 'a.csv'", "expected corpus_dir beside it, the place of your own data"),
        ("corpus_dir = 'a'", "corpus_dir = .* expected corpus beside it"),
        ("labels = 'A=angry'", "labels = 'A=angry' .* expected corpus beside it"),
        ("runs = ''", "runs = .* expected at least one name"),
    ],
)
def test_what_03_cannot_ask_another_corpus_by_is_refused(project, source, message):
    with pytest.raises(ParameterError, match=message):
        check(notebook(OF_03_AND_ANOTHER, source))


def test_a_line_that_is_gone_from_03_is_asked_for_as_it_stood_there(project):
    values = notebook([name for name in OF_03_AND_ANOTHER if name != "corpus"])
    with pytest.raises(ParameterError, match="no value of 'corpus'; put its line back .*: corpus: str = \"\"$"):
        check(values)


REFUSED = [
    ("epohcs = 3", "'epohcs', which this notebook does not know; did you mean 'epochs'"),
    ("runs = 'a'", "'runs', which this notebook does not know; did you mean 'run'"),
    ("zzz = 3", "'zzz', which this notebook does not know. This notebook knows corpus, data_dir"),
    ("epochs = 'twelve'", "epochs = 'twelve' \\(str\\); expected a whole number from 1 to 100000"),
    ("epochs = 3.5", "epochs = 3.5 \\(float\\); expected a whole number"),
    ("epochs = True", "epochs = True \\(bool\\)"),
    ("epochs = None", "epochs = None"),
    ("epochs = 0", "epochs = 0 \\(int\\); expected a whole number from 1 to"),
    ("dropout = 1.0", "expected a number from 0.0 to 0.95"),
    ("learning_rate = float('nan')", "learning_rate = nan"),
    ("augment = 'maybe'", "augment = 'maybe' \\(str\\); expected true or false"),
    ("augment = 1", "augment = 1 \\(int\\); expected true or false"),
    ("split = 'speakers'", "expected one of speaker, .*; did you mean 'speaker'"),
    ("corpus = 'ravdes'", "did you mean 'ravdess'"),
    ("corpus = ''", "expected at least one name"),
    ("corpus = {'a': 1}", "expected names separated by commas"),
    ("test_speakers = 4", "pass it by `-r test_speakers"),
    ("run = 7", "pass it by `-r run"),
    ("run = '../x'", "expected a name of 1 to 64 small letters"),
    ("run = 'Mine'", "expected a name of 1 to 64 small letters"),
    ("fold = 5\nfolds = 4", "fold = 5 .* expected 1 to 4, since folds is 4"),
    ("test_speakers = '04'\nfold = 2\nrun = 'a'", "expected these or fold, not both"),
    ("test_speakers = '04'\nsplit = 'clip'\nrun = 'a'", "expected none, since split is 'clip'"),
    ("test_speakers = '04'", "expected a name, since with test_speakers"),
    ("corpus = 'table'", "expected data_dir beside it"),
    ("corpus = 'ravdess,crema-d'\ndata_dir = 'a'", "expected 2 folders"),
    ("corpus = 'table'\ndata_dir = 'a.csv'\nname = 'My calls'", "expected a name of 1 to 64 small letters"),
    ("corpus = 'table'\ndata_dir = 'a.csv'\nname = 'a,b'", "expected one name a corpus, in their order"),
    ("corpus = 'table'\ndata_dir = 'a.csv'\nname = 'ravdess'", "expected another, since a corpus has it"),
    ("name = 'mine'", "expected demo, since it has its name"),
    ("n_jobs = 0", "expected 1 or more, or -1"),
    ("preset = 'ravdes'", "one of ravdess \\(in presets/\\); did you mean 'ravdess'"),
    ("preset = '../ravdess'", "one of ravdess"),
    ("epochs = 3\nimport os", "'import os' among the parameters; expected names with values only"),
    ("epochs, fold = 3, 2", "among the parameters"),
    ("layer = 3", "layer = 3 .* expected none: features is log_mel"),
    ("encoder = 'somewhere'", "expected none: features is log_mel"),
    ("features = 'encoder'\nn_mels = 40", "n_mels = 40 .* expected none: features is encoder"),
    ("features = 'mfcc'\nlevel = True", "level = True .* expected false, since features is mfcc"),
    ("features = 'mfcc'\naugment = True", "augment = True .* expected false: features is mfcc"),
    ("enrolled = 4", "enrolled = 4 .* expected 0, since normalise is corpus"),
    ("normalise = 'enrolled'", "enrolled = 0 .* expected 1 or more, since normalise is enrolled"),
    ("enrolled_emotion = 'neutral'", "expected none, since normalise is corpus"),
    ("head = 'lda'", "head = 'lda' .* expected network, since body is residual_lstm"),
    ("head = 'lda'\nbody = 'statistics'\nfront_end = 'conv1d'", "expected none or frames, since head is lda"),
    ("head = 'lda'\nbody = 'statistics'\ntarget = 'votes'", "expected emotions, since head is lda"),
    ("head = 'lda'\nbody = 'statistics'\nepochs = 3", "epochs = 3 .* expected none: head is lda"),
    ("head = 'lda'\nbody = 'statistics'\nteacher = 'a'", "expected none, since head is lda"),
    ("teacher = 'a'\ntarget = 'votes'", "expected none, since target is votes"),
    ("split = 'clip'\nn_dev_speakers = 2", "expected 0, since split is 'clip'"),
    ("dev_speakers = '04'\nn_dev_speakers = 2", "expected 0, since dev_speakers are named"),
]


@pytest.mark.parametrize("source, message", REFUSED, ids=[source for source, _ in REFUSED])
def test_what_a_notebook_cannot_work_with_is_refused_in_a_sentence(project, source, message):
    with pytest.raises(ParameterError, match=message) as error:
        check(notebook(OF_02, source))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("", 1),
        ("head = 'lda'\nbody = 'statistics'", 1),
        ("schedule = 'plateau'", 0),
        ("n_dev_speakers = 2", 2),
        ("split = 'clip'", 0),
        ("dev_speakers = '04'", 0),
    ],
)
def test_one_speaker_is_dev_where_dev_chooses_nothing(project, source, n):
    assert check(notebook(OF_02, source))["n_dev_speakers"] == n


def test_a_name_added_to_the_cell_in_the_lab_is_refused(project):
    values = notebook(OF_02)
    exec("epoch: int = 3", values)
    with pytest.raises(ParameterError, match="did you mean 'epochs'"):
        check(values)


def test_a_preset_fills_in_what_was_not_passed(project):
    values = check(notebook(OF_02, "preset = 'ravdess'\nepochs = 40"))  # 40 is the default, and passed all the same
    assert values["epochs"] == 40 and values["learning_rate"] == 0.001 and values["augment"] is False
    assert check(notebook(OF_02, preset="ravdess", learning_rate=0.1))["learning_rate"] == 0.1  # edited in the lab


@pytest.mark.parametrize(
    "text, message",
    [
        ("epoch: 3", "'epoch', which this notebook \\(preset 'bad'\\) does not know; did you mean 'epochs'"),
        ("epochs: many", "epochs = 'many'"),
        ("runs: a", "does not know"),
        ("preset: ravdess", "does not know"),
        ("- epochs", "holds list; expected lines"),
    ],
)
def test_a_wrong_preset_is_refused(project, text, message):
    (project / "presets" / "bad.yaml").write_text(text)
    with pytest.raises(ParameterError, match=message):
        check(notebook(OF_02, "preset = 'bad'"))


def test_an_old_injected_cell_does_not_count_once_the_parameters_were_run_again(project):
    values = notebook(OF_02, "fold = 2")
    values["In"] += [cell(*OF_02), "notebook_parameters.check(globals())"]
    exec(cell(*OF_02), values)
    assert check(values)["fold"] == 1


def test_the_table_and_the_rooms_tell_the_same():
    assert TABLE["split"].choices == tuple(splits.SCHEMES)
    assert set(corpora.PUBLISHED) <= set(TABLE["corpus"].choices)
    steps = inspect.signature(emokit.build_model).parameters["max_seq_length"].default
    assert TABLE["max_seq_length"].default == steps == emokit.MAX_SEQ_LENGTH


@pytest.mark.parametrize("path", sorted((PROJECT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_the_cells_of_the_notebooks_say_what_the_table_says(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    marked = [i for i, c in enumerate(cells) if "parameters" in c["metadata"].get("tags", [])]
    assert len(marked) == 1
    source = "".join(cells[marked[0]]["source"])
    assert source == cell(*(statement.target.id for statement in ast.parse(source).body))
    assert "notebook_parameters.check(globals())" in "".join(cells[marked[0] + 1]["source"])


@pytest.fixture
def small_notebook(project):
    import nbformat.v4 as v4

    source = "from emokit import notebook_parameters\nprint(notebook_parameters.check(globals()))"
    cells = [v4.new_code_cell(cell(*OF_02), metadata={"tags": ["parameters"]}), v4.new_code_cell(source)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    (project / "notebooks" / "n.ipynb").write_text(json.dumps(v4.new_notebook(cells=cells, metadata=kernel)))
    return project


@pytest.mark.slow
def test_papermill_passes_and_its_help_lists_every_name(small_notebook):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "notebooks/n.ipynb"]
    quiet = os.environ | {"PYTHONWARNINGS": "ignore"}
    options = {"cwd": small_notebook, "capture_output": True, "text": True, "env": quiet}
    told = subprocess.run([*command, "--help-notebook"], **options).stdout
    assert all(f"{name}: {type(TABLE[name].default).__name__}" in told for name in OF_02)
    arguments = ["-p", "fold", "2", "-p", "learning_rate", "1", "-p", "data_dir", "mine"]
    done = subprocess.run([*command, "out.ipynb", *arguments], **options)
    assert done.returncode == 0, done.stderr
    printed = json.loads((small_notebook / "out.ipynb").read_text())["cells"][-1]["outputs"][0]["text"]
    assert "'fold': 2" in "".join(printed) and str(small_notebook / "mine") in "".join(printed)
    refused = subprocess.run([*command, "out.ipynb", "-p", "epohcs", "2"], **options)
    assert refused.returncode != 0 and "did you mean 'epochs'?" in refused.stderr
