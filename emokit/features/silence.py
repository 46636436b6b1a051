"""Silence at both ends of a clip, which is cut before the model reads it."""

import numpy as np

from emokit.padding import FRAMES_PER_STEP

TRIM = 40.0  # dB under the loudest frame: what a feature kind takes for silence unless told otherwise


def sounding(frames: np.ndarray, below: float) -> slice:
    """Which frames stay when silence at both ends is cut: from the first to the last one that is loud enough.

    Args:
        frames: log-mel (frames, bands), natural log of power.
        below: dB under the loudest frame, which is still loud enough; 0 keeps everything.

    Returns:
        At least one step of 16 frames, where the clip has as many.
    """
    if not below:
        return slice(0, len(frames))
    level = np.log(np.exp(frames, dtype=np.float64).sum(axis=1))
    loud = np.flatnonzero(level >= level.max() - below * np.log(10) / 10)
    start, stop = int(loud[0]), int(loud[-1]) + 1
    start = max(0, min(start, len(frames) - FRAMES_PER_STEP))
    return slice(start, min(len(frames), max(stop, start + FRAMES_PER_STEP)))
