"""Settings that Optuna draws by what dev said of those before; where dev says too little of one, its runs are stopped.

In rounds of as many trials as there are workers, so that the same plan draws the same settings again unless it was
interrupted; within a trial one fold and seed after the other, so that one that is pruned has cost few of its runs. The
study is kept in SQLite, `outputs/<sweep>/study.db`; an interrupted sweep goes on with the trials that it had begun.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import ModuleType

from emokit.sweep.draws import Range
from emokit.sweep.engine import at_once
from emokit.sweep.one_run import STOP
from emokit.sweep.plan import Job, Plan, SweepError
from emokit.sweep.running import Sweep
from emokit.sweep.table import history_of

LOOK = 2  # s between two looks at what dev says


def run(plan: Plan, sweep: Sweep) -> None:
    """Try as many settings as the plan says.

    Raises:
        SweepError: where Optuna is not installed, or the study was made with another space.
    """
    optuna = _optuna()
    study = _study(optuna, plan)
    over = [trial for trial in study.trials if trial.state.name in ("COMPLETE", "PRUNED")]
    for trial in over:
        sweep.known(_jobs(plan, trial))
    left, asked = max(0, plan.trials - len(over)), _asked(optuna, study, plan)
    while left:
        n = min(left, at_once(sweep.workers))
        _round(optuna, study, [_Trial(plan, study, each) for each in islice(asked, n)], sweep)
        left -= n


class _Trial:
    """A setting that is tried.

    Attributes:
        asked: Optuna's trial.
        said: what dev said of its runs that are complete.
        state: how it ended, as Optuna calls it; None before.
    """

    def __init__(self, plan: Plan, study, asked):
        self.asked, self.said, self.state = asked, [], None
        self._jobs, self._pruned = _jobs(plan, asked), False
        self._reported = set(study.trials[asked.number].intermediate_values)

    @property
    def job(self) -> Job:
        """The run that is next."""
        return self._jobs[len(self.said)]

    def look(self) -> None:
        """Tell Optuna the epochs of the run at hand, and ask for its end if the median of the trials before is better.

        A value is the mean over the runs so far; a step counts the epochs through them, so that the same step of
        another trial is the same fold, seed and epoch.
        """
        history, news = history_of(self.job.folder), False
        for epoch, uar in enumerate(() if history is None else history["val_uar"]):
            step = len(self.said) * self.job.resolved["epochs"] + epoch
            if step not in self._reported:
                self.asked.report((sum(self.said) + uar) / (len(self.said) + 1), step)
                self._reported.add(step)
                news = True
        if news and not self._pruned and self.asked.should_prune():
            self._pruned = True
            (self.job.folder / STOP).touch()

    def end(self, state: str, sweep: Sweep) -> None:
        """Take up how the run at hand ended; what a pruned trial has not begun is left out."""
        job = self.job
        if state == "complete":
            self.said.append(sweep.table.dev_uar(job))
        whole = len(self.said) == len(self._jobs)
        if whole or self._pruned or state != "complete":
            self.state = "COMPLETE" if whole else "PRUNED" if self._pruned else "FAIL"
            sweep.left -= len(self._jobs) - self._jobs.index(job) - 1
        if self.state == "PRUNED" and state != "complete":
            sweep.table.note(job, "pruned")


def _jobs(plan: Plan, trial) -> list[Job]:
    """The runs of one of Optuna's trials, numbers with three digits."""
    drawn = trial.params.items()
    return plan.of({name: plan.space[name].rounded(v) if isinstance(v, float) else v for name, v in drawn})


def _optuna() -> ModuleType:
    try:
        import optuna
    except ImportError:
        what = "sampler optuna needs Optuna, which is not installed"
        raise SweepError(f"{what}; install it: pip install 'emokit-ser[optuna]'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _study(optuna: ModuleType, plan: Plan):
    """The study as it stands, or a new one."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    # The first quarter of a training says little of its end.
    pruner = optuna.pruners.MedianPruner(n_warmup_steps=plan.checked({}).get("epochs", 0) // 4)
    where = {"storage": f"sqlite:///{plan.folder / 'study.db'}", "study_name": plan.name, "load_if_exists": True}
    study = optuna.create_study(**where, direction="maximize", pruner=pruner)
    study.sampler = optuna.samplers.TPESampler(seed=plan.draw_seed + len(study.trials))  # else it drew the first again
    return study


def _asked(optuna: ModuleType, study, plan: Plan) -> Iterator:
    """Trials that an interrupted sweep has begun, then new ones."""
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        yield optuna.trial.Trial(study, trial._trial_id)
    space = {name: _distribution(optuna.distributions, values) for name, values in plan.space.items()}
    while True:
        try:
            yield study.ask(space)
        except ValueError as error:
            what = f"{plan.folder.name}/study.db was made with another space ({error})"
            raise SweepError(f"{what}; set random back, or call the plan otherwise.") from None


def _distribution(distributions: ModuleType, values: list | Range):
    if isinstance(values, list):
        return distributions.CategoricalDistribution(values)
    kind = distributions.IntDistribution if values.whole else distributions.FloatDistribution
    return kind(values.low, values.high, log=values.log)


def _round(optuna: ModuleType, study, trials: Sequence[_Trial], sweep: Sweep) -> None:
    """Try settings side by side, each one run after the other, and tell Optuna what dev said."""
    living = list(trials)
    while living:
        with _looking(living):
            states = sweep.through([trial.job for trial in living])
        for trial, state in zip(living, states, strict=True):
            trial.end(state, sweep)
        living = [trial for trial in living if trial.state is None]
    for trial in trials:
        value = sum(trial.said) / len(trial.said) if trial.state == "COMPLETE" else None
        study.tell(trial.asked, value, optuna.trial.TrialState[trial.state])


@contextmanager
def _looking(trials: Sequence[_Trial]) -> Iterator[None]:
    """Look at what dev says of these trials, every other second while the block runs, and once at its end."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK):
            for trial in trials:
                trial.look()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
    for trial in trials:
        trial.look()
