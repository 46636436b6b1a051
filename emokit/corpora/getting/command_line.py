"""What `python -m emokit.corpora` does: fetch a corpus, verify one, list them."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from emokit.corpora import PUBLISHED, YOUR_OWN, expected
from emokit.corpora.corpus import CorpusError
from emokit.corpora.getting.fetch import fetch
from emokit.corpora.getting.verify import LISTED, verify


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 not (one sentence on stderr says why), 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m emokit.corpora", description="Fetch a corpus, or check one.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("fetch", help="download a corpus into DATA_DIR/NAME; goes on where it was cut off")
    command.add_argument("name", help="a corpus, as `list` shows them")
    command.add_argument("data_dir", help="the folder that gets the corpus's folder")
    command = commands.add_parser("verify", help="compare every file with the published checksums")
    command.add_argument("name", help=" or ".join(LISTED))
    command.add_argument("data_dir", metavar="folder", help="the folder that the clips are in")
    commands.add_parser("list", help="the corpora that emokit knows, with their licences")
    given = parser.parse_args(arguments)
    try:
        with ending_politely():
            return _run(given)
    except (CorpusError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run it again to go on.", file=sys.stderr)
        return 130


@contextmanager
def ending_politely() -> Iterator[None]:
    """Let a polite kill or a closed terminal end like an error, so that nothing half-made stays."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    ours = [number for number, handler in before.items() if handler != signal.SIG_IGN]  # nohup stays in force
    for number in ours:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _run(given: argparse.Namespace) -> int:
    if given.command == "fetch":
        fetch(given.name, given.data_dir)
        return 0
    if given.command == "verify":
        difference = verify(given.name, given.data_dir)
        print(f"{PUBLISHED[given.name].title}: {difference}")
        return int(any(difference[1:]))
    for name, corpus in PUBLISHED.items():
        clips = f"{expected(name)['clips']:6,} clips" if expected(name)["clips"] else " " * 12
        print(f"{name:10} {clips}  {corpus.licence}")
    print(f"your own: {', '.join(YOUR_OWN)}")
    return 0
