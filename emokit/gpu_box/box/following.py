"""`follow`: the log of a run while it grows, until the run ends."""

import json
import time
from pathlib import Path

from emokit.gpu_box import BoxError
from emokit.gpu_box.box import LAUNCH, LOG, status

PAUSE, ALIVE = 0.3, 5.0  # seconds between two looks, and between two signs of life
MOST = 65_536  # bytes in one line


def follow(*, run: str, offset: int | None) -> dict:
    """Print the log from a byte on, and `changed` when an epoch has ended; gives the run's row in the table.

    Args:
        run: its name; "" is the one that was started last.
        offset: of the log; None is where the last launch began.
    """
    folder = status.folder_of(run) if run else _last()
    launch = status._launch(folder)
    offset = launch.get("log_from", 0) if offset is None else offset
    _print(run=folder.name, offset=offset)
    changed, alive = None, time.monotonic()
    while True:
        over = not status.living(folder)  # before the log is read: what was written until then is
        text = _read(folder / LOG, offset, over)
        if text:
            offset += len(text)
            _print(log=text.decode("utf-8", "replace"), offset=offset)
        elif over:
            return status.of(folder)
        moment = _moment(folder)
        if moment != changed:
            changed = moment
            _print(changed=True)
        if time.monotonic() - alive > ALIVE:  # a laptop that is gone is noticed by writing to it
            alive = time.monotonic()
            _print(alive=True)
        time.sleep(0 if text else PAUSE)


def _last() -> Path:
    rows = status.status()
    if not rows:
        raise BoxError("There is no run on the box; start one by `run`.")
    return status.folder_of(rows[-1]["run"])


def _read(log: Path, offset: int, over: bool) -> bytes:
    """What was added to the log, in whole lines while it grows."""
    if not log.exists():
        return b""
    with log.open("rb") as stream:
        stream.seek(offset)
        text = stream.read(MOST)
    return text if over or len(text) == MOST else text[: text.rfind(b"\n") + 1]


def _moment(folder: Path) -> float:
    """When the state of the run changed last."""
    paths = [folder / name for name in (LAUNCH, "run.json", "history.csv")]
    return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


def _print(**event) -> None:
    print(json.dumps(event), flush=True)
