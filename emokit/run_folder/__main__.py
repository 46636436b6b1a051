"""`python -m emokit.run_folder result RUN …`: what runs have reached, in one line.

`pack RUN run.zip` and `open run.zip FOLDER`: a run in one file, without its sound.
"""

import argparse
import sys
from pathlib import Path

from emokit import certificate, metrics
from emokit.certificate import LeakError
from emokit.run_folder import Run, RunError, bundle


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 not (one sentence on stderr says why)."""
    told = "What a run has reached; hand it on, or open one."
    parser = argparse.ArgumentParser(prog="python -m emokit.run_folder", description=told)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("result", help="say in one line how well complete runs hear the test")
    command.add_argument("runs", metavar="RUN", nargs="+", help="run folders, such as the folds of one corpus")
    command = commands.add_parser("pack", help="write a complete run into one file, without its sound")
    command.add_argument("run", metavar="RUN", help="the run folder")
    command.add_argument("file", metavar="run.zip", type=Path, help="the file to write")
    command = commands.add_parser("open", help="check such a file, of whoever it is, and make a run folder of it")
    command.add_argument("file", metavar="run.zip", type=Path, help="the file")
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the run folder to make")
    given = parser.parse_args(arguments)
    try:
        print(COMMANDS[given.command](**{name: value for name, value in vars(given).items() if name != "command"}))
    except (RunError, LeakError, OSError, RuntimeError) as error:  # the last of a ~ whose user is not there
        print(error, file=sys.stderr)
        return 1
    return 0


def _result(runs: list[str]) -> str:
    opened = [Run.open(run) for run in runs]
    predictions = metrics.pool({run.path.name: run.predictions for run in opened})
    conditions = certificate.conditions(*(run.certificate() for run in opened))
    test = predictions[predictions["part"] == "test"]
    names, pages = [run.path.name for run in opened], [run.path / "report.html" for run in opened]
    reports = ", ".join(str(page) for page in pages if page.is_file()) or "none yet; 03_evaluate writes it"
    return f"{', '.join(names)}: {metrics.headline(test, **conditions)}\nReport: {reports}"


def _packed(run: str, file: Path) -> str:
    sha256 = bundle.pack(opened := Run.open(run), file)
    left_out = "Not in it: recordings, report.html and executed notebooks, which hold some, and reviews"
    return f"{file}: {file.expanduser().stat().st_size:,} bytes, sha256 {sha256}\n{left_out}.{_needed(opened)}"


def _opened(file: Path, folder: Path) -> str:
    run = bundle.unpack(file, folder)
    return f"{run} in {folder}; emokit.report(Run.open({str(folder)!r})) makes its page.{_needed(run)}"


def _needed(run: Run) -> str:
    features = run.record["features"]
    if features.get("kind") != "encoder":
        return ""
    return f" It needs the weights of {features['model']} (sha256 {features['sha256']}), which are not in it."


COMMANDS = {"result": _result, "pack": _packed, "open": _opened}

if __name__ == "__main__":
    sys.exit(main())
