"""Whatever two parts share, or the normaliser did not learn from train, is refused: each pair of parts alike."""

import pytest
import test_certificate
from test_splits import make_clips

from emokit import certificate, splits
from emokit.certificate import LeakError

PAIRS = pytest.mark.parametrize("one, other", [("train", "dev"), ("train", "test"), ("dev", "test")])


@pytest.fixture
def clips():
    return splits.assign(make_clips()).assign(n_frames=test_certificate.FRAMES)


@PAIRS
def test_no_two_parts_may_share_a_speaker(clips, one, other):
    moved = clips.index[clips["part"] == one][0]
    with pytest.raises(LeakError, match=f"{one} & {other} share 1 speaker "):
        certificate.prove(clips.assign(part=clips["part"].where(clips.index != moved, other)))


@PAIRS
def test_no_two_parts_may_share_a_recording(clips, one, other):
    first, second = (clips.index[clips["part"] == part][0] for part in (one, other))
    clips.loc[second, "digest"] = clips.loc[first, "digest"]
    with pytest.raises(LeakError, match=f"{one} & {other} share 1 recording "):
        certificate.prove(clips)


@pytest.mark.parametrize("fitted_on", [("dev",), ("test",), ("train", "dev"), ("train", "test")])
def test_a_normalizer_that_learned_from_less_or_more_than_train_gets_no_certificate(clips, tmp_path, fitted_on):
    with pytest.raises(LeakError, match="fit it on the training part alone"):
        test_certificate.write_run(tmp_path, clips, fitted_on=fitted_on)
    assert not (tmp_path / "split.json").exists()
