"""Frames of a pre-trained encoder: what its middle layers hear in a clip."""

import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from emokit.features import hub_folder, log_mel, wav2vec2, whisper
from emokit.features.encoder_files import about, as_kept, checksum, find
from emokit.features.log_mel import LogMelSettings
from emokit.features.silence import TRIM
from emokit.features.weights import EncoderError

VERSION = 2  # of what is computed with given weights and settings
MARGIN = 25  # frames at each end that are heard though cut: with 0.5 s as good as the whole clip, with 0.2 s worse
LARGEST = float(np.finfo(np.float16).max)  # far beyond what a frame holds; but never infinity


@dataclass(frozen=True)
class EncoderSettings:
    """Frames of one layer of an encoder, 50 a second; which weights is known by their checksum.

    Given are the frames from the first to the last one that log-mel with this `trim` and `high_pass` keeps, though not
    high-passed: the encoder learned from sound as it is. It hears half a second more at each end. Where all fields are
    given, as run.json does, no weights are looked for until frames are asked for.

    Attributes:
        model: a name of `ENCODERS`, or a folder or file with weights, float16 or float32: of Whisper `model.bin` of
            CTranslate2, or of Whisper, wav2vec 2.0, HuBERT or WavLM `model.safetensors` of a hub folder.
        layer: which of its layers, 1 … the last; None becomes the middle one, which knows most of emotion.
        trim: silence at both ends is cut where it lies this many dB below the loudest frame; 0 keeps it.
        high_pass: Hz below which nothing counts as sound when silence is cut.
        sha256: of the weights (`encoder_files.checksum`), which decides what is computed; of those found if "".
        n_bands: channels of a frame, as the weights have; found in them if 0.

    Raises:
        EncoderError: if there are no such weights, or they have no such layer.
    """

    model: str = "whisper-base"
    layer: int | None = None
    trim: float = TRIM
    high_pass: float = 100.0
    sha256: str = ""
    n_bands: int = 0

    rate = whisper.RATE
    hop = whisper.FRAME / whisper.RATE
    augment = ()  # what is done to log-mel bands would make no sense of channels
    kept_as = "<f2"  # half the disk; Whisper was trained in float16

    def __post_init__(self):
        found = {"model": str(self.model)}
        if not (self.sha256 and self.n_bands and self.layer):
            path = find(found["model"], self.sha256)
            depth, width = _network(path).shape(path)
            layer = depth // 2 if self.layer is None else self.layer
            if layer not in range(1, depth + 1):
                raise EncoderError(f"layer is {layer}; {path} has the layers 1 to {depth}.")
            found = {"model": as_kept(found["model"], path), "layer": layer}
            found |= {"sha256": checksum(path), "n_bands": width}
        for name, value in found.items():
            object.__setattr__(self, name, value)
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise EncoderError(f"sha256 is {self.sha256[:70]!r}; expected 64 hexadecimal digits.")

    @property
    def provenance(self) -> dict:
        """What the certificate says of the weights: encoder, layer, sha256, and `about`, what they learned from."""
        origin = about(self.model, self.sha256)
        return {"encoder": self.model, "layer": self.layer, "sha256": self.sha256, "about": origin}

    def name(self) -> str:
        """The settings as a folder name, with the version of the computation and the checksum of the weights."""
        silence = f"trim{self.trim:g}-high_pass{self.high_pass:g}"
        return f"encoder-{VERSION}-{self.sha256[:12]}-layer{self.layer:d}-{silence}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Frames of samples at 16 kHz, float32 (n, n_bands), and how many frames were cut before the first.

        They are rounded to float16, as which they are kept: those from a cache are the same.
        """
        path = find(self.model, self.sha256)
        encoder = _network(path).load(path, self.layer)
        first, stop = self._sounding(samples)
        begin, n = max(0, first - MARGIN), max(1, stop // whisper.FRAME - first)
        heard = encoder.frames(samples[begin * whisper.FRAME : stop + MARGIN * whisper.FRAME])
        frames = heard[first - begin :][:n]
        return np.clip(frames, -LARGEST, LARGEST).astype(np.float16).astype(np.float32), first

    def first_frame(self, samples: np.ndarray) -> int:
        """How many frames of samples at 16 kHz are cut before the first; the encoder is not asked."""
        return self._sounding(samples)[0]

    def _sounding(self, samples: np.ndarray) -> tuple[int, int]:
        """The first frame that is kept, and the sample behind the last one."""
        if not self.trim:
            return 0, len(samples)
        frames, start = LogMelSettings(self.rate, trim=self.trim, high_pass=self.high_pass).placed(samples)
        hop, window = round(self.rate * log_mel.HOP), round(self.rate * log_mel.WINDOW)
        return start * hop // whisper.FRAME, (start + len(frames) - 1) * hop + window


def _network(path: Path) -> ModuleType:
    """The module that computes with the weights in a file.

    It has `shape(path)`, of the layers and of a frame, and `load(path, layer)`, whose `frames(samples)` they are.
    """
    return wav2vec2 if hub_folder.holds(path) else whisper
