"""Heads in closed form: what scikit-learn finds another way, and answers about speakers who were not learned from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from emokit import heads


@pytest.fixture
def drawn():
    """Three classes in 60 dimensions, 48 clips of 6 speakers: fewer clips than dimensions."""
    rng = np.random.default_rng(0)
    y = np.arange(48) % 3
    speakers = np.arange(48) // 8
    x = rng.normal(0, 1, (48, 60)) * rng.uniform(0.1, 5, 60) + rng.normal(0, 3, 60)
    return x + rng.normal(0, 1, (3, 60))[y] + rng.normal(0, 0.5, (6, 60))[speakers], y, speakers


def test_lda_is_that_of_scikit_learn(drawn):
    x, y, _ = drawn
    kernel, bias = heads.lda(x, y, 3)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=heads.SHRINKAGE).fit(x, y)
    said, expected = x @ kernel + bias, theirs.decision_function(x)
    np.testing.assert_allclose(said - said[:, :1], expected - expected[:, :1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("head", heads.HEADS)
def test_two_classes_have_two_outputs(drawn, head):
    x, y, _ = drawn
    kernel, bias = heads.solve(head, x, y % 2, 2)
    assert kernel.shape == (60, 2)
    assert np.mean((x @ kernel + bias).argmax(axis=1) == y % 2) > 0.9


@pytest.mark.parametrize("head", heads.HEADS)
def test_nobody_is_asked_about_whom_the_head_was_fitted_on(drawn, head):
    """A statistic that names the speaker, whose clips are all of one class: known by heart, it would be believed."""
    _, _, speakers = drawn
    y = speakers % 3
    told = np.eye(6)[speakers]
    kernel, bias = heads.solve(head, told, y, 3)
    assert ((told @ kernel + bias).argmax(axis=1) == y).all()
    said = heads.cross_fitted(head, told, y, 3, speakers)
    assert (said.argmax(axis=1) == y).mean() < 0.5


def test_a_class_that_no_clip_has_is_refused(drawn):
    x, y, _ = drawn
    with pytest.raises(ValueError, match="No training clip is of class 3; leave the class out"):
        heads.solve("lda", x, y, 4)


def test_many_clips_and_few_statistics_give_the_same_lda(drawn):
    x, y, _ = drawn
    few = x[:, :20]
    kernel, bias = heads.lda(few, y, 3)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=heads.SHRINKAGE).fit(few, y)
    said, expected = few @ kernel + bias, theirs.decision_function(few)
    np.testing.assert_allclose(said - said[:, :1], expected - expected[:, :1], rtol=1e-8, atol=1e-8)


def test_clips_of_nobody_who_is_known_are_speakers_of_their_own():
    clips = pd.DataFrame({"file": ["a.wav", "b.wav", "c.wav"], "speaker": ["x/1", None, None]})
    assert heads.speakers_of(clips).tolist() == ["x/1", "b.wav", "c.wav"]


@pytest.mark.parametrize("speakers", [np.zeros(48), np.arange(48) % 3], ids=["one speaker", "a class a speaker"])
def test_a_temperature_is_found_where_speakers_give_none(drawn, speakers):
    x, y, _ = drawn
    assert heads._temperature("lda", x, y, 3, speakers) != 1.0
    assert heads._temperature("lda", x[[0, 1, 2]], y[[0, 1, 2]], 3, speakers[:3]) == 1.0  # a clip a class
