"""SpeakerNormalizer: each clip by the frames of its own voice within its part, beside a few of the training part."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emokit import FeatureNormalizer, speakers
from emokit.speakers import SpeakerNormalizer


@pytest.fixture
def corpus():
    """Frames of four voices, each somewhere else; one of them is in two parts."""
    rng = np.random.default_rng(0)
    who = [("train", "a"), ("train", "b"), ("dev", "c"), ("test", "d"), ("test", "c")]
    clips = pd.DataFrame([voice for voice in who for _ in range(6)], columns=["part", "speaker"])
    clips = clips.assign(file=[f"{i:02}.wav" for i in clips.index], emotion=["neutral", "sad", "happy"] * 10)
    at = {voice: rng.normal(0, 10, 4) for voice in who}
    voices = [voice for voice in who for _ in range(6)]
    return clips, {i: rng.normal(at[voice], 2, (rng.integers(50, 90), 4)) for i, voice in enumerate(voices)}


def fitted(clips, frames):
    train = clips.index[clips["part"] == "train"]
    return SpeakerNormalizer().fit(frames[i] for i in train).fit_voices(frames, clips)


def test_voices_are_alike_afterwards_in_every_part(corpus):
    clips, frames = corpus
    normalizer = fitted(clips, frames)
    after = [own.transform([frames[i]])[0] for i, own in zip(clips.index, normalizer.for_clips(clips), strict=True)]
    for _, of_voice in clips.groupby(["part", "speaker"]):
        joined = np.concatenate([after[i] for i in of_voice.index])
        assert np.abs(joined.mean(axis=0)).max() < 1.0  # they were 10 apart; 300 frames of the others pull a little
        assert (joined.std(axis=0) < 1).all()


def test_clips_of_another_part_change_nothing(corpus):
    clips, frames = corpus
    before = fitted(clips, frames).for_clips(clips)
    changed = {i: x + 100 * (clips.loc[i, "part"] == "test") for i, x in frames.items()}
    after = fitted(clips, changed).for_clips(clips)
    for row, part in enumerate(clips["part"]):
        same = np.array_equal(before[row].mean_, after[row].mean_)
        assert same == (part != "test")


@given(st.integers(1, 2000))
def test_few_frames_leave_the_training_part_in_force_and_many_overrule_it(n):
    rng = np.random.default_rng(n)
    normalizer = SpeakerNormalizer().fit([rng.normal(0, 1, (500, 3))])
    own = normalizer.for_speaker([np.full((n, 3), 8.0)])
    weight = n / (n + speakers.PRIOR)
    np.testing.assert_allclose(own.mean_, weight * 8 + (1 - weight) * normalizer.mean_)


def test_statistics_of_the_training_part_are_kept_as_those_of_a_plain_normalizer(corpus, tmp_path):
    clips, frames = corpus
    normalizer = fitted(clips, frames)
    plain = FeatureNormalizer().fit(frames[i] for i in clips.index[clips["part"] == "train"])
    np.testing.assert_array_equal(normalizer.mean_, plain.mean_)
    normalizer.save(tmp_path / "normalizer.npz")
    normalizer.save_voices(tmp_path / "voices.npz")
    again = SpeakerNormalizer.load(tmp_path / "normalizer.npz").load_voices(tmp_path / "voices.npz")
    for one, other in zip(normalizer.for_clips(clips), again.for_clips(clips), strict=True):
        np.testing.assert_array_equal(one.mean_, other.mean_)
        np.testing.assert_array_equal(one.scale_, other.scale_)


def test_another_file_is_no_voices(tmp_path):
    np.savez(tmp_path / "voices.npz", mean=np.zeros(3))
    with pytest.raises(ValueError, match="voices.npz holds no voices"):
        SpeakerNormalizer().load_voices(tmp_path / "voices.npz")


def test_unknown_speakers_are_refused(corpus):
    clips, frames = corpus
    clips.loc[3, "speaker"] = pd.NA
    with pytest.raises(speakers.SpeakerError, match="speakers of 1 of 30 clips are unknown.*corpus"):
        fitted(clips, frames)


def test_enrolled_clips_are_of_dev_and_test_as_many_of_each_voice_and_the_same_again(corpus):
    clips, _ = corpus
    asked, enrolled = speakers.set_apart(clips, 2)
    assert enrolled.groupby(["part", "speaker"]).size().to_dict() == {
        ("dev", "c"): 2, ("test", "d"): 2, ("test", "c"): 2
    }  # fmt: skip
    assert sorted([*asked.index, *enrolled.index]) == [*clips.index]
    shuffled = clips.sample(frac=1, random_state=3)
    assert speakers.set_apart(shuffled, 2)[1]["file"].tolist() == enrolled["file"].tolist()
    assert {*speakers.set_apart(clips, 1)[1].index} < {*enrolled.index}  # more are those and others
    assert {*speakers.set_apart(clips, 2, "neutral")[1]["emotion"]} == {"neutral"}
    assert speakers.set_apart(clips, 0)[1] is None


@pytest.mark.parametrize(
    ("n", "emotion", "sentence"),
    [
        (6, "", "All 6 clips of speaker c in dev would be enrolled; set enrolled to 5 or less"),
        (1, "calm", "Speaker c has no clip in dev that is calm"),
    ],
)
def test_a_speaker_with_too_few_clips_is_named(corpus, n, emotion, sentence):
    with pytest.raises(speakers.SpeakerError, match=sentence):
        speakers.set_apart(corpus[0], n, emotion)


def test_enrolled_clips_alone_tell_what_a_voice_of_the_test_is_like(corpus):
    clips, frames = corpus
    asked, enrolled = speakers.set_apart(clips, 2)
    before = speakers.normalizer(frames, asked, "enrolled", enrolled)
    changed = {i: x + 100 * (i in asked.index and clips.loc[i, "part"] != "train") for i, x in frames.items()}
    after = speakers.normalizer(changed, asked, "enrolled", enrolled)
    for one, other in zip(before.for_clips(asked), after.for_clips(asked), strict=True):
        np.testing.assert_array_equal(one.mean_, other.mean_)


def test_by_corpus_is_a_plain_normalizer_of_the_training_part(corpus):
    clips, frames = corpus
    assert type(speakers.normalizer(frames, clips)) is FeatureNormalizer


def test_voices_that_are_known_by_neutral_clips_are_held_against_neutral_training_clips(corpus):
    clips, frames = corpus
    asked, enrolled = speakers.set_apart(clips, 2, "neutral")
    before = speakers.normalizer(frames, asked, "enrolled", enrolled, "neutral")
    others = clips.index[(clips["part"] == "train") & (clips["emotion"] != "neutral")]
    changed = {i: x + 100 * (i in others) for i, x in frames.items()}
    after = speakers.normalizer(changed, asked, "enrolled", enrolled, "neutral")
    assert not np.array_equal(before.mean_, after.mean_)
    for one, other in zip(before.for_clips(asked), after.for_clips(asked), strict=True):
        np.testing.assert_array_equal(one.mean_, other.mean_)


@pytest.mark.parametrize("emotion", ["", "neutral"])
def test_what_is_kept_of_voices_is_read_again(corpus, tmp_path, emotion):
    clips, frames = corpus
    asked, enrolled = speakers.set_apart(clips, 2, emotion)
    normalizer = speakers.normalizer(frames, asked, "enrolled", enrolled, emotion)
    normalizer.save(tmp_path / "normalizer.npz")
    normalizer.save_voices(tmp_path / "voices.npz")
    again = SpeakerNormalizer.load(tmp_path / "normalizer.npz").load_voices(tmp_path / "voices.npz")
    assert again.emotion == emotion and again.voices.keys() == normalizer.voices.keys()
    np.testing.assert_array_equal(again.for_speaker([frames[0]]).mean_, normalizer.for_speaker([frames[0]]).mean_)


def test_a_speaker_who_is_never_neutral_in_training_is_named(corpus):
    clips, frames = corpus
    clips.loc[(clips["speaker"] == "b") & (clips["emotion"] == "neutral"), "emotion"] = "sad"
    asked, enrolled = speakers.set_apart(clips, 1, "neutral")
    with pytest.raises(speakers.SpeakerError, match="Speaker b has no training clip that is neutral"):
        speakers.normalizer(frames, asked, "enrolled", enrolled, "neutral")


def test_an_unknown_speaker_of_the_test_cannot_be_enrolled(corpus):
    clips, _ = corpus
    clips.loc[clips.index[-1], "speaker"] = pd.NA
    with pytest.raises(speakers.SpeakerError, match="speakers of 1 of 18 clips are unknown"):
        speakers.set_apart(clips, 2)
