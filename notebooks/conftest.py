"""Notebooks under test write their runs to a folder of their own, and leave outputs/ alone."""

import atexit
import os
import shutil
import tempfile

if "EMOKIT_OUTPUTS_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="emokit-nbval-")
    os.environ["EMOKIT_OUTPUTS_DIR"] = f"{folder}/outputs"  # so called in what a page prints
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
