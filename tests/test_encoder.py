"""Frames of an encoder, with a small network of Whisper's form: what they are, which weights, and where they lie."""

import json
from dataclasses import asdict, replace

import librosa
import numpy as np
import pytest
import scipy.special
import scipy.stats
import weights
from weights import as_on_the_hub, drawn_whisper, write_ctranslate2, write_safetensors

from emokit import corpora, run_folder
from emokit.features import ENCODERS, EncoderError, EncoderSettings, encoder_files, extract, whisper
from emokit.features.weights import read
from emokit.run_folder import record

RATE = 16_000


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder where encoders are looked for."""
    monkeypatch.setenv("EMOKIT_ENCODERS", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def model(tmp_path):
    """Folder of a small network."""
    return write_ctranslate2(tmp_path / "mine" / "model.bin", drawn_whisper()).parent


@pytest.fixture
def noise():
    """3 s, louder and softer."""
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal(3 * RATE) * np.sin(np.arange(3 * RATE) / 900)).astype(np.float32)


def encoder_of(model, layer=2):
    return whisper.load(model / "model.bin", layer)


# What the frames are

@pytest.mark.parametrize("n_mels", [80, 128])
def test_the_input_is_whispers_log_mel(noise, n_mels):
    """As OpenAI's whisper/audio.py has it: 400-point Hann windows around each 10 ms, log10, 8 decades, scaled."""
    noise = np.concatenate([noise, 1e-4 * noise, np.zeros(RATE, np.float32)])  # 7 and more decades lower
    power = librosa.feature.melspectrogram(
        y=np.pad(noise, (0, RATE)), sr=RATE, n_fft=400, hop_length=160, pad_mode="reflect", n_mels=n_mels
    )
    log = np.log10(np.maximum(power, 1e-10))
    expected = (np.maximum(log, log.max() - 8) + 4) / 4
    np.testing.assert_allclose(whisper.log_mel(noise, n_mels), expected.T[: len(noise) // 160], atol=1e-4)


def test_a_layer_is_what_the_formulas_of_a_transformer_say(model, noise):
    """Written out with scipy's convolution and one matrix product a head and frame, in double precision."""
    mel, found = whisper.log_mel(noise[:6_400]).astype(float), {}
    for name, value in drawn_whisper().items():
        found[name.removeprefix("encoder/")] = value.astype(float)

    def gelu(x):
        return x * scipy.stats.norm.cdf(x)

    def convolved(x, name):
        kernels = found[f"{name}/weight"]
        sums = [[np.convolve(row, k[::-1], "same") for row, k in zip(x.T, kernel, strict=True)] for kernel in kernels]
        return (np.sum(sums, axis=1) + found[f"{name}/bias"][:, None]).T

    def norm(x, name):
        scaled = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
        return scaled * found[f"{name}/gamma"] + found[f"{name}/beta"]

    def linear(x, name):
        return x @ found[f"{name}/weight"].T + found[f"{name}/bias"]

    x = gelu(convolved(gelu(convolved(mel, "conv1")), "conv2")[::2])
    x = x + found["position_encodings/encodings"][: len(x)]
    for i in range(2):
        layer = f"layer_{i}"
        joined = linear(norm(x, f"{layer}/self_attention/layer_norm"), f"{layer}/self_attention/linear_0")
        query, key, value = np.split(joined, 3, axis=1)
        x = x + linear(scipy.special.softmax(query @ key.T / 8, axis=1) @ value, f"{layer}/self_attention/linear_1")
        hidden = gelu(linear(norm(x, f"{layer}/ffn/layer_norm"), f"{layer}/ffn/linear_0"))
        x = x + linear(hidden, f"{layer}/ffn/linear_1")
        expected = norm(x, "layer_norm") if i == 1 else x
        np.testing.assert_allclose(encoder_of(model, i + 1).frames(noise[:6_400]), expected, atol=1e-4)


def test_frames_are_20_ms_apart_and_silence_at_both_ends_is_cut_as_for_log_mel(model, noise):
    settings = EncoderSettings(model, layer=1)
    alone, first = settings.placed(noise)
    assert settings.hop == 0.02 and alone.shape == (149, weights.WIDTH) and alone.dtype == np.float32 and first == 0
    within = np.concatenate([np.zeros(RATE), noise, np.zeros(2 * RATE)]).astype(np.float32)
    frames, first = settings.placed(within)
    assert first == 49 and len(frames) in (150, 151)  # the window before the first sound holds some of it
    assert np.corrcoef(frames[1:149].ravel(), alone[:148].ravel())[0, 1] > 0.9
    whole, first = replace(settings, trim=0).placed(within)
    assert first == 0 and len(whole) == len(within) // 320


def test_half_a_second_beyond_what_is_kept_is_heard(model, noise):
    quiet = noise[: 2 * RATE // 5] / 1000
    within, settings = np.concatenate([quiet, noise, quiet]), EncoderSettings(model)
    (frames, first), (whole, _) = settings.placed(within), replace(settings, trim=0).placed(within)
    assert 10 < first < 25 and len(frames) < len(whole) - 25
    np.testing.assert_array_equal(frames, whole[first : first + len(frames)])


def test_the_frames_of_a_clip_do_not_depend_on_how_much_silence_is_cut(model, noise):
    settings = EncoderSettings(model)
    once, twice = (settings.placed(np.pad(noise, (n, n))) for n in (RATE, 2 * RATE))
    assert (once[1], twice[1]) == (49, 99)
    np.testing.assert_array_equal(once[0], twice[0])


def test_more_than_30_s_are_read_in_equal_stretches(model, noise):
    encoder = encoder_of(model)
    long = np.tile(noise, 21)[: 62 * RATE]
    frames = encoder.frames(long)
    edges = [0, 1_033, 2_066, 3_100]
    apart = [encoder.frames(long[320 * a : 320 * b]) for a, b in zip(edges, edges[1:], strict=False)]
    np.testing.assert_array_equal(frames, np.concatenate(apart))
    assert len(encoder.frames(long[: 30 * RATE])) == 1_500  # as many as there are positions


@pytest.mark.parametrize("n_samples", [2, 100, 319, 320, 500])
def test_the_shortest_clips_give_one_finite_frame(model, noise, n_samples):
    for samples in (noise[:n_samples], np.zeros(n_samples, np.float32)):
        frames, first = EncoderSettings(model).placed(samples)
        assert frames.shape == (1, weights.WIDTH) and np.isfinite(frames).all() and first == 0


# Which weights

def test_the_middle_layer_is_what_is_read_unless_told(tmp_path):
    file = write_ctranslate2(tmp_path / "six.bin", drawn_whisper(6))
    assert EncoderSettings(file).layer == 3 and EncoderSettings(file, layer=6).layer == 6
    for layer in (0, 7, -1):
        with pytest.raises(EncoderError, match=rf"layer is {layer}; .*six.bin has the layers 1 to 6"):
            EncoderSettings(file, layer=layer)


def test_only_the_layers_that_are_asked_for_are_in_memory(model):
    assert not any("layer_1" in name for name in encoder_of(model, 1)._weights)


@pytest.mark.parametrize(("kind", "atol"), [("F32", 1e-6), ("F16", 1e-6), ("BF16", 0.1)])
def test_a_hub_folder_of_safetensors_gives_the_same_frames(model, noise, tmp_path, kind, atol):
    file = write_safetensors(tmp_path / "hub" / "model.safetensors", as_on_the_hub(drawn_whisper()), kind)
    ours, theirs = (EncoderSettings(folder, layer=2) for folder in (model, file.parent))
    np.testing.assert_allclose(theirs.placed(noise)[0], ours.placed(noise)[0], atol=atol)
    assert ours.name() != theirs.name()  # another file


def test_a_file_of_the_encoder_alone_is_read_too(noise, tmp_path):
    alone = {name.removeprefix("model."): value for name, value in as_on_the_hub(drawn_whisper()).items()}
    assert EncoderSettings(write_safetensors(tmp_path / "model.safetensors", alone, "F32")).n_bands == weights.WIDTH


def test_other_weights_have_another_name_and_so_another_cache(model, tmp_path):
    other = write_ctranslate2(tmp_path / "other" / "model.bin", drawn_whisper(seed=1)).parent
    names = {EncoderSettings(folder, **more).name() for folder in (model, other) for more in ({}, {"layer": 2})}
    names |= {EncoderSettings(model, **more).name() for more in ({"trim": 0}, {"high_pass": 0})}
    assert len(names) == 6 and all("/" not in name for name in names)
    assert encoder_files.checksum(model / "model.bin")[:12] in EncoderSettings(model).name()


def test_frames_come_from_the_cache_without_the_weights(model, demo_dir, tmp_path):
    every = corpora.load("demo", demo_dir)[:9]
    clips, settings = every[:8], EncoderSettings(model)
    first = extract(clips, settings, tmp_path / "cache", n_jobs=2)
    (model / "model.bin").unlink()
    again = extract(clips, settings, tmp_path / "cache")
    assert first.failures.empty and again.failures.empty
    assert all(np.array_equal(first[i], again[i]) for i in clips.index)
    with pytest.raises(EncoderError, match="are not in"):
        extract(every, settings, tmp_path / "cache")  # not 1 clip that failed among 9


# Damage

def test_what_is_no_whisper_or_damaged_is_an_error_in_one_sentence(model, tmp_path):
    hub = write_safetensors(tmp_path / "hub.safetensors", as_on_the_hub(drawn_whisper()), "F16")
    for file in (model / "model.bin", hub):
        whole = file.read_bytes()
        spoiled = [whole[:n] for n in (0, 1, 4, 7, 30, len(whole) // 2, len(whole) - 1)]
        spoiled += [b"version https://git-lfs.github.com/spec/v1\n", bytes(5_000), b"\xff" * 5_000]
        for content in spoiled:
            file.write_bytes(content)
            with pytest.raises(EncoderError, match=r"holds no whole Whisper \(.*fetch or copy it again\.$"):
                read(file)


@pytest.mark.parametrize(("changes", "words"), [
    ({"spec": "TransformerSpec"}, "it is TransformerSpec, version 6"),
    ({"version": 2}, "it is WhisperSpec, version 2"),
])  # fmt: skip
def test_another_network_is_named(tmp_path, changes, words):
    with pytest.raises(EncoderError, match=words):
        EncoderSettings(write_ctranslate2(tmp_path / "model.bin", drawn_whisper(), **changes))


def test_quantised_weights_are_refused(tmp_path):
    integers = {name: value.astype("<i1") for name, value in drawn_whisper().items()}
    with pytest.raises(EncoderError, match=r"it is quantised.; take the float16 or float32"):
        EncoderSettings(write_ctranslate2(tmp_path / "model.bin", integers))


# Where they lie

def test_what_is_neither_a_name_nor_a_folder_says_what_there_is(tmp_path):
    with pytest.raises(EncoderError, match=r"'whisper-bass' is no encoder of .*did you mean whisper-base.*safetensors"):
        EncoderSettings("whisper-bass")
    with pytest.raises(EncoderError, match=r"no file or folder with model.bin or model.safetensors"):
        EncoderSettings(tmp_path)
    with pytest.raises(EncoderError, match=r"'~nobody/x' is no encoder"):
        EncoderSettings("~nobody/x")


def test_a_name_whose_weights_are_not_there_says_how_to_get_them(home):
    with pytest.raises(EncoderError, match=rf"not in {home}; run `python -m emokit.features fetch whisper-base`"):
        EncoderSettings()


def test_a_name_takes_the_published_weights_only(home, monkeypatch):
    file = write_ctranslate2(home / "whisper-base" / "model.bin", drawn_whisper())
    with pytest.raises(EncoderError, match="SHA-256 d01c3014881c"):
        EncoderSettings("whisper-base")
    known = replace(ENCODERS["whisper-base"], sha256=encoder_files.checksum(file))
    monkeypatch.setitem(ENCODERS, "whisper-base", known)
    assert EncoderSettings("whisper-base").model == "whisper-base"


def test_a_run_made_elsewhere_opens_without_weights_and_finds_them_by_checksum(model, noise, home):
    kept = json.loads(json.dumps(record._features(EncoderSettings(model))))
    (there := home / "under another name").parent.mkdir()
    expected = EncoderSettings(model).placed(noise)[0]
    model.rename(there)
    settings = record.settings_of(kept)
    assert settings.n_bands == weights.WIDTH and settings.name() == kept["name"]
    np.testing.assert_array_equal(settings.placed(noise)[0], expected)
    there.rename(home.parent / "away")
    with pytest.raises(EncoderError, match=rf"SHA-256 {kept['sha256'][:12]}… \(mine\) are not in .*copy them to "):
        settings.placed(noise)


def test_other_weights_in_the_place_of_a_runs_are_not_taken_for_them(model, noise):
    settings = EncoderSettings(model)
    write_ctranslate2(model / "model.bin", drawn_whisper(seed=1))
    with pytest.raises(EncoderError, match="are not in"):
        settings.placed(noise)


def test_a_run_goes_on_where_its_weights_have_moved(model, home):
    then = record._features(EncoderSettings(model))
    home.mkdir()
    model.rename(home / "mine")
    now = record._features(EncoderSettings(home / "mine"))
    common = {"name": "run", "parameters": {}, "versions": {}, "emotions": [], "data": {"digest": ""}}
    record.require_same(common | {"features": then}, common | {"features": now}, versions=False)
    other = now | {"layer": 2, "name": EncoderSettings(home / "mine", layer=2).name()}
    with pytest.raises(run_folder.RunError, match="features layer was 1 and is now 2"):
        record.require_same(common | {"features": then}, common | {"features": other}, versions=False)


def test_a_folder_laid_where_encoders_are_is_found_by_its_name(model, home, noise):
    expected = EncoderSettings(model).placed(noise)[0]
    home.mkdir()
    model.rename(home / "mine")
    settings = EncoderSettings("mine")
    assert settings.model == "mine" and EncoderSettings(**asdict(settings)) == settings
    np.testing.assert_array_equal(settings.placed(noise)[0], expected)
    (home / "pickled").mkdir()
    (home / "pickled" / "pytorch_model.bin").touch()
    with pytest.raises(EncoderError, match="pickled/pytorch_model.bin is a pickle"):
        EncoderSettings("pickled")
    with pytest.raises(EncoderError, match=f"'nowhere' is no encoder .*no file or folder with .*, here or in {home}"):
        EncoderSettings("nowhere")


def test_a_place_in_the_project_is_kept_relative_to_it(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    write_ctranslate2(tmp_path / "encoders" / "mine" / "model.bin", drawn_whisper())
    monkeypatch.chdir(tmp_path / "notebooks")
    settings = EncoderSettings("../encoders/mine")
    assert settings.model == "encoders/mine" and EncoderSettings(**asdict(settings)) == settings
    assert settings.placed(np.ones(RATE, np.float32))[0].shape == (49, weights.WIDTH)


@pytest.mark.parametrize("forged", [{"sha256": "../../etc"}, {"sha256": 7}, {"layer": "2"}, {"layer": 2.5},
                                    {"trim": "x"}, {"layer": 0}, {"model": None, "sha256": ""}])  # fmt: skip
def test_forged_settings_are_refused_in_one_sentence(model, forged):
    kept = record._features(EncoderSettings(model)) | forged
    with pytest.raises(run_folder.RunError, match=r"^run.json: features "):
        record.settings_of(kept)


def test_a_layer_that_the_weights_do_not_have_is_named_when_frames_are_asked_for(model, noise):
    settings = EncoderSettings(**(asdict(EncoderSettings(model)) | {"layer": 9}))
    with pytest.raises(EncoderError, match="layer is 9, but the weights have 2"):
        settings.placed(noise)
