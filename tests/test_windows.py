"""Clips that are longer than what the model reads: their beginning, or all of them in the windows of `predict`."""

import shutil

import numpy as np
import pytest
from in_process import run_notebook
from test_batches import BANDS, EMOTIONS, N, batches, clips, contents, features, jitter  # noqa: F401

from emokit import FeatureNormalizer
from emokit.batches import Batches
from emokit.padding import pad_or_truncate, window_starts
from emokit.predict import predict
from emokit.run_folder import Run
from emokit.targets import Emotions

LONG = 12  # frames that these batches read at once


def places(reader):
    """Of each window that is read: the clip it is of, as its frames say."""
    return contents(reader)[0][:, 0, 0].astype(int)


@pytest.mark.parametrize("n_frames", [1, 11, 12, 13, 18, 19, 24, 100])
def test_windows_cover_every_frame_and_overlap_by_half(n_frames):
    starts = window_starts(n_frames, LONG)
    heard = {frame for start in starts for frame in range(start, min(n_frames, start + LONG))}
    assert heard == set(range(n_frames)) and starts[0] == 0
    assert all(after - before <= LONG // 2 for before, after in zip(starts, starts[1:], strict=False))
    assert len(starts) == 1 or starts[-1] == n_frames - LONG


def test_each_window_comes_once_with_the_label_of_its_clip(features, clips):  # noqa: F811
    expected = np.repeat(np.arange(N), [len(window_starts(5 + i, LONG)) for i in range(N)])
    reader = batches(features, clips, windows=True)
    assert places(reader).tolist() == expected.tolist()
    frames, lengths, labels = contents(batches(features, clips, shuffle=True, windows=True))
    who = frames[:, 0, 0].astype(int)
    assert sorted(who) == expected.tolist() and (labels == who % 2).all()
    assert (lengths == np.minimum(5 + who, LONG)).all()
    assert reader.files(len(reader) - 1)[-1] == clips["file"].iloc[-1]


def test_windows_hold_the_frames_that_predict_reads(clips):  # noqa: F811
    counted = [np.repeat(np.arange(5.0 + i)[:, None], BANDS, axis=1).astype(np.float32) for i in range(N)]
    first = contents(batches(counted, clips, windows=True))[0][:, 0, 0]
    assert first.tolist() == [start for i in range(N) for start in window_starts(5 + i, LONG)]


def test_order_and_augmentation_of_windows_follow_from_seed_epoch_clip_and_window(features, clips):  # noqa: F811
    def read(epoch, table=clips, seed=1):
        reader = batches(features, table, seed=seed, shuffle=True, windows=True, augment=[jitter])
        reader.epoch = epoch
        return contents(reader)[0]

    first = read(0)
    np.testing.assert_array_equal(first, read(0, clips.sample(frac=1, random_state=0)))
    assert not np.array_equal(first, read(1)) and not np.array_equal(first, read(0, seed=2))
    noise = [np.zeros((30, BANDS), np.float32)] * N
    drawn = contents(batches(noise, clips, windows=True, augment=[jitter]))[0][:, 0, 0]
    assert len(np.unique(drawn)) == len(drawn) == 4 * N  # no two windows of a clip hear the same take


def test_without_windows_every_bit_is_as_it_was(features, clips):  # noqa: F811
    """The batches of an emokit that knew no windows, written out."""
    normalizer = FeatureNormalizer().fit([np.array([[-1.0] * BANDS, [1.0] * BANDS])])
    reader = Batches(
        features, clips, Emotions(EMOTIONS), normalizer, max_length=LONG, batch_size=4, seed=7, shuffle=True,
        augment=[jitter],
    )  # fmt: skip
    for reader.epoch in (0, 1):
        order = np.random.default_rng([7, reader.epoch]).permutation(N)
        for batch in range(len(reader)):
            rows = order[4 * batch : 4 * batch + 4]
            takes = [jitter(features[row], np.random.default_rng([7, reader.epoch, row])) for row in rows]
            frames, lengths = pad_or_truncate(normalizer.transform(takes), LONG)
            read, truth = reader[batch]
            np.testing.assert_array_equal(read["frames"], frames)
            np.testing.assert_array_equal(read["lengths"], lengths)
            np.testing.assert_array_equal(truth, rows % 2)
            np.testing.assert_array_equal(reader.rows(batch), rows)
    outputs = np.ones((N, 2))
    assert reader.by_clip(outputs) is outputs


def test_the_answer_of_a_clip_is_the_mean_over_its_windows(features, clips):  # noqa: F811
    reader = batches(features, clips, windows=True)
    who = places(reader)
    outputs = np.random.default_rng(0).random((len(who), 3)).astype(np.float32)
    answers = reader.by_clip(outputs)
    assert answers.shape == (N, 3) and answers.dtype == np.float32
    for clip in range(N):
        np.testing.assert_allclose(answers[clip], outputs[who == clip].mean(axis=0), rtol=1e-6)


@pytest.mark.slow
def test_02_trains_on_windows_and_a_clip_is_answered_by_the_mean_that_predict_gives(tmp_path, demo_dir):
    for voice in ("v01", "v02", "v03", "v04"):
        shutil.copytree(demo_dir / voice, tmp_path / "demo" / voice)
    for table in ("voices.csv", "sentences.csv"):
        shutil.copy(demo_dir / table, tmp_path / "demo")
    given = {"data_dir": tmp_path / "demo", "outputs_dir": tmp_path, "run": "long", "epochs": 1, "max_seq_length": 4}
    printed = run_notebook("02_train", windows=True, **given)
    run = Run.open(tmp_path / "long")
    said = run.predictions
    assert run.parameters["windows"] is True and len(said) == len(run.clips) and run.certificate()
    assert len(run.embeddings()) == len(said)
    longest = run.clips.set_index("file")["n_frames"].nlargest(2).index
    for row in said[said["file"].isin(longest)].itertuples():
        heard = predict(run, row.file)
        columns = [f"p_{name}" for name in run.emotions]
        stored = said.loc[said["file"] == row.file, columns].to_numpy()[0]
        np.testing.assert_allclose(heard[columns].iloc[0].astype(float), stored, atol=1e-6)
        assert heard["flag"].eq("").all()
    assert any("it reads windows of 64 frames" in text for text, _ in printed.values())
