"""A recording of any length as windows of one length, in the memory of one of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from emokit.audio.decoding import Recording, pieces


def windows(file: str | Path, length: float, step: float) -> Iterator[tuple[float, Recording]]:
    """The windows of a recording, or of a stretch of it, each as it would be read from a file of its own.

    They begin at equal steps; the last one ends with the recording and is shorter, by less than a step, unless it fits.

    Args:
        file: as for `decode`.
        length: s.
        step: s, no longer than a window.

    Returns:
        When each begins, in s of the file or stretch, and what was recorded there.

    Raises:
        BadClip: as `pieces` does.
    """
    return cut(pieces(file), length, step)


def cut(recorded: Iterable[Recording], length: float, step: float) -> Iterator[tuple[float, Recording]]:
    """The windows of a recording that comes piece by piece, as `windows` gives them."""
    kept, first, number = [], 0, 0  # pieces that are not done with, the first sample of them, and of which window
    for piece in recorded:
        kept.append(piece.samples)
        start, stop = (round((number * step + more) * piece.rate) for more in (0, length))
        if first + sum(map(len, kept)) < stop:
            continue
        samples = np.concatenate(kept)
        while first + len(samples) >= stop:
            yield number * step, _window(samples[start - first : stop - first], piece)
            number += 1
            start, stop = (round((number * step + more) * piece.rate) for more in (0, length))
        kept, first = [samples[start - first :]], start
    rest = np.concatenate(kept)
    if not number or first + len(rest) > round(((number - 1) * step + length) * piece.rate):
        yield number * step, _window(rest, piece)


def _window(samples: np.ndarray, piece: Recording) -> Recording:
    return piece._replace(samples=samples, peak=max(-float(samples.min()), float(samples.max())))
