"""A run is asked about another corpus in the emotions that both know, and about nobody that it learned from."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from test_predict import EMOTIONS, folder, noise, run, tone  # noqa: F401

from emokit import evaluation, metrics
from emokit.evaluation import evaluate
from emokit.predict import predict
from emokit.run_folder import Run, RunError

P = ["p_happy", "p_sad"]


@pytest.fixture
def other(tmp_path, run):  # noqa: F811
    """Eight speakers, each happy and sad, and what cannot be asked about."""
    rows = []
    for speaker in range(8):
        for emotion in EMOTIONS:
            file = tmp_path / f"{speaker} {emotion}.wav"
            sf.write(file, tone(0.5 + 0.1 * speaker, 150 + 80 * speaker + 300 * (emotion == "sad")), 16_000)
            rows.append({"file": str(file), "emotion": emotion, "speaker": f"lab/{speaker}", "corpus": "lab"})
    sf.write(tmp_path / "angry.wav", noise(0.5), 16_000)
    (tmp_path / "bad.wav").write_text("no sound")
    learned = run.clips.query("part == 'train'")["file"].iloc[0]
    shutil.copy(learned, tmp_path / "copy.wav")
    sf.write(tmp_path / "friend.wav", tone(0.6, 500), 16_000)
    more = [("angry", "angry", "lab/0"), ("bad", "sad", "lab/0")]
    more += [("copy", "sad", "lab/1"), ("friend", "sad", "demo/dev")]
    for name, emotion, speaker in more:
        file = str(tmp_path / f"{name}.wav")
        rows.append({"file": file, "emotion": emotion, "speaker": speaker, "corpus": "lab"})
    return pd.DataFrame(rows)


@pytest.fixture
def knowing(run):  # noqa: F811
    """The run, with the digests that 02 keeps."""
    from emokit import audit

    opened = Run.open(run.path)
    clips = opened.clips.assign(digest=audit.measure(opened.clips)["digest"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "clips", clips)
        yield opened


def test_clips_are_answered_as_predict_does_and_strangers_are_left_out(knowing, other, tmp_path):
    said = evaluate(knowing, other, tmp_path / "cache", n_jobs=1)
    assert len(said) == 16 and set(said["part"]) == {"test"} and metrics.classes(said) == EMOTIONS
    heard = predict(knowing, said["file"].tolist())
    np.testing.assert_allclose(said[P].to_numpy(), heard[P].to_numpy(), atol=1e-6)
    assert said.attrs["left_out"] == {
        "of emotions that the runs do not know (angry)": 1,
        "of speakers that a run learned from": 1,
        "that cannot be read": 1,
        "that a run learned from": 1,
    }
    assert evaluation.sentence(said) == (
        "Left out: 1 clip of emotions that the runs do not know (angry); 1 clip of speakers that a run learned from; "
        "1 clip that cannot be read; 1 clip that a run learned from."
    )


def test_an_emotion_that_no_clip_has_is_no_answer(knowing, other, monkeypatch, tmp_path):
    monkeypatch.setitem(knowing.record, "emotions", ["happy", "calm", "sad"])
    p = np.array([[0.2, 0.7, 0.1]] * 3)
    monkeypatch.setattr(evaluation, "answers", lambda run, frames, voices: p[: len(voices)])  # noqa: F811
    said = evaluate(knowing, other.iloc[:3], tmp_path / "cache", 1)
    assert set(said["predicted"]) == {"happy"} and said.attrs["unasked"] == ["calm"]
    np.testing.assert_allclose(said[P].to_numpy(), [[2 / 3, 1 / 3]] * 3)
    assert evaluation.sentence(said) == "Of the emotions of the runs, no clip is calm; they are no answer here."


def test_the_figures_stand_beside_those_of_the_runs_own_test(knowing, other, tmp_path):
    said = evaluate(knowing, other, tmp_path / "cache", 1)
    table = evaluation.beside(knowing, said)
    assert table.index.tolist() == ["own test speakers", "lab, all speakers"]
    own = knowing.predictions.query("part == 'test'")
    assert table["UAR"].tolist() == [metrics.uar(t["emotion"], t["predicted"]) for t in (own, said)]
    assert table["clips"].tolist() == [4, 16] and table["speakers"].tolist() == [1, 8]
    assert table["chance"].tolist() == [0.5, 0.5]
    assert table.loc["lab, all speakers", ["low", "high"]].tolist() == list(metrics.interval(said))
    assert table["why_no_interval"].tolist() == ["1 speaker, at least 6 are needed", ""]
    evaluation.keep(knowing.path, "lab", said, table, [tmp_path])
    assert evaluation.kept(knowing)["why_no_interval"].tolist() == table["why_no_interval"].tolist()
    shutil.rmtree(knowing.path / "other_corpora")


def test_what_cannot_be_compared_is_refused(knowing, other, tmp_path):
    with pytest.raises(RunError, match="Run tones knows happy, sad, the clips are angry, sad; say by `labels`"):
        evaluate(knowing, other[other["emotion"] != "happy"], tmp_path)
    learned = knowing.clips.query("part != 'test'").assign(corpus="demo")
    with pytest.raises(RunError, match="None of 4 clips can be asked about: 4 clips of speakers that a run learned"):
        evaluate(knowing, learned, tmp_path)


def test_without_runs_clips_or_emotions_it_is_said_in_a_sentence(knowing, other):
    for runs, clips, words in (
        ([], other, "No run is given; name one, or several"),
        (knowing, other.iloc[:0], "There are no clips to ask about; give those of another corpus"),
        (knowing, other.assign(emotion=None), "Run tones knows happy, sad, no clip has an emotion; say by `labels`"),
    ):
        with pytest.raises(RunError, match=words):
            evaluate(runs, clips)


def test_frames_are_kept_beside_the_run_unless_another_place_is_named(knowing, other):
    evaluate(knowing, other, n_jobs=1)
    assert list((knowing.path.parent / "cache").iterdir())


def test_runs_that_name_the_same_emotions_in_another_order_answer_together(knowing, other, tmp_path, monkeypatch):
    turned = Run.open(shutil.copytree(knowing.path, tmp_path / "turned"))
    turned.record["emotions"] = turned.emotions[::-1]
    p = {knowing: [0.9, 0.1], turned: [0.3, 0.7]}  # happy and sad; sad and happy
    monkeypatch.setattr(evaluation, "answers", lambda run, frames, voices: np.array([p[run]] * len(voices)))  # noqa: F811
    said = evaluate([knowing, turned], other, tmp_path / "cache", 1)
    np.testing.assert_allclose(said[P].to_numpy(), [[0.8, 0.2]] * len(said))
    swapped = [{"p_happy": "p_sad", "p_sad": "p_happy"}.get(name, name) for name in turned.predictions]
    theirs = turned.predictions[swapped].assign(file="other")
    tables = {knowing: knowing.predictions, turned: theirs}
    monkeypatch.setattr(Run, "predictions", property(tables.get))
    assert evaluation.beside([knowing, turned], said)["clips"].tolist() == [8, 16]
    turned.record["emotions"] = ["happy", "angry"]
    with pytest.raises(RunError, match="Runs tones and turned tell happy, sad and happy, angry apart; ask each alone"):
        evaluate([knowing, turned], other, tmp_path / "cache")
