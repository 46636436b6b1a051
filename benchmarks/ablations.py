"""What each part of the recipe of a small network is worth, judged by the dev speakers of each fold, never by its test.

    python benchmarks/ablations.py ravdess DATA_DIR --folds 2 4 5 6 --seeds 0 1 2 --rows base no-smoothing wide

A row is the base recipe with the changes named in ROWS. Each is trained on the training speakers of each fold for a
fixed number of epochs, and asked about its dev speakers once, at the end. One recipe is chosen for all folds, though,
and who is dev in one is test or training in another. What was trained is kept, a JSON line each, in
outputs/benchmarks/ablations.jsonl, and not trained again. KERAS_BACKEND=jax, where installed, takes half the time.
"""

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache, partial
from pathlib import Path

for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # two processes side by side share no core
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402 (threads are counted when a library is loaded)
import pandas as pd  # noqa: E402
import results_page  # noqa: E402
from scipy.signal import lfilter  # noqa: E402
from scipy.stats import t  # noqa: E402

from emokit import FeatureNormalizer, augment, corpora, emotions, features, metrics, padding, splits  # noqa: E402
from emokit.features import log_mel  # noqa: E402
from emokit.model import bodies  # noqa: E402

NOTES = (
    "UAR of dev speakers, %; each network is asked once, after its last epoch; interval over dev speakers, paired.",
    "A row with fewer seeds is compared with the same seeds of the base.",
    "One recipe for all folds: dev speakers of one fold are test or training speakers of the others.",
)
OUTPUTS = Path(__file__).resolve().parents[1] / "outputs" / "benchmarks"
BASE = dict(
    front_end="none", body="residual_lstm", units=64, n_mels=64, window=0.025, level=False, clip_mean=False, cepstra="",
    speakers=0, augment="usual", mixup=0.0, batch_size=32, epochs=80, dropout=0.3, l2=0.0,
    learning_rate=3e-3, cosine=True, weight_decay=1e-2, smoothing=0.1, clipnorm=2.0, ema=0.0,
)  # fmt: skip
OLD = dict(front_end="conv1d", body="bilstm", cosine=False, weight_decay=0.0, smoothing=0.0, clipnorm=0.0, l2=1e-3)
ROWS = {
    "base": {},
    "conv1d-stable": OLD | dict(learning_rate=3e-4, dropout=0.5, epochs=40),
    "conv1d-adam": OLD | dict(batch_size=16, learning_rate=1e-3, epochs=30),  # no epoch chosen, no plateau
    "conv1d": dict(front_end="conv1d", body="bilstm"),
    "conv1d-residual": dict(front_end="conv1d"),
    "adam": dict(learning_rate=1e-3, cosine=False, weight_decay=0.0, smoothing=0.0, clipnorm=0.0),
    "no-cosine": dict(cosine=False, learning_rate=1e-3),
    "no-decay": dict(weight_decay=0.0),
    "more-decay": dict(weight_decay=5e-2),
    "no-smoothing": dict(smoothing=0.0),
    "rate-0.001": dict(learning_rate=1e-3),
    "batch-16": dict(batch_size=16),
    "bands-80": dict(n_mels=80),
    "dct": dict(n_mels=80, cepstra="fixed"),
    "dct-start": dict(n_mels=80, cepstra="start"),
    "window-64": dict(window=0.064, n_mels=80),
    "window-64-128": dict(window=0.064, n_mels=128),
    "dropout-0.5": dict(dropout=0.5),
    "epochs-40": dict(epochs=40),
    "epochs-120": dict(epochs=120),
    "epochs-150": dict(epochs=150),
    "wide": dict(units=96),
    "wide-150": dict(units=96, dropout=0.5, epochs=150),
    "ema": dict(ema=0.99),
    "no-augmentation": dict(augment="none"),
    "no-masks": dict(augment="no-masks"),
    "strong-masks": dict(augment="strong-masks"),
    "resampling": dict(augment="resampling"),
    "room": dict(augment="room"),
    "mixup": dict(mixup=0.2),
    "level": dict(level=True),
    "clip-mean": dict(clip_mean=True),
    "6-speakers": dict(speakers=6, epochs=120),  # as many updates as the base
}


def resampled(frames, rng):
    """Play the clip up to 10 % faster or slower, which moves its pitch with it."""
    from librosa import mel_frequencies

    factor, n_bands = np.exp(rng.uniform(-0.1, 0.1)), frames.shape[1]
    centres = mel_frequencies(n_bands + 2, fmax=8000)[1:-1]
    bands = np.interp(centres * factor, centres, np.arange(n_bands))
    frames = augment._read_at(frames, np.linspace(0, len(frames) - 1, max(1, round(len(frames) * factor))))
    return augment._read_at(frames.T, bands).T


def room(frames, rng):
    """Let the power of each band die away after each frame, by 60 dB in 0.1 to 0.6 s, in half of the clips."""
    if rng.uniform() < 0.5:
        return frames
    kept = 10 ** (-6 * 0.01 / rng.uniform(0.1, 0.6))
    power = np.exp(frames)
    return np.log(power + lfilter([0, rng.uniform(0.1, 0.6) * (1 - kept)], [1, -kept], power, axis=0))


def without_mean(frames, rng=None):
    """Take each band's mean over the clip off."""
    return frames - frames.mean(axis=0)


def twice_masked(frames, rng):
    """Hide twice as much."""
    return augment.masks(augment.masks(frames, rng), rng)


KINDS = {
    "none": (),
    "usual": augment.LOG_MEL,
    "no-masks": augment.LOG_MEL[:-1],
    "strong-masks": (*augment.LOG_MEL[:-1], twice_masked),
    "resampling": (resampled, augment.microphone, augment.masks),
    "room": (augment.speed, augment.vocal_tract, room, augment.microphone, augment.masks),
}


@lru_cache
def corpus_of(name: str, folder: str, cache: str, n_mels: int, window: float, level: bool):
    """Clips and features."""
    clips, log_mel.WINDOW = corpora.load(name, folder), window
    cache = Path(cache) / (f"window-{window:g}" if window != BASE["window"] else "")
    return clips, features.extract(clips, features.LogMelSettings(n_bands=n_mels, level=level), cache, 2)


def build(recipe: dict, n_classes: int, seed: int, steps: int):
    """The network of a recipe, compiled."""
    import keras

    from emokit import build_model

    bodies.ATTENDED_UNITS = recipe["units"]
    kinds = {name: recipe[name] for name in ("front_end", "body", "dropout", "l2")}
    net = build_model(recipe["n_mels"], n_classes, seed=seed, **kinds)
    if recipe["cepstra"]:
        first = next(layer for layer in net.layers if isinstance(layer, keras.layers.Dense))
        bands, order = np.arange(recipe["n_mels"])[:, None], np.arange(bodies.RESIDUAL_UNITS)
        first.set_weights([np.cos(np.pi / len(bands) * (bands + 0.5) * order) * np.sqrt(2 / len(bands))])
        first.trainable = recipe["cepstra"] == "start"
    rate, total = recipe["learning_rate"], recipe["epochs"] * steps
    if recipe["cosine"]:
        warm = 2 * steps
        rate = keras.optimizers.schedules.CosineDecay(0.0, total - warm, warmup_target=rate, warmup_steps=warm)
    average = dict(use_ema=True, ema_momentum=recipe["ema"]) if recipe["ema"] else {}
    clip = recipe["clipnorm"] or None
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe["weight_decay"], global_clipnorm=clip, **average)
    net.compile(optimizer, "categorical_crossentropy", jit_compile=keras.backend.backend() == "jax")
    return net


def reader(recipe: dict, clips: pd.DataFrame, heard, names: list[str], seed: int):
    """Batches whose truth is soft: smoothed, mixed with another clip's, and weighed by class."""
    from emokit import class_weights, targets
    from emokit.batches import Batches

    weights = np.array(list(class_weights.balanced(clips.assign(part="train"), names).values()))

    class Soft(Batches):
        def __getitem__(self, index):
            inputs, truth = super().__getitem__(index)
            truth = np.eye(len(names), dtype="float32")[truth]
            weight = truth @ weights
            truth = (1 - recipe["smoothing"]) * truth + recipe["smoothing"] / len(names)
            if recipe["mixup"]:
                rng = np.random.default_rng([self.seed, self.epoch, index, 1])
                other, share = rng.permutation(len(truth)), rng.beta(recipe["mixup"], recipe["mixup"], len(truth))
                frames, lengths = inputs["frames"], inputs["lengths"]
                wide = share[:, None, None]
                inputs = {"frames": (wide * frames + (1 - wide) * frames[other]).astype("float32")}
                inputs["lengths"] = np.where(share > 0.5, lengths, lengths[other])
                truth = share[:, None] * truth + (1 - share[:, None]) * truth[other]
            return inputs, truth.astype("float32"), weight.astype("float32")

    changes, own_mean = KINDS[recipe["augment"]], (without_mean,) * recipe["clip_mean"]
    sequences = (augment.augmented(heard[label], own_mean, None) for label in clips.index)
    given = dict(target=targets.Emotions(names), normalizer=FeatureNormalizer().fit(sequences))
    given["max_length"] = 20 * padding.FRAMES_PER_STEP
    given_to_train = dict(shuffle=True, augment=changes + own_mean, batch_size=recipe["batch_size"], seed=seed)
    return Soft(heard, clips, **given, **given_to_train), partial(Batches, heard, augment=own_mean, **given)


def answers(row: str, fold: int, seed: int, arguments: argparse.Namespace) -> dict:
    """Train a row on one fold with one seed; what it says of the dev speakers, and what it took."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    recipe = BASE | ROWS[row]
    sound = {name: recipe[name] for name in ("n_mels", "window", "level")}
    clips, heard = corpus_of(arguments.corpus, arguments.data_dir, arguments.cache_dir, **sound)
    parted = splits.assign(clips.drop(index=heard.failures.index), fold=fold)
    names, parts = emotions.in_order(parted["emotion"]), dict(list(parted.groupby("part")))
    voices = sorted(parts["train"]["speaker"].unique())[: recipe["speakers"] or None]
    learned_from = parts["train"][parts["train"]["speaker"].isin(voices)]
    train, ask = reader(recipe, learned_from, heard, names, seed)
    net = build(recipe, len(names), seed, len(train))
    start = time.perf_counter()
    net.fit(train, epochs=recipe["epochs"], shuffle=False, verbose=0)
    seconds = time.perf_counter() - start
    said = train.target.predictions(parts["dev"], net.predict(ask(parts["dev"]), verbose=0))
    told = {"row": row, "recipe": recipe, "fold": fold, "seed": seed, "seconds": round(seconds, 1)}
    told |= {"weights": net.count_params(), "backend": keras.backend.backend()}
    return told | {"dev": said.drop(columns=["file", "part", "corpus"]).round(4).to_dict("list")}


def learned(arguments: argparse.Namespace) -> list[dict]:
    """Every row, fold and seed that was asked for, trained now if not kept, and what else is kept of these folds."""
    kept = arguments.outputs_dir / "ablations.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    same = [one for one in lines if BASE | one["recipe"] == BASE | ROWS.get(one["row"], {})]
    done = {(one["row"], one["fold"], one["seed"]): one for one in same}
    wanted = [(row, fold, seed) for seed in arguments.seeds for row in arguments.rows for fold in arguments.folds]
    fresh = multiprocessing.get_context("spawn")  # a forked TensorFlow hangs
    with ProcessPoolExecutor(arguments.processes, fresh) as pool, kept.open("a") as stream:
        waiting = [pool.submit(answers, *job, arguments) for job in wanted if job not in done]
        for one in map(lambda future: future.result(), as_completed(waiting)):
            stream.write(json.dumps(one) + "\n")
            stream.flush()
            done[one["row"], one["fold"], one["seed"]] = one
            uar = 100 * metrics.uar(*_columns([one]))
            print("{row}, fold {fold}, seed {seed}:".format(**one), f"{uar:.1f} %, {one['seconds']:.0f} s", flush=True)
    return _complete([*done.values()], arguments.folds)


def _complete(lines: list[dict], folds: list[int]) -> list[dict]:
    """What was trained on all of these folds, of rows with their seeds."""
    table = pd.DataFrame(lines)
    table = table[table["fold"].isin(folds)]
    whole = table.groupby(["row", "seed"])["fold"].transform("nunique") == len(folds)
    return [lines[place] for place in table.index[whole]]


def by_speaker(lines: list[dict]) -> pd.Series:
    """The UAR of each dev speaker, the mean of its folds and seeds, %."""
    said = pd.concat([pd.DataFrame(one["dev"]).assign(run=f"{one['fold']} {one['seed']}") for one in lines])
    said["right"] = 100.0 * (said["emotion"] == said["predicted"])
    recalls = said.groupby(["speaker", "run", "emotion"])["right"].mean()
    return recalls.groupby(["speaker", "run"]).mean().groupby("speaker").mean()


def averaged(lines: list[dict]) -> float:
    """UAR of the mean of the probabilities that all seeds give to a clip, %."""
    said = pd.concat([pd.DataFrame(one["dev"]).rename_axis("clip").assign(fold=one["fold"]) for one in lines])
    p = said.groupby(["fold", "clip", "emotion"])[[name for name in said if name.startswith("p_")]].mean()
    predicted = p.idxmax(axis=1).str.removeprefix("p_")
    return 100 * metrics.uar(p.index.get_level_values("emotion"), predicted)


def row_of(name: str, lines: list[dict], base: list[dict]) -> dict:
    """What is told of a row: UAR, paired difference to the base with its interval over speakers, and the cost."""
    pooled = [metrics.uar(*_columns([one for one in lines if one["seed"] == seed])) for seed in _seeds(lines)]
    seeds = ", ".join(f"{100 * uar:.1f}" for uar in pooled)
    row = {"row": name, "UAR": f"{100 * np.mean(pooled):.1f}", "of each seed": seeds}
    change = "–" if name == "base" else "{:+.1f} ({:+.1f} to {:+.1f})".format(*paired(lines, base))
    row["to the base, 95 % interval"] = change
    row |= {"of the mean answer of all seeds": f"{averaged(lines):.1f}"} if len(pooled) > 1 else {}
    return row | {"weights": lines[0]["weights"], "training, s": f"{np.median([one['seconds'] for one in lines]):.0f}"}


def paired(lines: list[dict], base: list[dict]) -> tuple[float, float, float]:
    """By how much a row is better than the base with the seeds that both have, and Student's interval over speakers."""
    common = set(_seeds(lines)) & set(_seeds(base))
    here, there = (by_speaker([one for one in rows if one["seed"] in common]) for rows in (lines, base))
    change = here - there
    return change.mean(), *t.interval(0.95, len(change) - 1, change.mean(), change.std() / len(change) ** 0.5)


def _seeds(lines: list[dict]) -> list[int]:
    return sorted({one["seed"] for one in lines})


def _columns(lines: list[dict]) -> tuple[list[str], list[str]]:
    return tuple([said for one in lines for said in one["dev"][column]] for column in ("emotion", "predicted"))


def report(lines: list[dict], arguments: argparse.Namespace) -> None:
    """Print the table, and keep it as JSON."""
    trained = {one["row"] for one in lines}
    names = [*arguments.rows, *(name for name in ROWS if name in trained and name not in arguments.rows)]
    rows = {name: [one for one in lines if one["row"] == name] for name in names}
    base = rows.get("base") or rows[names[0]]
    told = [row_of(name, of_one, base) for name, of_one in rows.items()]
    backends = " and ".join(sorted({one["backend"] for one in lines}))
    asked = [f"--{name} {' '.join(map(str, getattr(arguments, name)))}" for name in ("folds", "seeds", "rows")]
    command = " ".join(["python benchmarks/ablations.py", arguments.corpus, "DATA_DIR", *asked])
    title = f"Parts of the recipe: {arguments.corpus}"
    table = results_page.stamped(title, told, [*NOTES, f"Trained by Keras on {backends}."], command)
    results_page.keep(arguments.outputs_dir / "ablations.json", table | {"base": BASE})
    print(results_page.section(table))


def main() -> None:
    """Train what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir")
    parser.add_argument("--folds", type=int, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rows", nargs="+", default=["base"], choices=ROWS)
    parser.add_argument("--cache-dir", default=str(OUTPUTS.parent / "cache"))
    parser.add_argument("--outputs-dir", type=Path, default=OUTPUTS)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.outputs_dir.mkdir(parents=True, exist_ok=True)
    report(learned(arguments), arguments)


if __name__ == "__main__":
    main()
