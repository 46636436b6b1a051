"""The state of a training that is not over: one file an epoch, its checksum in its name, the last two kept."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from emokit import atomic_files

KEPT = 2  # a damaged one is passed over for the one before


def save(folder: Path, epoch: int, arrays: Mapping[str, np.ndarray], info: Mapping) -> None:
    """Keep arrays by name and `info` (as JSON) after `epoch` epochs; older and overtaken states are removed."""
    said = np.frombuffer(json.dumps(info).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, info=said, **arrays)
    content = buffer.getvalue()
    path = folder / f"epoch-{epoch:06}-{_checksum(content)}.npz"
    atomic_files.write_bytes(path, content)
    older = [other for other in _newest_first(folder) if _epoch(other) < epoch]
    for other in {*_newest_first(folder)} - {path, *older[: KEPT - 1]}:
        other.unlink(missing_ok=True)


def load(folder: Path) -> tuple[int, dict[str, np.ndarray], dict] | None:
    """Give (epochs done, arrays, info) of the last state whose checksum holds, or None."""
    for path in _newest_first(folder):
        content = path.read_bytes()
        if _checksum(content) != path.stem.rsplit("-", 1)[-1]:
            continue
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _epoch(path), arrays, json.loads(arrays.pop("info").tobytes())
    return None


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*-*.npz"), reverse=True)


def _epoch(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
