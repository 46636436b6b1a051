"""Small wrong changes to the kit, one at a time: a change that every test lives with is a test that could not fail.

    python benchmarks/mutants.py [NAME ...] [--list] [--cheap] [--jobs N]

NAME is a name of mutants.toml, or a pattern such as "*dropout*"; without one all are made. Each is made in a copy of
the project, and the tests that should notice are run there. First these tests must pass as they are.
"""

import argparse
import fnmatch
import multiprocessing
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import Queue

PROJECT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "outputs", "__pycache__", "*.egg-info")
LONGEST = 1200  # s; a change that hangs the tests is noticed too
UNNOTICED = ("SURVIVES", "NOT TESTED", "NOT MADE")
# Each test run is a process that starts from one which has these: TensorFlow alone takes longer to import than most
# tests take to run. Nothing of emokit is among them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["keras", "pandas", "sklearn.model_selection", "seaborn", "librosa.filters", "soxr"])


def read(patterns: list[str], cheap: bool) -> dict[str, dict]:
    mutants = tomllib.loads((PROJECT / "benchmarks/mutants.toml").read_text(encoding="utf-8"))
    strange = [pattern for pattern in patterns if not fnmatch.filter(mutants, pattern)]
    if strange:
        sys.exit(f"mutants.toml has no {', '.join(strange)}; --list shows its names.")
    chosen = {name for pattern in patterns or ["*"] for name in fnmatch.filter(mutants, pattern)}
    return {name: m for name, m in mutants.items() if name in chosen and not (cheap and m.get("slow"))}


def out_of_date(mutant: dict) -> str:
    """Why a change cannot be made, or nothing."""
    file = PROJECT / mutant["file"]
    times = file.read_text(encoding="utf-8").count(mutant["before"]) if file.is_file() else 0
    return "" if times == 1 else f"its text stands {times} times in {mutant['file']}; correct mutants.toml"


def run_tests(folder: Path, files: list[str], log: Path) -> None:
    """What a process of its own does: pytest on these tests of a copy; its exit status is pytest's."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(1, 2)
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # files of equal size and time would hide a change
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    import pytest

    sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *(f"tests/{file}" for file in files)]))


def test(folder: Path, files: list[str]) -> str:
    """The first of these tests that fails in a copy; nothing if all pass."""
    log = folder.with_suffix(".log")
    process = PROCESSES.Process(target=run_tests, args=(folder, files, log))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        return f"no end after {LONGEST} s"
    said = log.read_text(encoding="utf-8", errors="replace")
    failed = re.search(r"^(?:FAILED|ERROR) tests/(\w+\.py(?:::\w+)?)", said, flags=re.M)
    if process.exitcode in (0, 1) and bool(failed) == process.exitcode:
        return failed[1] if failed else ""
    return f"NOT TESTED: pytest ended with {process.exitcode}: {said[-300:]}"


def verdict(folder: Path, mutant: dict) -> str:
    file = folder / mutant["file"]
    original = file.read_text(encoding="utf-8")
    file.write_text(original.replace(mutant["before"], mutant["after"]), encoding="utf-8")
    try:
        return test(folder, mutant["tests"]) or "SURVIVES"
    finally:
        file.write_text(original, encoding="utf-8")


def room(mutant: dict) -> str:
    """The part of the kit that a change is made in: the first name below emokit/, or the notebook."""
    parts = Path(mutant["file"]).with_suffix("").parts
    return parts[1] if parts[0] == "emokit" else parts[-1]


def table(mutants: dict[str, dict], told: dict[str, str]) -> str:
    rooms = {room(mutant): [0, 0] for mutant in mutants.values()}
    for name, mutant in mutants.items():
        rooms[room(mutant)][0] += 1
        rooms[room(mutant)][1] += told[name].startswith(UNNOTICED)
    rows = [f"| {name} | {made} | {lived} |" for name, (made, lived) in rooms.items()]
    return "\n".join(["| changed in | changes | that no test noticed |", "|---|---|---|", *rows])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name them and do nothing")
    parser.add_argument("--cheap", action="store_true", help="only those whose tests need no TensorFlow")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default 2)")
    options = parser.parse_args()
    mutants = read(options.names, options.cheap)
    if options.list:
        print("\n".join(f"{name}  ({m['file']}{', slow' if m.get('slow') else ''})" for name, m in mutants.items()))
        return 0

    told = {name: f"NOT MADE: {why}" for name, mutant in mutants.items() if (why := out_of_date(mutant))}
    folders, began = Queue(), time.monotonic()
    with tempfile.TemporaryDirectory() as aside, ThreadPoolExecutor(options.jobs) as pool:
        for number in range(options.jobs):
            folders.put(Path(shutil.copytree(PROJECT, Path(aside, f"copy{number}"), ignore=LEFT_OUT)))

        def judge(name: str) -> None:
            folder = folders.get()
            told[name] = verdict(folder, mutants[name])
            folders.put(folder)
            print(f"{name}: {told[name]}", file=sys.stderr, flush=True)

        failed = test(Path(aside, "copy0"), sorted({file for m in mutants.values() for file in m["tests"]}))
        if failed:
            sys.exit(f"The tests fail as they are ({failed}); mend them first.")
        list(pool.map(judge, [name for name in mutants if name not in told]))

    lived = [f"{name}: {told[name]}" for name in mutants if told[name].startswith(UNNOTICED)]
    minutes = (time.monotonic() - began) / 60
    print("\n".join([table(mutants, told), "", *lived]))
    print(f"{len(mutants)} changes, {len(lived)} that no test noticed, {minutes:.0f} min", end="; ")
    print(f"{date.today()}, {os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}")
    return int(bool(lived))


if __name__ == "__main__":
    sys.exit(main())
