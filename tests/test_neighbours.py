"""How far a clip is from training clips is judged by how far those are from other speakers."""

import numpy as np
import pytest

from emokit import neighbours
from emokit.neighbours import Neighbours


def voices(n_speakers=6, n_clips=50, units=8, seed=0):
    """Clips that scatter around their speaker."""
    rng = np.random.default_rng(seed)
    around = np.repeat(rng.normal(0, 3, (n_speakers, units)), n_clips, axis=0)
    return around + rng.normal(size=around.shape), np.repeat([f"s{i}" for i in range(n_speakers)], n_clips)


def test_the_bound_is_the_quantile_of_distances_to_the_nearest_clip_of_another_speaker():
    vectors, speakers = voices(3, 4)
    scaled = vectors / vectors.std(axis=0)
    nearest = [
        min(np.linalg.norm(a - b) for b, other in zip(scaled, speakers, strict=True) if other != own)
        for a, own in zip(scaled, speakers, strict=True)
    ]
    assert Neighbours(vectors, speakers).bound == pytest.approx(np.quantile(nearest, 0.98))


def test_a_speaker_like_the_others_lies_within_and_what_is_elsewhere_beyond():
    vectors, speakers = voices()
    known = Neighbours(vectors[50:], speakers[50:])
    assert known.distances(vectors[50:]).max() < 1e-6
    assert (known.distances(vectors[:50]) > known.bound).mean() < 0.1
    assert (known.distances(vectors[:50] + 30) > known.bound).all()


@pytest.mark.parametrize("n_speakers", [0, 1])
def test_where_no_other_speaker_is_known_nothing_is_far(n_speakers):
    vectors, speakers = voices()
    known = Neighbours(vectors[: 50 * n_speakers], speakers[: 50 * n_speakers])
    assert known.bound == np.inf and not (known.distances(vectors) > known.bound).any()


def test_of_many_clips_some_are_drawn_always_the_same(monkeypatch):
    vectors, speakers = voices()
    every = Neighbours(vectors, speakers).bound
    monkeypatch.setattr(neighbours, "MOST", 200)
    some = Neighbours(vectors, speakers)
    assert (some.distances(vectors) < 1e-6).sum() == 200
    assert some.bound == Neighbours(vectors, speakers).bound == pytest.approx(every, rel=0.2)


def test_a_dimension_that_never_changes_is_no_distance():
    vectors, speakers = voices()
    assert np.isfinite(Neighbours(np.hstack([vectors, np.ones((300, 1))]), speakers).bound)
