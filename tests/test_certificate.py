import json

import numpy as np
import pytest
from test_splits import make_clips

from emokit import FeatureNormalizer, certificate, class_weights, splits
from emokit.certificate import LeakError

FRAMES = 20


@pytest.fixture
def clips():
    return splits.assign(make_clips()).assign(frames=FRAMES)


def write_run(folder, clips, fitted_on=("train",)):
    part = clips["part"].isin(fitted_on)
    normalizer = FeatureNormalizer().fit(np.random.default_rng(0).normal(size=(int(part.sum()), FRAMES, 2)))
    weights = class_weights.balanced(clips, ["neutral", "happy", "sad", "angry"])
    certificate.write(folder / "split.json", clips, normalizer=normalizer, class_weights=weights, scheme="speaker")
    normalizer.save(folder / "normalizer.npz")
    clips.to_csv(folder / "clips.csv", index=False)


def test_the_proof_counts_speakers_and_clips_of_each_part(clips):
    table = certificate.prove(clips)
    assert table["speakers"].tolist() == [6, 3, 3] and table["clips"].sum() == len(clips)
    assert table.columns.tolist() == ["speakers", "clips", "neutral", "happy", "sad", "angry"]
    assert certificate.sentence(clips) == "0 speakers shared, 0 recordings shared, 4 of 4 sentences shared"


def test_a_planted_speaker_leak_is_refused_and_named(clips):
    mover = clips.index[clips["speaker"].eq(clips.query("part == 'test'")["speaker"].iloc[0])][0]
    clips.loc[mover, "part"] = "train"
    with pytest.raises(LeakError, match=f"train & test share 1 speakers \\({clips.loc[mover, 'speaker']}\\)"):
        certificate.prove(clips)
    certificate.prove(clips, speaker_dependent=True)


def test_a_recording_in_two_parts_is_refused_even_when_speakers_may_cross(clips):
    train, test = (clips.index[clips["part"] == part][0] for part in ("train", "test"))
    clips.loc[test, "digest"] = clips.loc[train, "digest"]
    with pytest.raises(LeakError, match="train & test share 1 recordings"):
        certificate.prove(clips, speaker_dependent=True)


def test_a_normalizer_that_saw_more_than_the_training_part_gets_no_certificate(clips, tmp_path):
    with pytest.raises(LeakError, match="fit it on the training part alone"):
        write_run(tmp_path, clips, fitted_on=("train", "test"))
    assert not (tmp_path / "split.json").exists()


def test_a_certificate_is_checked_again_from_the_run_folder_alone(clips, tmp_path):
    clips["sentence"] = clips["sentence"].str.replace("s", "0")  # names that look like numbers stay names
    write_run(tmp_path, clips)
    stored = certificate.check(tmp_path)
    assert stored["overlaps"]["speaker"] == {"train & dev": 0, "train & test": 0, "dev & test": 0}
    assert stored["parts"]["test"]["speaker"] and stored["epoch_chosen_by"] == "dev"


def test_clips_that_were_changed_afterwards_are_found(clips, tmp_path):
    write_run(tmp_path, clips)
    changed = clips.copy()
    changed.loc[changed["part"].eq("dev"), "part"] = "train"  # no overlap, but another split
    changed.to_csv(tmp_path / "clips.csv", index=False)
    with pytest.raises(LeakError, match="not tell of the same split"):
        certificate.check(tmp_path)


def test_weights_of_other_clips_are_found(clips, tmp_path):
    write_run(tmp_path, clips)
    stored = json.loads((tmp_path / "split.json").read_text())
    stored["class_weights"]["weights"]["sad"] *= 1.2
    (tmp_path / "split.json").write_text(json.dumps(stored))
    with pytest.raises(LeakError, match="class weights"):
        certificate.check(tmp_path)


def test_a_sentence_of_the_test_that_was_heard_in_training_is_refused_where_that_was_promised(clips):
    apart = clips.assign(sentence="of " + clips["part"].where(clips["part"] == "test", "train and dev"))
    certificate.prove(apart, new_sentences=True)
    apart.loc[apart.index[apart["part"] == "test"][0], "sentence"] = "of train and dev"
    certificate.prove(apart)
    with pytest.raises(certificate.LeakError, match="train & test share 1 sentences"):
        certificate.prove(apart, new_sentences=True)
