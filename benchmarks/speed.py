"""Speed and memory, each figure a ratio or a bound within one run: a table, and outputs/benchmarks/speed.json.

    python benchmarks/speed.py [--only network recurrent race frames predict hour start steps] [--rounds 7]
    python benchmarks/speed.py --figure    # from speed.json: docs/images/scale.png, and what larger corpora would take

Every contestant is a process of its own with one thread and takes its turn, round after round. Seconds are those of
the processor, since on a shared machine the clock tells of the neighbours; medians. PyTorch and JAX are compared where
they are installed, in this Python or in that of --python; the encoder where its weights are (EMOKIT_ENCODERS).

- network: an epoch of the default network of 02 against the same in PyTorch, and on Keras's JAX backend.
- recurrent: the LSTM of the stable preset against one of 128 units with recurrent dropout, the original stack.
- race: CPU seconds until the best dev UAR of the original stack in 40 epochs on a corpus (--race-on); seeds 0, 1, 2.
- frames, predict, hour: seconds of sound in a second; a warm `predict` of 3 s; memory of 1, 10 and 60 minutes.
- start, steps: a run on a cache of 1,000 to 260,000 clips begins, until its split is proven; one trains on 1,000 to
  50,000 (5 GB of disk).
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import results_page
import speed_corpus

from emokit import shard_headers
from emokit.notebook_parameters import TABLE

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "outputs" / "benchmarks" / "speed.json"
ONE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")}
ONE |= {"TF_NUM_INTEROP_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
ONE |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
ENCODER = "whisper-base"
STARTS, STEPS = (1_000, 10_000, 50_000, 260_000), (1_000, 10_000, 50_000)
MINUTES = (1, 10, 60)


def default_network() -> dict:
    """What 02 builds if nothing is said: arguments of `build_model`."""
    usual = {"front_end": "conv1d", "body": "bilstm", "dropout": 0.5, "l2": 0.001}
    return {name: TABLE[name].default if name in TABLE else value for name, value in usual.items()}


class Worker:
    """A script beside this one, which works at each line it is sent."""

    def __init__(self, script: str, *arguments: str, python: str = sys.executable, backend: str = "tensorflow"):
        self._process = subprocess.Popen(
            [python, str(HERE / script), *arguments], env=_surroundings(backend), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.said = self._process.stdout.readline().strip()  # once it is warm
        if not self.said:
            raise RuntimeError(self._process.stderr.read().strip().splitlines()[-1])

    def turn(self) -> float:
        """CPU seconds of one round."""
        print("go", file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline().split()[0])

    def end(self) -> None:
        self._process.communicate()


def _surroundings(backend: str = "tensorflow") -> dict:
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, **ONE, "KERAS_BACKEND": backend, "PYTHONPATH": path}


def _run(script: str, *arguments) -> list[list[float]]:
    """The numbers that a script prints, by line."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, env=_surroundings(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return [[*map(float, line.split())] for line in done.stdout.splitlines() if line[:1].isdigit()]


def _turns(workers: dict[str, Worker], rounds: int) -> pd.DataFrame:
    """CPU seconds, a column a worker, a row a round."""
    table = pd.DataFrame([{name: worker.turn() for name, worker in workers.items()} for _ in range(rounds)])
    for worker in workers.values():
        worker.end()
    return table


def row(what: str, figure: float | None, goal: str, holds: bool | None, how: str) -> dict:
    return {"what": what, "figure": figure, "goal": goal, "holds": holds, "how": how}


def network(given) -> list[dict]:
    arguments = json.dumps(default_network())
    rows, workers = [], {"keras": Worker("speed_networks.py", "keras", arguments)}
    for name, kind, backend in (("PyTorch", "torch", "torch"), ("JAX", "keras", "jax")):
        try:
            worker = Worker("speed_networks.py", kind, arguments, python=given.python, backend=backend)
            workers[name] = worker
        except RuntimeError as error:
            rows.append(row(f"an epoch of the default network: {name}", None, "", None, f"left out: {error}"))
    seconds = _turns(workers, given.rounds)
    for name in seconds.columns[1:]:
        ratio = (seconds[name] / seconds["keras"]).median()
        how = f"{seconds[name].median():.2f} and {seconds['keras'].median():.2f} CPU s, 640 clips; {arguments}"
        goal = "≥ 1" if name == "PyTorch" else ""
        rows.append(
            row(f"an epoch: {name} takes so many times as long", ratio, goal, ratio >= 1 if goal else None, how)
        )
    return rows


def recurrent(given) -> list[dict]:
    workers = {kind: Worker("speed_networks.py", kind, "{}") for kind in ("recurrent", "original")}
    seconds = _turns(workers, given.rounds)
    ratio = (seconds["original"] / seconds["recurrent"]).median()
    how = f"{seconds['original'].median():.2f} and {seconds['recurrent'].median():.2f} CPU s an epoch of 640 clips"
    what = "the recurrent part: 128 units with recurrent dropout take so many times as long"
    return [row(what, ratio, "≥ 2", ratio >= 2, how)]


def race(given) -> list[dict]:
    corpus, data_dir, fold = given.race_on
    found = []
    for seed in (0, 1, 2):
        command = [sys.executable, HERE / "speed_race.py", str(seed), "40", json.dumps(default_network())]
        command += [corpus, data_dir, fold]
        done = subprocess.run(command, env=_surroundings(), capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    ratios = [original / own if own else 0.0 for own, original, _ in found]
    how = "; ".join(
        f"{original:.0f} CPU s to {goal:.0%}, {f'{own:.0f} CPU s' if own else 'not reached'}"
        for own, original, goal in found
    )
    ratio = statistics.median(ratios)
    what = f"the original's accuracy on {corpus}, fold {fold}: it takes so many times as long"
    return [row(what, ratio, "≥ 3", ratio >= 3, f"seeds 0, 1, 2: {how}")]


def frames(given) -> list[dict]:
    rows = []
    for kind, goal in (("log_mel", 100), (ENCODER, 10)):
        try:
            *short, peak_short = _run("speed_sound.py", "frames", kind, 60)
            *long, peak_long = _run("speed_sound.py", "frames", kind, 1_800)
        except RuntimeError as error:
            rows.append(row(f"frames, {kind}", None, "", None, f"left out: {error}"))
            continue
        ratio = 60 / statistics.median(cpu for cpu, _ in short)
        how = f"1 min, median of {len(short)}; 30 min, read once: {1_800 / long[0][0]:.0f} ×"
        rows.append(row(f"frames, {kind}: seconds of sound in a CPU second", ratio, f"≥ {goal}", ratio >= goal, how))
        more = peak_long[0] - peak_short[0]
        how = f"{peak_short[0]:.0f} MB and {peak_long[0]:.0f} MB above the start, the frames themselves among them"
        rows.append(row(f"frames, {kind}: MB that 30 min take above 1 min", more, "", None, how))
    return rows


def predict(given) -> list[dict]:
    rows = []
    for kind, goal in (("log_mel", 25), (ENCODER, 250)):
        try:
            *seconds, _ = _run("speed_sound.py", "predict", kind, 3)
        except RuntimeError as error:
            rows.append(row(f"predict, {kind}", None, "", None, f"left out: {error}"))
            continue
        cpu, clock = (1_000 * statistics.median(column) for column in zip(*seconds, strict=True))
        what = f"predict of 3 s, warm, {kind}: CPU ms"
        rows.append(row(what, cpu, f"≤ {goal}", cpu <= goal, f"median of {len(seconds)}; {clock:.0f} ms by the clock"))
    return rows


def hour(given) -> list[dict]:
    rows = []
    for kind in ("log_mel", ENCODER):
        try:
            told = {minutes: _run("speed_sound.py", "predict", kind, 60 * minutes) for minutes in MINUTES}
        except RuntimeError as error:
            rows.append(row(f"predict of an hour, {kind}", None, "", None, f"left out: {error}"))
            continue
        *short, peak_short = told[1]
        ratio = 3_600 / told[60][0][0]
        how = f"read once; a minute, median of {len(short)}: {60 / statistics.median(cpu for cpu, _ in short):.0f} ×"
        goal, holds = ("≥ 100", ratio >= 100) if kind == "log_mel" else ("", None)
        rows.append(row(f"predict of an hour, {kind}: seconds of sound in a CPU second", ratio, goal, holds, how))
        for minutes, (*_, (above, peak)) in told.items():
            more, how = peak - peak_short[1], f"{above:.0f} MB of them since it was warm"
            goal, holds = ("", None) if minutes == 1 else ("≤ 50 more", more <= 50)
            rows.append(row(f"predict of {minutes} min, {kind}: MB at the peak", peak, goal, holds, how))
    return rows


def start(given) -> list[dict]:
    rows = []
    for n_clips in STARTS:
        with _laid(given.corpora, n_clips, longest=8) as folder:
            (folder / "cache" / speed_corpus.SETTINGS.name() / shard_headers.TOGETHER).unlink(missing_ok=True)
            (first, *_), *_ = _run("speed_scale.py", "start", folder)
            again = [_run("speed_scale.py", "start", folder)[0] for _ in range(3)]
        cpu, clock, memory, split, peak = map(statistics.median, zip(*again, strict=True))
        goal, holds = ("≤ 10", cpu <= 10) if n_clips == max(STARTS) else ("", None)
        how = f"{clock:.1f} s by the clock, {memory:.0f} MB; {first:.1f} CPU s when the shards are opened one by one"
        rows.append(row(f"the cache of {n_clips:,} clips: CPU s until frames can be read", cpu, goal, holds, how))
        rows[-1] |= {"clips": n_clips, "megabytes": memory, "first": first}
        what, how = f"{n_clips:,} clips, known: CPU s until the split is proven", f"audit and copies too; {peak:.0f} MB"
        goal, holds = ("≤ 60", split <= 60) if n_clips == max(STARTS) else ("", None)
        rows.append(row(what, split, goal, holds, how) | {"clips": n_clips, "split": split, "peak": peak})
    return rows


def steps(given) -> list[dict]:
    with ExitStack() as stack:
        folders = {n: stack.enter_context(_laid(given.corpora, n, longest=320)) for n in STEPS}
        workers = {n: Worker("speed_scale.py", "steps", str(folder)) for n, folder in folders.items()}
        memory = {n_clips: float(worker.said) for n_clips, worker in workers.items()}
        seconds = _turns(workers, given.rounds)
    rows = []
    for n_clips in STEPS:
        ratio, more = (seconds[n_clips] / seconds[STEPS[0]]).median(), memory[n_clips] - memory[STEPS[0]]
        how = f"{1_000 * seconds[n_clips].median():.0f} CPU ms, batches of 32"
        rows.append(row(f"a step, {n_clips:,} clips: ratio to 1,000", ratio, "≤ 1.1", ratio <= 1.1, how))
        rows[-1] |= {"clips": n_clips, "milliseconds": 1_000 * seconds[n_clips].median()}
        how = f"{memory[n_clips]:.0f} MB at the peak, every clip read"
        rows.append(row(f"memory, {n_clips:,} clips: MB above 1,000", more, "≤ 1500", more <= 1_500, how))
        rows[-1] |= {"clips": n_clips, "megabytes": memory[n_clips]}
    return rows


@contextmanager
def _laid(corpora: Path | None, n_clips: int, longest: int) -> Iterator[Path]:
    """The folder of a generated corpus, which stays where a place for it is named."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(corpora or temporary) / f"{n_clips}-{longest}"
        if not (folder / "table.csv").exists():
            clips = speed_corpus.lay(folder, n_clips, longest)
            clips.to_csv(folder / "table.csv", index=False)
        yield folder


SECTIONS = {"network": network, "recurrent": recurrent, "race": race, "frames": frames, "predict": predict}
SECTIONS |= {"hour": hour, "start": start, "steps": steps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=[*SECTIONS])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--python", default=sys.executable, help="a Python that has PyTorch and JAX beside emokit's own"
    )
    demo = ["demo", str(HERE.parent / "data" / "demo"), "1"]
    parser.add_argument("--race-on", nargs=3, metavar=("CORPUS", "DATA_DIR", "FOLD"), default=demo)
    parser.add_argument("--corpora", type=Path, help="where generated corpora are laid and stay; else they are removed")
    parser.add_argument(
        "--figure",
        action="store_true",
        help="only draw docs/images/scale.png, and print what larger corpora would take",
    )
    given = parser.parse_args()
    if given.figure:
        from speed_figure import arithmetic, draw

        table = json.loads(RESULT.read_text(encoding="utf-8"))["table"]
        draw(table)
        print(arithmetic(table).map("{:.3g}".format).to_string())
        return
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {"table": {}}
    for name in given.only:
        when = {"date": str(datetime.date.today()), "command": f"python benchmarks/speed.py --only {name}"}
        when["command"] += f" --race-on {given.race_on[0]} DATA_DIR {given.race_on[2]}" if name == "race" else ""
        rows = SECTIONS[name](given)
        title = f"race, {given.race_on[0]}" if name == "race" else name
        result["table"][title] = [one | when for one in rows]
        for one in rows:
            figure = "–" if one["figure"] is None else f"{one['figure']:.2f}"
            verdict = {True: "holds", False: "FAILS", None: ""}[one["holds"]]
            print(f"{one['what']:<75} {figure:>9} {one['goal']:>8} {verdict:<6} {one['how']}", flush=True)
        result |= results_page.made("python benchmarks/speed.py")
        results_page.keep(RESULT, result)
    print(f"{result['date']}, {result['machine']}, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
