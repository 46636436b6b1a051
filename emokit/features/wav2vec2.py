"""wav2vec 2.0 (arXiv 2006.11477), HuBERT (2106.07447) and WavLM (2110.13900) in numpy: samples → frames of one layer.

One computation serves all three, in the names of a hub folder: convolutions over the samples, one more that tells the
frames where they are, then the layers of a transformer. A "base" model normalises over time after the first
convolution, and within a layer what each part gives; a "large" one after every convolution, and what each part reads.
WavLM's attention also weighs how far apart two frames are. Reads of several threads at once are safe.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import expit

from emokit.features.hub_folder import Form, read
from emokit.features.transformer import EPSILON, as_kernel, attention, convolve, gelu, layer_norm
from emokit.features.weights import EncoderError

STRIDES = (5, 2, 2, 2, 2, 2, 2)  # of the convolutions
FRAME = 320  # samples from one frame to the next, 20 ms at 16 kHz: the product of the strides
FIELD = 400  # samples of which the convolutions make one frame
LONGEST = 1_500  # frames that know of each other, 30 s
CHUNK = 50  # frames that are convolved at once, which keeps what lies between small


class Wav2Vec2:
    """An encoder whose first layers are in memory.

    Attributes:
        layer: that is given: 1 … depth; the last one with the normalisation that ends the encoder, where one does.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], form: Form, layer: int):
        """Keep what the layers up to this one need, as float32; weights and form as `hub_folder.read` gives them."""
        if layer > depth(weights):
            raise EncoderError(f"layer is {layer}, but the weights have {depth(weights)}; choose another.")
        self.layer, self._form = layer, form
        self._ends = form.norm_first and layer == depth(weights)
        begin = ("feature_", "encoder.pos_conv_embed.", "encoder.layer_norm.")
        begin += tuple(f"encoder.layers.{i}." for i in range(layer))
        self._weights = {name: np.array(value, np.float32) for name, value in weights.items() if name.startswith(begin)}
        self._convolutions = [self._convolution(i) for i in range(len(STRIDES))]
        self._over_time = self._convolutions[1][2] is None  # normalised: after the first convolution only
        self._groups = _position_kernels(self._weights)
        for name in (f"encoder.layers.{i}.attention" for i in range(layer)):
            for part in ("weight", "bias"):  # one matrix product for the three
                three = [self._weights.pop(f"{name}.{letter}_proj.{part}") for letter in "qkv"]
                self._weights[f"{name}.joined.{part}"] = np.concatenate(three)

    def frames(self, samples: np.ndarray) -> np.ndarray:
        """Frames of samples at 16 kHz: float32 (n, width), n = (samples - 80) // 320, at least one.

        More than 30 s are read in stretches of equal length, each no longer than that, which know nothing of each
        other, though they are scaled as one: memory does not grow with them.
        """
        samples = np.asarray(samples, np.float32)
        if self._form.scaled:
            samples = samples - np.float32(samples.mean(dtype=float))
            samples /= np.float32(np.sqrt(samples.var(dtype=float) + 1e-7))
        samples = np.pad(samples, (0, max(0, FIELD - len(samples))))
        edges = np.linspace(0, _n_frames(samples), -(-_n_frames(samples) // LONGEST) + 1).astype(int) * FRAME
        stretches = [samples[start : stop + FIELD - 1] for start, stop in zip(edges, edges[1:], strict=False)]
        return np.concatenate([self._encode(stretch) for stretch in stretches])

    def _encode(self, samples: np.ndarray) -> np.ndarray:
        x = self._convolved(samples)
        if "feature_projection.layer_norm.weight" in self._weights:  # DistilHuBERT has none
            x = self._norm(x, "feature_projection.layer_norm")
        x = self._linear(x, "feature_projection.projection")
        x += self._positions(x)
        if not self._form.norm_first:
            x = self._norm(x, "encoder.layer_norm")
        for i in range(self.layer):
            x = self._layer(x, f"encoder.layers.{i}")
        return self._norm(x, "encoder.layer_norm") if self._ends else x

    def _convolution(self, i: int) -> tuple:
        """Kernel and bias of a convolution, and gamma and beta of the normalisation behind it, or None."""
        name = f"feature_extractor.conv_layers.{i}"
        kernel, bias = as_kernel(self._weights[f"{name}.conv.weight"]), self._weights.get(f"{name}.conv.bias", 0)
        norm = [self._weights.get(f"{name}.layer_norm.{part}") for part in ("weight", "bias")]
        return kernel, bias, None if norm[0] is None else norm

    def _convolved(self, samples: np.ndarray) -> np.ndarray:
        """What the convolutions make of samples: (n, their channels), some frames at a time."""
        convolutions, n_frames, parts = list(self._convolutions), _n_frames(samples), []
        if self._over_time:
            convolutions[0] = (*_normalised_over_time(samples, *convolutions[0]), None)
        for start in range(0, n_frames, CHUNK):
            last = min(start + CHUNK, n_frames) - 1
            x = samples[start * FRAME : last * FRAME + FIELD, None]
            for (kernel, bias, norm), stride in zip(convolutions, STRIDES, strict=True):
                x = convolve(x, kernel, stride)
                x += bias
                x = gelu(layer_norm(x, *norm) if norm else x)
            parts.append(x)
        return np.concatenate(parts)

    def _positions(self, x: np.ndarray) -> np.ndarray:
        """What tells frames where they are: a wide convolution, each group of channels by itself."""
        size = len(x[0]) // len(self._groups)
        taps = len(self._groups[0]) // size
        padded = np.pad(x, ((taps // 2, (taps - 1) // 2), (0, 0)))
        groups = [convolve(padded[:, i * size : (i + 1) * size], kernel) for i, kernel in enumerate(self._groups)]
        return gelu(np.concatenate(groups, axis=1) + self._weights["encoder.pos_conv_embed.conv.bias"])

    def _layer(self, x: np.ndarray, name: str) -> np.ndarray:
        for norm, part in (("layer_norm", self._attention), ("final_layer_norm", self._feed_forward)):
            if self._form.norm_first:
                x = x + part(self._norm(x, f"{name}.{norm}"), name)
            else:
                x = self._norm(x + part(x, name), f"{name}.{norm}")
        return x

    def _feed_forward(self, x: np.ndarray, name: str) -> np.ndarray:
        hidden = gelu(self._linear(x, f"{name}.feed_forward.intermediate_dense"))
        return self._linear(hidden, f"{name}.feed_forward.output_dense")

    def _attention(self, x: np.ndarray, name: str) -> np.ndarray:
        n, width = x.shape
        size = width // self._form.heads
        joined = self._linear(x, f"{name}.attention.joined").reshape(n, 3, self._form.heads, size)
        heard = np.empty((n, width), np.float32)
        for head in range(self._form.heads):  # one after the other: 9 MB of scores for 30 s, however many heads
            part = slice(head * size, (head + 1) * size)
            bias = self._distances(x[:, part], head, f"{name}.attention")
            heard[:, part] = attention(*joined[:, :, head].transpose(1, 0, 2), bias)
        return self._linear(heard, f"{name}.attention.out_proj")

    def _distances(self, x: np.ndarray, head: int, name: str) -> np.ndarray | None:
        """What WavLM adds to a head's scores, (n, n): a value for each distance, as strong as the frame allows."""
        if (constant := self._weights.get(f"{name}.gru_rel_pos_const")) is None:
            return None
        n, known = len(x), self._weights["encoder.layers.0.attention.rel_attn_embed.weight"]  # in the first, for all
        one, other = expit(self._linear(x, f"{name}.gru_rel_pos_linear").reshape(n, 2, 4).sum(axis=2)).T
        gate = one * (other * constant[0, head, 0, 0] - 1) + 2
        values = known[buckets(n, len(known), self._form.distance), head]
        return gate[:, None] * np.lib.stride_tricks.sliding_window_view(values, n)[::-1]

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        y = x @ self._weights[f"{name}.weight"].T
        y += self._weights[f"{name}.bias"]
        return y

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        return layer_norm(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])


@lru_cache(maxsize=2)
def load(path: Path, layer: int) -> Wav2Vec2:
    """The encoder in a hub folder's file up to a layer; the last two stay in memory.

    Raises:
        EncoderError: if it has no such layer, or is not whole.
    """
    form, weights = read(path)
    try:
        encoder = Wav2Vec2(weights, form, layer)
        encoder.frames(np.zeros(FIELD, np.float32))  # needs all of them
    except EncoderError:
        raise
    except (LookupError, ValueError) as error:
        what = f"{type(error).__name__}: {str(error)[:80]}"
        raise EncoderError(f"{path} and config.json beside it do not fit ({what}); copy both again.") from None
    return encoder


def shape(path: Path) -> tuple[int, int]:
    """How many layers the encoder in a hub folder's file has, and how many channels its frames."""
    weights = read(path)[1]
    return depth(weights), len(weights["encoder.layer_norm.weight"])


def depth(weights: Mapping[str, np.ndarray]) -> int:
    """How many layers the encoder has."""
    return sum(name.endswith(".feed_forward.output_dense.weight") for name in weights)


def buckets(n: int, n_buckets: int, distance: int) -> np.ndarray:
    """The row of WavLM's table for each distance from one of n frames to another, -(n - 1) … n - 1: int (2 n - 1,).

    Half of the rows are for what comes later. Of each half, half tell distances apart one by one, the rest ever more
    coarsely up to `distance` (Chi et al. 2022, arXiv 2106.16138).
    """
    half, exact = n_buckets // 2, n_buckets // 4
    places = np.arange(1 - n, n)
    apart = np.abs(places)
    logs = np.log(np.maximum(apart, 1).astype(np.float32) / np.float32(exact)) / np.float32(np.log(distance / exact))
    coarse = np.minimum(exact + (logs * np.float32(half - exact)).astype(int), half - 1)
    return np.where(apart < exact, apart, coarse) + half * (places > 0)


def _n_frames(samples: np.ndarray) -> int:
    return (len(samples) - FIELD) // FRAME + 1


def _normalised_over_time(samples: np.ndarray, kernel: np.ndarray, bias, norm) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias that give what the first convolution would with each channel normalised over all its frames.

    A channel is linear in the samples, so that their covariance over the kernel's taps tells its mean and variance.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, len(kernel))[:: STRIDES[0]].astype(float)
    mean = windows.mean(axis=0)
    windows -= mean
    covariance = windows.T @ windows / len(windows)
    variance = ((covariance @ kernel) * kernel).sum(axis=0)
    gain = norm[0] / np.sqrt(variance + EPSILON)
    return (kernel * gain).astype(np.float32), (norm[1] - mean @ kernel * gain).astype(np.float32)


def _position_kernels(weights: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The kernel of each group of channels, from direction and length of each tap's weights (arXiv 1602.07868)."""
    name = "encoder.pos_conv_embed.conv"
    forms = ("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1")
    length, direction = next(form for form in forms if f"{name}.{form[0]}" in weights)
    weight = weights.pop(f"{name}.{direction}").astype(float)
    weight *= weights.pop(f"{name}.{length}") / np.sqrt(np.square(weight).sum(axis=(0, 1)))
    groups = np.split(weight.astype(np.float32), len(weight) // weight.shape[1])
    return [np.ascontiguousarray(as_kernel(group)) for group in groups]
