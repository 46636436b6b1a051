"""Make the pictures in docs/images anew: the live views in JupyterLab and Chromium, on the runs that `make run` left.

    make run && .venv/bin/python docs/images.py
    .venv/bin/python docs/images.py --outputs elsewhere/outputs --to /tmp/pictures

Nothing is invented: the corpus is data/demo, the run is demo-fold1, and the one that it is compared with is
demo-encoder-fold1-seed0, which `python benchmarks/accuracy.py demo` leaves. The report of demo-fold1 is written again.
"""

import argparse
import os
import sys
import tempfile
import time
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import papermill
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))  # how to drive JupyterLab stands there

from in_jupyterlab import choose_theme, chromium, lab, open_notebook, run_cell, write_notebook  # noqa: E402

from emokit import atomic_files, report  # noqa: E402
from emokit.run_folder import Run  # noqa: E402

MOST_BYTES, HEIGHT = 300_000, 1000  # of a picture; pixels
MOST_MOVING, FRAME, WIDE, TALL = 1_000_000, 150, 1100, 760  # bytes of the one that moves; ms; pixels
# A pointer, which screenshots leave out.
POINTER = """() => {
  const dot = document.body.appendChild(document.createElement("div"));
  dot.style.cssText = "position:fixed;z-index:9999;width:18px;height:18px;border-radius:50%;pointer-events:none;"
    + "background:#1f4e79;opacity:.55;transition:left .6s,top .6s;left:700px;top:300px";
  window.pointTo = (x, y) => Object.assign(dot.style, { left: `${x - 9}px`, top: `${y - 9}px` });
}"""
OPEN = """
from emokit import audit, corpora, run_folder, widgets
one, other = (run_folder.Run.open({outputs!r} + "/" + name) for name in ("demo-fold1", "demo-encoder-fold1-seed0"))
"""
CELLS = {
    "listen": """
from emokit.predict.medley import medley
medley(one, "test-clips.wav")
widgets.Timeline(one, "test-clips.wav")
""",
    "explore": "widgets.ConfusionExplorer(one)",
    "compare": "widgets.Compared(other, one)",
    "blind": "widgets.BlindListening(one)",
    "watch": "monitor = widgets.training_monitor(one.path)",
    "browse": """
clips = corpora.load("demo", {demo!r})
measured = audit.measure(clips)
widgets.CorpusBrowser(clips.assign(**measured), audit.audit(clips, measured))
""",
}


def main() -> None:
    """Read the command line and make every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outputs", type=Path, default=PROJECT / "outputs", help="folder of the runs")
    parser.add_argument("--to", type=Path, default=PROJECT / "docs" / "images", help="folder of the pictures")
    given = parser.parse_args()
    run = Run.open(given.outputs / "demo-fold1")
    with tempfile.TemporaryDirectory() as name, lab(Path(name)) as address, chromium() as browser:
        places = {"outputs": str(given.outputs.absolute()), "demo": str(PROJECT / "data" / "demo")}
        for notebook, cell in CELLS.items():
            write_notebook(Path(name) / f"{notebook}.ipynb", (OPEN + cell).format(**places))
        moving(open_notebook(browser, address, "explore.ipynb", height=1300), run, given.to)
        pages = {notebook: open_notebook(browser, address, f"{notebook}.ipynb", height=1300) for notebook in CELLS}
        explore(pages["explore"], run, given.to)
        compare(pages["compare"], given.to)
        blind(pages["blind"], given.to)
        browse(pages["browse"], given.to)
        listen(pages["listen"], given.to)
        watch(pages["watch"], given.to)
        twin(browser, address, Path(name), given.to)
        page_of(browser, run, given.to)


def largest_confusion(page, run: Run):
    """The cell of the matrix in which most clips stand wrongly."""
    test = run.predictions.query("part == 'test' and emotion != predicted")
    truth, predicted = test.groupby(["emotion", "predicted"]).size().idxmax()
    return page.locator(f'td[data-truth="{truth}"][data-predicted="{predicted}"]')


def moving(page, run: Run, to: Path) -> None:
    """From the matrix to the sound of a cell, as it is seen: the one picture that moves."""
    run_cell(page)
    view, cell = page.locator(".emokit"), largest_confusion(page, run)
    page.evaluate(POINTER)
    shots = []

    def wait(ms: int) -> None:
        """Take pictures of the page for so long, each with when it was taken."""
        end = time.monotonic() + ms / 1000
        while time.monotonic() < end:
            shots.append((time.monotonic(), view.screenshot()))
            page.wait_for_timeout(max(0, FRAME - 1000 * (time.monotonic() - shots[-1][0])))

    point(page, view.locator("h3").first, wait)
    point(page, cell, wait)
    cell.click()
    clip = page.locator(".emokit-clip").first
    clip.locator(".emokit-stage").first.wait_for(timeout=60_000)
    wait(900)
    steps = clip.get_by_role("button", name="What each step says")
    point(page, steps, wait)
    steps.click()
    clip.locator(".emokit-clip-steps").first.wait_for(timeout=90_000)
    wait(900)
    point(page, clip.locator(".emokit-stage").first, wait)
    clip.locator(".emokit-stage").first.focus()
    page.keyboard.press(" ")
    wait(2600)
    animate(shots, to / "confusion-explorer.webp")


def point(page, target, wait) -> None:
    """Move the pointer to a part of the page, slowly enough for an eye."""
    box = target.bounding_box()
    page.evaluate("([x, y]) => window.pointTo(x, y)", [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    wait(900)


def animate(shots: list[tuple[float, bytes]], path: Path) -> None:
    """Pictures one after the other as they were taken, without end, as WebP."""
    times, pictures = zip(*((at, Image.open(BytesIO(shot)).convert("RGB")) for at, shot in shots), strict=True)
    width, height = pictures[-1].size
    height = min(height, TALL)
    sheets = [Image.new("RGB", (width, height), "white") for _ in pictures]
    for sheet, shot in zip(sheets, pictures, strict=True):
        sheet.paste(shot, (0, 0))
    small = [sheet.resize((WIDE, round(WIDE * height / width)), Image.Resampling.LANCZOS) for sheet in sheets]
    lasts = [min(round(1000 * (after - at)), 600) for at, after in pairwise(times)] + [2000]
    content = BytesIO()
    small[0].save(content, "webp", save_all=True, append_images=small[1:], duration=lasts, loop=0, quality=70, method=6)
    if content.tell() > MOST_MOVING:
        raise SystemExit(f"{path.name} takes {content.tell():,} bytes, more than {MOST_MOVING:,}; show less in it.")
    atomic_files.write_bytes(path, content.getvalue())
    print(f"{path.name}  {content.tell() // 1000} kB")


def explore(page, run: Run, to: Path) -> None:
    """The matrix, opened at its largest confusion."""
    run_cell(page)
    largest_confusion(page, run).click()
    clip = page.locator(".emokit-clip").first
    clip.locator(".emokit-stage").first.wait_for(timeout=60_000)
    clip.get_by_role("button", name="What each step says").click()
    clip.locator(".emokit-clip-steps").first.wait_for(timeout=90_000)  # an older run needs TensorFlow for it
    clip.get_by_role("button", name="Nearest training clips").click()
    clip.locator(".emokit-neighbours .emokit-stage").nth(2).wait_for(timeout=60_000)
    in_both_themes(page, to, "confusion-explorer")


def compare(page, to: Path) -> None:
    """Two runs on the same clips: those that the later one repaired."""
    run_cell(page, ".emokit-clip .emokit-stage")
    page.locator(".emokit-clip .emokit-stage").nth(1).wait_for(timeout=60_000)
    page.locator(".emokit-list").evaluate("list => { list.style.maxHeight = '430px'; }")  # pictures have to stay small
    in_both_themes(page, to, "compare")


def blind(page, to: Path) -> None:
    """A clip that is heard blind, its emotion chosen and not yet how sure."""
    run_cell(page, ".emokit-blind")
    page.get_by_label("Your name", exact=True).fill("Anna")
    page.keyboard.press("Enter")
    page.locator(".emokit-stage").wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # it has played
    page.locator(".emokit-choice").nth(4).click()
    in_both_themes(page, to, "blind")


def browse(page, to: Path) -> None:
    """The corpus, opened at a cell, with the lengths and levels of its clips."""
    run_cell(page)
    page.locator(".emokit-spread summary").click()
    page.wait_for_function("document.querySelector('.emokit-spread img')?.naturalWidth > 500", timeout=60_000)
    page.locator('.emokit-matrix td[data-place="3,3"]').click()
    page.locator(".emokit-clip .emokit-stage").nth(1).wait_for(timeout=60_000)
    in_both_themes(page, to, "corpus-browser")


def listen(page, to: Path) -> None:
    """A recording over time, a window chosen, with the training clips nearest to it."""
    run_cell(page, ".emokit-track-picture:visible")
    page.get_by_label("The recording", exact=True).and_(page.locator("[src]")).wait_for(timeout=60_000)
    picture = page.locator(".emokit-track-picture")
    picture.focus()
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Nearest training clips").click()
    page.locator(".emokit-neighbours .emokit-stage").nth(2).wait_for(timeout=60_000)
    in_both_themes(page, to, "timeline")


def watch(page, to: Path) -> None:
    """The curves of a training."""
    run_cell(page, ".emokit canvas")
    in_both_themes(page, to, "training-monitor")


def twin(browser, address: str, folder: Path, to: Path) -> None:
    """What the same cell leaves on a stored page, which nobody has trusted."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        papermill.execute_notebook("explore.ipynb", "stored.ipynb", progress_bar=False, log_output=False)
    finally:
        os.chdir(here)
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.goto(f"{address}/lab/tree/stored.ipynb?reset", timeout=90_000)
    details = page.locator(".jp-OutputArea-output details")
    details.first.wait_for(timeout=90_000)
    details.first.locator("summary").click()
    details.first.locator("audio").first.wait_for()
    page.mouse.move(5, 500)
    picture(page.locator(".jp-OutputArea-output").first, to, "confusion-twin")


def page_of(browser, run: Run, to: Path) -> None:
    """The report at its matrix, light and dark."""
    path = report(run)
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1100, "height": 1000})
        page.goto(f"file://{path}")
        page.evaluate("document.querySelector('#matrix').scrollIntoView()")
        picture(page, to, f"report-{scheme}")


def in_both_themes(page, to: Path, name: str) -> None:
    """A picture of the view in JupyterLab's light theme, then one in the dark; the pages share the theme."""
    for theme in ("Light", "Dark"):
        choose_theme(page, theme)
        picture(page.locator(".emokit"), to, f"{name}-{theme.lower()}")
    choose_theme(page, "Light")


def picture(target, to: Path, name: str) -> None:
    """A screenshot as PNG, small enough for a repository."""
    small = BytesIO()
    shot = Image.open(BytesIO(target.screenshot())).convert("RGB")
    shot = shot.crop((0, 0, shot.width, min(shot.height, HEIGHT)))
    shot.quantize(256, dither=Image.Dither.NONE).save(small, "png", optimize=True)  # a third of the size
    if small.tell() > MOST_BYTES:
        raise SystemExit(f"{name} takes {small.tell():,} bytes, more than {MOST_BYTES:,}; show less in it.")
    atomic_files.write_bytes(to / f"{name}.png", small.getvalue())
    print(f"{name}.png  {small.tell() // 1000} kB")


if __name__ == "__main__":
    main()
