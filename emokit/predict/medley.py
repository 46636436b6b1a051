"""A recording whose truth is known: test clips of a run, one after the other."""

from pathlib import Path

import numpy as np
import soundfile as sf

from emokit import atomic_files, audio, metrics
from emokit.run_folder import Run

PAUSE = 2.0  # s of silence before each clip and behind the last: longer than most windows


def medley(run: Run, path: str | Path) -> list[tuple[float, float, str]]:
    """Write a clip of each emotion, spoken by one voice of the test, between pauses as WAV.

    Args:
        run: whose corpus is at hand.
        path: of the WAV, 16 kHz.

    Returns:
        Start and end of each clip in s, and the emotion that was meant.

    Raises:
        BadClip: for a clip that is not there or cannot be read.
    """
    test = metrics.of_test(run.clips).sort_values("file", kind="stable")
    speakers = test["speaker"].fillna("")
    voice = test.groupby(speakers)["emotion"].nunique().idxmax()
    chosen = test[speakers == voice].drop_duplicates("emotion").set_index("emotion")
    pause, parts, times, at = np.zeros(round(PAUSE * audio.RATE), np.float32), [], [], PAUSE
    for emotion in [name for name in run.emotions if name in chosen.index]:
        parts += [pause, audio.read(chosen.at[emotion, "file"])]
        times.append((at, at + len(parts[-1]) / audio.RATE, emotion))
        at = times[-1][1] + PAUSE
    with atomic_files.replacing(path) as aside:
        sf.write(aside, np.concatenate([*parts, pause]), audio.RATE, format="WAV")
    return times
