"""Many run folders from one: copies of a finished run whose run.json says other parameters."""

import itertools
import json
import shutil
from pathlib import Path

import pandas as pd
from test_run_report import finished

from emokit import atomic_files, corpora


def voices(demo_dir: Path, fold: int) -> pd.DataFrame:
    """180 clips of six demo voices, three of whom are the test: others in each of two folds."""
    clips = corpora.load("demo", demo_dir)
    clips["digest"] = clips["file"].map(atomic_files.sha256)
    clips = clips.groupby(["speaker", "emotion"]).head(3).reset_index(drop=True)
    names = sorted(clips["speaker"].unique())
    tests = names[:6] if fold % 2 else names[6:]
    rest = [name for name in names if name not in tests]
    part = dict.fromkeys(tests, "test") | dict.fromkeys(rest[:4], "train") | dict.fromkeys(rest[4:], "dev")
    return clips.assign(part=clips["speaker"].map(part))


def copies(outputs: Path, demo_dir: Path, *, names=None, state="complete", seed=(0,), fold=(1,), **parameters) -> None:
    """Put a run folder for each combination of these parameters, answers drawn anew; by default named as of a sweep."""
    grid = {name: list(values) for name, values in {**parameters, "fold": fold, "seed": seed}.items()}
    for n, values in enumerate(itertools.product(*grid.values())):
        asked = dict(zip(grid, values, strict=True))
        called = "-".join(f"{name}{asked[name]}" for name in parameters)
        name = names[n] if names else f"demo-{called}-fold{asked['fold']}" + f"-seed{asked['seed']}" * (len(seed) > 1)
        draw = sum(map(ord, name))
        run = _made(outputs.parent / ".made", demo_dir, asked["fold"], draw % 5)
        shutil.copytree(run, outputs / name)
        record = json.loads((run / "run.json").read_text())
        record |= {"name": name, "state": state} | ({"files": {}} if state != "complete" else {})
        record["parameters"] |= {"corpus": ["demo"], "run": name} | asked
        if asked.get("split") == "clip":  # as the proof of such a run says
            figures = json.loads((run / "metrics.json").read_text()) | {"speaker_dependent": True}
            record["files"]["metrics.json"] = atomic_files.write_json(outputs / name / "metrics.json", figures)
        (outputs / name / "run.json").write_text(json.dumps(record))


def _made(folder: Path, demo_dir: Path, fold: int, draw: int) -> Path:
    """A finished run of one fold and draw; made once."""
    path = folder / f"run-{fold}-{draw}"
    if not path.exists():
        finished(path, demo_dir, clips=voices(demo_dir, fold), seed=draw)
    return path
