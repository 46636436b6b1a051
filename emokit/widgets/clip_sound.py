"""Clips as a page asks for them: their sound, several in one message."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile as sf

from emokit import audio
from emokit.widgets import live
from emokit.widgets.clip_player import clip_name

FIRST = 4  # clips whose sound comes with the list that names them: what is seen of it at once


def flacs(files: Sequence[str]) -> live.Answer:
    """Each clip as FLAC, and in `heard` nothing of it, or the `error` in words, its bytes then empty."""
    heard, sounds = [], []
    for file in files:
        try:
            heard, sounds = [*heard, {}], [*sounds, flac(audio.read(file))]
        except audio.BadClip as bad:
            error = f"{clip_name(file)} cannot be heard: {bad.reason}."  # without the folders
            heard, sounds = [*heard, {"error": error}], [*sounds, b""]
    return {"heard": heard}, sounds


def flac(samples: np.ndarray, rate: int = audio.RATE) -> bytes:
    """Samples float (samples,) as FLAC of 16 bits: 13 to 20 kB a second, 20 times as fast to make as MP3."""
    buffer = io.BytesIO()
    sf.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
