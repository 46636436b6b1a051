"""Planted wrong labels are found among out-of-fold probabilities, and a clean table stays clean."""

import sys

import numpy as np
import pandas as pd
import pytest

from emokit import corpora
from emokit.audit.mislabelled import likely_mislabelled
from emokit.widgets.worst_mistakes import doubtful

EMOTIONS = ["neutral", "happy", "sad", "angry"]
WRONG = range(0, 200, 25)


def predicted(wrong=()):
    """200 clips and a model that is right in most cases; some labels are turned to the next emotion."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 200)
    probabilities = 0.4 * rng.dirichlet(np.ones(4), 200)
    probabilities[np.arange(200), truth] += 0.6
    truth[list(wrong)] = (truth[list(wrong)] + 1) % 4
    columns = {f"p_{name}": probabilities[:, k] for k, name in enumerate(EMOTIONS)}
    labels = [EMOTIONS[k] for k in truth]
    return pd.DataFrame({"file": [f"/data/{i:03}.wav" for i in range(200)], "emotion": labels, **columns})


@pytest.fixture
def cleanlab():
    return pytest.importorskip("cleanlab", reason="cleanlab is not installed; pip install -e \".[mislabelled]\"")


def test_planted_wrong_labels_come_first_and_are_named(cleanlab):
    table = predicted(WRONG)
    found = likely_mislabelled(table)
    planted = {f"/data/{i:03}.wav" for i in WRONG}
    assert set(found["file"].head(len(planted))) == planted
    accused = found[found["mislabelled"]]
    assert set(accused["file"]) <= planted and len(accused) >= len(planted) / 2
    right = [EMOTIONS[EMOTIONS.index(name) - 1] for name in accused["emotion"]]
    assert accused["suggested"].tolist() == right
    assert found["quality"].is_monotonic_increasing and found["quality"].between(0, 1).all()


def test_two_planted_wrong_labels_are_the_two_that_are_shown_first(cleanlab, demo_dir):
    clips = corpora.load("demo", demo_dir).head(200)
    planted = [140, 40]
    table = predicted(planted).assign(file=clips["file"])
    found = likely_mislabelled(table)
    view = doubtful(found, clips, n=2)
    lines = view.text.splitlines()
    assert lines[0] == "The 2 most doubtful labels of 200"
    names = clips.loc[planted, "file"].map(lambda file: file.rsplit("/", 1)[-1])
    assert {line.split()[-1] for line in lines[2:]} == set(names)
    rows = found.head(2)[["emotion", "suggested"]].to_numpy().tolist()
    assert [line.split()[:2] for line in lines[2:]] == rows  # in the order given
    assert view.html.count("<audio") == 2 and all(name in view.html for name in names)


def test_right_labels_are_not_accused(cleanlab):
    assert not likely_mislabelled(predicted())["mislabelled"].any()


def test_a_clip_tested_in_several_runs_counts_once(cleanlab):
    table = predicted(WRONG)
    twice = pd.concat([table, table.iloc[::-1]], ignore_index=True)
    pd.testing.assert_frame_equal(likely_mislabelled(twice), likely_mislabelled(table))


def test_a_class_that_no_clip_has_does_not_matter(cleanlab):
    table = predicted(WRONG)
    pd.testing.assert_frame_equal(likely_mislabelled(table.assign(p_bored=0.1)), likely_mislabelled(table))


def test_runs_that_contradict_each_other_are_refused(cleanlab):
    table = predicted()
    other = table.assign(emotion=table["emotion"].replace("happy", "sad"))
    with pytest.raises(ValueError, match="different labels"):
        likely_mislabelled(pd.concat([table, other]))
    with pytest.raises(ValueError, match="No run tells a probability of sad"):
        likely_mislabelled(table.drop(columns="p_sad"))
    half = table.drop(columns="p_sad").assign(file=table["file"] + "2")[table["emotion"] != "sad"]
    with pytest.raises(ValueError, match="lack the probability"):
        likely_mislabelled(pd.concat([table, half]))


def test_without_cleanlab_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(ImportError, match=r'pip install -e "\.\[mislabelled\]"'):
        likely_mislabelled(predicted())
