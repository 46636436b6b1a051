"""The four speaker-disjoint folds of RAVDESS (EmoBox's 2, 4, 5 and 6) that actors 2 to 7, 10, 12 to 18, 22 and 24 give.

python benchmarks/ravdess.py DATA_DIR [--seeds 0 1 2] [-p learning_rate 0.0003 …]
"""

import sys

from folds import main

if __name__ == "__main__":
    main(["ravdess", *sys.argv[1:2], "--preset", "ravdess", "--folds", "2", "4", "5", "6", *sys.argv[2:]])
