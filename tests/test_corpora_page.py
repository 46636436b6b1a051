"""What docs/corpora.md says is what the code does; that its example of a corpus runs shows test_extending."""

import re
import runpy
from pathlib import Path

from emokit import audit, corpora

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "corpora.md").read_text(encoding="utf-8")


def table(first):
    """The rows of the table whose heading begins with this word, as lists of cells."""
    rows = PAGE.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0].split("\n")[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_page_lists_every_corpus_with_what_its_file_says():
    """The committed page is what docs/corpora_tables.py writes from the list."""
    assert runpy.run_path(str(ROOT / "docs" / "corpora_tables.py"))["written"](PAGE) == PAGE
    for name in corpora.PUBLISHED:
        assert len(re.findall(rf"^\| {name} \|", PAGE, re.M)) == 3  # its facts, its layout, its codes


def test_every_check_is_listed_in_order():
    assert [row[0] for row in table("check")] == [*audit.CHECKS, *audit.CHECKS_OF_SPLIT]
    assert {word for row in table("check") for word in row[1].split(", ")} == set(audit.SEVERITIES)


def test_every_code_of_a_bad_clip_is_listed():
    raised = set()
    for room in [*(ROOT / "emokit" / "audio").glob("*.py"), ROOT / "emokit" / "features" / "cache.py"]:
        source = room.read_text(encoding="utf-8")
        raised |= set(re.findall(r'BadClip\([\w.]+, "([a-z0-9-]+)"', source))
        raised |= set(re.findall(r': \("([a-z-]+)", "', source)) | set(
            re.findall(r'get\(error.errno, \("(\w+)"', source)
        )
    assert {code for row in table("code") for code in re.findall("`([a-z-]+)`", row[0])} == raised


def test_the_example_of_another_corpus_is_short():
    assert re.search(r"```python\n(.*?)```", PAGE, re.S).group(1).count("\n") < 30
