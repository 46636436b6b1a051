"""The live views in a real JupyterLab, driven by Playwright in Debian's Chromium."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat import v4
from test_confusion_explorer import make_run

from emokit import atomic_files, emotions

CHROMIUM = shutil.which("chromium")
IMAGES = os.environ.get("EMOKIT_IMAGES")  # a folder for screenshots, docs/images when they are made anew

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; apt-get install chromium")
CODE = """
from emokit import run_folder, widgets
run = run_folder.Run.open("outputs/run-1")
widgets.ConfusionExplorer(run)
"""


@contextmanager
def lab(folder: Path):
    """JupyterLab on a folder, with settings of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        name: str(folder / ".jupyter" / name)
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "IPYTHONDIR",
        )
    }
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
    ]
    command += [
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    quiet = folder / ".jupyter/JUPYTERLAB_SETTINGS_DIR/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    atomic_files.write_text(quiet, '{"fetchNews": "false"}')
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address + "/api/status", server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(address: str, server: subprocess.Popen, seconds: int = 90) -> None:
    for _ in range(seconds * 4):
        assert server.poll() is None, "JupyterLab ended; see lab.log"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    make_run(folder / "outputs" / "run-1", demo_dir)
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CODE.strip())])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "explore.ipynb")
    return folder


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


def shot(target, name: str) -> None:
    if IMAGES:
        target.screenshot(path=str(Path(IMAGES) / f"{name}.png"))


def open_explorer(page, address: str):
    page.goto(f"{address}/lab/tree/explore.ipynb?reset", timeout=90_000)
    page.get_by_text("| Idle").first.wait_for(timeout=90_000)  # before, a cell that is run is forgotten
    page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=90_000)
    page.keyboard.press("Shift+Enter")
    page.locator(".emokit-matrix td").first.wait_for(timeout=90_000)


def largest_confusion(predictions: pd.DataFrame) -> tuple[str, str]:
    wrong = predictions[predictions["emotion"] != predictions["predicted"]]
    return wrong.groupby(["emotion", "predicted"]).size().idxmax()


def test_a_cell_opens_its_clips_and_they_play_and_a_review_stays(folder, browser):
    predictions = pd.read_csv(folder / "outputs" / "run-1" / "predictions.csv")
    test = predictions[predictions["part"] == "test"]
    truth, predicted = largest_confusion(test)
    of_cell = test[(test["emotion"] == truth) & (test["predicted"] == predicted)].sort_values("loss", ascending=False)
    with lab(folder) as address:
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        warnings = []
        page.on("console", lambda message: warnings.append(message.text) if message.type == "error" else None)
        open_explorer(page, address)
        page.locator(f'td[data-truth="{truth}"][data-predicted="{predicted}"]').click()
        page.locator(".emokit-clip audio").first.wait_for(timeout=30_000)
        names = page.locator(".emokit-clip .emokit-head strong").all_inner_texts()
        assert [name.strip() for name in names] == [Path(file).name for file in of_cell["file"]]

        page.locator(".emokit-clip audio").first.evaluate("audio => audio.play()")
        page.wait_for_timeout(700)
        assert page.locator(".emokit-clip audio").first.evaluate("audio => audio.currentTime") > 0.2
        page.locator(".emokit-clip audio").first.evaluate("audio => audio.pause()")

        page.locator(".emokit-clip").first.get_by_role("button", name="bad audio").click()
        page.get_by_text("saved", exact=True).wait_for()
        kept = pd.read_csv(folder / "outputs" / "run-1" / "reviews.csv")
        assert kept[["file", "verdict"]].to_numpy().tolist() == [[of_cell["file"].iloc[0], "bad audio"]]

        page.locator(".emokit-clip").first.get_by_role("button", name="Nearest training clips").click()
        page.locator(".emokit-neighbours audio").nth(2).wait_for(timeout=30_000)
        shot(page.locator(".emokit"), "confusion-explorer-light")
        check_keyboard(page)
        check_dark_theme(page)
        page.close()
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        open_explorer(page, address)  # a new run of the cell
        page.locator(f'td[data-truth="{truth}"][data-predicted="{predicted}"]').click()
        pressed = page.locator(".emokit-clip").first.locator('button[aria-pressed="true"]')
        pressed.wait_for()
        assert pressed.inner_text() == "bad audio"
        page.close()
    assert not [text for text in warnings if "emokit" in text.lower()]


def check_keyboard(page) -> None:
    """Arrow keys move through the matrix, Enter opens a cell, and the rest of the page stays put."""
    page.locator(".emokit-matrix td").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.place") == "1,1"
    page.keyboard.press("Enter")
    page.locator('.emokit-matrix td[data-place="1,1"][aria-selected="true"]').wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')")


def check_dark_theme(page) -> None:
    """Text of the view stays readable when JupyterLab turns dark."""
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    page.locator('body[data-jp-theme-light="false"]').wait_for(state="attached")
    page.wait_for_timeout(1000)  # the style sheet of the theme is still on its way
    read = "[getComputedStyle(view).color, getComputedStyle(view).backgroundColor]"
    text, ground = page.locator(".emokit").evaluate(f"view => {read}")
    assert emotions.contrast(as_hex(ground), "#ffffff") > 10
    assert emotions.contrast(as_hex(text), as_hex(ground)) >= 4.5
    shot(page.locator(".emokit"), "confusion-explorer-dark")


def as_hex(colour: str) -> str:
    """The colour behind CSS's rgb(r, g, b) or rgba(r, g, b, a)."""
    return "#" + "".join(f"{int(channel):02x}" for channel in re.findall(r"[\d.]+", colour)[:3])


def executed(folder: Path) -> Path:
    """The notebook as papermill executes it: headless, so that it holds the twin alone."""
    import papermill

    out = folder / "executed.ipynb"
    before = Path.cwd()
    try:
        os.chdir(folder)
        papermill.execute_notebook("explore.ipynb", str(out), progress_bar=False, log_output=False)
    finally:
        os.chdir(before)
    return out


def test_headless_twin_plays_offline_and_untrusted(folder, browser, tmp_path):
    out = executed(folder)
    bundle = json.loads(out.read_text())["cells"][-1]["outputs"][-1]["data"]
    assert set(bundle) == {"text/html", "text/plain"}
    assert out.stat().st_size < 6_000_000
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(out), "--output-dir", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(f"file://{tmp_path}/executed.html")
    check_twin(page)
    context.close()
    with lab(folder) as address:
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.goto(f"{address}/lab/tree/executed.ipynb?reset", timeout=90_000)
        page.locator(".jp-OutputArea-output details").first.wait_for(timeout=90_000)
        check_twin(page)
        shot(page.locator(".jp-OutputArea-output").first, "confusion-twin")
        page.close()


def check_twin(page) -> None:
    page.locator("details summary").first.click()
    audio = page.locator("details audio").first
    audio.wait_for()
    audio.evaluate("audio => audio.play()")
    page.wait_for_timeout(700)
    assert audio.evaluate("audio => audio.currentTime") > 0.2
