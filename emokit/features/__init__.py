"""From samples to sequences: log-mel frames of every clip, computed once and read from a cache afterwards."""

from emokit.features.cache import Features, extract, extract_and_measure
from emokit.features.log_mel import LogMelSettings, log_mel, trim_silence

__all__ = ["Features", "LogMelSettings", "extract", "extract_and_measure", "log_mel", "trim_silence"]
