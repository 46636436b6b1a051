"""Near duplicates: clips that hold the same recording louder, resampled, trimmed, or in another code.

After Haitsma & Kalker (2002), "A highly robust audio fingerprinting system": every 21 ms a word of 32 bits, each the
sign of how the energy difference of two neighbouring bands changes over time. Clips that share exact words are found
by an index, then compared bit by bit. Copies (gain, 8 kHz, trimmed, MP3, noise at 30 dB) differ in at most 0.14 of the
bits, other clips in 0.34 or more, two takes of one sentence by one actor among them (RAVDESS, and the demo corpus).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import soxr

RATE = 6_000  # Hz
WINDOW, HOP = 1_024, 128  # samples: 171 ms, 21 ms
EDGES = np.geomspace(250, 2_500, 34)  # Hz: 33 bands
LONGEST = 300  # s, what is compared of a clip
LOUD = 30  # dB under the loudest word; quieter words are noise
FEW = 8  # a word in more clips than this in a row says nothing of which clip it is
SAME = 0.2  # share of bits that differ, between the 0.14 and 0.34 above; benchmarks/copies.py counts what it finds
OVERLAP = 0.5  # of the shorter clip
MOST_WORDS = LONGEST * RATE // HOP + 1
WORD = np.dtype([("bits", "<u4"), ("loud", "u1")])


def sign_bits(samples: np.ndarray, rate: int) -> np.ndarray:
    """The fingerprint of mono samples: a structured array (words,) of `bits` (uint32) and `loud` (0 or 1)."""
    from scipy.fft import rfft  # here: whoever only loads clips need not wait for it

    samples = samples[: LONGEST * rate]
    samples = soxr.resample(samples, rate, RATE, quality="LQ") if rate != RATE else samples
    if len(samples) < WINDOW + HOP:
        return np.empty(0, WORD)
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window, bands = _window_and_bands()
    spectrum = rfft(frames * window)
    energy = (np.square(spectrum.real) + np.square(spectrum.imag)) @ bands  # (frames, 33)
    difference = np.diff(energy, axis=1)
    words = np.empty(len(frames) - 1, WORD)
    words["bits"] = np.packbits(np.diff(difference, axis=0) > 0, axis=1).view(">u4")[:, 0]
    total = energy[1:].sum(axis=1)
    words["loud"] = (total > 0) & (total >= total.max() * 10 ** (-LOUD / 10))
    return words


def near_duplicates(fingerprints: Sequence[bytes]) -> list[tuple[int, int, float]]:
    """Pairs of clips that hold the same recording: (row, row, share of bits that differ), each row pair once."""
    clips = [np.frombuffer(content, WORD) for content in fingerprints]
    bits, loud = ([np.ascontiguousarray(clip[field]) for clip in clips] for field in WORD.names)
    pairs = {}
    for a, b, shift in _candidates(clips).tolist():
        errors = _bit_errors(bits[a], loud[a], bits[b], loud[b], shift)
        if errors < min(SAME, pairs.get((a, b), 1)):
            pairs[a, b] = errors
    return [(a, b, errors) for (a, b), errors in sorted(pairs.items())]


def _candidates(clips: Sequence[np.ndarray]) -> np.ndarray:
    """Rows (a, b, shift) of clips that share a loud word at some shift: int (candidates, 3)."""
    loud = [np.flatnonzero(clip["loud"]) for clip in clips]
    clip = np.repeat(np.arange(len(clips)), [len(places) for places in loud])
    if not len(clip):
        return np.empty((0, 3), np.int64)
    place = np.concatenate(loud)
    word = np.concatenate([content["bits"][places] for content, places in zip(clips, loud, strict=True)])
    # By word, and those of one word in their order: both in one number, which is sorted several times as fast.
    keys = np.sort(word.astype(np.uint64) << 32 | np.arange(len(word), dtype=np.uint64))
    word, order = keys >> 32, keys & 0xFFFFFFFF
    clip, place = clip[order], place[order]
    hits = []
    for step in range(1, FEW + 1):  # a number a hit: rows of three would take ten times the memory and time
        same = np.flatnonzero((word[step:] == word[:-step]) & (clip[step:] != clip[:-step]))
        shift = place[same] - place[same + step] + MOST_WORDS
        hits.append(np.unique((clip[same] * len(clips) + clip[same + step]) * 2 * MOST_WORDS + shift))
    pair, shift = np.divmod(np.unique(np.concatenate(hits)), 2 * MOST_WORDS)
    return np.stack([*np.divmod(pair, len(clips)), shift - MOST_WORDS], axis=1)


def _bit_errors(a: np.ndarray, a_loud: np.ndarray, b: np.ndarray, b_loud: np.ndarray, shift: int) -> float:
    """Share of bits that differ where both clips are loud, `b` moved by `shift` words; 1 if they hardly overlap."""
    first, last = max(0, shift), min(len(a), len(b) + shift)
    a_there, b_there = slice(first, last), slice(first - shift, last - shift)
    loud = a_loud[a_there] & b_loud[b_there]  # 0 or 1
    n_loud = np.count_nonzero(loud)
    if n_loud < OVERLAP * min(np.count_nonzero(a_loud), np.count_nonzero(b_loud)):
        return 1.0
    return float(np.vdot(np.bitwise_count(a[a_there] ^ b[b_there]), loud.astype(float)) / (32 * n_loud))


@lru_cache
def _window_and_bands() -> tuple[np.ndarray, np.ndarray]:
    """Hann window float32 (window,), and which FFT bin belongs to which band, float32 (bins, 33)."""
    bins = np.arange(WINDOW // 2 + 1)[:, np.newaxis] * RATE / WINDOW
    bands = (bins >= EDGES[:-1]) & (bins < EDGES[1:])
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32), bands.astype(np.float32)
