"""What `predict` flags: test clips as they are and through rough conditions, and sounds that are no such speech.

    python benchmarks/flags.py RUN … [--data-dir DATA_DIR] [--clips N] [--outputs-dir DIR]

Runs of one recipe are pooled: `N` test clips of each a condition, drawn once, and four times as many as they are. What
is no clip is as long as one; digits are spoken by espeak-ng as loud as the clip, over white noise as faint as its
quietest tenth, so that neither gives them away.
"""

import argparse
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import figures
import numpy as np
import pandas as pd
import results_page
import soxr
from papermill_runs import PROJECT

from emokit import audio, audit, features
from emokit.neighbours import Neighbours
from emokit.predict import hear
from emokit.predict.answer import of_recording
from emokit.predict.recordings import recordings
from emokit.run_folder import Run
from emokit.stress import KINDS
from emokit.stress.rough import conditions, music

LEVEL = 0.03  # root mean square of what is no clip: -30 dB, as loud as speech often is
DIGITS = {
    "German": ("de", "null eins zwei drei vier fünf sechs sieben acht neun"),
    "French": ("fr", "zéro un deux trois quatre cinq six sept huit neuf"),
    "English": ("en-us", "zero one two three four five six seven eight nine"),
}
AS_THEY_ARE = "as recorded"
VOICES = ("f1", "f2", "f3", "m1", "m2", "m3")
OLDER = "The runs are older than `snr` in clips.csv or neighbours.npz: their training clips were measured here."
NO_DIGITS = "Digits are left out: espeakng-loader is not installed."
NOTE = (
    "Share of the recordings flagged, in per cent, and by what; a recording may be flagged by several. Silence and "
    "steady sounds get no answer at all (`silent`)."
)


def measured(run: Run, cache_dir: Path) -> bool:
    """Whether the training clips had to be measured here, by which an older run does not know what is unlike them."""
    if "snr" in run.usual and run.neighbours:
        return False
    train = run.clips.query("part == 'train'")
    run.usual = run.usual.assign(snr=audit.measure(train, cache_dir)["snr"].quantile([0.01, 0.99]))
    run.neighbours = Neighbours.fit(features.extract(train, run.settings, cache_dir), train, run.window)
    return True


def sounds() -> dict[str, Callable]:
    """Sounds that are no speech, as conditions: of a clip only the length counts."""
    return {
        "silence": lambda samples, rate, rng: np.zeros(len(samples), np.float32),
        "noise at -80 dB": lambda samples, rate, rng: 1e-4 * rng.standard_normal(len(samples)),
        "white noise alone": lambda samples, rate, rng: LEVEL * rng.standard_normal(len(samples)),
        "pink noise alone": _pink,
        "hum alone, 50 Hz": _hum,
        "music alone": lambda samples, rate, rng: _levelled(music(samples, rate, rng)),
    }


def _levelled(samples: np.ndarray) -> np.ndarray:
    return LEVEL * samples / np.sqrt(np.mean(np.square(samples)))


def _pink(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    return _levelled(np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), len(samples)))


def _hum(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(len(samples)) / rate
    return _levelled(sum(np.sin(2 * np.pi * (50 * h * t + rng.uniform())) / h for h in range(1, 8)))


def digits() -> dict[str, Callable]:
    """Digits of some languages, as conditions; none where the synthesiser is missing."""
    sys.path.append(str(PROJECT / "data"))
    import make_demo

    try:
        synthesiser = make_demo.Synthesiser()
    except ImportError:
        return {}
    return {f"{name} digits": partial(_spoken, synthesiser, *of_one) for name, of_one in DIGITS.items()}


def _spoken(synthesiser, accent: str, words: str, samples: np.ndarray, rate: int, rng: np.random.Generator):
    synthesiser.choose(accent, rng.choice(VOICES))
    said = synthesiser.speak(" ".join(rng.choice(words.split(), 4)), 170, rng.uniform(30, 60), 50)
    said = soxr.resample(said, synthesiser.rate, rate)[: len(samples)]
    hop = rate // 100
    power = np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)).mean(axis=1)
    said *= np.sqrt(np.mean(np.square(samples)) / np.mean(np.square(said)))
    return said + np.sqrt(np.quantile(power, 0.1)) * rng.standard_normal(len(said))


def flagged(run: Run, clips: pd.DataFrame, name: str, condition: Callable) -> list[list[str]]:
    """By what each of some clips is flagged under a condition."""
    kinds = []
    for clip, normalizer in zip(clips.itertuples(), run.normalizer().for_clips(clips), strict=True):
        rng = np.random.default_rng([*hashlib.sha256(f"{name} {clip.digest}".encode()).digest()])
        samples = np.clip(condition(audio.read(clip.file), audio.RATE, rng), -1, 1).astype(np.float32)
        ((called, recording),) = recordings(samples, audio.RATE)[0]
        kinds.append([*of_recording(hear(run, normalizer, called, recording))["flags"].iloc[0]])
    return kinds


def of_run(run: Run, n_clips: int) -> dict[str, list[list[str]]]:
    """By what test clips of a run are flagged, by condition."""
    test = run.clips.query("part == 'test'")
    drawn = test.sample(frac=1, random_state=0)
    others = run.clips.loc[~run.clips["speaker"].isin(test["speaker"]), "file"].tolist()
    rough = conditions(others or run.clips["file"].tolist())
    each = {name: rough[kind][name] for name, kind in KINDS.items()} | sounds() | digits()
    found = {name: flagged(run, drawn[:n_clips], name, condition) for name, condition in each.items()}
    more = flagged(run, drawn[n_clips : 4 * n_clips], AS_THEY_ARE, each[AS_THEY_ARE])
    return found | {AS_THEY_ARE: found[AS_THEY_ARE] + more}


def rows_of(found: dict[str, list[list[str]]]) -> list[dict[str, str]]:
    """A row a condition: how many are flagged, and by what."""
    rows = []
    for name, of_one in found.items():
        counts = Counter(kind for kinds in of_one for kind in kinds)
        by = ", ".join(f"{kind} {figures.percent(n / len(of_one))}" for kind, n in counts.most_common())
        share = figures.percent(np.mean([bool(kinds) for kinds in of_one]))
        rows.append({"recording": name, "n": str(len(of_one)), "flagged": share, "by": by})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--data-dir", type=Path, help="the corpus, if it lies elsewhere now")
    parser.add_argument("--clips", type=int, default=25, help="of each run a condition")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    asked = parser.parse_args()
    runs = [Run.open(path, asked.data_dir) for path in asked.runs]
    anew = any([measured(run, asked.outputs_dir / "cache") for run in runs])
    found: dict[str, list[list[str]]] = {}
    for run in runs:
        for name, kinds in of_run(run, asked.clips).items():
            found.setdefault(name, []).extend(kinds)
    recipe = re.sub(r"-?(fold|clip)\d.*", "", runs[0].path.name)
    rows = rows_of(found)
    notes = [NOTE, OLDER if anew else "", "" if "German digits" in found else NO_DIGITS]
    command = " ".join(["python benchmarks/flags.py", *(f"outputs/{run.path.name}" for run in runs)])
    told = results_page.stamped(f"Flags of {recipe}: {len(runs)} runs", rows, notes, f"{command} --clips {asked.clips}")
    results_page.keep(asked.outputs_dir / "benchmarks" / f"flags-{recipe}.json", told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
