"""What is taken for what, and what those clips sound like: runs of one recipe, on their test speakers.

    python benchmarks/mistakes.py RUN … [--data-dir DATA_DIR] [--outputs-dir DIR]

For each emotion the commonest mistake, and the acoustic cues of `emokit.cues`: of the clips that were heard right, of
those that were mistaken, and of the right ones of the emotion that they were taken for.
"""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import results_page
from papermill_runs import PROJECT

from emokit import cues, metrics
from emokit.run_folder import Run

FEWEST = 10  # mistaken answers, below which cues say little
NOTES = (
    "Recall in per cent; every run counts, so a clip that several seeds were asked about counts as often.",
    "Cues in standard deviations from the mean of the same speaker: of the clips heard right → of those mistaken (of "
    "the right ones of the emotion they were taken for), measured as `emokit.cues.of_samples` says.",
)


def answered(runs: Iterable[Run]) -> pd.DataFrame:
    """Test answers of runs one below the other."""
    tables = [run.predictions.assign(run=run.path.name) for run in runs]
    said = pd.concat(tables, ignore_index=True)
    return said[said["part"] == "test"].reset_index(drop=True)


def heard_of(clips: pd.DataFrame, cache_dir: Path) -> pd.DataFrame:
    """The cues of each clip, by file, standardised within its speaker."""
    once = clips.drop_duplicates("file").reset_index(drop=True)
    return cues.standardised(cues.measure(once, cache_dir), once["speaker"]).set_axis(once["file"])


def mistakes(said: pd.DataFrame, heard: pd.DataFrame) -> list[dict[str, str]]:
    """A row an emotion, the least recognised first: its recall, its commonest mistakes, and the cues of the first."""
    shares = metrics.shares(metrics.confusion(said["emotion"], said["predicted"]))
    right = said["emotion"] == said["predicted"]
    rows = []
    for emotion in np.diag(shares).argsort():
        name = shares.index[emotion]
        others = shares.loc[name].drop(name).sort_values(ascending=False)
        first = others.index[0]
        row = {"emotion": name, "recall": f"{100 * shares.loc[name, name]:.0f}"}
        row |= {"taken for": ", ".join(f"{other} {100 * share:.0f}" for other, share in others.head(2).items())}
        mistaken = (said["emotion"] == name) & (said["predicted"] == first)
        groups = [right & (said["emotion"] == name), mistaken, right & (said["emotion"] == first)]
        enough = mistaken.sum() >= FEWEST
        means = [heard.loc[said.loc[group, "file"]].mean() for group in groups]
        rows.append(row | {cue: _moved(*(mean[cue] for mean in means)) if enough else "" for cue in heard})
    return rows


def _moved(own: float, mistaken: float, other: float) -> str:
    return f"{own:+.1f} → {mistaken:+.1f} ({other:+.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--data-dir", type=Path, help="the corpus, if it lies elsewhere now")
    parser.add_argument("--outputs-dir", type=Path, default=PROJECT / "outputs")
    asked = parser.parse_args()
    runs = [Run.open(path, asked.data_dir) for path in asked.runs]
    said = answered(runs)
    rows = mistakes(said, heard_of(pd.concat([run.clips for run in runs]), asked.outputs_dir / "cache"))
    recipe = re.sub(r"-(fold|clip)\d.*", "", runs[0].path.name)
    title = f"{recipe}: {len(runs)} runs, {said['speaker'].nunique()} test speakers, {said['file'].nunique()} clips"
    command = f"python benchmarks/mistakes.py outputs/{recipe}-fold*"
    told = results_page.stamped(title, rows, NOTES, command)
    results_page.keep(asked.outputs_dir / "benchmarks" / f"mistakes-{recipe}.json", told)
    print(results_page.section(told))


if __name__ == "__main__":
    main()
