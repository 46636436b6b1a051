"""Frames of the real Whisper tiny.en: equal to CTranslate2's, fast, and they know of emotion."""

import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import recall_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from threadpoolctl import threadpool_limits
from weights import SHA256

from emokit import audio, corpora, probability_columns
from emokit.features import EncoderSettings, extract, whisper

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clips(demo_dir):
    return corpora.load("demo", demo_dir)


def test_the_weights_are_the_published_ones_and_the_middle_layer_is_the_second(tiny_en):
    settings = EncoderSettings(tiny_en)
    assert (settings.layer, settings.n_bands, settings.sha256) == (2, 384, SHA256)


@pytest.mark.parametrize("seconds", [0, 30], ids=["as long as it is", "filled up to 30 s"])
def test_the_last_layer_is_that_of_ctranslate2(tiny_en, clips, seconds):
    ctranslate2 = pytest.importorskip("ctranslate2", reason="ctranslate2 is not installed; pip install -e '.[dev]'")
    reference = ctranslate2.models.Whisper(str(tiny_en), device="cpu", compute_type="float32")
    encoder = whisper.load(tiny_en / "model.bin", 4)
    for file in clips["file"][:: len(clips) // 3]:
        samples = audio.read(file)
        samples = np.pad(samples, (0, max(0, seconds * whisper.RATE - len(samples))))
        mel = whisper.log_mel(samples[: len(samples) // whisper.FRAME * whisper.FRAME])
        given = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel.T[None]))
        theirs, ours = np.array(reference.encode(given))[0], encoder.frames(samples)
        print(f"{len(ours)} frames: largest difference {np.abs(ours - theirs).max():.1e} at {np.abs(theirs).max():.1f}")
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_clip_takes_a_tenth_of_a_second_of_one_core_at_most(tiny_en, clips):
    settings, sounds = EncoderSettings(tiny_en), [audio.read(file) for file in clips["file"][:20]]
    settings.placed(sounds[0])
    with threadpool_limits(1, "blas"):
        began = time.thread_time()
        for sound in sounds:
            settings.placed(sound)
        each = (time.thread_time() - began) / len(sounds)
    heard = np.mean([len(sound) for sound in sounds]) / audio.RATE
    print(f"{each:.4f} CPU s a clip of {heard:.2f} s: {heard / each:.0f} × real time")
    assert each < 0.1


def test_the_frames_know_of_emotion_in_voices_that_were_not_heard(tiny_en, clips, tmp_path):
    features = extract(clips, EncoderSettings(tiny_en), tmp_path, n_jobs=2)
    assert features.failures.empty
    pooled = np.stack([np.concatenate([frames.mean(axis=0), frames.std(axis=0)]) for frames in features])
    head = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.5)
    said = cross_val_predict(head, pooled, clips["emotion"], groups=clips["speaker"], cv=LeaveOneGroupOut())
    uar = recall_score(clips["emotion"], said, average="macro")
    print(f"UAR {uar:.3f}, chance {1 / clips['emotion'].nunique():.3f}, {len(clips)} clips")
    assert uar > 2 / clips["emotion"].nunique()


ASK = """
import sys
from emokit import run_folder
from emokit.predict import predict
run = run_folder.Run.open(sys.argv[1])
said = predict(run, sys.argv[2])
print(*said[[f"p_{name}" for name in run.emotions]].iloc[0])
"""


def test_a_run_on_its_frames_predicts_in_a_fresh_process(tiny_en, demo_dir, tmp_path):
    from test_extending import trained

    run = trained(EncoderSettings(tiny_en), tmp_path, demo_dir, front_end="none", body="statistics")
    asked = [sys.executable, "-c", ASK, str(run.path), run.clips["file"].iloc[-1]]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    stored = run.predictions[probability_columns.of(run.emotions)].iloc[-1].astype(float)
    np.testing.assert_allclose([float(p) for p in done.stdout.split()], stored, atol=1e-5)
