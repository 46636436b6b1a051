"""Time to read, audit and featurise a corpus, against a plain one-core loop of librosa over the same files.

    python benchmarks/reading.py FOLDER [n_jobs]

Imports are paid before the clock starts; ratios above 1 mean faster than the loop. CPU time is printed beside, since on
a shared machine it is steadier. Then the memory at its peak when the clips are repeated 1, 10 and 50 times.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import sklearn.model_selection  # noqa: F401 (what the audit imports when it runs)
import sklearn.tree  # noqa: F401
from threadpoolctl import threadpool_limits

from emokit import audit, corpora, features

ROUNDS = 5
MEMORY = """
import re, sys
import pandas as pd
from emokit import corpora, features
clips = corpora.load("ravdess", sys.argv[1])
clips = pd.concat([clips] * int(sys.argv[2]), ignore_index=True)
found, measured = features.extract_and_measure(clips, features.LogMelSettings(), sys.argv[3], n_jobs=2)
sum(int(found[i].shape[0]) for i in clips.index)
peak = re.search("VmHWM: *(.*)", open("/proc/self/status").read().replace("\\t", " "))[1]
print(len(found), "clips:", peak, "at the peak")
"""


def seconds(work) -> tuple[float, float]:
    """Wall clock and CPU time."""
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - cpu


def loop(files):
    """The plain loop, on one core: numpy's threads would only spin beside it."""
    with threadpool_limits(1):
        for file in files:
            _mel(file)


def _mel(file):
    samples, _ = librosa.load(file, sr=16_000)
    librosa.feature.melspectrogram(y=samples, sr=16_000, n_fft=512, hop_length=160, n_mels=64)


def both(clips, cache, n_jobs):
    """Frames, measurements and findings, as notebook 02 asks for them."""
    _, measured = features.extract_and_measure(clips, features.LogMelSettings(), cache, n_jobs)
    audit.audit(clips, measured)


def main(folder: str, n_jobs: int = 2):
    clips = corpora.load("ravdess", folder)
    files = clips["file"].tolist()
    for file in files:
        Path(file).read_bytes()  # the disk is not what is measured
    loop(files[:2]), features.log_mel_frames(np.zeros(400))
    settings, rows = features.LogMelSettings(), []
    for _ in range(ROUNDS):  # the machine is shared: paired rounds, and the median of their ratios
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            plain = seconds(lambda: loop(files))
            alone = seconds(lambda: features.extract(clips, settings, one, n_jobs))  # noqa: B023
            alone_again = seconds(lambda: features.extract(clips, settings, one, n_jobs))  # noqa: B023
            audited = seconds(lambda: both(clips, other, n_jobs))  # noqa: B023
            audited_again = seconds(lambda: both(clips, other, n_jobs))  # noqa: B023
            read_again = seconds(lambda: features.extract_and_measure(clips, settings, other, n_jobs))  # noqa: B023
        clock = [plain[0], alone[0], alone_again[0], audited[0], audited_again[0], read_again[0]]
        ratios = [plain[0] / alone[0], alone[0] / alone_again[0], plain[0] / audited[0], audited[0] / audited_again[0]]
        rows.append([*clock, plain[1], alone[1], audited[1], *ratios])
    columns = ["librosa", "features", "again", "with audit", "again", "of it reading"]
    columns += ["CPU: librosa", "features", "with audit"]
    columns += ["features ×", "again ×", "with audit ×", "again ×"]
    table = pd.DataFrame(rows, columns=columns)
    print(f"{len(clips)} clips, {n_jobs} threads; seconds, then how many times as fast as the loop or the first run")
    print(table.round(2).to_string(index=False))
    print("medians:", table.median().round(2).to_list()[9:])
    for times in (1, 10, 50):
        with tempfile.TemporaryDirectory() as cache:
            subprocess.run([sys.executable, "-c", MEMORY, folder, str(times), cache], check=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
