"""What docs/corpora.md says is what the code does, and its example runs."""

import re
from pathlib import Path

import pytest

from emokit import audit, corpora
from emokit.corpora.fetch import ARCHIVES, FILES, fetch

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "corpora.md").read_text(encoding="utf-8")


def table(first):
    """The rows of the table whose heading begins with this word, as lists of cells."""
    rows = PAGE.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0].split("\n")[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_every_corpus_is_listed_with_its_numbers_and_licence():
    assert [row[0] for row in table("corpus")] == list(corpora.PUBLISHED)
    for name, clips, speakers, classes, _, fetched, licence in table("corpus"):
        expected = corpora.expected(name)
        numbers = [expected["clips"], len(expected["speakers"]), len(expected["emotions"])]
        assert [int(text.replace(",", "")) for text in (clips, speakers, classes)] == numbers
        assert licence == corpora.about(name)["licence"]
        assert fetched.startswith("yes") == (name in ARCHIVES or name in FILES)


def test_every_code_is_listed_with_its_emotion():
    mapping = corpora.mapping(list(corpora.PUBLISHED))
    assert table("emotion") == [[emotion, *codes] for emotion, codes in zip(mapping.index, mapping.values, strict=True)]


def test_every_check_is_listed_in_order():
    assert [row[0] for row in table("check")] == [*audit.CHECKS, *audit.CHECKS_OF_SPLIT]
    assert {word for row in table("check") for word in row[1].split(", ")} == set(audit.SEVERITIES)


def test_every_code_of_a_bad_clip_is_listed():
    raised = set()
    for room in ("audio/__init__.py", "features/cache.py"):
        source = (ROOT / "emokit" / room).read_text(encoding="utf-8")
        raised |= set(re.findall(r'BadClip\([\w.]+, "([a-z0-9-]+)"', source))
        raised |= set(re.findall(r': \("([a-z-]+)", "', source)) | set(
            re.findall(r'get\(error.errno, \("(\w+)"', source)
        )
    assert {code for row in table("code") for code in re.findall("`([a-z-]+)`", row[0])} == raised


@pytest.fixture
def example():
    return re.search(r"```python\n(.*?)```", PAGE, re.S).group(1)


def test_the_example_of_another_corpus_runs_and_is_under_30_lines(example, tmp_path, monkeypatch):
    assert example.count("\n") < 30
    names = {}
    exec(example, names)  # noqa: S102 (our own page)
    monkeypatch.setitem(corpora.PUBLISHED, "aesdd", names["AESDD"])
    for code in "as":
        for speaker in (1, 2):
            (tmp_path / f"{code}01 ({speaker}).wav").touch()
    clips = corpora.load("aesdd", tmp_path)
    assert clips[["emotion", "speaker", "sex"]].value_counts().eq(1).all() and len(clips) == 4
    assert set(clips["emotion"]) == {"angry", "sad"} and set(clips["sex"]) == {"female", "male"}
    assert corpora.mapping(["aesdd"])["aesdd"].to_dict()["angry"] == "a"
    assert corpora.counts(clips, "aesdd", "speaker")["expected"].tolist() == [100] * 5
    with pytest.raises(corpora.CorpusError, match="AESDD cannot be fetched .*m3c.web.auth.gr.* is there"):
        fetch("aesdd", tmp_path)
