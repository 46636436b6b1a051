"""The matrix that plays, asked as the page asks it, on a real run folder of the demo corpus."""

import io
import json
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay

from emokit import atomic_files, audio, calibration, corpora, cues, emotions, metrics, reviews, run_folder, widgets
from emokit.features import LogMelSettings
from emokit.normalizer import FeatureNormalizer
from emokit.targets import Emotions
from emokit.widgets.clip_sound import FIRST, flacs
from emokit.widgets.confusion_explorer import described

TRAINED = ("model.json", "model.weights.h5", "history.csv", "train.log")  # what a training leaves


def four_voices(data_dir):
    """60 clips of four demo voices, with parts."""
    clips = corpora.load("demo", data_dir)
    clips["digest"] = clips["file"].map(lambda file: atomic_files.sha256(file))  # stands for that of the decoded audio
    speakers = sorted(clips["speaker"].unique())[:4]
    clips = clips[clips["speaker"].isin(speakers)].groupby(["speaker", "emotion"]).head(3).reset_index(drop=True)
    clips["part"] = clips["speaker"].map(dict(zip(speakers, ["train", "dev", "test", "test"], strict=True)))
    return clips


def make_run(path, data_dir, seed=0, clips=None, findings=None, **parameters):
    """A complete run of these clips, or of four voices, with predictions drawn at random around the truth.

    Its history and its model are only named; `give_model` makes one.
    """
    clips = (four_voices(data_dir) if clips is None else clips).assign(n_frames=10)
    findings = pd.DataFrame({"severity": []}) if findings is None else findings
    names = emotions.in_order(clips["emotion"])
    parameters = {"data_dir": str(data_dir), "epochs": 1, "seed": 0} | parameters
    run = run_folder.start(path, parameters, clips, settings=LogMelSettings(), emotions=names)
    rng = np.random.default_rng(seed)
    frames = np.zeros((10 * int((clips["part"] == "train").sum()), 64), np.float32)
    run.save_inputs(clips, findings, FeatureNormalizer().fit([frames]), None)
    run.save_reading(*(clips[clips["part"] == part] for part in ("train", "dev")))  # as if there had been a training
    codes = pd.Categorical(clips["emotion"], categories=names).codes
    logits = rng.normal(size=(len(clips), len(names))) + 1.5 * np.eye(len(names))[codes]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predictions = Emotions(names).predictions(clips, probabilities)
    embeddings = np.eye(len(names))[codes] + 0.01 * rng.normal(size=(len(clips), len(names)))
    lay(run.path, *(name for name in TRAINED if not (run.path / name).exists()))
    run.finish(predictions, metrics.summary(predictions, names), embeddings)
    return run_folder.Run.open(path)


def give_model(run, **choices):
    """An untrained model for a run that has none."""
    from emokit.model import build_model

    arguments = {"n_bands": 64, "n_classes": len(run.emotions), "max_seq_length": 20, "seed": 0} | choices
    run.save_model(arguments, build_model(**arguments))
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return make_run(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir)


@pytest.fixture(scope="module")
def explorer(run):
    return widgets.ConfusionExplorer(run)


@pytest.fixture(scope="module")
def explorer_with_model(tmp_path_factory, demo_dir):
    return widgets.ConfusionExplorer(give_model(make_run(tmp_path_factory.mktemp("model") / "run-1", demo_dir)))


def of_test(run):
    return run.predictions[run.predictions["part"] == "test"]


def largest_confusion(explorer) -> tuple[str, str]:
    counts = np.array(explorer.state()["counts"])
    np.fill_diagonal(counts, 0)
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    return explorer.names[row], explorer.names[column]


def test_state_is_small_and_holds_the_counts_of_the_test_part(explorer, run):
    state = explorer.state()
    expected = metrics.confusion(of_test(run)["emotion"], of_test(run)["predicted"], run.emotions)
    assert state["counts"] == expected.to_numpy().tolist()
    assert len(json.dumps(state)) < 5_000


def test_classes_from_elsewhere_are_told_apart_in_the_page():
    told = described(["angry", "amused", "confident", "contempt"])
    assert [kind["letter"] for kind in told] == ["A", "M", "C", "O"]
    assert len({kind["colour"] for kind in told}) == 4


def test_a_cell_lists_its_clips_worst_first(explorer, run):
    truth, predicted = largest_confusion(explorer)
    answer, beside = explorer.cell({"truth": truth, "predicted": predicted})
    rows = of_test(run)[(of_test(run)["emotion"] == truth) & (of_test(run)["predicted"] == predicted)]
    expected = [file.rsplit("/", 1)[-1] for file in rows.sort_values("loss", ascending=False)["file"]]
    assert [clip["name"] for clip in answer["clips"]] == expected and answer["total"] == len(rows) > 0
    assert len(answer["heard"]) == len(beside) == min(FIRST, len(rows))  # what is seen first is heard at once
    json.dumps(answer, allow_nan=False)


def test_filters_hold_for_matrix_and_list(explorer, run):
    speaker = of_test(run)["speaker"].iloc[0]
    question = {"filters": {"speaker": speaker}, "search": "", "confidence": [0, 1]}
    counts = np.array(explorer.matrix(question)[0]["counts"])
    assert counts.sum() == (of_test(run)["speaker"] == speaker).sum()
    truth, predicted = largest_confusion(explorer)
    clips = explorer.cell(question | {"truth": truth, "predicted": predicted})[0]["clips"]
    assert all(clip["speaker"] == speaker for clip in clips)
    assert np.sum(explorer.matrix({"search": "no such file"})[0]["counts"]) == 0


def test_the_least_sure_are_left_out_of_matrix_and_list_alike(explorer, run):
    rows = of_test(run)
    sure = calibration.confidence(rows)
    left = rows[sure > sure.sort_values().iloc[len(rows) // 5 - 1]]
    question = {"left_out": 0.2}
    answer = explorer.matrix(question)[0]
    assert answer["of"] == len(rows) and np.sum(answer["counts"]) == len(left) == 0.8 * len(rows)
    assert answer["counts"] == metrics.confusion(left["emotion"], left["predicted"], run.emotions).to_numpy().tolist()
    for truth, predicted in product(run.emotions, repeat=2):
        clips = explorer.cell(question | {"truth": truth, "predicted": predicted})[0]["clips"]
        of_cell = left[(left["emotion"] == truth) & (left["predicted"] == predicted)]
        assert {clip["name"] for clip in clips} == {file.rsplit("/", 1)[-1] for file in of_cell["file"]}
    one = question | {"filters": {"speaker": rows["speaker"].iloc[0]}}  # of those that pass, not of all
    assert np.sum(explorer.matrix(one)[0]["counts"]) == 0.8 * explorer.matrix(one)[0]["of"] == 12
    assert np.sum(explorer.matrix(question | {"search": "no such file"})[0]["counts"]) == 0


def test_sound_comes_as_it_is_in_one_message(explorer):
    answer, sounds = explorer.sound({"keys": [0, 7]})
    assert answer == {"heard": [{}, {}]}
    for sound, file in zip(sounds, explorer.rows["file"][[0, 7]], strict=True):
        samples, rate = sf.read(io.BytesIO(sound), dtype="float32")
        assert rate == audio.RATE
        np.testing.assert_allclose(samples, audio.read(file), atol=2**-15)


def test_a_clip_that_cannot_be_heard_is_said_without_its_folders_and_keeps_none_from_sounding(explorer, tmp_path):
    (broken := tmp_path / "broken.wav").write_text("no sound")
    answer, sounds = flacs([str(broken), explorer.rows["file"][0]])
    assert answer["heard"][0]["error"].startswith("broken.wav cannot be heard: is not sound") and sounds[0] == b""
    assert answer["heard"][1] == {} and sounds[1][:4] == b"fLaC"


def test_neighbours_are_training_clips_of_the_same_kind(explorer, run):
    row = explorer.rows.iloc[0]
    answer, sounds = explorer.neighbours({"key": 0})
    clips = answer["clips"]
    assert {clip["emotion"] for clip in clips} == {row["emotion"]}  # the embeddings were made from the labels
    train = run.predictions[run.predictions["part"] == "train"]
    assert {clip["place"] for clip in clips} <= set(train.index)
    assert len(clips) == len(answer["heard"]) == len(sounds) and all(sound[:4] == b"fLaC" for sound in sounds)


def test_evidence_is_what_each_step_of_the_clip_says_alone(explorer_with_model):
    explorer, run = explorer_with_model, explorer_with_model.runs["run-1"]
    row = explorer.rows.iloc[0]
    steps = np.array(explorer.evidence({"keys": [0]})[0]["of"][0]["steps"])
    n_frames = len(run.settings.placed(audio.read(row["file"]))[0])
    assert steps.shape == (min(20, -(-n_frames // 16)), len(run.emotions))
    np.testing.assert_allclose(steps.sum(axis=1), 1, atol=0.003)
    frames, lengths = run.inputs([run.settings.placed(audio.read(row["file"]))[0]], [run.normalizer()])
    whole = run.model().predict({"frames": frames, "lengths": lengths}, verbose=0)[0]
    together = np.exp(np.log(steps).mean(axis=0))  # the clip says what its steps say together
    np.testing.assert_allclose(together / together.sum(), whole, atol=0.003)


def test_evidence_begins_where_the_sound_does(explorer_with_model):
    explorer, run = explorer_with_model, explorer_with_model.runs["run-1"]
    for key in (0, 20, 29):
        (answer,) = explorer.evidence({"keys": [key]})[0]["of"]
        first = run.settings.placed(audio.read(explorer.rows["file"][key]))[1]
        assert answer["start"] == pytest.approx(first * run.settings.hop, abs=1e-3)
        assert answer["start"] > 0.01 and answer["seconds"] == pytest.approx(0.16)  # silence was cut before it


def test_evidence_comes_as_often_as_the_body_of_the_run_has_steps(tmp_path, demo_dir):
    run = give_model(make_run(tmp_path / "run-1", demo_dir), front_end="none", body="residual_lstm")
    explorer = widgets.ConfusionExplorer(run)
    (answer,) = explorer.evidence({"keys": [0]})[0]["of"]
    assert answer["seconds"] == pytest.approx(0.04)
    n_frames = min(320, len(run.settings.placed(audio.read(explorer.rows["file"][0]))[0]))
    assert len(answer["steps"]) == -(-n_frames // 4)


def test_a_review_is_in_the_run_folder_at_once_and_can_be_taken_back(tmp_path, demo_dir):
    run = make_run(tmp_path / "run-2", demo_dir)
    explorer = widgets.ConfusionExplorer(run)
    explorer.review({"key": 0, "verdict": "wrong label", "label": "sad", "note": 'a, "b"\n=c'})
    explorer.review({"key": 1, "verdict": "bad audio", "note": "007"})
    stored = (run.path / "reviews.csv").read_text()
    assert str(demo_dir) not in stored
    kept = reviews.read(run_folder.Run.open(run.path))
    assert (
        kept["verdict"].tolist() == ["wrong label", "bad audio"]
        and kept["note"].tolist()[1] == "007"
        and kept["note"][0] == 'a, "b"\n=c'
    )
    digests = run.clips.set_index("file")["digest"]
    assert kept["digest"].tolist() == digests[kept["file"]].tolist()
    explorer.review({"key": 0, "verdict": ""})
    explorer.review({"key": 1, "verdict": ""})
    assert reviews.read(run).empty
    with pytest.raises(ValueError, match="Unknown verdict 'loud'"):
        explorer.review({"key": 0, "verdict": "loud"})


def test_twin_tells_the_matrix_and_opens_the_largest_cells(explorer, run):
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    truth, predicted = largest_confusion(explorer)
    assert bundle["text/html"].count("<details") == min(10, sum(c > 0 for c in off_diagonal(explorer)))
    assert f"</span> {truth} → " in bundle["text/html"] and "<audio controls" in bundle["text/html"]
    assert not re.search(r'<script|\son\w+=|<svg|\sid=(?!"clips-)', bundle["text/html"])
    assert str(run.data_dir[0]) not in bundle["text/html"] + bundle["text/plain"]
    assert bundle["text/plain"].splitlines()[1].split() == ["N", "H", "S", "A", "F"]


def test_the_twin_gives_each_cell_as_a_share_of_its_true_emotion(explorer):
    counts = np.array(explorer.state()["counts"])  # rows: truth
    expected = [(str(n), f"{100 * n / row.sum():.0f}") for row in counts for n in row if n]
    shown = re.findall(r">(\d+) <span[^>]*>\((\d+)\)<", explorer._repr_mimebundle_()["text/html"])
    assert shown == expected
    assert not np.array_equal(counts.sum(axis=0), counts.sum(axis=1))  # shares of the columns would be others


def off_diagonal(explorer) -> list[int]:
    counts = np.array(explorer.state()["counts"])
    return counts[~np.eye(len(counts), dtype=bool)].tolist()


def test_two_runs_are_pooled_and_compared(run, tmp_path, demo_dir):
    other = make_run(tmp_path / "run-3", demo_dir, seed=1)
    both = widgets.ConfusionExplorer([run, other])
    assert len(both.rows) == len(of_test(run)) + len(of_test(other))
    assert both.state()["choices"]["run"] == ["run-1", "run-3"]
    assert (
        widgets.ConfusionExplorer(run, against=other).state()["other"]
        == widgets.ConfusionExplorer(other).state()["counts"]
    )


def test_filters_hold_for_both_sides_of_a_comparison(run, tmp_path, demo_dir):
    other = make_run(tmp_path / "run-3", demo_dir, seed=1)
    question = {"filters": {"speaker": of_test(run)["speaker"].iloc[0]}}
    answer = widgets.ConfusionExplorer(run, against=other).matrix(question)[0]
    assert answer["other"] == widgets.ConfusionExplorer(other).matrix(question)[0]["counts"]
    assert np.sum(answer["other"]) == np.sum(answer["counts"]) == 15


def test_a_confused_cell_says_in_which_cues_its_clips_differ(run):
    explorer = widgets.ConfusionExplorer(run)
    happy = explorer.rows.index[explorer.rows["emotion"] == "happy"]
    explorer.rows.loc[happy, "predicted"] = np.where(np.arange(len(happy)) % 2, "happy", "angry")
    draws = np.random.default_rng(0).normal(0, 0.1, (len(explorer.rows), len(cues.UNITS)))
    measured = pd.DataFrame(draws, explorer.rows["file"], list(cues.UNITS))
    measured.loc[explorer.rows["file"][happy[::2]], "mean f0"] -= 5
    question = {"truth": "happy", "predicted": "angry"}
    assert explorer.cell(question)[0]["told"] == ""  # nothing was measured
    explorer.sound_like = measured
    said = explorer.cell(question)[0]["told"]
    assert re.match(r"\d happy clips taken for angry: mean f0 (4\.9|5\.\d) semitones lower than in the \d ", said), said
    assert explorer.cell(question | {"predicted": "happy"})[0]["told"] == ""
    assert explorer.cell(question | {"search": "no such clip"})[0]["told"] == ""
