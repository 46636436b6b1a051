"""wav2vec 2.0, HuBERT and WavLM: frames equal to those of Hugging Face's transformers, and what a folder must hold.

The encoders in tests/data/encoders are small and random; make.py there made them and the frames that are expected.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr
from threadpoolctl import threadpool_limits
from weights import noise

from emokit.features import EncoderError, EncoderSettings, encoder_files, hub_folder, wav2vec2
from emokit.features.transformer import gelu

DATA = Path(__file__).parent / "data" / "encoders"
FORMS = sorted(place.parent.name for place in DATA.glob("*/frames.npz"))
LENGTHS = (400, 401, 16_000, 50_001)  # samples: the shortest, an odd one, 1 s, more than one chunk


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder where encoders are looked for; one thread, since networks as small as these gain by no other."""
    monkeypatch.setenv("EMOKIT_ENCODERS", str(tmp_path / "home"))
    with threadpool_limits(1, "blas"):
        yield tmp_path / "home"


@pytest.fixture
def copied(tmp_path):
    """Copies an encoder to a folder of its own."""

    def copy(form: str, name: str = "mine") -> Path:
        return shutil.copytree(DATA / form, tmp_path / name)

    return copy


def write(file: Path, **changes) -> None:
    """Change values in a JSON file."""
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


# What the frames are

@pytest.mark.parametrize("n_samples", LENGTHS)
@pytest.mark.parametrize("form", FORMS)
def test_every_layer_is_that_of_transformers(form, n_samples):
    with np.load(DATA / form / "frames.npz") as expected:
        for layer, theirs in enumerate(expected[str(n_samples)], start=1):
            ours = wav2vec2.load(DATA / form / "model.safetensors", layer).frames(noise(n_samples))
            assert ours.dtype == np.float32 and ours.flags.c_contiguous
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.abs(theirs).max())


def test_every_form_of_the_families_is_among_them():
    assert FORMS == ["distilhubert", "hubert-base", "wav2vec2-base", "wav2vec2-large", "wavlm-base", "wavlm-large"]


def test_gelu_is_as_exact_as_float32():
    x = np.linspace(-12, 12, 400_001, dtype=np.float32)[:, None]
    np.testing.assert_allclose(gelu(x), x * ndtr(x.astype(float)), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(gelu(np.array([[1e30, -1e30, 0]], np.float32)), np.array([[1e30, 0, 0]], np.float32))


def test_the_frames_are_whispers_in_rate_and_number_and_the_middle_layer_is_read_unless_told():
    settings = EncoderSettings(DATA / "wavlm-base", trim=0)
    assert (settings.layer, settings.n_bands, settings.hop, settings.rate) == (1, 16, 0.02, 16_000)
    assert settings.placed(noise(16_000))[0].shape == (49, 16)
    with pytest.raises(EncoderError, match=r"layer is 4; .* has the layers 1 to 3"):
        EncoderSettings(DATA / "wavlm-base", layer=4)


@pytest.mark.parametrize("form", ["hubert-base", "wav2vec2-large"])
def test_more_than_30_s_are_scaled_as_one_and_read_in_equal_stretches(form):
    encoder = wav2vec2.load(DATA / form / "model.safetensors", 2)
    whole = np.tile(noise(50_001), 21)[: 62 * 16_000] * np.linspace(0.1, 1, 62 * 16_000, dtype=np.float32)
    frames = encoder.frames(whole)
    scaled = (whole - whole.mean(dtype=float)) / np.sqrt(whole.var(dtype=float) + 1e-7)
    edges = [0, 1_033, 2_066, 3_099]
    ends = [320 * stop + 399 for stop in edges[1:]]
    apart = [encoder._encode(scaled[320 * a : b].astype(np.float32)) for a, b in zip(edges, ends, strict=False)]
    np.testing.assert_allclose(frames, np.concatenate(apart), atol=1e-3)


@pytest.mark.parametrize("n_samples", [2, 100, 399, 500])
@pytest.mark.parametrize("form", FORMS)
def test_the_shortest_clips_and_silence_give_one_finite_frame(form, n_samples):
    for samples in (noise(n_samples), np.zeros(n_samples, np.float32)):
        frames, first = EncoderSettings(DATA / form).placed(samples)
        assert frames.shape == (1, 16) and np.isfinite(frames).all() and first == 0


def test_only_the_layers_that_are_asked_for_are_in_memory():
    encoder = wav2vec2.load(DATA / "wavlm-base" / "model.safetensors", 1)
    assert not any(".layers.1." in name for name in encoder._weights)


# Which weights

@pytest.mark.parametrize(("form", "file", "change"), [
    ("wavlm-base", "preprocessor_config.json", {"do_normalize": True}),
    ("hubert-base", "config.json", {"num_attention_heads": 4}),
    ("wav2vec2-base", "config.json", {"do_stable_layer_norm": True}),
    ("wavlm-large", "config.json", {"max_bucket_distance": 30}),
])  # fmt: skip
def test_what_the_files_beside_the_weights_say_is_part_of_their_checksum(copied, form, file, change):
    before = EncoderSettings(copied(form), trim=0)
    write(Path(before.model) / file, **change)
    after, untouched = EncoderSettings(before.model, trim=0), EncoderSettings(DATA / form, trim=0)
    assert after.sha256 != before.sha256 and after.name() != before.name()
    frames, others = (settings.placed(noise(50_001))[0] for settings in (after, untouched))
    assert not np.allclose(frames, others, atol=1e-2)
    with pytest.raises(EncoderError, match="are not in"):
        before.placed(noise(16_000))


def test_what_they_say_besides_is_not(copied):
    folder = copied("hubert-base")
    before = EncoderSettings(folder).sha256
    write(folder / "config.json", transformers_version="4.0", layerdrop=0.5)
    assert EncoderSettings(folder).sha256 == before


def test_they_are_found_by_checksum_elsewhere_past_folders_that_are_damaged(copied, home):
    settings = EncoderSettings(copied("wavlm-large"), layer=2, trim=0)
    expected = settings.placed(noise(16_000))[0]
    for name in ("a", "b"):
        shutil.copytree(settings.model, home / name)
    (home / "a" / "config.json").unlink()
    shutil.rmtree(settings.model)
    np.testing.assert_array_equal(settings.placed(noise(16_000))[0], expected)


def test_a_model_that_was_trained_further_is_read_by_its_names_whatever_stands_before(copied):
    """wav2vec2-base here has the names of a model with a head: `wav2vec2.` before all, and weight_g, weight_v."""
    names = hub_folder._open(DATA / "wav2vec2-base" / "model.safetensors")[0]
    assert "wav2vec2.encoder.pos_conv_embed.conv.weight_g" in names
    names = hub_folder._open(DATA / "wav2vec2-large" / "model.safetensors")[0]
    assert "encoder.pos_conv_embed.conv.parametrizations.weight.original0" in names


# What must be there

@pytest.mark.parametrize(("changes", "words"), [
    ({"model_type": "data2vec-audio"}, "model_type is 'data2vec-audio'; the kit reads wav2vec2, hubert, wavlm and "),
    ({"conv_stride": [5, 2, 2, 2, 2, 2, 4]}, r"says conv_stride is \[5, 2, 2, 2, 2, 2, 4\]; the kit reads encoders wi"),
    ({"hidden_act": "relu"}, "says hidden_act is relu; the kit reads encoders with gelu only"),
    ({"adapter_attn_dim": 16}, "says adapter_attn_dim is 16"),
    ({"num_attention_heads": 5}, "has 16 channels, but config.json says 5 heads"),
    ({"num_attention_heads": "2"}, r"config.json or preprocessor_config.json is damaged; copy it again"),
    ({"num_attention_heads": 0}, r"config.json or preprocessor_config.json is damaged; copy it again"),
    ({"do_stable_layer_norm": None}, r"config.json or preprocessor_config.json is damaged; copy it again"),
])  # fmt: skip
def test_another_network_or_a_damaged_description_is_one_sentence(copied, changes, words):
    folder = copied("hubert-base")
    write(folder / "config.json", **changes)
    with pytest.raises(EncoderError, match=words):
        EncoderSettings(folder)


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"7"])
def test_a_description_that_is_no_json_is_one_sentence(copied, file, content):
    folder = copied("hubert-base")
    (folder / file).write_bytes(content)
    with pytest.raises(EncoderError, match=rf"{file} (cannot be read|holds no settings).*copy it again\.$"):
        EncoderSettings(folder)


def test_weights_without_their_description_ask_for_it(copied):
    folder = copied("hubert-base")
    (folder / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"config.json is missing, without which the weights cannot be used; copy"):
        EncoderSettings(folder)


def test_weights_that_are_damaged_are_one_sentence(copied):
    file = copied("wavlm-base") / "model.safetensors"
    whole = file.read_bytes()
    for n in (len(whole) // 2, len(whole) - 100):
        file.write_bytes(whole[:n])
        with pytest.raises(EncoderError, match=r"holds no whole encoder \(.*copy it again, as float16 or float32\.$"):
            EncoderSettings(file.parent)
    for name in (b"k_proj.weight", b"weight_v", b"conv_layers.3.conv.weight", b"out_proj.bias", b"rel_attn_embed"):
        file.write_bytes(whole.replace(name, name[:-1] + b"!"))
        with pytest.raises(EncoderError, match=r"config.json beside it do not fit \(.*copy both again\.$"):
            EncoderSettings(file.parent, layer=3).placed(noise(400))


def test_a_description_that_does_not_fit_the_weights_is_one_sentence(copied):
    folder = copied("wavlm-base")
    write(folder / "config.json", num_attention_heads=1)
    with pytest.raises(EncoderError, match=r"config.json beside it do not fit \(.*copy both again\.$"):
        EncoderSettings(folder).placed(noise(400))


def test_a_pickle_is_not_read(copied):
    folder = copied("wavlm-base")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    for place in (folder, folder / "pytorch_model.bin"):
        with pytest.raises(EncoderError, match=r"pytorch_model.bin is a pickle, .* is not read; save it as safe"):
            EncoderSettings(place)


# What they were trained on

@pytest.mark.parametrize(("card", "said"), [
    ("---\nlicense: apache-2.0\ndatasets:\n- librispeech_asr\n- mls\n---\n# Any", "licence apache-2.0; data librisp"),
    ("---\nbase_model: facebook/wav2vec2-base\n---\n", "base model facebook/wav2vec2-base"),
    ("# Any\n---\nlicense: mit\n---\n", None),
    ("---\ntags: [speech]\n---\n", None),
    ("---\nlicense: 7\n---\n", None),
    ("---\n: [\n---\n", None),
    (b"\xff\xff", None),
    (None, None),
])  # fmt: skip
def test_licence_and_data_are_those_of_the_card_beside_the_weights_or_not_known(copied, card, said):
    settings = EncoderSettings(copied("wavlm-base"))
    if card is not None:
        (Path(settings.model) / "README.md").write_bytes(card if isinstance(card, bytes) else card.encode())
    about = encoder_files.about(settings.model, settings.sha256)
    if said:
        assert about.startswith("Its card names ") and said in about
    else:
        assert about == encoder_files.UNKNOWN


def test_of_published_weights_it_is_known_without_a_card_and_without_the_weights():
    known = encoder_files.ENCODERS["whisper-base"]
    assert encoder_files.about("elsewhere", known.sha256) == known.about
    assert encoder_files.about("elsewhere", "0" * 64) == encoder_files.UNKNOWN
