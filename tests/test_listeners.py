"""How far listeners agree, and what one of them would reach."""

import numpy as np
import pandas as pd
import pytest

from emokit import listeners, metrics, votes

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units.
OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
# Fleiss's kappa as Wikipedia works it out: 14 raters, ten subjects, five categories.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def clips_of(counts, **columns):
    """Clips with these votes, a list of counts a clip for angry, happy and sad."""
    table = pd.DataFrame(counts, columns=votes.columns(["angry", "happy", "sad"][: len(counts[0])]))
    return table.assign(speaker=[f"s{n}" for n in range(len(counts))], **columns)


def test_alpha_is_that_of_the_published_example():
    said = pd.DataFrame([row.split() for row in OBSERVERS]).T.stack()
    counts = pd.crosstab(said.index.get_level_values(0), said.to_numpy()).drop(columns=".")
    assert votes.alpha(counts[counts.sum(axis=1) > 1]) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_as_many_raters_everywhere_is_fleiss_kappa_but_for_the_size_of_the_sample():
    """kappa = 0.210; alpha's expected disagreement is that of pairs drawn without replacement."""
    n = np.sum(FLEISS)
    assert votes.alpha(pd.DataFrame(FLEISS)) == pytest.approx(1 - (1 - 0.2099) * (n - 1) / n, abs=1e-3)


def test_agreement_on_an_emotion_is_how_often_another_listener_says_so_too():
    table = votes.by_emotion(clips_of([[3, 1, 0], [2, 2, 0], [0, 0, 1]]))  # one vote has no other
    assert table["votes"].to_dict() == {"angry": 5, "happy": 3, "sad": 0}
    assert table["agreement"]["angry"] == pytest.approx((3 * 2 + 2 * 1) / (3 * 3 + 2 * 3))
    assert table["agreement"]["happy"] == pytest.approx(2 / (3 + 2 * 3)) and np.isnan(table["agreement"]["sad"])


def test_the_sentence_counts_votes_clips_and_those_on_which_fewer_than_half_agree():
    said = votes.sentence(clips_of([[3, 1, 0], [1, 1, 1], [2, 2, 1], [np.nan] * 3]))
    assert said.startswith("12 votes on 3 of 4 clips, 3 to 5 each: Krippendorff's alpha -0.")
    assert said.endswith("on 2 clips (67%) fewer than half agree.")
    assert votes.sentence(clips_of([[0.5, 0.5], [0.1, 0.9]])) == (
        "The votes are shares; how many listened is not known."
    )
    assert votes.sentence(pd.DataFrame({"emotion": ["sad"]})) .startswith("No clip has votes of listeners; ")
    assert np.isnan(votes.alpha(pd.DataFrame({"sad": [3, 3]})))


def test_a_listener_is_judged_by_the_others():
    """By hand: of three angry and one happy, an angry one meets two to one, the happy one three to none."""
    counts = pd.DataFrame([[3, 1], [2, 2], [2, 1], [1, 1]], columns=["angry", "happy"])
    hits, total = listeners.against_others(counts)
    assert total.to_numpy().tolist() == [[1, 0], [0.5, 0.5], [pytest.approx(1 / 3), 0], [0.5, 0.5]]
    assert hits.to_numpy().tolist() == [[0.75, 0], [0, 0], [0, 0], [0, 0]]
    # [2, 1]: an angry one meets a tie, the happy one two angry; [2, 2]: each meets two of the other kind.


def simulated(n=600, listeners_=9, sure=0.6, seed=0):
    """Clips of twelve speakers, and what each of nine listeners says."""
    rng, names = np.random.default_rng(seed), np.array(["angry", "happy", "sad"])
    own = rng.integers(0, 3, n)
    heard = np.where(rng.random((n, listeners_)) < sure, own[:, None], rng.integers(0, 3, (n, listeners_)))
    counts = np.stack([(heard == k).sum(axis=1) for k in range(3)], axis=1)
    table = pd.DataFrame(counts, columns=votes.columns(names)).assign(speaker=np.arange(n) % 12, part="test")
    return table.assign(emotion=names[own], predicted=names[own]), heard


def test_the_ceiling_is_the_mean_over_listeners_who_are_left_out_one_by_one():
    clips, heard = simulated()
    names, hits, total = votes.names(clips), np.zeros(3), np.zeros(3)
    for listener in range(heard.shape[1]):
        others = np.delete(heard, listener, axis=1)
        numbers = np.stack([(others == k).sum(axis=1) for k in range(3)], axis=1)
        clear = (numbers == numbers.max(axis=1, keepdims=True)).sum(axis=1) == 1
        truth = numbers.argmax(axis=1)
        total += np.bincount(truth[clear], minlength=3)
        hits += np.bincount(truth[clear & (truth == heard[:, listener])], minlength=3)
    mean, low, high = listeners.uar(*listeners.against_others(votes.of(clips, names)), clips)
    assert mean == pytest.approx((hits / total).mean()) and low < mean < high < mean + 0.1


def test_the_sentence_judges_by_the_emotion_too_where_that_is_not_what_most_hear():
    clips, _ = simulated()
    most = votes.plurality(votes.of(clips))
    same = clips[most.notna()].assign(emotion=most[most.notna()])
    said = listeners.sentence(same)
    assert said.startswith("One listener of the test clips, drawn at random: UAR ") and said.count("UAR") == 1
    assert "over speakers) against what most of the others hear." in said
    mean = listeners.uar(*listeners.against_emotion(votes.of(clips), clips["emotion"]), clips)[0]
    share = np.array([row[f"votes_{row.emotion}"] / 9 for _, row in clips.iterrows()])
    assert mean == pytest.approx(np.mean([share[clips["emotion"] == name].mean() for name in votes.names(clips)]))
    said = listeners.sentence(clips)
    assert f"drawn at random: UAR {100 * mean:.1f} % (" in said and "against the emotions of the clips; UAR" in said


def test_without_single_votes_or_enough_speakers_no_more_is_said_than_is_known():
    clips, _ = simulated(60)
    columns = votes.columns(["angry", "happy", "sad"])
    assert listeners.sentence(clips.drop(columns=columns)) == ""
    assert listeners.sentence(clips.assign(**clips[columns].div(9))) == ""  # shares
    few = clips[clips["speaker"] < 4]
    assert metrics.why_no_interval(few) and "over speakers" not in listeners.sentence(few)
    some = clips.assign(**clips[columns].where(clips["speaker"] < 4))
    assert listeners.sentence(some).startswith("One listener of 20 of the 60 test clips, drawn at random: UAR ")


def test_an_emotion_that_no_listener_voted_for_counts_as_never_heard():
    clips = clips_of([[3, 0], [0, 3], [2, 1]], emotion=["angry", "happy", "calm"])
    mean, *_ = listeners.uar(*listeners.against_emotion(votes.of(clips), clips["emotion"]), clips)
    assert mean == pytest.approx(2 / 3)
