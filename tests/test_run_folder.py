import json
import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from laid_out import lay

from emokit import FeatureNormalizer, atomic_files, class_weights, metrics, run_folder
from emokit.features import LogMelSettings
from emokit.run_folder import Run, RunError, record, states
from emokit.targets import Emotions

EMOTIONS = ["neutral", "happy", "sad"]
BANDS = 8
PARAMETERS = {"split": "speaker", "fold": 1, "seed": 0, "epochs": 3, "dropout": 0.5, "n_jobs": 2}
SETTINGS = LogMelSettings(n_bands=BANDS)


@pytest.fixture
def clips(tmp_path):
    n = 36
    return pd.DataFrame(
        {
            "file": [str(tmp_path / "corpus" / f"ä {i:02}.wav") for i in range(n)],
            "emotion": [EMOTIONS[i % 3] for i in range(n)],
            "speaker": [f"demo/{i // 6:02}" for i in range(n)],
            "corpus": "demo",
            "sentence": [f"{i % 2:02}" for i in range(n)],
            "part": ["train"] * 24 + ["dev"] * 6 + ["test"] * 6,
            "digest": [f"{i:064}" for i in range(n)],
            "n_frames": 20,
        }
    )


@pytest.fixture
def start(tmp_path, clips):
    def make(name="a", clips=clips, settings=SETTINGS, **parameters):
        parameters = PARAMETERS | {"data_dir": tmp_path / "corpus"} | parameters
        return run_folder.start(tmp_path / name, parameters, clips, settings=settings, emotions=EMOTIONS)

    return make


def save_inputs(run, clips):
    normalizer = FeatureNormalizer().fit(np.random.default_rng(0).normal(size=(24, 20, BANDS)))
    findings = pd.DataFrame({"severity": ["warning", "info"], "file": [clips["file"][0], None]})
    run.save_inputs(clips, findings, normalizer, class_weights.balanced(clips, EMOTIONS))


def finish(run, clips):
    """A whole run; its model is only named, test_predict makes one."""
    save_inputs(run, clips)
    lay(run.path, "model.json", "model.weights.h5", "train.log")
    p = np.random.default_rng(1).dirichlet(np.ones(3), len(clips))
    said = Emotions(EMOTIONS).predictions(clips, p)
    run.save_state(3, {"model/000": np.zeros(2)}, {"stopped": False})
    atomic_files.write_csv(run.path / "history.csv", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.1, 0.2, 0.3]}))
    run.finish(said, metrics.summary(said, EMOTIONS), p)
    return said


def test_steps_of_other_clips_than_the_test_are_refused_before_anything_is_written(start, clips):
    run = start()
    said = Emotions(EMOTIONS).predictions(clips, np.full((len(clips), len(EMOTIONS)), 1 / len(EMOTIONS)))
    with pytest.raises(RunError, match="There are steps of 0 clips for"):
        run.finish(said, {}, np.zeros((len(clips), 2)), np.zeros((0, 4, len(EMOTIONS))))
    assert not (run.path / "predictions.csv").exists() and not run.complete


@pytest.fixture
def complete(start, clips):
    run = start()
    finish(run, clips)
    return run


def elsewhere(path, *words):
    """A process that starts this run and says what came of it."""
    code = (
        "import sys, time, pandas as pd\n"
        "from emokit import run_folder\n"
        "from emokit.features import LogMelSettings\n"
        f"clips = pd.DataFrame({{'file': [], 'emotion': [], 'speaker': []}}, dtype=str)\n"
        f"parameters = {{'data_dir': '/', 'epochs': 3}}\n"
        "try:\n"
        f"    run_folder.start({str(path)!r}, parameters, clips, settings=LogMelSettings())\n"
        "    print('took it', flush=True)\n"
        "    if 'wait' in sys.argv: time.sleep(60)\n"
        "except run_folder.RunError as error: print(error, flush=True)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True)


def test_what_is_saved_is_read_back(start, clips, tmp_path):
    run = start()
    said = finish(run, clips)
    again = Run.open(run.path)
    assert again.complete and again.state == "complete" and again.emotions == EMOTIONS and again.epoch == 3
    pd.testing.assert_frame_equal(again.predictions, said, check_dtype=False)
    pd.testing.assert_frame_equal(again.clips, clips, check_dtype=False)
    assert again.metrics == metrics.summary(said, EMOTIONS) | {"uar_low": None, "uar_high": None} | {
        "speaker_dependent": False
    }
    assert again.history["loss"].tolist() == [0.1, 0.2, 0.3]
    assert again.findings["file"].tolist()[0] == clips["file"][0] and again.findings["file"].isna()[1]
    assert again.embeddings().shape == (36, 3) and again.normalizer().n_frames_ == 480
    assert again.certificate()["overlaps"]["speaker"] == {"train & dev": 0, "train & test": 0, "dev & test": 0}
    assert again.parameters["dropout"] == 0.5 and again.settings == SETTINGS
    session = again.record["sessions"][0]
    assert session["pid"] == os.getpid() and session["threads"] >= 1 and session["device"]
    assert again.record["data"]["corpora"]["demo"]["licence"] and again.record["versions"]["numpy"] == np.__version__
    assert repr(again).startswith("Run a: complete")


def test_a_complete_run_keeps_its_inputs(complete, clips):
    save_inputs(complete, clips.assign(sentence="99"))
    assert Run.open(complete.path).clips["sentence"].tolist() == clips["sentence"].tolist()
    assert complete.certificate()


def test_a_machine_that_cannot_say_which_cores_it_may_use_is_described_too(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS
    assert record.machine()["threads"] >= 1


def test_tables_hold_no_absolute_path_and_open_under_another_data_dir(complete, clips, tmp_path):
    for name in ("clips.csv", "predictions.csv", "findings.csv"):
        assert str(tmp_path) not in (complete.path / name).read_text(encoding="utf-8")
    moved = complete.path.rename(tmp_path / "copy")
    run = Run.open(moved, tmp_path / "other")
    assert run.clips["file"][0] == str(tmp_path / "other" / "ä 00.wav")
    assert run.predictions["file"][3] == str(tmp_path / "other" / "ä 03.wav")


def test_a_complete_run_is_given_back_untouched_and_its_epochs_may_grow(complete, start):
    before = {path.name: path.read_bytes() for path in complete.path.iterdir() if path.is_file()}
    assert start().complete and start(n_jobs=1, preset="other").complete
    assert {path.name: path.read_bytes() for path in complete.path.iterdir() if path.is_file()} == before
    grown = start(epochs=5)
    assert not grown.complete and grown.epoch == 3 and grown.parameters["epochs"] == 5


def test_an_early_stopped_run_is_complete_however_many_epochs_are_asked_for(start, clips):
    run = start()
    run.save_state(2, {}, {"stopped": True})
    assert run.stopped_early and run.epoch == 3
    finish(run, clips)
    max((run.path / "state").iterdir()).unlink()
    assert start(epochs=9).complete


@pytest.mark.parametrize(
    "change, named",
    [
        ({"dropout": 0.2}, "dropout was 0.5 and is now 0.2"),
        ({"seed": 1, "fold": 2}, "fold was 1 and is now 2; seed was 0 and is now 1"),
        ({"augment": False}, "augment was True and is now False"),  # what was not said was the default
        ({"epochs": 2}, "epochs was 3 and is now 2"),
        ({"settings": LogMelSettings(n_bands=9)}, "features n_bands was 8 and is now 9"),
    ],
)
def test_other_parameters_are_refused_and_each_difference_named(start, change, named):
    start().interrupt()
    with pytest.raises(RunError, match=named):
        start(**change)
    assert start().epoch == 0  # and the refusal has left the run free


def test_epochs_stay_as_planned_where_the_learning_rate_falls_over_all_of_them(start, clips):
    run = start(schedule="cosine")
    finish(run, clips)
    assert start(schedule="cosine").complete and run.kept_epoch == 3
    for epochs in (2, 5):
        run.interrupt()
        with pytest.raises(RunError, match=f"epochs was 3 and is now {epochs} .the learning rate falls over all of"):
            start(schedule="cosine", epochs=epochs)


def test_other_clips_are_refused(start, clips):
    start()
    for column, value in [("emotion", "sad"), ("part", "train"), ("digest", "0"), ("speaker", "demo/99")]:
        other = clips.copy()
        other.loc[30, column] = value
        with pytest.raises(RunError, match="the clips are others"):
            start(clips=other)
    start(clips=clips.sample(frac=1, random_state=0))  # another order is the same data


def test_other_versions_are_refused_for_going_on_but_not_for_reading(complete, start):
    record = json.loads((complete.path / "run.json").read_text())
    record["versions"]["numpy"] = "1.0"
    atomic_files.write_json(complete.path / "run.json", record)
    assert start().complete
    atomic_files.write_json(complete.path / "run.json", record | {"state": "interrupted at epoch 3"})
    with pytest.raises(RunError, match="version of numpy was '1.0' and is now"):
        start()


def test_a_second_process_is_refused_with_pid_and_host_and_takes_over_when_the_first_is_gone(tmp_path):
    first = elsewhere(tmp_path / "a", "wait")
    try:
        assert first.stdout.readline() == "took it\n"
        assert Run.open(tmp_path / "a").state == "running"
        refused = elsewhere(tmp_path / "a").communicate()[0]
        assert f"Run a is being trained by process {first.pid} on {os.uname().nodename}" in refused
        first.kill()
        first.wait()
        assert Run.open(tmp_path / "a").state == "interrupted at epoch 0"
        assert elsewhere(tmp_path / "a").communicate()[0] == "took it\n"
    finally:
        first.kill()
        first.communicate()


@pytest.mark.parametrize("name", ["clips.csv", "normalizer.npz", "predictions.csv", "metrics.json", "embeddings.npz"])
def test_a_changed_or_missing_file_is_named(complete, name):
    content = bytearray((complete.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (complete.path / name).write_bytes(content)
    with pytest.raises(RunError, match=f"a/{name} is not as run.json lists it"):
        Run.open(complete.path)
    (complete.path / name).unlink()
    with pytest.raises(RunError, match=f"a/{name} is missing"):
        Run.open(complete.path)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"format": 3}, "format is 3, this emokit reads 1 and 2; update emokit"),
        ({"format": 0}, "format is 0, this emokit reads 1 and 2; train it again under another name"),
        ({"format": "1"}, "format is '1'; expected int"),
        ({"emotions": "happy"}, "emotions is 'happy'; expected list"),
        ({"parameters": {}}, "parameters has no data_dir"),
        ({"files": {"../../secret": "00"}}, "files lists '../../secret'"),
        ({"files": {"/etc/passwd": "00"}}, "files lists '/etc/passwd'"),
        ({"features": {"name": "log_mel-9", "rate": 16000, "n_mels": 8, "trim": 40.0}}, "features are 'log_mel-9'"),
        ({"features": {"kind": "wav2vec"}}, "features are unknown to this emokit"),
    ],
)
def test_a_run_json_from_elsewhere_is_checked_field_by_field(complete, change, message):
    record = json.loads((complete.path / "run.json").read_text()) | change
    (complete.path / "run.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match=message):
        Run.open(complete.path).settings  # noqa: B018


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"format": NaN}'])
def test_a_run_json_that_is_none_is_refused(complete, content):
    (complete.path / "run.json").write_bytes(content)
    with pytest.raises(RunError):
        Run.open(complete.path)


def test_a_table_that_leads_out_of_the_corpus_is_refused(complete):
    table = (complete.path / "clips.csv").read_text(encoding="utf-8").replace("ä 00.wav", "../../secret.wav")
    digest = atomic_files.write_text(complete.path / "clips.csv", table)
    record = json.loads((complete.path / "run.json").read_text())
    record["files"]["clips.csv"] = digest
    atomic_files.write_json(complete.path / "run.json", record)
    with pytest.raises(RunError, match=r"\.\./\.\./secret\.wav"):
        Run.open(complete.path).clips  # noqa: B018


def test_a_missing_run_names_those_that_are_there(complete):
    with pytest.raises(RunError, match="There is no run b in .*; there are a; train it by 02"):
        Run.open(complete.path.parent / "b")
    (complete.path.parent / "b").mkdir()
    with pytest.raises(RunError, match="b holds no run.json"):
        Run.open(complete.path.parent / "b")


@pytest.mark.parametrize("name", ["A", ".a", "a b", "x" * 65, "ä", "a;b"])
def test_a_name_that_is_no_name_is_refused(start, name):
    with pytest.raises(RunError, match="A run cannot be called"):
        start(name)


def test_an_unfinished_run_says_what_is_missing(start):
    run = start()
    with pytest.raises(RunError, match="a/predictions.csv is not there, the run is running; run 02 again"):
        run.predictions  # noqa: B018


def test_the_last_two_states_are_kept_and_a_damaged_one_passed_over(tmp_path):
    for epoch in (1, 2, 3):
        states.save(tmp_path, epoch, {"w": np.full(5, epoch)}, {"best": 0.1 + 0.2})
    newest, older = sorted(tmp_path.iterdir(), reverse=True)
    epoch, arrays, info = states.load(tmp_path)
    assert epoch == 3 and arrays["w"].tolist() == [3] * 5 and info == {"best": 0.1 + 0.2}
    whole = newest.read_bytes()
    for damaged in (whole[:-1], whole[:100], b"", whole[:200] + b"\0" + whole[201:]):
        if damaged != whole:
            newest.write_bytes(damaged)
            assert states.load(tmp_path)[0] == 2
    states.save(tmp_path, 3, {"w": np.full(5, 3)}, {})
    assert states.load(tmp_path)[0] == 3
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    assert states.load(tmp_path) is None


def test_a_state_whose_bytes_are_those_of_another_is_passed_over(tmp_path):
    """It reads without an error, and would be taken up as the wrong epoch's."""
    for epoch in (1, 2):
        states.save(tmp_path, epoch, {"w": np.full(5, epoch)}, {})
    first, second = sorted(tmp_path.iterdir())
    second.write_bytes(first.read_bytes())
    epoch, arrays, _ = states.load(tmp_path)
    assert epoch == 1 and arrays["w"].tolist() == [1] * 5


def test_states_that_run_code_when_unpickled_are_not_read(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trapped"),)

    import hashlib
    import io

    buffer = io.BytesIO()
    np.savez(buffer, info=np.array([Trap()], dtype=object))
    name = f"epoch-000001-000000-{hashlib.sha256(buffer.getvalue()).hexdigest()[:32]}.npz"
    (tmp_path / name).write_bytes(buffer.getvalue())
    assert states.load(tmp_path) is None
    assert not (tmp_path / "trapped").exists()


@pytest.mark.slow
def test_kills_while_saving_leave_every_state_readable(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from emokit.run_folder import states\n"
        "for epoch in range(1, 10_000):\n"
        "    states.save(Path(sys.argv[1]), epoch, {'w': np.full(300_000, epoch)}, {'epoch': epoch})\n"
        "    if epoch == 2: print('going', flush=True)\n"
    )
    rng = np.random.default_rng(0)
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.2))
        writer.kill()
        writer.communicate()
        epoch, arrays, info = states.load(tmp_path)
        assert epoch == info["epoch"] and (arrays["w"] == epoch).all()
        for path in tmp_path.glob("epoch-*"):
            path.unlink()


def test_a_full_disk_keeps_the_state_before_and_names_the_file(tmp_path):
    code = (
        "import resource, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from emokit.run_folder import states\n"
        "folder = Path(sys.argv[1])\n"
        "states.save(folder, 1, {'w': np.ones(1000)}, {})\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: states.save(folder, 2, {'w': np.ones(100_000)}, {})\n"
        "except OSError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "epoch-000002" in done.stdout and "bytes could not be written" in done.stdout
    assert [path.name[:12] for path in tmp_path.iterdir()] == ["epoch-000001"]
    assert states.load(tmp_path)[0] == 1
