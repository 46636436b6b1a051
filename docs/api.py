"""The API page, from the docstrings: `make api` writes it to build/api.

    python docs/api.py [FOLDER]

It needs pdoc: pip install -e ".[docs]".
"""

import sys
from pathlib import Path

import pdoc

import emokit


def main(folder: Path) -> None:
    """Write the page of every public module to `folder`."""
    for name in emokit.__all__:  # loaded when first named, and pdoc lists what is loaded
        vars(emokit)[name] = getattr(emokit, name)
    pdoc.render.configure(docformat="google")
    # What Run inherits is shown where the module that has it is.
    pdoc.pdoc("emokit", "emokit.run_folder.contents", output_directory=folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/api"))
