import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import audio, corpora
from emokit.augment import (
    BAND_MASK,
    BAND_MASKS,
    GAIN,
    LOG_MEL,
    RATE,
    SHIFT,
    STRETCH,
    TILT,
    TIME_MASK,
    TIME_MASKS,
    augmented,
    noise,
)
from emokit.augment import _read_at as read_at
from emokit.augment import _stretch as stretch
from emokit.features import LogMelSettings


def augment(frames, rng):
    return augmented(frames, LOG_MEL, rng)


def in_one_piece(frames, rng):
    """Augmentation as it was before it was a list: runs that were begun with it go on with the same bits."""
    n_frames, n_bands = frames.shape
    times = np.linspace(0, n_frames - 1, max(1, round(n_frames * np.exp(rng.uniform(-RATE, RATE)))))
    centre = (n_bands - 1) / 2
    bands = centre + (np.arange(n_bands) - centre) * np.exp(rng.uniform(-STRETCH, STRETCH)) + rng.uniform(-SHIFT, SHIFT)
    taken = read_at(read_at(frames, times).T, bands).T
    taken += rng.uniform(-GAIN, GAIN) + rng.uniform(-TILT, TILT) * np.linspace(-1, 1, n_bands)
    mean = taken.mean(axis=0)
    for _ in range(TIME_MASKS):
        taken[stretch(len(taken), TIME_MASK, rng)] = mean
    for _ in range(BAND_MASKS):
        hidden = stretch(n_bands, BAND_MASK, rng)
        taken[:, hidden] = mean[hidden]
    return taken.astype(np.float32)


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


@pytest.mark.parametrize("seed", range(50))
def test_a_list_of_augmentations_gives_the_same_bits_as_the_one_function_before(seed):
    rng = np.random.default_rng(seed)
    frames = rng.normal(-8, 3, size=rng.integers(1, [400, 80])).astype(np.float32)
    taken, before = (function(frames, np.random.default_rng([0, 3, seed])) for function in (augment, in_one_piece))
    np.testing.assert_array_equal(taken, before)
    assert taken.dtype == before.dtype == np.float32


def test_the_same_generator_gives_the_same_take_and_another_one_another(frames):
    first, again, other = (augment(frames, np.random.default_rng([0, 3, clip])) for clip in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_the_clip_itself_is_left_as_it_is(frames, rng):
    before = frames.copy()
    frames.flags.writeable = False  # as a memory map of the cache is
    for one in LOG_MEL:
        one(frames, rng)
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


# ---- noise ----------------------------------------------------------------------------------------------------------

UNCUT = LogMelSettings(trim=0)
NOISES = {
    "white": lambda rng, n: rng.normal(size=n),
    "brown": lambda rng, n: np.convolve(np.cumsum(rng.normal(size=n)), [1, *[0] * 399, -1], "same"),
    "pulsing": lambda rng, n: rng.normal(size=n) * (1 + np.sin(np.arange(n) / 3000)),
}


def level(frames):
    return np.log(np.exp(frames, dtype=float).sum(axis=1).mean())


def write(path, samples):
    soundfile.write(path, 0.1 * samples / np.abs(samples).max(), audio.RATE, subtype="FLOAT")
    return str(path)


@pytest.mark.parametrize("kind", NOISES)
def test_noise_added_to_frames_is_as_good_as_mixed_into_the_samples(kind, rng, tmp_path, demo_dir):
    """Measured on 60 demo clips of each: in the mean 0.03 to 0.05 nepers too much, standard deviation 0.27 to 0.34."""
    files, errors = corpora.load("demo", demo_dir)["file"].sample(12, random_state=1), []
    for ratio, file in zip([5, 15, 25] * 4, files, strict=True):
        samples = audio.read(file)
        path = write(tmp_path / "noise.wav", NOISES[kind](rng, len(samples)))  # as long as the clip: from its start
        frames, sound = (UNCUT.placed(audio.read(one))[0] for one in (file, path))
        gain = level(frames) - level(sound) - ratio * np.log(10) / 10
        mixed, _ = UNCUT.placed(samples + np.exp(gain / 2).astype(np.float32) * audio.read(path))
        errors.append(noise([path], UNCUT, snr=(ratio, ratio))(frames, rng) - mixed)
    errors = np.concatenate(errors)
    assert 0.02 < errors.mean() < 0.06 and 0.25 < errors.std() < 0.36


def test_noise_comes_from_every_recording_and_place_and_within_the_ratios(rng, tmp_path):
    """Noise whose pitch rises from end to end tells from where it was taken, against a clip of one even level."""
    seconds = np.arange(3 * audio.RATE) / audio.RATE
    pitch = 200 + 400 * seconds
    files = [write(tmp_path / f"{f}.wav", np.sin(2 * np.pi * (f + pitch) * seconds)) for f in (0, 2_000)]
    add, clip = noise(files, UNCUT, snr=(5, 25)), np.full((50, 64), -12, np.float32)
    loudest, ratios = [], []
    for _ in range(200):
        taken = add(clip, rng)
        added = np.exp(taken, dtype=float) - np.exp(clip, dtype=float)
        loudest.append(added.sum(axis=0).argmax())
        ratios.append(10 * np.log10(np.exp(clip, dtype=float).sum(axis=1).mean() / added.sum(axis=1).mean()))
    assert len(set(loudest)) > 10
    assert 5 <= min(ratios) < 7 and 23 < max(ratios) <= 25.2


def test_noise_shorter_than_a_clip_is_repeated_and_the_clip_left_as_it_is(rng, tmp_path, frames):
    before, add = frames.copy(), noise([write(tmp_path / "short.wav", rng.normal(size=audio.RATE // 2))], UNCUT)
    frames.flags.writeable = False
    taken, again = add(frames, np.random.default_rng(5)), add(frames, np.random.default_rng(5))
    assert taken.shape == frames.shape and (taken >= frames).all() and (taken > frames).any(axis=1).all()
    np.testing.assert_array_equal(taken, again)
    np.testing.assert_array_equal(frames, before)


def test_noise_that_is_not_there_is_said_before_the_training(tmp_path):
    with pytest.raises(ValueError, match="There is no noise to add; name at least one recording"):
        noise([], UNCUT)
    with pytest.raises(audio.BadClip, match="there is no such file"):
        noise([str(tmp_path / "gone.wav")], UNCUT)
