"""What others made: run folders, models, archives, tables, parameters and names that mean harm.

Each is refused or shown as text; an audit hook of Python watches that no code of theirs runs, nothing reaches the
network, and nothing is written outside of the test's folder.
"""

import hashlib
import io
import json
import os
import pickle
import stat
import sys
import zipfile

import numpy as np
import pytest
from test_run_folder import EMOTIONS, clips, finish, start  # noqa: F401 (fixtures)
from test_widgets import ALLOWED, ALLOWED_ATTRIBUTES, Tags, html_of, make_clips, make_predictions

from emokit import atomic_files, audio, corpora, reviews, run_folder, widgets
from emokit.audio import BadClip
from emokit.corpora import CorpusError
from emokit.corpora.getting.unpack import unpack
from emokit.notebook_parameters import ParameterError, cell, check
from emokit.run_folder import Run, RunError, states

REFUSED = (RunError, CorpusError, ParameterError, BadClip)


class Trap:
    """Unpickled, it makes a folder beside the one it was found in."""

    def __reduce__(self):
        return os.mkdir, ("trapped",)


# ---- the watch ------------------------------------------------------------------------------------------------------

_watch = {"inside": None, "seen": []}
CODE = {"pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "ctypes.dlopen"}
NETWORK = {"socket.connect", "socket.getaddrinfo", "urllib.Request"}
CHANGES = {"os.mkdir": 0, "os.rename": 1, "os.symlink": 1, "os.link": 1, "os.remove": 0, "os.rmdir": 0}


def _notice(event, arguments):
    if _watch["inside"] is None:
        return
    if event in CODE or event in NETWORK:
        _watch["seen"].append((event, str(arguments)[:200]))
    elif event in CHANGES:
        _notice_path(event, arguments[CHANGES[event]])
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _notice_path(event, arguments[0])


def _notice_path(event, path):
    if isinstance(path, str | bytes | os.PathLike):
        where = os.path.realpath(os.fsdecode(path))
        if not where.startswith((_watch["inside"], "/dev/")) and "__pycache__" not in where:
            _watch["seen"].append((event, where))


sys.addaudithook(_notice)


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """From its call on, what runs code, reaches the network or writes outside of the test's folder is an error."""
    monkeypatch.chdir(tmp_path)
    _watch["seen"].clear()

    def begin():
        _watch["inside"] = str(tmp_path)

    yield begin
    _watch["inside"] = None
    assert _watch["seen"] == []
    assert not (tmp_path / "trapped").exists()


def test_the_watch_sees_code_that_runs_and_files_outside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inside").mkdir()
    monkeypatch.setitem(_watch, "inside", str(tmp_path / "inside"))
    _watch["seen"].clear()
    (tmp_path / "inside" / "fine").touch()
    assert _watch["seen"] == []
    pickle.loads(pickle.dumps(Trap()))  # noqa: S301 (our own)
    (tmp_path / "beside").write_text("x")
    assert {event for event, _ in _watch["seen"]} == {"pickle.find_class", "os.mkdir", "open"}
    assert (tmp_path / "trapped").is_dir()


# ---- run folders and models -----------------------------------------------------------------------------------------


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def keras_archive():
    """A `.keras` file whose only layer is a Lambda with code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        code = {"class_name": "__lambda__", "config": {"code": "4wA="}}
        archive.writestr("config.json", json.dumps({"class_name": "Lambda", "config": {"function": code}}))
    return buffer.getvalue()


TRAP = pickle.dumps(Trap())
TRAPS = np.array([Trap()], dtype=object)
LAMBDA = {"class_name": "Functional", "config": {"layers": [{"class_name": "Lambda", "config": {"function": "x"}}]}}
CSV = b"file,speaker,part,emotion,predicted\n%s,demo/1,test,happy,sad\n"

FILES = {  # a file of a run, what it holds instead, listed in run.json as if it were right; how it is read
    "clips that lead up": ("clips.csv", CSV % b"../../../etc/passwd", "clips"),
    "clips that are absolute": ("clips.csv", CSV % b"/etc/passwd", "clips"),
    "clips with a null byte": ("clips.csv", CSV % b"a\0.wav", "clips"),
    "clips without a file": ("clips.csv", b"name\nx\n", "clips"),
    "clips of a root that is none": ("clips.csv", b"file,root\na.wav,7\n", "clips"),
    "predictions that lead up": ("predictions.csv", CSV % b"a/../../../secret", "predictions"),
    "a pickle as normalizer": ("normalizer.npz", TRAP, "normalizer"),
    "pickled arrays as normalizer": ("normalizer.npz", npz(mean=TRAPS, n_frames=TRAPS, squares=TRAPS), "normalizer"),
    "a normalizer of another size": (
        *("normalizer.npz", npz(mean=np.zeros(9), n_frames=np.int64(3), squares=np.ones(9)), "normalizer"),
    ),
    "a pickle as embeddings": ("embeddings.npz", TRAP, "embeddings"),
    "pickled arrays as embeddings": ("embeddings.npz", npz(average=TRAPS), "embeddings"),
    "embeddings under another name": ("embeddings.npz", npz(other=np.zeros(3)), "embeddings"),
    "a pickle as steps": ("steps.npz", TRAP, "kept_steps"),
    "pickled arrays as steps": ("steps.npz", npz(alone=TRAPS), "kept_steps"),
    "steps of another run": ("steps.npz", npz(alone=np.zeros((2, 4, 9))), "kept_steps"),
    "a pickle as neighbours": ("neighbours.npz", TRAP, "neighbours"),
    "pickled arrays as neighbours": ("neighbours.npz", npz(known=TRAPS, scale=TRAPS, bound=TRAPS), "neighbours"),
    "neighbours of another run": (
        *("neighbours.npz", npz(known=np.ones((2, 9)), scale=np.ones(9), bound=1.0), "neighbours"),
    ),
    "a Keras configuration as model": ("model.json", json.dumps(LAMBDA).encode(), "model"),
    "a model of a billion steps": (
        "model.json",
        json.dumps({"n_bands": 8, "n_classes": 3, "max_seq_length": 10**9}).encode(),
        "model",
    ),
    "code as a seed": ("model.json", b'{"n_bands": 8, "n_classes": 3, "seed": "__import__(\'os\')"}', "model"),
    "a pickle as weights": ("model.weights.h5", TRAP, "model"),
    "a Keras archive with a Lambda as weights": ("model.weights.h5", keras_archive(), "model"),
    "metrics that are a list": ("metrics.json", b"[1]", "metrics"),
    "metrics nested too deep": ("metrics.json", b"[" * 100_000, "metrics"),
    "a history that is binary": ("history.csv", b"\xff\xfe\x00\x01", "history"),
}
RECORDS = {  # fields of run.json
    "a file outside": {"files": {"../../../etc/passwd": "0"}},
    "an absolute file": {"files": {"/etc/passwd": "0"}},
    "a file of code": {"files": {"setup.py": "0"}},
    "a checksum that is a list": {"files": {"clips.csv": ["0"]}},
    "a newer format": {"format": 99},
    "classes that are no list": {"emotions": {"happy": 1}},
    "parameters that are code": {"parameters": "__import__('os').system('x')"},
    "features of another kind": {"features": {"name": "wav2vec", "url": "http://example.invalid"}},
    "features of a kind that is a list": {"features": {"kind": ["mfcc"], "name": "mfcc"}},
    "features at another rate": {"features": {"name": "log_mel", "rate": 8000, "n_mels": 8, "trim": 40.0}},
    "a folder that is no text": {"parameters": {"data_dir": {"a": 1}, "epochs": 1}},
}


@pytest.fixture
def run(start, clips):  # noqa: F811
    run = start()
    finish(run, clips)
    atomic_files.write_json(run.path / "model.json", {"n_bands": 8, "n_classes": 3, "max_seq_length": 1})
    (run.path / "model.weights.h5").write_bytes(b"")
    run._list("model.json", "model.weights.h5")
    return run.path


def change_record(path, change):
    atomic_files.write_json(path / "run.json", json.loads((path / "run.json").read_text()) | change)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_of_a_run_is_refused(run, watched, name):
    file, content, reading = FILES[name]
    (run / file).write_bytes(content)
    files = json.loads((run / "run.json").read_text())["files"]
    names = {*files, file, "model.json", "model.weights.h5"}
    change_record(run, {"files": {name: atomic_files.sha256(run / name) for name in names}})
    if reading == "model":
        import emokit.model  # noqa: F401 (loading TensorFlow is not what is watched)
    watched()
    with pytest.raises(RunError, match=file.replace(".", r"\.")) as error:
        read = getattr(Run.open(run), reading)
        if callable(read):
            read()
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("name", RECORDS)
def test_a_hostile_run_json_is_refused(run, watched, name):
    change_record(run, RECORDS[name])
    watched()
    with pytest.raises(RunError, match=r"run\.json"):
        Run.open(run).settings  # noqa: B018


STATES = {
    "a pickle": TRAP,
    "pickled arrays": npz(info=TRAPS),
    "no info": npz(w=np.zeros(2)),
    "info that is no JSON": npz(info=np.frombuffer(b"{]", np.uint8)),
    "an array for a file": b"\x93NUMPY\1\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + b" " * 60,
}


@pytest.mark.parametrize("name", STATES)
def test_a_hostile_state_is_passed_over(tmp_path, watched, name):
    states.save(tmp_path, 1, {"w": np.ones(2)}, {"best": 1})
    digest = hashlib.sha256(STATES[name]).hexdigest()[:32]
    (tmp_path / f"epoch-000009-000000-{digest}.npz").write_bytes(STATES[name])
    (tmp_path / "epoch-x-y-z.npz").write_bytes(STATES[name])
    watched()
    assert states.load(tmp_path)[0] == 1


@pytest.mark.parametrize("name", ["../a", "a/../../b", "..", ".hidden", "a\nb", "a;rm -rf", "$(touch x)", "A", "con:"])
def test_a_hostile_run_name_makes_no_folder(tmp_path, clips, watched, name):  # noqa: F811
    (tmp_path / "outputs").mkdir()
    watched()
    with pytest.raises(ParameterError, match="run = "):
        check({"__annotations__": {"run": str}, "run": name})
    if "/" not in name and name != "..":
        with pytest.raises(RunError, match="cannot be called"):
            run_folder.start(tmp_path / "outputs" / name / ".", {}, clips, settings=None)
    assert list((tmp_path / "outputs").iterdir()) == []


# ---- parameters -----------------------------------------------------------------------------------------------------

CELLS = {  # what papermill writes for a hostile name: it escapes values, not names
    "a name with a line break": 'epochs\n__import__("os").mkdir("trapped")\nx = 3',
    "a name that calls": 'open("trapped", "w").name = 3',
    "a name that is two": "epochs, fold = 3, 2",
    "a name that indexes": 'globals()["check"] = 3',
    "an import": "epochs = 3\nimport os",
    "a name of Python's": "__builtins__ = 3",
    "a name of the check": "check = 3",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_hostile_parameter_name_is_refused(watched, name):
    names = {"__annotations__": {"epochs": int, "fold": int}, "epochs": 3, "fold": 1}
    names["In"] = ["", cell("epochs", "fold"), "# Parameters\n" + CELLS[name], "check(globals())"]
    watched()
    with pytest.raises(ParameterError) as error:
        check(names)
    assert "\n" not in str(error.value)


def test_a_preset_that_is_code_is_not_run(tmp_path, watched):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "evil.yaml").write_text("epochs: !!python/object/apply:os.mkdir ['trapped']\n")
    for name in ("evil", "../presets/evil", "/etc/passwd"):
        names = {"__annotations__": {"preset": str, "epochs": int}, "preset": name, "epochs": 40}
        watched()
        with pytest.raises(ParameterError, match="preset"):
            check(names)


# ---- archives, tables, recordings -----------------------------------------------------------------------------------


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


ARCHIVES = ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", link("a"), "bomb", "none"]


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_not_unpacked(tmp_path, watched, name):
    archive = tmp_path / "a.zip"
    if name == "none":
        archive.write_bytes(TRAP)
    else:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
            content.writestr(name, bytes(10**6) if name == "bomb" else b"/etc/passwd")
    watched()
    with pytest.raises(CorpusError):
        unpack(archive, tmp_path / "target", 1000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


TABLES = {
    "rows that lead up": b"file,emotion\n../../etc/passwd,happy\n",
    "rows that are absolute": b"file,emotion\n/etc/passwd,happy\n",
    "rows with a URL": b"file,emotion\nhttp://example.invalid/a.wav,happy\n",
    "a null byte": b"file,emotion\na\0.wav,happy\n",
    "no columns": b"\0\0\0\0",
    "a pickle": TRAP,
    "a field without an end": b'file,emotion\n"' + b"x" * 200_000,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_refused(tmp_path, watched, name):
    (tmp_path / "t.csv").write_bytes(TABLES[name])
    watched()
    with pytest.raises(CorpusError) as error:
        corpora.load("table", tmp_path / "t.csv")
    assert len(str(error.value)) < 1000


def test_a_hostile_table_of_reviews_is_refused(run, watched):
    (run / "reviews.csv").write_text("file,emotion,verdict,label,note\n../../../secret,happy,fine,,\n")
    watched()
    with pytest.raises(REFUSED, match="secret"):
        reviews.read(Run.open(run))


RECORDINGS = {
    "a pickle": TRAP,
    "a playlist of URLs": b"#EXTM3U\nhttp://example.invalid/a.wav\n",
    "a header that promises 4 GB": (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data\xff\xff\xff\xff"
    ),
    "a fifth of a header": b"RIFF\0\0",
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_hostile_recording_is_a_bad_clip(tmp_path, watched, name):
    (tmp_path / "a.wav").write_bytes(RECORDINGS[name])
    watched()
    with pytest.raises(BadClip):
        audio.read(tmp_path / "a.wav")


# ---- names in HTML --------------------------------------------------------------------------------------------------

NAMES = {
    "a tag": "<img src=x onerror=alert(1)>.wav",
    "a quote and a script": '"><script>alert(1)<script>.wav',
    "an apostrophe": "'onload='x.wav",
    "an entity": "&lt;b&gt;.wav",
    "a line break": "a\n<b>.wav",
    "a bell": "\a<b>.wav",
    "a bidirectional override": "\u202egpj.<b>.wav",
    "a formula": "=HYPERLINK(1)<b>.wav",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_name_stays_text(tmp_path, watched, name):
    found = make_clips(tmp_path, [NAMES[name]]).assign(speaker=NAMES[name][:-4], duration=0.4, rms=0.07)
    widgets.listen(found, n=1)  # what is loaded once is not watched
    watched()
    for view in (widgets.listen(found, n=3), widgets.worst_mistakes.mistakes(make_predictions(found), found)):
        tags = Tags(html_of(view))
        assert set(tags.tags) <= ALLOWED
        assert {attribute for _, attribute, _ in tags.attributes} <= ALLOWED_ATTRIBUTES


def test_there_are_at_least_25_hostile_things():
    counted = [FILES, RECORDS, STATES, CELLS, ARCHIVES, TABLES, RECORDINGS, NAMES]
    assert sum(map(len, counted)) >= 25
