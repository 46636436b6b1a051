import os
from pathlib import Path

import pytest

from emokit import atomic_files, shard_headers


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Twelve checked files, which are put together once they are read."""
    monkeypatch.setattr(shard_headers, "FEW", 4)
    for number in range(12):
        write(tmp_path, number)
    return tmp_path


def write(folder, number):
    atomic_files.write_checked(folder / f"{number:02}.json", {"n": number, "file": "ä\nb c"})


def numbers(folder):
    return sorted(content["n"] for content in shard_headers.read(folder))


def opened(folder, monkeypatch):
    """What is read, and the names of the files that are opened for it."""
    names, read_bytes = [], Path.read_bytes
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda path: names.append(path.name) or read_bytes(path))
        return numbers(folder), names


def test_what_was_read_once_is_not_opened_again(folder, monkeypatch):
    assert numbers(folder) == [*range(12)]
    assert opened(folder, monkeypatch) == ([*range(12)], [])


def test_what_another_process_adds_or_removes_is_seen(folder, monkeypatch):
    numbers(folder)
    write(folder, 12)
    (folder / "03.json").unlink()
    assert opened(folder, monkeypatch) == ([0, 1, 2, *range(4, 13)], ["12.json"])


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "remove", "rubbish"])
def test_damage_to_what_is_together_loses_nothing(folder, damage, monkeypatch):
    numbers(folder)
    path = folder / shard_headers.TOGETHER
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 16
    damaged = {"cut": content[: len(content) // 2], "flip": flipped, "empty": b"", "rubbish": os.urandom(999)}
    path.unlink() if damage == "remove" else path.write_bytes(damaged[damage])
    found, names = opened(folder, monkeypatch)
    assert found == [*range(12)] and names
    if damage != "flip":  # one is not enough to put all together again
        assert opened(folder, monkeypatch) == ([*range(12)], [])


def test_a_damaged_file_is_passed_over_until_it_is_together(folder):
    path = folder / "05.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert numbers(folder) == [*range(5), *range(6, 12)]
    path.write_bytes(whole)
    assert numbers(folder) == [*range(12)]


def test_what_a_killed_process_left_beside_it_changes_nothing(folder):
    numbers(folder)
    (folder / f"{atomic_files.PART}1-ab-{shard_headers.TOGETHER}").write_bytes(b"00.json half")
    (folder / f"{atomic_files.PART}1-ab-13.json").write_bytes(b"half")
    assert numbers(folder) == [*range(12)]


def test_a_folder_that_cannot_be_written_is_read(folder, monkeypatch):
    def refuse(*_, **__):
        raise atomic_files.WriteError("full")

    monkeypatch.setattr(atomic_files, "replacing", refuse)
    assert numbers(folder) == [*range(12)]
    assert not (folder / shard_headers.TOGETHER).exists()


def test_no_folder_holds_nothing(tmp_path):
    assert numbers(tmp_path / "none") == []
