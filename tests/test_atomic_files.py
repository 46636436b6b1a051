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
