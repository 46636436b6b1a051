"""What listeners say corrects what is learned from, and never the test: they saw what the model made of a clip."""

import pandas as pd
import pytest
from test_confusion_explorer import make_run

from emokit import audit, metrics, reviews, widgets


@pytest.fixture
def first(tmp_path, demo_dir):
    return make_run(tmp_path / "run-1", demo_dir, seed=1)


@pytest.fixture
def second(tmp_path, demo_dir):
    return make_run(tmp_path / "run-2", demo_dir, seed=2)


def other_fold(clips):
    """The same clips, what was the test of the runs above now teaching."""
    return clips.assign(part=clips["part"].map({"test": "train", "train": "test", "dev": "dev"}))


def test_reviews_of_several_runs_correct_the_clips_and_say_so(first, second):
    spoken = widgets.ConfusionExplorer(first)
    spoken.review({"key": 0, "verdict": "wrong label", "label": "sad"})
    spoken.review({"key": 1, "verdict": "bad audio", "note": "a cough"})
    spoken.review({"key": 2, "verdict": "wrong label"})
    spoken.review({"key": 3, "verdict": "fine"})
    widgets.ConfusionExplorer(second).review({"key": 0, "verdict": "wrong label", "label": "neutral"})
    files, clips = spoken.rows["file"], other_fold(first.clips)
    corrected, done = reviews.correct(clips, [first, second])
    assert set(clips["file"]) - set(corrected["file"]) == {files[1], files[2]}
    assert corrected.loc[corrected["file"] == files[0], "emotion"].tolist() == ["neutral"]  # the last run that is named
    untouched = ~corrected["file"].isin(files[:1])
    assert corrected[untouched].equals(clips.loc[corrected.index][untouched])
    by_file = done.set_index("file")
    assert by_file.loc[files[0], "found"].endswith("wrong label: heard as neutral (run-2)")
    assert by_file.loc[files[1], "found"].endswith('bad audio: "a cough" (run-1)')
    assert by_file["remedy"].value_counts().to_dict() == {"the clip was left out": 2, "the label was corrected": 1}
    assert set(done["check"]) == {"review"} and list(done.columns) == audit.COLUMNS
    assert audit.leave_out(corrected, done).equals(corrected)
    assert reviews.summary(done) == "1 label was corrected and 2 clips were left out, none of the test"


def test_reviews_cannot_take_the_mistakes_out_of_the_test(first):
    """Nine mistakes called bad audio, and one label that agrees with the model, leave the UAR where it was."""
    spoken = widgets.ConfusionExplorer(first)
    wrong = spoken.rows.index[spoken.rows["emotion"] != spoken.rows["predicted"]]
    for key in wrong[:9]:
        spoken.review({"key": key, "verdict": "bad audio"})
    spoken.review({"key": wrong[9], "verdict": "wrong label", "label": spoken.rows["predicted"][wrong[9]]})
    corrected, done = reviews.correct(first.clips, [first])
    assert corrected.equals(first.clips)
    said = first.predictions.query("part == 'test'").merge(corrected[["file"]])
    assert metrics.uar(said["emotion"], said["predicted"]) == pytest.approx(first.metrics["uar"])
    assert len(done) == 10 and done["remedy"].str.startswith("not applied: it is in the test").all()
    assert "10 reviews of test clips not applied" in reviews.summary(done)


@pytest.mark.parametrize("later", ["the same listener", "another run"])
def test_the_last_verdict_holds_and_fine_is_one(first, second, later):
    spoken = widgets.ConfusionExplorer(first)
    spoken.review({"key": 0, "verdict": "bad audio"})
    last = spoken if later == "the same listener" else widgets.ConfusionExplorer(second)
    last.review({"key": 0, "verdict": "fine"})
    clips = other_fold(first.clips)
    corrected, done = reviews.correct(clips, [first, second])
    assert corrected.equals(clips) and done.empty
    back = reviews.correct(clips, [second, first])[0]  # named the other way round, "bad audio" is the last word
    assert len(back) == len(clips) - (later == "another run")


def test_a_recording_is_known_by_its_sound_and_not_by_its_path(first):
    """A copy elsewhere is the same recording; another corpus may have another one under the same relative name."""
    spoken = widgets.ConfusionExplorer(first)
    spoken.review({"key": 0, "verdict": "bad audio"})
    heard, clips = spoken.rows["file"][0], other_fold(first.clips)
    moved = clips.assign(file=clips["file"].str.replace(str(first.data_dir[0]), "/elsewhere"))
    assert len(reviews.correct(moved, [first])[0]) == len(clips) - 1
    others = clips.assign(digest=clips["digest"].where(clips["file"] != heard, "0" * 64))
    assert reviews.correct(others, [first])[0].equals(others)


def test_older_reviews_without_digest_are_matched_by_the_clips_of_their_run(first):
    spoken = widgets.ConfusionExplorer(first)
    spoken.review({"key": 0, "verdict": "bad audio"})
    spoken.review({"key": 1, "verdict": "wrong label", "label": "sad", "note": "007"})
    kept = reviews.read(first)
    path = first.path / "reviews.csv"
    pd.read_csv(path, dtype="str").drop(columns="digest").to_csv(path, index=False)
    assert reviews.read(first).equals(kept) and kept["digest"].str.len().eq(64).all()


def test_a_copy_in_the_test_keeps_the_review_of_the_other_one_from_it(first):
    spoken = widgets.ConfusionExplorer(first)
    spoken.review({"key": 0, "verdict": "bad audio"})
    clips = other_fold(first.clips)
    copy = clips[clips["file"] == spoken.rows["file"][0]].assign(file="/copy.flac", part="test").set_axis([999])
    corrected, done = reviews.correct(pd.concat([clips, copy]), [first])
    assert len(corrected) == len(clips) and 999 in corrected.index
    assert sorted(done["remedy"].str[:11]) == ["not applied", "the clip wa"]


def test_reviews_that_match_no_recording_are_told(first, second):
    """Of a corpus that was encoded again, and of a run that never measured its recordings; "fine" asks for nothing."""
    for run, n in ((first, 3), (second, 1)):
        spoken = widgets.ConfusionExplorer(run)
        for key in range(n):
            spoken.review({"key": key, "verdict": "bad audio" if key else "wrong label", "label": "" if key else "sad"})
    spoken.review({"key": 5, "verdict": "fine"})
    without = pd.read_csv(second.path / "reviews.csv", dtype="str").assign(digest="")
    without.to_csv(second.path / "reviews.csv", index=False)
    clips = other_fold(first.clips)
    clips = clips.assign(digest=clips["digest"].where(clips["file"] == spoken.rows["file"][1], "x" + clips["digest"]))
    corrected, done = reviews.correct(clips, [first, second])
    assert len(corrected) == len(clips) - 1
    assert reviews.summary(done).endswith("1 clip was left out, none of the test; 3 reviews match no recording here")
    lost = done[done["remedy"].str.startswith("not applied: no recording here")]
    assert len(lost) == 3 and lost["found"].str.contains("wrong label: heard as sad (run-2)", regex=False).sum() == 1
    assert list(done.columns) == audit.COLUMNS and done.index.is_unique and lost["file"].isna().all()


def test_reviews_come_after_the_split(first):
    with pytest.raises(ValueError, match="applied after the split.*assign the parts first"):
        reviews.correct(first.clips.drop(columns="part"), [first])


def test_no_reviews_change_nothing(first):
    corrected, done = reviews.correct(first.clips, [])
    assert corrected.equals(first.clips) and done.empty
    assert len(pd.concat([pd.DataFrame([["info"] * 6], columns=audit.COLUMNS, dtype="string"), done])) == 1
