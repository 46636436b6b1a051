import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score

from emokit import calibration, metrics, plots, widgets
from emokit.targets import Emotions

EMOTIONS = ["neutral", "happy", "sad"]
answers = st.lists(st.tuples(st.sampled_from(EMOTIONS), st.sampled_from(EMOTIONS)), min_size=1, max_size=60)


def predictions(n_speakers, n_clips=30, right=0.6, seed=0):
    rng = np.random.default_rng(seed)
    rows = n_speakers * n_clips
    truth = np.tile(EMOTIONS, rows)[:rows]
    guess = np.where(rng.random(rows) < right, truth, rng.choice(EMOTIONS, rows))
    speaker = np.repeat([f"x/{i}" for i in range(n_speakers)], n_clips)
    return pd.DataFrame({"speaker": speaker, "emotion": truth, "predicted": guess, "part": "test"})


@settings(derandomize=True, deadline=None, max_examples=60)
@given(answers)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")  # scikit-learn itself, in one class
def test_uar_and_confusion_are_those_of_scikit_learn(pairs):
    truth, predicted = zip(*pairs, strict=True)
    assert metrics.uar(truth, predicted, EMOTIONS) == pytest.approx(balanced_accuracy_score(truth, predicted))
    np.testing.assert_array_equal(
        metrics.confusion(truth, predicted, EMOTIONS), confusion_matrix(truth, predicted, labels=EMOTIONS)
    )


@settings(derandomize=True, deadline=None, max_examples=60)
@given(answers)
def test_macro_f1_is_that_of_scikit_learn(pairs):
    truth, predicted = zip(*pairs, strict=True)
    expected = f1_score(truth, predicted, average="macro", zero_division=0)
    assert metrics.macro_f1(truth, predicted) == pytest.approx(expected)


def test_metrics_json_has_macro_f1_beside_uar_and_accuracy():
    table = predictions(3)
    said = metrics.summary(table, EMOTIONS)
    assert list(said)[:5] == ["uar", "uar_low", "uar_high", "accuracy", "macro_f1"]
    assert said["macro_f1"] == pytest.approx(f1_score(table["emotion"], table["predicted"], average="macro"))


def test_chance_counts_the_classes_of_the_model_and_not_those_of_the_test():
    table = predictions(8).query("emotion != 'neutral'").assign(**{f"p_{name}": 1 / 3 for name in EMOTIONS})
    assert "chance 33.3, no clip is neutral)" in metrics.headline(table)
    (chance,) = [text for text in plots.recalls(table).axes[0].texts if text.get_text() == " chance"]
    assert chance.get_position()[0] == pytest.approx(100 / 3)


def test_rows_are_the_truth_and_labels_keep_their_order():
    counts = metrics.confusion(["sad", "sad", "happy"], ["happy", "sad", "happy"])
    assert counts.index.tolist() == counts.columns.tolist() == ["happy", "sad"]
    assert counts.loc["sad", "happy"] == 1 and counts.loc["happy", "sad"] == 0


def test_an_emotion_that_never_occurs_has_no_recall_and_does_not_count():
    recalls = metrics.recall(["happy", "sad"], ["happy", "happy"], EMOTIONS)
    assert math.isnan(recalls["neutral"]) and recalls["happy"] == 1 and recalls["sad"] == 0
    assert metrics.uar(["happy", "sad"], ["happy", "happy"], EMOTIONS) == 0.5


def test_a_label_outside_the_vocabulary_of_the_run_is_refused():
    with pytest.raises(ValueError, match="bored"):
        metrics.uar(["happy", "bored"], ["happy", "happy"], EMOTIONS)


def test_the_interval_holds_the_score_and_is_the_same_each_time():
    table = predictions(8)
    low, high = metrics.interval(table)
    assert low < metrics.uar(table["emotion"], table["predicted"]) < high
    assert metrics.interval(table.sample(frac=1, random_state=1)) == (low, high)


def test_the_interval_is_wider_when_speakers_differ_than_when_clips_do():
    good, bad = predictions(4, right=0.9), predictions(4, right=0.1, seed=1)
    unlike = pd.concat([good, bad.assign(speaker=bad["speaker"] + "b")])
    alike = predictions(8, right=0.5)
    assert np.ptp(metrics.interval(unlike)) > 1.5 * np.ptp(metrics.interval(alike))


def test_fewer_than_six_speakers_give_no_interval_and_the_sentence_says_why():
    assert all(math.isnan(bound) for bound in metrics.interval(predictions(5)))
    assert "no interval: 5 speakers, at least 6 are needed" in metrics.headline(predictions(5))
    named = "95 % interval over {} speakers, for these trained models"
    assert named.format("test") in metrics.headline(predictions(6))
    assert named.format("dev") in metrics.headline(predictions(6).assign(part="dev"))


def test_predictions_join_each_clip_to_its_own_row():
    clips = pd.DataFrame(
        {"file": ["a", "b"], "speaker": "x/1", "part": "test", "emotion": ["sad", "happy"]}, index=[7, 3]
    )
    table = Emotions(EMOTIONS).predictions(clips, np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    assert table["file"].tolist() == ["a", "b"] and table["predicted"].tolist() == ["sad", "neutral"]
    assert table["loss"].tolist() == pytest.approx([-math.log(0.7), -math.log(0.25)])
    with pytest.raises(ValueError, match="expected \\(2, 3\\)"):
        Emotions(EMOTIONS).predictions(clips, np.ones((3, 3)))


def test_only_the_test_part_enters_the_headline():
    test = predictions(6)
    dev = predictions(6, right=1.0).assign(part="dev")
    assert metrics.summary(pd.concat([test, dev]), EMOTIONS) == metrics.summary(test, EMOTIONS)
    assert metrics.summary(test, EMOTIONS)["n"] == len(test)


def test_runs_are_pooled_unless_a_clip_would_count_twice_or_the_classes_differ():
    one, other = (predictions(3).assign(file=[f"{run}{i}.wav" for i in range(90)], p_sad=0.5) for run in "ab")
    pooled = metrics.pool({"a": one, "b": other})
    assert len(pooled) == 180 and pooled["run"].value_counts().to_dict() == {"a": 90, "b": 90}
    with pytest.raises(ValueError, match="a and b have 90 test clips in common, which would count twice"):
        metrics.pool({"a": one, "b": one})
    with pytest.raises(ValueError, match="a tells sad apart, b sad, calm; evaluate them one by one"):
        metrics.pool({"a": one, "b": other.assign(p_calm=0.5)})


def test_runs_know_a_recording_by_its_digest_not_by_its_path():
    one, other = (predictions(3).assign(file=[f"{run}{i}.wav" for i in range(90)], p_sad=0.5) for run in "ab")
    same, others = ([f"{run}{i}" for i in range(90)] for run in "xy")
    with pytest.raises(ValueError, match="a and b have 90 test clips in common"):
        metrics.pool({"a": one.assign(digest=same), "b": other.assign(digest=same)})
    other = other.assign(file=one["file"])  # the same path in another corpus folder
    assert len(metrics.pool({"a": one.assign(digest=same), "b": other.assign(digest=others)})) == 180
    with pytest.raises(ValueError, match="a and b have 90 test clips in common"):  # b is older and has no digests
        metrics.pool({"a": one.assign(digest=same), "b": other})
    twins = one.assign(digest=[f"x{i // 2}" for i in range(90)])  # two files of one sound in one run are no matter here
    assert len(metrics.pool({"a": twins, "b": other.assign(digest=others)})) == 180


def test_an_unknown_label_has_no_loss_of_the_last_class():
    clips = pd.DataFrame({"file": ["a", "b"], "speaker": "x/1", "part": "test", "emotion": ["bored", "happy"]})
    table = Emotions(EMOTIONS).predictions(clips, np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    assert math.isnan(table["loss"][0]) and table["loss"][1] == pytest.approx(-math.log(0.25))


def test_digest_and_corpus_stay_with_the_predictions_behind_the_file():
    told = {"speaker": ["x/1"], "part": "test", "emotion": "sad"}
    clips = pd.DataFrame(told | {"digest": "d", "corpus": "c", "file": "a"})
    table = Emotions(EMOTIONS).predictions(clips, np.eye(3)[:1])
    assert table.columns.tolist()[:6] == ["file", "digest", "corpus", "speaker", "part", "emotion"]


def test_chance_counts_the_classes_of_the_model_and_a_class_that_the_test_lacks_is_named():
    clips = predictions(6).assign(file="a")
    named = Emotions([*EMOTIONS, "angry"]).predictions(clips, np.eye(4)[np.tile([0, 1], 90)])  # predicts two of four
    assert "chance 25.0, no clip is angry" in metrics.headline(named)
    assert "chance 25.0, no clip is sad or angry" in metrics.headline(named[named["emotion"] != "sad"])
    every = Emotions(EMOTIONS).predictions(clips, np.eye(3)[np.tile([0, 1], 90)])
    assert metrics.headline(every).endswith("chance 33.3)")


def test_a_column_of_the_user_is_no_class():
    clips = predictions(6).assign(file="a")
    table = Emotions(EMOTIONS).predictions(clips, np.eye(3)[np.tile([0, 1, 2], 60)]).assign(p_pitch=210.0)
    assert metrics.classes(table) == EMOTIONS and "chance 33.3" in metrics.headline(table)
    assert calibration.confidence(table).max() == 1
    np.testing.assert_array_equal(metrics.probabilities(table), np.eye(3)[np.tile([0, 1, 2], 60)])
    assert metrics.probabilities(table).columns.tolist() == EMOTIONS
    box = widgets.worst_mistakes.asked(table.iloc[0], widgets.clip_player.SoundBudget(0))
    assert "sad" in box and "pitch" not in box


def test_nobody_but_one_knows_the_prefix_of_probabilities():
    package = Path(metrics.__file__).parent
    know = {path.name for path in package.rglob("*.py") if re.search(r"""["']p_["'{]""", path.read_text("utf-8"))}
    assert know == {"probability_columns.py"}


def test_each_corpus_has_a_result_of_its_own():
    table = pd.concat([predictions(8).assign(corpus="a"), predictions(5, right=0.9, seed=1).assign(corpus="b")])
    found = metrics.results_by(table, "corpus")
    for name, clips in table.groupby("corpus"):
        row = found.loc[name]
        assert row["uar"] == metrics.uar(clips["emotion"], clips["predicted"])
        np.testing.assert_equal((row["low"], row["high"]), metrics.interval(clips))
        assert row["clips"] == len(clips)
    assert found["speakers"].tolist() == [8, 5] and math.isnan(found.loc["b", "low"])
    assert metrics.results_by(predictions(6), "corpus").empty  # an older run does not know


def test_mistakes_come_by_loss_and_like_ones_by_file():
    told = {"file": list("badce"), "emotion": "sad", "predicted": ["happy"] * 4 + ["sad"], "loss": [1.0, 1, 3, 2, 9]}
    assert metrics.mistakes(pd.DataFrame(told))["file"].tolist() == list("dcab")


def test_a_speaker_dependent_headline_ends_with_it():
    plain = metrics.headline(predictions(6))
    assert metrics.headline(predictions(6), speaker_dependent=True) == plain + ", SPEAKER-DEPENDENT"


def test_without_clips_there_is_no_uar_and_the_headline_says_so():
    nothing = predictions(6).iloc[:0]
    assert metrics.headline(nothing) == "No UAR: there are no clips"
    assert math.isnan(metrics.interval(nothing)[0])


def test_one_clip_in_common_is_enough_to_refuse_pooling():
    one, other = (predictions(3).assign(file=[f"{run}{i}.wav" for i in range(90)]) for run in "ab")
    other.loc[7, "file"] = "a7.wav"
    with pytest.raises(ValueError, match="a and b have 1 test clips in common, which would count twice"):
        metrics.pool({"a": one, "b": other})


def test_without_speakers_the_headline_says_that_they_are_unknown():
    assert "no interval: speakers unknown; 90 clips of unknown" in metrics.headline(predictions(3).assign(speaker=None))
    some = predictions(7).assign(speaker=lambda table: table["speaker"].replace("x/0", None))
    assert "no interval: speaker unknown in 30 of 210 clips; 210 clips of 6 speakers and unk" in metrics.headline(some)
