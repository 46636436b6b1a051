"""Runs of notebook 02 by papermill, two side by side on one TensorFlow thread each; complete ones are only read."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import yaml

from emokit.corpora.folder import as_list
from emokit.notebook_parameters import TABLE
from emokit.run_folder import Run, RunError

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOK = PROJECT / "notebooks" / "02_train.ipynb"
# Where things lie and how they are called may differ between the run that is there and the one that is asked for.
FREE = {"audio_dir", "outputs_dir", "run", "name", "preset", "teacher", "n_jobs", "tensorboard"}
FREE |= {"save_minutes"}
ONE_THREAD = {name: "1" for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")}


class Job(NamedTuple):
    """One training: the name of its run and what 02 is asked for; `teacher` is a run that has to be there before."""

    name: str
    parameters: Mapping
    teacher: str = ""


def train_all(jobs: Sequence[Job], outputs_dir: Path, side_by_side: int = 2) -> None:
    """Train what is not there yet, teachers first, and say what is left; one that fails is named, and the others go on.

    Raises:
        RunError: when a complete run was trained with other parameters than are asked for.
    """
    left = [job for job in jobs if not is_there(job, outputs_dir)]
    print(f"{len(jobs) - len(left)} of {len(jobs)} runs are complete in {outputs_dir}", flush=True)
    done, start = 0, time.perf_counter()
    for wave in ([job for job in left if not job.teacher], [job for job in left if job.teacher]):
        with ThreadPoolExecutor(side_by_side) as pool:
            for said in pool.map(lambda job: _train(job, outputs_dir), wave):
                done += 1
                rest = (time.perf_counter() - start) / done * (len(left) - done)
                print(f"{said}; {len(left) - done} left, about {timedelta(seconds=round(rest))}", flush=True)


def complete(jobs: Iterable[Job], outputs_dir: Path, data_dir=None) -> list[Run] | None:
    """The runs of these jobs, or None while one of them is not complete."""
    jobs = list(jobs)
    if not all(is_there(job, outputs_dir) for job in jobs):
        return None
    return [Run.open(outputs_dir / job.name, data_dir) for job in jobs]


def is_there(job: Job, outputs_dir: Path) -> bool:
    """Whether the run is complete; RunError if it is, but was trained otherwise than is asked for now."""
    try:
        run = Run.open(outputs_dir / job.name)
    except RunError:
        return False
    if not run.complete:
        return False
    trained = run.parameters | {"data_dir": run.data_dir[: len(job.parameters["data_dir"])]}
    for name, asked in _asked(job.parameters).items():
        if name in trained and _text(trained[name]) != _text(asked):
            what = f"{run.path} was trained with {name} {_text(trained[name])!r}, asked for is {_text(asked)!r}"
            raise RunError(f"{what}; move it away, or give another --outputs-dir.")
    return True


def _train(job: Job, outputs_dir: Path) -> str:
    """Run 02 and say how it went, in one line."""
    folder, start = outputs_dir / job.name, time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", "--cwd", str(PROJECT)]
    command += [str(NOTEBOOK), str(folder / "02_train.ipynb")]
    for key, value in ({"run": job.name, "outputs_dir": outputs_dir, "n_jobs": 1} | dict(job.parameters)).items():
        command += ["-p" if isinstance(value, bool | int | float) else "-r", key, _text(value)]  # -r: 04 stays a text
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ONE_THREAD)
    if done.returncode:
        return f"{job.name} FAILED: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
    return f"{job.name}: {time.perf_counter() - start:.0f} s"


def _asked(parameters: Mapping) -> dict:
    """Every parameter of 02 as this job has it: given, from the preset, or its default."""
    preset = parameters.get("preset")
    preset = yaml.safe_load((PROJECT / "presets" / f"{preset}.yaml").read_text(encoding="utf-8")) if preset else {}
    defaults = {name: row.default for name, row in TABLE.items()}
    asked = {name: value for name, value in (defaults | preset | dict(parameters)).items() if name not in FREE}
    if not asked["n_dev_speakers"]:
        del asked["n_dev_speakers"]  # 02 says how many, by schedule and head
    return asked


def _text(value) -> str:
    """A parameter as the command line has it; a list is names separated by commas."""
    return ",".join(map(str, as_list(value))) if isinstance(value, list | tuple) else str(value)
