"""What docs/corpora.md says is what the code does; that its example of a corpus runs shows test_extending."""

import re
import runpy
from inspect import signature
from pathlib import Path

from emokit import audit, corpora
from emokit.corpora.own import words

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


def words_behind(beginning):
    """The words of the item that begins so, up to its first parenthesis or sentence's end."""
    item = PAGE.split(f"- **{beginning}", 1)[1].split("\n- **")[0].split("\n\n")[0]
    return item, {word.strip().lower() for word in re.split(r"[,;.]\s", " ".join(item.split()))}


def test_the_words_for_parts_and_for_nothing_known_are_those_that_are_read():
    _, said = words_behind("Parts")
    assert set(words.PARTS) - {"train"} <= said  # "… a level of folders, with train"
    item, said = words_behind("Nothing known")
    for word in ("nan", "n/a", "none", "null", "missing", "undefined", "-", "?"):
        assert word in said and words.is_missing(word)
    undecided = re.split(r", ?", item.split("?.", 1)[1].split(" are no emotion")[0].replace("\n ", ""))
    assert len(undecided) == 7 and all(words.is_undecided(word) for word in undecided)


def test_the_readers_of_your_own_and_what_they_take_are_listed():
    rows = {row[0].strip("`"): " ".join(row[1:]) for row in table("name")}
    assert set(rows) == set(corpora.YOUR_OWN)
    assert all(kind in rows["table"] for kind in ("CSV", ".csv.gz", "JSON Lines", "JSON records", "Parquet", "Excel"))
    for name, read in corpora.YOUR_OWN.items():
        asked = {*signature(read).parameters} - {"data_dir", "name"}
        own = PAGE.split("## Your own", 1)[1].split("\n## ", 1)[0]
        assert all(f"`{option}" in (rows[name] if name != "table" else own) for option in asked)


def test_the_example_of_another_corpus_is_short():
    assert re.search(r"```python\n(.*?)```", PAGE, re.S).group(1).count("\n") < 30
