"""A run as a file for other programs: ONNX from samples, LiteRT or a SavedModel from frames, and what goes with it.

An export is a folder: the model, and signature.json, which says what goes in and what comes out. Beside an ONNX model
lies listen.py, which hears recordings by it without TensorFlow and without emokit.
"""

import json
from importlib import metadata
from pathlib import Path

from emokit import atomic_files, flags
from emokit.audit.each_recording import CLIPPED, SHORTEST, SILENT
from emokit.predict import inference
from emokit.run_folder import Run
from emokit.speakers import SpeakerNormalizer

FORMAT = 1  # of signature.json; listen.py reads it
READER = Path(__file__).with_name("listen.py")
PACKAGES = ("emokit-ser", "keras", "tensorflow", "onnx", "onnxruntime")


class ExportError(Exception):
    """A run that cannot be exported so; the message says why, and what to do."""


def write(run: Run, to: str, out: str | Path | None = None) -> Path:
    """Export a run.

    Args:
        run: a complete run.
        to: a name of `FORMATS`.
        out: the folder to make, `export/<to>` in that of the run by default; an export that stands there is replaced.

    Returns:
        The folder.

    Raises:
        ExportError: for a run, or a folder, that this cannot be done with.
        WriteError: when it cannot be written there; what stood there stays.
        ImportError: where a package of the extra `export` is missing.
    """
    if to not in FORMATS:
        raise ExportError(f"There is no format {to!r}; take one of {', '.join(FORMATS)}.")
    out = Path(out).expanduser() if out else run.path / "export" / to
    _check(run, to, out)
    with atomic_files.replacing_folder(out) as aside:
        signature = _signature(run, to)
        FORMATS[to](run, aside, signature)
        files = sorted(file for file in aside.rglob("*") if file.is_file() and file.name != READER.name)
        signature["files"] = {file.relative_to(aside).as_posix(): atomic_files.sha256(file) for file in files}
        atomic_files.write_json(aside / "signature.json", signature)
    return out


def _check(run: Run, to: str, out: Path) -> None:
    name = run.path.name
    if not run.complete:
        raise ExportError(f"Run {name} is {run.state}; finish it by 02, then export it.")
    if isinstance(run.normalizer(), SpeakerNormalizer):
        raise ExportError(f"Run {name} is normalised by speaker, whom an export does not know; train it by corpus.")
    if to.startswith("onnx") and run.record["features"].get("kind") == "encoder":
        what = f"Run {name} reads frames of {run.record['features']['model']}, which no ONNX model of samples makes"
        raise ExportError(f"{what}; export it to litert or savedmodel, which begin with frames.")
    if out.exists() and not (out / "signature.json").is_file():
        raise ExportError(f"{out} is there and is no export; remove it, or name another folder.")


def _signature(run: Run, to: str) -> dict:
    """What signature.json says, but for the files."""
    settings, usual = run.settings, run.usual
    far = flags.LEVELLED if getattr(settings, "level", False) else flags.LEVEL
    bounds = {"shortest": SHORTEST, "silent": SILENT, "steady": flags.STEADY, "steady_from": flags.STEADY_FROM}
    bounds |= {"quiet": flags.QUIET, "above": flags.ABOVE, "clipped": CLIPPED, "faint": flags.FAINT}
    bounds |= {"level": far, "band": flags.BAND, "length": flags.LENGTH}
    if usual is not None:
        usual = usual.assign(seconds=usual["n_frames"].clip(upper=run.window) * settings.hop)
        usual = {name: usual[name].tolist() for name in ("rms", "bandwidth", "seconds", "snr") if name in usual}
    return {
        "format": FORMAT,
        "run": run.path.name,
        "input": "samples" if to.startswith("onnx") else "frames",
        "rate": settings.rate,
        "hop": settings.hop,
        "window": run.window,
        **_reach(run),
        "labels": run.emotions,
        "features": run.record["features"],
        "temperature": run.metrics.get("calibration", {}).get("temperature", 1.0),
        "usual": usual,
        "bounds": bounds,
        "versions": {package: _version(package) for package in PACKAGES},
    }


def _reach(run: Run) -> dict[str, float]:
    """As `predict` hears it, in s: the longest recording that is read whole, and length and step of windows."""
    length, step = inference.windows_of(run)
    return {"longest": inference.longest(run), "length": length, "step": step}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _onnx(run: Run, folder: Path, signature: dict, *, int8: bool = False) -> None:
    try:
        from emokit.export import to_onnx
    except ImportError as error:
        raise ImportError('An ONNX export needs onnx and onnxruntime; pip install "emokit-ser[export]".') from error
    try:
        model = to_onnx.model(run, int8=int8)
    except TypeError as error:
        raise ExportError(f"Run {run.path.name}: {error}, which has no ONNX form here; take savedmodel.") from None
    # Within the model too, so that listen.py sees when the two are not of one export.
    entry = model.metadata_props.add()
    entry.key, entry.value = "signature", json.dumps(signature)
    atomic_files.write_bytes(folder / "model.onnx", model.SerializeToString())
    atomic_files.write_bytes(folder / READER.name, READER.read_bytes())


def _int8(run: Run, folder: Path, signature: dict) -> None:
    _onnx(run, folder, signature, int8=True)


def _litert(run: Run, folder: Path, signature: dict) -> None:
    from emokit.export import standalone

    standalone.litert(run, folder / "model.tflite")


def _savedmodel(run: Run, folder: Path, signature: dict) -> None:
    from emokit.export import standalone

    standalone.savedmodel(run, folder / "model")


FORMATS = {"onnx": _onnx, "onnx-int8": _int8, "litert": _litert, "savedmodel": _savedmodel}
