"""benchmarks/mistakes.py says what is taken for what, and which cues those clips share with what they are taken for."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

PROJECT = Path(__file__).resolve().parents[1]


with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(PROJECT / "benchmarks")
    import mistakes
for module in ("mistakes", "papermill_runs", "results_page"):  # no benchmark is a package that others find
    del sys.modules[module]


def test_the_cues_of_mistaken_clips_lie_where_those_of_the_other_emotion_do():
    kinds = [("sad", "sad", -1.0)] * 12 + [("sad", "calm", -0.2)] * 10 + [("calm", "calm", 0.0)] * 30
    kinds += [("calm", "sad", -2.0)] * 3
    said = pd.DataFrame(kinds, columns=["emotion", "predicted", "pitch"]).assign(file=[str(i) for i in range(55)])
    rows = mistakes.mistakes(said, said.set_index("file")[["pitch"]])
    assert rows[0] == {"emotion": "sad", "recall": "55", "taken for": "calm 45", "pitch": "-1.0 → -0.2 (+0.0)"}
    assert rows[1] == {"emotion": "calm", "recall": "91", "taken for": "sad 9", "pitch": ""}  # three say little


def test_pitch_level_treble_and_length_are_told_apart(tmp_path):
    t = np.arange(16_000) / 16_000
    buzz = {name: sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 8)) for name, hertz in
            {"low": 120, "high": 240}.items()}  # fmt: skip
    hiss = np.random.default_rng(0).normal(size=16_000) * np.sin(np.pi * t)
    sounds = {"plain": buzz["low"], "higher": buzz["high"], "louder": 4 * buzz["low"]}
    sounds |= {"longer": np.tile(buzz["low"], 3), "brighter": buzz["low"] + 0.2 * np.diff(hiss, prepend=0)}
    for name, samples in sounds.items():
        sf.write(tmp_path / f"{name}.wav", 0.05 * samples, 16_000)
    clips = pd.DataFrame({"file": [str(tmp_path / f"{name}.wav") for name in sounds], "speaker": "a"})
    heard = mistakes.cues(clips, tmp_path / "cache").set_axis(list(sounds))
    for cue, name in {"pitch": "higher", "level": "louder", "length": "longer", "treble": "brighter"}.items():
        assert heard[cue].idxmax() == name, heard
