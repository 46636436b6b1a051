"""JupyterLab on a folder, and a page on it in Debian's Chromium: for the tests of the live views and their pictures."""

import os
import re
import shutil
import socket
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat import v4

from emokit import atomic_files

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; apt-get install chromium")
SOUND = "audio[data-emokit=sound]"  # the one place where clips of live views sound
SWITCHES = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
OWN = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")
OWN += ("JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")
QUIET = ("--no-browser", "--allow-root", "--ServerApp.port_retries=0", "--IdentityProvider.token=")
QUIET += ("--ServerApp.disable_check_xsrf=True", "--LabApp.news_url=")
QUIET += ("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",)


@contextmanager
def lab(folder: Path):
    """JupyterLab on a folder, with settings of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / ".jupyter" / name) for name in OWN}
    command = [sys.executable, "-m", "jupyter", "lab", f"--port={port}", *QUIET]
    settings = Path(own["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    atomic_files.write_text(settings, '{"fetchNews": "false"}')
    with (folder / "lab.log").open("w") as log:
        server = psutil.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address + "/api/status", server)
            yield address
        finally:
            end(server)


def end(server: psutil.Popen, seconds: float = 20) -> None:
    """End a server; what is left of it and its kernels after a while, as on a busy machine, is killed."""
    with suppress(psutil.NoSuchProcess):  # it has ended by itself
        processes = [server, *server.children(recursive=True)]
        server.terminate()
        _, left = psutil.wait_procs(processes, seconds)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, seconds)


def _wait_for(address: str, server: psutil.Popen, seconds: int = 90) -> None:
    for _ in range(seconds * 4):
        assert server.poll() is None, "JupyterLab ended; see lab.log"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(address)


def microphone(wav: Path) -> list[str]:
    """Switches that give a browser a microphone which hears this file, again and again, and may always be used."""
    fake = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
    return [*fake, f"--use-file-for-fake-audio-capture={wav}"]


@contextmanager
def chromium(*switches: str):
    """A browser that plays without being clicked first, with further switches of the command line."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES, *switches])
        yield browser
        browser.close()


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of these code cells, not executed."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell.strip()) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def open_notebook(browser, address: str, name: str, height: int = 1000):
    """A page on the notebook, its kernel idle, its first cell chosen: Shift+Enter runs it."""
    page = browser.new_page(viewport={"width": 1500, "height": height})
    page.goto(f"{address}/lab/tree/{name}?reset", timeout=90_000)
    page.get_by_text("| Idle").first.wait_for(timeout=90_000)  # before, a cell that is run is forgotten
    page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=90_000)
    return page


def run_cell(page, wanted: str = ".emokit-matrix td") -> None:
    """Run the first cell; again if the kernel, just started, forgot it."""
    from playwright.sync_api import TimeoutError as NothingYet

    for patience in (30_000, 30_000, 90_000):
        page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-editor").first.click()
        page.keyboard.press("Shift+Enter")
        with suppress(NothingYet):
            page.locator(wanted).first.wait_for(timeout=patience)
            return
    raise TimeoutError(wanted)


def restart_kernel(page) -> None:
    """Restart the kernel by the menu, as a person does, and choose the first cell again."""
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".jp-Dialog").wait_for(state="detached")
    page.wait_for_timeout(2000)  # the old kernel still counts as idle
    page.get_by_text("| Idle").first.wait_for(timeout=90_000)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()


def choose_theme(page, theme: str) -> None:
    """Choose JupyterLab's theme, Light or Dark, by the menu."""
    page.get_by_role("menuitem", name="Settings").click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(f"JupyterLab {theme}", exact=True).click()
    light = "true" if theme == "Light" else "false"
    page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
    page.wait_for_timeout(1000)  # the style sheet of the theme is still on its way
    page.mouse.move(5, 500)


def play(audio) -> float:
    """Play for 0.7 s; the place in the sound then, in seconds."""
    audio.evaluate("audio => audio.play()")
    audio.page.wait_for_timeout(700)
    place = audio.evaluate("audio => audio.currentTime")
    audio.evaluate("audio => audio.pause()")
    return place


def play_clip(clip) -> float:
    """Play a clip of a live view for 0.7 s by the space bar; the place in the sound then, in seconds."""
    clip.locator(".emokit-stage").first.focus()
    clip.page.keyboard.press(" ")
    clip.page.wait_for_timeout(700)
    place = clip.page.locator(SOUND).evaluate("audio => audio.currentTime")
    clip.page.keyboard.press(" ")
    return place


def as_hex(colour: str) -> str:
    """The colour behind CSS's rgb(r, g, b) or rgba(r, g, b, a)."""
    return "#" + "".join(f"{int(channel):02x}" for channel in re.findall(r"[\d.]+", colour)[:3])
