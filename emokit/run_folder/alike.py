"""Which runs can answer together, and which others of a folder can be asked what a run was asked."""

from collections.abc import Sequence
from pathlib import Path

from emokit.run_folder.record import RunError, read_record
from emokit.run_folder.run import Run


def require_alike(runs: Sequence[Run]) -> None:
    """Refuse no run at all, and runs that know other emotions, in whatever order they name them.

    Raises:
        RunError: naming the two runs, and what each tells apart.
    """
    if not runs:
        raise RunError("No run is given; name one, or several that are to answer together.")
    for other in runs[1:]:
        if set(other.emotions) != set(runs[0].emotions):
            names = f"{', '.join(runs[0].emotions)} and {', '.join(other.emotions)}"
            raise RunError(f"Runs {runs[0].path.name} and {other.path.name} tell {names} apart; ask each alone.")


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
