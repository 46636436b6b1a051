"""Makes the small random encoders of this folder, and their frames by Hugging Face's transformers.

    python tests/data/encoders/make.py

It needs torch and transformers (made with 2.13.0 and 5.24.0), which the kit does not; run it only to make them anew.
Each folder has the files of a hub folder, and `frames.npz`: what each layer gives for the first 400, 401, 16,000 and
50,001 samples of `weights.noise`; the last layer as `last_hidden_state`. Nothing in them was trained.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, HubertConfig, Wav2Vec2Config, Wav2Vec2FeatureExtractor, WavLMConfig

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
from weights import noise  # noqa: E402

LENGTHS = (400, 401, 16_000, 50_001)
OLD = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
SMALL = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": 3}
SMALL |= {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}
LARGE = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}
FORMS = {  # folder: configuration, do_normalize (None: no preprocessor_config.json), prefix, names of weight norm, type
    "wav2vec2-base": (Wav2Vec2Config(**SMALL), None, "wav2vec2.", OLD, torch.float32),
    "wav2vec2-large": (Wav2Vec2Config(**SMALL | LARGE), None, "", {}, torch.float16),
    "hubert-base": (HubertConfig(**SMALL | {"num_conv_pos_embeddings": 15}), True, "hubert.", {}, torch.float16),
    "distilhubert": (HubertConfig(**SMALL, feat_proj_layer_norm=False), False, "", OLD, torch.float16),
    "wavlm-base": (WavLMConfig(**SMALL), False, "wavlm.", OLD, torch.float16),
    "wavlm-large": (WavLMConfig(**SMALL | LARGE, num_buckets=16, max_bucket_distance=60), True, "", {}, torch.float16),
}


def drawn(config, kind: torch.dtype):
    """A network whose every weight is drawn, biases and normalisations too, so that none of them can be left out."""
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            scale = 0.3 if weight.ndim < 2 else 1.2 / weight[0].numel() ** 0.5
            centre = 1 if "norm.weight" in name or "original0" in name else 0
            weight.copy_((centre + scale * torch.randn_like(weight)).to(kind).float())
    return model


def frames(model, samples: np.ndarray) -> np.ndarray:
    """What each layer gives, the last one as `last_hidden_state`: (layers, n, width)."""
    kept = []
    hooks = [layer.register_forward_hook(lambda _, __, given: kept.append(given)) for layer in model.encoder.layers]
    with torch.no_grad():
        last = model(torch.from_numpy(samples)[None]).last_hidden_state
    for hook in hooks:
        hook.remove()
    kept = [given[0] if isinstance(given, tuple) else given for given in kept]
    return torch.cat([*kept[:-1], last]).numpy()


def main() -> None:
    for seed, (folder, (config, scaled, prefix, names, kind)) in enumerate(FORMS.items()):
        torch.manual_seed(seed)
        place = HERE / folder
        shutil.rmtree(place, ignore_errors=True)
        model = drawn(config, kind)
        model.save_pretrained(place)
        weights = {}
        for name, weight in load_file(place / "model.safetensors").items():
            for new, old in names.items():
                name = name.replace(new, old)
            weights[prefix + name] = weight.to(kind)
        save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
        extractor = Wav2Vec2FeatureExtractor(do_normalize=folder == "wav2vec2-large" if scaled is None else scaled)
        if scaled is not None:
            extractor.save_pretrained(place)
        found = {}
        for n in LENGTHS:
            samples = extractor(noise(n), sampling_rate=16_000, return_tensors="np").input_values[0]
            found[str(n)] = frames(model, samples.astype(np.float32))
        np.savez_compressed(place / "frames.npz", **found)
        print(folder, {n: f"{value.shape}, up to {np.abs(value).max():.1f}" for n, value in found.items()})


if __name__ == "__main__":
    main()
