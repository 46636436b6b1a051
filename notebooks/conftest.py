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


# The longest, in their order; what comes last should be short, else one process works alone at the end.
LONGEST = ("test_gpu_box", "test_sweep_runs", "test_browser", "test_three_ways", "test_extending", "test_notebooks")
LONGEST_SCOPES = ["notebooks", *(f"tests/{name}.py" for name in LONGEST)]


class NotebooksTogether(LoadFileScheduling):
    """Each test file goes to one process, and all notebooks to one: 03 reads the run that 02 leaves."""

    def _assign_work_unit(self, node) -> None:
        for scope in reversed(LONGEST_SCOPES):
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return "notebooks" if ".ipynb::" in nodeid else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """How pytest-xdist hands out the tests, asked for by `-n`."""
    return NotebooksTogether(config, log)
