"""How long a listener waits: from a click on a cell of the matrix to a clip that can be heard, and what takes the time.

    python benchmarks/first_answer.py outputs/demo-fold1

The page is Chromium's, the answers are those of a kernel that has nothing else to do. Each cell that holds clips is
opened once; the first one also imports what sound needs.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # how to drive a page stands there

from in_jupyterlab import chromium  # noqa: E402
from in_page import show  # noqa: E402
from test_browser_speed import UNTIL  # noqa: E402

from emokit import audio, plots, widgets  # noqa: E402
from emokit.run_folder import Run  # noqa: E402
from emokit.widgets.clip_player import mp3  # noqa: E402
from emokit.widgets.clip_sound import flac  # noqa: E402


def main() -> None:
    """Read the command line, open every cell, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run whose corpus is at hand")
    run = Run.open(parser.parse_args().run)
    explorer = widgets.ConfusionExplorer(run)
    with chromium() as browser:
        page, took = show(browser, explorer), []
        for place in np.argwhere(np.array(explorer.state()["counts"])):
            page.evaluate("document.querySelector('.emokit-list').replaceChildren()")
            cell = f'td[data-place="{place[0]},{place[1]}"]'
            took.append(page.evaluate(UNTIL, [cell, ".emokit-stage"]))
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    later = took[1:]
    print(f"click to sound: first {took[0]:.0f} ms, then median {np.median(later):.0f}, longest {max(later):.0f} ms")
    sounds = [audio.read(file) for file in explorer.rows["file"].iloc[:20]]
    told(list(explorer.rows["file"].iloc[:20]), read=audio.read)
    told(sounds, FLAC=flac, MP3=mp3, picture_of_the_twin=plots.clip_png)


def told(clips, **steps: Callable) -> None:
    """Print the processor's time of each step, a clip."""
    for name, step in steps.items():
        step(clips[0])  # imports
        begun = time.process_time()
        for clip in clips:
            step(clip)
        print(f"{name.replace('_', ' ')}: {1000 * (time.process_time() - begun) / len(clips):.1f} ms a clip")


if __name__ == "__main__":
    main()
