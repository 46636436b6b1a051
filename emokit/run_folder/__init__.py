"""Run: one training, one folder, which a kill, a full disk or another machine cannot turn into half a truth."""

from emokit.run_folder.bundle import pack, unpack
from emokit.run_folder.record import RunError
from emokit.run_folder.run import Run, start

__all__ = ["Run", "RunError", "pack", "start", "unpack"]
