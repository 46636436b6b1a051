"""The reader of an export: the answers of the run without TensorFlow and emokit, and nothing from a forger."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
from exported import finished

from emokit import audio, export
from emokit.audio.limits import RATE

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from emokit.export.listen import Listener, ListenError  # noqa: E402 (it needs onnxruntime)
from emokit.predict import predict  # noqa: E402
from emokit.run_folder import Run  # noqa: E402

CLOSE = 1e-5
NEEDED = ("numpy", "soundfile", "soxr", "onnxruntime")
NEEDED += ("_soundfile", "_soundfile_data", "cffi", "_cffi_backend", "typing_extensions")  # by soundfile
ALONE = f"""
import runpy, sys
class Nothing:
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] not in {NEEDED!r} and name.split(".")[0] not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"there is no {{name}} here")
sys.meta_path.insert(0, Nothing)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""  # what an environment without TensorFlow, pandas and emokit finds


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return finished(tmp_path_factory.mktemp("outputs") / "drawn", demo_dir, front_end="none", body="residual_lstm")


@pytest.fixture(scope="module")
def folder(run):
    return export.write(run, "onnx")


@pytest.fixture(scope="module")
def listener(folder):
    return Listener(folder)


def values(row) -> np.ndarray:
    return np.array(list(row["probabilities"].values()), float)  # None is NaN


def noise(seconds, rate=RATE, loud=0.1):
    """Noise that swells and fades four times a second, as syllables do: steady noise is no speech."""
    swell = 0.1 + np.square(np.sin(4 * np.pi * np.arange(round(seconds * rate)) / rate))
    return (swell * np.random.default_rng(0).normal(0, loud, len(swell))).clip(-1, 1).astype(np.float32)


def test_the_reader_says_of_each_clip_what_the_run_says(run, listener):
    said = run.predictions
    heard = [listener(file) for file in said["file"]]
    stored = said[[f"p_{label}" for label in run.emotions]].to_numpy()
    np.testing.assert_allclose([values(row) for row in heard], stored, atol=CLOSE)
    assert [row["predicted"] for row in heard] == said["predicted"].tolist()
    warmed = stored ** (1 / 1.5)
    expected = warmed.max(axis=1) / warmed.sum(axis=1)
    np.testing.assert_allclose([row["confidence"] for row in heard], expected, atol=CLOSE)
    assert sum(row["flag"] == "" for row in heard) > 50


def test_it_needs_nothing_but_numpy_soundfile_soxr_and_onnxruntime(run, folder, tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    file, said = run.predictions["file"][0], run.predictions.iloc[0]
    command = [sys.executable, "-I", "-c", ALONE, str(folder / "listen.py"), file, str(tmp_path / "text.wav")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and "text.wav cannot be read" in done.stderr, done.stderr
    assert done.stdout.startswith(f"{file}: {said['predicted']} ")
    for label in run.emotions:
        assert f"{label} {said[f'p_{label}']:.3f}" in done.stdout


def test_the_folder_of_the_user_is_known(run, folder, listener, monkeypatch):
    file = run.predictions["file"][0]
    monkeypatch.setenv("HOME", str(folder.parent))
    assert Listener(f"~/{folder.name}").signature == listener.signature
    monkeypatch.setenv("HOME", str(Path(file).parent))
    assert listener(f"~/{Path(file).name}") == listener(file)
    with pytest.raises(ListenError, match="~nobody-of-this-name/x.wav cannot be read"):
        listener("~nobody-of-this-name/x.wav")


def test_it_would_be_seen_if_it_needed_more(folder, tmp_path):
    (tmp_path / "listen.py").write_text("import emokit\n")
    command = [sys.executable, "-c", ALONE, str(tmp_path / "listen.py")]
    assert "there is no emokit here" in subprocess.run(command, capture_output=True, text=True).stderr


@pytest.mark.parametrize("seconds", [3.2, 3.3, 4.8, 4.9, 10.0])
def test_each_window_of_a_long_recording_is_heard_as_if_cut_out(listener, seconds):
    sound = noise(seconds)
    rows = listener.windows(sound, RATE)
    length, step = (listener.signature[name] for name in ("length", "step"))
    n_windows = 1 + max(0, int(np.ceil((seconds - length) / step)))
    assert [row["start"] for row in rows] == pytest.approx([step * n for n in range(n_windows)], abs=1e-3)
    assert all(row["end"] - row["start"] == pytest.approx(length, abs=2e-3) for row in rows[:-1])
    assert rows[-1]["end"] == seconds  # not dropped
    assert len(rows) < 2 or rows[-2]["end"] < seconds  # nor said twice
    for row in rows:
        cut = sound[round(row["start"] * RATE) : round(row["end"] * RATE)]
        assert values(listener(cut, RATE)) == pytest.approx(values(row), abs=1e-3)  # times are rounded


def test_a_long_recording_is_heard_as_predict_hears_it(run, listener):
    sound = np.concatenate([audio.read(file) for file in run.clips["file"][:20]])
    assert len(sound) > listener.signature["longest"] * RATE
    names = [f"p_{name}" for name in run.emotions]
    rows, heard = predict(run, sound, RATE, windows=True), listener.windows(sound, RATE)
    assert rows["start"].tolist() == pytest.approx([row["start"] for row in heard], abs=2e-3)
    np.testing.assert_allclose(rows[names], [values(row) for row in heard], atol=1e-4)
    np.testing.assert_allclose(predict(run, sound, RATE)[names].to_numpy()[0], values(listener(sound, RATE)), atol=1e-4)
    clip = sound[: round(listener.signature["longest"] * RATE)]
    np.testing.assert_allclose(predict(run, clip, RATE)[names].to_numpy()[0], values(listener(clip, RATE)), atol=1e-5)


def test_samples_of_any_kind_are_heard_like_their_file(listener, tmp_path):
    sound = noise(1.0, 48_000)
    integers = (sound * 32_767).astype(np.int16)
    sf.write(tmp_path / "48.wav", integers, 48_000)
    expected = values(listener(tmp_path / "48.wav"))
    assert values(listener(integers, 48_000)) == pytest.approx(expected, abs=1e-6)
    assert values(listener(np.stack([integers] * 2, axis=1), 48_000)) == pytest.approx(expected, abs=1e-6)
    assert values(listener((integers / 32_768)[:, None], 48_000)) == pytest.approx(expected, abs=1e-6)
    of_bytes = values(listener((integers // 256 + 128).astype(np.uint8), 48_000))
    assert of_bytes == pytest.approx(expected, abs=0.05)
    one_rate = audio.read(tmp_path / "48.wav")  # as the run reads it
    assert values(listener(one_rate, RATE)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "sound, rate, message",
    [
        (noise(1), None, "Samples need their rate; it is None, expected 4,000 to 768,000 Hz"),
        (noise(1), "16000", "Samples need their rate; it is '16000'"),
        (noise(1), 16, "Samples need their rate; it is 16"),
        (noise(1), float("nan"), "Samples need their rate; it is nan"),
        ((noise(1), RATE), None, "tuple is no sound; give a file, or samples as an array"),
        ("none.wav", None, "There is no file none.wav; check its path"),
        (np.zeros((4, 4, 4)), RATE, "expected numbers"),
        (np.array(["a"]), RATE, "expected numbers"),
        (np.full(RATE, np.nan), RATE, "not finite"),
        (np.full(RATE, 30_000.0), RATE, "far beyond full scale"),
        (np.zeros(0), RATE, "holds no sound"),
        (np.stack([noise(1), -noise(1)], axis=1), RATE, "channels that cancel each other"),
    ],
)
def test_what_is_no_sound_is_refused(listener, sound, rate, message):
    with pytest.raises(ListenError, match=message):
        listener(sound, rate)


def test_silence_is_no_answer_and_strange_sound_is_doubted(listener, run):
    silent = listener(np.zeros(RATE), RATE)
    assert silent["predicted"] is None and silent["flag"] == "silent" and np.isnan(values(silent)).all()
    assert listener(noise(0.1), RATE)["flag"] == "shorter than 160 ms"
    spoken = audio.read(run.clips["file"][0])
    assert "quieter than the training clips by" in listener(0.01 * spoken, RATE)["flag"]
    assert "louder than the training clips by" in listener(noise(1, loud=0.5), RATE)["flag"]
    t = np.arange(RATE) / RATE
    assert "narrower band than the training clips" in listener(0.05 * np.sin(2 * np.pi * 300 * t[1_000:]), RATE)["flag"]
    assert "longer" not in listener(noise(3.2, loud=0.03), RATE)["flag"]  # it is read in windows as long as they are
    half = listener(np.concatenate([np.zeros(round(4.8 * RATE), np.float32), spoken]), RATE)  # windows without speech
    assert half["predicted"] and "silent" not in half["flag"]


def test_steady_sounds_pauses_and_noise_are_told_as_predict_tells_them(run, listener):
    clip, rng = audio.read(run.clips["file"][0]), np.random.default_rng(0)
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(20_000) / RATE)
    for sound in (hum, rng.normal(0, 0.05, 20_000)):
        heard = listener(sound.astype(np.float32), RATE)
        assert heard["predicted"] is None and heard["flag"] == "no speech, a steady sound"
        assert predict(run, sound, RATE)["flag"].item() == heard["flag"]
    noisy = clip + rng.normal(0, clip.std(), len(clip)).astype(np.float32)
    told = next(words for words in listener(noisy, RATE)["flag"].split("; ") if words.startswith("signal-to-noise"))
    assert told in predict(run, noisy, RATE)["flag"].item().split("; ")
    faint = noise(12, loud=3e-4)
    faint[5 * RATE :][: len(clip)] += clip
    rows, heard = predict(run, faint, RATE, windows=True), listener.windows(faint, RATE)
    pauses = rows["predicted"].isna()
    assert [row["predicted"] is None for row in heard] == pauses.tolist() and 0 < (~pauses).sum() < 6 < len(rows)
    words = [row["flag"] for row in heard if row["predicted"] is None]
    assert words == rows.loc[pauses, "flag"].tolist() and "no speech, 4" in " ".join(words)


def soft_at_the_end(clips, rng):
    joined = np.concatenate(clips)
    joined[-3 * RATE :] *= 0.05
    return joined


def in_room_tone(clips, rng):
    spectrum = np.fft.rfft(rng.normal(size=30 * RATE))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), 30 * RATE)
    pink *= 0.003 / pink.std()
    pink[12 * RATE :][: len(clips[0])] += clips[0]
    return pink.astype(np.float32)


ODD = {
    "as it is": lambda clips, rng: clips[0],
    "clips one after the other, soft at the end": soft_at_the_end,
    "a clip in room tone": in_room_tone,
    "clipped": lambda clips, rng: np.clip(30 * clips[0], -1, 1),
    "clipped in some windows": lambda clips, rng: np.clip(np.concatenate([clips[0], 30 * clips[1], *clips]), -1, 1),
    "channels first": lambda clips, rng: np.stack([clips[0], 0.5 * clips[0]]),
    "a telephone's band": lambda clips, rng: soxr.resample(soxr.resample(clips[0], RATE, 7_000), 7_000, RATE),
    "noisy": lambda clips, rng: (clips[0] + rng.normal(0, clips[0].std(), len(clips[0]))).astype(np.float32),
    "one word in silence": lambda clips, rng: np.pad(clips[0][6_000:14_000], 20_000),
    "16 bits": lambda clips, rng: (32_767 * np.concatenate(clips)).astype(np.int16),
}


@pytest.mark.parametrize("odd", ODD)
def test_the_reader_and_predict_say_and_flag_the_same(run, listener, odd):
    sound = ODD[odd]([audio.read(file) for file in run.clips["file"][:8]], np.random.default_rng(0))
    names, said, heard = [f"p_{name}" for name in run.emotions], predict(run, sound, RATE), listener(sound, RATE)
    np.testing.assert_allclose(said[names].to_numpy(float)[0], values(heard), atol=1e-4)
    assert said["flag"].item() == heard["flag"]
    rows, windows = predict(run, sound, RATE, windows=True), listener.windows(sound, RATE)
    assert rows["flag"].tolist() == [row["flag"] for row in windows]
    json.loads(json.dumps([heard, *windows], allow_nan=False))


def test_faint_sound_is_flagged_alike_where_the_training_clips_are_unknown(run, tmp_path):
    older = Run.open(run.path)
    older.usual = older.neighbours = None
    listener, sound = Listener(export.write(older, "onnx", tmp_path / "older")), noise(1.0, loud=1e-3)
    assert listener(sound, RATE)["flag"] == predict(older, sound, RATE)["flag"].item()
    assert "hardly any sound" in listener(sound, RATE)["flag"]


@pytest.fixture
def forged(folder, tmp_path):
    """A copy of the export, changed; the model too, where its checksum is to fit."""

    def make(change=None, model=None, fitting=True):
        shutil.copytree(folder, tmp_path / "forged")
        if model is not None:
            (tmp_path / "forged" / "model.onnx").write_bytes(model)
        file = tmp_path / "forged" / "signature.json"
        signature = json.loads(file.read_text())
        if model is not None and fitting:
            signature["files"] = {"model.onnx": hashlib.sha256(model).hexdigest()}
        file.write_text(json.dumps(signature | (change or {})))
        return tmp_path / "forged"

    return make


@pytest.mark.parametrize(
    "change, message",
    [
        ({"files": {"../model.onnx": "0" * 64}}, r"files is .*\.\./model.onnx.*; expected model.onnx alone"),
        ({"files": {"model.onnx": "0" * 64, "/etc/passwd": "0" * 64}}, "expected model.onnx alone"),
        ({"files": {"model.onnx": "0" * 64}}, r"model.onnx is not as signature.json lists it \(sha256\)"),
        ({"files": "model.onnx"}, "files is 'model.onnx'"),
        ({"labels": ["a", "b", "c", "d"]}, "other labels than model.onnx"),
        ({"labels": ["happy", "neutral", "sad", "angry", "fearful"]}, "other labels than model.onnx"),
        ({"labels": ["a"] * 100_000}, "expected 2 to 1000 names"),
        ({"labels": [{}, []]}, "expected 2 to 1000 names"),
        ({"window": 10**12}, "window is '1000000000000'; expected 1 to 160,000 frames"),
        ({"window": True}, "window is 'True'"),
        ({"length": 1e9}, "length is '1000000000.0'; expected 0.01 s to an hour"),
        ({"step": 0}, "step is '0'; expected 0.005 s"),
        ({"window": 64}, "other window than model.onnx"),
        ({"rate": 10**9}, "rate is '1000000000'"),
        ({"hop": float("nan")}, "hop is 'nan'"),
        ({"temperature": 0}, "temperature is '0'"),
        ({"bounds": {"level": "x"}}, "bounds is"),
        ({"usual": {"rms": [1]}}, "usual is"),
        ({"usual": {name: [0, 1] for name in ("rms", "bandwidth", "seconds")} | {"snr": 3}}, "usual is"),
        ({"usual": []}, "usual is"),
        ({"more": 1}, "other more than model.onnx"),
        ({"format": 2}, "not of format 1"),
    ],
)
def test_a_forged_signature_is_refused_with_the_field_named(forged, change, message):
    with pytest.raises(ListenError, match=message):
        Listener(forged(change))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '"format"', "null", " " * 2**21], ids=range(7))
def test_a_signature_that_is_none_is_refused(forged, text):
    folder = forged()
    (folder / "signature.json").write_text(text)
    with pytest.raises(ListenError, match=r"signature.json"):
        Listener(folder)


def test_a_model_that_is_none_or_lies_elsewhere_is_refused(forged, folder):
    made = forged(model=b"no model")
    with pytest.raises(ListenError, match="model.onnx is no model that was exported"):
        Listener(made)
    (made / "model.onnx").unlink()
    with pytest.raises(ListenError, match="is no file of at most 256 MB"):
        Listener(made)
    (made / "model.onnx").symlink_to(folder / "model.onnx")
    with pytest.raises(ListenError, match="is no file of at most 256 MB"):
        Listener(made)


def changed(folder, change) -> bytes:
    model = onnx.load(folder / "model.onnx")
    change(model)
    return model.SerializeToString()


def other_outputs(model):
    del model.graph.output[0]


def fewer_labels(model):
    (entry,) = model.metadata_props
    entry.value = json.dumps(json.loads(entry.value) | {"labels": ["a", "b"]})


def files_outside(model):
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../secret")


def without_signature(model):
    del model.metadata_props[:]


def huge(model):
    weights = next(each for each in model.graph.initializer if each.name == "filters")
    weights.dims[:] = [10**9, 10**9]


@pytest.mark.parametrize(
    "change, message",
    [
        (other_outputs, "model.onnx goes from and to"),
        (fewer_labels, "other labels than model.onnx"),
        (files_outside, "is no model that was exported"),
        (without_signature, "is no model that was exported"),
        (huge, "is no model that was exported"),
    ],
)
def test_a_forged_model_is_refused(forged, folder, change, message):
    with pytest.raises(ListenError, match=message):
        Listener(forged(model=changed(folder, change)))


def test_two_labels_for_five_outputs_are_refused_even_if_both_files_say_so(forged, folder):
    made = forged({"labels": ["a", "b"]}, model=changed(folder, fewer_labels))
    with pytest.raises(ListenError, match=r"goes from and to .*\[1, 5\].*, not .*\[1, 2\]"):
        Listener(made)
