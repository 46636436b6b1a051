"""The live views in a real JupyterLab, driven by Playwright in Debian's Chromium."""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from in_jupyterlab import (
    as_hex,
    choose_theme,
    lab,
    needs_chromium,
    open_notebook,
    play,
    play_clip,
    restart_kernel,
    run_cell,
    write_notebook,
)
from test_confusion_explorer import four_voices, give_model, make_run
from test_run_report import HOSTILE, finished

from emokit import abstention, audio, colours, metrics, report, run_folder

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
EXPLORE = """
from emokit import run_folder, widgets
run = run_folder.Run.open("outputs/run-1")
widgets.ConfusionExplorer(run)
"""
COMPARE = """
from emokit import run_folder, widgets
one, other = (run_folder.Run.open(f"outputs/{name}") for name in ("run-1", "run-2"))
widgets.ConfusionExplorer(one, against=other)
"""
BROWSE = """
import pandas as pd
from emokit import audit, corpora, widgets
clips = corpora.load("demo", {data_dir!r})
clips = clips[clips["speaker"] < "demo/v07"]
findings = pd.DataFrame({{"check": ["silent"], "found": ["holds no sound"], "file": [clips["file"].iloc[0]]}})
widgets.CorpusBrowser(clips.join(audit.measure(clips)), findings)
"""
WATCH = """
import numpy as np, pandas as pd
from emokit import widgets
monitor = widgets.training_monitor("outputs/live", epochs=40, patience=15)
n = np.arange(1, 26)
said = {"epoch": n, "loss": 2 * 0.95**n, "uar": 1 - 0.8 * 0.93**n, "val_loss": 2 * 0.96**n + 0.001 * n**1.6}
said |= {"val_uar": 0.8 - 0.6 * 0.9**n - 0.0005 * (n - 18.0)**2, "learning_rate": 3e-4 / 2.0**(n // 18), "seconds": 9.0}
import time
for epoch in (1, 12, 25):
    pd.DataFrame(said).head(epoch).to_csv("outputs/live/history.csv", index=False)
    monitor.update()
    for batch in range(6):
        monitor.batch(batch, 8)
        time.sleep(0.3)
"""
GROUNDS = {"light": "#ffffff", "dark": "#121212"}  # of a Chromium page that sets no colour
HOSTILE_NAMES = EXPLORE.replace("run-1", "hostile")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    give_model(make_run(folder / "outputs" / "run-1", demo_dir))
    make_run(folder / "outputs" / "run-2", demo_dir, seed=1)
    hostile_run(folder, demo_dir)
    (folder / "outputs" / "live").mkdir()
    write_notebook(folder / "watch.ipynb", WATCH, "monitor.close()")
    notebooks = {"explore": EXPLORE, "compare": COMPARE, "hostile": HOSTILE_NAMES}
    for name, cell in (notebooks | {"browse": BROWSE.format(data_dir=str(demo_dir))}).items():
        write_notebook(folder / f"{name}.ipynb", cell)
    return folder


def hostile_run(folder: Path, demo_dir: Path) -> None:
    """A run of clips whose files and speakers are named as markup."""
    clips = four_voices(demo_dir)
    for n, place in enumerate(clips.index):
        file = folder / "corpus" / f"{n:02}" / f"{HOSTILE[n % len(HOSTILE)]}.wav"
        file.parent.mkdir(parents=True)
        shutil.copy(clips.loc[place, "file"], file)
        clips.loc[place, "file"] = str(file)
    clips["speaker"] += HOSTILE[0]
    make_run(folder / "outputs" / "hostile", folder / "corpus", clips=clips)


@pytest.fixture(scope="module")
def address(folder):
    with lab(folder) as address:
        yield address


def largest_confusion(predictions: pd.DataFrame) -> tuple[str, str]:
    wrong = predictions[predictions["emotion"] != predictions["predicted"]]
    return wrong.groupby(["emotion", "predicted"]).size().idxmax()


def open_cell(page, truth: str, predicted: str) -> None:
    page.locator(f'td[data-truth="{truth}"][data-predicted="{predicted}"]').click()
    page.locator(".emokit-clip .emokit-stage").first.wait_for(timeout=30_000)


def check_both_themes(page) -> None:
    """Text of the view stays readable when JupyterLab turns dark."""
    choose_theme(page, "Dark")
    read = "[getComputedStyle(view).color, getComputedStyle(view).backgroundColor]"
    text, ground = page.locator(".emokit").evaluate(f"view => {read}")
    assert colours.contrast(as_hex(ground), "#ffffff") > 10
    assert colours.contrast(as_hex(text), as_hex(ground)) >= 4.5
    choose_theme(page, "Light")


def test_a_cell_opens_its_clips_and_they_play_and_a_review_outlives_the_kernel(folder, address, browser):
    predictions = pd.read_csv(folder / "outputs" / "run-1" / "predictions.csv")
    test = predictions[predictions["part"] == "test"]
    truth, predicted = largest_confusion(test)
    of_cell = test[(test["emotion"] == truth) & (test["predicted"] == predicted)].sort_values("loss", ascending=False)
    page = open_notebook(browser, address, "explore.ipynb", height=1300)
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    run_cell(page)
    open_cell(page, truth, predicted)
    names = page.locator(".emokit-clip .emokit-head strong").all_inner_texts()
    assert [name.strip() for name in names] == [Path(file).name for file in of_cell["file"]]
    assert play_clip(page.locator(".emokit-clip").first) > 0.2

    clip = page.locator(".emokit-clip").first
    clip.get_by_role("button", name="bad audio").click()
    page.get_by_text("saved; apply_reviews leaves the clip out", exact=True).wait_for()
    kept = pd.read_csv(folder / "outputs" / "run-1" / "reviews.csv")
    assert kept[["file", "verdict"]].to_numpy().tolist() == [[of_cell["file"].iloc[0], "bad audio"]]

    clip.get_by_role("button", name="Nearest training clips").click()
    clip.locator(".emokit-neighbours .emokit-stage").nth(2).wait_for(timeout=30_000)
    check_evidence(clip, of_cell["file"].iloc[0], run_folder.Run.open(folder / "outputs" / "run-1"))
    check_both_themes(page)
    check_keyboard(page)
    restart_kernel(page)
    page.locator(".emokit-matrix").evaluate("old => old.remove()")
    run_cell(page)
    open_cell(page, truth, predicted)
    pressed = page.locator(".emokit-clip").first.locator('button[aria-pressed="true"]')
    pressed.wait_for()
    assert pressed.inner_text() == "bad audio"
    page.close()
    assert not [text for text in errors if "emokit" in text.lower()]


def check_evidence(clip, file: str, run) -> None:
    """What each step says is what the model says: pointed at, it is told with its probability."""
    clip.get_by_role("button", name="What each step says").click()
    clip.locator(".emokit-clip-steps").first.wait_for(timeout=90_000)  # the kernel loads TensorFlow
    of_file = run.clips[run.clips["file"].str.endswith(f"/{file}")]
    expected = run.evidence(of_file)[0]
    start = run.settings.placed(audio.read(of_file["file"].item()))[1] * run.settings.hop
    n_steps = int((~pd.isna(expected[:, 0])).sum())
    assert 1 < n_steps <= 20
    stage, told = clip.locator(".emokit-stage").first, clip.locator(".emokit-readout").first
    box, seconds = stage.bounding_box(), float(stage.get_attribute("aria-valuemax"))
    for step, p in enumerate(expected[:n_steps]):
        middle = min(start + 0.16 * (step + 0.5), seconds - 0.01)  # the last step may end behind the clip
        clip.page.mouse.move(box["x"] + middle / seconds * box["width"], box["y"] + 10)
        emotion, percent = re.search(r"(\w+) (\d+) %$", told.inner_text()).groups()
        assert emotion == run.emotions[p.argmax()] and int(percent) == pytest.approx(100 * p.max(), abs=0.6)


def check_keyboard(page) -> None:
    """Arrow keys move through the matrix, Enter opens a cell, and the rest of the page stays put."""
    page.locator(".emokit-matrix td").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.place") == "1,1"
    page.keyboard.press("Enter")
    page.locator('.emokit-matrix td[data-place="1,1"][aria-selected="true"]').wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_what_is_said_follows_the_filters(folder, address, browser):
    test = run_folder.Run.open(folder / "outputs" / "run-1").predictions.query("part == 'test'")
    truth, predicted = largest_confusion(test)
    page = open_notebook(browser, address, "explore.ipynb")
    run_cell(page)
    said, title = page.locator(".emokit-said"), page.locator(".emokit h3").first
    page.locator(f'td[data-truth="{truth}"][data-predicted="{predicted}"]').click()
    for speaker, rows in test.groupby("speaker"):
        page.locator(".emokit-filters").get_by_label(re.compile("^Speaker")).select_option(speaker)
        score = 100 * metrics.uar(rows["emotion"], rows["predicted"])
        title.filter(has_text=f"UAR {score:.1f} % on {len(rows)} test clips").wait_for()  # speakers have as many clips
        assert said.inner_text().split(";")[0].rstrip(".") == in_words(rows, truth, predicted)
        check_cells(page, rows)
    page.get_by_label("Search by file name").fill("no such file")
    title.filter(has_text="No clip passes the filters").wait_for()
    assert said.inner_text() == f"There is no {truth} clip here."
    check_cells(page, test.head(0))
    page.close()


def test_the_least_sure_are_left_out_live(folder, address, browser):
    """The slider, moved by keyboard and as by a hand: title and cells follow, and a cell lists what is left."""
    run = run_folder.Run.open(folder / "outputs" / "run-1")
    test = run.predictions.query("part == 'test'")
    page = open_notebook(browser, address, "explore.ipynb", height=1300)
    run_cell(page)
    slider, title = page.locator('.emokit-filters input[type="range"]'), page.locator(".emokit h3").first
    before = 100 * metrics.uar(test["emotion"], test["predicted"])
    assert title.inner_text() == f"UAR {before:.1f} % on {len(test)} test clips"
    slider.focus()
    for percent in (10, 20, 50, 0):
        if percent == 10:
            for _ in range(10):
                page.keyboard.press("ArrowRight")
        else:
            slider.fill(str(percent))
        left = abstention.answered(test, abstention.threshold(test, percent / 100))
        told = f"UAR {100 * metrics.uar(left['emotion'], left['predicted']):.1f} % on {len(left)} test clips"
        coverage = f", the surest {100 * len(left) / len(test):.0f} % of {len(test)}" if percent else ""
        title.filter(has_text=told + coverage).wait_for()
        assert page.locator(".emokit-filters output").inner_text() == f"{percent} %"
        check_cells(page, left)
    slider.fill("50")
    left = abstention.answered(test, abstention.threshold(test, 0.5))
    truth = left["emotion"].mode()[0]
    open_cell(page, truth, truth)
    names = {name.strip() for name in page.locator(".emokit-clip .emokit-head strong").all_inner_texts()}
    of_cell = left[(left["emotion"] == truth) & (left["predicted"] == truth)]
    assert names == {Path(file).name for file in of_cell["file"]}
    check_both_themes(page)
    page.close()


def check_cells(page, rows: pd.DataFrame) -> None:
    """Each cell says how many clips it holds, and promises a gain only where there is one."""
    for truth, predicted in product(("neutral", "happy", "sad", "angry", "fearful"), repeat=2):
        cell, expected = f'td[data-truth="{truth}"][data-predicted="{predicted}"]', in_words(rows, truth, predicted)
        page.locator(f'{cell}[title="{expected}"], {cell}[title^="{expected};"]').wait_for()  # it follows the title
        words = page.locator(cell).get_attribute("title")
        assert "by 0.0 points" not in words and "NaN" not in words


def in_words(rows: pd.DataFrame, truth: str, predicted: str) -> str:
    """What is to be said of a cell of these predictions."""
    of_truth = rows[rows["emotion"] == truth]
    n, total = int((of_truth["predicted"] == predicted).sum()), len(of_truth)
    what = "recognised" if truth == predicted else f"taken for {predicted}"
    if not total:
        return f"There is no {truth} clip here"
    if not n:
        return f"No {truth} clip of {total} is {what}"
    return f"{n} of {total} {truth} clips {'is' if n == 1 else 'are'} {what}"


def test_two_runs_are_compared_in_one_matrix(folder, address, browser):
    page = open_notebook(browser, address, "compare.ipynb")
    run_cell(page)
    page.locator(".emokit").get_by_label("Show").select_option("difference")
    one, other = (confusion_of(folder / "outputs" / name) for name in ("run-1", "run-2"))
    for truth in one.index:
        cell = page.locator(f'td[data-truth="{truth}"][data-predicted="{truth}"]')
        points = round(100 * (one.loc[truth, truth] - other.loc[truth, truth]))
        assert cell.inner_text().replace("−", "-") == (f"{points:+d}" if points else "")
    gain = 100 * (uar_of(one) - uar_of(other))
    title = page.locator(".emokit h3").first.inner_text()
    assert title.replace("−", "-").endswith(f", {gain:+.1f} points against run-2")
    check_both_themes(page)
    page.close()


def uar_of(shares: pd.DataFrame) -> float:
    return sum(shares.loc[name, name] for name in shares.index) / len(shares)


def confusion_of(path: Path) -> pd.DataFrame:
    test = pd.read_csv(path / "predictions.csv").query("part == 'test'")
    return pd.crosstab(test["emotion"], test["predicted"], normalize="index")


def test_a_corpus_is_walked_through(address, browser, demo_dir):
    page = open_notebook(browser, address, "browse.ipynb", height=1300)
    run_cell(page)
    page.locator(".emokit-spread summary").click()
    page.locator(".emokit-spread img").wait_for()
    assert "the loudest" in page.locator(".emokit-spread img").get_attribute("alt")
    page.wait_for_function("document.querySelector('.emokit-spread img').naturalWidth > 500")
    page.locator('.emokit-matrix td[data-place="4,0"]').click()  # below the sums: the second speaker, neutral
    page.locator(".emokit-clip .emokit-stage").first.wait_for(timeout=30_000)
    names = [name.strip() for name in page.locator(".emokit-clip .emokit-head strong").all_inner_texts()]
    assert names == sorted(file.name for file in (demo_dir / "v02").glob("*_neu_*.flac"))
    assert play_clip(page.locator(".emokit-clip").first) > 0.2
    page.locator('.emokit-matrix td[data-place="3,3"]').click()
    page.get_by_text("silent: holds no sound", exact=True).wait_for()
    page.locator(".emokit-clip .emokit-stage").first.wait_for(timeout=30_000)
    check_both_themes(page)
    page.close()


def test_a_training_is_watched_as_it_goes_on_and_leaves_one_sentence(address, browser):
    page = open_notebook(browser, address, "watch.ipynb")
    run_cell(page, ".emokit canvas")
    seen = {"title": set(), "batch": set()}
    for _ in range(40):
        seen["title"].add(page.locator(".emokit h3").inner_text())
        seen["batch"].add(page.locator(".emokit-batches + span").inner_text())
        page.wait_for_timeout(150)
        if page.locator(".emokit h3").inner_text().startswith("Epoch 25") and "batch 5 of 8" in seen["batch"]:
            break
    assert {"Epoch 12 of 40: UAR 61.3 % on dev", "batch 3 of 8", "batch 5 of 8"} <= seen["title"] | seen["batch"]
    view = page.locator(".emokit").first
    assert "highest after epoch 23: 73.4 %" in view.inner_text()
    assert "15 epochs left, at most 2 min; 2 of 15 epochs without a better one" in view.inner_text()
    canvas = page.locator(".emokit canvas")
    canvas.focus()
    page.keyboard.press("Home")
    assert "epoch 1: cross-entropy 1.900 / 1.921, UAR 25.6 / 11.6" in view.inner_text()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 46 + 0.5 * (box["width"] / 3 - 56), box["y"] + 90)  # the middle of 1 … 40
    assert re.search(r"epoch (20|21): ", view.inner_text())
    check_both_themes(page)
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-editor").nth(1).click()
    page.keyboard.press("Shift+Enter")
    canvas.wait_for(state="hidden")  # the figure of all epochs follows
    assert view.inner_text().strip() == "Epoch 25 of 40: UAR 73.2 % on dev, highest after epoch 23: 73.4 %"
    page.close()


def test_names_as_markup_stay_text_in_the_live_view(address, browser):
    page = open_notebook(browser, address, "hostile.ipynb")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    run_cell(page)
    shown = set()
    for name in ("neutral", "happy", "sad", "angry", "fearful"):
        page.locator(f'td[data-truth="{name}"][data-predicted="{name}"]').click()
        page.locator(".emokit-list h3").filter(has_text=f"{name}:").wait_for()
        page.locator(".emokit-clip .emokit-stage").first.wait_for(timeout=30_000)
        shown |= {name.strip() for name in page.locator(".emokit-clip .emokit-head strong").all_inner_texts()}
    assert shown == {f"{name}.wav" for name in HOSTILE}
    assert not dialogs and page.locator(".emokit img, .emokit script").count() == 0
    page.close()


def executed(folder: Path) -> Path:
    """The notebook as papermill executes it: headless, so that it holds the twin alone."""
    import papermill

    write_notebook(folder / "headless.ipynb", EXPLORE)
    out = folder / "executed.ipynb"
    before = Path.cwd()
    try:
        os.chdir(folder)
        papermill.execute_notebook("headless.ipynb", str(out), progress_bar=False, log_output=False)
    finally:
        os.chdir(before)
    return out


def test_headless_twin_plays_offline_and_untrusted(folder, address, browser, tmp_path):
    out = executed(folder)
    bundle = json.loads(out.read_text())["cells"][-1]["outputs"][-1]["data"]
    assert set(bundle) == {"text/html", "text/plain"}
    assert out.stat().st_size < 6_000_000
    convert = [sys.executable, "-m", "nbconvert", "--to", "html", str(out), "--output-dir", str(tmp_path)]
    subprocess.run(convert, check=True, capture_output=True)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(f"file://{tmp_path}/executed.html")
    check_twin(page)
    context.close()
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.goto(f"{address}/lab/tree/executed.ipynb?reset", timeout=90_000)
    page.locator(".jp-OutputArea-output details").first.wait_for(timeout=90_000)
    check_twin(page)
    page.close()


def check_twin(page) -> None:
    """A number of the matrix leads to its clips: a browser opens them, JupyterLab scrolls to where they open."""
    link = page.locator("td a").last
    place = link.get_attribute("href").removeprefix("#")
    link.click()
    box = page.locator("details", has=page.locator(f'summary[data-jupyter-id="{place}"]'))
    page.wait_for_function("box => box.getBoundingClientRect().top < innerHeight", arg=box.element_handle())
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    audio = box.locator("audio").first
    audio.wait_for()
    assert play(audio) > 0.2


def test_report_plays_offline_and_asks_for_nothing(browser, tmp_path, demo_dir):
    path = report(finished(tmp_path / "run-1", demo_dir))
    for scheme in ("light", "dark"):
        context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 1100, "height": 1000})
        page, asked, errors = context.new_page(), [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, errors=errors: errors.append(message.text))
        page.goto(f"file://{path}")
        page.locator("details summary").first.click()
        assert play(page.locator("details audio").first) > 0.2
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
        assert [url for url in asked if not url.startswith("data:")] == [f"file://{path}"] and errors == []
        ink = page.locator("caption").last.evaluate("caption => getComputedStyle(caption).color")
        assert colours.contrast(as_hex(ink), GROUNDS[scheme]) >= 4.5
        page.evaluate("document.querySelector('#matrix').scrollIntoView()")
        context.close()


def test_notebook_03_is_live_after_a_run(tmp_path, browser, demo_dir, monkeypatch):
    """The notebook itself, as it is stored, its cells run by the menu: a cell of its matrix opens the right clips."""
    run = finished(tmp_path / "outputs" / "demo-fold1", demo_dir, corpus="demo", allow_severe=False)
    shutil.copy(Path(__file__).resolve().parents[1] / "notebooks" / "03_evaluate.ipynb", tmp_path)
    monkeypatch.setenv("EMOKIT_OUTPUTS_DIR", str(tmp_path / "outputs"))
    test = run.predictions.query("part == 'test'")
    truth, predicted = largest_confusion(test)
    with lab(tmp_path) as address:
        page = open_notebook(browser, address, "03_evaluate.ipynb", height=1300)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".emokit-matrix td").first.wait_for(timeout=120_000)
        open_cell(page, truth, predicted)
        names = page.locator(".emokit-clip .emokit-head strong").all_inner_texts()
        of_cell = test[(test["emotion"] == truth) & (test["predicted"] == predicted)]
        of_cell = of_cell.sort_values("loss", ascending=False)
        assert [name.strip() for name in names] == [Path(file).name for file in of_cell["file"]]
        assert play_clip(page.locator(".emokit-clip").first) > 0.2
        page.close()
