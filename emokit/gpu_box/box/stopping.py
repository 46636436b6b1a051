"""`stop`: a run is told to save and end."""

import json
import os
import signal
import time

from emokit import lock
from emokit.gpu_box import BoxError
from emokit.gpu_box.box import HOME, LAUNCH, LOCK, status

ENDS = 300  # seconds that a run may take to save and end


def stop(*, run: str) -> dict:
    """Let a run save and end; gives its row in the table.

    Raises:
        BoxError: it is not at work, or does not end.
    """
    folder = HOME / "outputs" / run
    at_work = lock.is_taken(folder / LOCK)
    if at_work:
        pid = json.loads((folder / LAUNCH).read_text(encoding="utf-8"))["pid"]
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + ENDS
        while lock.is_taken(folder / LOCK):
            if time.monotonic() > end:
                raise BoxError(f"Run {run} does not end (process {pid}); stop it once more, which saves nothing.")
            time.sleep(0.1)
    row = status.of(status.folder_of(run))
    if not at_work:
        raise BoxError(f"Run {run} has no launcher at work to be stopped: it is {row['state']}.")
    return row
