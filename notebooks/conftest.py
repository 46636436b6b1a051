"""Notebooks under test write their runs to a folder of their own, and leave outputs/ alone; one process runs them all."""

import atexit
import os
import shutil
import tempfile

from xdist.scheduler import LoadFileScheduling

if "EMOKIT_OUTPUTS_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="emokit-nbval-")
    os.environ["EMOKIT_OUTPUTS_DIR"] = f"{folder}/outputs"  # so called in what a page prints
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


class NotebooksTogether(LoadFileScheduling):
    """Each test file goes to one process, and all notebooks to one: 03 reads the run that 02 leaves."""

    def _split_scope(self, nodeid: str) -> str:
        return "notebooks" if ".ipynb::" in nodeid else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """How pytest-xdist hands out the tests, asked for by `-n`."""
    return NotebooksTogether(config, log)
