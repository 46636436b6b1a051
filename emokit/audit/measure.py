"""What the audit knows of each clip's sound, measured in one reading and kept from run to run."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import atomic_files, audio
from emokit.audit import fingerprint

VERSION = "audit-2"  # a new one forgets what older code measured
CLIPS_IN_SHARD = 32
QUIET = 40  # dB under the loudest 10 ms: silence, as a listener takes it
MARGIN = 0.1  # s of silence that the fingerprint sees too: half its window
FULL_SCALE = 0.995
COLUMNS = [
    "duration", "rate", "channels", "subtype", "peak", "rms", "dc", "clipped", "silence", "digest", "fingerprint",
    "failure", "reason",
]  # fmt: skip
TEXTS = ["subtype", "digest", "failure", "reason"]


def measure(clips: pd.DataFrame, cache_dir: str | Path | None = None, n_jobs: int = 1) -> pd.DataFrame:
    """Read every clip once and measure it.

    Args:
        clips: with `file`.
        cache_dir: where measurements are kept; None measures anew.
        n_jobs: threads.

    Returns:
        DataFrame with the index of `clips`: `duration` (s), `rate` (Hz), `channels`, `subtype` (sample format), of the
        mean of the channels `peak` and `rms` (full scale 1, mean taken off), `dc` (mean), `clipped` (share of samples
        that stick to the extreme), `silence` (s at both ends), `digest` (sha256 of the decoded samples),
        `fingerprint` (bytes); `failure` (the BadClip's code, NA where the clip reads) and `reason`.
    """
    folder = Path(cache_dir) / VERSION if cache_dir else None
    known = _remembered(folder)
    files = list(dict.fromkeys(map(os.fspath, clips["file"])))
    rows = {file: known[key] for file in files if (key := _state(file)) in known}
    missing = [file for file in files if file not in rows]
    for measured in audio.in_parallel(lambda some: _shard(folder, some), missing, CLIPS_IN_SHARD, n_jobs):
        rows.update(measured)
    table = pd.DataFrame([rows[os.fspath(file)] for file in clips["file"]], index=clips.index, columns=COLUMNS)
    table["fingerprint"] = [base64.b64decode(text) if isinstance(text, str) else b"" for text in table["fingerprint"]]
    numbers = {name: "float64" for name in COLUMNS if name not in [*TEXTS, "fingerprint"]}
    return table.astype({**numbers, **dict.fromkeys(TEXTS, "string")})


def _state(file: str) -> tuple | None:
    try:
        return audio.state(file)
    except OSError:
        return None


def _remembered(folder: Path | None) -> dict[tuple, dict]:
    known = {}
    for path in folder.glob("[!.]*.json") if folder else ():
        for *key, row in atomic_files.read_checked(path) or ():
            known[tuple(key)] = row
    return known


def _shard(folder: Path | None, files: list[str]) -> dict[str, dict]:
    """Measure a few files, and keep what may be kept: a failure may be gone the next time."""
    states = {file: _state(file) for file in files}
    rows = {file: _row(file) for file in files}
    keep = [[*states[file], row] for file, row in rows.items() if "failure" not in row and states[file] == _state(file)]
    if folder and keep:
        atomic_files.write_checked(folder / f"{secrets.token_hex(8)}.json", keep)
    return rows


def _row(file: str) -> dict:
    try:
        recording = audio.decode(file)
        mono = audio.to_mono(file, recording, recording.rate)
    except audio.BadClip as bad:
        return {"failure": bad.code, "reason": bad.reason}
    digest, clipped = hashlib.sha256(mono), _clipped_share(mono)
    dc = float(mono.mean(dtype=np.float64))
    mono -= np.float32(dc)
    start, stop, silence = _sounding(mono, recording.rate)
    bits = fingerprint.sign_bits(mono[start:stop], recording.rate)
    return {
        "duration": len(mono) / recording.rate,
        "rate": recording.rate,
        "channels": recording.samples.shape[1],
        "subtype": recording.subtype,
        "peak": float(max(mono.max(), -mono.min())),
        "rms": float(np.sqrt(np.vdot(mono, mono) / len(mono))),
        "dc": dc,
        "clipped": clipped,
        "silence": silence,
        "digest": digest.hexdigest(),
        "fingerprint": base64.b64encode(bits.tobytes()).decode(),
    }


def _clipped_share(mono: np.ndarray) -> float:
    """Share of the samples in rows of three or more that lie at the extreme, at most full scale."""
    top = min(float(max(mono.max(), -mono.min())), FULL_SCALE)
    places = np.flatnonzero((mono >= top) | (mono <= -top))
    return float((places[2:] - places[:-2] == 2).sum() / max(1, len(mono) - 2))


def _sounding(mono: np.ndarray, rate: int) -> tuple[int, int, float]:
    """First and last sample between the silences, with a margin; seconds at both ends 40 dB under the loudest 10 ms."""
    hop = max(1, rate // 100)
    frames = mono[: len(mono) // hop * hop].reshape(-1, hop)
    power = np.einsum("ij,ij->i", frames, frames)
    loud = np.flatnonzero(power > power.max(initial=0) * 10 ** (-QUIET / 10))
    if not len(loud):
        return 0, 0, len(frames) * hop / rate
    first, last = loud[0], loud[-1] + 1
    margin = round(MARGIN * rate)
    return max(0, first * hop - margin), last * hop + margin, (len(frames) - (last - first)) * hop / rate
