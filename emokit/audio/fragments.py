"""The name of a stretch of a recording: `<path>#t=<start>,<end>` in s (W3C Media Fragments URI 1.0, section 4.2.1)."""

import math
import os
import re
from pathlib import Path

_TIMES = re.compile(r"(?s)(?P<path>.+)#t=(?P<start>[0-9]+(\.[0-9]+)?)?(,(?P<end>[0-9]+(\.[0-9]+)?))?")


def fragment(file: str | Path) -> tuple[str, float | None, float | None]:
    """The path, start and end (s) of a clip's `file`.

    Both times are None for a whole file, and one that really lies there under a name with `#t=` is a whole file. An end
    of None after a start is the end of the recording; no start before an end is 0.

    Raises:
        ValueError: if the stretch is empty or ends before it starts.
    """
    file = os.fspath(file)
    if "#t=" not in file or not (match := _TIMES.fullmatch(file)) or os.path.exists(file):  # noqa: PTH110 (thousands)
        return file, None, None
    start, end = match["start"], match["end"]
    if start is None and end is None:
        return file, None, None
    times = float(start or 0), None if end is None else float(end)
    _check(file, *times)
    return match["path"], *times


def with_times(path: str | Path, start: float | None, end: float | None) -> str:
    """The `file` of a stretch of a recording, its times (s) written shortest, to the microsecond.

    Args:
        path: of the recording.
        start: None is 0, or the whole file if `end` is None as well.
        end: None is the end of the recording.

    Raises:
        ValueError: for a time that is negative or no number, and for a stretch that is empty or ends before it starts.
    """
    path = os.fspath(path)
    if start is None and end is None:
        return path
    start = round(float(start or 0), 6)
    end = None if end is None else round(float(end), 6)
    _check(path, start, end)
    return f"{path}#t={_seconds(start)}" + ("" if end is None else f",{_seconds(end)}")


def _check(file: str, start: float, end: float | None) -> None:
    for name, time in (("start", start), ("end", end)):
        if time is not None and not (math.isfinite(time) and time >= 0):
            raise ValueError(f"{file}: the {name} of a stretch is {time:g}; expected seconds from 0 on.")
    if end is not None and end <= start:
        found = "is empty" if end == start else "ends before it starts"
        raise ValueError(f"{file}: the stretch from {_seconds(start)} to {_seconds(end)} s {found}; correct its times.")


def _seconds(time: float) -> str:
    return f"{time + 0.0:.6f}".rstrip("0").rstrip(".")  # + 0.0: never "-0"
