import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from emokit import FeatureNormalizer
from emokit.normalizer import NotFittedError


def sequences(lengths, offset=-8.0):
    return [np.random.default_rng(n).normal(offset, 3, (n, 4)).astype(np.float32) for n in lengths]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(lengths=st.lists(st.integers(1, 60), min_size=2, max_size=6), cut=st.integers(1, 5))
def test_partial_fit_equals_fit(lengths, cut):
    clips = sequences(lengths)
    whole = FeatureNormalizer().fit(clips)
    parts = FeatureNormalizer().partial_fit(clips[:cut]).partial_fit(clips[cut:])
    assert whole.n_frames_ == parts.n_frames_ == sum(lengths)
    np.testing.assert_allclose(parts.mean_, whole.mean_, rtol=1e-12)
    np.testing.assert_allclose(parts.scale_, whole.scale_, rtol=1e-9)


def test_statistics_are_those_of_all_frames_as_scikit_learn_computes_them():
    clips = sequences([30, 7, 55])
    reference = StandardScaler().fit(np.concatenate(clips).astype(np.float64))
    normalizer = FeatureNormalizer().fit(clips)
    np.testing.assert_allclose(normalizer.mean_, reference.mean_, rtol=1e-12)
    np.testing.assert_allclose(normalizer.scale_, reference.scale_, rtol=1e-9)
    together = np.concatenate(normalizer.transform(clips))
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(together.std(axis=0), 1, atol=1e-5)


def test_padding_a_clip_would_change_the_statistics_so_sequences_stay_unpadded():
    clips = sequences([30, 7])
    padded = [np.pad(clip, ((0, 40), (0, 0))) for clip in clips]
    assert abs(FeatureNormalizer().fit(clips).mean_ - FeatureNormalizer().fit(padded).mean_).min() > 1


def test_a_band_that_was_empty_in_training_does_not_blow_up_what_another_recording_holds_there():
    clips = sequences([400, 300])
    for clip in clips:
        clip[:, 3] = -23 + 1e-3 * clip[:, 3]  # nothing above 4 kHz, as in telephone speech
    normalizer = FeatureNormalizer().fit(clips)
    assert normalizer.scale_[3] == pytest.approx(np.median(normalizer.scale_) / 2, rel=0.05)
    studio = normalizer.transform(sequences([500]))[0]
    assert np.abs(studio[:, 3]).max() < 20  # nearly 10,000 without the floor
    assert np.abs(studio[:, :3]).max() < 5


def test_a_band_that_never_changes_stays_finite():
    clips = [np.full((20, 2), 0.1, np.float32), np.full((3, 2), 0.1, np.float32)]
    normalizer = FeatureNormalizer().fit(clips)
    assert normalizer.scale_.tolist() == [1, 1]
    assert np.abs(np.concatenate(normalizer.transform(clips))).max() < 1e-6


def test_saved_and_loaded_it_gives_the_same_numbers(tmp_path):
    clips = sequences([30, 7])
    normalizer = FeatureNormalizer().fit(clips)
    normalizer.save(tmp_path / "normalizer.npz")
    loaded = FeatureNormalizer.load(tmp_path / "normalizer.npz")
    assert loaded.n_frames_ == 37
    for a, b in zip(normalizer.transform(clips), loaded.transform(clips), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_cannot_count_is_refused_by_index(tmp_path):
    with pytest.raises(NotFittedError, match="seen no clip"):
        FeatureNormalizer().transform(sequences([3]))
    with pytest.raises(ValueError, match="Sequence 1 holds NaN"):
        FeatureNormalizer().fit([np.ones((2, 4)), np.full((2, 4), np.nan)])
    with pytest.raises(ValueError, match="Sequence 1 has 3 bands; those before had 4"):
        FeatureNormalizer().fit([np.ones((2, 4)), np.ones((2, 3))])
    np.savez(tmp_path / "other.npz", weights=np.ones(3))
    with pytest.raises(ValueError, match="no saved FeatureNormalizer"):
        FeatureNormalizer.load(tmp_path / "other.npz")
