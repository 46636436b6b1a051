"""Emotions and speakers that are called 1 and 2 stay texts on the whole way of 02 and 03."""

import shutil

import numpy as np
import pandas as pd
import pytest
from laid_out import lay

from emokit import (
    audit,
    calibration,
    certificate,
    class_weights,
    corpora,
    emotions,
    features,
    metrics,
    reviews,
    run_folder,
    run_report,
    splits,
    widgets,
)
from emokit.audit.mislabelled import likely_mislabelled
from emokit.normalizer import FeatureNormalizer
from emokit.targets import Emotions

# No leading zero, which would keep them texts anyway.
CODES = {"neutral": "1", "happy": "2", "sad": "3", "angry": "10", "fearful": "5"}


@pytest.fixture(scope="module")
def own(tmp_path_factory, demo_dir):
    """A table of 60 demo clips whose emotions and speakers are numbers."""
    folder = tmp_path_factory.mktemp("corpus")
    clips = corpora.load("demo", demo_dir).groupby(["speaker", "emotion"]).head(1)
    codes = {speaker: n for n, speaker in enumerate(sorted(clips["speaker"].unique()))}
    named = [f"{n:02}.flac" for n in range(len(clips))]
    for file, name in zip(clips["file"], named, strict=True):
        shutil.copy(file, folder / name)
    rows = clips.assign(file=named, emotion=clips["emotion"].map(CODES), speaker=clips["speaker"].map(codes))
    rows[["file", "emotion", "speaker"]].to_csv(folder / "own.csv", index=False)
    return folder / "own.csv"


@pytest.fixture(scope="module")
def run(own, tmp_path_factory):
    """The steps of 02, with a model that is right each time."""
    outputs = tmp_path_factory.mktemp("outputs")
    found, settings = corpora.load("table", own), features.LogMelSettings()
    log_mel, measured = features.extract_and_measure(found, settings, outputs / "cache")
    found = found.assign(duration=measured["duration"], digest=measured["digest"], n_frames=log_mel.lengths)
    speakers = sorted(found["speaker"].unique())
    parted = splits.assign(found, "speaker", 0, test_speakers=speakers[:6])
    certificate.prove(parted)
    names = emotions.in_order(parted["emotion"])
    findings = pd.DataFrame([["info", "counts", "1", "2", "3", parted["file"].iloc[0]]], columns=audit.COLUMNS)
    normalizer = FeatureNormalizer().fit(log_mel[i] for i in parted.index[parted["part"] == "train"])
    parameters = {"data_dir": own.parent, "epochs": 1}
    training = run_folder.start(outputs / "own", parameters, parted, settings=settings, emotions=names)
    training.save_inputs(parted, findings, normalizer, class_weights.balanced(parted, names))
    history = dict.fromkeys(("epoch", "loss", "uar", "val_loss", "val_uar", "learning_rate", "seconds"), 1.0)
    pd.DataFrame([history]).to_csv(training.path / "history.csv", index=False)
    right = 0.1 + 0.5 * np.eye(len(names))[pd.Index(names).get_indexer(parted["emotion"])]
    said = Emotions(names).predictions(parted, right)
    lay(training.path, "model.json", "model.weights.h5", "train.log")  # what a training leaves besides
    training.finish(said, metrics.summary(said, names) | {"calibration": calibration.summary(said)}, right)
    return run_folder.Run.open(training.path), said


def test_a_perfect_model_reads_back_as_perfect(run):
    run, said = run
    pd.testing.assert_frame_equal(run.predictions, said, check_dtype=False)
    test = metrics.of_test(run.predictions)
    again = metrics.summary(run.predictions, run.emotions)
    assert again["uar"] == again["accuracy"] == run.metrics["accuracy"] == 1
    assert 0.5 < metrics.interval(test)[0] < metrics.interval(test)[1] == 1
    assert metrics.headline(test).startswith("UAR 100.0 %") and "chance 20.0" in metrics.headline(test)
    assert metrics.pool({"own": run.predictions})["predicted"].tolist() == said["predicted"].tolist()


def test_every_table_of_a_run_holds_texts_where_it_held_texts(run):
    run, said = run
    for table in (run.predictions, run.clips, run.findings):
        texts = {"file", "emotion", "predicted", "speaker", "part", "corpus", "digest", *audit.COLUMNS} & set(table)
        assert all(isinstance(value, str) for column in texts for value in table[column].dropna()), table.dtypes
    assert set(run.predictions["emotion"]) == {"1", "10", "2", "3", "5"} == set(run.emotions)
    assert run.findings.iloc[0][["subject", "found", "remedy"]].tolist() == ["1", "2", "3"]


def test_reviews_and_doubtful_labels_read_back_as_texts(run):
    run, _ = run
    row = run.predictions.iloc[0]
    reviews.save(run, row["file"], row["emotion"], "wrong label", "2", "007")
    assert reviews.read(run).iloc[0][["emotion", "label", "note"]].tolist() == [row["emotion"], "2", "007"]
    (run.path / "reviews.csv").unlink()
    doubted = pd.DataFrame({"file": [row["file"]], "emotion": ["1"], "suggested": ["2"], "quality": [0.5]})
    corpora.write_clips(run.path / "mislabelled.csv", doubted, run.data_dir)
    again = corpora.read_clips(run.path / "mislabelled.csv", run.data_dir)
    pd.testing.assert_frame_equal(again, doubted, check_dtype=False)
    (run.path / "mislabelled.csv").unlink()


def test_report_and_views_take_numbers_as_names(run):
    run, _ = run
    page = run_report.report(run).read_text(encoding="utf-8")
    assert "UAR 100.0 %" in page and "All emotions are recognised alike (100 %)" in page
    assert widgets.ConfusionExplorer(run).state()["counts"]
    assert "0 of 0 mistakes" in widgets.mistakes(run.predictions, run.clips).text
    pytest.importorskip("cleanlab", reason="cleanlab is not installed")
    assert not likely_mislabelled(run.predictions)["mislabelled"].any()
