"""`python -m emokit.gpu_box HOST VERB`: push, run, status, follow, pull, stop, doctor."""

import argparse
import sys
from pathlib import Path

from emokit import notebook
from emokit.gpu_box import BoxError
from emokit.gpu_box.connection import Box
from emokit.gpu_box.push import push

GIGA = 1e9


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 not (one sentence on stderr says why), 130 after Ctrl-C."""
    words, parameters = _without_parameters(sys.argv[1:] if arguments is None else arguments)
    given = _parser().parse_args(words)
    if parameters and given.verb != "run":
        _parser().error(f"-p and -r belong to run, not to {given.verb}")
    try:
        return VERBS[given.verb](Box(given.host, given.ssh_config), given, parameters)
    except (BoxError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Ended here; what runs on the box goes on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emokit.gpu_box", description="Train on a machine reached by ssh.")
    parser.add_argument("--ssh-config", metavar="FILE", help="an ssh config other than ~/.ssh/config")
    parser.add_argument("host", metavar="HOST", type=_host, help="as `ssh HOST` has it; names and keys: ~/.ssh/config")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("push", help="bring project, environment and corpora to the box")
    verb.add_argument("--data", metavar="DIR", action="append", default=[], help="a corpus; data/<its name> on the box")
    verb.add_argument("--python", metavar="PATH", help="an interpreter there with the requirements, for a venv")
    verb = verbs.add_parser("run", help="start a notebook, or queue it", usage=RUN_USAGE)
    verb.add_argument("notebook", metavar="NOTEBOOK", help="such as notebooks/02_train.ipynb")
    verb.add_argument("--now", action="store_true", help="begin at once, beside what is at work")
    verbs.add_parser("status", help="a table of the runs there")
    verb = verbs.add_parser("follow", help="show the log until the run ends, and keep the run here up to date")
    verb.add_argument("run", metavar="RUN", type=_name, nargs="?", default="", help="default the one started last")
    verbs.add_parser("pull", help="bring a run here, verified").add_argument("run", metavar="RUN", type=_name)
    verbs.add_parser("stop", help="let a run save and end").add_argument("run", metavar="RUN", type=_name)
    verbs.add_parser("doctor", help="GPU, driver, disk, versions, and whether the fused LSTM kernel is taken")
    return parser


RUN_USAGE = "python -m emokit.gpu_box HOST run NOTEBOOK [-p NAME VALUE] [-r NAME VALUE] [--now]"


def _without_parameters(words: list[str]) -> tuple[list[str], list[list[str]]]:
    """The command line without -p NAME VALUE and -r NAME VALUE, which may be anything, and these as papermill's."""
    rest, parameters, words = [], [], list(words)
    while words:
        if words[0] in ("-p", "-r") and len(words) >= 3:
            parameters.append(words[:3])
            del words[:3]
        else:
            rest.append(words.pop(0))
    return rest, parameters


def _host(text: str) -> str:
    if not text or text.startswith("-") or any(sign in text for sign in " :/"):
        raise argparse.ArgumentTypeError(f"{text!r} is no host; take [user@]host, or a name of your ssh config")
    return text


def _name(text: str) -> str:
    if "/" in text or text.startswith("."):
        raise argparse.ArgumentTypeError(f"{text!r} is no run; take a name that `status` shows")
    return text


def _push(box: Box, given, _) -> int:
    print(push(box, given.data, given.python))
    return 0


def _run(box: Box, given, parameters) -> int:
    path, root = Path(given.notebook).resolve(), notebook.project_root().resolve()
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else given.notebook
    started = box.ask("run", notebook=name, parameters=parameters, now=given.now)
    print(f"{started['run']}: {started['state']}")
    return 0


def _status(box: Box, *_) -> int:
    rows = box.ask("status")
    width = max((len(row["run"]) for row in rows), default=0)
    for row in rows:
        first, *more = row["said"].splitlines() or [""]
        print(f"{row['run']:{width}}  {row['state']:11}  {first}".rstrip(), *more, sep=f"\n{'':{width + 15}}")
    if not rows:
        print(f"No run on {box.host} yet.")
    return 0


def _follow(box: Box, given, _) -> int:
    from emokit.gpu_box.follow import Follower  # here: it loads pandas, for which other verbs need not wait

    row = Follower(box, given.run).follow()
    print(_sentence(row))
    return int(row["state"] != "complete")


def _pull(box: Box, given, _) -> int:
    from emokit.gpu_box.pull import pull

    print(pull(box, given.run))
    return 0


def _stop(box: Box, given, _) -> int:
    print(_sentence(box.ask("stop", run=given.run)))
    return 0


def _sentence(row: dict) -> str:
    return f"{row['run']}: {row['state']}" + (f", {row['said']}" if row["said"] else "")


def _doctor(box: Box, *_) -> int:
    found = box.ask("facts")
    driver = "\n".join(found["gpus"]) or f"none: {found['driver']}, so TensorFlow would use the CPU"
    print(f"GPU, driver, memory: {driver}")
    print(f"disk: {found['free'] / GIGA:.0f} GB free; rsync: {'there' if found['rsync'] else 'missing, install it'}")
    print(f"Python for an environment: {found['python'] or 'none of 3.11 or newer, install one'}")
    if not found["pushed"]:
        print("Nothing was pushed yet, so there is no environment to look at.")
        return 0
    more = box.ask("doctor")
    packages = ", ".join(f"{name} {version}" for name, version in more["packages"].items())
    print(f"environment: Python {more['python']}, {packages}\n{_tensorflow(more['tensorflow'])}")
    return 0


def _tensorflow(found: dict) -> str:
    if "error" in found:
        return f"TensorFlow does not work: {found['error']}"
    if not found["gpus"]:
        return "TensorFlow sees no GPU; the LSTMs run as loops on the CPU"
    taken = f"{found['fused']} of {found['lstms']} LSTMs take the fused kernel"
    return f"TensorFlow sees {', '.join(found['gpus'])}; {taken}"


VERBS = {"push": _push, "run": _run, "status": _status, "follow": _follow, "pull": _pull, "stop": _stop}
VERBS["doctor"] = _doctor

if __name__ == "__main__":
    sys.exit(main())
