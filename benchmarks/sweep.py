"""Many runs: what side by side gains, whether every engine makes the same, what 100,000 of them cost to account for.

    python benchmarks/sweep.py runs     # 6 folds x 2 seeds of notebook 02 by one worker, by two, and by Dask
    python benchmarks/sweep.py books    # a plan of 100,000 runs: read, listed, its table written

`runs` trains the demo corpus in a folder of its own, each run on one thread, with the features there before; Dask is a
local cluster of two worker processes, one of which is killed (SIGKILL) when two runs are complete. It prints seconds,
the ratio to one worker, and how many metrics.json are the same, byte for byte.
"""

import argparse
import os
import platform
import resource
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import psutil

from emokit import sweep
from emokit.sweep.table import Table

FOLDS, SEEDS = range(1, 7), range(2)
RUNS = f"""
parameters: {{body: statistics, epochs: 2, folds: {len(FOLDS)}}}
folds: {[*FOLDS]}
seeds: {[*SEEDS]}
"""
BOOKS = f"""
grid: {{dropout: {[n / 100 for n in range(80)]}, epochs: {[*range(1, 126)]}}}
folds: [1, 2, 3, 4, 5]
seeds: [0, 1]
"""


def runs(folder: Path) -> None:
    plan = folder / "bench.yaml"
    plan.write_text(RUNS)
    sweep.run(sweep.read(_first(folder), folder / "warm"))  # one run, so that the features are there
    took = {"one worker": _timed(plan, folder, "one", 1), "two workers": _timed(plan, folder, "two", 2)}
    with _cluster() as address, sweep.using("dask", address):
        took["Dask, two processes"] = _timed(plan, folder, "dask", 2)
    with _cluster() as address, sweep.using("dask", address), _killing(folder / "killed"):
        took["the same, one killed"] = _timed(plan, folder, "killed", 2)
    table = pd.DataFrame({"seconds": took}).round(1)
    table["against one worker"] = (table["seconds"].iloc[0] / table["seconds"]).round(2)
    table["same metrics.json"] = [_same(folder / "one", folder / name) for name in ("one", "two", "dask", "killed")]
    _print(table)


def _first(folder: Path) -> Path:
    (folder / "first.yaml").write_text("parameters: {body: statistics, epochs: 1, folds: 6}")
    return folder / "first.yaml"


def _timed(plan: Path, folder: Path, name: str, workers: int) -> float:
    """Seconds of a sweep into a folder that holds the features and nothing else."""
    outputs = folder / name
    outputs.mkdir()
    (outputs / "cache").symlink_to(folder / "warm" / "cache")
    start = time.perf_counter()
    table = sweep.run(sweep.read(plan, outputs), workers, threads=1)
    assert (table["state"] == "complete").all(), table
    return time.perf_counter() - start


@contextmanager
def _cluster():
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@contextmanager
def _killing(outputs: Path):
    """Kill a worker of Dask in the middle of a run, once two runs are complete."""

    def kill() -> None:
        while len(list(outputs.glob("*/metrics.json"))) < 2:
            time.sleep(0.2)
        for process in psutil.Process().children(recursive=True):
            if any("emokit.sweep.launch" in child.cmdline() for child in process.children()):
                process.send_signal(signal.SIGKILL)
                print(f"killed process {process.pid}", flush=True)
                return

    threading.Thread(target=kill, daemon=True).start()
    yield


def _same(one: Path, other: Path) -> str:
    files = sorted(one.glob("*/metrics.json"))
    same = sum(file.read_bytes() == (other / file.relative_to(one)).read_bytes() for file in files)
    return f"{same} of {len(files)}"


def books(folder: Path) -> None:
    plan, took = folder / "books.yaml", {}
    plan.write_text(BOOKS)
    clock = time.perf_counter()

    def lap(what: str) -> None:
        nonlocal clock
        took[what] = time.perf_counter() - clock
        clock = time.perf_counter()

    read = sweep.read(plan, folder / "outputs")
    jobs = read.jobs
    lap(f"a plan of {len(jobs):,} runs, read and checked")
    assert len({job.name for job in jobs}) == len(jobs) == 100_000
    sweep.listing(jobs)
    lap("how each run stands (none is there)")
    table = Table(read.folder / "sweep.csv")
    table.add(jobs, {})
    table.write()
    lap("sweep.csv, written whole")
    said = pd.read_csv(read.folder / "sweep.csv")
    sweep.by_setting(said.assign(state="complete", dev_uar=0.5, seconds=1.0))
    lap("read again, mean and spread of each setting")
    _print(pd.DataFrame({"seconds": took}).round(1))
    print(f"memory at its peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def _print(table: pd.DataFrame) -> None:
    machine = f"{len(os.sched_getaffinity(0))} cores {platform.machine()}, Python {platform.python_version()}"
    print(table.to_string())
    print(f"{time.strftime('%Y-%m-%d')}, {machine}, load of the last 15 minutes {os.getloadavg()[2]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("runs", "books"))
    with tempfile.TemporaryDirectory() as temporary:
        {"runs": runs, "books": books}[parser.parse_args().which](Path(temporary))
