"""What an export keeps of a run: its answers, their cost in size and time, and how soon a cold process answers.

    python benchmarks/export.py RUN [--data-dir DATA_DIR]

Of all clips of a run it asks every format, and the run itself. Those that begin with frames are given the run's, and
their time is that of the network alone; that of ONNX begins with samples. Prints the table of docs/deploy.md and writes
outputs/benchmarks/export.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import figures
import numpy as np
import results_page

from emokit import audio, export, metrics, probability_columns
from emokit.export.listen import Listener
from emokit.padding import pad_or_truncate
from emokit.run_folder import Run

PROJECT = Path(__file__).resolve().parents[1]
COLD = 5  # processes
NAMES = {"onnx": "ONNX", "onnx-int8": "ONNX, 8 bits", "litert": "LiteRT", "savedmodel": "SavedModel"}


def answered(answer: Callable, given: list) -> tuple[np.ndarray, float]:
    """What is said of each clip, (n, classes), and the median of the milliseconds of one."""
    answer(given[0])  # warms up
    said, times = [], []
    for each in given:
        start = time.process_time()
        said.append(np.asarray(answer(each), np.float64).reshape(-1))
        times.append(1000 * (time.process_time() - start))
    return np.array(said), float(np.median(times))


def reader(to: str, folder: Path) -> Callable:
    """From a clip, samples for ONNX and else (frames, lengths), to its probabilities."""
    if to.startswith("onnx"):
        listener = Listener(folder)
        return lambda samples: [*listener(samples, listener.signature["rate"])["probabilities"].values()]
    if to == "litert":
        from ai_edge_litert.interpreter import Interpreter

        runner = Interpreter(str(folder / "model.tflite"), num_threads=1).get_signature_runner()
        return lambda clip: runner(frames=clip[0], lengths=clip[1])["probabilities"]
    import tensorflow as tf

    network = tf.saved_model.load(str(folder / "model"))
    return lambda clip: network.serve({"frames": clip[0], "lengths": clip[1]})["probabilities"]


def cold_seconds(folder: Path, file: str) -> float:
    """From starting Python to its answer to one file: the median of five processes, by the clock."""
    times = []
    for _ in range(COLD):
        start = time.perf_counter()
        subprocess.run([sys.executable, str(folder / "listen.py"), file], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def row(run: Run, to: str, folder: Path, clips: dict[str, list]) -> dict[str, str]:
    """What there is to say of one format."""
    export.write(run, to, folder)
    signature = json.loads((folder / "signature.json").read_text())
    said, milliseconds = answered(reader(to, folder), clips[signature["input"]])
    stored = run.predictions
    apart = np.abs(said - stored[probability_columns.of(run.emotions)].to_numpy()).max()
    predicted = stored.assign(predicted=np.array(run.emotions, dtype=object)[said.argmax(axis=1)])
    test = predicted[predicted["part"] == "test"]
    files = (folder / name for name in signature["files"])
    return {
        "format": NAMES[to],
        "begins with": signature["input"],
        "size, kB": f"{sum(file.stat().st_size for file in files) / 1000:.0f}",
        "furthest from the run": f"{apart:.1e}",
        "UAR of the test, %": figures.percent(metrics.uar(test["emotion"], test["predicted"])),
        "ms a clip": f"{milliseconds:.1f}",
        "cold, s": f"{cold_seconds(folder, stored['file'][0]):.1f}" if signature["input"] == "samples" else "",
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="run folder")
    parser.add_argument("--data-dir", type=Path, help="folder of the corpus, if not where it was")
    parser.add_argument("--json", type=Path, default=PROJECT / "outputs" / "benchmarks" / "export.json")
    arguments = parser.parse_args(argv)
    run = Run.open(arguments.run, arguments.data_dir)
    sounds = [audio.read(file, run.settings.rate) for file in run.predictions["file"]]
    frames = [pad_or_truncate([run.settings.placed(each)[0]], run.window) for each in sounds]
    clips = {"samples": sounds, "frames": frames}
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(run, to, Path(folder) / to, clips) for to in export.FORMATS]
    test = run.predictions[run.predictions["part"] == "test"]
    uar = figures.percent(metrics.uar(test["emotion"], test["predicted"]))
    notes = [
        f"{len(sounds)} clips of {run.path.name}, {len(test)} of them of the test, where the run itself has {uar} %.",
        "Furthest from the run: the largest difference of a probability of any clip and class.",
        "ms a clip: processor time, median; of ONNX from samples, of the others from frames.",
        f"Cold: from starting Python to the answer to one file, by the clock, median of {COLD} processes.",
    ]
    command = f"python benchmarks/export.py outputs/{run.path.name}"
    told = results_page.stamped("What an export keeps", rows, notes, command)
    results_page.keep(arguments.json, told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
