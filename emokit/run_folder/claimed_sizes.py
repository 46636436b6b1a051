"""Whether files of arrays are as large as they say: one that claims billions of numbers fills the memory."""

import math
import zipfile
from pathlib import Path

from numpy.lib import format as npy

from emokit.run_folder.record import RunError

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def check_arrays(path: Path) -> None:
    """Refuse an .npz whose arrays are packed, or claim more numbers than it holds, by a RunError."""
    try:
        with zipfile.ZipFile(path) as stored:
            for member in stored.infolist():
                with stored.open(member) as stream:
                    shape, _, dtype = HEADERS[npy.read_magic(stream)](stream)
                if member.compress_type != zipfile.ZIP_STORED or math.prod(shape) * dtype.itemsize > member.file_size:
                    raise _too_large(path, f"{member.filename} {shape}")
            if sum(member.file_size for member in stored.infolist()) > path.stat().st_size:
                raise _too_large(path, "its arrays together")
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        raise RunError(f"{path.parent.name}/{path.name} cannot be read ({error}); copy the run again.") from None


def check_weights(path: Path) -> None:
    """Refuse weights that lie in another file, are packed, or claim more numbers than their file holds."""
    import h5py

    claimed = []

    def add(name: str, item) -> None:
        if isinstance(item, h5py.Dataset):
            if item.chunks or item.external or item.is_virtual or item.dtype.hasobject:
                raise _too_large(path, name)
            claimed.append(item.size * item.dtype.itemsize)

    try:
        with h5py.File(path, "r") as stored:
            stored.visititems(add)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise RunError(f"{path.parent.name}/{path.name} cannot be read ({error}); copy the run again.") from None
    if sum(claimed) > path.stat().st_size:
        raise _too_large(path, "its weights together")


def _too_large(path: Path, what: str) -> RunError:
    return RunError(f"{path.parent.name}/{path.name}: {what[:80]} claims more than the file holds; it was not opened.")
