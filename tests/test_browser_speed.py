"""How fast the explorer answers in a real browser, with 7,442 clips and ten runs (predictions are invented)."""

import os
import shutil
import time

import numpy as np
import pandas as pd
import pytest
from in_jupyterlab import chromium, lab, needs_chromium, open_notebook, write_notebook
from test_confusion_explorer import make_run

from emokit import corpora

pytestmark = [needs_chromium, pytest.mark.slow]
N_CLIPS, N_RUNS, N_SPEAKERS = 7442, 10, 91  # CREMA-D's size
OPEN = """
from emokit import run_folder, widgets
runs = [run_folder.Run.open(f"outputs/run-{n}") for n in range(10)]
"""
# From a click or a key to what it brings, measured in the page, frame by frame.
UNTIL = """async ([start, wanted]) => {
  const begun = performance.now();
  if (start) document.querySelector(start).click();
  while (!document.querySelector(wanted)) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""


def many_clips(folder, data_dir) -> pd.DataFrame:
    """As many clips as CREMA-D has, each a link to one of the demo corpus, by as many invented speakers."""
    demo = corpora.load("demo", data_dir)
    clips = demo.iloc[np.arange(N_CLIPS) % len(demo)].reset_index(drop=True)
    number = np.arange(N_CLIPS) % N_SPEAKERS
    clips["speaker"] = [f"demo/s{n:02d}" for n in number]
    for place, source in enumerate(clips["file"]):
        file = folder / clips["speaker"][place][5:] / f"clip-{place:04d}.flac"
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, file)
        except OSError:
            shutil.copy(source, file)
        clips.loc[place, "file"] = str(file)
    return clips.assign(fold=number % N_RUNS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir):
    folder = tmp_path_factory.mktemp("speed")
    clips = many_clips(folder / "corpus", demo_dir)
    for n in range(N_RUNS):
        part = np.select([clips["fold"] == n, clips["fold"] == (n + 1) % N_RUNS], ["test", "dev"], "train")
        make_run(folder / "outputs" / f"run-{n}", folder / "corpus", seed=n, clips=clips.assign(part=part))
    write_notebook(folder / "explore.ipynb", OPEN, "explorer = widgets.ConfusionExplorer(runs)", "explorer", "")
    return folder


def idle(page) -> None:
    """Wait until the kernel has nothing to do: the twin is made after the live view is shown."""
    page.wait_for_timeout(300)
    page.get_by_text("| Idle").first.wait_for(timeout=90_000)


def test_ten_runs_of_7442_clips_answer_without_lag(folder, capsys):
    took = {}
    with lab(folder) as address, chromium() as browser:
        page = open_notebook(browser, address, "explore.ipynb")
        page.keyboard.press("Shift+Enter")
        page.get_by_text("[1]:").first.wait_for(timeout=90_000)
        begun = time.perf_counter()
        page.keyboard.press("Shift+Enter")
        page.get_by_text("[2]:").first.wait_for(timeout=90_000)
        took["read the tables of ten runs"] = 1000 * (time.perf_counter() - begun)
        page.keyboard.press("Shift+Enter")
        took["first paint of the matrix"] = page.evaluate(UNTIL, [None, ".emokit-matrix td"])
        idle(page)
        assert f"on {N_CLIPS} test clips" in page.locator(".emokit h3").first.inner_text()
        for truth, predicted in (("sad", "sad"), ("happy", "happy"), ("happy", "angry"), ("angry", "neutral")):
            cell = f'td[data-truth="{truth}"][data-predicted="{predicted}"]'
            page.evaluate("document.querySelector('.emokit-list').replaceChildren()")
            took[f"click to sound, {truth} as {predicted}"] = page.evaluate(UNTIL, [cell, ".emokit-clip .emokit-stage"])
            page.wait_for_timeout(500)
        page.keyboard.press("Control+s")
        page.wait_for_timeout(2000)
        size = (folder / "explore.ipynb").stat().st_size
    with capsys.disabled():
        told = "\n".join(f"{name}: {ms:.0f} ms" for name, ms in took.items())
        print(f"\n{told}\nnotebook: {size:,} bytes; load of the machine {os.getloadavg()[0]:.1f}")
    assert size < 6_000_000
    if os.getloadavg()[0] <= os.cpu_count():  # a machine that does other work measures that
        assert took.pop("first paint of the matrix") < 1000
        assert max(ms for name, ms in took.items() if " to " in name) < 300
