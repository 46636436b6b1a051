"""Many runs from one plan: settings × folds × seeds, side by side on one machine or on a cluster.

`python -m emokit.sweep sweep.yaml`, or notebook 04:

    plan = sweep.read("sweep.yaml")
    with sweep.using("dask", "tcp://host:8786"):
        table = sweep.run(plan)
"""

from emokit.sweep.engine import BACKENDS, using
from emokit.sweep.plan import Job, Plan, SweepError
from emokit.sweep.reading import read
from emokit.sweep.running import run
from emokit.sweep.table import by_setting, listing

__all__ = ["BACKENDS", "Job", "Plan", "SweepError", "by_setting", "listing", "read", "run", "using"]
