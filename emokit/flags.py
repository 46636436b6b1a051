"""Why an answer may mean nothing: no sound, hardly any, or sound unlike all that the run was trained on."""

from collections.abc import Sequence

import numpy as np

from emokit import audio
from emokit.audit.each_recording import CLIPPED, SHORTEST, SILENT
from emokit.audit.measurements import of_samples
from emokit.neighbours import described
from emokit.run_folder import Run

# How far beyond the training clips sound is unlike them.
LEVEL = 6.0  # dB, what augmentation adds or takes off (`augment.GAIN`)
LEVELLED = 20.0  # dB, where the run brings clips to one level: there nine of ten answers stay (docs/reliability.md)
BAND = 1_000.0  # Hz
FAINT = -60.0  # dB of full scale; of a run whose training clips are unknown: speech is 20 dB louder
LENGTH = 1.5  # times as long, or as short
STEADY, STEADY_FROM = 1.5, 1.0  # dB and s: the loudest 40 ms of white noise and hum above the quietest tenth
POWER_OF = 0.04  # s over which power is taken for that: whole periods of any hum, and syllables are longer
RUMBLE = 100  # Hz, under which a background is not listened to
QUIET = 40.0  # dB under the loudest window of a recording: no speech there, as at the ends of a clip (`silence.TRIM`)
ABOVE = 6.0  # dB above the background of a recording: speech in as much noise lies higher
NO_FLOOR, NOTHING = -90.0, 1e-12  # dB of full scale, and power: what 16 bits do not hold
OF_ITS_OWN = ("clipped", "hardly any sound", "withheld")  # how reasons begin that say nothing of the training clips
TELEPHONE = 2_500, 4_000  # Hz: where the band of narrow-band telephony ends, 3,400 Hz, 60 dB down


def apart(flag: str) -> tuple[list[str], list[str]]:
    """The reasons of a flag in words: those that sound is unlike the training clips, and those of its own.

    Of its own is what says nothing of the training clips: that it is clipped, or faint, or that its answer is withheld.
    """
    reasons = flag.split("; ") if flag else []
    own = [reason for reason in reasons if reason.startswith(OF_ITS_OWN)]
    return [reason for reason in reasons if reason not in own], own


def unsaid(spoken: np.ndarray) -> str:
    """Why nothing can be said of these samples (mono, 16 kHz), "" if something can."""
    if len(spoken) < SHORTEST * audio.RATE:
        return f"shorter than {SHORTEST * 1000:.0f} ms"
    centred = spoken - spoken.mean()
    if np.abs(centred).max() < SILENT:
        return "silent"
    return "no speech, a steady sound" if _steady(centred) else ""


def _steady(centred: np.ndarray) -> bool:
    """Whether the loudest 40 ms are hardly louder than the quietest, for a second or longer, as in no speech."""
    if len(centred) < STEADY_FROM * audio.RATE:
        return False
    power = np.square(_blocks(centred)).mean(axis=1)
    return bool(power.max() < np.quantile(power, 0.1) * 10 ** (STEADY / 10))


def _blocks(samples: np.ndarray) -> np.ndarray:
    """Samples in blocks of 40 ms, (n, samples); what is left at the end is not in them."""
    hop = round(POWER_OF * audio.RATE)
    return samples[: len(samples) // hop * hop].reshape(-1, hop)


def loudness(spoken: np.ndarray) -> dict[str, float]:
    """How loud a window is, in dB of full scale: `level`, its mean power; `floor` and `top`, which a tenth of its 40 ms
    stay under and a twentieth lie above, from 100 Hz on, where no rumble is.

    Args:
        spoken: float32 (samples,), mono at 16 kHz.
    """
    blocks = _blocks(np.pad(spoken, (0, max(0, round(POWER_OF * audio.RATE) - len(spoken)))))
    spectra = np.fft.rfft(blocks)[:, round(RUMBLE * POWER_OF) :]
    power = np.square(np.abs(spectra)).sum(axis=1) * 2 / blocks.shape[1] ** 2
    low, high = np.quantile(power, [0.1, 0.95])
    return {"level": _decibel(spoken.var()), "floor": _decibel(low), "top": _decibel(high)}


def _decibel(power: float) -> float:
    return float(10 * np.log10(max(power, NOTHING)))


def pauses(windows: Sequence[dict[str, float]]) -> list[str]:
    """Why nothing is said in each window of a recording, "" where it is.

    Args:
        windows: `loudness` of each.
    """
    loudest = max((each["level"] for each in windows), default=0.0)
    # Digital silence is no background: what lies around it is not as loud as that anywhere.
    floors = [each["floor"] for each in windows if each["floor"] > NO_FLOOR]
    background = float(np.median(floors)) if len(floors) > 1 else -np.inf
    return [_pause(each, loudest, background) for each in windows]


def _pause(window: dict[str, float], loudest: float, background: float) -> str:
    below = loudest - window["level"]
    if below > QUIET:
        return f"no speech, {below:.0f} dB under the loudest window"
    above = window["top"] - background
    return "no speech, as loud as the background" if above < ABOVE else ""


def unlike(run: Run, channels: np.ndarray, spoken: np.ndarray, n_frames: int) -> dict[str, str]:
    """What speaks against an answer, {kind: in words}; empty if nothing does.

    Args:
        run: whose training clips are the measure; an older one does not know theirs, and is doubted under -60 dB.
        channels: float32 (samples, channels) as recorded, at any rate.
        spoken: the same stretch as float32 (samples,), mono at 16 kHz.
        n_frames: of it that the model reads.
    """
    measured = of_samples(channels, spoken)
    level = 20 * np.log10(measured["rms"])
    found = {"clipped": "clipped"} if measured["clipped"] > CLIPPED else {}
    if run.usual is None:
        unknown = "the training clips of this older run are unknown"
        faint = {"faint": f"hardly any sound, {level:.0f} dB of full scale ({unknown})"}
        return found | (faint if level < FAINT else {})
    seconds = run.usual["n_frames"].clip(upper=run.window) * run.settings.hop
    far = LEVELLED if getattr(run.settings, "level", False) else LEVEL
    found |= _of_level(level, far, *20 * np.log10(run.usual["rms"].clip(lower=SILENT)))
    found |= _of_band(measured["bandwidth"], *run.usual["bandwidth"])
    if "snr" in run.usual:
        found |= _of_noise(measured["snr"], run.usual["snr"].min())
    return found | _of_length(n_frames * run.settings.hop, *seconds)


def unfamiliar(run: Run, frames: Sequence[np.ndarray]) -> list[dict[str, str]]:
    """What speaks against the answers to clips since they sound unlike those that were learned from, as `unlike`.

    Args:
        run: which of its training clips is the nearest counts (`Run.neighbours`).
        frames: that the model reads of each, not normalised, float (frames, bands).
    """
    if run.neighbours is None or not frames:
        return [{}] * len(frames)
    times = run.neighbours.distances(np.array([described(of_one) for of_one in frames])) / run.neighbours.bound
    words = "sounds unlike all training clips, {:.2f} times as far from the nearest as they are from another speaker"
    return [{"unfamiliar": words.format(far)} if far > 1 else {} for far in times]


def _of_level(level: float, far: float, low: float, high: float) -> dict[str, str]:
    if level < low - far:
        return {"quieter": f"quieter than the training clips by {low - level:.0f} dB"}
    return {"louder": f"louder than the training clips by {level - high:.0f} dB"} if level > high + far else {}


def _of_band(band: float, low: float, high: float) -> dict[str, str]:
    said = f"band than the training clips, up to {band:,.0f} Hz, theirs"
    if band < low - BAND and TELEPHONE[0] <= band <= TELEPHONE[1]:
        return {"narrower": f"a telephone's band, up to {band:,.0f} Hz, trained on clips to {low:,.0f} Hz at least"}
    if band < low - BAND:
        return {"narrower": f"narrower {said} to {low:,.0f} Hz at least"}
    return {"wider": f"wider {said} to {high:,.0f} Hz at most"} if band > high + BAND else {}


def _of_noise(snr: float, low: float) -> dict[str, str]:
    far = snr < low
    return {"noise": f"signal-to-noise ratio {snr:.0f} dB, in training clips {low:.0f} dB at least"} if far else {}


def _of_length(seconds: float, low: float, high: float) -> dict[str, str]:
    said = f"than the training clips, {seconds:.1f} s, theirs"
    if seconds < low / LENGTH:
        return {"shorter": f"shorter {said} {low:.1f} s at least"}
    return {"longer": f"longer {said} {high:.1f} s at most"} if seconds > high * LENGTH else {}
