"""axe-core finds no serious fault in the report, the page of all runs, and the live views in JupyterLab."""

import subprocess

import axe
import pytest
from in_jupyterlab import choose_theme, lab, needs_chromium, open_notebook, run_cell, write_notebook
from run_folders import copies
from test_confusion_explorer import give_model
from test_run_report import finished

from emokit import compare, report

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
VIEWS = """
from emokit import audit, comparison, corpora, run_folder, widgets
run = run_folder.Run.open("outputs/run-1")
clips = corpora.load("demo", {demo!r}).query("speaker < 'demo/v04'")
file = run.clips["file"].iloc[0]
monitor = widgets.training_monitor(run.path)
display(widgets.ConfusionExplorer(run), widgets.CorpusBrowser(clips.join(audit.measure(clips))))
display(widgets.RunTable(comparison.recipes(comparison.read("outputs")[0])), widgets.Timeline(run, file))
"""


@pytest.fixture(scope="module")
def code(pytestconfig):
    try:
        return axe.script(pytestconfig.rootpath / ".pytest_cache" / "axe")
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"axe-core cannot be had by npm ({error}); install npm, whose registry must be reachable")


@pytest.fixture(scope="module")
def pages(tmp_path_factory, demo_dir):
    outputs = tmp_path_factory.mktemp("pages") / "outputs"
    copies(outputs, demo_dir, split=["clip", "speaker"], fold=[1, 2])
    return report(finished(outputs / "run-1", demo_dir)), compare.index(outputs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_report_and_page_of_all_runs_have_no_serious_fault(pages, browser, code, scheme):
    for path in pages:
        for width in (700, 1280):
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 1000})
            page.goto(f"file://{path}")
            page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
            assert axe.faults(page, code, "body") == [], (path.name, width)
            page.close()


def test_live_views_have_no_serious_fault_in_either_theme(tmp_path, browser, code, demo_dir):
    give_model(finished(tmp_path / "outputs" / "run-1", demo_dir))
    write_notebook(tmp_path / "views.ipynb", VIEWS.format(demo=str(demo_dir)))
    with lab(tmp_path) as address:
        page = open_notebook(browser, address, "views.ipynb", height=3000)
        run_cell(page)
        page.locator(".emokit-track-picture").wait_for(timeout=90_000)  # the last one; the kernel loads TensorFlow
        page.locator(".emokit-matrix td").first.click()
        page.locator(".emokit-clip .emokit-stage").first.wait_for(timeout=60_000)
        assert page.locator(".emokit:visible").count() == 5
        for theme in ("Dark", "Light"):
            choose_theme(page, theme)
            assert axe.faults(page, code, ".emokit") == [], theme
        page.close()
