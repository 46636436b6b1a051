"""One row of numbers for a whole clip, as baselines read it: functionals of openSMILE, and our own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emokit import audio
from emokit.features.cache import Features, extract, missing
from emokit.features.log_mel import HOP, LogMelSettings

LOWEST, HIGHEST = 60.0, 500.0  # Hz, fundamental frequency of speech
PITCH_WINDOW = 1024  # samples
VOICED = 25.0  # dB under the loudest frame: what is softer has no pitch worth a number
PERCENTILES = (20, 50, 80)
N_PROCESSES = 2  # for openSMILE


@dataclass(frozen=True)
class Functionals:
    """Mean, deviation, percentiles and slope of 26 mel bands, of the level and of the pitch: 196 numbers.

    Also the mean step from frame to frame of bands and level, and the log of the frames. The pitch is in semitones, by
    YIN (de Cheveigné & Kawahara 2002), over frames that are loud. Silence at both ends is cut as for log-mels.
    """

    version: int = 1  # of what is computed

    rate = audio.RATE

    def name(self) -> str:
        """The folder of the cache."""
        return f"functionals-{self.version}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Functionals of samples at 16 kHz: float32 (1, 196)."""
        frames, start = LogMelSettings(self.rate, n_bands=26).placed(samples)
        level = np.log(np.exp(frames, dtype=np.float64).sum(axis=1))
        tracks = np.column_stack([frames, level])
        steps = np.abs(np.diff(tracks, axis=0, prepend=tracks[:1])).mean(axis=0)
        pitch = _pitch(samples)[start : start + len(frames)]
        pitch = pitch[level[: len(pitch)] > level.max() - VOICED * np.log(10) / 10]
        values = [_over_time(tracks).ravel(), steps, _over_time(pitch[:, None]).ravel(), [np.log(len(frames))]]
        return np.concatenate(values, dtype=np.float32)[None], start


@dataclass(frozen=True)
class Egemaps:
    """The 88 functionals of eGeMAPSv02 (Eyben et al. 2016) by openSMILE: the extra `opensmile`.

    openSMILE is under audEERING's Research License Agreement: no commercial use without another licence.
    """

    version: int = 1  # of what is computed

    rate = audio.RATE

    def name(self) -> str:
        """The folder of the cache."""
        return f"egemaps-v02-{self.version}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Functionals of samples at 16 kHz: float32 (1, 88)."""
        opensmile = _opensmile()
        smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
        return smile.process_signal(samples, self.rate).to_numpy(np.float32), 0


def of_clips(clips: pd.DataFrame, settings: Functionals | Egemaps, cache_dir) -> np.ndarray:
    """Functionals of every clip, or what the cache has of them by content.

    Args:
        clips: with `file`.
        settings: which functionals.
        cache_dir: the folder of the cache; another process may use it too.

    Returns:
        float32 (clips, n).

    Raises:
        ImportError: for Egemaps without openSMILE.
        KeyError: naming a clip that cannot be read.
    """
    clips = clips.reset_index(drop=True)
    if isinstance(settings, Egemaps):
        _opensmile()  # refused before a clip is read
        _elsewhere(missing(clips, settings, cache_dir), settings, cache_dir)
    found: Features = extract(clips, settings, cache_dir)
    return np.concatenate([found[i] for i in clips.index])


def _elsewhere(clips: pd.DataFrame, settings, cache_dir) -> None:
    """Extract in other processes: openSMILE 2.6 and TensorFlow in one end it ("malloc(): invalid size")."""
    from joblib import Parallel, delayed

    stretches = [part for place in range(N_PROCESSES) if len(part := clips.iloc[place::N_PROCESSES])]
    Parallel(N_PROCESSES, backend="loky")(delayed(extract)(part, settings, cache_dir) for part in stretches)


def _over_time(tracks: np.ndarray) -> np.ndarray:
    """Mean, deviation, percentiles and slope a second of tracks (frames, n): (6, n), zeros of no frame."""
    if not len(tracks):
        return np.zeros((3 + len(PERCENTILES), tracks.shape[1]))
    seconds = HOP * (np.arange(len(tracks)) - (len(tracks) - 1) / 2)
    slope = seconds @ tracks / max(seconds @ seconds, HOP**2)
    percentiles = np.percentile(tracks, PERCENTILES, axis=0)
    return np.vstack([tracks.mean(axis=0), tracks.std(axis=0), percentiles, slope])


def _pitch(samples: np.ndarray) -> np.ndarray:
    """Fundamental frequency every 10 ms, in semitones above 27.5 Hz, (frames,)."""
    from librosa import yin

    rate, hop = audio.RATE, round(audio.RATE * HOP)
    samples = np.pad(samples, (0, max(0, PITCH_WINDOW - len(samples))))
    hertz = yin(samples, fmin=LOWEST, fmax=HIGHEST, sr=rate, frame_length=PITCH_WINDOW, hop_length=hop)
    return 12 * np.log2(hertz / 27.5)


def _opensmile():
    try:
        import opensmile
    except ImportError:
        what = "Functionals of eGeMAPS need openSMILE, which is free for research only"
        raise ImportError(f'{what}; install it by pip install "emokit-ser[opensmile]".') from None
    return opensmile
