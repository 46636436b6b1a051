"""Keys pressed within a view in a real JupyterLab stay there: none cuts, adds or runs a cell of the notebook."""

import pytest
from in_jupyterlab import SOUND, chromium, lab, needs_chromium, open_notebook, run_cell, write_notebook
from test_confusion_explorer import make_run

from emokit import reviews
from emokit.run_folder import Run

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
EXPLORE = """
from emokit import run_folder, widgets
widgets.ConfusionExplorer(run_folder.Run.open("outputs/run-1"))
"""
COMMANDS = ("x", "a", "b", "d", "d", "c", "v", "m", "z", "Shift+Enter", "Control+Enter", "Shift+M")  # of a notebook


@pytest.fixture(scope="module")
def page(tmp_path_factory, demo_dir):
    folder = tmp_path_factory.mktemp("keys")
    run = make_run(folder / "outputs" / "run-1", demo_dir)
    write_notebook(folder / "explore.ipynb", EXPLORE, "'a cell below'")
    with lab(folder) as address, chromium() as browser:
        page = open_notebook(browser, address, "explore.ipynb", height=1300)
        run_cell(page)
        page.get_by_text("[1]:").first.wait_for(timeout=90_000)  # the twin is made after the view is shown
        page.run = run
        yield page


def notebook(page) -> list[str]:
    """What the notebook holds and whether its cells were run: what a stray key would change."""
    return page.locator(".jp-Notebook .jp-Cell .jp-InputArea").all_inner_texts()


def test_letters_on_a_cell_of_the_matrix_leave_the_notebook_alone(page):
    before = notebook(page)
    for key in COMMANDS:
        page.locator(".emokit-matrix td").first.focus()
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert notebook(page) == before and len(before) == 2


def test_a_player_takes_its_keys_and_the_notebook_none(page):
    before = notebook(page)
    page.locator('td[data-truth="sad"][data-predicted="sad"]').click()
    stage = page.locator(".emokit-stage").first
    stage.wait_for(timeout=30_000)
    stage.focus()
    for key in (*COMMANDS, "f", "s", "l", "+", "-", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    stage.focus()
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('{SOUND}').currentTime > 0.1")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.ariaLabel.startsWith('Clip ')")
    page.keyboard.press("1")
    page.get_by_text("saved", exact=True).wait_for()
    assert notebook(page) == before


def test_enter_in_search_and_note_acts_and_runs_nothing(page):
    before = notebook(page)
    note = page.locator(".emokit-clip").nth(1).get_by_placeholder("note")
    note.click()
    page.keyboard.type("x d d a voice")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    assert reviews.read(Run.open(page.run.path))["note"].tolist() == ["x d d a voice"]
    search = page.get_by_label("Search by file name")
    search.click()
    page.keyboard.type("no such file")
    page.keyboard.press("Enter")
    page.locator(".emokit h3").filter(has_text="No clip passes the filters").wait_for()
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(500)
    assert notebook(page) == before
