import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import build_model, pad_or_truncate, padding
from emokit.model.front_ends import FRONT_ENDS
from emokit.notebook_parameters import TABLE


@settings(derandomize=True, deadline=None, max_examples=50)
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=6), max_length=st.integers(1, 30))
def test_the_first_frames_are_kept_and_the_rest_is_zero(lengths, max_length):
    sequences = [np.random.default_rng(n).normal(size=(n, 3)) + 5 for n in lengths]
    x, valid = pad_or_truncate(sequences, max_length)
    assert x.shape == (len(lengths), max_length, 3) and x.dtype == np.float32 and valid.dtype == np.int32
    assert valid.tolist() == [min(n, max_length) for n in lengths]
    for row, sequence, n in zip(x, sequences, valid, strict=True):
        np.testing.assert_array_equal(row[:n], sequence[:n].astype(np.float32))
        assert not row[n:].any()


@pytest.mark.parametrize(
    "bad",
    [np.zeros((0, 3)), np.zeros(3), np.zeros((2, 4)), np.zeros((1, 2, 3))],
    ids=["empty", "flat", "other bands", "three axes"],
)
def test_a_sequence_that_cannot_be_padded_is_named_by_its_index(bad):
    with pytest.raises(ValueError, match="Sequence 1 has shape"):
        pad_or_truncate([np.ones((2, 3)), bad], 4)


def test_no_sequences_and_no_room_are_refused():
    with pytest.raises(ValueError, match="no sequence to pad"):
        pad_or_truncate([], 4)
    with pytest.raises(ValueError, match="must be at least 1"):
        pad_or_truncate([np.ones((2, 3))], 0)


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_max_seq_length_counts_16_frames_whatever_is_a_step_of_the_front_end(front_end):
    assert build_model(8, 3, 2, front_end=front_end).input["frames"].shape[1] == 2 * padding.FRAMES_PER_STEP == 32
    assert "in 16 frames each: 160 ms" in TABLE["max_seq_length"].help and "step" not in TABLE["max_seq_length"].help


def test_how_many_frames_max_seq_length_counts_in_is_said_once():
    package = Path(padding.__file__).parent
    owners = [path.name for path in package.rglob("*.py") if re.search(r"^\w+ = 16\b", path.read_text("utf-8"), re.M)]
    assert owners == ["padding.py"]
