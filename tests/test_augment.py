import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit.augment import BAND_MASK, BAND_MASKS, GAIN, RATE, TILT, TIME_MASK, TIME_MASKS, augment


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def frames(rng):
    return rng.normal(-8, 3, size=(150, 64)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 400), n_bands=st.integers(1, 80), seed=st.integers(0, 2**32 - 1))
def test_any_clip_stays_a_clip(n_frames, n_bands, seed):
    frames = np.random.default_rng(seed).normal(-8, 3, size=(n_frames, n_bands)).astype(np.float32)
    taken = augment(frames, np.random.default_rng(seed))
    assert taken.dtype == np.float32
    assert np.isfinite(taken).all()
    assert taken.shape[1] == n_bands
    assert max(1, np.floor(n_frames * np.exp(-RATE))) <= len(taken) <= np.ceil(n_frames * np.exp(RATE))


def test_the_same_generator_gives_the_same_take_and_another_one_another(frames):
    first, again, other = (augment(frames, np.random.default_rng([0, 3, clip])) for clip in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_the_clip_itself_is_left_as_it_is(frames, rng):
    before = frames.copy()
    frames.flags.writeable = False  # as a memory map of the cache is
    augment(frames, rng)
    np.testing.assert_array_equal(frames, before)


def test_numpys_global_generator_is_not_touched(frames, rng):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    augment(frames, rng)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_an_even_clip_shows_gain_and_tilt_and_nothing_else(rng):
    """Warping and masking leave a clip that is the same everywhere as it is, so what remains is one straight line."""
    gains, tilts = [], []
    for _ in range(200):
        taken = augment(np.full((50, 64), -5.0, np.float32), rng)
        assert np.allclose(taken, taken[0], atol=1e-5)
        tilt, gain = np.polyfit(np.linspace(-1, 1, 64), taken[0].astype(float), 1)
        np.testing.assert_allclose(taken[0], gain + tilt * np.linspace(-1, 1, 64), atol=1e-4)
        gains.append(gain + 5)
        tilts.append(tilt)
    for drawn, bound in ((gains, GAIN), (tilts, TILT)):
        assert 0.9 * bound < np.max(np.abs(drawn)) <= bound + 1e-4
        assert abs(np.mean(drawn)) < 4 * bound / np.sqrt(3 * len(drawn))  # as often one way as the other


def test_a_tone_moves_in_frequency_and_keeps_its_time(rng):
    """A ridge at band 30 from frame 50 to 100 of 150: another band, still the middle of the clip."""
    frames = np.zeros((150, 64), np.float32)
    frames[50:100, 30] = 100.0  # far above gain and tilt
    bands, middles = [], []
    for _ in range(100):
        taken = augment(frames, rng)
        loud = taken > taken.mean(axis=0) + 20  # where a mask hides the band, nothing is
        if loud.any():
            bands.append(taken.mean(axis=0).argmax())
            middles.append(np.flatnonzero(loud.any(axis=1)).mean() / (len(taken) - 1))
    assert len(bands) > 80
    assert 27 <= min(bands) < 30 < max(bands) <= 33
    assert abs(np.mean(middles) - 0.5) < 0.01


def test_masks_hide_whole_bands_and_no_more_than_said(rng):
    hidden = []
    for _ in range(100):
        taken = augment(rng.normal(size=(200, 64)).astype(np.float32), rng)
        hidden.append(int((taken.std(axis=0) < 1e-5).sum()))
    assert 0 < max(hidden) <= BAND_MASKS * int(BAND_MASK * 64)


def test_masks_hide_stretches_of_time_by_the_mean_of_each_band_and_no_more_than_said(rng):
    shares = []
    for _ in range(100):
        taken = augment(rng.normal(-8, 1, size=(200, 64)).astype(np.float32), rng)
        hidden = np.abs(np.diff(taken, axis=0)).max(axis=1) < 1e-5  # frames that are like the one before
        shares.append(hidden.mean())
        if hidden.any():
            rest = taken[1:][~hidden].mean(axis=0)
            np.testing.assert_allclose(taken[1:][hidden].mean(axis=0), rest, atol=0.5)
    assert 0.5 * TIME_MASK < max(shares) <= TIME_MASKS * TIME_MASK
    assert np.mean(np.array(shares) > 0) > 0.9


def test_takes_are_faster_and_slower_and_of_longer_and_shorter_vocal_tracts(rng):
    """Two ridges, 32 bands apart: they stay as far apart in time, measured in takes, and not in frequency."""
    frames = np.zeros((200, 64), np.float32)
    frames[:, [16, 48]] = 100.0  # far above gain and tilt
    lengths, distances = [], []
    for _ in range(100):
        taken = augment(frames, rng)
        lengths.append(len(taken) / 200)
        loud = taken.mean(axis=0)
        low, high = loud[:32].clip(20), loud[32:].clip(20)
        bands = np.arange(32)
        distances.append(32 + np.average(bands, weights=high - 20 + 1e-9) - np.average(bands, weights=low - 20 + 1e-9))
    assert min(lengths) < 0.9 and max(lengths) > 1.1
    assert min(distances) < 31 and max(distances) > 33
