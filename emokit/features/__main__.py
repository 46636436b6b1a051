"""python -m emokit.features fetch NAME [FOLDER]"""

import argparse
import sys

from emokit.corpora.getting.command_line import ending_politely
from emokit.features.encoder_files import ENCODERS
from emokit.features.fetching import fetch
from emokit.features.weights import EncoderError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 not (one sentence on stderr says why), 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m emokit.features", description="Fetch a pre-trained encoder.")
    command = parser.add_subparsers(dest="command", required=True).add_parser("fetch", help="download its weights")
    command.add_argument("name", help=" or ".join(ENCODERS))
    command.add_argument("folder", nargs="?", help="gets FOLDER/NAME; where encoders are looked for if not given")
    given = parser.parse_args(arguments)
    try:
        with ending_politely():
            fetch(given.name, given.folder)
    except (EncoderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
