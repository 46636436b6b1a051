"""outputs/index.html: every run is on it, names stay text, one script, nothing fetched; and the view of notebook 05."""

import base64
import hashlib
import re
from urllib.parse import unquote

import pytest
from run_folders import copies
from test_run_report import HOSTILE, Page

from emokit import compare, comparison, metrics, plots, widgets
from emokit.plots.style import Plot

FIGURES = (plots.recipe_scores, plots.learning_curves, plots.costs, plots.ladder)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, demo_dir):
    outputs = tmp_path_factory.mktemp("page") / "outputs"
    copies(outputs, demo_dir, split=["clip", "speaker"], fold=[1, 2])
    names = [name.replace("/", "") for name in HOSTILE]  # what a folder may be called
    copies(outputs, demo_dir, names=names, l2=[0.1, 0.2, 0.3, 0.4, 0.5], name=[HOSTILE])
    for folder in sorted(outputs.iterdir())[:3]:
        (folder / "report.html").touch()
    (outputs / "half <b>" / "state").mkdir(parents=True)
    (outputs / "half <b>" / "clips.csv").touch()
    return outputs


@pytest.fixture(scope="module")
def text(outputs):
    return compare.index(outputs).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_each_run_is_on_the_page_and_what_was_left_out_is_named(page, outputs):
    runs, left_out = comparison.read(outputs)
    assert {run.name for run in runs} <= set(page.text) and [*left_out] == ["half <b>"]
    assert [line for line in page.text if line.startswith("half <b> is left out: half <b> holds no run.json")]
    assert comparison.CHOOSE in page.text and page.open == []


def test_names_stay_text_and_the_one_script_is_the_one_that_is_allowed(page, text):
    assert page.tags.count("script") == 1 and "onerror" not in {name for _, name, _ in page.attributes}
    assert all(value.startswith("data:") for value in page.all("src"))
    (script,) = re.findall("<script>(.*?)</script>", text, flags=re.S)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in page.all("content")[0].replace("&#39;", "'")


def test_a_run_links_to_its_report_beside_the_page_where_there_is_one(page, outputs):
    links = page.all("href")
    assert len(links) == 3 and all((outputs / unquote(link)).is_file() for link in links)


def test_the_view_tells_the_figures_of_the_recipes_and_compares_with_another_one(outputs):
    view = widgets.RunTable(comparison.recipes(comparison.read(outputs)[0]))
    columns, rows = view.tables["recipes"]
    told = {row[0][0]: {name: cell for name, cell in zip(columns, row, strict=True)} for row in rows}
    careful = next(recipe for recipe in view.recipes if recipe.label == "demo-splitspeaker")
    test = careful.of("test")
    assert told["demo-splitspeaker"]["test UAR"][0] == f"{100 * metrics.uar(test['emotion'], test['predicted']):.1f}"
    assert told["demo-splitclip"]["to know"][0] == "SPEAKER-DEPENDENT"
    assert told["demo-splitclip"]["95 % interval"] == ("", None)
    again, _ = view.against({"label": "demo-splitclip"})
    compared = {row[0][0]: row[again["columns"].index("to")][0] for row in again["rows"]}
    assert compared["demo-splitspeaker"] == "demo-splitclip" and compared["demo-splitclip"] == ""
    assert repr(view) == "9 runs of 7 recipes: 9 complete"


def test_figures_state_what_they_show_and_say_so_where_there_is_nothing(outputs):
    found = comparison.recipes(comparison.read(outputs)[0])
    (task,) = [task for task in comparison.by_task(found) if "demo-splitclip" in {recipe.label for recipe in task}]
    drawn = compare.figures(task)
    assert list(drawn) == ["uar", "learning_curves", "ladder"]  # of two recipes, one of them speaker-dependent
    careless, careful = (next(r for r in task if r.label == f"demo-split{split}") for split in ("clip", "speaker"))
    points = 100 * (careless.uar() - careful.uar())
    more = "more" if points >= 0 else "less"
    assert drawn["ladder"].finding.endswith(f"claimed {abs(points):.1f} points {more} for demo-splitspeaker")
    for draw in FIGURES:
        assert isinstance(draw([]), Plot) and draw([]).finding
    assert plots.differences([], None).finding == "No run is complete yet"
    assert compare.figures([]) == {}


def test_a_folder_without_runs_has_a_page_too(tmp_path):
    assert "0 runs of 0 recipes: none yet" in compare.index(tmp_path).read_text(encoding="utf-8")
