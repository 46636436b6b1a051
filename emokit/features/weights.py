"""Weights of Whisper's encoder from a file, in one naming: CTranslate2's `model.bin`, or a hub folder's safetensors."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

FILES = ("model.bin", "model.safetensors")  # in a folder, in the order in which they are looked for
CTRANSLATE2_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}
SAFETENSORS_TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
PARTS = {  # of a layer: CTranslate2's names, which are ours → the hub's
    "self_attention/layer_norm": "self_attn_layer_norm",
    "self_attention/linear_1": "self_attn.out_proj",
    "ffn/layer_norm": "final_layer_norm",
    "ffn/linear_0": "fc1",
    "ffn/linear_1": "fc2",
}
NORM = {"gamma": "weight", "beta": "bias"}


class EncoderError(ValueError):
    """An encoder cannot be had or read; the message says what was found, where, and what to do."""


def read(path: Path) -> dict[str, np.ndarray]:
    """Weights of the encoder by CTranslate2's names without `encoder/`, on disk until they are used.

    `conv1`, `conv2`: (out, in, 3); `position/encodings`: (positions, width); `layer_0` …: matrices (out, in); and
    `layer_norm`, which ends the encoder.

    Raises:
        EncoderError: if it is not Whisper, is quantised, or damaged.
    """
    try:
        content = np.memmap(path, np.uint8, mode="r")
        weights = (_safetensors if path.suffix == ".safetensors" else _ctranslate2)(content)
        needed = ["conv1", "conv2", "layer_0/self_attention/linear_0", "layer_0/ffn/linear_0"]
        kinds = {weights[f"{name}/weight"].dtype.kind for name in needed}
    except (ValueError, LookupError, TypeError, AttributeError, struct.error) as error:
        what = f"{type(error).__name__}: {str(error)[:80]}"
        raise EncoderError(f"{path} holds no whole Whisper ({what}); fetch or copy it again.") from None
    if kinds != {"f"}:
        raise EncoderError(f"{path} holds integers (it is quantised); take the float16 or float32 weights.")
    return weights


def _ctranslate2(content: np.ndarray) -> dict[str, np.ndarray]:
    """Names, shapes, types and values one behind the other, as `ctranslate2.converters` has written since version 4."""
    place = 0

    def take(form: str):
        nonlocal place
        value = struct.unpack_from(f"<{form}", content, place)
        place += struct.calcsize(f"<{form}")
        return value

    def text() -> str:
        (length,) = take("H")
        return take(f"{length}s")[0].rstrip(b"\0").decode()

    (version,), spec, (_, n_variables) = take("I"), text(), take("II")
    if spec != "WhisperSpec" or version < 4:
        raise ValueError(f"it is {spec[:30]}, version {version}")
    weights = {}
    for _ in range(n_variables):
        name, (rank,) = text(), take("B")
        shape, (kind, size) = take(f"{rank}I"), take("BI")
        if name.startswith("encoder/"):
            values = content[place : place + size].view(CTRANSLATE2_TYPES[kind]).reshape(shape)
            weights[name.removeprefix("encoder/").replace("position_encodings", "position")] = values
        place += size
    return weights


def safetensors(content: np.ndarray) -> tuple[list[str], Callable[[str], np.ndarray]]:
    """Names of the tensors in a file of the safetensors package, and what gives one: on disk until it is used.

    It is a header of JSON under its length, then the values.
    """
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length].tobytes())
    body = content[8 + length :]

    def tensor(name: str) -> np.ndarray:
        about = header[name]
        start, stop = about["data_offsets"]
        values = body[start:stop].view(SAFETENSORS_TYPES[about["dtype"]]).reshape(about["shape"])
        # bfloat16 is the upper half of a float32
        return (values.astype("<u4") << 16).view("<f4") if about["dtype"] == "BF16" else values

    return list(header), tensor


def _safetensors(content: np.ndarray) -> dict[str, np.ndarray]:
    """Names of the hub."""
    names, read_one = safetensors(content)
    prefix = "model.encoder." if "model.encoder.conv1.weight" in names else "encoder."

    def tensor(name: str) -> np.ndarray:
        return read_one(prefix + name)

    weights = {f"{conv}/{of}": tensor(f"{conv}.{of}") for conv in ("conv1", "conv2") for of in ("weight", "bias")}
    weights["position/encodings"] = tensor("embed_positions.weight")
    weights |= {f"layer_norm/{ours}": tensor(f"layer_norm.{theirs}") for ours, theirs in NORM.items()}
    for i in range(sum(name.startswith(f"{prefix}layers.") and name.endswith("fc1.weight") for name in names)):
        for ours, theirs in PARTS.items():
            for own, of in (NORM if "norm" in ours else {"weight": "weight", "bias": "bias"}).items():
                weights[f"layer_{i}/{ours}/{own}"] = tensor(f"layers.{i}.{theirs}.{of}")
        query, key, value = (f"layers.{i}.self_attn.{name}_proj" for name in "qkv")
        biases = tensor(f"{query}.bias"), np.zeros_like(tensor(f"{query}.bias")), tensor(f"{value}.bias")  # keys: none
        weights[f"layer_{i}/self_attention/linear_0/bias"] = np.concatenate(biases)
        joined = [tensor(f"{name}.weight") for name in (query, key, value)]
        weights[f"layer_{i}/self_attention/linear_0/weight"] = np.concatenate(joined)
    return weights
