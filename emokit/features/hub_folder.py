"""A hub folder with wav2vec 2.0, HuBERT or WavLM: `model.safetensors`, and what `config.json` says of it."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emokit.features.transformer import EPSILON
from emokit.features.weights import EncoderError, safetensors

FAMILIES = ("wav2vec2", "hubert", "wavlm")  # config.json's model_type
FIRST = "feature_extractor.conv_layers.0.conv.weight"  # behind a prefix, such as "wav2vec2."
ALIKE = {  # in config.json, with what all known models have there; nothing else is computed here
    "conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2], "layer_norm_eps": EPSILON,
    "hidden_act": "gelu", "feat_extract_activation": "gelu", "conv_pos_batch_norm": False, "adapter_attn_dim": None,
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """What the weights do not tell of how they are used.

    Attributes:
        heads: of attention.
        norm_first: the parts of a layer normalise what they read, not what they give (`do_stable_layer_norm`).
        scaled: samples are brought to mean 0 and variance 1 first (`do_normalize`).
        distance: frames from which on WavLM does not tell distances apart.
    """

    heads: int
    norm_first: bool
    scaled: bool
    distance: int


def holds(path: Path) -> bool:
    """Whether a file has such weights, by their names."""
    try:
        return path.suffix == ".safetensors" and any(name.endswith(FIRST) for name in _open(path)[0])
    except (OSError, ValueError, TypeError, struct.error):
        return False


def form(path: Path) -> Form:
    """What the files beside the weights say of them.

    Samples are scaled if `preprocessor_config.json` says so, or, without one, if each convolution is normalised: so
    were the models trained.

    Raises:
        EncoderError: if there is no `config.json`, or it describes another network.
    """
    config, place = _beside(path, "config.json"), path.with_name("config.json")
    if config is None:
        raise EncoderError(f"{place} is missing, without which the weights cannot be used; copy it there too.")
    if config.get("model_type") not in FAMILIES:
        kind = str(config.get("model_type"))[:40]
        raise EncoderError(f"{place} says model_type is {kind!r}; the kit reads {', '.join(FAMILIES)} and Whisper.")
    for name, value in ALIKE.items():
        if config.get(name, value) != value:
            found = str(config[name])[:40]
            raise EncoderError(f"{place} says {name} is {found}; the kit reads encoders with {value} only.")
    preprocessor = _beside(path, "preprocessor_config.json")
    if preprocessor is None:
        preprocessor = {"do_normalize": config.get("feat_extract_norm") == "layer"}
    found = config.get("num_attention_heads", 12), config.get("do_stable_layer_norm", False)
    found += preprocessor.get("do_normalize", True), config.get("max_bucket_distance", 800)
    if [type(value) for value in found] != [int, bool, bool, int] or min(found[0], found[3]) < 1:
        raise EncoderError(f"{place} or {place.with_name('preprocessor_config.json').name} is damaged; copy it again.")
    return Form(*found)


def read(path: Path) -> tuple[Form, dict[str, np.ndarray]]:
    """The form of an encoder, and its weights by the hub's names without what stands before all: on disk until used.

    Raises:
        EncoderError: if it is none, or damaged.
    """
    found = form(path)
    try:
        names, tensor = _open(path)
        prefix = next(name.removesuffix(FIRST) for name in names if name.endswith(FIRST))
        needed = [name for name in names if name.startswith((f"{prefix}feature_", f"{prefix}encoder."))]
        weights = {name.removeprefix(prefix): tensor(name) for name in needed}
        width = len(weights["encoder.layer_norm.weight"])
    except (ValueError, LookupError, TypeError, AttributeError, struct.error) as error:
        what = f"{type(error).__name__}: {str(error)[:80]}"
        raise EncoderError(f"{path} holds no whole encoder ({what}); copy it again, as float16 or float32.") from None
    if width % found.heads:
        raise EncoderError(f"{path} has {width} channels, but config.json says {found.heads} heads; copy both again.")
    return found, weights


def _open(path: Path) -> tuple:
    return safetensors(np.memmap(path, np.uint8, mode="r"))


def _beside(path: Path, name: str) -> dict | None:
    """The JSON of a file beside another, or None if there is none."""
    place = path.with_name(name)
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{place} cannot be read ({type(error).__name__}); copy it again.") from None
    if not isinstance(content, dict):
        raise EncoderError(f"{place} holds no settings of a network; copy it again.")
    return content
