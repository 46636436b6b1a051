"""Which other runs of a folder can be asked what a run was asked."""

from pathlib import Path

from emokit.run_folder.record import RunError, read_record
from emokit.run_folder.run import Run


def alike(run: Run, folder: str | Path) -> dict[str, Path]:
    """The complete runs in a folder that tell the same emotions apart, and are told whose voice it is if this one is.

    Args:
        run: any run.
        folder: of runs; this one, and what is none or damaged, is passed over.

    Returns:
        Their folders by name, in the order of the names.
    """
    found, wanted = {}, _kind(run.record)
    for path in sorted(file.parent for file in Path(folder).glob("*/run.json")):
        try:
            record = read_record(path)
        except RunError:
            continue
        if record["state"] == "complete" and _kind(record) == wanted and path != run.path:
            found[path.name] = path
    return found


def _kind(record: dict) -> tuple[set[str], bool]:
    """The emotions, and whether frames are normalised by speaker."""
    return set(record["emotions"]), record["parameters"].get("normalise", "corpus") != "corpus"
