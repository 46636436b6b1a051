import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from laid_out import lay

from emokit import FeatureNormalizer, atomic_files, audio, audit, build_model, metrics, run_folder
from emokit.audio import BadClip
from emokit.batches import Batches
from emokit.features import LogMelSettings
from emokit.model import embeddings
from emokit.predict import predict
from emokit.run_folder import Run, RunError
from emokit.targets import Emotions

EMOTIONS = ["happy", "sad"]
SETTINGS = LogMelSettings(n_bands=8)
ARGUMENTS = {"n_bands": 8, "n_classes": 2, "max_seq_length": 4, "seed": 3}  # reads 0.64 s


def tone(seconds, pitch, rate=16_000):
    """A tone that swells and fades, so that trimming has something to cut."""
    t = np.arange(int(seconds * rate)) / rate
    return (0.4 * np.sin(np.pi * t / t[-1]) ** 3 * np.sin(2 * np.pi * pitch * t)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A complete run on eight tones; the weights are drawn, so that no probability is 0.5."""
    folder = tmp_path_factory.mktemp("predict")
    (folder / "corpus").mkdir()
    rows = []
    for i in range(8):
        file = folder / "corpus" / f"{i}.wav"
        sf.write(file, tone(0.4 + 0.15 * i, 200 + 90 * i), 16_000)
        part = ["train", "dev", "test", "test"][i // 2]
        rows.append({"file": str(file), "emotion": EMOTIONS[i % 2], "speaker": f"demo/{part}", "part": part})
    frames = [SETTINGS.placed(audio.read(row["file"]))[0] for row in rows]
    clips = pd.DataFrame(rows).assign(n_frames=[len(f) for f in frames])
    clips = clips.assign(**audit.measure(clips)[["rms", "bandwidth"]])
    parameters = {"data_dir": folder / "corpus", "epochs": 1, "split": "speaker"}
    run = run_folder.start(folder / "tones", parameters, clips, settings=SETTINGS, emotions=EMOTIONS)
    normalizer = FeatureNormalizer().fit(frames[:2])
    run.save_inputs(clips, pd.DataFrame({"severity": []}), normalizer, None)
    model = build_model(**ARGUMENTS)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(variable * rng.uniform(0.5, 1.5, variable.shape) + rng.uniform(0, 0.05, variable.shape))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    reader = Batches(frames, clips, Emotions(EMOTIONS), normalizer, max_length=64, batch_size=3)
    said = Emotions(EMOTIONS).predictions(clips, model.predict(reader, verbose=0))
    vectors = embeddings(model).predict(reader, verbose=0)
    run.save_model(ARGUMENTS, model)
    lay(run.path, "history.csv", "train.log")
    run.finish(said, metrics.summary(said, EMOTIONS), vectors)
    return run.path


@pytest.fixture(scope="module")
def run(folder):
    """One for all, since it keeps the model that it has built."""
    return Run.open(folder)


@pytest.fixture
def changed(folder, tmp_path):
    """A copy of the run with changed files, listed as if they were right."""

    def make(**contents):
        for path in folder.iterdir():
            if path.is_file():
                (tmp_path / path.name).write_bytes(path.read_bytes())
        record = json.loads((tmp_path / "run.json").read_text())
        for name, content in contents.items():
            if name == "record":
                record |= content
            else:
                name = name.replace("__", ".")
                atomic_files.write_json(tmp_path / name, json.loads((tmp_path / name).read_text()) | content)
                record["files"][name] = atomic_files.sha256(tmp_path / name)
        atomic_files.write_json(tmp_path / "run.json", record)
        return tmp_path

    return make


@pytest.mark.slow
def test_a_fresh_process_says_the_same_of_a_clip_as_the_run(run):
    code = (
        "import sys, pandas as pd\n"
        "from emokit.predict import predict\n"
        "from emokit.run_folder import Run\n"
        "run = Run.open(sys.argv[1])\n"
        "rows = [predict(run, file).head(1).assign(file=file) for file in run.clips['file']]\n"
        "pd.concat(rows).to_csv(sys.argv[2], index=False)\n"
    )
    out = run.path / "figures" / "out.csv"
    out.parent.mkdir()
    subprocess.run([sys.executable, "-c", code, str(run.path), str(out)], check=True, capture_output=True)
    fresh, stored = pd.read_csv(out), run.predictions
    assert fresh["file"].tolist() == stored["file"].tolist()
    columns = ["p_happy", "p_sad"]
    assert stored["p_happy"].std() > 1e-3  # drawn weights tell the clips apart
    assert np.abs(fresh[columns].to_numpy() - stored[columns].to_numpy()).max() < 1e-6


def test_the_stored_weights_bring_no_optimizer_along(run):
    import h5py

    with h5py.File(run.path / "model.weights.h5") as stored:
        names = []
        stored.visit(names.append)
    assert not any("optimizer" in name for name in names)


def test_a_long_recording_is_read_in_windows_that_cover_it(run):
    said = predict(run, tone(3.0, 300))
    assert said.columns.tolist() == ["start", "end", "p_happy", "p_sad", "doubt"] and len(said) > 4
    assert (said["end"] - said["start"]).round(6).eq(0.64).all()
    assert (said["start"].diff()[1:] <= 0.33).all() and said["start"].is_monotonic_increasing
    np.testing.assert_allclose(said[["p_happy", "p_sad"]].sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("seconds", [0.65, 0.7, 0.97, 1.3, 2.0])
def test_the_windows_reach_from_the_first_to_the_last_frame_of_a_recording(run, seconds):
    noise = np.random.default_rng(0).normal(0, 0.1, int(16_000 * seconds)).astype(np.float32)  # nothing to trim
    said = predict(run, noise)
    assert said["start"].iloc[0] == 0 and seconds - 0.03 < said["end"].iloc[-1] <= seconds
    assert (said["start"].diff().dropna() <= 0.33).all()


def test_times_count_from_the_beginning_of_the_recording_not_of_the_trimmed_sound(run):
    silence = np.zeros(16_000, np.float32)
    early, late = predict(run, tone(0.5, 300)), predict(run, np.concatenate([silence, tone(0.5, 300)]))
    assert late["start"][0] - early["start"][0] == pytest.approx(1.0, abs=0.02)
    assert late["p_happy"][0] == pytest.approx(early["p_happy"][0], abs=0.02)


def test_samples_and_their_file_say_the_same(run, tmp_path):
    file = run.clips["file"][5]
    pd.testing.assert_frame_equal(predict(run, audio.read(file)), predict(run, file))
    sf.write(tmp_path / "48.wav", tone(0.5, 300, 48_000), 48_000)  # a file is resampled
    resampled, plain = predict(run, tmp_path / "48.wav"), predict(run, tone(0.5, 300))
    assert resampled["p_sad"][0] == pytest.approx(plain["p_sad"][0], abs=0.02)


def test_evidence_says_what_each_step_heard(run):
    evidence = run.evidence(run.clips)
    assert evidence.shape == (8, 4, 2)
    heard = ~np.isnan(evidence[..., 0])
    assert heard.sum(axis=1).tolist() == np.minimum(-(-run.clips["n_frames"] // 16), 4).tolist()
    np.testing.assert_allclose(evidence[heard].sum(axis=-1), 1, atol=1e-5)
    odds = np.log(evidence[..., 0] / evidence[..., 1])  # their mean over the steps is the clip's
    stored = np.log(run.predictions["p_happy"] / run.predictions["p_sad"])
    np.testing.assert_allclose(np.nanmean(odds, axis=1), stored, atol=1e-4)


@pytest.mark.parametrize(
    "samples, rate, message",
    [
        (tone(1, 300), 44_100, "rate is 44100 Hz, run tones was trained at 16000 Hz"),
        (np.zeros((100, 2), np.float32), 16_000, "reads floats \\(samples,\\), one channel"),
        (np.zeros(100, np.int16), 16_000, "samples are int16"),
        (np.array([], np.float32), 16_000, "empty"),
        (np.full(1000, np.nan, np.float32), 16_000, "not finite"),
        (np.full(1000, 30_000.0), 16_000, "far beyond full scale"),
    ],
)
def test_samples_of_another_kind_are_refused(run, samples, rate, message):
    with pytest.raises(RunError, match=message):
        predict(run, samples, rate)


def test_a_file_that_cannot_be_read_is_a_bad_clip(run, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(BadClip, match="format"):
        predict(run, tmp_path / "text.wav")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"model__json": {"n_classes": 3}}, "model.json: n_classes is 3, run.json says 2"),
        ({"model__json": {"n_bands": 40}}, "model.json: n_bands is 40, run.json says 8"),
        ({"model__json": {"dropout": 2}}, "model.json: dropout is 2"),
        ({"model__json": {"max_seq_length": 10**9}}, "model.json: max_seq_length is 1000000000"),
        ({"model__json": {"seed": "import os"}}, "model.json: seed is 'import os'"),
        ({"model__json": {"body": ["bilstm"]}}, r"model.json: body is \['bilstm'\]; build_model knows bilstm, "),
        ({"model__json": {"class_name": "Lambda", "config": {}}}, "model.json: .*unexpected keyword argument"),
        ({"record": {"emotions": ["happy", "sad", "angry"]}}, "model.json: n_classes is 2, run.json says 3"),
        ({"record": {"features": {"name": "older", "rate": 8000, "n_mels": 8, "trim": 40.0}}}, "features are 'older'"),
        ({"record": {"format": 9}}, "format is 9, this emokit reads 1 and 2"),
    ],
)
def test_a_run_that_does_not_fit_is_refused_with_the_field_named(changed, change, message):
    with pytest.raises(RunError, match=message):
        predict(Run.open(changed(**change)), tone(0.5, 300))


def test_weights_of_another_shape_are_refused(changed):
    path = changed()
    other = build_model(**ARGUMENTS | {"n_classes": 5})
    other.save_weights(path / "model.weights.h5")
    record = json.loads((path / "run.json").read_text())
    record["files"]["model.weights.h5"] = atomic_files.sha256(path / "model.weights.h5")
    atomic_files.write_json(path / "run.json", record)
    with pytest.raises(RunError, match="model.weights.h5 does not fit model.json"):
        Run.open(path).model()


def test_a_flipped_bit_in_the_weights_is_refused(changed):
    path = changed()
    content = bytearray((path / "model.weights.h5").read_bytes())
    content[-5000] ^= 4
    (path / "model.weights.h5").write_bytes(content)
    with pytest.raises(RunError, match="model.weights.h5 is not as run.json lists it"):
        Run.open(path)


def test_an_array_beyond_full_scale_is_clipped_like_a_file(run, tmp_path):
    loud = 1.6 * tone(1, 300) / np.abs(tone(1, 300)).max()
    sf.write(tmp_path / "loud.wav", loud, 16_000, subtype="FLOAT")
    pd.testing.assert_frame_equal(predict(run, loud), predict(run, tmp_path / "loud.wav"))
