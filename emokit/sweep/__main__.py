"""Run a plan: python -m emokit.sweep sweep.yaml

Complete runs are skipped, interrupted ones gone on with; what failed is told at the end, with exit status 1.
"""

import argparse
import signal
import sys
from pathlib import Path

from emokit import sweep
from emokit.notebook_parameters import ParameterError


def main(given: list[str] | None = None) -> int:
    """Run or list a plan; gives the exit status: 0 if every run is complete, 130 if interrupted."""
    asked = _arguments(given)
    try:
        plan = sweep.read(asked.plan)
        if asked.dry_run:
            print(_listed(plan))
            return 0
        with sweep.using(asked.backend, asked.scheduler):
            table = sweep.run(plan, asked.workers, asked.threads)
    except (sweep.SweepError, ParameterError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; the runs save where they are: give the command again to go on.", file=sys.stderr)
        return 130
    if len(found := sweep.by_setting(table)):
        print(found.round(3).to_string(index=False))
    return int((table["state"] == "failed").any())


def _listed(plan: sweep.Plan) -> str:
    """What would be run."""
    if plan.space:
        places = max(1, len(plan.folds)) * len(plan.seeds)
        return f"Optuna draws {plan.trials} settings of {', '.join(plan.space)}, each in {places} runs."
    runs = sweep.listing(plan.jobs)
    done = (runs["state"] == "complete").sum()
    return f"{runs.to_string(index=False)}\n{len(runs)} runs, {len(runs) - done} of them to do"


def _count(text: str) -> int:
    if text != "-1" and not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of them; give 1 or more")
    return int(text)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emokit.sweep", description=__doc__)
    parser.add_argument("plan", metavar="PLAN", type=Path, help="YAML, such as presets/sweeps/demo.yaml")
    parser.add_argument("--dry-run", action="store_true", help="list the runs, and which are complete; run nothing")
    parser.add_argument("--workers", type=_count, default=2, help="runs side by side, -1 one a core (default 2)")
    parser.add_argument("--threads", type=_count, help="threads of each run (default a core's share)")
    parser.add_argument("--backend", choices=sweep.BACKENDS, default="threading", help="of joblib (default threading)")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="of Dask, such as tcp://host:8786")
    return parser.parse_args(given)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, which a job in the background never hears
    sys.exit(main())
