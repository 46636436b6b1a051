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
STEADY, STEADY_FROM = 1.5, 1.0  # dB and s: white noise and hum vary by at most 1.3, speech in as much noise by 2.1
POWER_OF = 0.04  # s over which power is taken for that: whole periods of any hum, and syllables are longer
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
    """Whether nine tenths of 40 ms are as loud as the others, for a second or longer, as no speech is."""
    if len(centred) < STEADY_FROM * audio.RATE:
        return False
    hop = round(POWER_OF * audio.RATE)
    power = np.square(centred[: len(centred) // hop * hop].reshape(-1, hop)).mean(axis=1)
    low, high = np.percentile(power, [10, 90])
    return bool(high < low * 10 ** (STEADY / 10))


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
    words = "sounds unlike all training clips, {:.1f} times as far from the nearest as they are from another speaker"
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
    return {"noise": f"noise {snr:.0f} dB under what sounds, in training clips {low:.0f} dB at least"} if far else {}


def _of_length(seconds: float, low: float, high: float) -> dict[str, str]:
    said = f"than the training clips, {seconds:.1f} s, theirs"
    if seconds < low / LENGTH:
        return {"shorter": f"shorter {said} {low:.1f} s at least"}
    return {"longer": f"longer {said} {high:.1f} s at most"} if seconds > high * LENGTH else {}
