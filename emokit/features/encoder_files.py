"""Where the weights of an encoder lie: known by their checksum, wherever that is."""

import hashlib
import os
import re
from dataclasses import astuple, dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import yaml

from emokit import atomic_files
from emokit.corpora.folder import relative
from emokit.features import hub_folder
from emokit.features.weights import FILES, EncoderError
from emokit.notebook import project_root

PICKLE = "pytorch_model.bin"  # of the hub, which may run code when it is read
CARD_BYTES = 64 * 1024  # what stands at the head of a card is shorter
CARD_SAYS = {"license": "licence", "datasets": "data", "base_model": "base model"}  # of the YAML at its head
UNKNOWN = "What it was trained on is not known here."
FOLDER = "EMOKIT_ENCODERS"  # environment variable: the folder that holds one folder an encoder, in place of the cache


@dataclass(frozen=True)
class Encoder:
    """Weights that are published.

    Attributes:
        url: of the one file, at a revision that stays.
        sha256: of it, hex.
        size: of it, bytes.
        about: licence, and what it was trained on, as its card says.
    """

    url: str
    sha256: str
    size: int
    about: str


HUB = "https://huggingface.co/Systran/faster-whisper-{}/model.bin"
CARD = "MIT. Trained by OpenAI on 680,000 hours of sound from the web with transcripts; which, is not published."
ENCODERS = {
    "whisper-tiny.en": Encoder(
        HUB.format("tiny.en/resolve/0d3d19a32d3338f10357c0889762bd8d64bbdeba"),
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75_537_502, CARD,
    ),
    "whisper-base": Encoder(
        HUB.format("base/resolve/ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145_217_532, CARD,
    ),
}  # fmt: skip


def home() -> Path:
    """The folder that holds one folder an encoder: EMOKIT_ENCODERS, or `encoders` in emokit's cache folder."""
    if folder := os.environ.get(FOLDER):
        return Path(folder).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("emokit")) / "encoders"


def find(model: str, sha256: str = "") -> Path:
    """The file of an encoder's weights: in the folder that is named if it is theirs, else in `home()`.

    Args:
        model: a name of `ENCODERS`, or a folder or file, relative to the current folder, the project or `home()`.
        sha256: hex, of the weights that are wanted; any, or those of the name, if "".

    Raises:
        EncoderError: if they are in neither.
    """
    sha256 = sha256 or getattr(ENCODERS.get(model), "sha256", "")
    named = [file for place in _places(model) for file in _files(place)]
    if not sha256:
        named = named or _files(home() / model)
        if named and named[0].name != PICKLE:
            return named[0].absolute()
        raise EncoderError(_nowhere(model))
    for place in (home() / model, home(), *sorted(home().glob("*/"))):
        named += _files(place)
    path = next((file for file in named if _is(file, sha256)), None)
    if path is None:
        raise EncoderError(_missing(model, sha256))
    return path.absolute()


def as_kept(model: str, path: Path) -> str:
    """How run.json keeps a model: by its name, or by its place, relative to the project where it lies in it."""
    if model in ENCODERS or (path.parent == home() / model and not any(map(_files, _places(model)))):
        return model
    place = path if any(place.is_file() for place in _places(model)) else path.parent
    return relative(str(place), project_root()) or str(place)


def about(model: str, sha256: str) -> str:
    """Licence and training data of an encoder: as published, else what the card (README.md) beside its weights says.

    The kind of network says nothing of it: the same kind was trained on audiobooks, on parliaments, on telephone calls.
    """
    known = next((encoder.about for encoder in ENCODERS.values() if encoder.sha256 == sha256), None)
    if known:
        return known
    try:
        with find(model, sha256).with_name("README.md").open(encoding="utf-8") as stream:
            head = yaml.safe_load(re.match(r"---\s*\n(.*?)\n---", stream.read(CARD_BYTES), re.DOTALL)[1])
        said = [(noun, head[key]) for key, noun in CARD_SAYS.items() if head.get(key)]
        facts = [f"{noun} {', '.join([value] if isinstance(value, str) else value)[:200]}" for noun, value in said]
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError):  # no card, or none with a head
        return UNKNOWN
    return f"Its card names {'; '.join(facts)}." if facts else UNKNOWN


def checksum(path: Path) -> str:
    """What weights are known by: sha256 of their file, hex; read again only when the file has changed.

    Where the files beside them decide too what is computed, it is that of both, so that other frames never pass for
    the same: of the file's sha256 and the values of `hub_folder.Form`.
    """
    status = path.stat()
    sha256 = _checksum(path, status.st_size, status.st_mtime_ns)
    if hub_folder.holds(path):
        sha256 = hashlib.sha256(f"{sha256} {astuple(hub_folder.form(path))}".encode()).hexdigest()
    return sha256


@lru_cache
def _checksum(path: Path, size: int, changed: int) -> str:
    return atomic_files.sha256(path)


def _is(path: Path, sha256: str) -> bool:
    try:
        return checksum(path) == sha256
    except EncoderError:  # it cannot be used
        return False


def _places(model: str) -> tuple[Path, Path]:
    """Where a path may lie: from the current folder, else from the project's."""
    model = os.path.expanduser(model)  # noqa: PTH111 (Path's refuses the ~ of a user who is not there)
    return Path(model), project_root() / model


def _files(place: Path) -> list[Path]:
    """The file itself, or what of `weights.FILES` lies in the folder."""
    return [file for file in (place, *(place / name for name in FILES)) if file.is_file()]


def _nowhere(model: str) -> str:
    places = (*_places(model), home() / model)
    pickle = next((file for place in places for file in (place, place / PICKLE) if file.is_file()), None)
    if pickle:
        return f"{pickle} is a pickle, which may run code and is not read; save it as safetensors (docs/encoders.md)."
    near = get_close_matches(model, ENCODERS, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    place = f"no file or folder with {' or '.join(FILES)}, here or in {home()}"
    return f"{model!r} is no encoder of {', '.join(ENCODERS)}{hint}, and {place}."


def _missing(model: str, sha256: str) -> str:
    name = next((name for name, known in ENCODERS.items() if known.sha256 == sha256), None)
    remedy = f"run `python -m emokit.features fetch {name}`" if name else f"copy them to a folder in {home()}"
    where = home() if model in ENCODERS else f"{model} and not in {home()}"
    return (
        f"The encoder's weights with SHA-256 {sha256[:12]}… ({name or Path(model).name}) are not in {where}; {remedy}, "
        f"or set {FOLDER} to the folder that holds theirs."
    )
