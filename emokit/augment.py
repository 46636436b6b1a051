"""What training may do to a clip: functions (frames, rng) → frames, done one after the other.

A kind of features names its own in `augment`; `Batches` takes any list of them, such as

    [augment.noise(["street.wav", "rain.wav"], settings), *settings.augment]

Frames are natural logs of mel power, not normalised, float (frames, bands), at least one frame. A function draws from
`rng` alone, leaves the array it gets as it is, and gives another one of as many bands.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy.special import logsumexp

from emokit import audio

RATE = 0.15  # log of the factor of the speaking rate: ×0.86 … ×1.16
STRETCH = 0.08  # log of the factor of the band axis about its centre: another vocal tract
SHIFT = 2.5  # bands, up or down: another pitch and timbre
GAIN = 1.4  # nepers of power, ±6 dB: another distance
TILT = 0.7  # nepers of power at the lowest band and, with the other sign, at the highest: another microphone
TIME_MASKS, TIME_MASK = 2, 0.12  # how many stretches are hidden, and the longest as a share of the clip
BAND_MASKS, BAND_MASK = 2, 0.12  # likewise of the bands
SNR = (5.0, 25.0)  # dB, the power of the clip above that of the noise: a busy street to a quiet room

Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def augmented(frames: np.ndarray, augmentations: Iterable[Augmentation], rng: np.random.Generator) -> np.ndarray:
    """Another plausible take of a clip: one augmentation after the other; gives float32 (frames', bands)."""
    for augment in augmentations:
        frames = augment(frames, rng)
    return frames.astype(np.float32, copy=False)


def speed(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Speak faster or slower, by up to 16 %."""
    n_frames = max(1, round(len(frames) * np.exp(rng.uniform(-RATE, RATE))))
    return _read_at(frames, np.linspace(0, len(frames) - 1, n_frames))


def vocal_tract(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch and shift the bands: a vocal tract of another length, another pitch."""
    n_bands = frames.shape[1]
    centre = (n_bands - 1) / 2
    bands = centre + (np.arange(n_bands) - centre) * np.exp(rng.uniform(-STRETCH, STRETCH)) + rng.uniform(-SHIFT, SHIFT)
    return _read_at(frames.T, bands).T


def microphone(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stand nearer or farther, and before another microphone: one straight line over the bands is added."""
    return frames + (rng.uniform(-GAIN, GAIN) + rng.uniform(-TILT, TILT) * np.linspace(-1, 1, frames.shape[1]))


def masks(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hide stretches of time and of bands (SpecAugment, Park et al. 2019) by the clip's mean of each band."""
    frames, mean = frames.copy(), frames.mean(axis=0)
    for _ in range(TIME_MASKS):
        frames[_stretch(len(frames), TIME_MASK, rng)] = mean
    for _ in range(BAND_MASKS):
        hidden = _stretch(frames.shape[1], BAND_MASK, rng)
        frames[:, hidden] = mean[hidden]
    return frames


LOG_MEL = (speed, vocal_tract, microphone, masks)


def noise(files: Sequence[str], settings, snr: tuple[float, float] = SNR) -> Augmentation:
    """Add one of these recordings of noise, from anywhere in it, at a random signal-to-noise ratio.

    Powers are added, as those of two sounds add up on average. Against mixing the samples first, on demo clips with
    white, brown and pulsing noise of 5 to 25 dB: 0.04 nepers too much in the mean, standard deviation 0.3.

    Args:
        files: recordings, read here, once, and repeated where a clip is longer; BadClip names one that cannot be read.
        settings: of the log-mel frames to which noise is added.
        snr: dB, the least and the most.
    """
    recordings = [settings.placed(audio.read(file, settings.rate))[0] for file in files]
    if not recordings:
        raise ValueError("There is no noise to add; name at least one recording.")

    def add(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sound = recordings[rng.integers(len(recordings))]
        start = rng.integers(max(1, len(sound) - len(frames) + 1))
        sound = np.take(sound, start + np.arange(len(frames)), axis=0, mode="wrap")
        gain = _level(frames) - _level(sound) - rng.uniform(*snr) * np.log(10) / 10
        return np.logaddexp(frames, sound + gain)

    return add


def _level(frames: np.ndarray) -> float:
    """Natural log of the mean power of a frame, all its bands together."""
    return logsumexp(frames) - np.log(len(frames))


def _read_at(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Rows between the rows, by linear interpolation; beyond the ends the outermost row."""
    places = np.clip(places, 0, len(rows) - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, len(rows) - 1)
    share = (places - below)[:, None]
    return rows[below] * (1 - share) + rows[above] * share


def _stretch(length: int, longest: float, rng: np.random.Generator) -> slice:
    """A stretch of 0 up to `longest` × `length` places, wherever it fits."""
    size = int(rng.integers(0, int(longest * length) + 1))
    start = int(rng.integers(0, length - size + 1))
    return slice(start, start + size)
