"""How far a clip is from training clips is judged by how far those are from other speakers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emokit import neighbours
from emokit.neighbours import Neighbours, described

BANDS = 8


def voices(n_speakers=6, n_clips=50, seed=0):
    """Frames of clips that scatter around their speaker, and the table of them."""
    rng = np.random.default_rng(seed)
    around = np.repeat(rng.normal(0, 3, (n_speakers, BANDS)), n_clips, axis=0)
    frames = [rng.normal(middle, rng.uniform(0.5, 2, BANDS), (40, BANDS)) for middle in around]
    speakers = np.repeat([f"s{i}" for i in range(n_speakers)], n_clips)
    return frames, pd.DataFrame({"speaker": speakers, "file": [f"{i}.wav" for i in range(len(frames))]})


def fitted(frames, clips):
    return Neighbours.fit(frames, clips, 40)


def vectors_of(frames):
    return np.array([described(of_one) for of_one in frames])


def test_the_bound_is_the_quantile_of_distances_to_the_nearest_clip_of_another_speaker():
    frames, clips = voices(3, 4)
    vectors = vectors_of(frames)
    scaled = vectors / vectors.std(axis=0)
    nearest = [
        min(np.linalg.norm(a - b) for b, other in zip(scaled, clips["speaker"], strict=True) if other != own)
        for a, own in zip(scaled, clips["speaker"], strict=True)
    ]
    assert fitted(frames, clips).bound == pytest.approx(np.quantile(nearest, 0.98), rel=1e-3)


def test_a_speaker_like_the_others_lies_within_and_what_is_elsewhere_beyond():
    frames, clips = voices()
    known = fitted(frames, clips.iloc[50:])
    assert known.distances(vectors_of(frames[50:])).max() < 0.05  # what float16 leaves out
    assert (known.distances(vectors_of(frames[:50])) > known.bound).mean() < 0.1
    rougher = [7 * of_one for of_one in frames]
    assert (known.distances(vectors_of(rougher)) > known.bound).all()


@given(st.floats(-20, 20))
def test_level_is_no_distance(level):
    """In log-mels it is the same number in each band."""
    frames = np.random.default_rng(0).normal(size=(30, BANDS)).astype(np.float32)
    np.testing.assert_allclose(described(frames + np.float32(level)), described(frames), atol=1e-4)


def test_one_frame_is_described():
    assert np.isfinite(described(np.ones((1, BANDS), np.float32))).all()


def test_of_a_clip_counts_what_the_model_reads():
    frames, clips = voices(2, 5)
    longer = [np.vstack([of_one, 100 + of_one]) for of_one in frames]
    np.testing.assert_array_equal(fitted(longer, clips).known, fitted(frames, clips).known)


def test_where_one_speaker_is_known_nothing_is_far():
    frames, clips = voices(2)
    known = fitted(frames, clips.iloc[:50])
    assert known.bound == np.inf and not (known.distances(vectors_of(frames)) > known.bound).any()


def test_clips_of_unknown_speakers_are_of_one_each():
    frames, clips = voices()
    unknown = fitted(frames, clips.assign(speaker=pd.NA))
    assert 0 < unknown.bound < fitted(frames, clips).bound


def test_of_many_clips_some_are_drawn_always_the_same(monkeypatch):
    frames, clips = voices()
    every = fitted(frames, clips).bound
    monkeypatch.setattr(neighbours, "MOST", 200)
    some = fitted(frames, clips)
    assert (some.distances(vectors_of(frames)) < 0.05).sum() == 200
    assert some.bound == fitted(frames, clips).bound == pytest.approx(every, rel=0.2)


def test_a_dimension_that_never_changes_is_no_distance():
    frames, clips = voices()
    assert np.isfinite(fitted([np.hstack([of_one, np.ones((40, 1))]) for of_one in frames], clips).bound)


def test_what_is_saved_says_the_same(tmp_path):
    frames, clips = voices()
    known = fitted(frames, clips)
    known.save(tmp_path / "neighbours.npz")
    read = Neighbours.load(tmp_path / "neighbours.npz")
    assert read.bound == known.bound
    np.testing.assert_array_equal(read.distances(vectors_of(frames)), known.distances(vectors_of(frames)))


@pytest.mark.parametrize(
    "arrays",
    [
        {"known": np.ones(3), "scale": np.ones(3), "bound": 1.0},
        {"known": np.ones((0, 3)), "scale": np.ones(3), "bound": 1.0},
        {"known": np.ones((2, 3)), "scale": np.ones(4), "bound": 1.0},
        {"known": np.ones((2, 3)), "scale": np.ones(3), "bound": np.ones(2)},
        {"known": np.ones((2, 3)), "scale": np.ones(3)},
    ],
)
def test_another_file_is_refused(tmp_path, arrays):
    np.savez(tmp_path / "neighbours.npz", **arrays)
    with pytest.raises((ValueError, KeyError)):
        Neighbours.load(tmp_path / "neighbours.npz")
