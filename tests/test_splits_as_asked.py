"""Parts as somebody wants them: dev speakers, whole corpora, and the parts that a table gives, whatever is unknown."""

import json
import shutil

import pandas as pd
import pytest
from test_certificate import write_run
from test_splits import make_clips, speakers_of

from emokit import audit, certificate, corpora, metrics, notebook_parameters, splits
from emokit.notebook_parameters import ParameterError
from emokit.splits import SplitError


def parted(clips, **parts):
    """A table that gives the parts: of each the numbers of its speakers; the others have none."""
    of = {number: part for part, numbers in parts.items() for number in numbers}
    return clips.assign(part=clips["speaker"].str[-2:].astype(int).map(of))


# ---- dev_speakers, and a corpus as the test --------------------------------------------------------------------------


def test_named_dev_speakers_choose_the_epoch_in_a_fold_and_beside_named_test_speakers():
    assert speakers_of("dev", make_clips(), dev_speakers=["x/02", "07"], test_speakers=["01"]) == {"x/02", "x/07"}
    free = sorted(speakers_of("train", make_clips(), fold=2))[:2]
    options = {"fold": 2, "dev_speakers": free}
    assert speakers_of("dev", make_clips(), **options) == set(free)
    assert speakers_of("test", make_clips(), **options) == speakers_of("test", make_clips(), fold=2)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dev_speakers": ["99"]}, "dev_speakers names 99; the speakers at hand are x/01, .* x/12"),
        ({"dev_speakers": ["x/1"]}, "dev_speakers names x/1 .did you mean 'x/"),
        (
            {"dev_speakers": ["02"], "test_speakers": ["02", "03"]},
            "dev_speakers names x/02, whom the test has; name others",
        ),
        (
            {"dev_speakers": [f"{n:02}" for n in range(2, 13)], "test_speakers": ["01"]},
            "With x/01 in the test and x/02, ",
        ),
    ],
)
def test_dev_speakers_that_cannot_be_are_refused_in_one_sentence(options, sentence):
    with pytest.raises(SplitError, match=sentence):
        splits.assign(make_clips(), **options)


@pytest.mark.parametrize("scheme", ["clip", "table"])
@pytest.mark.parametrize("parameter", ["test_speakers", "dev_speakers"])
def test_speakers_are_not_named_for_a_split_that_does_not_go_by_them(scheme, parameter):
    with pytest.raises(SplitError, match=f"Split '{scheme}' does not go by speakers; leave test_speakers and dev_"):
        splits.assign(make_clips(), scheme, **{parameter: ["01"]})


def test_many_speakers_at_hand_are_not_all_listed():
    with pytest.raises(SplitError, match="x/01, .*, x/12 and 78 more\\.$"):
        splits.assign(make_clips(90), test_speakers=["nobody"])


def test_a_corpus_among_the_test_speakers_means_all_of_it():
    clips = pd.concat([make_clips(4, corpus="a"), make_clips(6, corpus="b")], ignore_index=True)
    dealt = splits.assign(clips, test_speakers=["a"], dev_speakers=["b/03"])
    assert set(dealt.query("part == 'test'")["corpus"]) == {"a"} and set(dealt.query("part != 'test'")["corpus"]) == {
        "b"
    }
    assert speakers_of("test", clips, test_speakers=["a", "b/01"]) == {"a/01", "a/02", "a/03", "a/04", "b/01"}
    with pytest.raises(SplitError, match="names 03, and several corpora have one; write a/03 or b/03"):
        splits.assign(clips, test_speakers=["a"], dev_speakers=["03"])


def checked(**given):
    names = {"__annotations__": {}}
    for name in notebook_parameters.TABLE:
        if name not in ("runs", "mislabelled"):
            names[name] = notebook_parameters.TABLE[name].default
            names["__annotations__"][name] = type(names[name])
    return notebook_parameters.check(names | given)


def test_the_notebooks_take_dev_speakers_as_names_and_refuse_them_where_they_mean_nothing():
    assert checked(dev_speakers="01, 02")["dev_speakers"] == ["01", "02"]
    with pytest.raises(ParameterError, match="dev_speakers = .*; expected none, since split is 'clip'"):
        checked(dev_speakers="01", split="clip")
    with pytest.raises(ParameterError, match="dev_speakers = .*; expected others than test_speakers"):
        checked(dev_speakers="01", test_speakers="01,02", run="mine")


# ---- parts as given --------------------------------------------------------------------------------------------------


def test_parts_that_share_speakers_are_taken_as_given_counted_and_called_speaker_dependent(tmp_path):
    clips = make_clips(6).assign(n_frames=20)
    clips["part"] = clips["sentence"].map({"s0": "train", "s1": "train", "s2": "dev", "s3": "test"})
    clips = splits.assign(clips, "table")
    assert certificate.prove(clips, scheme="table")["speakers"].tolist() == [6, 6, 6]
    assert certificate.sentence(clips).startswith("6 speakers shared (speaker-dependent), 0 recordings shared")
    write_run(tmp_path, clips, scheme="table")
    proof = certificate.check(tmp_path)
    assert proof["speaker_dependent"] is True and proof["overlaps"]["speaker"]["train & test"] == 6
    told = audit.of_split(clips, pd.DataFrame({"digest": clips["digest"], "alike": [{}] * 96, "peak": 0.5}))
    assert told.query("check == 'speakers across parts'")["remedy"].str.contains("call the result speaker-dep").all()


def test_parts_of_a_table_that_share_nobody_are_not_called_speaker_dependent(tmp_path):
    clips = splits.assign(parted(make_clips(6), train=[1, 2, 3], dev=[4], test=[5, 6]).assign(n_frames=20), "table")
    write_run(tmp_path, clips, scheme="table")
    assert certificate.check(tmp_path)["speaker_dependent"] is False


def test_recordings_across_the_parts_of_a_table_are_refused_still():
    clips = parted(make_clips(6), train=[1, 2, 3], dev=[4], test=[5, 6])
    clips.loc[clips.index[-1], "digest"] = clips.loc[0, "digest"]
    with pytest.raises(certificate.LeakError, match="train & test share 1 recording"):
        certificate.prove(splits.assign(clips, "table"), scheme="table")


def test_a_table_without_dev_has_it_drawn_from_the_training_speakers_and_told():
    clips = parted(make_clips(12), train=range(1, 10), test=[10, 11, 12])
    drawn = splits.assign(clips, "table")
    dev = set(drawn.query("part == 'dev'")["speaker"])
    assert len(dev) == 3 and not dev & set(drawn.query("part != 'dev'")["speaker"])
    assert drawn.query("part == 'test'")["speaker"].nunique() == 3 and len(drawn) == len(clips)
    assert len({tuple(speakers_of("dev", clips, scheme="table", seed=seed)) for seed in range(5)}) > 1
    (told,) = audit.CHECKS["parts as given"](clips)
    assert told.severity == "info" and "draws dev from the speakers of train" in told.remedy
    assert not list(audit.CHECKS["parts as given"](drawn)) and not list(audit.CHECKS["parts as given"](make_clips()))


@pytest.mark.parametrize("known", ["nobody", "one"])
def test_dev_is_drawn_from_the_clips_where_fewer_than_two_training_speakers_are_known(known):
    clips = parted(make_clips(6, takes=2), train=[1, 2, 3, 4], test=[5, 6])
    clips["speaker"] = clips["speaker"].where((clips["speaker"] == "x/01") & (known == "one"))
    clips["recording"] = clips["file"].str.rsplit("_", n=1).str[0]
    drawn = splits.assign(clips, "table")
    dev = drawn.query("part == 'dev'")
    assert 0.15 < len(dev) / (drawn["part"] != "test").sum() < 0.25 and dev["emotion"].nunique() == 4
    assert not set(dev["recording"]) & set(drawn.query("part == 'train'")["recording"])


def test_partners_of_a_dialogue_are_drawn_for_dev_together():
    clips = parted(make_clips(8), train=range(1, 7), test=[7, 8])
    clips["dialog"] = (clips["speaker"].str[-2:].astype(int) + 1) // 2
    assert splits.assign(clips, "table").groupby("dialog")["part"].nunique().eq(1).all()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"train": [1, 2, 3]}, "Column 'part' gives no clip to test; train and test need some"),
        ({"test": [1, 2, 3]}, "Column 'part' gives no clip to train; train and test need some"),
        ({"dev": [1, 2, 3]}, "Column 'part' gives no clip to train and test"),
        (
            {"train": [1, 2], "fold1": [3]},
            "Column 'part' holds fold1; a part is called train, .*dev, .*test, .*, or noth",
        ),
    ],
)
def test_a_table_that_lacks_a_part_or_calls_it_strangely_is_refused_in_one_sentence(parts, sentence):
    with pytest.raises(SplitError, match=sentence):
        splits.assign(parted(make_clips(3), **parts), "table")


def test_few_training_clips_of_unknown_speakers_leave_no_dev():
    clips = parted(make_clips(2, n_sentences=2), train=[1], test=[2]).assign(speaker=None)
    with pytest.raises(SplitError, match="Dev cannot be drawn from 8 training clips; give some clips the part dev"):
        splits.assign(clips, "table")


# ---- unknown is never 0 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["absent", "empty", "partly"])
def test_a_table_with_parts_and_unknown_speakers_is_speaker_dependent_in_proof_headline_and_page(
    tmp_path, demo_dir, column
):
    root = shutil.copytree(demo_dir, tmp_path / "own")
    demo = corpora.load("demo", root)
    table = demo[["emotion"]].assign(file=demo["file"].str.removeprefix(f"{root}/"), part=demo["speaker"].map(of_voice))
    if column != "absent":
        table["speaker"] = demo["speaker"].where((demo.groupby("speaker").cumcount() > 0) & (column == "partly"))
    table.to_csv(root / "clips.csv", index=False)
    clips = splits.assign(corpora.load("table", root / "clips.csv"), "table").assign(n_frames=20)
    (tmp_path / "run").mkdir()
    clips = clips.assign(digest=[str(n) for n in range(len(clips))])
    certificate.prove(clips, scheme="table")
    assert "speaker-dependent" in certificate.sentence(clips)
    write_run(tmp_path / "run", clips, scheme="table")
    stored = json.loads((tmp_path / "run" / "split.json").read_text())
    assert stored["speaker_dependent"] is True
    assert stored["overlaps"]["speaker"] == {"train & dev": None, "train & test": None, "dev & test": None}
    assert certificate.crossings(stored).loc["speaker"].tolist() == ["unknown"] * 3  # as 03 shows it
    assert certificate.warnings(stored)[0].startswith("Speaker-dependent: the speakers of ")
    said = clips.query("part == 'test'").assign(predicted="sad")
    assert metrics.headline(said, speaker_dependent=stored["speaker_dependent"]).endswith("SPEAKER-DEPENDENT")


def of_voice(speaker):
    return {"01": "dev", "02": "test", "03": "test"}.get(speaker[-2:], "train")


# ---- one speaker -----------------------------------------------------------------------------------------------------


def test_one_voice_is_split_by_clips_warned_of_and_called_speaker_dependent(tmp_path):
    clips = splits.assign(make_clips(1, n_sentences=8), "clip").assign(n_frames=20)
    table = {"digest": clips["digest"], "alike": [{}] * len(clips), "peak": 0.5}
    findings = audit.audit(clips.drop(columns="part"), pd.DataFrame(table)).query("check == 'one group'")
    audit.require_sound(findings)
    assert findings["severity"].tolist() == ["warning"] and "split clip, speaker-dependent" in findings["remedy"].item()
    write_run(tmp_path, clips, scheme="clip")
    test = clips.query("part == 'test'").assign(predicted="sad", **{f"p_{name}": 0.25 for name in EMOTIONS})
    headline = metrics.headline(test, speaker_dependent=certificate.check(tmp_path)["speaker_dependent"])
    assert (
        "no interval: 1 speaker, at least 6 are needed" in headline and "8 clips of 1 speaker, chance 25.0" in headline
    )
    assert headline.endswith("SPEAKER-DEPENDENT")


EMOTIONS = ("neutral", "happy", "sad", "angry")


def test_a_class_whose_other_speakers_are_unknown_is_not_said_to_be_one_speakers_alone():
    clips = make_clips(3)
    clips["speaker"] = clips["speaker"].where((clips["emotion"] != "sad") | (clips["speaker"] == "x/01"))
    assert not list(audit.CHECKS["one-sided class"](clips))
    known = clips[clips["speaker"].notna()]
    assert [finding.found for finding in audit.CHECKS["one-sided class"](known)][0].endswith("from one speaker, x/01")
    assert not list(audit.CHECKS["one group"](clips.assign(speaker=clips["speaker"].where(clips["speaker"] == "x/01"))))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_as_many_dev_speakers_are_drawn_as_are_asked_for(n):
    clips = pd.DataFrame({"emotion": ["happy", "sad"] * 12, "speaker": sorted("abcdefghijkl" * 2)})
    parted = splits.assign(clips, fold=1, folds=4, n_dev_speakers=n)
    assert parted.groupby("part")["speaker"].nunique().to_dict() == {"test": 3, "dev": n, "train": 9 - n}


def test_nobody_left_to_learn_from_is_refused():
    clips = pd.DataFrame({"emotion": ["happy", "sad"] * 12, "speaker": sorted("abcdefghijkl" * 2)})
    with pytest.raises(splits.SplitError, match="n_dev_speakers is 9, and 9 speakers are not the test"):
        splits.assign(clips, fold=1, folds=4, n_dev_speakers=9)
