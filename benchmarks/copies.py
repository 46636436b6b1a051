"""How many altered copies of clips the fingerprint finds, and how many other clips it takes for copies.

    python benchmarks/copies.py demo data/demo [every]

Each clip (or each `every`-th) is copied in five ways; the copies of one way stand beside all clips.
"""

import io
import sys

import numpy as np
import pandas as pd
import soundfile as sf
import soxr

from emokit import audio, corpora
from emokit.audit import fingerprint

RATE = audio.RATE


def mp3(samples):
    buffer = io.BytesIO()
    sf.write(buffer, samples, RATE, format="MP3")
    buffer.seek(0)
    return sf.read(buffer, dtype="float32")[0]


def noisy(samples):
    noise = np.random.default_rng(len(samples)).standard_normal(len(samples)).astype(np.float32)
    return samples + 10 ** (-30 / 20) * samples.std() * noise


COPIES = {
    "a tenth as loud": lambda samples: 0.1 * samples,
    "8 kHz": lambda samples: soxr.resample(soxr.resample(samples, RATE, 8_000), 8_000, RATE),
    "a third cut off": lambda samples: samples[: len(samples) * 2 // 3],
    "noise at -30 dB": noisy,
    "MP3": mp3,
}


def words(samples) -> bytes:
    return fingerprint.sign_bits(np.ascontiguousarray(samples, np.float32), RATE).tobytes()


def main(name: str, folder: str, every: int = 1):
    clips = corpora.load(name, folder)["file"].iloc[::every].drop_duplicates()
    sounds = [audio.read(file) for file in clips]
    own = [words(samples) for samples in sounds]
    alone = {pair[:2] for pair in fingerprint.near_duplicates(tuple(own))}
    rows = []
    for kind, copy in COPIES.items():
        pairs = fingerprint.near_duplicates((*own, *(words(copy(samples)) for samples in sounds)))
        right = [errors for a, b, errors in pairs if b == a + len(own)]
        met = {tuple(sorted((a % len(own), b % len(own)))) for a, b, _ in pairs}
        wrong = sum(a != b and (a, b) not in alone for a, b in met)
        rows.append((kind, len(own), len(right), wrong, max(right, default=np.nan)))
    print(f"{name}: {len(own)} clips; pairs among the clips themselves: {len(alone)}")
    print(pd.DataFrame(rows, columns=["copy", "clips", "found", "others taken for it", "most bits that differ"])
          .round(3).to_string(index=False))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
