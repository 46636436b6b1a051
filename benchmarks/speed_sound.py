"""How fast sound is read, and in how much memory: the parts of benchmarks/speed.py that need a fresh process.

    python benchmarks/speed_sound.py frames KIND SECONDS      # features of so many seconds of speech
    python benchmarks/speed_sound.py predict KIND SECONDS     # a run's answer, warm

KIND is `log_mel` or the name of an encoder, of which the middle layer is read. One core. Prints rounds of CPU seconds
and seconds, a line each, and at the end the megabytes at the peak above those before, and all of them.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from speed_scale import resident
from threadpoolctl import threadpool_limits

from emokit import FeatureNormalizer, audio, corpora, features
from emokit.neighbours import Neighbours
from emokit.padding import FRAMES_PER_STEP

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
ROUNDS = 9  # of up to a minute; more than that is read once


def speech(clips: pd.DataFrame, seconds: float) -> np.ndarray:
    """Clips of the demo corpus one behind the other, again and again."""
    joined = np.concatenate([audio.read(file) for file in clips["file"][:60]])
    return np.resize(joined, round(seconds * audio.RATE))


def written(clips: pd.DataFrame, seconds: float, file: Path) -> Path:
    """The same as a file, without it all in memory: the peak there is what is measured."""
    block, left = speech(clips, min(60, seconds)), round(seconds * audio.RATE)
    with soundfile.SoundFile(file, "w", audio.RATE, 1) as sound:
        while left > 0:
            sound.write(block[:left])
            left -= len(block)
    return file


def settings_of(kind: str):
    return features.LogMelSettings() if kind == "log_mel" else features.EncoderSettings(kind)


def untrained(folder: Path, clips: pd.DataFrame, settings):
    """A run as 02 leaves it, but for the training: what is learned does not change the time."""
    from emokit import build_model, run_folder

    parts = np.resize(["train", "dev", "test"], len(clips))
    clips = clips.assign(part=parts, speaker=["demo/" + part for part in parts])
    found, measured = features.extract_and_measure(clips, settings, folder / "cache")
    clips = clips.assign(**measured[["duration", "digest", "rms", "bandwidth", "snr"]], n_frames=found.lengths)
    normalizer = FeatureNormalizer().fit(found[label] for label in clips.index[parts == "train"])
    emotions = sorted(clips["emotion"].unique())
    run = run_folder.start(
        folder / "run", {"data_dir": [str(DEMO)], "epochs": 1}, clips, settings=settings, emotions=emotions
    )
    near = Neighbours.fit(found, clips[parts == "train"], 20 * FRAMES_PER_STEP)
    run.save_inputs(clips, pd.DataFrame({"file": []}), normalizer, None, neighbours=near)
    bodies = {} if isinstance(settings, features.LogMelSettings) else {"front_end": "none", "body": "statistics"}
    arguments = {"n_bands": settings.n_bands, "n_classes": len(emotions), **bodies}
    run.save_model(arguments, build_model(**arguments))
    return run


def rounds(work, seconds: float) -> None:
    before = resident()
    for _ in range(ROUNDS if seconds <= 60 else 1):
        cpu, clock = time.process_time(), time.perf_counter()
        work()
        print(time.process_time() - cpu, time.perf_counter() - clock, flush=True)
    print(resident() - before, resident())


def main(what: str, kind: str, seconds: float) -> None:
    clips, settings = corpora.load("demo", DEMO), settings_of(kind)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        if what == "frames":
            samples = speech(clips, seconds)
            settings.placed(samples[: 3 * audio.RATE])  # warm
            rounds(lambda: settings.placed(samples), seconds)
        else:
            from emokit.predict import predict

            run = untrained(Path(folder), clips.iloc[::8], settings)
            for length in (3, 30, 110):  # warm: one window, several, several batches of them
                predict(run, speech(clips, length), audio.RATE)
            file = written(clips, seconds, Path(folder) / "speech.flac")
            rounds(lambda: predict(run, file), seconds)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
