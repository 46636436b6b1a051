"""Samples to MFCC: what most of the field read before it read log-mel, and what older figures rest on."""

from dataclasses import dataclass

import numpy as np
import scipy.fft

from emokit import audio
from emokit.features.log_mel import HOP, LogMelSettings
from emokit.features.silence import TRIM

VERSION = 1  # of what is made of the log-mel frames, whose own version is in the name too


@dataclass(frozen=True)
class MfccSettings:
    """Mel-frequency cepstral coefficients (Davis & Mermelstein 1980): a cosine transform of the log-mel frames.

    Type 2, orthonormal, the first one kept, no lifter, no deltas: `librosa.feature.mfcc` of the same power, in nepers
    where librosa has dB (10 / ln 10 of it). Trimmed as log-mel is.

    Attributes:
        rate: Hz the clip is read at.
        n_bands: coefficients.
        n_mels: mel bands they are made of.
        trim: as in `LogMelSettings`, and so `high_pass`.
    """

    rate: int = audio.RATE
    n_bands: int = 20
    n_mels: int = 64
    trim: float = TRIM
    high_pass: float = 100.0

    hop = HOP
    augment = ()  # gain, shift and stretch are of neighbouring bands in nepers; coefficients are no neighbours

    def __post_init__(self):
        if not 1 <= self.n_bands <= self.n_mels:
            raise ValueError(f"n_bands is {self.n_bands}; {self.n_mels} mel bands give 1 to {self.n_mels} coefficients")

    def name(self) -> str:
        """The settings as a folder name, with both versions of the computation."""
        return f"mfcc-{VERSION}-n_bands{self.n_bands:g}-{self._log_mel.name()}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Features of samples at `rate`, float32 (frames, n_bands), and how many frames were cut before the first."""
        frames, first = self._log_mel.placed(samples)
        return np.ascontiguousarray(scipy.fft.dct(frames, norm="ortho")[:, : self.n_bands]), first

    @property
    def _log_mel(self) -> LogMelSettings:
        return LogMelSettings(self.rate, self.n_mels, self.trim, self.high_pass)
