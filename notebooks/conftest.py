"""Notebooks under test write their runs to a folder of their own, and leave outputs/ alone."""

import atexit
import os
import shutil
import tempfile

if "EMOKIT_OUTPUTS_DIR" not in os.environ:
    os.environ["EMOKIT_OUTPUTS_DIR"] = tempfile.mkdtemp(prefix="emokit-nbval-")
    atexit.register(shutil.rmtree, os.environ["EMOKIT_OUTPUTS_DIR"], ignore_errors=True)
