"""One corpus of benchmarks/speed.py: how long a run takes to begin, how much memory it holds, how long a step takes.

    python benchmarks/speed_scale.py start FOLDER    # the clips are FOLDER/table.csv, their cache lies beside them
    python benchmarks/speed_scale.py steps FOLDER

`start` does what notebook 02 does until it knows train, dev and test, and prints the CPU seconds and the seconds until
frames can be read, the CPU seconds until the split is proven, and the resident megabytes. `steps` reads every clip
once, then trains at each line that it reads, and prints the CPU seconds and the seconds of a step.
"""

import sys
import time
from pathlib import Path

import pandas as pd
import speed_corpus

from emokit import audit, certificate, features, groups, splits

STEPS = 10  # at a line


def resident() -> float:
    """Megabytes that the process holds at its peak."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(text.split("VmHWM:")[1].split()[0]) / 1000


def start(root: Path) -> None:
    clips, before = pd.read_csv(root / "table.csv", dtype={"speaker": str}), resident()
    cpu, clock = time.process_time(), time.perf_counter()
    features.extract(clips, speed_corpus.SETTINGS, root / "cache")
    print(time.process_time() - cpu, time.perf_counter() - clock, resident() - before, end=" ")
    cpu = time.process_time()
    clips = clips.assign(corpus="generated", speaker="generated/" + clips["speaker"])
    found, measured = features.extract_and_measure(clips, speed_corpus.SETTINGS, root / "cache")
    clips = clips.assign(digest=measured["digest"], n_frames=found.lengths)
    clips = clips.assign(group=groups.of(clips, measured))
    usable = audit.leave_out(splits.assign(clips, folds=4), audit.audit(clips, measured))
    usable = audit.leave_out(usable, audit.of_split(usable, measured))
    certificate.prove(usable)
    print(time.process_time() - cpu, resident() - before)


def steps(root: Path) -> None:
    import keras

    from emokit import build_model

    clips = pd.read_csv(root / "table.csv", dtype={"speaker": str})
    found = features.extract(clips, speed_corpus.SETTINGS, root / "cache")
    batches = speed_corpus.batches(root, clips, found)
    net = build_model(speed_corpus.SETTINGS.n_bands, len(speed_corpus.EMOTIONS))
    net.compile(keras.optimizers.Adam(0.0003), "sparse_categorical_crossentropy")
    net.train_on_batch(*batches[0])
    for frames in found:  # an epoch's worth of reading
        frames.sum()
    print(resident(), flush=True)
    place = 0
    for _ in sys.stdin:
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in range(STEPS):
            net.train_on_batch(*batches[place % len(batches)])
            place += 1
        print((time.process_time() - cpu) / STEPS, (time.perf_counter() - clock) / STEPS, flush=True)


if __name__ == "__main__":
    {"start": start, "steps": steps}[sys.argv[1]](Path(sys.argv[2]))
