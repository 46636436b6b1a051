"""How well each method hears people it has never heard, in one table: baselines, networks, encoders, with intervals.

    python benchmarks/accuracy.py ravdess DATA_DIR                       # every row, seeds 0 1 2
    python benchmarks/accuracy.py demo data/demo --rows majority functionals default --seeds 0
    python benchmarks/accuracy.py table clips.csv -p columns file=path,emotion=label,speaker=who --rows encoder
    python benchmarks/accuracy.py emodb DATA_DIR --rows default encoder --encoder FOLDER
    python benchmarks/accuracy.py emodb DATA_DIR --cross ravdess OTHER_DIR --rows functionals encoder

Networks are trained by papermill and notebook 02, two side by side on one TensorFlow thread each. It may be stopped at
any time: a complete run is read, an interrupted one goes on. The table is printed and kept in outputs/benchmarks/, from
which `benchmarks/results_page.py` writes docs/results.md. With --cross the second table is made instead: trained on one
corpus, tested on all of the other, in both directions.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # the time of a clip is that of one thread
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import figures
import pandas as pd
import results_page
from designs import Design, across, by_clip, by_speaker, of_another, typed
from papermill_runs import PROJECT, Job, complete, train_all

from emokit import audio, baselines
from emokit.corpora import CorpusError
from emokit.predict import predict
from emokit.run_folder import Run, RunError
from emokit.splits import SplitError

TITLE = "Speaker-independent"
NOTES = (
    "UAR in per cent, the mean over seeds, folds pooled; its 95 % interval is over test speakers, for these models: it "
    "does not cover what other training speakers or seeds would change (the column seeds shows the latter).",
    "To the row above: the paired difference over the same speakers, with its interval.",
    "ECE: expected calibration error, before and after one temperature that dev chose: of one voice, but in `stable`.",
    "Who enrols 8 clips is not asked about them, so that row has fewer test clips; the differences beside it are over "
    "the clips that both rows were asked about. Which 8 is one draw.",
    "A clip: processor time from the file to its probabilities, warm; training: of one run, two side by side.",
    "A random split is what the same method would have claimed had speakers not been kept apart (one seed).",
    "Every row learns from the training speakers alone, all but one of those who are not the test; of preset `stable`, "
    "whose epoch dev chooses, all but a fifth. The C of an SVM is chosen among them. A head in closed form gives the "
    "same for every seed, so it has one.",
)
SYNTHETIC = "The corpus demo is synthetic speech: its figures show that the table works, and say nothing about people."


class Row(NamedTuple):
    """A method.

    Attributes:
        title: as it stands in the table.
        parameters: of 02; None for a baseline, which is fitted here.
        closed: whether every seed gives the same.
        teacher: the row whose run on the same speakers teaches it.
    """

    title: str
    parameters: Mapping | None = None
    closed: bool = False
    teacher: str = ""


ENCODER = {"preset": "encoder"}
ENROLLED = {"normalise": "enrolled", "enrolled": 8}
BILSTM = {"front_end": "none", "body": "bilstm", "head": "network", "epochs": 30, "learning_rate": 0.001}
ROWS = {
    "majority": Row("the commonest emotion", closed=True),
    "egemaps": Row("openSMILE eGeMAPSv02, linear SVM", closed=True),
    "functionals": Row("functionals of log-mels and pitch, linear SVM", closed=True),
    "stable": Row("from scratch, preset `stable`", {"preset": "stable"}),
    "default": Row("from scratch, defaults of 02", {}),
    "distilled": Row("from scratch, taught by the encoder", {}, teacher="encoder"),
    "encoder": Row("encoder, head in closed form: preset `encoder`", ENCODER, closed=True),
    "encoder-bilstm": Row("encoder, BiLSTM", ENCODER | BILSTM),
    "encoder-enrolled": Row("encoder, normalised by 8 enrolled clips", ENCODER | ENROLLED, closed=True),
    "encoder-speaker": Row("encoder, normalised by speaker (transductive)", ENCODER | {"normalise": "speaker"}, True),
}


def jobs_of(name: str, design: Design, seeds: list[int]) -> dict[tuple[int, str], Job]:
    """The trainings of a row, by seed and label of the test; none for a baseline."""
    row, jobs = ROWS[name], {}
    if row.parameters is None:
        return jobs
    for seed in [0] if row.closed else seeds:
        for label, test in design.tests.items():
            asked = {**design.parameters, **row.parameters, **test, "seed": seed}
            if asked.get("preset") != "encoder":
                asked.pop("encoder", None)
            teacher = f"{design.prefix}-{row.teacher}-{label}-seed0" if row.teacher else ""
            asked |= {"teacher": teacher} if teacher else {}
            jobs[seed, label] = Job(f"{design.prefix}-{name}-{label}-seed{seed}", asked, teacher)
    return jobs


class Measured(NamedTuple):
    """What a row answered, and a function that tells what it cost, as text by column."""

    answers: pd.DataFrame
    costs: Callable[[], dict[str, str]]


def of_baseline(name: str, parted: dict[str, pd.DataFrame], cache_dir: Path) -> Measured:
    """A baseline, fitted here for each test."""
    fitted = {label: baselines.fit(name, clips, cache_dir) for label, clips in parted.items()}
    tables = {(0, label): one.predictions(parted[label]) for label, one in fitted.items()}
    clips = pd.concat(parted.values())
    return Measured(figures.answers(tables, clips), partial(costs_of_baseline, list(fitted.values()), clips))


def costs_of_baseline(fitted: list[baselines.Baseline], clips: pd.DataFrame) -> dict[str, str]:
    """Weights, time of fitting and of a clip."""
    first, seconds = fitted[0], [one.seconds for one in fitted]
    told = {"weights": figures.count(first.n_weights), "training": figures.duration(sum(seconds) / len(seconds))}
    told["a clip"], kind = figures.NONE, baselines.KINDS[first.kind]
    if first.kind == "functionals":  # openSMILE does not share a process with TensorFlow, the majority takes no time
        told["a clip"] = milliseconds(lambda file: first.model.predict(kind.placed(audio.read(file))[0]), clips)
    return told


def of_runs(jobs: Mapping[tuple[int, str], Job], outputs_dir: Path) -> Measured | None:
    """A row of runs; None while one of them is not complete."""
    runs = complete(jobs.values(), outputs_dir)
    if runs is None:
        return None
    tables = {where: run.predictions for where, run in zip(jobs, runs, strict=True)}
    clips = pd.concat([run.clips for run in runs])
    return Measured(figures.answers(tables, clips), partial(costs, runs))


def costs(runs: list[Run]) -> dict[str, str]:
    """Weights, time of training and of a clip."""
    first = runs[0]
    weights = figures.count(first.model().count_params())
    if first.record["features"]["kind"] == "encoder":
        weights += f" + {Path(first.settings.model).name} to layer {first.settings.layer}"
    seconds = [run.history["seconds"].sum() if "seconds" in run.history else math.nan for run in runs]
    said = {"weights": weights, "training": figures.duration(sum(seconds) / len(seconds)), "a clip": figures.NONE}
    if first.parameters.get("normalise", "corpus") == "corpus":  # else a clip alone has no answer
        said["a clip"] = milliseconds(lambda file: predict(first, file), first.clips)
    return said


def milliseconds(answer: Callable, clips: pd.DataFrame) -> str:
    """The time of one clip, as text."""
    return f"{figures.warm_milliseconds(answer, clips):.0f} ms"


def measured(names: list[str], design: Design, seeds: list[int], outputs_dir: Path) -> dict[str, Measured]:
    """Every row of these that can be told, by name."""
    parted = design.parted(outputs_dir / "cache") if any(ROWS[name].parameters is None for name in names) else {}
    found = {}
    for name in names:
        if ROWS[name].parameters is None:
            found[name] = of_baseline(name, parted, outputs_dir / "cache")
        elif (row := of_runs(jobs_of(name, design, seeds), outputs_dir)) is not None:
            found[name] = row
    return found


def speaker_table(names: list[str], design: Design, asked: argparse.Namespace) -> dict:
    """The first table: a row a method, speakers kept apart."""
    random = by_clip(design)
    jobs = [job for name in names for job in jobs_of(name, design, asked.seeds).values()]
    jobs += [job for name in names for job in jobs_of(name, random, [0]).values()]
    train_all(jobs, asked.outputs_dir)
    told = measured(names, design, asked.seeds, asked.outputs_dir)
    claimed = measured(names, random, [0], asked.outputs_dir)
    rows, above = [], None
    for name, row in told.items():
        claim = figures.headline(claimed[name].answers)["UAR"] if name in claimed else figures.NONE
        first = {"row": ROWS[name].title} | figures.headline(row.answers)
        first["to the row above"] = figures.against(row.answers, above)
        rows.append(first | figures.details(row.answers) | row.costs() | {"random split": claim})
        above = row.answers
    return table(
        f"{TITLE}: {design.prefix}", rows, [who(design, told), *synthetic(design), *NOTES, *missing(names, told)], asked
    )


def cross_table(names: list[str], one: Design, other: Design, asked: argparse.Namespace) -> dict:
    """The second table: trained on one corpus, tested on all of the other, and the other alone beside it."""
    rows, unfinished = [], set()
    for cross, within in (across(one, other), across(other, one)):
        train_all([job for place in (cross, within) for name in names
                   for job in jobs_of(name, place, asked.seeds).values()], asked.outputs_dir)  # fmt: skip
        told, alone = (measured(names, place, asked.seeds, asked.outputs_dir) for place in (cross, within))
        unfinished |= set(names) - set(told) | set(names) - set(alone)
        for name in (name for name in told if name in alone):
            source, target = cross.parameters["name"]
            inside = figures.headline(alone[name].answers)
            classes = ", ".join(figures.classes(told[name].answers))
            rows.append({"trained on": source, "tested on": target, "row": ROWS[name].title}
                        | figures.headline(told[name].answers)
                        | {"within the corpus": inside["UAR"], "its interval": inside["95 % interval"]}
                        | {"classes": classes, "chance": figures.percent(1 / (classes.count(",") + 1))})  # fmt: skip
    notes = [
        "Trained on all speakers of one corpus (dev is drawn from them), tested on all clips of the other, in the "
        "emotions that both have; within the corpus: the same method trained on the other speakers of the tested one, "
        "in these emotions. UAR in per cent, means over seeds; intervals over test speakers.",
        *synthetic(one, other),
        *missing(names, dict.fromkeys(set(names) - unfinished)),
    ]
    return table(f"Across corpora: {one.prefix} and {other.prefix}", rows, notes, asked)


def who(design: Design, told: Mapping[str, Measured]) -> str:
    """Who is asked, in a sentence."""
    if not told:
        return "No row is complete yet."
    test = figures.of_test(next(iter(told.values())).answers)
    classes = figures.classes(test)
    tests = ", ".join(design.tests)
    people = f"{test['speaker'].nunique()} test speakers ({tests}), {test['file'].nunique()} clips"
    return f"{people}; {len(classes)} emotions ({', '.join(classes)}), chance {100 / len(classes):.1f} %."


def synthetic(*designs: Design) -> list[str]:
    """A sentence where a corpus is not of people."""
    return [SYNTHETIC] if "demo" in {design.prefix for design in designs} else []


def missing(names: list[str], told: Mapping) -> list[str]:
    """A sentence for the rows that are not complete."""
    left = [ROWS[name].title for name in names if name not in told]
    return [f"Not measured yet: {'; '.join(left)}."] if left else []


def table(title: str, rows: list[dict], notes: list[str], asked: argparse.Namespace) -> dict:
    """A table as `results_page` reads it."""
    return results_page.stamped(title, rows, notes, " ".join(["python benchmarks/accuracy.py", *asked.words]))


def words(asked: argparse.Namespace, given: list[str]) -> list[str]:
    """The command line without the places of this machine."""
    places = {str(asked.data_dir): "DATA_DIR"} | ({str(Path(asked.cross[1])): "OTHER_DIR"} if asked.cross else {})
    said = [places.get(str(Path(word)), word) for word in given]
    if "--outputs-dir" in said:
        place = said.index("--outputs-dir")
        del said[place : place + 2]
    return ["PATH" if Path(word).is_absolute() else word for word in said]


def arguments(given: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", help="default: all whose test speakers are at hand")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--cross", nargs=2, metavar=("OTHER", "OTHER_DIR"), help="the table across corpora instead")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    parser.add_argument("--encoder", help="name or folder, in the rows of preset encoder; default: that of 02")
    parser.add_argument("-p", dest="more", nargs=2, action="append", default=[], help="a parameter of 02, in every row")
    asked = parser.parse_args(given)
    asked.words = words(asked, given)
    return asked


def main(given: list[str] | None = None) -> dict:
    """Make the table that is asked for, print and keep it."""
    asked = arguments(sys.argv[1:] if given is None else given)
    more = {name: typed(name, value) for name, value in asked.more}
    if asked.encoder:  # a folder is named from here, and 02 runs elsewhere
        more["encoder"] = str(Path(asked.encoder).resolve()) if Path(asked.encoder).exists() else asked.encoder
    asked.outputs_dir = asked.outputs_dir.resolve()
    one = by_speaker(asked.corpus, asked.data_dir.resolve(), asked.folds, **more)
    teachers = {ROWS[name].teacher for name in asked.rows}
    names = [name for name in ROWS if name in {*asked.rows, *teachers}]
    if "egemaps" in names and find_spec("opensmile") is None:  # said before a night of training, not after it
        what = "The row egemaps needs openSMILE, which is free for research only"
        raise ImportError(f'{what}; install it by pip install "emokit-ser[opensmile]", or name other --rows.')
    if asked.cross:
        other = by_speaker(asked.cross[0], Path(asked.cross[1]).resolve(), **of_another(asked.cross[0], more))
        name, told = f"cross-{one.prefix}-{other.prefix}", cross_table(names, one, other, asked)
    else:
        name, told = f"accuracy-{one.prefix}", speaker_table(names, one, asked)
    results_page.keep(asked.outputs_dir / "benchmarks" / f"{name}.json", told)
    print(results_page.section(told))
    return told


if __name__ == "__main__":
    try:
        main()
    except (RunError, CorpusError, SplitError, ImportError) as error:
        sys.exit(str(error))
