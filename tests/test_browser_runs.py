"""The table of runs in a real JupyterLab and on its page, in Debian's Chromium."""

import nbformat
import pytest
from in_jupyterlab import as_hex, choose_theme, lab, needs_chromium, open_notebook, run_cell, write_notebook
from run_folders import copies

from emokit import colours, compare, comparison

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
TABLE = """
from emokit import comparison, widgets
widgets.RunTable(comparison.recipes(comparison.read("outputs")[0]))
"""
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir):
    """Six recipes of two folds, one interrupted run, and one whose folder is named as markup."""
    folder = tmp_path_factory.mktemp("lab")
    copies(folder / "outputs", demo_dir, dropout=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], fold=[1, 2])
    copies(folder / "outputs", demo_dir, names=[HOSTILE], l2=[0.5])
    copies(folder / "outputs", demo_dir, names=["stopped"], state="running", l2=[0.25])
    write_notebook(folder / "table.ipynb", TABLE)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with lab(folder) as address:
        yield address


def column(page, table: str, name: str) -> list[str]:
    """The cells of a column that are shown, from top to bottom."""
    place = f"{table} thead th"
    heads = [text.strip() for text in page.locator(place).all_inner_texts()]
    rows = page.locator(f"{table} tbody tr:not([hidden])")
    return [cell.strip() for cell in rows.locator(f"td:nth-child({heads.index(name) + 1})").all_inner_texts()]


def check_sorting(page, table: str) -> None:
    """By mouse: numbers from the highest, then from the lowest; by keyboard too; what is missing stays last."""
    head = page.locator(f"{table} thead th button", has_text="dev UAR")
    head.click()
    down = [float(text) for text in column(page, table, "dev UAR") if text]
    assert down == sorted(down, reverse=True) and len(down) > 6
    assert page.locator(f"{table} th[aria-sort=descending]").inner_text().startswith("dev UAR")
    head.focus()
    page.keyboard.press("Enter")
    up = column(page, table, "dev UAR")
    assert [float(text) for text in up if text] == sorted(down) and up == sorted(up, key=lambda text: text == "")
    page.locator(f"{table} thead th button", has_text="dropout").focus()
    page.keyboard.press("Space")
    dropouts = [float(text) for text in column(page, table, "dropout")]
    assert dropouts == sorted(dropouts, reverse=True)


def test_the_live_table_sorts_filters_and_compares_with_whichever_recipe(address, browser):
    page = open_notebook(browser, address, "table.ipynb", height=1300)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    run_cell(page, ".emokit-runs td")
    recipes, runs = '.emokit-runs[aria-label="recipes"]', '.emokit-runs[aria-label="runs"]'
    check_sorting(page, recipes)
    check_sorting(page, runs)
    page.get_by_label("Compare with").select_option(index=3)
    chosen = page.get_by_label("Compare with").input_value()
    page.wait_for_function("name => [...document.querySelectorAll('.emokit-runs[aria-label=recipes] td')]"
                           ".filter((td) => td.textContent === name).length > 5", arg=chosen)  # fmt: skip
    page.get_by_label("Show rows with these words").fill("stopped")
    assert column(page, runs, "state") == ["interrupted at epoch 0"]
    page.get_by_label("Show rows with these words").fill("")
    assert HOSTILE in column(page, runs, "run") and page.locator(".emokit img").count() == 0 and not dialogs
    check_both_themes(page)
    page.close()


def check_both_themes(page) -> None:
    """Heads and buttons stay readable when JupyterLab turns dark."""
    read = "node => [getComputedStyle(node).color, getComputedStyle(node.closest('.emokit')).backgroundColor]"
    for theme in ("Dark", "Light"):
        choose_theme(page, theme)
        for place in (".emokit-runs th button", ".emokit-runs td"):
            text, ground = map(as_hex, page.locator(place).first.evaluate(read))
            assert colours.contrast(text, ground) >= 4.5


def test_a_run_opens_in_03_beside_the_table(folder, address, browser):
    page = open_notebook(browser, address, "table.ipynb", height=1300)
    run_cell(page, ".emokit-runs td")
    runs = page.locator('.emokit-runs[aria-label="runs"] td button')
    runs.filter(has_text="stopped").click()
    page.locator(".emokit-error", has_text="stopped is interrupted at epoch 0; 03 reads complete runs.").wait_for()
    runs.filter(has_text="demo-dropout0.3-fold2").click()
    page.locator(".lm-TabBar-tabLabel", has_text="03_evaluate.ipynb").wait_for(timeout=60_000)
    page.get_by_text("'demo-dropout0.3-fold2'").first.wait_for(timeout=60_000)
    asking = nbformat.read(folder / "outputs" / "demo-dropout0.3-fold2" / "03_evaluate.ipynb", as_version=4)
    (given,) = [cell for cell in asking.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert given.source.splitlines()[1] == "runs = 'demo-dropout0.3-fold2'"
    page.close()


def test_the_page_sorts_and_filters_offline_in_both_colours(folder, browser):
    (folder / "outputs" / "demo-dropout0.3-fold2" / "report.html").write_text("<title>the report</title>")
    path = compare.index(folder / "outputs")
    for scheme in ("light", "dark"):
        context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 1400, "height": 1000})
        page, said = context.new_page(), []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("dialog", lambda dialog, said=said: (said.append(dialog.message), dialog.dismiss()))
        page.goto(f"file://{path}")
        check_sorting(page, "#runs ~ .wide table")
        page.get_by_label("Show rows with").fill("dropout0.3 fold2")
        assert column(page, "#runs ~ .wide table", "run") == ["demo-dropout0.3-fold2"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 1400 and said == []
        page.get_by_role("link", name="demo-dropout0.3-fold2").click()
        assert page.title() == "the report"
        context.close()


def test_without_script_the_page_shows_every_run_and_no_input(folder, browser):
    path = compare.index(folder / "outputs")
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{path}")
    runs, _ = comparison.read(folder / "outputs")
    shown = page.locator("#runs ~ .wide table tbody td:first-child").all_inner_texts()
    assert sorted(shown) == sorted(run.name for run in runs)
    assert page.locator("input").is_hidden() and page.locator("th button").count() == 0
    context.close()
