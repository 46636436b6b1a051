"""Votes of several listeners: as what a network learns from."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from emokit import FeatureNormalizer, build_model, callbacks, class_weights, metrics, run_folder, targets, votes
from emokit.batches import Batches
from emokit.features import LogMelSettings

EMOTIONS = ["neutral", "happy", "sad"]
BANDS, STEPS = 8, 2


def heard_by(n, rng, *, listeners=9, sure=0.6):
    """Votes of `listeners` simulated people, who hear the clip's emotion `sure` of the time, else any: (n, classes)."""
    own = np.arange(n) % len(EMOTIONS)
    p = np.full((n, len(EMOTIONS)), (1 - sure) / len(EMOTIONS))
    p[np.arange(n), own] += sure
    return np.array([rng.multinomial(listeners, row) for row in p])


def corpus(folder, n=60, seed=0):
    """Clips with votes in train, frames that tell a class some of the time, and votes in train alone."""
    rng = np.random.default_rng(seed)
    clips = pd.DataFrame(
        {
            "file": [str(folder / "corpus" / f"{i:02}.wav") for i in range(n)],
            "emotion": [EMOTIONS[i % 3] for i in range(n)],
            "speaker": [f"demo/v{i // 6:02}" for i in range(n)],
            "part": ["train"] * 36 + ["dev"] * 12 + ["test"] * 12,
            "n_frames": 32,
        }
    )
    counts = pd.DataFrame(heard_by(n, rng), columns=votes.columns(EMOTIONS))
    clips = clips.join(counts.where(clips["part"] == "train"))
    return clips, [rng.normal(0.7 * (i % 3), 1, size=(32, BANDS)).astype(np.float32) for i in range(n)]


# ---- the truth ------------------------------------------------------------------------------------------------------


def test_the_truth_of_a_clip_are_the_shares_of_its_votes_among_the_classes():
    clips = pd.DataFrame({"emotion": ["sad", "happy"], "votes_sad": [3, 1], "votes_happy": [1, 4], "votes_other": 4})
    truth = targets.Votes(["happy", "sad"]).of(clips)
    assert truth.dtype == np.float32
    np.testing.assert_allclose(truth, [[0.25, 0.75], [0.8, 0.2]], rtol=1e-6)
    as_shares = clips.assign(votes_sad=clips["votes_sad"] / 8, votes_happy=clips["votes_happy"] / 8)
    np.testing.assert_allclose(targets.Votes(["happy", "sad"]).of(as_shares), truth, rtol=1e-6)


def test_a_clip_without_votes_has_its_emotion_alone():
    unknown = pd.DataFrame({"emotion": ["sad", "happy"], "votes_sad": [np.nan, 0]})
    for clips in (unknown, unknown[["emotion"]]):
        assert targets.Votes(["happy", "sad"]).of(clips).tolist() == [[0, 1], [1, 0]]


def test_the_own_emotion_leads_in_every_row_with_the_least_weight_that_lets_it_lead():
    rng = np.random.default_rng(0)
    clips = pd.DataFrame(rng.integers(0, 5, (500, 3)), columns=votes.columns(EMOTIONS))
    clips = clips.assign(emotion=rng.choice(EMOTIONS, 500))
    truth, own = targets.Votes(EMOTIONS).of(clips), targets.Emotions(EMOTIONS).of(clips)
    np.testing.assert_allclose(truth.sum(axis=1), 1, atol=1e-6)
    assert (truth.argmax(axis=1) == own).all() and truth.min() >= 0
    shares = votes.shares(votes.of(clips, EMOTIONS))
    led = np.array([row.argmax() == i and (row == row.max()).sum() == 1 for row, i in zip(shares, own, strict=True)])
    assert 100 < led.sum() < 400
    np.testing.assert_allclose(truth[led], shares[led], atol=1e-6)  # such votes are left as they are
    others = np.sort(truth[~led & ~np.isnan(shares[:, 0])], axis=1)
    np.testing.assert_allclose(others[:, -1] - others[:, -2], targets.LEAD, atol=1e-6)


def test_a_teachers_answers_mixed_into_training_clips_leave_dev_and_test_hard(tmp_path):
    clips, _ = corpus(tmp_path)
    clips = clips.iloc[::-1]  # whatever the order of the rows
    train = clips["part"] == "train"
    said = pd.DataFrame(np.random.default_rng(1).dirichlet([1, 1, 1], len(clips)), clips.index, EMOTIONS)
    hard = pd.DataFrame(np.eye(3)[targets.Emotions(EMOTIONS).of(clips)], clips.index, EMOTIONS)
    mixed = (0.5 * hard + 0.5 * said)[train]
    answers = mixed.sort_index()[EMOTIONS[::-1]]  # whatever their order
    truth = pd.DataFrame(targets.Votes(EMOTIONS, answers=answers).of(clips), clips.index, EMOTIONS)
    np.testing.assert_allclose(truth[train], mixed, atol=1e-6)
    assert truth[~train].equals(hard[~train].astype("float32"))


@pytest.mark.parametrize("wrong", [-1, np.inf])
def test_a_number_of_votes_that_is_none_is_refused(wrong):
    clips = pd.DataFrame({"emotion": ["sad", "happy"], "votes_sad": [1, wrong], "votes_happy": 1}, index=[3, 7])
    with pytest.raises(ValueError, match=f"{wrong} votes for sad at clip 7; give counts or shares from 0"):
        targets.Votes(["happy", "sad"]).of(clips)


def test_votes_as_target_are_refused_where_no_training_clip_has_any(tmp_path):
    clips, _ = corpus(tmp_path)
    assert targets.chosen("votes", EMOTIONS, clips) == targets.Votes(EMOTIONS)
    assert targets.chosen("emotions", EMOTIONS, clips) == targets.Emotions(EMOTIONS)
    columns = votes.columns(EMOTIONS)
    for without in (clips.drop(columns=columns), clips.assign(**clips[columns].where(clips["part"] == "test"))):
        with pytest.raises(ValueError, match="target is votes, but none of the 36 training clips has any; take target"):
            targets.chosen("votes", EMOTIONS, without)


# ---- training -------------------------------------------------------------------------------------------------------


def test_uar_counts_a_soft_truth_by_its_largest_share():
    rng, metric = np.random.default_rng(0), targets.Votes(EMOTIONS).metric()
    truth, p, named = rng.dirichlet([1, 1, 1], 50), rng.random((50, 3)), np.array(EMOTIONS)
    for batch in np.split(np.arange(50), [3, 33]):  # one of them as many clips as classes
        metric.update_state(truth[batch].astype(np.float32), p[batch])
    expected = metrics.uar(named[truth.argmax(axis=1)], named[p.argmax(axis=1)])
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_keras_weights_a_clip_with_votes_by_its_one_emotion():
    """As class_weight is documented for one-hot rows; a row of shares goes by the largest."""

    class One(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return np.ones((2, 1), np.float32), truth

    truth, weights = np.array([[0.6, 0.4], [0.2, 0.8]], np.float32), {0: 1.0, 1: 3.0}
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, "softmax", kernel_initializer="ones")])
    net.compile("sgd", targets.Votes.loss)
    loss = net.fit(One(), class_weight=weights, shuffle=False, verbose=0).history["loss"][0]
    p = np.exp([2.0, 2.0]) / np.exp([2.0, 2.0]).sum()
    assert loss == pytest.approx((-(truth @ np.log(p)) * [1, 3]).mean(), rel=1e-5)


@pytest.mark.slow
def test_votes_are_trained_watched_logged_proved_and_predicted_as_emotions_are(tmp_path):
    clips, frames = corpus(tmp_path)
    target, weights = targets.Votes(EMOTIONS), class_weights.balanced(clips, EMOTIONS)
    of = {part: clips[clips["part"] == part] for part in ("train", "dev", "test")}
    normalizer = FeatureNormalizer().fit([frames[i] for i in of["train"].index])
    arguments = {"n_bands": BANDS, "n_classes": 3, "max_seq_length": STEPS, "seed": 1, "dropout": 0.0}
    net = build_model(**arguments)
    net.compile(keras.optimizers.Adam(0.003), target.loss, metrics=callbacks.measures(target))
    reading = {"max_length": 16 * STEPS, "batch_size": 12}
    train = Batches(frames, of["train"], target, normalizer, shuffle=True, **reading)
    dev, everyone = (Batches(frames, rows, target, normalizer, **reading) for rows in (of["dev"], clips))
    parameters = {"data_dir": tmp_path / "corpus", "epochs": 3, "seed": 1, "split": "speaker"}
    settings = LogMelSettings(n_bands=BANDS)
    run = run_folder.start(tmp_path / "run", parameters, clips, settings=settings, emotions=EMOTIONS)
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, weights)
    net.fit(
        train, validation_data=dev, epochs=3, class_weight=weights, shuffle=False, verbose=0,
        callbacks=callbacks.standard(run, train, dev),
    )  # fmt: skip
    run.save_model(arguments, net)
    predictions = target.predictions(clips, net.predict(everyone, verbose=0))
    run.finish(predictions, metrics.summary(predictions, EMOTIONS), np.zeros((len(clips), 4)))
    opened = run_folder.Run.open(run.path)
    assert list(opened.predictions) == list(targets.Emotions(EMOTIONS).predictions(clips, np.ones((60, 3)) / 3))
    assert list(opened.history)[:5] == ["epoch", "loss", "uar", "val_loss", "val_uar"]
    on_dev, watched = opened.predictions.query("part == 'dev'"), run.load_state()[2]["watchers"]["early_stopping"]
    assert watched["best"] == opened.history["val_uar"].max()
    assert metrics.uar(on_dev["emotion"], on_dev["predicted"]) == pytest.approx(watched["best"], abs=1e-6)
    best = opened.history["val_loss"][watched["best_epoch"]]  # of dev, which has no votes: that of its emotions
    assert best == pytest.approx(on_dev["loss"].mean(), rel=1e-4)
    pd.testing.assert_frame_equal(opened.clips[votes.columns(EMOTIONS)], clips[votes.columns(EMOTIONS)])
    assert json.loads((run.path / "split.json").read_text())["learned_from"]["part"] == "train"


def test_a_run_is_not_gone_on_with_under_other_votes(tmp_path):
    clips, _ = corpus(tmp_path)
    given = [{"data_dir": tmp_path / "corpus", "epochs": 3, "target": "votes"}, clips]
    settings = LogMelSettings(n_bands=BANDS)
    run_folder.start(tmp_path / "run", *given, settings=settings)
    assert run_folder.start(tmp_path / "run", *given, settings=settings).epoch == 0
    given[1] = clips.assign(votes_sad=clips["votes_sad"] + 1)
    with pytest.raises(run_folder.record.RunError, match="the clips are others"):
        run_folder.start(tmp_path / "run", *given, settings=settings)


def test_the_history_of_votes_is_their_cross_entropy(tmp_path):
    clips, _ = corpus(tmp_path)
    target = targets.Votes(EMOTIONS)
    truth, p = target.of(clips), np.random.default_rng(0).dirichlet([1, 1, 1], len(clips)).astype(np.float32)
    bare = callbacks.measures(target)[1]
    bare.update_state(ops.convert_to_tensor(truth), ops.convert_to_tensor(p))
    assert float(bare.result()) == pytest.approx(-(truth * np.log(p)).sum(axis=1).mean(), rel=1e-5)
