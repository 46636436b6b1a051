"""`predict` says nothing of silence, and what speaks against its answer where sound is unlike the training clips."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from test_predict import folder, run, tone  # noqa: F401
from test_training_cell import trained  # noqa: F401

from emokit import audio, audit, flags
from emokit.audit.measurements import of_samples, signal_to_noise
from emokit.neighbours import Neighbours, described
from emokit.predict import predict
from emokit.run_folder import Run
from emokit.stress import rough

P = ["p_happy", "p_sad"]


def noise(seconds, decibels):
    rng = np.random.default_rng(0)
    return (rng.normal(size=int(16_000 * seconds)) * 10 ** (decibels / 20)).astype(np.float32)


@pytest.fixture
def older(folder):  # noqa: F811
    """The run as an emokit made it that kept neither level nor bandwidth."""
    run = Run.open(folder)  # noqa: F811
    run.usual = run.neighbours = None
    return run


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.full(16_000, 0.3, np.float32), noise(1, -90)])
def test_nothing_is_said_of_silence(run, older, samples):  # noqa: F811
    for any_run in (run, older):
        said = predict(any_run, samples, 16_000)
        assert said[P].isna().all(axis=None) and set(said["flag"]) == {"silent"}


def test_nothing_is_said_of_62_ms_and_something_of_160(run, older):  # noqa: F811
    for any_run in (run, older):
        said = predict(any_run, tone(0.062, 300), 16_000)
        assert said[P].isna().all(axis=None) and said["flag"].tolist() == ["shorter than 160 ms"]
        assert predict(any_run, np.sin(np.arange(2_560, dtype=np.float32)), 16_000)[P].notna().all(axis=None)


def test_noise_at_minus_70_db_is_doubted(run):  # noqa: F811
    said = predict(run, noise(0.5, -70), 16_000)
    assert said["flag"].str.contains(r"quieter than the training clips by \d\d dB").all()


@pytest.mark.parametrize(("gain", "doubted"), [(0, False), (-4, False), (-20, True), (-40, True)])
def test_a_clip_far_below_the_training_clips_in_level_is_doubted_by_how_much(run, gain, doubted):  # noqa: F811
    clips = run.clips[run.clips["part"] == "train"]
    said = predict(run, audio.read(clips["file"][0]) * 10 ** (gain / 20), 16_000)["flag"].item()
    assert (f"quieter than the training clips by {-gain} dB" == said) if doubted else (said == "")


def test_a_clip_far_above_them_is_doubted(run):  # noqa: F811
    run = Run.open(run.path)
    run.usual = run.usual.assign(rms=run.usual["rms"] / 100)
    assert "louder than the training clips by 40 dB" in predict(run, run.clips["file"][0])["flag"][0]


def test_a_clip_of_another_bandwidth_is_doubted(run):  # noqa: F811
    wide = predict(run, noise(0.5, -15), 16_000)["flag"].item()
    assert "wider band than the training clips, up to 8,000 Hz, theirs to " in wide
    run = Run.open(run.path)
    run.usual = run.usual.assign(bandwidth=7_000.0)
    narrow = predict(run, tone(0.5, 300), 16_000)["flag"].item()
    assert narrow.startswith("narrower band than the training clips, up to ") and "theirs to 7,000 Hz" in narrow


def test_the_band_of_a_telephone_is_called_so(run):  # noqa: F811
    run = Run.open(run.path)
    run.usual = run.usual.assign(bandwidth=7_000.0)
    said = predict(run, rough.telephone(noise(0.5, -15), 16_000, None), 16_000)["flag"].item()
    assert said.startswith("a telephone's band, up to 3,") and "trained on clips to 7,000 Hz at least" in said


def spoken(demo_dir):
    return audio.read(demo_dir / "v01" / "v01_s2_neu_1.flac")


def test_noise_is_doubted_by_how_far_it_lies_under_what_sounds(run, demo_dir):  # noqa: F811
    run = Run.open(run.path)
    run.usual = run.usual.assign(snr=[9.0, 40.0])
    clip, rng = spoken(demo_dir), np.random.default_rng(0)
    noisy = rough.noise(clip, 16_000, rng, of=rough.white, snr=0)
    said = flags.unlike(run, noisy[:, None], noisy, 60)["noise"]
    assert said == "signal-to-noise ratio 3 dB, in training clips 9 dB at least"
    assert "noise" not in flags.unlike(run, clip[:, None], clip, 60)
    run.usual = run.usual.drop(columns="snr")  # an older run does not know, and does not say
    assert "noise" not in flags.unlike(run, noisy[:, None], noisy, 60)


def test_silence_at_the_ends_of_a_clip_does_not_hide_its_noise(demo_dir):
    clip = rough.noise(spoken(demo_dir), 16_000, np.random.default_rng(0), of=rough.white, snr=5)
    assert signal_to_noise(np.pad(clip, 16_000)) == pytest.approx(signal_to_noise(clip), abs=0.1)
    assert 5 < signal_to_noise(clip) < 7 and signal_to_noise(np.zeros(16_000, np.float32)) == 0


@pytest.mark.parametrize("pitch", [50, 60, 300])
def test_nothing_is_said_of_a_steady_sound(run, pitch):  # noqa: F811
    t = np.arange(19_200) / 16_000
    hum = 0.1 * sum(np.sin(2 * np.pi * pitch * h * t + h) / h for h in range(1, 8)).astype(np.float32)
    for samples in (hum, noise(1.2, -30)):
        said = predict(run, samples, 16_000)
        assert said[P].isna().all(axis=None) and said["flag"].tolist() == ["no speech, a steady sound"]


@pytest.mark.parametrize("around", [None, -70, -60])
def test_one_word_in_seconds_of_silence_is_speech(demo_dir, around):
    word = spoken(demo_dir)[4_000:11_000]
    samples = np.zeros(5 * 16_000, np.float32) if around is None else noise(5, around)
    samples[32_000:][: len(word)] += word
    assert flags.unsaid(samples) == ""


def test_a_steady_sound_of_less_than_a_second_and_speech_in_as_much_noise_are_answered(demo_dir):
    assert flags.unsaid(noise(0.9, -30)) == ""
    clip, rng = spoken(demo_dir), np.random.default_rng(0)
    assert len(clip) > 16_000 and flags.unsaid(rough.noise(clip, 16_000, rng, of=rough.white, snr=0)) == ""


def test_a_clip_that_is_far_from_all_training_clips_is_doubted(run):  # noqa: F811
    run = Run.open(run.path)
    assert run.neighbours.bound == np.inf  # one speaker taught
    frames = [run.settings.placed(audio.read(file))[0] for file in run.clips["file"]]
    run.neighbours = Neighbours.fit(frames, run.clips[:2].assign(speaker=["a", "b"]), run.window)
    flagged = predict(run, run.clips)["flag"].str.contains("sounds unlike all training clips, ")
    far = run.neighbours.distances(np.array([described(of_one[: run.window]) for of_one in frames]))
    assert flagged.tolist() == (far > run.neighbours.bound).tolist() and flagged[:2].sum() == 0 < flagged.sum()


def test_a_run_that_did_not_keep_what_its_clips_sound_like_flags_none_as_unlike(older):  # noqa: F811
    assert older.neighbours is None and flags.unfamiliar(older, [np.ones((5, 8))]) == [{}]


def test_a_clip_far_shorter_or_longer_than_the_training_clips_is_doubted(run):  # noqa: F811
    run = Run.open(run.path)
    assert "than the training clips, " not in predict(run, tone(0.5, 200), 16_000)["flag"].item()
    run.usual = run.usual.assign(n_frames=60.0)
    said = predict(run, tone(0.3, 200), 16_000)["flag"].item()
    assert "shorter than the training clips, 0.3 s, theirs 0.6 s at least" in said
    run.usual = run.usual.assign(n_frames=20.0)
    said = predict(run, tone(0.27, 200), 16_000)["flag"].item()
    assert said == "" or "longer" not in said  # longer ones are read in windows as long as the training clips


def test_a_clipped_recording_is_doubted_whatever_its_rate(run, older, tmp_path):  # noqa: F811
    loud = np.clip(8 * tone(0.6, 200, 48_000), -1, 1)
    sf.write(tmp_path / "clipped.wav", loud, 48_000)
    for any_run in (run, older):
        assert "clipped" in predict(any_run, tmp_path / "clipped.wav")["flag"][0]
    said = predict(older, np.clip(8 * tone(0.6, 200), -1, 1), 16_000)
    assert older.usual is None and said["flag"].item() == "clipped"


def test_an_older_run_doubts_nothing_that_it_cannot_know(older):
    assert predict(older, noise(0.5, -50), 16_000)["flag"].item() == ""


def test_an_older_run_doubts_noise_at_minus_70_db_and_answers_as_ever(older, run):  # noqa: F811
    said = predict(older, noise(0.5, -70), 16_000)
    unknown = "hardly any sound, -70 dB of full scale (the training clips of this older run are unknown)"
    assert said["flag"].tolist() == [unknown]
    np.testing.assert_allclose(said[P], predict(run, noise(0.5, -70), 16_000)[P], atol=1e-6)


def test_only_the_silent_windows_of_a_long_recording_are_silent(run):  # noqa: F811
    samples = np.concatenate([tone(1, 200), np.zeros(3 * 16_000, np.float32), tone(1, 200)])
    said = predict(run, samples, 16_000, windows=True)
    silent = said["flag"].str.match("silent|no speech")
    assert silent.any() and not silent.iloc[[0, -1]].any()
    assert (said[P].isna().all(axis=1) == silent).all()
    assert (said["start"][silent] >= 0.9).all() and (said["end"][silent] <= 4.1).all()


def test_a_window_and_a_file_are_measured_alike(demo_dir):
    clips = pd.DataFrame({"file": [str(demo_dir / "v01" / "v01_s1_neu_1.flac")]})
    samples = audio.read(clips["file"][0])
    measured = audit.measure(clips).iloc[0]
    heard = of_samples(samples[:, None], samples)
    for name, value in heard.items():
        assert value == pytest.approx(measured[name], rel=1e-5), name


def test_02_keeps_what_its_training_clips_were_like(trained):  # noqa: F811
    names, _ = trained
    train, usual = names["clips"].query("part == 'train'"), names["training"].usual
    for column in ("rms", "bandwidth", "n_frames", "snr"):
        assert usual[column].tolist() == pytest.approx(train[column].quantile([0.01, 0.99]).tolist())
