"""A run in one file to hand on: what predicts and what is to be read, no sound, nothing of the machine it is from.

In it are the files that run.json lists, answers under stress, the model card and the figures of the notebooks, and
bundle.json with the sha256 of each. Not in it: recordings, report.html and executed notebooks, which hold some, the
state of the training, reviews, and the weights of an encoder (run.json has its name and sha256). `emokit.report` makes
the report again.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from emokit import atomic_files
from emokit.certificate import LeakError
from emokit.corpora import CorpusError
from emokit.corpora.getting.unpack import unpack as unpack_zip
from emokit.run_folder import anonymous, claimed_sizes, record
from emokit.run_folder.record import RunError
from emokit.run_folder.run import Run

LIST, RECORD, FORMAT = "bundle.json", "run.json", 1
FIGURES = ("history", "recalls", "confusion", "stress", "risk_coverage", "one_against_rest")
BESIDE = ("stress.csv", "model_card.md", *(f"figures/{name}.png" for name in FIGURES))  # as far as they are there
EXPECTED = {LIST, RECORD, *record.FILES, *record.MAY_BE, *BESIDE}
TEXT = (".csv", ".json", ".log", ".md")
MOST_OF_A_TEXT = 2**28  # bytes; the largest table, of 260,000 clips, has 2**26
MOST = 2**32  # bytes of all files
MOST_PACKED = 100  # how many times its size a bundle may unpack to; ours do to 5, a bomb to 1,000
PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins
OUTSIDE = re.compile(r"[/~\\]|\w:")  # how the path of another place begins
THEN = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes


def pack(run: Run, path: str | Path) -> str:
    """Write a complete run into one file; gives its sha256.

    Args:
        run: as `Run.open` gives it.
        path: of the file, such as run.zip; one that stands there is replaced.

    Raises:
        RunError: when the run is not complete.
        LeakError: when its proof does not hold, or it was made by format 1, which has none.
    """
    if not run.complete:
        raise RunError(f"Run {run.path.name} is {run.state}; finish it by 02 before it is handed on.")
    run.certificate()
    replace = anonymous.replacer(run)
    names = [*run.record["files"], *(name for name in BESIDE if (run.path / name).is_file())]
    texts = {name: _cleaned(run.path / name, replace) for name in names if name.endswith(TEXT)}
    sums = {name: _sha256(texts[name]) if name in texts else atomic_files.sha256(run.path / name) for name in names}
    texts[RECORD] = _as_json(anonymous.record(run, {name: sums[name] for name in run.record["files"]}))
    texts[LIST] = _as_json({"format": FORMAT, "files": {RECORD: _sha256(texts[RECORD]), **sums}})
    path = Path(path).expanduser()
    with atomic_files.replacing(path) as aside, zipfile.ZipFile(aside, "w") as packed:
        for name in (LIST, RECORD, *names):
            source = io.BytesIO(texts[name]) if name in texts else (run.path / name).open("rb")
            with source, packed.open(_member(name, run.path / name), "w") as target:
                shutil.copyfileobj(source, target)
    return atomic_files.sha256(path)


def unpack(path: str | Path, folder: str | Path) -> Run:
    """Open what `pack` wrote, be it of a stranger: checked whole before the folder appears, as a run like any other.

    The checksums find damage; whoever changes a file can renew them. What the files say of each other is checked as by
    `Run.certificate`; who made the run is not known.

    Args:
        path: the bundle.
        folder: the run folder to make, which must not be there yet.

    Returns:
        The run; where its recordings are, if they are at hand, tells `Run.open(folder, data_dir)`.

    Raises:
        RunError: naming the file in the bundle that is missing, unexpected, damaged, too large or says otherwise.
    """
    path, folder = Path(path).expanduser(), Path(folder).expanduser()
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 (the name counts, not where a link leads)
    if folder.exists() or folder.is_symlink():
        raise RunError(f"{folder} is there already; give a folder that is not.")
    _check_names(path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{atomic_files.PART}{folder.name}-", dir=folder.parent) as aside:
        inside = Path(aside) / folder.name
        try:
            unpack_zip(path, inside, min(MOST, MOST_PACKED * path.stat().st_size))
        except CorpusError as error:
            raise RunError(str(error).replace("delete it and download it again", "ask for it again")) from None
        _check_sums(path.name, inside)
        (inside / LIST).unlink()
        _check_run(path.name, inside)
        inside.replace(folder)
    return Run.open(folder)


def _member(name: str, path: Path) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, THEN)
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    member.file_size = path.stat().st_size if path.is_file() else 0  # only whether it takes the format beyond 4 GB
    return member


def _cleaned(path: Path, replace) -> bytes:
    """A text file without the places of this machine; as it is where it names none."""
    content = path.read_bytes()
    text = content.decode("utf-8")
    if path.suffix != ".json":
        return replace(text).encode("utf-8")
    told = json.loads(text)
    cleaned = anonymous.without(told, replace)
    return content if cleaned == told else _as_json(cleaned)


def _as_json(content: dict) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_names(path: Path) -> None:
    """Refuse a file that is no bundle, or holds what no run has, before a byte of it is written."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
    except FileNotFoundError:
        raise RunError(f"There is no file {path}; give the bundle that `pack` wrote.") from None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RunError(f"{path.name} is no bundle of a run ({error}); ask for it again.") from None
    names = [member.filename for member in members]
    for member in members:
        wrong = "no file of a run" if member.filename not in EXPECTED else ""
        wrong = wrong or ("there twice" if names.count(member.filename) > 1 else "")
        if member.filename.endswith(TEXT) and member.file_size > MOST_OF_A_TEXT:
            wrong = wrong or f"{member.file_size:,} bytes of text, more than {MOST_OF_A_TEXT:,}"
        if wrong:
            raise RunError(f"{path.name} holds {member.filename[:80]!r}, which is {wrong}; it was not opened.")
    for name in (LIST, RECORD):
        if name not in names:
            raise RunError(f"{path.name} holds no {name}, so it is no bundle of a run; ask for it again.")


def _check_sums(bundle: str, folder: Path) -> None:
    """Refuse files that are not those of bundle.json."""
    told = record.read_json(folder / LIST)
    if told.get("format") != FORMAT or not isinstance(told.get("files"), dict):
        raise RunError(f"{bundle}: {LIST} is of no format that this emokit reads ({FORMAT}); update emokit.")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {LIST}
    if differing := sorted(there ^ set(told["files"])):
        how = "is there but not listed" if differing[0] in there else "is listed but not there"
        raise RunError(f"{bundle}: {differing[0][:80]!r} {how} in {LIST}; ask for it again.")
    for name, expected in told["files"].items():
        if atomic_files.sha256(folder / name) != expected:
            raise RunError(f"{bundle}: {name} is not as {LIST} lists it (sha256); ask for it again.")


def _check_run(bundle: str, folder: Path) -> None:
    """Refuse a folder whose files do not make one complete run, by the name of the first that does not."""
    _check_places(bundle, record.read_record(folder))
    for path in folder.glob("figures/*"):
        if path.read_bytes()[: len(PNG)] != PNG:
            raise RunError(f"{bundle}: figures/{path.name} is no picture (PNG); it was not opened.")
    for path in folder.glob("*.npz"):
        claimed_sizes.check_arrays(path)
    claimed_sizes.check_weights(folder / "model.weights.h5")
    run = Run.open(folder)
    if not run.complete:
        raise RunError(f"{bundle}: {RECORD} says that the run is {run.record['state']}; expected a complete one.")
    reads = {RECORD: lambda: run.settings, "clips.csv": lambda: run.clips, "findings.csv": lambda: run.findings}
    reads |= {"history.csv": lambda: run.history, "predictions.csv": lambda: run.predictions}
    reads |= {"normalizer.npz": run.normalizer, "embeddings.npz": run.embeddings, "split.json": run.certificate}
    reads |= {record.STEPS: run.kept_steps, record.NEIGHBOURS: lambda: run.neighbours}
    reads |= {"model.json": run.model}  # `build_model` has limits
    for name, read in reads.items():
        try:
            read()
        except (RunError, LeakError) as error:
            raise RunError(f"{bundle}: {str(error).replace(f'{folder.parent}/', '')}") from None
        except Exception as error:  # a stranger's file may be wrong in any way
            raise RunError(f"{bundle}: {name} cannot be read ({type(error).__name__}: {str(error)[:200]}).") from None


def _check_places(bundle: str, told: dict) -> None:
    """Refuse places that lead out of a project: a run would read there."""
    parameters, features = told["parameters"], told["features"]
    places = {name: parameters.get(name, "") for name in ("data_dir", "audio_dir", "outputs_dir", "encoder")}
    places["model"] = features.get("model", "")
    for name, value in places.items():
        for place in value if isinstance(value, list) else [value]:
            if not isinstance(place, str) or OUTSIDE.match(place) or ".." in PurePosixPath(place).parts:
                what = f"{RECORD} says {name} {str(place)[:80]!r}, no place below here"
                raise RunError(f"{bundle}: {what}; it was not opened.")
