"""From samples to sequences: frames of every clip, computed once and read from a cache afterwards.

A kind of features is a class in `KINDS`: a frozen dataclass of what can be set, which run.json keeps. It has `rate` (Hz
of the samples it takes), `hop` (s from frame to frame), `n_bands`, `name()` (of its cache folder, another one wherever
the frames are others), `placed(samples)` → float32 (frames, n_bands) and how many frames were cut before them, and
`augment`, what training may do to them: functions as in `emokit.augment`, none if (). One whose frames are rounded to
float16 may say `kept_as = "<f2"`, which halves its cache.
"""

from emokit.features.cache import Features, extract, extract_and_measure
from emokit.features.encoder import EncoderSettings
from emokit.features.encoder_files import ENCODERS
from emokit.features.log_mel import LogMelSettings, log_mel_frames
from emokit.features.mfcc import MfccSettings
from emokit.features.weights import EncoderError

KINDS = {"log_mel": LogMelSettings, "mfcc": MfccSettings, "encoder": EncoderSettings}

__all__ = [
    "ENCODERS", "KINDS", "EncoderError", "EncoderSettings", "Features", "LogMelSettings", "MfccSettings", "extract",
    "extract_and_measure", "log_mel_frames",
]  # fmt: skip
