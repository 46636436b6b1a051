"""python -m emokit.corpora fetch NAME DATA_DIR · verify NAME FOLDER · list"""

import sys

from emokit.corpora.getting.command_line import main

if __name__ == "__main__":
    sys.exit(main())
