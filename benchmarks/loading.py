"""How long `corpora.load` takes for many clips, as folders and as a table: python benchmarks/loading.py [NUMBER]

The files are empty, in a temporary folder: 50 speakers, five emotions. Printed are the seconds of one load each, as
the clock and as the processor counts them.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import pandas as pd

from emokit import corpora

EMOTIONS = ("angry", "happy", "neutral", "sad", "fearful")
SPEAKERS = 50


def lay(root: Path, number: int) -> pd.DataFrame:
    """Empty files root/<emotion>/s<speaker>_<n>.wav, and the table of them."""
    rows = []
    for emotion in EMOTIONS:
        (root / emotion).mkdir(parents=True)
    for n in range(number):
        emotion, speaker = EMOTIONS[n % len(EMOTIONS)], f"s{n // len(EMOTIONS) % SPEAKERS:02d}"
        file = f"{emotion}/{speaker}_{n:06d}.wav"
        (root / file).touch()
        rows.append((file, emotion, speaker))
    return pd.DataFrame(rows, columns=["file", "emotion", "speaker"])


def timed(*arguments, **options) -> str:
    clock, processor = perf_counter(), process_time()
    clips = corpora.load(*arguments, **options)
    return f"{len(clips):,} clips in {perf_counter() - clock:.1f} s ({process_time() - processor:.1f} s of processor)"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", nargs="?", type=int, default=100_000)
    number = parser.parse_args(arguments).number
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "clips"
        table = lay(root, number)
        table.to_csv(root / "clips.csv", index=False)
        bare, elsewhere = table.assign(file=table["file"].str.split("/").str[1]), Path(folder) / "bare.csv"
        bare.to_csv(elsewhere, index=False)
        loads = {
            "folders": (("folders", root), {"speaker_pattern": r"(s\d\d)_"}),
            "table": (("table", root / "clips.csv"), {}),
            "table of bare names, with audio_dir": (("table", elsewhere), {"audio_dir": root}),
        }
        for name, (what, options) in loads.items():
            print(f"{name}: {timed(*what, **options)}")


if __name__ == "__main__":
    main()
