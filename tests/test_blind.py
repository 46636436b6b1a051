"""Blind listening: what the page is told before an answer, what is kept of it, and figures held to other libraries'."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import cohen_kappa_score
from test_confusion_explorer import make_run
from test_run_report import finished

from emokit import agreement, blind, metrics, report, reviews, widgets
from emokit.run_folder import Run

ANNA = {"listener": "Anna"}


@pytest.fixture
def run(tmp_path, demo_dir) -> Run:
    return make_run(tmp_path / "run-1", demo_dir)


def drawn(n: int, seed: int = 0, speakers: int = 12) -> pd.DataFrame:
    """Invented answers of a model and a listener, who are right in two of three clips."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(["happy", "sad", "angry"], n)
    clips = {"file": [f"{i}.wav" for i in range(n)], "emotion": truth}
    clips["speaker"] = [f"s{i % speakers}" for i in range(n)]
    for column in ("predicted", "said"):
        clips[column] = np.where(rng.random(n) < 0.66, truth, rng.choice(["happy", "sad", "angry"], n))
    return pd.DataFrame(clips).assign(run="a", sure=3, told=False)


def answer_all(view, listener: str, **more) -> None:
    for key in range(len(view.chosen)):
        view.answer({"listener": listener, "key": key, "label": view.names[key % 3], "sure": 1 + key % 5} | more)


# ---- which clips -----------------------------------------------------------------------------------------------------


def test_half_are_mistakes_each_emotion_in_turn_and_the_seed_draws_them():
    answers = drawn(300)
    chosen = blind.choose(answers, 40, seed=3)
    right = chosen["emotion"] == chosen["predicted"]
    assert right.sum() == (~right).sum() == 20
    of_kind = pd.crosstab(chosen["emotion"], right)
    assert (of_kind.max() - of_kind.min()).max() <= 1
    again = blind.choose(answers.sample(frac=1, random_state=1), 40, seed=3)
    assert set(again["file"]) == set(chosen["file"]) != set(blind.choose(answers, 40, seed=4)["file"])


def test_a_run_of_few_mistakes_gives_as_few_clips_and_none_says_why(run):
    answers = drawn(90)
    answers["predicted"] = answers["emotion"].where(answers.index > 4, "none")
    assert len(blind.choose(answers, 40)) == 10
    view = widgets.BlindListening(run)
    view.chosen, view.rows = view.chosen.head(0), view.rows.assign(predicted=view.rows["emotion"])
    assert "no test clip of run-1 is a mistake" in view.state()["none"] and view.state()["none"] in view.twin()


def test_every_listener_has_an_order_of_their_own_which_comes_again():
    chosen = blind.choose(drawn(300))
    orders = [blind.order(chosen, name).index.tolist() for name in ("Anna", "Zoë", "Anna")]
    assert orders[0] == orders[2] != orders[1] and sorted(orders[0]) == sorted(orders[1])


# ---- nothing is known before the answer ------------------------------------------------------------------------------


def test_nothing_that_reaches_the_page_before_an_answer_tells_what_a_clip_is(run):
    view = widgets.BlindListening(run)
    told = json.dumps([view.state(), view.begin(ANNA)[0], view.sound(ANNA | {"keys": [0, 1, 2]})[0]])
    told += view.text + view.stored() + json.dumps(view.answer(ANNA | {"key": 0, "label": "sad", "sure": 2})[0])
    for row in view.rows.itertuples():
        assert row.name not in told and row.speaker not in told and row.digest not in told
    assert "truth" not in told and "predicted" not in told
    sounds = b"".join(view.sound(ANNA | {"keys": range(len(view.chosen))})[1])
    assert not [name for name in view.names if name.encode() in sounds] and b"v01" not in sounds[:200]


def test_a_clip_that_cannot_be_read_says_so_without_its_name(run, tmp_path):
    view = widgets.BlindListening(run)
    view.chosen = view.chosen.assign(file=str(tmp_path / "v01_s1_ang_1.flac"))
    answer, sounds = view.sound(ANNA | {"keys": [0]})
    assert answer == {"heard": [{"error": "This clip cannot be heard."}]} and sounds == [b""]


def test_an_answer_after_the_reveal_is_refused(run):
    view = widgets.BlindListening(run)
    told, _ = view.answer(ANNA | {"key": 0, "label": "sad", "sure": 2, "told": True})
    row = view._order("Anna").iloc[0]
    assert told == {"truth": row["emotion"], "predicted": row["predicted"]}
    for one in (view, widgets.BlindListening(run)):  # also after the kernel was started anew
        with pytest.raises(ValueError, match="Anna was told what clip 1 is"):
            one.answer(ANNA | {"key": 0, "label": "happy", "sure": 5})
    view.answer(ANNA | {"key": 1, "label": "sad", "sure": 2})
    view.answer(ANNA | {"key": 1, "label": "happy", "sure": 3})  # not told: a slip of the finger is mended
    view.cell(ANNA)
    with pytest.raises(ValueError, match="Anna was told what clip 2 is"):
        view.answer(ANNA | {"key": 1, "label": "sad", "sure": 2})


@pytest.mark.parametrize("wrong", [{"label": "joyous"}, {"sure": 6}, {"listener": "  "}, {"listener": "x" * 61}])
def test_an_answer_that_is_none_is_refused(run, wrong):
    with pytest.raises(ValueError, match="Expected one of|Give a name of 1 to 60"):
        widgets.BlindListening(run).answer(ANNA | {"key": 0, "label": "sad", "sure": 2} | wrong)


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_listeners_keep_their_own_rows_and_go_on_where_they_stopped(run):
    view = widgets.BlindListening(run)
    for key in (0, 2):
        view.answer(ANNA | {"key": key, "label": "sad", "sure": 4})
    answer_all(view, "Zoë", told=True)
    again = widgets.BlindListening(Run.open(run.path))
    n = len(view.chosen)
    assert again.begin(ANNA)[0]["left"] == [key for key in range(n) if key not in (0, 2)]
    assert again.begin({"listener": " Zoë "})[0] == {"listener": "Zoë", "left": []}
    kept = reviews.read(run)
    assert kept["listener"].value_counts().to_dict() == {"Zoë": n, "Anna": 2}
    assert set(zip(kept["listener"], kept["blind"], strict=True)) == {("Anna", "yes"), ("Zoë", "told after each")}
    assert set(kept["sure"]) <= set("12345") and (kept["verdict"] == "").all()
    order = view._order("Anna")
    mine = kept[kept["listener"] == "Anna"]
    assert mine["file"].tolist() == order["file"].iloc[[0, 2]].tolist() and (mine["label"] == "sad").all()


def test_a_review_stands_beside_what_was_heard_blind_and_beside_that_of_others(run):
    blindly, open_eyed = widgets.BlindListening(run), widgets.ConfusionExplorer(run)
    blindly.answer(ANNA | {"key": 0, "label": "sad", "sure": 4})
    file = blindly._order("Anna")["file"].iloc[0]
    key = int(open_eyed.rows.index[open_eyed.rows["file"] == file][0])
    for listener, verdict in (("Anna", "bad audio"), ("Zoë", "fine"), ("Anna", "fine")):
        open_eyed.review({"key": key, "verdict": verdict, "listener": listener})
    kept = reviews.read(run)[["listener", "verdict", "blind"]]
    assert kept.to_numpy().tolist() == [["Anna", "", "yes"], ["Zoë", "fine", ""], ["Anna", "fine", ""]]
    row = open_eyed.rows.loc[key]
    question = {"truth": row["emotion"], "predicted": row["predicted"]}
    shown = {name: open_eyed.cell(question | {"listener": name})[0]["clips"] for name in ("Anna", "")}
    of = {name: next(clip["review"] for clip in clips if clip["key"] == key) for name, clips in shown.items()}
    assert of == {"Anna": {"verdict": "fine", "label": "", "note": ""}, "": None}


def test_what_was_heard_blind_corrects_no_label_and_voids_no_verdict(run):
    view = widgets.BlindListening(run)
    open_eyed = widgets.ConfusionExplorer(run)
    key = int(open_eyed.rows.index[open_eyed.rows["file"] == view._order("Anna")["file"].iloc[0]][0])
    open_eyed.review({"key": key, "verdict": "bad audio"})
    answer_all(view, "Anna")
    clips = run.clips.assign(part=run.clips["part"].replace({"test": "train", "train": "test"}))
    corrected, done = reviews.correct(clips, [run])
    assert len(corrected) == len(clips) - 1 and len(done) == 1 and done["remedy"].item() == reviews.LEFT_OUT


def test_a_note_without_verdict_is_kept_and_corrects_nothing(run):
    view = widgets.ConfusionExplorer(run)
    view.review({"key": 0, "verdict": "bad audio", "listener": "Anna"})
    view.review({"key": 0, "note": "a chair?", "listener": "Zoë"})
    view.review({"key": 1, "note": "007"})
    kept = reviews.read(run)
    said = [["bad audio", "", "Anna"], ["", "a chair?", "Zoë"], ["", "007", ""]]
    assert kept[["verdict", "note", "listener"]].to_numpy().tolist() == said
    clips = run.clips.assign(part="train")
    assert len(reviews.correct(clips, [run])[0]) == len(clips) - 1  # what Anna said
    view.review({"key": 1, "note": ""})
    assert len(reviews.read(run)) == 2  # neither verdict nor note: taken back


def test_older_reviews_without_listener_are_read_and_go_on(run):
    view = widgets.ConfusionExplorer(run)
    view.review({"key": 0, "verdict": "fine", "note": "clear"})
    path = run.path / "reviews.csv"
    pd.read_csv(path, dtype="str").drop(columns=["listener", "blind", "sure"]).to_csv(path, index=False)
    older = reviews.read(run)
    assert older["verdict"].tolist() == ["fine"] and (older[["listener", "blind", "sure"]] == "").all(axis=None)
    view.review({"key": 1, "verdict": "fine", "listener": "Anna"})
    assert reviews.read(run)["listener"].tolist() == ["", "Anna"]


# ---- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_that_of_scikit_learn(seed):
    both = drawn(40, seed)[["emotion", "said"]].to_numpy().T
    assert agreement.kappa(*both) == pytest.approx(cohen_kappa_score(*both))
    assert np.isnan(agreement.kappa(["sad"] * 3, ["sad"] * 3)) and np.isnan(agreement.kappa([], []))


def test_the_interval_of_kappa_is_as_wide_as_the_bootstrap_over_speakers_has_it():
    clips = drawn(400, seed=2, speakers=20)
    low, high = agreement.interval(clips, "emotion", "said")
    groups = [rows for _, rows in clips.groupby("speaker")]

    def statistic(places):
        rows = pd.concat([groups[int(place)] for place in places])
        return agreement.kappa(rows["emotion"], rows["said"])

    found = bootstrap((np.arange(20),), statistic, n_resamples=400, vectorized=False, rng=0, method="basic")
    expected = found.confidence_interval
    assert high - low == pytest.approx(expected.high - expected.low, rel=0.25)
    assert low < agreement.kappa(clips["emotion"], clips["said"]) < high


def test_an_interval_that_is_not_honest_is_not_given():
    few = drawn(60, speakers=5)
    assert np.isnan(agreement.interval(few, "emotion", "said")).all()
    alike = drawn(60).assign(said=lambda clips: clips["emotion"])
    assert np.isnan(agreement.interval(alike, "emotion", "said")).all()  # no speaker changes it


def test_a_figure_weighed_as_the_test_is_the_one_on_the_whole_test_where_all_is_heard():
    test = drawn(300)
    assert blind.weighed(test, test, "said") == pytest.approx(metrics.uar(test["emotion"], test["said"]))
    assert blind.weighed(test, test, "predicted") == pytest.approx(metrics.uar(test["emotion"], test["predicted"]))
    assert np.isnan(blind.weighed(test.head(6), test, "said"))
    draws = [blind.weighed(blind.choose(test, 60, seed), test, "said") for seed in range(200)]
    plain = [metrics.uar(*blind.choose(test, 60, seed)[["emotion", "said"]].to_numpy().T) for seed in range(20)]
    truth = metrics.uar(test["emotion"], test["said"])
    assert np.mean(draws) == pytest.approx(truth, abs=0.01) and np.ptp(plain) > 0


def test_the_result_says_what_both_heard_and_that_it_is_not_the_test(run):
    view = widgets.BlindListening(run)
    answer_all(view, "Zoë")
    answer_all(view, "Anna", told=True)
    answer, _ = view.result(ANNA)
    heard = blind.heard(view.chosen, reviews.read(run).assign(run="run-1"), "Anna")
    assert len(heard) == len(view.chosen) and heard["told"].all()
    of = {name: 100 * metrics.uar(heard["emotion"], heard[name]) for name in ("said", "predicted")}
    n = len(heard)
    said, predicted = f"UAR {of['said']:.1f} % by Anna", f"{of['predicted']:.1f} % by the model"
    assert answer["title"] == f"{n} clips heard blind: {said}, {predicted}"
    who = [f"{model}{name}" for name in ("Anna", "Zoë") for model in ("", "model, on the clips of ")]
    assert [row[0] for row in answer["rows"]] == who
    assert answer["rows"][0][1:3] == [str(n), f"{of['said']:.1f} %"]
    kappa = cohen_kappa_score(heard["emotion"], heard["said"])
    assert answer["rows"][0][3] == f"{kappa:.2f}" and answer["left"] == []
    told = " ".join(answer["said"])
    same = 100 * (heard["said"] == heard["predicted"]).mean()
    missed = heard[heard["emotion"] != heard["predicted"]]
    right = (missed["said"] == missed["emotion"]).sum()
    assert f"name the same emotion for {same:.1f} % of the clips" in told
    assert f"Of the {len(missed)} that the model missed, Anna heard {right} right." in told
    whole = 100 * metrics.uar(view.rows["emotion"], view.rows["predicted"])
    assert f"no UAR here is one of the test (model: {whole:.1f} %)" in told
    assert "No interval over speakers: 2 speakers, at least 6 are needed." in told and "told after each" in told


def test_the_clips_are_told_afterwards_where_the_two_part_first(run):
    view = widgets.BlindListening(run)
    assert view.cell(ANNA)[0]["clips"] == []
    answer_all(view, "Anna")
    answer, sounds = view.cell(ANNA)
    outcomes = [clip["outcome"] for clip in answer["clips"]]
    assert outcomes == sorted(outcomes) and len(outcomes) == answer["total"] == len(view.chosen) and len(sounds) == 4
    order = view._order("Anna")
    for clip in answer["clips"]:
        row = order.iloc[clip["key"]]
        assert (clip["name"], clip["emotion"], clip["predicted"]) == (row["name"], row["emotion"], row["predicted"])
        assert clip["said"] == view.names[clip["key"] % 3] and clip["sure"] == 1 + clip["key"] % 5


def test_the_report_and_03_say_who_heard_the_test_blind(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    view = widgets.BlindListening(run)
    answer_all(view, "Anna <b>")
    page = report(run).read_text(encoding="utf-8")
    assert f"Anna &lt;b&gt; heard {len(view.chosen)} test clips" in page and "Anna <b>" not in page
    assert "Listeners have judged" not in page


def test_the_twin_plays_and_tells_only_what_is_opened(run):
    html = widgets.BlindListening(run).twin()
    outside = "".join(part.split("</details>")[-1] for part in html.split("<details"))
    assert html.count("<audio") == html.count("<details") == 6
    for row in widgets.BlindListening(run).rows.itertuples():
        assert row.name not in html and row.speaker not in html
    assert "It is" not in outside and "the model says" not in outside and "<script" not in html
