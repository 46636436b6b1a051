"""Whether it may say "don't know": thresholds of dev alone, curves that a second count gives too."""

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emokit import abstention, calibration, metrics, one_against_rest, plots

NAMES = ["neutral", "happy", "sad"]


def predictions(n: int = 90, seed: int = 0, n_speakers: int = 9, part: str = "test") -> pd.DataFrame:
    """Predictions of speakers in turn, surer where they are right; probabilities of two digits, so that some tie."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    p = rng.dirichlet(np.ones(3), n) + 0.4 * np.eye(3)[truth]
    p = np.round(p / p.sum(axis=1, keepdims=True), 2)
    emotion, predicted = ([NAMES[k] for k in classes] for classes in (truth, p.argmax(axis=1)))
    said = pd.DataFrame({"file": [f"{part}-{i}" for i in range(n)], "emotion": emotion, "predicted": predicted})
    speakers = [f"{part}/{i % n_speakers}" for i in range(n)]
    return said.assign(part=part, speaker=speakers, **{f"p_{name}": p[:, k] for k, name in enumerate(NAMES)})


def as_sure(sure: list[float], right: list[bool]) -> pd.DataFrame:
    """Predictions of one class that are so sure, and right or not."""
    names = ["happy", "sad"]
    p = np.array([[value, 1 - value] for value in sure])
    table = pd.DataFrame({"emotion": [names[not good] for good in right], "predicted": "happy", "part": "dev"})
    return table.assign(speaker="demo/1", p_happy=p[:, 0], p_sad=p[:, 1])


def every(test):
    """As many clips as may be, drawn alike each time."""
    return settings(max_examples=25)(given(st.integers(1, 60), st.integers(0, 10**6))(test))


@every
def test_the_curve_is_what_counting_at_each_threshold_gives(n, seed):
    said = predictions(n, seed)
    steps = abstention.curve(said)
    assert steps["threshold"].tolist() == sorted(set(calibration.confidence(said)), reverse=True)
    for step in steps.itertuples():
        left = said[calibration.confidence(said) >= step.threshold]
        assert step.coverage == pytest.approx(len(left) / n)
        assert step.risk == pytest.approx((left["emotion"] != left["predicted"]).mean())
        assert step.uar == pytest.approx(metrics.uar(left["emotion"], left["predicted"]))
        assert step.classes == left["emotion"].nunique()


@every
def test_a_threshold_leaves_out_the_share_asked_for_and_no_clip_more(n, seed):
    said = predictions(n, seed)
    for share in (0, 0.1, 0.2, 0.5, 0.7, 0.99):
        least = abstention.threshold(said, share)
        sure = calibration.confidence(said)
        assert len(abstention.answered(said, least)) == (sure >= least).sum() >= n - math.floor(share * n + 1e-9)
        assert (sure > least).sum() < n - math.floor(share * n + 1e-9)  # the next one would leave out too many


def test_a_share_of_a_hundred_clips_is_as_many_as_it_says():
    said = as_sure([0.5 + 0.004 * k for k in range(100)], [True] * 100)
    left = [len(abstention.answered(said, abstention.threshold(said, share / 100))) for share in range(100)]
    assert left == [*range(100, 0, -1)]  # 0.29 * 100 is less than 29 as floats count


@pytest.mark.parametrize("share", [-0.1, 1, 20, math.nan])
def test_another_share_is_refused(share):
    with pytest.raises(ValueError, match="share to leave out is .*expected 0 to below 1"):
        abstention.threshold(predictions(), share)


def test_without_dev_there_is_no_threshold():
    with pytest.raises(ValueError, match="no clips to choose a threshold on"):
        abstention.threshold(predictions().head(0), 0.2)


@pytest.mark.slow
@every
def test_the_threshold_for_a_uar_is_the_lowest_that_reaches_it_with_each_class(n, seed):
    said = predictions(n, seed)
    for wanted in (0.6, 0.8, 1.0):
        good = []
        for least in set(calibration.confidence(said)):
            left = said[calibration.confidence(said) >= least]
            whole = left["emotion"].nunique() == said["emotion"].nunique()
            good += [least] if whole and metrics.uar(left["emotion"], left["predicted"]) >= wanted - 1e-12 else []
        found = abstention.threshold_for(said, wanted)
        assert (found == min(good)) if good else math.isnan(found)


@pytest.mark.parametrize("wanted", [0.8, 0.9, 1.0])
def test_the_share_for_a_uar_withholds_what_its_threshold_does(wanted):
    one, other = predictions(200, part="dev"), predictions(80, seed=2, part="dev")
    for said, parts in ((one, [one]), (pd.concat([one.assign(run="a"), other.assign(run="b")]), [one, other])):
        share = abstention.share_for(said, wanted)
        dev = pd.concat([calibration.rescaled(part, calibration.temperature(part)) for part in parts])
        left = abstention.answered(dev, abstention.threshold(dev, share))  # as `predict` withholds
        assert 0 < share < 1 and metrics.uar(left["emotion"], left["predicted"]) >= wanted - 1e-12
        assert abstention.threshold(dev, share) == abstention.threshold_for(dev, wanted)


def test_a_uar_that_no_share_reaches_has_none_and_another_is_refused():
    never_sad = predictions(part="dev").assign(predicted="happy")
    assert math.isnan(abstention.share_for(never_sad, 0.9))
    with pytest.raises(ValueError, match="The UAR to reach is 80; expected 0 to 1"):
        abstention.share_for(predictions(part="dev"), 80)
    with pytest.raises(ValueError, match="no clips to fit a temperature on; give those of the dev part"):
        abstention.share_for(predictions(), 0.8)


def test_the_table_describes_what_is_left_with_its_interval_over_speakers():
    said = predictions(300)
    kept = abstention.table(said).set_index("left_out")
    for share, row in kept.iterrows():
        left = abstention.answered(said, row["threshold"])
        np.testing.assert_allclose([row["low"], row["high"]], metrics.interval(left))
        assert row["clips"] == len(left) and row["speakers"] == left["speaker"].nunique()
        assert row["coverage"] == len(left) / 300 >= 1 - share - 1e-9
    assert kept["low"].notna()[0] and kept["uar"][0.5] > kept["uar"][0] + 0.05


def test_aurc_is_the_mean_over_the_orders_of_those_as_sure():
    said = as_sure([0.9, 0.7, 0.7, 0.7, 0.6], [True, False, True, True, False])
    wrong = (said["emotion"] != said["predicted"]).to_numpy(float)
    orders = [(0, *middle, 4) for middle in permutations((1, 2, 3))]
    expected = np.mean([(wrong[list(order)].cumsum() / np.arange(1, 6)).mean() for order in orders])
    found = abstention.aurc(said)
    assert found["aurc"] == pytest.approx(expected)
    assert found["best"] == pytest.approx(np.mean([0, 0, 0, 1 / 4, 2 / 5])) and found["chance"] == 0.4


@every
def test_aurc_lies_between_the_best_and_what_chance_gives_where_all_are_as_sure(n, seed):
    said = predictions(n, seed)
    found = abstention.aurc(said)
    assert found["best"] - 1e-12 <= found["aurc"] <= 1
    alike = abstention.aurc(said.assign(p_neutral=1.0))
    assert alike["aurc"] == pytest.approx(alike["chance"])


def test_nothing_to_judge_has_no_area():
    assert all(map(math.isnan, abstention.aurc(predictions().head(0)).values()))


def together(n_dev_speakers: int = 1) -> pd.DataFrame:
    return pd.concat([predictions(300), predictions(60, seed=1, n_speakers=n_dev_speakers, part="dev")])


def test_the_sentence_takes_its_threshold_from_dev_and_its_figures_from_the_test():
    said = together()
    least = abstention.threshold(said[said["part"] == "dev"], 0.2)
    told = abstention.sentence(said, share=0.2)
    assert told.startswith("Asked to leave out the least sure 20 % of dev (60 clips of 1 speaker), it withholds what")
    assert f"below a confidence of {least:.2f}. On the test that is" in told
    test = said[said["part"] == "test"]
    left = abstention.answered(test, least)
    assert f"that is {100 * (1 - len(left) / 300):.0f} % of 300 clips, of single speakers" in told
    low, high = metrics.interval(left)
    rest = f"{100 * metrics.uar(left['emotion'], left['predicted']):.1f} % (95 % interval {100 * low:.1f} to"
    assert rest in told and f"instead of {100 * metrics.uar(test['emotion'], test['predicted']):.1f} %" in told
    worth = "How sure a model is of one voice of dev says little of others: expect another share of new speakers."
    assert told.endswith(worth)
    other = said.assign(emotion=said["emotion"].where(said["part"] == "dev", "sad"))
    assert f"below a confidence of {least:.2f}" in abstention.sentence(other, share=0.2)  # the test chooses nothing


def test_the_sentence_says_what_dev_cannot_show():
    assert "How sure a model is of a few voices of dev says" in abstention.sentence(together(3), share=0.2)
    assert "a share within that of the single speakers here" in abstention.sentence(together(12), share=0.2)
    unknown = together().assign(speaker=None)
    assert "Whose voices dev has is not known" in abstention.sentence(unknown, share=0.2)
    never_sad = together().assign(predicted=together()["predicted"].replace("sad", "happy"))
    assert "finds no confidence that does." in abstention.sentence(never_sad, uar=0.9)
    reached = abstention.sentence(together(), uar=0.8)
    assert reached.startswith("Asked to reach UAR 80 % on dev (60 clips of 1 speaker), it withholds")


def test_runs_that_are_pooled_have_each_their_own_threshold():
    one, other = together().assign(run="a"), together().assign(run="b")
    other[["p_neutral", "p_happy", "p_sad"]] /= 2  # half as sure
    other["file"] = "b" + other["file"]
    told, alone = abstention.sentence(pd.concat([one, other]), share=0.2), abstention.sentence(one, share=0.2)
    least = abstention.threshold(one[one["part"] == "dev"], 0.2)
    assert f"(120 clips of 1 speaker in 2 runs), it withholds what is below confidences of {least / 2:.2f} to" in told
    share = alone.split("that is ")[1].split(" of ")[0]
    assert f"that is {share} of 600 clips" in told and "of one voice of dev in each run says" in told


def test_each_class_against_the_rest_is_what_pairs_of_clips_give():
    said = predictions(120)
    found = one_against_rest.curves(said)
    assert list(found) == NAMES
    for name, curves in found.items():
        own = (said["emotion"] == name).to_numpy()
        p = said[f"p_{name}"].to_numpy()
        pairs = p[own][:, None] - p[~own]
        assert curves.auc == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
        reached = [(p[own] >= least).mean() for least in sorted(set(p), reverse=True)]
        right = [own[p >= least].mean() for least in sorted(set(p), reverse=True)]
        assert curves.average_precision == pytest.approx(np.sum(np.diff([0, *reached]) * right))
        assert curves.share == own.mean()


def test_a_class_without_clips_or_without_others_has_no_curve():
    said = predictions(60)
    assert list(one_against_rest.curves(said[said["emotion"] != "sad"])) == ["neutral", "happy"]
    assert one_against_rest.curves(said[said["emotion"] == "sad"]) == {}


def test_the_figures_state_what_they_show():
    said = together()
    kept = abstention.table(predictions(300)).set_index("left_out")
    figure = plots.risk_coverage(said)
    left, before, after = 100 * (1 - kept["coverage"][0.2]), 100 * kept["uar"][0], 100 * kept["uar"][0.2]
    assert figure.finding == f"Without the least sure {left:.0f} % the UAR is {after:.1f} % instead of {before:.1f} %"
    areas = {name: round(curves.auc, 3) for name, curves in one_against_rest.curves(predictions(300)).items()}
    best, worst = max(areas, key=areas.get), min(areas, key=areas.get)
    told = f"{best} is told from the rest best (area {areas[best]:.3f}), {worst} worst ({areas[worst]:.3f})"
    assert plots.each_against_rest(said).finding == told


def test_the_figures_of_nothing_and_of_answers_all_alike_say_so():
    nothing, alike = predictions().head(0), predictions().assign(p_neutral=1.0, p_happy=0.0, p_sad=0.0)
    for draw in (plots.risk_coverage, plots.each_against_rest):
        assert draw(nothing).finding == "There is no clip to judge by"
    assert plots.risk_coverage(alike).finding == "The least sure answers are all alike, so none can be left out"
    assert plots.each_against_rest(alike).finding == "Each emotion is told from the rest alike (area 0.500)"
