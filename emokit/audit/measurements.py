"""What the audit knows of each clip's sound, measured in one reading and kept from run to run."""

import base64
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, audio, shard_headers
from emokit.audit import fingerprint
from emokit.audit.each_recording import SILENT

VERSION = "audit-7"  # a new one forgets what older code measured
QUIET = 40  # dB under the loudest 10 ms: silence, as a listener takes it
MARGIN = 0.1  # s of silence that the fingerprint sees too: half its window
FULL_SCALE = 0.995
INAUDIBLE = 1e-4  # an offset of -80 dB changes no measurement
NOTHING = 1e-12  # power: -120 dB, below what 16 bits hold
WINDOW = 2_048  # samples at 16 kHz: 7.8 Hz a bin, so that hum lies apart from the deepest voices
HUM = slice(6, 9)  # bins: 47 to 62 Hz, where the mains of any country are
TREBLE = 4_000  # Hz: a telephone ends here
FADED = 60  # dB under the strongest frequency
COLUMNS = [
    "duration", "rate", "channels", "subtype", "container", "peak", "rms", "dc", "clipped", "leading", "trailing",
    "floor", "snr", "hum", "treble", "bandwidth", "missing", "unread", "digest", "failure", "reason",
]  # fmt: skip
TEXTS = ["subtype", "container", "digest", "failure", "reason"]


def measure(clips: pd.DataFrame, cache_dir: str | Path | None = None, n_jobs: int = 1) -> pd.DataFrame:
    """Read every clip once and measure it.

    Args:
        clips: with `file`.
        cache_dir: where measurements are kept; None measures anew.
        n_jobs: threads.

    Returns:
        DataFrame with the index of `clips`: `duration` (s), `rate` (Hz), `channels`, `subtype` (sample format) and
        `container` (file format); of the mean of the channels `peak` and `rms` (full scale 1, without offset) and `dc`
        (mean); `clipped` (share of the samples that stick to an extreme, in the worst channel), `leading` and
        `trailing` (silence, s), `floor` (dB of full scale, which a tenth of the 10 ms stay under), `hum` (dB of full
        scale, 47 to 62 Hz), `snr` (dB, as `signal_to_noise` gives it), `treble` (dB: energy above 4 kHz against all)
        and `bandwidth` (Hz: the highest frequency within 60 dB of the strongest), all three as heard at 16 kHz;
        `missing` (s, what the header declares beyond what is there) and `unread` (s, what lies behind the sound), as in
        `audio.Recording`; `digest` (sha256 of the decoded samples); `alike` (near duplicates among these clips, as the
        function `alike` gives them); `failure` (the BadClip's code, NA where the clip reads) and `reason`.
    """
    measuring = Measuring(clips["file"], cache_dir)
    audio.read_once(measuring.missing(), [measuring.shard], n_jobs)
    return measuring.table(clips)


class Measuring:
    """Measurements of some files: those of earlier runs, and those of what is heard now."""

    def __init__(self, files: Iterable[str], cache_dir: str | Path | None = None):
        self._folder = Path(cache_dir) / VERSION if cache_dir else None
        known = _remembered(self._folder)
        self._files = list(dict.fromkeys(map(os.fspath, files)))
        self._rows = {file: known[key] for file in self._files if (key := audio.stamp(file)) in known}

    def missing(self) -> list[str]:
        """Files that were not measured yet, or have changed since."""
        return [file for file in self._files if file not in self._rows]

    @contextmanager
    def shard(self) -> Iterator[Callable[[audio.Sound], None]]:
        """A function that measures one sound after the other; they are kept in one file at the end."""
        kept: list[list] = []

        def measure_one(sound: audio.Sound) -> None:
            if sound.file in self._rows:
                return
            row = self._rows[sound.file] = _row(sound)
            if "failure" not in row:  # what failed may be mended the next time
                kept.append([*sound.stamp, row])

        yield measure_one
        if self._folder and kept:
            atomic_files.write_checked(self._folder / f"{secrets.token_hex(8)}.json", kept)

    def table(self, clips: pd.DataFrame) -> pd.DataFrame:
        """The measurements, as `measure` gives them."""
        rows = [self._rows[os.fspath(file)] for file in clips["file"]]
        audible = {row["digest"]: row["fingerprint"] for row in rows if row.get("peak", 0) >= SILENT}
        near = alike({digest: base64.b64decode(text) for digest, text in audible.items()})
        kinds = {name: "string" if name in TEXTS else "float64" for name in COLUMNS}
        table = pd.DataFrame(rows, index=clips.index, columns=COLUMNS).astype(kinds)
        return table.assign(alike=[near.get(row.get("digest"), {}) for row in rows])


def alike(fingerprints: Mapping[str, bytes]) -> dict[str, dict[str, float]]:
    """Which sounds hold the same recording: of each digest, the digests of its near duplicates.

    Args:
        fingerprints: by digest, as `fingerprint.sign_bits` gives them.

    Returns:
        {digest: {other digest: share of the fingerprint that differs, 0 … 1}}; empty dicts where nothing is alike.
    """
    digests = list(fingerprints)
    near = {digest: {} for digest in digests}
    for a, b, errors in fingerprint.near_duplicates(list(fingerprints.values())):
        near[digests[a]][digests[b]] = near[digests[b]][digests[a]] = errors
    return near


def _remembered(folder: Path | None) -> dict[tuple, dict]:
    known = {}
    for shard in shard_headers.read(folder) if folder else ():
        for *key, row in shard:
            known[tuple(key)] = row
    return known


def _row(sound: audio.Sound) -> dict:
    try:
        recording = sound.recording
        mono = sound.mono(recording.rate)
        spoken = sound.mono()
        sound.check_unchanged()
    except audio.BadClip as bad:
        return {"failure": bad.code, "reason": bad.reason}
    return _of_recording(recording, mono, spoken)


def _of_recording(recording: audio.Recording, mono: np.ndarray, spoken: np.ndarray) -> dict:
    """The measurements of a recording, of its mean at its own rate and at 16 kHz."""
    dc = float(mono.mean())
    centred = mono - np.float32(dc) if abs(dc) > INAUDIBLE else mono
    hop = max(1, recording.rate // 100)
    power = _power(centred, hop)
    first, last = _sounding(power)
    bits = fingerprint.sign_bits(spoken[_with_margin(first, last, hop / recording.rate)], audio.RATE)
    return {
        "duration": len(mono) / recording.rate,
        "rate": recording.rate,
        "channels": recording.samples.shape[1],
        "subtype": recording.subtype,
        "container": recording.container,
        "peak": float(max(centred.max(), -centred.min())),
        "rms": float(np.sqrt(np.vdot(centred, centred) / len(mono))),
        "dc": dc,
        "clipped": _clipped_share(recording.samples),
        "leading": first * hop / recording.rate,
        "trailing": (len(power) - last) * hop / recording.rate,
        "floor": _decibels(np.sort(power)[len(power) // 10] if len(power) else 0.0),
        "snr": signal_to_noise(spoken),
        **_spectrum(spoken),
        "missing": recording.missing,
        "unread": recording.unread,
        "digest": hashlib.sha256(mono).hexdigest(),
        "fingerprint": base64.b64encode(bits.tobytes()).decode(),
    }


def of_samples(channels: np.ndarray, spoken: np.ndarray) -> dict[str, float]:
    """`peak`, `rms`, `clipped`, `snr` and `bandwidth` of samples that lie in no file, as `measure` gives them.

    Args:
        channels: float32 (samples, channels), at any rate.
        spoken: their mean at 16 kHz, float32 (samples,), not empty.
    """
    centred = spoken - spoken.mean()
    level = {"peak": float(np.abs(centred).max()), "rms": float(np.sqrt(np.vdot(centred, centred) / len(centred)))}
    told = {"clipped": _clipped_share(channels), "snr": signal_to_noise(spoken)}
    return level | told | {"bandwidth": _spectrum(spoken)["bandwidth"]}


def signal_to_noise(spoken: np.ndarray) -> float:
    """How far (dB) the tenth quietest 10 ms lie under the mean power, between the first and the last that sounds.

    Noise fills the gaps between sounds, so it is at most the signal-to-noise ratio, where that is low. Silence at the
    ends, which somebody may have cut off, does not count; 0 of silence.

    Args:
        spoken: float32 (samples,), mono at 16 kHz, not empty.
    """
    power = _power(spoken - spoken.mean(), audio.RATE // 100)
    sounds = power[slice(*_sounding(power))]
    return _decibels(sounds.mean()) - _decibels(np.sort(sounds)[len(sounds) // 10]) if len(sounds) else 0.0


def _clipped_share(samples: np.ndarray) -> float:
    """Share of the samples (frames, channels) in rows of three or more at an extreme: of the worst channel.

    Each rail has its own extreme, at most full scale: a wave may be cut on one side alone.
    """
    shares = [0.0]
    for channel in samples.T:
        low, high = channel.min(), channel.max()
        if high - low > INAUDIBLE:  # else it is dead, not clipped
            shares.append(_stuck(channel >= min(high, FULL_SCALE)) + _stuck(channel <= max(low, -FULL_SCALE)))
    return max(shares)


def _stuck(at_extreme: np.ndarray) -> float:
    places = np.flatnonzero(at_extreme)
    return float((places[2:] - places[:-2] == 2).sum() / max(1, len(at_extreme) - 2))


def _power(mono: np.ndarray, hop: int) -> np.ndarray:
    """Mean power of each `hop` samples: float (len // hop,)."""
    frames = mono[: len(mono) // hop * hop].reshape(-1, hop)
    return np.einsum("ij,ij->i", frames, frames) / hop


def _sounding(power: np.ndarray) -> tuple[int, int]:
    """The first frame, and the one after the last, that is less than 40 dB under the loudest; none in silence."""
    loud = np.flatnonzero(power > power.max(initial=0) * 10 ** (-QUIET / 10))
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (len(power), len(power))


def _with_margin(first: int, last: int, seconds: float) -> slice:
    """Samples at 16 kHz of these frames of so many seconds, with a margin around them; none of no frames."""
    if first == last:
        return slice(0, 0)
    margin = round(MARGIN * audio.RATE)
    return slice(max(0, round(first * seconds * audio.RATE) - margin), round(last * seconds * audio.RATE) + margin)


def _spectrum(samples: np.ndarray) -> dict[str, float]:
    """What the mean power spectrum of mono samples at 16 kHz tells: hum, treble and bandwidth, as `measure` says."""
    from scipy.fft import rfft, rfftfreq  # here: whoever only loads clips need not wait for it

    if len(samples) < WINDOW:
        samples = np.pad(samples, (0, WINDOW - len(samples)))
    frames = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    spectrum = rfft(frames * _hann())
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).mean(axis=0)
    power[:3] = 0  # the offset, as wide as the window makes it
    hertz = rfftfreq(WINDOW, 1 / audio.RATE)
    treble = power[hertz > TREBLE].sum()
    return {
        "hum": _decibels(power[HUM].sum()),
        "treble": _decibels(treble / max(power.sum(), NOTHING)),
        "bandwidth": float(hertz[power >= power.max() * 10 ** (-FADED / 10)][-1]),
    }


@lru_cache
def _hann() -> np.ndarray:
    """A Hann window, float32 (WINDOW,), of a height at which the bins of a power spectrum add up to the power."""
    window = np.hanning(WINDOW + 1)[:-1]
    return (window * np.sqrt(2 / (WINDOW * np.vdot(window, window)))).astype(np.float32)


def _decibels(power: float) -> float:
    return float(10 * np.log10(max(power, NOTHING)))
