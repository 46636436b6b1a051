import math

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from emokit import audio
from emokit.audio import BadClip, Recording


def noise(seconds, rate=16_000, channels=1):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (round(seconds * rate), channels)).astype(np.float32)


def recorded(samples, rate, *cuts):
    for piece in np.split(samples, sorted(cuts)):
        if len(piece):
            yield Recording(piece, rate, "FLOAT", "samples", 0.5)


@given(
    st.integers(2, 3_000),
    st.sampled_from([100, 441, 160]),
    st.lists(st.integers(0, 3_000), max_size=5),
    st.floats(0.05, 4),
    st.floats(0.2, 1),
)
def test_windows_begin_at_equal_steps_and_cover_everything_once(n, rate, cuts, length, share):
    samples, step = np.arange(n, dtype=np.float32)[:, None], max(length * share, 2 / rate)
    length = max(length, step)
    found = [(start, part.samples[:, 0]) for start, part in audio.cut(recorded(samples, rate, *cuts), length, step)]
    assert [start for start, _ in found] == [number * step for number in range(len(found))]
    for start, part in found:
        assert part[0] == round(start * rate) and np.array_equal(part, np.arange(part[0], part[0] + len(part)))
        assert len(part) <= round((start + length) * rate) - round(start * rate)
    assert found[-1][1][-1] == n - 1  # the last is not dropped
    assert len(found) == 1 or found[-2][1][-1] < n - 1  # nor said twice
    assert all(len(part) >= math.floor(length * rate) for _, part in found[:-1])


KINDS = [("wav", "PCM_16"), ("wav", "FLOAT"), ("flac", "PCM_24"), ("ogg", "VORBIS")]


@pytest.mark.parametrize("suffix, subtype", KINDS)
def test_a_window_is_what_the_stretch_would_read(tmp_path, suffix, subtype):
    file = tmp_path / f"long.{suffix}"
    with sf.SoundFile(file, "w", 44_100, 2, subtype) as sound:
        for block in np.array_split(noise(61.3, 44_100, 2), 100):  # libsndfile crashes on much Vorbis at once
            sound.write(block)
    whole = audio.decode(file)
    for start, part in audio.windows(file, 3.2, 1.6):
        stop = min(len(whole.samples), round((start + 3.2) * 44_100))
        np.testing.assert_array_equal(part.samples, whole.samples[round(start * 44_100) : stop])
        assert (part.rate, part.subtype, part.container) == whole[1:4]
    assert start == pytest.approx(1.6 * math.ceil((61.3 - 3.2) / 1.6))


def test_a_window_as_long_as_the_recording_is_the_recording(tmp_path):
    sf.write(tmp_path / "x.wav", noise(1.0), 16_000)
    (start, only), whole = *audio.windows(tmp_path / "x.wav", 1.0, 0.5), audio.decode(tmp_path / "x.wav")
    assert start == 0 and only[1:] == whole[1:] and np.array_equal(only.samples, whole.samples)


def test_of_a_stretch_only_its_windows_are_read(tmp_path):
    sf.write(tmp_path / "x.wav", noise(60), 16_000)
    stretch = f"{tmp_path / 'x.wav'}#t=10,20.5"
    whole = audio.decode(stretch).samples
    found = list(audio.windows(stretch, 4, 2))
    assert [start for start, _ in found] == [0, 2, 4, 6, 8]
    np.testing.assert_array_equal(found[-1][1].samples, whole[8 * 16_000 :])


def test_a_recording_too_long_for_memory_is_read_in_windows(tmp_path, monkeypatch):
    sf.write(tmp_path / "x.flac", noise(20), 16_000)
    monkeypatch.setattr("emokit.audio.limits.MOST_VALUES", 100_000)
    with pytest.raises(BadClip, match="too-long"):
        audio.decode(tmp_path / "x.flac")
    assert len(list(audio.windows(tmp_path / "x.flac", 3, 1))) == 18


@pytest.mark.parametrize("content, code", [(b"", "empty"), (b"no sound", "format")])
def test_what_is_no_sound_is_named(tmp_path, content, code):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(BadClip, match=code):
        next(audio.windows(tmp_path / "x.wav", 3, 1))


def test_a_recording_that_was_cut_off_is_named(tmp_path):
    sf.write(tmp_path / "x.flac", noise(30), 16_000)
    (tmp_path / "cut.flac").write_bytes((tmp_path / "x.flac").read_bytes()[:300_000])
    with pytest.raises(BadClip, match="truncated|format"):
        list(audio.windows(tmp_path / "cut.flac", 3, 1))


def test_not_a_number_is_named_when_it_is_reached(tmp_path):
    samples = noise(60)
    samples[-1] = np.nan
    sf.write(tmp_path / "x.wav", samples, 16_000, subtype="FLOAT")
    each = audio.windows(tmp_path / "x.wav", 3, 1)
    next(each)
    with pytest.raises(BadClip, match="not-finite"):
        list(each)
