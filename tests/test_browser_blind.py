"""Blind listening in a real JupyterLab: keys, sound, nothing to peek at, and a listener who stops and goes on."""

import pandas as pd
import pytest
from in_jupyterlab import (
    SOUND,
    lab,
    needs_chromium,
    open_notebook,
    play,
    restart_kernel,
    run_cell,
    write_notebook,
)
from in_page import show
from test_browser import check_both_themes
from test_confusion_explorer import make_run

from emokit import metrics, reviews, widgets
from emokit.run_folder import Run

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
BLIND = """
from emokit import run_folder, widgets
widgets.BlindListening(run_folder.Run.open("outputs/run-1"), n=6)
"""
HEARD = f"audio => document.querySelector('{SOUND}').currentTime > 0.1"
EVERYTHING = "document.querySelector('.jp-Notebook').outerHTML"  # what a listener could look up in the page


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir):
    folder = tmp_path_factory.mktemp("blind")
    make_run(folder / "outputs" / "run-1", demo_dir)
    write_notebook(folder / "blind.ipynb", BLIND, "'a cell below'")
    return folder


def begin(page, name: str) -> None:
    page.get_by_label("Your name", exact=True).fill(name)
    page.keyboard.press("Enter")
    page.locator(".emokit-stage").wait_for(timeout=30_000)


def wait_for_clip(page, n: int, of: int = 6) -> None:
    page.locator(".emokit h3").filter(has_text=f"Clip {n} of {of}").wait_for()
    page.wait_for_function(f"document.activeElement.ariaLabel?.includes('clip {n} of {of}')")


def test_clips_are_named_by_keys_alone_and_nothing_on_the_page_says_what_they_are(folder, browser):
    run = Run.open(folder / "outputs" / "run-1")
    view = widgets.BlindListening(run, n=6)
    with lab(folder) as address:
        page = open_notebook(browser, address, "blind.ipynb")
        run_cell(page, ".emokit-blind")
        before = page.locator(".jp-Notebook .jp-Cell .jp-InputArea").all_inner_texts()
        begin(page, "Anna")
        for n in (1, 2):
            wait_for_clip(page, n)
            page.wait_for_function(HEARD)  # it plays by itself, and again by the space bar
            page.keyboard.press(" ")
            page.wait_for_timeout(200)
            everything = page.evaluate(EVERYTHING)
            for row in view.chosen.itertuples():
                assert row.name not in everything and row.speaker not in everything
            page.keyboard.press("2")
            assert page.locator('.emokit-choice[aria-pressed="true"]').inner_text().split() == ["2", "H", "happy"]
            page.keyboard.press("Backspace")
            assert page.locator('.emokit-choice[aria-pressed="true"]').count() == 0
            page.keyboard.press(str(n))
            page.keyboard.press("4")
        wait_for_clip(page, 3)
        check_both_themes(page)
        assert page.locator(".jp-Notebook .jp-Cell .jp-InputArea").all_inner_texts() == before
        kept = reviews.read(run)
        assert kept["label"].tolist() == view.names[:2] and kept["sure"].tolist() == ["4", "4"]
        assert kept["file"].tolist() == view._order("Anna")["file"].tolist()[:2]
        restart_kernel(page)
        page.locator(".emokit-blind").evaluate("old => old.remove()")
        run_cell(page, ".emokit-blind")
        begin(page, "Anna")
        for n in (3, 4, 5, 6):
            wait_for_clip(page, n)
            page.keyboard.press("3")
            page.keyboard.press("1")
        check_result(page, view, run)
        page.close()


def check_result(page, view, run: Run) -> None:
    title = page.locator(".emokit h3").filter(has_text="6 clips heard blind")
    title.wait_for()
    order, kept = view._order("Anna"), reviews.read(run).set_index("file")
    said = order["file"].map(kept["label"])
    assert f"UAR {100 * metrics.uar(order['emotion'], said):.1f} % by Anna" in title.inner_text()
    page.get_by_role("button", name="Hear them again").click()
    clip = page.locator(".emokit-clip").first
    clip.locator(".emokit-stage").wait_for(timeout=30_000)
    clip.locator(".emokit-stage").focus()
    page.keyboard.press(" ")
    page.wait_for_function(HEARD)
    page.keyboard.press(" ")
    words = clip.inner_text()
    row = order[order["name"].map(lambda name: name in words)].iloc[0]
    told = [row["emotion"], said[row.name], row["predicted"]]
    assert names_of(clip.locator(".emokit-head")) == told


def names_of(box) -> list[str]:
    """The emotions whose chips stand in a box."""
    return [text.split()[1] for text in box.locator(".emokit-chip").all_inner_texts()]


def test_who_asks_is_told_after_each_clip_and_may_stop(tmp_path, browser, demo_dir):
    view = widgets.BlindListening(make_run(tmp_path / "run-1", demo_dir), n=6)
    page = show(browser, view, width=1000, dark=True)
    page.get_by_label("tell me after each clip").check()
    begin(page, "Zoë")
    row = view._order("Zoë").iloc[0]
    page.keyboard.press("1")
    page.keyboard.press("5")
    page.get_by_role("button", name="Next clip").wait_for()
    told = page.locator(".emokit-told").inner_text()
    right = row["emotion"] == view.names[0]
    assert told.startswith("✓" if right else "✗")
    assert names_of(page.locator(".emokit-told")) == [row["emotion"], row["predicted"]]
    page.keyboard.press("Enter")
    wait_for_clip(page, 2)
    page.keyboard.press("Backspace")  # what was told is not answered again
    wait_for_clip(page, 2)
    page.get_by_role("button", name="Stop and see the result").click()
    page.get_by_text("1 clip heard blind").wait_for()
    page.get_by_role("button", name="Go on: 5 left").click()
    wait_for_clip(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000
    page.close()


def test_a_slip_of_the_finger_is_taken_back(tmp_path, browser, demo_dir):
    run = make_run(tmp_path / "run-1", demo_dir)
    page = show(browser, widgets.BlindListening(run, n=4))
    begin(page, "Anna <b>")
    for keys in ("1", "5", "Backspace", "2", "3"):
        page.keyboard.press(keys)
        page.wait_for_timeout(400)
    wait_for_clip(page, 2, of=4)
    assert reviews.read(run)[["label", "sure", "listener"]].to_numpy().tolist() == [["happy", "3", "Anna <b>"]]
    page.get_by_role("button", name="Stop and see the result").click()
    page.locator(".emokit h3").filter(has_text="by Anna <b>,").wait_for()
    page.get_by_role("button", name="Another listener").click()
    begin(page, "Zoë")
    wait_for_clip(page, 1, of=4)
    page.close()


def test_the_twin_plays_without_script_and_opens_what_a_clip_is(tmp_path, browser, demo_dir):
    view = widgets.BlindListening(make_run(tmp_path / "run-1", demo_dir))
    path = tmp_path / "twin.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{view.twin()}", encoding="utf-8")
    assert "<script" not in view.twin()
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(f"file://{path}")
    assert play(page.locator("audio").first) > 0.2
    told = page.get_by_text("the model says").first
    assert not told.is_visible()
    page.locator("summary").first.click()
    assert told.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000
    page.close()


def test_a_note_alone_and_the_name_of_who_reviews_are_kept(tmp_path, browser, demo_dir):
    run = make_run(tmp_path / "run-1", demo_dir)
    view = widgets.ConfusionExplorer(run)
    page = show(browser, view)
    truth = pd.crosstab(view.rows["emotion"], view.rows["predicted"]).idxmax(axis=1).index[0]
    for name, words in (("Anna", "a chair"), ("Zoë", "a door")):
        page.get_by_label("Your name, kept beside your reviews").fill(name)
        page.keyboard.press("Enter")
        page.locator(f'td[data-truth="{truth}"][data-predicted="{truth}"]').click()
        note = page.locator(".emokit-clip").first.get_by_placeholder("note")
        page.wait_for_timeout(400)
        assert note.input_value() == ""
        note.fill(words)
        note.press("Enter")
        page.get_by_text("saved", exact=True).wait_for()
    kept = reviews.read(run)
    assert kept[["listener", "note", "verdict"]].to_numpy().tolist() == [["Anna", "a chair", ""], ["Zoë", "a door", ""]]
    page.close()
