import json
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emokit import atomic_files
from emokit.atomic_files import WriteError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_can_be_read_back_and_has_the_checksum_that_was_given(tmp_path):
    table = pd.DataFrame({"file": ["ä,b.wav"], "loss": [0.1 + 0.2]})
    given = {
        "a.txt": atomic_files.write_text(tmp_path / "a.txt", "grün\n"),
        "a.csv": atomic_files.write_csv(tmp_path / "a.csv", table),
        "a.json": atomic_files.write_json(tmp_path / "a.json", {"n": np.int64(3), "x": [np.float32(0.5), np.nan]}),
        "a.npz": atomic_files.write_npz(tmp_path / "a.npz", x=np.arange(3)),
    }
    assert names(tmp_path) == sorted(given)
    assert all(atomic_files.sha256(tmp_path / name) == digest for name, digest in given.items())
    assert pd.read_csv(tmp_path / "a.csv").equals(table)
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 3, "x": [0.5, None]}
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert stored["x"].tolist() == [0, 1, 2]


def test_equal_content_gives_equal_files_at_any_time(tmp_path):
    first = atomic_files.write_npz(tmp_path / "a.npz", x=np.ones(3))
    assert atomic_files.write_npz(tmp_path / "b.npz", x=np.ones(3)) == first


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "model.weights.h5"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_files.replacing(path) as aside:
        assert aside.name.endswith("model.weights.h5") and aside.parent == tmp_path
        aside.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == ["model.weights.h5"] and path.read_text() == "old"


def test_whoever_reads_the_old_file_reads_it_to_its_end(tmp_path):
    atomic_files.write_text(tmp_path / "run.json", "old")
    with (tmp_path / "run.json").open() as reader:
        atomic_files.write_text(tmp_path / "run.json", "new")
        assert reader.read() == "old"
    assert (tmp_path / "run.json").read_text() == "new"


def test_bytes_are_on_the_disk_before_they_take_a_name_and_the_name_before_it_is_said(tmp_path, monkeypatch):
    """Else a power cut leaves an empty file, or none, under a name that run.json lists."""
    done, flush, replace = [], os.fsync, Path.replace

    def note_flush(descriptor):
        done.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        flush(descriptor)

    def note_replace(aside, path):
        done.append("renamed")
        return replace(aside, path)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(Path, "replace", note_replace)
    atomic_files.write_text(tmp_path / "run.json", "{}")
    content, renamed, folder = done
    assert Path(content).parent == tmp_path and content.endswith("run.json") and renamed == "renamed"
    assert folder == str(tmp_path)
    atomic_files.write_text(tmp_path / "cache.json", "{}", durable=False)
    assert done[3:] == ["renamed"]


@contextmanager
def small_files(limit=4096):
    """No file may pass 4 kB, or as many bytes, as on a full disk; lifted before the test runner writes its own log."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_names_path_and_bytes_and_spares_the_old_file(tmp_path):
    path = tmp_path / "state.npz"
    path.write_text("old")
    sentence = r"state\.npz: 80,\d\d\d bytes could not be written \(File too large\)"
    with small_files(), pytest.raises(WriteError, match=sentence):
        atomic_files.write_npz(path, x=np.zeros(10_000))
    assert names(tmp_path) == ["state.npz"] and path.read_text() == "old"


def test_a_folder_in_the_way_is_explained(tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(WriteError, match="run.json: .* could not be written"):
        atomic_files.write_text(tmp_path / "run.json", "{}")
    assert names(tmp_path) == ["run.json"]


def test_objects_are_not_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle=False"):
        atomic_files.write_npz(tmp_path / "a.npz", x=np.array([{}], dtype=object))
    assert names(tmp_path) == []


def test_leftovers_of_a_killed_writer_are_removed_and_nothing_else(tmp_path):
    (tmp_path / ".part-99-ab-run.json").write_text("{")
    (tmp_path / "run.json").write_text("{}")
    atomic_files.remove_leftovers(tmp_path)
    assert names(tmp_path) == ["run.json"]


def fill(path, content: str) -> None:
    with atomic_files.replacing_folder(path) as aside:
        (aside / "model").write_text(content)


def test_a_folder_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    for content in ("old", "new"):
        fill(tmp_path / "sub" / "out", content)
        assert (tmp_path / "sub" / "out" / "model").read_text() == content and names(tmp_path / "sub") == ["out"]
    with pytest.raises(KeyError), atomic_files.replacing_folder(tmp_path / "sub" / "out") as aside:
        raise KeyError(aside)
    assert (tmp_path / "sub" / "out" / "model").read_text() == "new" and names(tmp_path / "sub") == ["out"]


@pytest.mark.parametrize("n_renames", [0, 1, 2])
def test_a_kill_at_any_step_of_replacing_a_folder_loses_nothing(tmp_path, monkeypatch, n_renames):
    fill(tmp_path / "out", "old")
    fill(tmp_path / "another-out", "mine")
    real, done = Path.rename, []

    def rename(self, target):
        if len(done) == n_renames:
            os._exit(0)
        done.append(real(self, target))

    if not (child := os.fork()):
        monkeypatch.setattr(Path, "rename", rename)
        monkeypatch.setattr("shutil.rmtree", lambda *_, **__: os._exit(0) if len(done) == 2 else None)
        fill(tmp_path / "out", "new")
        os._exit(1)  # the removal of the old one should have ended it
    assert os.waitpid(child, 0)[1] == 0
    with pytest.raises(KeyError), atomic_files.replacing_folder(tmp_path / "out"):
        raise KeyError("the next one does not end well")
    assert (tmp_path / "out" / "model").read_text() == ("new" if n_renames == 2 else "old")
    assert (tmp_path / "another-out" / "model").read_text() == "mine" and names(tmp_path) == ["another-out", "out"]


def test_a_folder_that_cannot_be_made_is_named_as_it_was_given():
    words = r"^/proc/foo: 0 bytes could not be written \(No such file or directory\); choose a folder that may"
    with pytest.raises(WriteError, match=words) as error:
        fill("/proc/foo", "x")
    assert atomic_files.PART not in str(error.value)


def test_a_full_disk_names_the_folder_and_spares_the_old_one(tmp_path):
    fill(tmp_path / "out", "old")
    words = r"out: 1\d,\d\d\d bytes could not be written \(File too large\)"
    filling = atomic_files.replacing_folder(tmp_path / "out")
    with small_files(20_000), pytest.raises(WriteError, match=words) as error, filling as aside:
        (aside / "whole").write_bytes(bytes(15_000))
        atomic_files.write_bytes(aside / "model", bytes(100_000))
    assert atomic_files.PART not in str(error.value) and (tmp_path / "out" / "model").read_text() == "old"


@pytest.mark.parametrize("byte", [0, 8, 9, 20, -1])
def test_checked_json_shows_damage(tmp_path, byte):
    path = tmp_path / "shard.json"
    atomic_files.write_checked(path, {"file": ["ä.wav", 3]})
    assert atomic_files.read_checked(path) == {"file": ["ä.wav", 3]}
    content = bytearray(path.read_bytes())
    content[byte] ^= 1
    path.write_bytes(content)
    assert atomic_files.read_checked(path) is None
    path.write_bytes(content[:5])
    assert atomic_files.read_checked(path) is None
