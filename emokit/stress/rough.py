"""Rough conditions: functions (samples, rate, rng) → samples, what a clip is like when it is recorded elsewhere.

Samples are float32 (n,) of full scale 1, at `rate` Hz, at least two; what is drawn comes from `rng` alone. Levels are
those of what sounds in a clip (`sounding`), since the silence around it does not tell how loud somebody spoke. So that
each condition changes one thing, `gain` alone changes how loud the speech is; what would exceed full scale is turned
down as a whole.
"""

import io
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import scipy.fft
import scipy.signal
import soundfile as sf
import soxr

from emokit import audio
from emokit.features.log_mel import HOP, WINDOW, LogMelSettings

VOICES = 6  # of babble: a full table, no word of which is understood
BEAT = 0.5  # s from chord to chord
TRIADS = ((0, 4, 7), (0, 3, 7))  # semitones above the root: major, minor
HARMONICS = np.arange(1, 9)
TELEPHONE, BAND = 8_000, (300, 3_400)  # Hz: the rate of ITU-T G.711, and what narrow-band telephony lets pass
SLOWEST, FASTEST = 8, 160  # kbit/s of MP3 at 16 kHz, libsndfile's compression levels 1 and 0
MIDDLE, LOWEST = 1_000, 100  # Hz: what a tilt leaves as it is, and below which it grows no more
FAINT = 30.0  # dB below the clip: the noise of a quiet room

Condition = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def conditions(others: Sequence[str] = ()) -> dict[str, dict[str, Condition]]:
    """The conditions of the stress test by kind and name; the first one leaves a clip as it is.

    Args:
        others: files of other speakers than the clip's, of which babble is made.
    """
    sources = {"white noise": white, "babble": partial(babble, files=others), "music": music}
    pairs = ((name, of, snr) for name, of in sources.items() for snr in (20, 10, 0))
    noises = {f"{name}, {snr} dB": partial(noise, of=of, snr=snr) for name, of, snr in pairs}
    silences = {f"{s:g} s of silence before": partial(silence, seconds=s) for s in (0.5, 2)}
    silences |= {f"{s:g} s of faint noise before": partial(silence, seconds=s, below=FAINT) for s in (0.5, 2)}
    return {
        "": {"as recorded": as_recorded},
        "noise": noises,
        "room": {f"room, T60 {t60} s": partial(room, t60=t60) for t60 in (0.4, 0.8, 1.6)},
        "transmission": {
            "telephone band": telephone,
            "telephone, mu-law": partial(telephone, code="ULAW"),
            "telephone, A-law": partial(telephone, code="ALAW"),
            "MP3, 48 kbit/s": partial(mp3, kbits=48),
            "MP3, 16 kbit/s": partial(mp3, kbits=16),
        },
        "microphone": {
            "20 dB softer": partial(gain, decibels=-20),
            "10 dB louder": partial(gain, decibels=10),
            "1 % clipped": partial(clipping, share=0.01),
            "10 % clipped": partial(clipping, share=0.1),
            "3 dB an octave brighter": partial(tilt, slope=3),
            "3 dB an octave darker": partial(tilt, slope=-3),
        },
        "timing": silences | {
            "5 % faster": partial(speed, factor=1.05),
            "5 % slower": partial(speed, factor=0.95),
            "first 1 s": partial(crop, seconds=1),
            "first 2 s": partial(crop, seconds=2),
            "middle 1 s": partial(crop, seconds=1, middle=True),
        },
    }  # fmt: skip


def as_recorded(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    """The clip as it is."""
    return samples


def noise(samples: np.ndarray, rate: int, rng: np.random.Generator, of: Condition, snr: float) -> np.ndarray:
    """Add noise all along (`of`: white, babble, music), of `snr` dB less mean power than what sounds in the clip."""
    added = of(samples, rate, rng)
    power = _power(samples[sounding(samples, rate)]) / max(_power(added), np.finfo(np.float32).tiny)
    return _held(samples + np.sqrt(power * 10 ** (-snr / 10)) * added)


def white(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise, the same power in each Hz, as long as the samples."""
    return rng.standard_normal(len(samples))


def babble(samples: np.ndarray, rate: int, rng: np.random.Generator, files: Sequence[str]) -> np.ndarray:
    """`VOICES` of these clips at once, equally loud, each from anywhere in it and repeated if shorter."""
    total = np.zeros(len(samples))
    for number in rng.integers(len(files), size=VOICES):
        voice = audio.read(files[number], rate)
        voice = voice[sounding(voice, rate)]
        voice = np.resize(np.roll(voice, rng.integers(len(voice))), len(samples))
        total += voice / np.sqrt(max(_power(voice), np.finfo(np.float32).tiny))
    return total


def music(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Music of a sort: a triad every `BEAT` on a root of 110 to 208 Hz, eight harmonics of 1/h, plucked (0.3 s)."""
    beat = round(BEAT * rate)
    t = np.arange(beat) / rate
    chords = []
    for _ in range(-(-len(samples) // beat)):
        tones = 110 * 2 ** ((rng.integers(12) + np.array(TRIADS[rng.integers(2)])) / 12)
        pitches, loudness = np.outer(tones, HARMONICS).ravel(), np.tile(1 / HARMONICS, 3)
        phases = rng.uniform(0, 2 * np.pi, len(pitches))
        chords.append(loudness @ np.sin(2 * np.pi * np.outer(pitches, t) + phases[:, None]) * np.exp(-t / 0.3))
    return np.concatenate(chords)[: len(samples)]


def room(samples: np.ndarray, rate: int, rng: np.random.Generator, t60: float) -> np.ndarray:
    """Speak in a room that takes `t60` s to fall silent by 60 dB (`response`); the clip ends where it did."""
    heard = scipy.signal.fftconvolve(samples, response(rate, rng, t60))[: len(samples)]
    return _as_loud(heard, samples)


def response(rate: int, rng: np.random.Generator, t60: float) -> np.ndarray:
    """Impulse response of a room, (samples,): the direct sound, then Gaussian noise × 10^(-3 t / T60) of equal energy.

    The statistical model of Polack (1988) of late reverberation, without early echoes; equal energy is that at the
    critical distance, in a living room about a metre away.
    """
    t = np.arange(round(t60 * rate)) / rate
    late = rng.standard_normal(len(t)) * 10 ** (-3 * t / t60)
    late /= np.sqrt(np.square(late).sum())
    return np.concatenate([[1.0], late])


def telephone(samples: np.ndarray, rate: int, rng: np.random.Generator, code: str = "") -> np.ndarray:
    """300 to 3400 Hz at 8 kHz: a Butterworth band-pass, of order 4 on each side.

    With `code` "ULAW" or "ALAW" then 8 bits a sample, by ITU-T G.711 as libsndfile has it.
    """
    sections = scipy.signal.butter(4, BAND, "bandpass", fs=TELEPHONE, output="sos")
    narrow = scipy.signal.sosfilt(sections, soxr.resample(samples, rate, TELEPHONE))
    if code:
        narrow = _through_file(narrow, TELEPHONE, format="WAV", subtype=code)
    return _as_loud(_as_long(soxr.resample(narrow, TELEPHONE, rate), samples), samples)


def mp3(samples: np.ndarray, rate: int, rng: np.random.Generator, kbits: float) -> np.ndarray:
    """Encoded as MP3 and decoded, by LAME's average bit rate: about so many kbit/s at 16 kHz, fewer in silence."""
    level = (FASTEST - kbits) / (FASTEST - SLOWEST)
    settings = {"bitrate_mode": "AVERAGE", "compression_level": level}  # CONSTANT comes back late
    coded = _through_file(samples, rate, format="MP3", subtype="MPEG_LAYER_III", **settings)
    return _held(_as_long(coded, samples))


def gain(samples: np.ndarray, rate: int, rng: np.random.Generator, decibels: float) -> np.ndarray:
    """Softer or louder, cut at full scale as a converter cuts."""
    return np.clip(samples * np.float32(10 ** (decibels / 20)), -1, 1)


def clipping(samples: np.ndarray, rate: int, rng: np.random.Generator, share: float) -> np.ndarray:
    """Cut the loudest `share` of the samples of what sounds at the level below which the others lie."""
    most = np.quantile(np.abs(samples[sounding(samples, rate)]), 1 - share)
    return _as_loud(np.clip(samples, -most, most), samples)


def tilt(samples: np.ndarray, rate: int, rng: np.random.Generator, slope: float) -> np.ndarray:
    """Another microphone: `slope` dB more an octave above 1 kHz, as much less below, the same below 100 Hz."""
    size = scipy.fft.next_fast_len(len(samples), real=True)
    octaves = np.log2(np.maximum(scipy.fft.rfftfreq(size, 1 / rate), LOWEST) / MIDDLE)
    tilted = scipy.fft.irfft(scipy.fft.rfft(samples, size) * 10 ** (slope * octaves / 20), size)
    return _as_loud(tilted[: len(samples)], samples)


def silence(
    samples: np.ndarray, rate: int, rng: np.random.Generator, seconds: float, below: float = np.inf
) -> np.ndarray:
    """Begin so many seconds later: after zeros, or after white noise `below` dB under what sounds in the clip."""
    level = np.sqrt(_power(samples[sounding(samples, rate)])) * 10 ** (-below / 20)
    return np.concatenate([level * rng.standard_normal(round(seconds * rate)), samples]).astype(np.float32)


def speed(samples: np.ndarray, rate: int, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Played `factor` times as fast, by resampling: the pitch moves with it."""
    return _held(soxr.resample(samples, rate * factor, rate))


def crop(samples: np.ndarray, rate: int, rng: np.random.Generator, seconds: float, middle: bool = False) -> np.ndarray:
    """The first seconds of what sounds, or those in its middle; all of it where it is shorter."""
    sounds = samples[sounding(samples, rate)]
    n = min(round(seconds * rate), len(sounds))
    start = (len(sounds) - n) // 2 if middle else 0
    return sounds[start : start + n]


def sounding(samples: np.ndarray, rate: int) -> slice:
    """Which samples sound: those of the frames that log-mel keeps when it trims the silence at both ends."""
    frames, first = LogMelSettings(rate).placed(samples)
    start = round(first * HOP * rate)
    return slice(start, start + round(((len(frames) - 1) * HOP + WINDOW) * rate))


def _power(samples: np.ndarray) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def _as_loud(changed: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """With the mean power that the clip had."""
    return _held(changed * np.sqrt(_power(samples) / max(_power(changed), np.finfo(np.float32).tiny)))


def _held(samples: np.ndarray) -> np.ndarray:
    """Turned down as a whole where it exceeds full scale."""
    return (samples / max(1.0, np.abs(samples).max())).astype(np.float32)


def _as_long(changed: np.ndarray, samples: np.ndarray) -> np.ndarray:
    return np.pad(changed, (0, max(0, len(samples) - len(changed))))[: len(samples)]


def _through_file(samples: np.ndarray, rate: int, **settings) -> np.ndarray:
    """Written as libsndfile writes it with these settings, and read again."""
    file = io.BytesIO()
    sf.write(file, samples, rate, **settings)
    file.seek(0)
    return sf.read(file, dtype="float32")[0]
