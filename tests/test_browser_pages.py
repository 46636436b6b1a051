"""The report, the page of all runs and a printed notebook in Chromium: narrow, dark, on paper."""

import base64
import re

import pandas as pd
import pytest
from in_jupyterlab import as_hex, needs_chromium
from nbconvert import HTMLExporter
from nbformat import v4
from run_folders import copies
from test_run_report import finished

from emokit import audit, colours, compare, corpora, plots, report, widgets
from emokit.widgets.static_twins import ground

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
SHEET = 1010  # pixels of A4 at 96 to the inch, without margins of 15 mm
# Words that stand on two lines though nothing in them, such as a hyphen, allows it.
BROKEN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), broken = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const { 0: word, index } of node.data.matchAll(/[\\p{L}\\p{N}_]{2,}/gu)) {
      const range = new Range();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word);
    }
  return broken;
}"""
LOOK = "({ breakInside, printColorAdjust }, height) => [breakInside, printColorAdjust, height]"
STYLES = f"box => ({LOOK})(getComputedStyle(box), box.offsetHeight)"


@pytest.fixture(scope="module")
def pages(tmp_path_factory, demo_dir):
    outputs = tmp_path_factory.mktemp("pages") / "outputs"
    copies(outputs, demo_dir, split=["clip", "speaker"], fold=[1, 2])
    remedy = "say so beside your result, or try the split `speaker+sentence`"
    found = [["warning", "sentences across parts", "train & test", "share 6 of 6 sentences", remedy, None]]
    run = finished(outputs / "run-1", demo_dir, findings=pd.DataFrame(found, columns=audit.COLUMNS))
    return report(run), compare.index(outputs)


def opened(browser, path, width: int = 1280, scheme: str = "light"):
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.goto(f"file://{path}")
    return page


@pytest.mark.parametrize("width", [700, 850, 1000, 1280])
def test_no_word_is_broken_and_nothing_is_cut_however_wide_the_page(pages, browser, width):
    page = opened(browser, pages[0], width)
    assert page.evaluate(BROKEN) == [] and page.evaluate("document.documentElement.scrollWidth") <= width
    assert "`" not in page.locator("body").inner_text()
    assert page.locator("code").all_inner_texts() == ["speaker+sentence"]
    page.close()


def test_a_number_of_the_matrix_leads_to_its_clips_without_script(pages, browser):
    page = opened(browser, pages[0])
    link = page.locator("#matrix ~ * td a").first
    number = re.match(r"\d+", link.inner_text())[0]
    link.click()
    box = page.locator("details[open]")
    assert box.locator("summary").inner_text().split(": ")[1].startswith(f"{number} of ")
    assert box.locator("audio").first.is_visible()
    top = box.locator("summary").bounding_box()["y"]
    assert 0 <= top < 1000
    page.close()


def test_in_the_dark_the_cells_are_dark_and_figures_do_not_glare(pages, browser):
    page = opened(browser, pages[0], scheme="dark")
    assert as_hex(page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")) == "#121212"
    assert "brightness" in page.locator("figure img").first.evaluate("image => getComputedStyle(image).filter")
    page.close()


@pytest.mark.parametrize(("page", "ink"), [((255, 255, 255), "#212121"), ((17, 17, 17), "#e0e0e0")])
def test_every_shade_of_a_cell_is_read_in_both_themes(page, ink):
    for share in range(1, 101):
        style = ground(share / 100)
        *shade, alpha = map(float, re.search(r"rgba\((.*?)\)", style)[1].split(","))
        mixed = [round(alpha * c + (1 - alpha) * p) for c, p in zip(shade, page, strict=True)]
        text = "#ffffff" if "color:#fff" in style else ink
        assert colours.contrast(text, "#" + "".join(f"{c:02x}" for c in mixed)) >= 4.5, share


def test_on_paper_colours_stay_players_go_and_nothing_that_fits_a_sheet_is_broken(pages, browser):
    for path in pages:
        page = opened(browser, path, 700, "dark")
        page.emulate_media(media="print")
        assert as_hex(page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")) == "#ffffff"
        whole = [box.evaluate(STYLES) for box in page.locator("figure, tr, header, .notes").all()]
        assert {(kept, exact) for kept, exact, _ in whole} == {("avoid", "exact")}
        assert max(height for *_, height in whole) < SHEET
        assert not page.locator("audio:visible, nav:visible, input:visible").count()
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        page.close()


def test_a_notebook_on_paper_cuts_no_line_and_no_figure_and_hides_its_players(browser, demo_dir, tmp_path):
    """As JupyterLab prints it: by nbconvert."""
    clips = corpora.load("demo", demo_dir).head(4)
    wide = pd.DataFrame({f"column {n}": ["some words of it"] for n in range(8)})
    plots.save(plots.counts(clips), tmp_path / "counts.png")
    png = base64.b64encode((tmp_path / "counts.png").read_bytes()).decode()
    shown = [widgets.listen(clips)._repr_mimebundle_(), {"image/png": png}, {"text/html": wide.to_html()}]
    shown += [{"text/plain": "a_word_that_is_long " * 20}]
    of_figures = {"image/png": {"width": 672}}  # as IPython says of those that are drawn for fine screens
    outputs = [v4.new_output("execute_result", data=data, metadata=of_figures) for data in shown]
    cells = [v4.new_code_cell(f"print('{'far and wide ' * 12}')", outputs=[output]) for output in outputs]
    source, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells))
    (tmp_path / "page.html").write_text(re.sub("<script.*?</script>", "", source, flags=re.S))
    page = opened(browser, tmp_path / "page.html", width=690)  # A4 without its margins
    assert page.locator("audio").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator("audio").count() == 4 and not page.locator("audio").first.is_visible()
    cards = [card.bounding_box() for card in page.locator(".emokit-card").all()]
    assert cards[0]["y"] == cards[1]["y"] < cards[2]["y"]  # two in a row
    edges = "boxes => boxes.map((box) => [box.scrollWidth - box.clientWidth, box.getBoundingClientRect().right])"
    for over, right in page.locator(".jp-OutputArea-output, .jp-InputArea pre, .jp-Cell img").evaluate_all(edges):
        assert over <= 0 and right <= 690
    page.close()
