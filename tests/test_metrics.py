import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

from emokit import metrics

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
    assert "95 % interval over speakers" in metrics.headline(predictions(6))


def test_permuted_labels_give_chance():
    table = predictions(10, n_clips=60, right=1.0)
    rng = np.random.default_rng(0)
    scores = [metrics.uar(rng.permutation(table["emotion"]), table["predicted"]) for _ in range(200)]
    assert abs(np.mean(scores) - 1 / 3) < 3 * np.std(scores) / math.sqrt(len(scores))


def test_predictions_join_each_clip_to_its_own_row():
    clips = pd.DataFrame(
        {"file": ["a", "b"], "speaker": "x/1", "part": "test", "emotion": ["sad", "happy"]}, index=[7, 3]
    )
    table = metrics.predictions(clips, np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]), EMOTIONS)
    assert table["file"].tolist() == ["a", "b"] and table["predicted"].tolist() == ["sad", "neutral"]
    assert table["loss"].tolist() == pytest.approx([-math.log(0.7), -math.log(0.25)])
    with pytest.raises(ValueError, match="expected \\(2, 3\\)"):
        metrics.predictions(clips, np.ones((3, 3)), EMOTIONS)


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


def test_one_clip_in_common_is_enough_to_refuse_pooling():
    one, other = (predictions(3).assign(file=[f"{run}{i}.wav" for i in range(90)]) for run in "ab")
    other.loc[7, "file"] = "a7.wav"
    with pytest.raises(ValueError, match="a and b have 1 test clips in common, which would count twice"):
        metrics.pool({"a": one, "b": other})


def test_without_speakers_the_headline_says_that_they_are_unknown():
    assert "no interval: speakers unknown" in metrics.headline(predictions(3).assign(speaker=None))
