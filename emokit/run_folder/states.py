"""The state of a training that is not over: a file with its checksum in its name; the last two are kept."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from emokit import atomic_files

KEPT = 2  # a damaged one is passed over for the one before


def save(folder: Path, epoch: int, arrays: Mapping[str, np.ndarray], info: Mapping) -> None:
    """Keep arrays by name and `info` (as JSON) after `epoch` epochs, and `info["batch"]` batches of the next one.

    Older and overtaken states are removed.
    """
    text = np.frombuffer(json.dumps(info).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, info=text, **arrays)
    content = buffer.getvalue()
    path = folder / f"epoch-{epoch:06}-{info.get('batch', 0):06}-{_checksum(content)}.npz"
    atomic_files.write_bytes(path, content)
    there = _newest_first(folder)
    older = [other for other in there if _place(other) < _place(path)]
    for other in {*there} - {path, *older[: KEPT - 1]}:
        other.unlink(missing_ok=True)


def load(folder: Path) -> tuple[int, dict[str, np.ndarray], dict] | None:
    """Give (epochs done, arrays, info) of the last state that is whole, or None."""
    for path in _newest_first(folder):
        content = path.read_bytes()
        if _checksum(content) != path.stem.rsplit("-", 1)[-1]:
            continue
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            return _place(path)[0], arrays, json.loads(arrays.pop("info").tobytes())
        except (ValueError, KeyError, AttributeError, EOFError, BadZipFile):
            continue  # another's file under the right checksum, no state of ours
    return None


def _newest_first(folder: Path) -> list[Path]:
    digits = "[0-9]" * 6
    return sorted(folder.glob(f"epoch-{digits}-{digits}-*.npz"), reverse=True)


def _place(path: Path) -> tuple[int, int]:
    """Epochs done, and batches of the next one."""
    _, epoch, batch, _ = path.stem.split("-")
    return int(epoch), int(batch)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
