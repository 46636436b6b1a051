"""python -m emokit.export RUN --to onnx | onnx-int8 | litert | savedmodel [--out FOLDER]"""

import argparse
import sys

from emokit import export
from emokit.run_folder import Run, RunError


def main(arguments: list[str] | None = None) -> int:
    """Export a run and print what was made; gives the exit code: 0 done, 1 not (one sentence on stderr says why)."""
    parser = argparse.ArgumentParser(prog="python -m emokit.export", description="A run as a file for other programs.")
    parser.add_argument("run", metavar="RUN", help="folder of a finished run, such as outputs/demo-fold1")
    parser.add_argument("--to", required=True, choices=export.FORMATS, help="onnx takes samples, the last two frames")
    parser.add_argument("--out", metavar="FOLDER", help="default: export/FORMAT in the folder of the run")
    given = parser.parse_args(arguments)
    try:
        folder = export.write(Run.open(given.run), given.to, given.out)
    except (export.ExportError, RunError, ImportError, OSError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}, {size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
