"""Generated corpora for benchmarks/speed.py, of any size: empty files, their table, and a cache that knows them.

The cache is what `features.extract_and_measure` would have left, but that its frames and measurements are noise, those
of different recordings of speech, and the files were never read.
"""

import base64
import hashlib
import secrets
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, audio
from emokit.audit import fingerprint, measurements
from emokit.features import LogMelSettings
from emokit.normalizer import FeatureNormalizer

EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
SETTINGS = LogMelSettings()
SPEAKERS = 100
WORDS = 140  # of a fingerprint: 3 s


def lay(root: Path, n_clips: int, longest: int) -> pd.DataFrame:
    """The clips of a corpus, and their cache in root/cache with up to `longest` frames each."""
    rng = np.random.default_rng(0)
    for number in range(SPEAKERS):
        (root / f"{number:02}").mkdir(parents=True)
    files = [f"{root}/{number % SPEAKERS:02}/{number:07}.wav" for number in range(n_clips)]
    for file in files:
        Path(file).touch()
    folder = root / "cache" / SETTINGS.name()
    folder.mkdir(parents=True)
    (root / "cache" / measurements.VERSION).mkdir()
    noise = rng.standard_normal(8 * longest * SETTINGS.n_bands).astype("<f4")
    for start in range(0, n_clips, audio.FILES_TOGETHER):
        _shard(folder, files[start : start + audio.FILES_TOGETHER], noise, longest, rng)
    emotions = [EMOTIONS[number // SPEAKERS % len(EMOTIONS)] for number in range(n_clips)]
    return pd.DataFrame({"file": files, "emotion": emotions, "speaker": [file.split("/")[-2] for file in files]})


def _shard(folder: Path, files: list[str], noise: np.ndarray, longest: int, rng: np.random.Generator) -> None:
    path, clips, stamped, start = folder / f"{secrets.token_hex(8)}.frames", [], [], 0
    with path.open("wb") as stream:
        for file in files:
            digest = hashlib.sha256(file.encode()).hexdigest()
            n_frames, place = int(rng.integers(longest // 2, longest + 1)), int(rng.integers(7 * longest))
            frames = noise[place * SETTINGS.n_bands :][: n_frames * SETTINGS.n_bands]
            stream.write(frames)
            clips.append([digest, path.name, start, n_frames, SETTINGS.n_bands, zlib.crc32(frames)])
            stamped.append([*audio.stamp(file), digest])
            start += len(frames)
    atomic_files.write_checked(path.with_suffix(".json"), {"files": stamped, "clips": clips})
    measured = [[*stamp, _measured(digest, rng)] for *stamp, digest in stamped]
    atomic_files.write_checked(folder.parent / measurements.VERSION / f"{path.stem}.json", measured)


def _measured(digest: str, rng: np.random.Generator) -> dict:
    """What the audit would have found in a clip of 3 s."""
    words = np.ones(WORDS, fingerprint.WORD)
    words["bits"] = rng.integers(2**32, size=WORDS, dtype=np.uint32)
    level, silence = rng.uniform(0.02, 0.2), rng.uniform(0, 0.5, 2).tolist()
    decibels = rng.uniform(-70, -20, 3).tolist()
    return {
        "duration": rng.uniform(2, 4), "rate": audio.RATE, "channels": 1, "subtype": "PCM_16", "container": "WAV",
        "peak": 4 * level, "rms": level, "dc": 0.0, "clipped": 0.0, "leading": silence[0], "trailing": silence[1],
        "floor": decibels[0], "hum": decibels[1], "treble": decibels[2], "bandwidth": rng.uniform(6_000, 8_000),
        "missing": 0.0, "unread": 0.0, "digest": digest, "fingerprint": base64.b64encode(words.tobytes()).decode(),
    }  # fmt: skip


def batches(root: Path, clips: pd.DataFrame, features):
    """Batches as notebook 02 trains on them, augmented."""
    from emokit import targets
    from emokit.batches import Batches

    normalizer = FeatureNormalizer().fit(features[label] for label in clips.index[:100])
    reading = {"max_length": 320, "shuffle": True, "augment": SETTINGS.augment}
    return Batches(features, clips, targets.Emotions(EMOTIONS), normalizer, **reading)
