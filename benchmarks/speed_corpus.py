"""Generated corpora for benchmarks/speed.py, of any size: empty files, their table, and a cache that knows them.

The cache is what `features.extract` would have left, but that its frames are noise and the files were never read.
"""

import hashlib
import secrets
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, audio
from emokit.features import LogMelSettings
from emokit.normalizer import FeatureNormalizer

EMOTIONS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
SETTINGS = LogMelSettings()
SPEAKERS = 100


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


def batches(root: Path, clips: pd.DataFrame, features):
    """Batches as notebook 02 trains on them, augmented."""
    from emokit import targets
    from emokit.batches import Batches

    normalizer = FeatureNormalizer().fit(features[label] for label in clips.index[:100])
    reading = {"max_length": 320, "shuffle": True, "augment": SETTINGS.augment}
    return Batches(features, clips, targets.Emotions(EMOTIONS), normalizer, **reading)
