"""The name of a stretch of a recording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emokit.audio import fragment, with_times

PATHS = st.text(st.characters(exclude_characters="\0"), min_size=1).map("/no-such-folder/".__add__)
TIMES = st.floats(0, 1e6)


@given(PATHS, TIMES, st.floats(1e-5, 1e5))
def test_a_stretch_survives_its_name(path, start, seconds):
    end = start + seconds
    assert fragment(with_times(path, start, end)) == (path, round(start, 6), round(end, 6))
    assert fragment(with_times(path, start, None)) == (path, round(start, 6), None)


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (1.2, 3.45, "x.wav#t=1.2,3.45"),
        (1.2, None, "x.wav#t=1.2"),
        (0, 2, "x.wav#t=0,2"),
        (-0.0, 10, "x.wav#t=0,10"),
        (None, 2.0000001, "x.wav#t=0,2"),
        (None, None, "x.wav"),
        (1e-5, 1e6, "x.wav#t=0.00001,1000000"),
    ],
)
def test_times_are_written_shortest(start, end, name):
    assert with_times("x.wav", start, end) == name


@pytest.mark.parametrize(
    ("file", "parts"),
    [
        ("x.wav#t=1.2", ("x.wav", 1.2, None)),
        ("x.wav#t=,3", ("x.wav", 0.0, 3.0)),
        ("x.wav", ("x.wav", None, None)),
        ("x.wav#t=", ("x.wav#t=", None, None)),
        ("x#t=a.wav", ("x#t=a.wav", None, None)),
        ("x.wav#t=1e3,2e3", ("x.wav#t=1e3,2e3", None, None)),
        ("a#t=1,2/x.wav#t=3,4", ("a#t=1,2/x.wav", 3.0, 4.0)),
    ],
)
def test_what_is_no_stretch_is_a_whole_file(file, parts):
    assert fragment(file) == parts


def test_a_file_that_really_has_such_a_name_is_a_whole_file_and_has_stretches_of_its_own(tmp_path):
    file = tmp_path / "x.wav#t=1,2"
    file.touch()
    assert fragment(file) == (str(file), None, None)
    assert fragment(with_times(file, 0.5, 1)) == (str(file), 0.5, 1.0)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (2, 1, "the stretch from 2 to 1 s ends before it starts"),
        (1, 1, "the stretch from 1 to 1 s is empty"),
        (1, 1 + 1e-8, "the stretch from 1 to 1 s is empty"),
        (-1, 1, "the start of a stretch is -1"),
        (0, -1, "the end of a stretch is -1"),
        (float("nan"), 1, "the start of a stretch is nan"),
        (1, float("nan"), "the end of a stretch is nan"),
        (1, float("inf"), "the end of a stretch is inf"),
    ],
)
def test_an_impossible_stretch_is_refused_in_one_sentence(start, end, found):
    with pytest.raises(ValueError, match=f"^x.wav: {found}; [^.]*\\.$"):
        with_times("x.wav", start, end)


@pytest.mark.parametrize("times", ["3,1", "1,1", "9" * 400])
def test_a_name_with_impossible_times_is_refused(times):
    with pytest.raises(ValueError, match="stretch"):
        fragment(f"x.wav#t={times}")
