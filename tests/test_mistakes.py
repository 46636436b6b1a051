"""benchmarks/mistakes.py says what is taken for what, and which cues those clips share with what they are taken for."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emokit import corpora, cues

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


def test_the_cues_are_those_of_the_library_held_to_each_speaker_once_a_file(demo_dir, tmp_path):
    clips = corpora.load("demo", demo_dir).iloc[:8]
    heard = mistakes.heard_of(pd.concat([clips, clips]), tmp_path)
    assert heard.index.tolist() == clips["file"].tolist() and heard.columns.tolist() == list(cues.UNITS)
    np.testing.assert_allclose(heard.mean(), 0, atol=1e-6)
