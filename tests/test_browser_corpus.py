"""The corpus browser and the matrix in Chromium where there is much to show and little room: what stays in sight."""

import re

import numpy as np
import pandas as pd
import pytest
from in_jupyterlab import needs_chromium, play_clip
from in_page import show
from test_confusion_explorer import give_model, make_run

from emokit import corpora, widgets

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
WEIGHTS = "all => all.map((one) => getComputedStyle(one).fontWeight)"
NARROW = 640  # px: what JupyterLab leaves of a window of 1000


@pytest.fixture(scope="module")
def crowd(demo_dir) -> pd.DataFrame:
    """3,600 clips of 120 speakers: 60 women, 58 men, two of unknown sex; the first speaker lacks three happy clips."""
    clips = corpora.load("demo", demo_dir)
    clips = clips.iloc[np.arange(3600) % len(clips)].reset_index(drop=True)
    number = np.arange(3600) // 30
    sex = np.select([number < 60, number < 118], ["female", "male"], None)
    clips = clips.assign(speaker=[f"corpus/p{n:03}" for n in number], sex=sex)
    return clips.drop(index=clips[(number == 0) & (clips["emotion"] == "happy")].index[:3])


@pytest.fixture
def page(browser, crowd):
    page = show(browser, widgets.CorpusBrowser(crowd), width=NARROW)
    yield page
    page.close()


def names(page) -> list[str]:
    """Of the rows, sums first."""
    return page.locator(".emokit-corpus tbody th").all_inner_texts()


def numbers(page, row: str) -> list[str]:
    head = page.get_by_role("rowheader").filter(has_text=row)
    line = page.locator(".emokit-corpus tbody tr").filter(has=head).first
    return line.locator("td").all_inner_texts()


def heading(page) -> str:
    return " ".join(page.locator(".emokit-list h3").inner_text().split())


def test_120_speakers_are_summed_by_sex_and_the_heads_stay_in_sight(page):
    assert names(page)[:5] == ["all (120)", "female (60)", "male (58)", "sex unknown (2)", "p000 female"]
    assert numbers(page, "all") == ["720", "717", "720", "720", "720", "3597"]
    assert numbers(page, "male (58)") == ["348"] * 5 + ["1740"]
    assert numbers(page, "p000") == ["6", "3", "6", "6", "6", "27"]
    head, last = page.locator(".emokit-corpus thead th").nth(1), page.locator(".emokit-corpus tbody th").last
    before = head.bounding_box()["y"]
    page.locator(".emokit-tall").evaluate("box => { box.scrollTop = 2000; box.scrollLeft = 60; }")
    assert head.bounding_box()["y"] == before
    row = page.locator(".emokit-corpus tbody th").nth(70)
    assert row.bounding_box()["x"] == page.locator(".emokit-tall").bounding_box()["x"]
    assert last.inner_text() == "p119 sex ?"
    assert last.evaluate("th => getComputedStyle(th).opacity") == "1"  # not as if it could not be chosen


def test_speakers_are_searched_and_sorted(page):
    page.get_by_label("Search speakers").fill("p01")
    page.get_by_text("10 of 120 speakers").wait_for()
    assert names(page) == [f"p01{n} female" for n in range(10)]
    assert page.locator("label.emokit-on").inner_text() == "Search"
    page.get_by_label("Search speakers").fill("nobody")
    page.get_by_text("No speaker matches.").wait_for()
    page.get_by_role("button", name="Clear the search").click()
    assert len(names(page)) == 124 and page.locator(".emokit-on").count() == 0
    for order in ("most happy", "most clips"):
        page.get_by_label("Sort by").select_option(order)
        assert names(page)[-1] == "p000 female"
        page.get_by_label("Sort by").select_option("name")
    page.get_by_label("Sort by").select_option("sex")
    assert names(page)[-2:] == ["p118 sex ?", "p119 sex ?"]


def test_rows_columns_and_sums_are_chosen_and_their_clips_play_beside_the_table(page, crowd):
    page.get_by_role("rowheader", name="p000").click()
    page.locator(".emokit-stage").first.wait_for()
    assert heading(page) == "All by corpus/p000: 27 clips"
    assert play_clip(page.locator(".emokit-clip").first) > 0.2
    table, clips = page.locator(".emokit-tall").bounding_box(), page.locator(".emokit-list").bounding_box()
    assert clips["x"] >= table["x"] + table["width"] and clips["x"] + clips["width"] <= NARROW
    page.locator(".emokit-corpus thead .emokit-letter").nth(2).click()
    page.locator(".emokit-list h3").filter(has_text="sad: 720 clips").wait_for()
    page.locator('td[data-place="3,2"]').click()
    page.locator(".emokit-list h3").filter(has_text="sad by sex unknown (2): 12 clips").wait_for()
    shown = page.locator(".emokit-list .emokit-head strong").count()
    assert shown == 12


def test_the_cells_are_walked_by_keys(page):
    page.locator('td[data-place="0,0"]').focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "End"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.locator(".emokit-list h3").filter(has_text="All by corpus/p000: 27 clips").wait_for()


@pytest.fixture(scope="module")
def explorer(tmp_path_factory, demo_dir):
    return widgets.ConfusionExplorer(give_model(make_run(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir)))


@pytest.mark.parametrize("width", [NARROW, 1100])
def test_a_filter_that_is_on_is_seen_and_a_button_clears_them_all(browser, explorer, width):
    page = show(browser, explorer, width=width)
    clear = page.locator(".emokit-clear")
    assert clear.is_hidden() and page.locator(".emokit-on").count() == 0
    speaker = page.locator("label").filter(has_text=re.compile("^Speaker")).locator("select")
    speaker.select_option(index=1)
    page.get_by_label("Search by file name").fill("no such file")
    page.locator(".emokit h3").filter(has_text="No clip passes the filters").wait_for()
    assert [label.split("\n")[0] for label in page.locator(".emokit-on").all_inner_texts()] == ["Speaker", "Search"]
    weights = page.locator(".emokit-filters label").evaluate_all(WEIGHTS)
    assert sorted(weights)[-3:] == ["400", "700", "700"]
    assert clear.inner_text() == "Clear 2 filters"
    clear.click()
    page.locator(".emokit h3").filter(has_text="on 30 test clips").wait_for()
    assert clear.is_hidden() and speaker.input_value() == ""
    page.close()


@pytest.mark.parametrize("width", [NARROW, 1100])
def test_the_space_below_the_matrix_is_used_and_neighbours_are_whole(browser, explorer, width):
    page = show(browser, explorer, width=width)
    page.locator('td[data-truth="sad"][data-predicted="sad"]').click()
    page.locator(".emokit-stage").first.wait_for()
    parts = (".emokit-matrix", ".emokit-filters", ".emokit-list")
    matrix, bar, clips = (page.locator(name).bounding_box() for name in parts)
    below, beside = bar["y"] > matrix["y"] + matrix["height"], bar["x"] >= matrix["x"] + matrix["width"]
    assert below if width > NARROW else beside
    assert clips["y"] == pytest.approx(matrix["y"], abs=20) if width > NARROW else clips["x"] < 30
    page.get_by_role("button", name="Nearest training clips").first.click()
    near = page.locator(".emokit-neighbours > div")
    near.nth(2).locator(".emokit-stage").wait_for(timeout=60_000)
    page.wait_for_timeout(300)
    clips = page.locator(".emokit-list").bounding_box()
    for box in near.evaluate_all("all => all.map((one) => one.getBoundingClientRect().toJSON())"):
        assert box["x"] >= clips["x"] and box["right"] <= clips["x"] + clips["width"]
        assert box["y"] >= clips["y"] and box["bottom"] <= clips["y"] + clips["height"] + 1
    page.close()
