import json

import numpy as np
import pytest
from test_splits import make_clips

from emokit import FeatureNormalizer, certificate, class_weights, splits
from emokit.certificate import LeakError

FRAMES = 20


@pytest.fixture
def clips():
    return splits.assign(make_clips()).assign(n_frames=FRAMES)


def write_run(folder, clips, fitted_on=("train",), scheme="speaker"):
    part = clips["part"].isin(fitted_on)
    normalizer = FeatureNormalizer().fit(np.random.default_rng(0).normal(size=(int(part.sum()), FRAMES, 2)))
    weights = class_weights.balanced(clips, ["neutral", "happy", "sad", "angry"])
    certificate.write(folder / "split.json", clips, normalizer=normalizer, class_weights=weights, scheme=scheme)
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
    with pytest.raises(LeakError, match=f"train & test share 1 speaker \\({clips.loc[mover, 'speaker']}\\)"):
        certificate.prove(clips)
    certificate.prove(clips, scheme="clip")


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_a_part_that_was_emptied_is_refused_by_name(clips, part):
    with pytest.raises(LeakError, match=f"Part {part} has no clip: .*; mend its clips, or take another fold or split"):
        certificate.prove(clips[clips["part"] != part])


def test_a_certificate_is_checked_again_from_the_run_folder_alone(clips, tmp_path):
    clips["sentence"] = clips["sentence"].str.replace("s", "0")  # names that look like numbers stay names
    write_run(tmp_path, clips)
    stored = certificate.check(tmp_path)
    assert stored["overlaps"]["speaker"] == {"train & dev": 0, "train & test": 0, "dev & test": 0}
    assert stored["parts"]["test"]["speaker"] and stored["epoch_chosen_by"] is None


def test_clips_that_were_changed_afterwards_are_found(clips, tmp_path):
    write_run(tmp_path, clips)
    changed = clips.copy()
    one = changed["speaker"].eq(changed.loc[changed["part"].eq("dev"), "speaker"].iloc[0])
    changed.loc[one, "part"] = "train"  # no overlap, but another split
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
    certificate.prove(apart, scheme="speaker+sentence")
    apart.loc[apart.index[apart["part"] == "test"][0], "sentence"] = "of train and dev"
    certificate.prove(apart)
    with pytest.raises(certificate.LeakError, match="train & test share 1 sentence"):
        certificate.prove(apart, scheme="speaker+sentence")


PROMISES = {"speaker": {"digest", "speaker", "group"}, "speaker+sentence": {"digest", "speaker", "sentence", "group"}}
PROMISES |= {"table": {"digest"}, "clip": {"digest", "group"}}


@pytest.mark.parametrize("scheme", splits.SCHEMES)
def test_each_scheme_is_held_to_what_it_promises_in_proof_and_check(clips, tmp_path, scheme):
    train, test = (clips.index[clips["part"] == part][0] for part in ("train", "test"))
    clips["sentence"] = clips["group"] = "of " + clips["part"]
    for column in ("speaker", "digest", "sentence", "group"):
        shared = clips.copy()
        shared.loc[test, column] = clips.loc[train, column]
        write_run(tmp_path, shared, scheme=scheme)
        if column not in PROMISES[scheme]:
            certificate.prove(shared, scheme=scheme)
            certificate.check(tmp_path)
            continue
        word = {"digest": "recording"}.get(column, column)
        with pytest.raises(LeakError, match=f"train & test share 1 {word} "):
            certificate.prove(shared, scheme=scheme)
        with pytest.raises(LeakError, match=f"train & test share 1 {word} "):
            certificate.check(tmp_path)


def test_a_scheme_that_is_none_proves_nothing(clips):
    with pytest.raises(LeakError, match="No split is called 'clips'; expected one of speaker, speaker"):
        certificate.prove(clips, scheme="clips")


# ---- what is not known is not zero ----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["none", "half"])
@pytest.mark.parametrize("scheme", ["table", "clip"])
def test_unknown_speakers_are_unknown_in_every_proof_and_make_it_speaker_dependent(clips, tmp_path, share, scheme):
    known = clips["speaker"].where(clips["file"].str.contains("_[01]_")) if share == "half" else None
    clips = splits.assign(clips.assign(speaker=known), "table")
    whose = {"none": "speakers unknown", "half": "speakers of 96 of 192 clips unknown, 0 known ones shared"}[share]
    assert certificate.sentence(clips).startswith(f"{whose} (voices may be in several parts: speaker-dependent), 0 rec")
    speakers = ["unknown"] * 3 if share == "none" else ["6 and unknown", "3 and unknown", "3 and unknown"]
    assert certificate.prove(clips)["speakers"].tolist() == speakers
    write_run(tmp_path, clips, scheme=scheme)
    proof = certificate.check(tmp_path)
    stored = json.loads((tmp_path / "split.json").read_text())
    assert proof == stored and stored["speaker_dependent"] is True
    assert stored["overlaps"]["speaker"] == {"train & dev": None, "train & test": None, "dev & test": None}
    assert certificate.crossings(proof).loc["speaker"].tolist() == ["unknown"] * 3
    assert certificate.crossings(proof).loc["digest"].tolist() == [0] * 3
    n = 192 if share == "none" else 96
    assert f"the speakers of {n} of 192 clips are unknown" in certificate.warnings(proof)[0]
    assert certificate.warnings(proof)[0].startswith("Speaker-dependent")


def test_one_unknown_speaker_leaves_the_other_parts_known(clips, tmp_path):
    clips.loc[clips.index[clips["part"] == "train"][0], "speaker"] = None
    write_run(tmp_path, clips)
    proof = certificate.check(tmp_path)
    assert proof["overlaps"]["speaker"] == {"train & dev": None, "train & test": None, "dev & test": 0}
    assert proof["speaker_dependent"] is True


def test_known_speakers_of_the_split_clip_are_counted_and_called_speaker_dependent(clips, tmp_path):
    write_run(tmp_path, clips := splits.assign(clips.drop(columns="part"), "clip"), scheme="clip")
    proof = certificate.check(tmp_path)
    assert proof["speaker_dependent"] is True and proof["overlaps"]["speaker"]["train & test"] == 12
    assert certificate.sentence(clips).startswith("12 speakers shared (speaker-dependent), 0 recordings shared")
    assert certificate.warnings(proof)[0].startswith("Speaker-dependent: voices of the test were heard in training")


@pytest.mark.parametrize("told", ["absent", "never", "half"])
def test_unknown_sentences_and_recordings_are_not_counted_as_none(clips, tmp_path, told):
    part = clips["file"].str.contains("_[01]_")
    for column in ("sentence", "digest"):
        if told == "absent":
            clips = clips.drop(columns=column)
        else:
            clips[column] = clips[column].where(part & (told == "half"))
    said = "recordings unknown, sentences unknown"
    if told == "half":
        said = "recordings of 96 of 192 clips unknown, 0 known ones shared, "
        said += "sentences of 96 of 192 clips unknown, 2 of 2 known ones shared"
    assert certificate.sentence(clips) == f"0 speakers shared, {said}"
    write_run(tmp_path, clips)
    proof = certificate.check(tmp_path)
    assert set(proof["overlaps"]["digest"].values()) == set(proof["overlaps"]["sentence"].values()) == {None}
    assert proof["speaker_dependent"] is False


@pytest.mark.parametrize("others", ["known", "unknown"])
def test_named_speakers_who_cross_parts_by_the_users_table_are_counted_and_called_speaker_dependent(
    clips, tmp_path, others
):
    crossing = clips.loc[clips["part"] == "test", "speaker"].iloc[0]
    if others == "unknown":
        clips["speaker"] = clips["speaker"].where(clips["speaker"] == crossing)
    clips.loc[clips.index[clips["speaker"] == crossing][:5], "part"] = "dev"
    clips = splits.assign(clips, "table")
    with pytest.raises(LeakError, match=f"dev & test share 1 speaker \\({crossing}\\); give each speaker to one part"):
        certificate.prove(clips, scheme="speaker")
    certificate.prove(clips, scheme="table")
    assert "speaker-dependent" in certificate.sentence(clips)
    write_run(tmp_path, clips, scheme="table")
    proof = certificate.check(tmp_path)
    shared = {"known": 1, "unknown": 1 if clips.loc[clips["part"] != "train", "speaker"].notna().all() else None}
    assert proof["speaker_dependent"] is True and proof["overlaps"]["speaker"]["dev & test"] == shared[others]
    assert certificate.warnings(proof)[0].startswith("Speaker-dependent: ")


def test_voices_that_only_train_and_dev_share_are_not_said_to_be_of_the_test(clips, tmp_path):
    mover = clips.index[clips["part"] == "dev"][0]
    write_run(tmp_path, splits.assign(clips.assign(part=clips["part"].where(clips.index != mover, "train")), "table"),
              scheme="table")  # fmt: skip
    proof = certificate.check(tmp_path)
    assert proof["speaker_dependent"] is True
    assert certificate.warnings(proof)[0].endswith(
        "dev, which judged each epoch, has voices of train; those of the test are others."
    )


# ---- what was learned from, and what was predicted ------------------------------------------------------------------


def add_reading(folder, clips, train="train", dev="dev"):
    learned, chose = (clips["part"].isin([part] if isinstance(part, str) else part) for part in (train, dev))
    certificate.add_reading(folder, learned_from=learned, epoch_chosen_by=chose)


def test_a_record_of_what_fit_read_is_checked_and_its_absence_is_said(clips, tmp_path):
    write_run(tmp_path, clips)
    assert certificate.warnings(certificate.check(tmp_path))[0].startswith("Not recorded: which clips the network")
    add_reading(tmp_path, clips)
    proof = certificate.check(tmp_path)
    assert proof["learned_from"]["part"] == "train" and proof["learned_from"]["clips"] == 96
    assert proof["epoch_chosen_by"]["part"] == "dev" and certificate.warnings(proof) == []


@pytest.mark.parametrize("read", [{"train": ("train", "dev")}, {"dev": "test"}, {"train": "test"}])
def test_a_network_that_read_other_parts_has_no_proof(clips, tmp_path, read):
    write_run(tmp_path, clips)
    add_reading(tmp_path, clips, **read)
    with pytest.raises(LeakError, match=r"(learned_from|epoch_chosen_by) in split\.json is not part (train|dev)"):
        certificate.check(tmp_path)


def test_a_normalizer_that_was_exchanged_is_found(clips, tmp_path):
    write_run(tmp_path, clips)
    FeatureNormalizer().fit(np.random.default_rng(0).normal(size=(len(clips), FRAMES, 2))).save(
        tmp_path / "normalizer.npz"
    )
    with pytest.raises(LeakError, match="the normalizer saw 3840 frames, the training part has 1920"):
        certificate.check(tmp_path)


def test_a_normalizer_whose_mean_was_moved_is_found(clips, tmp_path):
    write_run(tmp_path, clips)
    with np.load(tmp_path / "normalizer.npz") as stored:
        moved = {**stored, "mean": stored["mean"] + 3}
    np.savez(tmp_path / "normalizer.npz", **moved)
    with pytest.raises(LeakError, match=r"normalizer\.npz is not the one that split\.json tells of"):
        certificate.check(tmp_path)


@pytest.mark.parametrize("column", ["part", "emotion", "speaker", "file", "digest", "corpus"])
def test_predictions_that_are_not_those_of_the_clips_are_found(clips, tmp_path, column):
    clips["corpus"] = clips["speaker"].map(lambda name: f"corpus of {name}")
    write_run(tmp_path, clips)
    clips.sample(frac=1, random_state=0).to_csv(tmp_path / "predictions.csv", index=False)  # the order does not matter
    certificate.check(tmp_path)
    swapped = clips.copy()
    one, other = clips.index[clips["part"] == "train"][0], clips.index[clips["part"] == "test"][1]
    swapped.loc[[one, other], column] = clips.loc[[other, one], column].to_numpy()
    swapped.to_csv(tmp_path / "predictions.csv", index=False)
    with pytest.raises(LeakError, match=r"predictions\.csv and clips\.csv do not tell of the same"):
        certificate.check(tmp_path)


def test_overlaps_that_were_written_smaller_are_found(clips, tmp_path):
    clips["speaker"] = None
    write_run(tmp_path, clips, scheme="table")
    stored = json.loads((tmp_path / "split.json").read_text())
    stored["overlaps"]["speaker"] = dict.fromkeys(stored["overlaps"]["speaker"], 0)
    (tmp_path / "split.json").write_text(json.dumps(stored | {"speaker_dependent": False}))
    with pytest.raises(LeakError, match="not tell of the same split"):
        certificate.check(tmp_path)
