"""Confidence against accuracy, and the temperature that brings them together."""

import numpy as np
import pandas as pd
import pytest

from emokit import calibration

NAMES = ["happy", "sad", "angry"]


def drawn(n: int, sharpness: float, seed: int = 0, part: str = "test") -> pd.DataFrame:
    """Clips whose truth is drawn from the model's own probabilities, which are then sharpened by a known factor."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = [rng.choice(3, p=row) for row in p]
    said = np.exp(sharpness * logits) / np.exp(sharpness * logits).sum(axis=1, keepdims=True)
    table = pd.DataFrame(said, columns=[f"p_{name}" for name in NAMES])
    names = np.array(NAMES, dtype=object)
    return table.assign(emotion=names[truth], predicted=names[said.argmax(axis=1)], part=part)


def test_probabilities_that_hold_have_no_calibration_error():
    assert calibration.ece(drawn(20_000, 1.0)) < 0.015


def test_a_model_that_is_too_sure_is_found_out():
    predictions = drawn(5_000, 3.0)
    bins = calibration.reliability(predictions).query("n >= 50")  # in a bin of two clips chance decides
    assert len(bins) >= 5 and (bins["confidence"] > bins["accuracy"]).all()
    assert calibration.ece(predictions) > 0.1


def test_error_counted_by_hand():
    p = [[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.5, 0.3, 0.2], [0.3, 0.5, 0.2]]
    predictions = pd.DataFrame(p, columns=[f"p_{name}" for name in NAMES])
    predictions = predictions.assign(emotion=["happy", "sad", "happy", "sad"])
    predictions["predicted"] = ["happy", "happy", "happy", "sad"]
    # two clips at 0.9 of which one is right, two at 0.5 of which both are right
    assert calibration.ece(predictions) == pytest.approx(0.5 * 0.4 + 0.5 * 0.5)
    assert calibration.reliability(predictions)["n"].tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]


def test_certainty_falls_in_the_last_bin():
    predictions = pd.DataFrame({"p_happy": [1.0], "p_sad": [0.0], "emotion": ["happy"], "predicted": ["happy"]})
    assert calibration.reliability(predictions)["n"].iloc[-1] == 1
    assert calibration.ece(predictions) == 0


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_temperature_finds_the_factor_by_which_probabilities_were_sharpened(sharpness):
    assert calibration.temperature(drawn(20_000, sharpness)) == pytest.approx(sharpness, rel=0.05)


def test_another_temperature_changes_no_prediction():
    predictions = drawn(500, 3.0)
    after = calibration.rescaled(predictions, 3.0)
    columns = [f"p_{name}" for name in NAMES]
    assert (after[columns].to_numpy().argmax(axis=1) == predictions[columns].to_numpy().argmax(axis=1)).all()
    np.testing.assert_allclose(after[columns].sum(axis=1), 1)
    np.testing.assert_allclose(calibration.rescaled(after, 1 / 3)[columns], predictions[columns], atol=1e-6)


def test_summary_takes_the_temperature_from_dev_and_tells_of_the_test():
    both = pd.concat([drawn(4_000, 3.0, seed=1, part="dev"), drawn(4_000, 3.0, seed=2)])
    told = calibration.summary(both)
    assert told["temperature"] == pytest.approx(3, rel=0.1)
    assert told["ece"] > 0.1 > 0.03 > told["ece_rescaled"]
    shifted = pd.concat([both[both["part"] == "dev"], drawn(4_000, 1.0, seed=2)])
    assert calibration.summary(shifted)["temperature"] == told["temperature"]  # the test has no say


@pytest.mark.parametrize("n", [40, 400])
def test_what_chance_adds_to_the_error_is_that_of_a_model_that_is_right_as_often_as_it_is_sure(n):
    tables = [drawn(n, 1.0, seed) for seed in range(60)]
    observed = [calibration.ece(table) for table in tables]
    expected = [calibration.chance_ece(table) for table in tables]
    assert np.mean(expected) == pytest.approx(np.mean(observed), abs=3 * np.std(observed) / np.sqrt(60))
    assert calibration.summary(pd.concat([tables[0], drawn(n, 1.0, part="dev")]))["ece_by_chance"] == expected[0]


@pytest.mark.parametrize(
    ("after", "change"),
    [(0.05, "makes it better on the test, 5.0"), (0.104, "makes it WORSE on the test, 10.4"), (0.0919, "it alike")],
)
def test_a_temperature_that_does_harm_is_said_to_do_harm(after, change):
    told = {"temperature": 0.54, "ece": 0.092, "ece_by_chance": 0.06, "ece_rescaled": after}
    sentence = calibration.sentence(told)
    assert change in sentence and "instead of 9.2" in sentence and "show 6.0 by chance" in sentence


def test_a_label_that_the_model_does_not_know_gives_no_temperature():
    with pytest.raises(ValueError, match="bored is no class of the model, which tells happy, sad, angry apart"):
        calibration.temperature(drawn(5, 1.0).assign(emotion="bored"))


def test_probabilities_of_zero_are_no_accident():
    predictions = pd.DataFrame({"p_happy": [1.0, 1.0], "p_sad": [0.0, 0.0]})
    predictions = predictions.assign(emotion=["happy", "sad"], predicted=["happy", "happy"])
    assert np.isfinite(calibration.temperature(predictions))


def test_without_clips_there_is_nothing_to_fit():
    assert np.isnan(calibration.ece(drawn(5, 1.0).iloc[:0]))
    with pytest.raises(ValueError, match="no clips to fit a temperature"):
        calibration.temperature(drawn(5, 1.0).iloc[:0])
