"""What the frames of an encoder cost: CPU seconds a clip by network and layer, one core, and memory by length.

    python benchmarks/encoders.py [--large]

Whisper has its published weights, if they are where encoders are looked for; the others have random ones of the
published sizes, since the time does not depend on their values. A clip is 3.5 s of noise; of three readings the
quickest counts. Prints the tables and writes them to outputs/benchmarks/encoders.json.
"""

import argparse
import time
import tracemalloc

import numpy as np
import results_page
from scipy.special import erf
from threadpoolctl import threadpool_limits

from emokit.features import EncoderError, encoder_files, wav2vec2, whisper
from emokit.features.hub_folder import Form
from emokit.features.transformer import gelu

COLUMNS = ["frames of", "layer", "CPU s a clip of 3.5 s", "× real time"]
SECONDS, RATE, TAPS = 3.5, 16_000, (10, 3, 3, 3, 3, 2, 2)


def drawn(width: int, depth: int, *, large: bool = False, wavlm: bool = False) -> dict[str, np.ndarray]:
    """Random weights of a published size, by the hub's names."""
    shapes, heads = {}, width // 64

    def linear(name: str, outputs: int, inputs: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (outputs, inputs), (outputs,)

    def norm(name: str, channels: int) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (channels,), (channels,)

    for i, taps in enumerate(TAPS):
        name = f"feature_extractor.conv_layers.{i}"
        shapes[f"{name}.conv.weight"] = (512, 512 if i else 1, taps)
        if large or i == 0:
            norm(f"{name}.layer_norm", 512)
    norm("feature_projection.layer_norm", 512)
    linear("feature_projection.projection", width, 512)
    norm("encoder.layer_norm", width)
    shapes["encoder.pos_conv_embed.conv.bias"] = (width,)
    shapes["encoder.pos_conv_embed.conv.weight_g"] = (1, 1, 128)
    shapes["encoder.pos_conv_embed.conv.weight_v"] = (width, width // 16, 128)
    for name in (f"encoder.layers.{i}" for i in range(depth)):
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(f"{name}.attention.{part}", width, width)
        linear(f"{name}.feed_forward.intermediate_dense", 4 * width, width)
        linear(f"{name}.feed_forward.output_dense", width, 4 * width)
        norm(f"{name}.layer_norm", width)
        norm(f"{name}.final_layer_norm", width)
        if wavlm:
            shapes[f"{name}.attention.gru_rel_pos_const"] = (1, heads, 1, 1)
            linear(f"{name}.attention.gru_rel_pos_linear", 8, 64)
    if wavlm:
        shapes["encoder.layers.0.attention.rel_attn_embed.weight"] = (320, heads)
    rng = np.random.default_rng(0)
    return {name: rng.random(shape, np.float32) * np.float32(0.1) - np.float32(0.05) for name, shape in shapes.items()}


def noise(seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(1).standard_normal(round(seconds * RATE))).astype(np.float32)


def quickest(work) -> float:
    """CPU seconds of the quickest of three calls; a first one does not count."""
    work()
    took = []
    for _ in range(3):
        began = time.thread_time()
        work()
        took.append(time.thread_time() - began)
    return min(took)


def networks(large: bool):
    """Name, layers, and what makes the encoder up to a layer."""
    try:
        path = encoder_files.find("whisper-base")
        yield "Whisper base", 6, lambda layer: whisper.load(path, layer)
    except EncoderError as error:
        print(f"Whisper is left out: {error}")
    sizes = {"wav2vec 2.0, HuBERT base": (768, 12, {}), "WavLM base": (768, 12, {"wavlm": True})}
    if large:
        sizes |= {"wav2vec 2.0, HuBERT large": (1024, 24, {"large": True})}
        sizes |= {"WavLM large": (1024, 24, {"large": True, "wavlm": True})}
    for name, (width, depth, kind) in sizes.items():
        weights, form = drawn(width, depth, **kind), Form(width // 64, "large" in kind, "large" in kind, 800)
        yield name, depth, lambda layer, w=weights, f=form: wav2vec2.Wav2Vec2(w, f, layer)


def peak(encoder, seconds: float) -> float:
    """MB that reading so long a recording needs above the encoder itself, its samples and frames included."""
    tracemalloc.start()
    encoder.frames(noise(seconds))
    found = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return found


def table(large: bool) -> tuple[list[list[str]], list[str]]:
    """Rows of what a clip costs, and notes on memory."""
    clip, rows, notes = noise(SECONDS), [], []
    for name, depth, make in networks(large):
        for layer in (1, depth // 2, depth):
            encoder = make(layer)
            took = quickest(lambda encoder=encoder: encoder.frames(clip))
            rows.append([name, f"{layer} of {depth}", f"{took:.2f}", f"{SECONDS / took:.0f}"])
            print(f"| {' | '.join(rows[-1])} |", flush=True)
        encoder = make(1)
        short, long = peak(encoder, 30), peak(encoder, 120)
        notes.append(f"{name}, layer 1: {short:.0f} MB for 30 s of sound, {long:.0f} MB for 120 s.")
    return rows, notes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true", help="the large networks too: 3 GB of memory, some minutes")
    large = parser.parse_args().large
    print(f"| {' | '.join(COLUMNS)} |\n|---|---|---|---|")
    with threadpool_limits(1, "blas"):
        rows, notes = table(large)
    x = np.random.default_rng(0).standard_normal((3_200, 512), np.float32)
    exact = quickest(lambda: x * (1 + erf(x * np.float32(0.5**0.5))) / 2)
    ours = quickest(lambda: gelu(x))
    notes.append(f"GELU: {ours / x.size * 1e9:.1f} ns a value; by scipy's erf {exact / x.size * 1e9:.1f} ns.")
    print(*notes, sep="\n")
    command = f"python benchmarks/encoders.py{' --large' if large else ''}"
    told = {"title": "Cost of encoders", "columns": COLUMNS, "rows": rows, "notes": notes}
    results_page.keep(
        results_page.PROJECT / "outputs" / "benchmarks" / "encoders.json", results_page.made(command) | told
    )


if __name__ == "__main__":
    main()
