"""From samples to sequences: frames of every clip, computed once and read from a cache afterwards.

A kind of features is a class in `KINDS`: a frozen dataclass of what can be set, which run.json keeps. It has `rate` (Hz
of the samples it takes), `hop` (s from frame to frame), `n_bands`, `name()` (of its cache folder, another one wherever
the frames are others), `placed(samples)` → float32 (frames, n_bands) and how many frames were cut before them, and
`augment`, what training may do to them: functions as in `emokit.augment`, none if (). One whose frames are rounded to
float16 may say `kept_as = "<f2"`, which halves its cache; one whose frames take long may have `first_frame(samples)`.
"""

import numpy as np

from emokit.features.cache import Features, extract, extract_and_measure
from emokit.features.encoder import EncoderSettings
from emokit.features.encoder_files import ENCODERS
from emokit.features.log_mel import LogMelSettings, log_mel_frames
from emokit.features.mfcc import MfccSettings
from emokit.features.weights import EncoderError

KINDS = {"log_mel": LogMelSettings, "mfcc": MfccSettings, "encoder": EncoderSettings}


def settings(kind: str, *, n_mels: int = 64, level: bool = False, encoder: str = "whisper-base", layer: int = 0):
    """Settings of a kind in `KINDS`, by the parameters of notebook 02.

    Args:
        kind: log_mel, mfcc or encoder.
        n_mels: mel bands, for log_mel and mfcc.
        level: brings clips to one level, for log_mel.
        encoder: a name of `ENCODERS`, or a folder or file of weights.
        layer: of the encoder; 0 is the middle one.
    """
    if kind == "encoder":
        return EncoderSettings(encoder, layer or None)
    return MfccSettings(n_mels=n_mels) if kind == "mfcc" else LogMelSettings(n_bands=n_mels, level=level)


def first_frame(settings, samples: np.ndarray) -> int:
    """How many frames of samples at `settings.rate` are cut before the first, as `placed` gives it."""
    return settings.first_frame(samples) if hasattr(settings, "first_frame") else settings.placed(samples)[1]


__all__ = [
    "ENCODERS", "KINDS", "EncoderError", "EncoderSettings", "Features", "LogMelSettings", "MfccSettings", "extract",
    "extract_and_measure", "first_frame", "log_mel_frames", "settings",
]  # fmt: skip
