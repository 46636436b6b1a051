"""Runs side by side, on whatever joblib runs: threads of this process, processes, Dask on a cluster, or Ray.

Each run is two processes of its own, papermill and its kernel, so threads are enough to wait for them here, and nothing
but its own run dies with one. joblib's switch chooses otherwise: `joblib.parallel_config(backend="dask")`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from emokit.sweep.one_run import STOP, Outcome, train
from emokit.sweep.plan import Job, SweepError

BACKENDS = ("threading", "loky", "dask", "ray")
TRIES = 3  # of a run whose worker was killed


@contextmanager
def using(backend: str, scheduler: str = "") -> Iterator[None]:
    """Within the block joblib runs what it is given there.

    Args:
        backend: of `BACKENDS`.
        scheduler: of Dask, such as "tcp://host:8786"; if not given, that of the `dask.distributed.Client` at hand.

    Raises:
        SweepError: where the backend is not installed, or Dask has no scheduler.
    """
    from joblib import parallel_config

    with ExitStack() as stack:
        options = {"client": stack.enter_context(_dask(scheduler))} if backend == "dask" else {}
        if backend == "ray":
            _register_ray()
        stack.enter_context(parallel_config(backend=backend, **options))
        yield


def _dask(scheduler: str):
    """A client of the scheduler, which is closed when it is left; or the one at hand, which stays."""
    try:
        from distributed import Client, get_client
    except ImportError:
        raise SweepError("Dask is not installed; install it: pip install 'emokit-ser[dask]'") from None
    try:
        return Client(scheduler, set_as_default=False) if scheduler else nullcontext(get_client())
    except (OSError, ValueError):
        where = f"at {scheduler}" if scheduler else "here"
        remedy = "start `dask scheduler` and `dask worker`, and give --scheduler tcp://HOST:8786"
        raise SweepError(f"No scheduler of Dask answers {where}; {remedy}.") from None


def _register_ray() -> None:
    try:
        from ray.util.joblib import register_ray
    except ImportError:
        raise SweepError("Ray is not installed; install it: pip install ray") from None
    register_ray()


def carry_out(
    jobs: Sequence[Job], notebook: Path, end: Callable[[Job, Outcome], None], workers: int, threads: int | None
) -> None:
    """Do runs side by side, on joblib's backend; a run whose worker was killed is gone on with, up to three times.

    Args:
        jobs: the runs.
        notebook: the file.
        end: is told of each run how it ended.
        workers: how many at once; -1 one a core. A cluster takes as many as it has.
        threads: of each run; by default a core's share.
    """
    left, lost = {job.name: job for job in jobs}, {}
    for job in jobs:
        (job.folder / STOP).unlink(missing_ok=True)
    try:
        for _ in range(TRIES):
            for name, outcome in _each(list(left.values()), notebook, workers, threads):
                if outcome.state == "lost":
                    lost[name] = outcome.said
                else:
                    end(left.pop(name), outcome)
    except BaseException:  # whoever interrupts a sweep interrupts its runs, wherever they are
        for job in left.values():
            if job.folder.is_dir():
                (job.folder / STOP).touch()
        raise
    for name, job in left.items():
        end(job, Outcome("failed", f"{lost.get(name, 'its worker was killed')}, {TRIES} times"))


def at_once(workers: int) -> int:
    """How many runs joblib's backend does side by side."""
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend(prefer="threads")
    return max(1, backend.effective_n_jobs(workers))


def _each(jobs: list[Job], notebook: Path, workers: int, threads: int | None) -> Iterator[tuple[str, Outcome]]:
    """How each run ended, as they end; of those that were at work when the workers broke down nothing."""
    from joblib import Parallel, cpu_count, delayed
    from joblib.parallel import get_active_backend

    if not jobs:
        return
    backend, _ = get_active_backend(prefer="threads")
    share = threads or max(1, cpu_count() // at_once(workers))
    one_by_one = "generator_unordered" if backend.supports_return_generator else "list"  # Ray's gives all at the end
    parallel = Parallel(workers, prefer="threads", batch_size=1, return_as=one_by_one)
    try:
        yield from parallel(delayed(train)(job.name, notebook, job.folder, dict(job.given), share) for job in jobs)
    except Exception as error:  # of joblib's backends, each its own: their workers are gone, `train` raises nothing
        print(f"The workers broke down ({type(error).__name__}); what is not complete is gone on with.", flush=True)
