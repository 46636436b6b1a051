"""Baselines: what they learn of the demo corpus, and on which parts."""

import importlib.util

import numpy as np
import pytest

from emokit import baselines, corpora, metrics, splits
from emokit.features.functionals import Functionals, of_clips


@pytest.fixture(scope="module")
def clips(demo_dir):
    """Two sentences of the demo corpus, fold 1 the test."""
    found = corpora.load("demo", demo_dir)
    return splits.assign(found[found["file"].str.contains("_s[12]_")].reset_index(drop=True))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def uar(predictions, part="test"):
    said = predictions[predictions["part"] == part]
    return metrics.uar(said["emotion"], said["predicted"])


def test_the_majority_is_the_commonest_training_emotion(clips, cache):
    more_sad = clips[(clips["emotion"] == "sad") | (clips["part"] != "train") | clips["file"].str.contains("_s1_")]
    predictions = baselines.fit("majority", more_sad, cache).predictions(more_sad)
    assert set(predictions["predicted"]) == {"sad"} and uar(predictions) == 0.2


def test_an_svm_on_functionals_learns_more_than_chance(clips, cache):
    predictions = baselines.fit("functionals", clips, cache).predictions(clips)
    assert 0.45 < uar(predictions) < 1 and uar(predictions, "train") > uar(predictions)


def test_an_svm_on_egemaps_learns_more_than_chance(clips, cache):
    pytest.importorskip("opensmile", reason='openSMILE is not installed; pip install "emokit-ser[opensmile]"')
    baseline = baselines.fit("egemaps", clips, cache)
    assert baseline.model[0].n_features_in_ == 88
    assert uar(baseline.predictions(clips)) > 0.45


@pytest.mark.skipif(importlib.util.find_spec("opensmile") is not None, reason="openSMILE is installed")
def test_without_opensmile_one_sentence_says_what_to_install(clips, cache):
    with pytest.raises(ImportError, match=r'for research only; install it by pip install "emokit-ser\[opensmile\]"'):
        baselines.fit("egemaps", clips, cache)


def test_the_test_part_changes_nothing_that_is_fitted(clips, cache):
    other = clips.assign(emotion=clips["emotion"].mask(clips["part"] == "test", "sad"))
    one, two = (baselines.fit("functionals", table, cache).model for table in (clips, other))
    np.testing.assert_array_equal(one[-1].coef_, two[-1].coef_)
    np.testing.assert_array_equal(one[0].mean_, two[0].mean_)


def test_two_classes_have_two_probabilities(clips, cache):
    two = clips[clips["emotion"].isin(["sad", "angry"])]
    predictions = baselines.fit("functionals", two, cache).predictions(two)
    p = metrics.probabilities(predictions)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert list(p) == metrics.classes(predictions) and uar(predictions) > 0.7


def test_functionals_are_read_from_the_cache_in_the_order_of_the_clips(clips, cache, monkeypatch):
    some = clips.iloc[[7, 2, 5]]
    computed = of_clips(some, Functionals(), cache)
    monkeypatch.setattr(Functionals, "placed", None)
    np.testing.assert_array_equal(of_clips(some.iloc[::-1], Functionals(), cache), computed[::-1])


def test_functionals_say_level_slope_and_pitch():
    seconds = np.arange(16_000) / 16_000
    tone = 0.2 * sum(np.sin(2 * np.pi * 220 * k * seconds) / k for k in range(1, 8))
    louder = tone * np.exp(seconds)
    values, rising = (Functionals().placed(sound.astype(np.float32))[0][0] for sound in (tone, louder))
    pitch = values[-7:-1]  # mean, deviation, three percentiles, slope; then the log of the frames
    assert pitch[0] == pytest.approx(36, abs=0.2)  # three octaves above 27.5 Hz
    assert values[-1] == pytest.approx(np.log(98), abs=0.05)
    n_tracks = 27
    slopes = rising[5 * n_tracks : 6 * n_tracks]
    assert slopes[-1] == pytest.approx(2, abs=0.1)  # power grows by e² in a second


def test_an_unknown_baseline_and_a_missing_part_are_refused(clips, cache):
    with pytest.raises(ValueError, match="Unknown baseline 'svm'; expected one of majority, egemaps, functionals"):
        baselines.fit("svm", clips, cache)
    with pytest.raises(ValueError, match="needs clips in the part train; deal them by splits.assign"):
        baselines.fit("majority", clips[clips["part"] != "train"], cache)

