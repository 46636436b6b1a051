"""Archives that nobody has to trust: nothing is written outside, and they are unpacked whole or not at all."""

import random
import stat
import zipfile
from pathlib import Path

import pytest
from loopback import left, zipped

from emokit import corpora
from emokit.corpora.getting.unpack import unpack

CONTENT = zipped({f"Actor_01/{n}.wav": bytes([n]) * 60_000 for n in range(4)})


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    "name", ["../evil.wav", "a/../../evil.wav", "/tmp/evil.wav", "..\\evil.wav", "C:\\evil.wav", "C:/e.wav", link("a")]
)
def test_an_archive_that_leads_out_of_its_folder_is_not_unpacked(tmp_path, name):
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped({"good.wav": b"good", name: b"/etc/passwd"}))
    with pytest.raises(corpora.CorpusError, match="out of its folder|a link"):
        unpack(archive, tmp_path / "target", 1000)
    assert left(tmp_path) == ["a.zip"]


def test_a_bomb_is_refused_before_a_byte_is_written(tmp_path):
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped({"zeros.wav": bytes(10_000_000)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(corpora.CorpusError, match="would unpack to 10,000,000 bytes"):
        unpack(archive, tmp_path / "target", 9_999_999)
    assert left(tmp_path) == ["a.zip"]


def test_a_bomb_that_lies_about_its_size_is_stopped_at_what_it_declares(tmp_path):
    archive, declared = tmp_path / "a.zip", (10_000_000).to_bytes(4, "little")
    content = zipped({"zeros.wav": bytes(10_000_000)}, zipfile.ZIP_DEFLATED)
    assert content.count(declared) == 2  # beside the file and in the directory at the end
    archive.write_bytes(content.replace(declared, (1000).to_bytes(4, "little")))
    with pytest.raises(corpora.CorpusError, match="no sound zip"):
        unpack(archive, tmp_path / "target", 9_999)
    assert left(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("content", [b"", b"no zip", CONTENT[:-30], CONTENT[:5000] + b"x" + CONTENT[5001:]])
def test_a_damaged_archive_leaves_nothing(tmp_path, content):
    assert_refused(tmp_path, content)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_anywhere_in_the_packed_bytes_leaves_nothing(tmp_path, method):
    noise = random.Random(1).randbytes(3000)
    content = zipped({"a.wav": noise}, method)
    start = content.index(b"a.wav") + 14  # past LZMA's header, of which not every byte matters
    for place in [*range(start, start + 30), *range(start + 30, start + 2900, 200)]:
        assert_refused(tmp_path, content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
    shorter = content[: start + 100] + content[content.index(b"PK\1\2") :]  # a download with a hole
    assert_refused(tmp_path, shorter)


def assert_refused(folder: Path, content: bytes) -> None:
    (folder / "a.zip").write_bytes(content)
    with pytest.raises(corpora.CorpusError, match="no sound zip"):
        unpack(folder / "a.zip", folder / "target", 10**7)
    assert left(folder) == ["a.zip"]
