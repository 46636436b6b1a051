"""Clips brought to one level: what is read of them does not depend on how loud they were played."""

import numpy as np
import pytest
from test_predict import folder, run  # noqa: F401

from emokit import audio, flags
from emokit.features import LogMelSettings
from emokit.run_folder import record


@pytest.fixture
def samples(demo_dir):
    return audio.read(demo_dir / "v01" / "v01_s1_ang_1.flac")


@pytest.mark.parametrize("gain", [0.3, 0.5, 2.0])
def test_frames_of_one_level_are_the_same_softer_and_louder(samples, gain):
    loud = samples / np.abs(samples).max() / 2
    settings = LogMelSettings(level=True)
    one, other = settings.placed(loud)[0], settings.placed(loud * np.float32(gain))[0]
    sounding = one > -12  # what lies at the floor of the power stays there
    np.testing.assert_allclose(one[sounding], other[sounding], atol=1e-3)
    assert np.log(np.exp(one).mean()) == pytest.approx(0, abs=1e-3)
    assert np.abs(LogMelSettings().placed(loud)[0] - LogMelSettings().placed(loud * np.float32(gain))[0]).max() > 1


def test_without_it_frames_names_and_older_runs_are_as_they_were(samples):
    settings = LogMelSettings()
    assert settings.name() == "log_mel-1-rate16000-n_mels64-trim40-high_pass100"
    assert LogMelSettings(level=True).name() == settings.name() + "-level1"
    older = {
        "kind": "log_mel",
        "name": settings.name(),
        "rate": 16_000,
        "n_bands": 64,
        "trim": 40.0,
        "high_pass": 100.0,
    }
    assert record.settings_of(older) == settings and not settings.level
    levelled = LogMelSettings(level=True).placed(samples)[0]
    shift = settings.placed(samples)[0] - levelled
    np.testing.assert_allclose(shift, shift[0, 0], atol=1e-5)  # one number a clip


def test_a_run_of_one_level_doubts_only_what_is_very_soft(run):  # noqa: F811
    soft = audio.read(run.clips["file"][0]) * np.float32(0.15)  # 16 dB

    class Levelled:
        usual, window, settings = run.usual, run.window, LogMelSettings(n_bands=8, level=True)

    heard = [flags.unlike(any_run, x[:, None], x, 40) for any_run in (run, Levelled) for x in (soft, soft / 4)]
    assert ["quieter" in words for words in heard] == [True, True, False, True]
