"""docs/results.md from what the benchmarks left in outputs/benchmarks/: nothing on the page is written by hand.

    python benchmarks/results_page.py [OUTPUTS_DIR]

Each benchmark keeps a JSON file of one table, or a list of several: `date`, `machine`, `command`, `title`, `columns`,
`rows` (lists of cells) and `notes` (sentences); or, instead of title, columns and rows, a `table` of rows by column, or
several of them by title.
"""

import datetime
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from emokit import atomic_files

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "results.md"
# In the order of the page: names of the files, their heading, and the figure below their tables, if it is there.
SECTIONS = (
    ("accuracy-*", "How well it hears people it has never heard", ""),
    ("mistakes-*", "What is taken for what, and what that sounds like", ""),
    ("cross-*", "Trained on one corpus, tested on another", ""),
    ("leak-ladder-*", "What a careless split would have claimed", ""),
    ("encoder*", "Layers, heads and enrolled clips of an encoder", "enrolled.png"),
    ("ablations*", "From scratch: what paid, and what did not", ""),
    ("stress*", "When it gets rough", "stress.png"),
    ("risk-coverage*", "May it say “don't know”?", "risk-coverage.png"),
    ("flags-*", "What `predict` flags", ""),
    ("speed*", "Speed and memory", ""),
)
INTRODUCTION = """# Results

Written by `python benchmarks/results_page.py` from what the benchmarks measured; each table names the command that
makes it again, the day and the machine. **UAR** is the mean of the recalls of the emotions, in per cent; chance is 100
over their number. Unless a table says otherwise, test speakers are heard in no other part, nothing is chosen by them
(dev chooses the epoch of preset `stable`, else epochs are fixed), and the test is read once. An interval is a 95 %
interval over test speakers ([intervals.md](intervals.md)); a difference is paired over the same speakers, and one whose
interval holds 0 shows nothing.
"""


def stamped(title: str, rows: Iterable[Mapping[str, str]], notes: Iterable[str], command: str) -> dict:
    """A table as it is kept: rows by column, with the day and the machine."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    told = {"title": title, "columns": columns, "rows": [[row.get(column, "") for column in columns] for row in rows]}
    return made(command) | told | {"notes": [note for note in notes if note]}


def made(command: str) -> dict[str, str]:
    """By what a table was made, with the day and the machine."""
    machine = f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}"
    return {"date": str(datetime.date.today()), "machine": machine, "command": command}


def keep(path: Path, told: Mapping) -> None:
    """Write a table where the page finds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_files.write_json(path, told)


def section(told: Mapping) -> str:
    """One table in Markdown, with its notes and where it comes from."""
    lines = [f"### {told['title']}", ""]
    for row in (told["columns"], ["---"] * len(told["columns"]), *told["rows"]) if told["rows"] else ():
        lines.append(f"| {' | '.join(_text(cell).replace('|', '/') for cell in row)} |")
    lines += ["", *(f"- {note}" for note in told.get("notes", ()))]
    return "\n".join([*lines, "", f"{told['date']}, {_text(told['machine'])}: `{_text(told['command'], ' ')}`", ""])


def page(folder: Path, images: Path = PAGE.parent / "images") -> str:
    """The whole page, of the tables that are there."""
    parts = [INTRODUCTION]
    for pattern, heading, image in SECTIONS:
        tables = [table for path in sorted(folder.glob(f"{pattern}.json")) for table in _tables(path)]
        if tables:
            parts += [f"## {heading}\n", *map(section, tables)]
            parts += [f"![{heading}](images/{image})\n"] if image and (images / image).exists() else []
    return "\n".join(parts)


def _tables(path: Path) -> list[dict]:
    content = json.loads(path.read_text(encoding="utf-8"))
    contents = content if isinstance(content, list) else [content]
    tables = [table for one in contents for table in _titled(one, path.stem)]
    for table in tables:
        if missing := {"date", "machine", "command", "title", "columns", "rows"} - set(table):
            raise ValueError(f"{path} has no {min(missing)}; make it again by its benchmark.")
    return tables


def _titled(content: dict, name: str) -> list[dict]:
    """Each table of rows by column as one of columns and rows."""
    if "table" not in content:
        return [content]
    groups = content["table"] if isinstance(content["table"], dict) else {content.get("title", name): content["table"]}
    origin = {key: content.get(key, "") for key in ("date", "machine", "command")}
    notes = [content.get("finding", ""), *content.get("notes", ())]
    return [stamped(title, rows, notes, "") | origin for title, rows in groups.items()]


def _text(cell, between: str = ", ") -> str:
    """A cell: numbers to three digits, lists and names with values by their values, nothing for what is not known."""
    if isinstance(cell, Mapping):
        cell = list(cell.values())
    if isinstance(cell, list):
        return between.join(map(_text, cell))
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)


if __name__ == "__main__":
    outputs_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "outputs"
    PAGE.write_text(page(outputs_dir / "benchmarks"), encoding="utf-8")
    print(f"{PAGE.relative_to(PROJECT)} is written")
