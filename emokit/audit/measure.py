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

VERSION = "audit-1"  # a new one forgets what older code measured
CLIPS_IN_SHARD = 32
QUIET = 40  # dB under the loudest 10 ms: silence, as a listener takes it
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
    dc = float(mono.mean(dtype=np.float64))
    power = np.square(mono - np.float32(dc))
    bits = fingerprint.sign_bits(mono, recording.rate)
    return {
        "duration": len(mono) / recording.rate,
        "rate": recording.rate,
        "channels": recording.samples.shape[1],
        "subtype": recording.subtype,
        "peak": float(np.sqrt(power.max())),
        "rms": float(np.sqrt(power.mean())),
        "dc": dc,
        "clipped": _clipped_share(mono),
        "silence": _silence(power, recording.rate),
        "digest": hashlib.sha256(mono).hexdigest(),
        "fingerprint": base64.b64encode(bits.tobytes()).decode(),
    }


def _clipped_share(mono: np.ndarray) -> float:
    """Share of the samples in rows of three or more that lie at the extreme, at most full scale."""
    height = np.abs(mono)
    at_top = height >= min(float(height.max()), FULL_SCALE)
    if at_top.sum() < 3:
        return 0.0
    return float((at_top[2:] & at_top[1:-1] & at_top[:-2]).mean())


def _silence(power: np.ndarray, rate: int) -> float:
    """Seconds at both ends that lie 40 dB or more under the loudest 10 ms."""
    hop = max(1, rate // 100)
    n_frames = len(power) // hop
    if not n_frames:
        return 0.0
    level = power[: n_frames * hop].reshape(n_frames, hop).mean(axis=1)
    loud = np.flatnonzero(level > level.max() * 10 ** (-QUIET / 10))
    return (n_frames - (loud[-1] + 1 - loud[0])) * hop / rate if len(loud) else n_frames * hop / rate
