"""Where a check of single clips begins to speak: a clip just beyond its limit is named, one just within it is not."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audit
from emokit.audit import CHECKS

SOUND = {"peak": 0.5, "clipped": 0.0, "dc": 0.0, "duration": 2.0}
LIMITS = {
    "silent": ("peak", 0.0011, 0.0009),  # -60 dB
    "too short": ("duration", 0.161, 0.159),  # a step of the model
    "clipped": ("clipped", 0.0009, 0.0011),
    "DC offset": ("dc", -0.019, -0.021),
}


@pytest.mark.parametrize("check", LIMITS)
def test_a_clip_is_named_from_the_limit_on_and_not_before(check):
    column, within, beyond = LIMITS[check]
    clips = pd.DataFrame([{"file": f"/d/{value}.wav", **SOUND, column: value} for value in (within, beyond)])
    assert [finding.file for finding in CHECKS[check](clips)] == [f"/d/{beyond}.wav"]


@pytest.mark.parametrize(("in_a_row", "share"), [(1, 0), (2, 0), (3, 1 / 16), (5, 3 / 16)])
def test_from_three_samples_in_a_row_at_the_extreme_a_wave_is_clipped(tmp_path, in_a_row, share):
    """Two may be alike by chance: a tone may be sampled at both sides of its crest."""
    period = np.sin(np.linspace(0, 2 * np.pi, 16, endpoint=False)) * 0.9
    top = 4 - in_a_row // 2
    period[top : top + in_a_row] = 0.95
    sf.write(tmp_path / "tone.wav", np.tile(period, 1_000), 16_000, subtype="FLOAT")
    measured = audit.measure(pd.DataFrame({"file": [str(tmp_path / "tone.wav")]}))
    assert measured["clipped"][0] == pytest.approx(share, abs=1e-3)
