"""Runs as files for other programs: the same answers, whatever the network and the frames are."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from exported import finished, said, stand_in

from emokit import audio, corpora, export, run_folder
from emokit.features import EncoderSettings, LogMelSettings, MfccSettings
from emokit.speakers import SpeakerNormalizer

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
CLOSE = 1e-5


@pytest.fixture(scope="module")
def sounds(demo_dir):
    """Twelve demo clips, and noise: too short for a frame, longer than a window, with an offset, between silences."""
    files = corpora.load("demo", demo_dir)["file"][::30]
    rng = np.random.default_rng(0)
    hard = [rng.normal(0, 0.1, int(16_000 * seconds)) for seconds in (0.02, 0.025, 0.16, 0.5, 3.3, 8)]
    hard += [0.3 + 0.05 * hard[3], np.concatenate([np.zeros(16_000), hard[3], np.zeros(9_999)])]
    return [audio.read(file) for file in files] + [each.astype(np.float32) for each in hard]


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return finished(tmp_path_factory.mktemp("outputs") / "drawn", demo_dir, front_end="none", body="residual_lstm")


def heard(model, samples):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return [session.run(["probabilities", "n_frames", "first"], {"samples": each}) for each in samples]


SETTINGS = {
    "as 02 has them": LogMelSettings(),
    "at one level": LogMelSettings(level=True),
    "few bands": LogMelSettings(n_bands=8),
    "silence kept": LogMelSettings(trim=0.0),
    "rumble kept": LogMelSettings(high_pass=0.0),
    "cepstra": MfccSettings(),
    "another rate": LogMelSettings(rate=8_000),
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_graph_makes_the_frames_that_the_features_make(settings, sounds):
    from emokit.export import front

    session = onnxruntime.InferenceSession(front.graph(settings, 320).SerializeToString())
    for samples in sounds:
        frames, first = settings.placed(samples)
        made, lengths, n_frames, cut = session.run(None, {"samples": samples})
        assert (lengths[0], n_frames[0], cut[0]) == (min(len(frames), 320),) * 2 + (first,)
        assert not made[0, lengths[0] :].any()  # filled up by zeros
        np.testing.assert_allclose(made[0, : lengths[0]], frames[:320], atol=2e-3)


NETWORKS = [("conv1d", "bilstm"), ("conv2d", "statistics"), ("none", "residual_lstm"), ("frames", "quarters")]


@pytest.mark.parametrize("front_end, body", NETWORKS)
def test_every_front_end_and_body_answers_alike_in_onnx(front_end, body, sounds):
    from emokit.export import to_onnx

    settings = LogMelSettings()
    frames = [settings.placed(samples)[0] for samples in sounds]
    run = stand_in(settings, frames, front_end=front_end, body=body)
    expected = said(run, frames)
    assert expected.std(axis=0).min() > 1e-3  # drawn weights tell the clips apart
    found = np.concatenate([probabilities for probabilities, *_ in heard(to_onnx.model(run), sounds)])
    np.testing.assert_allclose(found, expected, atol=CLOSE)


def test_all_front_ends_and_bodies_are_among_those():
    from emokit.model import BODIES, FRONT_ENDS

    assert [set(names) for names in zip(*NETWORKS, strict=True)] == [set(FRONT_ENDS), set(BODIES)]


def test_a_layer_that_is_not_entered_is_refused_by_name(run, tmp_path, monkeypatch):
    from emokit.export import layers_in_onnx

    monkeypatch.delitem(layers_in_onnx.LAYERS, "AveragePooling1D")
    with pytest.raises(export.ExportError, match="layer average_pooling1d.* is a AveragePooling1D, .* savedmodel"):
        export.write(run, "onnx", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_model_of_8_bit_weights_is_smaller_and_says_nearly_the_same(run, sounds):
    from emokit.export import to_onnx

    whole, int8 = to_onnx.model(run), to_onnx.model(run, int8=True)
    assert len(int8.SerializeToString()) < 0.8 * len(whole.SerializeToString())
    found = [np.concatenate([each[0] for each in heard(model, sounds)]) for model in (whole, int8)]
    assert 0 < np.abs(found[0] - found[1]).max() < 0.05
    assert {"DynamicQuantizeLSTM"} <= {node.op_type for node in int8.graph.node}


@pytest.mark.slow
def test_the_terminal_exports_and_refuses_in_one_sentence(run, tmp_path):
    command = [sys.executable, "-m", "emokit.export", str(run.path), "--to", "onnx"]
    done = subprocess.run([*command, "--out", str(tmp_path / "a")], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{tmp_path}/a: listen.py, model.onnx, signature.json, 0.")
    (tmp_path / "mine").mkdir()
    done = subprocess.run([*command, "--out", str(tmp_path / "mine")], capture_output=True, text=True)
    assert done.returncode == 1 and "mine is there and is no export; remove it" in done.stderr.splitlines()[-1]


def test_the_signature_says_what_goes_in_and_what_comes_out(run):
    folder = export.write(run, "onnx")
    assert folder == run.path / "export" / "onnx"
    assert sorted(file.name for file in folder.iterdir()) == ["listen.py", "model.onnx", "signature.json"]
    signature = json.loads((folder / "signature.json").read_text())
    content = (folder / "model.onnx").read_bytes()
    assert signature["files"] == {"model.onnx": hashlib.sha256(content).hexdigest()}
    assert signature["labels"] == run.emotions and signature["temperature"] == 1.5
    assert (signature["rate"], signature["hop"], signature["window"]) == (16_000, 0.01, 320)
    assert signature["features"] == run.record["features"] and signature["versions"]["keras"]
    train = run.clips[run.clips["part"] == "train"]
    assert signature["usual"]["rms"] == train["rms"].quantile([0.01, 0.99]).tolist()
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    assert run_folder.Run.open(run.path).complete  # which an export in its folder does not spoil
    assert export.write(run, "onnx") == folder  # replaced


def test_nothing_of_this_machine_is_in_an_export(run, tmp_path):
    folder = export.write(run, "onnx", tmp_path / "out")
    for file in folder.iterdir():
        content = file.read_bytes()
        assert not any(os.fsencode(place) in content for place in (run.path.parent, Path.home(), Path.cwd()))


def test_runs_that_cannot_be_exported_are_refused_in_a_sentence(run, tmp_path, monkeypatch):
    with pytest.raises(export.ExportError, match="There is no format 'pt'; take one of onnx, onnx-int8, litert, sav"):
        export.write(run, "pt")
    with monkeypatch.context() as patched:
        patched.setattr(type(run), "normalizer", lambda self: SpeakerNormalizer())
        with pytest.raises(export.ExportError, match="drawn is normalised by speaker, whom an export does not know"):
            export.write(run, "onnx", tmp_path / "out")
    with monkeypatch.context() as patched:
        encoder = EncoderSettings("whisper-base", 3, sha256="0" * 64, n_bands=64)
        features = {"kind": "encoder", "name": encoder.name(), **asdict(encoder)}
        patched.setitem(run.record, "features", features)
        with pytest.raises(export.ExportError, match="frames of whisper-base, which no ONNX model of samples makes"):
            export.write(run, "onnx", tmp_path / "out")
    with monkeypatch.context() as patched:
        patched.setitem(run.record, "state", "interrupted at epoch 3")
        with pytest.raises(export.ExportError, match="drawn is interrupted at epoch 3; finish it by 02"):
            export.write(run, "onnx", tmp_path / "out")


def test_a_place_is_named_as_it_was_given_and_the_folder_of_the_user_is_known(run, tmp_path, monkeypatch, capsys):
    from emokit.export.__main__ import main

    monkeypatch.setitem(export.FORMATS, "onnx", lambda run, folder, signature: (folder / "model.onnx").touch())
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "drawn").symlink_to(run.path)
    assert main(["~/drawn", "--to", "onnx", "--out", "~/out"]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}/out: model.onnx, signature.json, 0.")
    assert main([str(run.path), "--to", "onnx", "--out", "/proc/foo"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("/proc/foo: 0 bytes could not be written (No such file or directory); choose a folder ")
    assert told.count("\n") == 1 and ".part-" not in told


def test_without_onnx_the_extra_is_named(run, tmp_path, monkeypatch):
    for name in ("onnx", "emokit.export.to_onnx", "emokit.export.front"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr(export, "to_onnx", raising=False)
    with pytest.raises(ImportError, match=r'needs onnx and onnxruntime; pip install "emokit-ser\[export\]"'):
        export.write(run, "onnx", tmp_path / "out")


@pytest.mark.slow
def test_litert_and_a_savedmodel_say_the_same_of_frames(tmp_path, sounds):
    from emokit.export import standalone

    interpreter = pytest.importorskip("ai_edge_litert.interpreter")

    settings = LogMelSettings()
    frames = [settings.placed(samples)[0] for samples in sounds]
    # Few steps: LSTMs are written out. Both ways of a masked one, for which Keras's own `unroll` answers otherwise.
    run = stand_in(settings, frames, front_end="none", body="residual_lstm", max_seq_length=4)
    expected = said(run, frames)
    standalone.litert(run, tmp_path / "model.tflite")
    answer = interpreter.Interpreter(str(tmp_path / "model.tflite")).get_signature_runner()
    standalone.savedmodel(run, tmp_path / "model")
    code = "import tensorflow as tf, numpy as np, sys; m = tf.saved_model.load(sys.argv[1]); x = np.load(sys.argv[2]);"
    code += "np.save(sys.argv[3], m.serve({'frames': x['frames'], 'lengths': x['lengths']})['probabilities'])"
    x = np.zeros((len(frames), run.window, 64), np.float32)
    for row, each in zip(x, frames, strict=True):
        row[: len(each)] = each[: run.window]
    lengths = np.array([min(len(each), run.window) for each in frames], np.int32)
    np.savez(tmp_path / "x.npz", frames=x, lengths=lengths)
    files = [str(tmp_path / name) for name in ("model", "x.npz", "said.npy")]
    subprocess.run([sys.executable, "-c", code, *files], check=True, capture_output=True, cwd=tmp_path)
    np.testing.assert_allclose(np.load(tmp_path / "said.npy"), expected, atol=CLOSE)
    of_lite = [answer(frames=a[None], lengths=n[None])["probabilities"][0] for a, n in zip(x, lengths, strict=True)]
    np.testing.assert_allclose(of_lite, expected, atol=CLOSE)
