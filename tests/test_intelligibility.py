"""benchmarks/intelligibility.py counts words as they are read, and the demo corpus can be understood."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from emokit import corpora

PROJECT = Path(__file__).resolve().parents[1]


with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(PROJECT / "benchmarks")
    import intelligibility
for module in ("intelligibility", "papermill_runs", "results_page"):  # no benchmark is a package that others find
    del sys.modules[module]


@pytest.mark.parametrize(
    ("read", "right", "errors"),
    [
        ("they moved to town", [True] * 4, 0),
        ("let's move to town", [False, False, True, True], 2),
        ("moved to town", [False, True, True, True], 1),
        ("and they moved to the town", [True] * 4, 2),
        ("", [False] * 4, 4),
    ],
)
def test_words_are_laid_along_the_sentence_with_the_fewest_changes(read, right, errors):
    assert intelligibility.aligned(["they", "moved", "to", "town"], read.split()) == (right, errors)


def test_the_table_counts_words_first_words_and_sentences():
    rows = [("sad", 4, 4, True, 0), ("sad", 4, 1, False, 5), ("happy", 2, 2, True, 1)]
    heard = pd.DataFrame(rows, columns=["emotion", "words", "right", "first", "errors"])
    table = pd.DataFrame(intelligibility.table(heard, "emotion")).set_index("emotion")
    assert table.loc["sad"].tolist() == ["2", "62", "50", "62", "50"]
    assert table.loc["all"].tolist() == ["3", "70", "67", "60", "33"]


def test_words_are_compared_without_case_and_punctuation():
    assert intelligibility.words("Let's move, to  the OLD town.") == ["let's", "move", "to", "the", "old", "town"]


@pytest.mark.slow
def test_a_recogniser_reads_the_first_words_of_each_emotion_of_the_demo_corpus(tiny_en, demo_dir):
    pytest.importorskip("ctranslate2", reason="ctranslate2 is not installed; pip install -e '.[dev]'")
    clips = corpora.load("demo", demo_dir)
    some = clips[clips["speaker"] == "demo/v01"].iloc[::2]
    heard = intelligibility.listen(some, intelligibility.Reader(tiny_en))
    assert heard["right"].sum() >= 0.8 * heard["words"].sum() and heard["first"].mean() >= 0.8
