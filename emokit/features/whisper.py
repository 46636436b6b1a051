"""The encoder of Whisper (Radford et al. 2022, arXiv 2212.04356) in numpy: samples → frames of one of its layers.

A clip is not filled up to 30 s, as transcribing does: positions 0 … n are used, which gives nearly the frames that the
long input would, at a tenth of the time. Reads of several threads at once are as safe as those of one.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.fft

from emokit.features.transformer import as_kernel, attention, convolve, gelu, layer_norm
from emokit.features.weights import EncoderError, read

RATE = 16_000  # Hz
WINDOW, MEL_HOP = 400, 160  # samples of a window, and from one mel frame to the next
FRAME = 2 * MEL_HOP  # samples of one frame of the encoder: 20 ms
LONGEST = 1_500  # frames, 30 s: there are no more positions
HEAD = 64  # channels of one head of attention, in every Whisper
DYNAMIC = 8.0  # decades below the loudest band at which a mel frame is cut off


class Whisper:
    """An encoder whose first layers are in memory.

    Attributes:
        layer: that is given: 1 … depth; the last one with the normalisation that ends the encoder.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], layer: int):
        """Keep what the layers up to this one need, as float32; `weights` as `weights.read` gives them."""
        if layer > depth(weights):
            raise EncoderError(f"layer is {layer}, but the weights have {depth(weights)}; choose another.")
        self.layer, self._last = layer, layer == depth(weights)
        needed = ["conv1", "conv2", "position", *(f"layer_{i}" for i in range(layer)), *["layer_norm"] * self._last]
        begin = tuple(f"{name}/" for name in needed)
        self._weights = {key: np.asarray(value, np.float32) for key, value in weights.items() if key.startswith(begin)}
        for name in ("conv1/weight", "conv2/weight"):
            self._weights[name] = as_kernel(self._weights[name])
        self._n_mels = len(self._weights["conv1/weight"]) // 3

    def frames(self, samples: np.ndarray) -> np.ndarray:
        """Frames of samples at 16 kHz: float32 (n, width), n = samples // 320, at least one.

        More than 30 s are read in stretches of equal length, each no longer than that, which know nothing of each
        other: memory does not grow with them.
        """
        samples = np.asarray(samples, np.float32)
        if len(samples) < FRAME:
            samples = np.pad(samples, (0, FRAME - len(samples)))
        n_frames = len(samples) // FRAME
        edges = np.linspace(0, n_frames, -(-n_frames // LONGEST) + 1).astype(int)
        heard = np.empty((n_frames, width(self._weights)), np.float32)
        for start, stop in zip(edges, edges[1:], strict=False):
            heard[start:stop] = self.encode(log_mel(samples[start * FRAME : stop * FRAME], self._n_mels))
        return heard

    def encode(self, mel: np.ndarray) -> np.ndarray:
        """What the layer makes of `log_mel`'s frames: float32 (2 n, mels), no more than 30 s of them, → (n, width)."""
        x = gelu(self._convolve(mel, "conv1", 1))
        x = gelu(self._convolve(x, "conv2", 2))
        x += self._weights["position/encodings"][: len(x)]
        for i in range(self.layer):
            x += self._attention(self._norm(x, f"layer_{i}/self_attention/layer_norm"), f"layer_{i}/self_attention")
            hidden = self._linear(self._norm(x, f"layer_{i}/ffn/layer_norm"), f"layer_{i}/ffn/linear_0")
            x += self._linear(gelu(hidden), f"layer_{i}/ffn/linear_1")
        return self._norm(x, "layer_norm") if self._last else x

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        y = x @ self._weights[f"{name}/weight"].T
        y += self._weights[f"{name}/bias"]
        return y

    def _convolve(self, x: np.ndarray, name: str, stride: int) -> np.ndarray:
        """Three frames wide, with a zero frame before the first and behind the last."""
        x = convolve(np.pad(x, ((1, 1), (0, 0))), self._weights[f"{name}/weight"], stride)
        return x + self._weights[f"{name}/bias"]

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        return layer_norm(x, self._weights[f"{name}/gamma"], self._weights[f"{name}/beta"])

    def _attention(self, x: np.ndarray, name: str) -> np.ndarray:
        n, width = x.shape
        joined = self._linear(x, f"{name}/linear_0").reshape(n, 3, width // HEAD, HEAD)
        heard = np.empty((n, width), np.float32)
        for head in range(width // HEAD):  # one after the other: 9 MB of scores for 30 s, however many heads
            query, key, value = joined[:, :, head].transpose(1, 0, 2)
            heard[:, head * HEAD : (head + 1) * HEAD] = attention(query, key, value)
        return self._linear(heard, f"{name}/linear_1")


@lru_cache(maxsize=2)
def load(path: Path, layer: int) -> Whisper:
    """The encoder in a file up to a layer; the last two stay in memory."""
    return Whisper(read(path), layer)


def shape(path: Path) -> tuple[int, int]:
    """How many layers the encoder in a file has, and how many channels its frames."""
    weights = read(path)
    return depth(weights), width(weights)


def depth(weights: Mapping[str, np.ndarray]) -> int:
    """How many layers the encoder has."""
    return sum(key.endswith("/self_attention/linear_1/weight") for key in weights)


def width(weights: Mapping[str, np.ndarray]) -> int:
    """Channels of its frames."""
    return weights["position/encodings"].shape[1]


def log_mel(samples: np.ndarray, n_mels: int = 80) -> np.ndarray:
    """What Whisper reads: log10 of mel power, scaled as it was trained: float32 (samples // 160, n_mels).

    Behind the samples there is silence, as when a clip is filled up; before them their mirror image, as in training.
    """
    padded = np.pad(np.pad(samples, (WINDOW // 2, 0), mode="reflect"), (0, WINDOW // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::MEL_HOP][: len(samples) // MEL_HOP]
    spectrum = scipy.fft.rfft(windows * _hann())
    mel = (np.square(spectrum.real) + np.square(spectrum.imag)) @ _filters(n_mels)
    mel = np.log10(np.maximum(mel, 1e-10))
    return ((np.maximum(mel, mel.max() - DYNAMIC) + 4) / 4).astype(np.float32)


@lru_cache
def _hann() -> np.ndarray:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@lru_cache
def _filters(n_mels: int) -> np.ndarray:
    from librosa.filters import mel  # here: it takes long to import

    return np.ascontiguousarray(mel(sr=RATE, n_fft=WINDOW, n_mels=n_mels).T)
