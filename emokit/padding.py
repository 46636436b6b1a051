"""Clips of any length → one array of one length, and how much of each row is real."""

from collections.abc import Iterable

import numpy as np

OVERLAP = 2  # windows start every half window, so that none misses what lies across an edge
LONGEST = 10_000  # `max_seq_length`: a hostile one shall not fill the memory
FRAMES_PER_STEP = 16  # what `max_seq_length` counts in: 160 ms of log-mel frames, a step of the convolutions


def window_starts(n_frames: int, length: int) -> list[int]:
    """The first frames of the windows that `n_frames` are read in: one if no more than `length`, else half overlapping.

    The last one ends with the last frame.

    >>> window_starts(9, 10), window_starts(25, 10)
    ([0], [0, 5, 10, 15])
    """
    step, last = max(1, length // OVERLAP), max(0, n_frames - length)
    return sorted({min(start, last) for start in range(0, last + step, step)})


def pad_or_truncate(sequences: Iterable[np.ndarray], max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring sequences of any length to `max_length` frames: the first frames are kept, the rest is 0.

    Normalise before: after it 0 is the training mean, a neutral filler. The model blanks the filler by `lengths`
    anyway, so what stands there never matters.

    Args:
        sequences: arrays (frames_i, bands), at least one frame each, all with the same number of bands.
        max_length: frames of the result; for the model FRAMES_PER_STEP × `max_seq_length`.

    Returns:
        x: float32 (n, max_length, bands).
        lengths: int32 (n,), valid frames of each row, in 1 … max_length.

    Raises:
        ValueError: naming the index of the first sequence that is empty or of another shape.

    >>> x, lengths = pad_or_truncate([np.ones((1, 2)), np.ones((4, 2))], max_length=3)
    >>> x[:, :, 0].tolist(), lengths.tolist()
    ([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [1, 3])
    """
    sequences = list(sequences)
    if max_length < 1:
        raise ValueError(f"max_length is {max_length} frames; it must be at least 1.")
    if not sequences:
        raise ValueError("There is no sequence to pad; give at least one array (frames, bands).")
    n_bands = np.shape(sequences[0])[-1] if np.ndim(sequences[0]) == 2 else None
    for index, sequence in enumerate(sequences):
        shape = np.shape(sequence)
        if len(shape) != 2 or shape[0] == 0 or shape[1] != n_bands:
            wanted = f"(frames, {n_bands})" if n_bands else "(frames, bands)"
            raise ValueError(f"Sequence {index} has shape {shape}; expected {wanted} with at least one frame.")

    x = np.zeros((len(sequences), max_length, n_bands), dtype=np.float32)
    lengths = np.array([min(len(sequence), max_length) for sequence in sequences], dtype=np.int32)
    for row, sequence, length in zip(x, sequences, lengths, strict=True):
        row[:length] = sequence[:length]
    return x, lengths
