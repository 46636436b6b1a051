"""What runs on the box, in the emokit that was pushed there.

    __main__      a request of the laptop, and its answer
    environment   a venv that holds the pinned requirements, or the check of one that is there; which code is current
    launching     `run`: what is asked for is checked, its run folder made, a launcher started that outlives ssh
    stopping      `stop`: the launcher is told to end
    launcher      one process a run: waits for its turn, runs papermill, turns SIGTERM into SIGINT, says how it ended
    turns         the queue, in order of arrival, and who has which GPU: locks on files, no daemon
    status        what stands in the run folders, in the words of a table
    following     the log while it grows
    snapshot      a copy of a run at one moment, to be pulled
    doctor        versions, and whether the GPU is really used
"""

from pathlib import Path

HOME = Path("~/emokit-box").expanduser()
LAUNCH, LOG, LOCK = "launch.json", "launch.log", "launch.lock"  # of the launcher, in the run folder
