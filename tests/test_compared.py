"""A comparison that plays: which clips changed, what is said of it, live in Chromium and without script."""

import html
import json

import numpy as np
import pandas as pd
import pytest
from in_jupyterlab import (
    SOUND,
    as_hex,
    lab,
    needs_chromium,
    open_notebook,
    play,
    play_clip,
    run_cell,
    write_notebook,
)
from in_page import show
from in_process import run_notebook
from run_folders import voices
from test_browser import check_both_themes
from test_confusion_explorer import make_run
from test_run_report import HOSTILE, finished

from emokit import colours, comparison, metrics, probability_columns, widgets
from emokit.comparison import clips
from emokit.run_folder import RunError

NAMES = ["happy", "sad", "angry"]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def view(outputs, demo_dir) -> widgets.Compared:
    """Two runs of six test voices, which differ in dropout and seed alone."""
    table = voices(demo_dir, 1)
    now, before = (
        finished(outputs / f"run-{n}", demo_dir, clips=table, seed=n, dropout=n / 10, corpus="demo") for n in (2, 1)
    )
    return widgets.Compared(now, before)


def answers(predicted: list[str], emotion: list[str], **more) -> pd.DataFrame:
    """Answers that are 0.8 sure, each to a clip of its own."""
    rows = pd.DataFrame({"file": [f"{n}.wav" for n in range(len(emotion))], "emotion": emotion, "predicted": predicted})
    p = 0.1 + 0.7 * (np.array(NAMES) == rows[["predicted"]].to_numpy())
    return rows.assign(speaker="a", **dict(zip(probability_columns.of(NAMES), p.T, strict=True)), **more)


# ---- what became of a clip -------------------------------------------------------------------------------------------


def test_each_clip_is_repaired_broken_differently_wrong_or_as_it_was():
    truth = ["happy"] * 5
    now = answers(["happy", "sad", "sad", "happy", "sad"], truth)
    before = answers(["sad", "happy", "angry", "happy", "sad"], truth)
    rows = clips.paired(now, before, NAMES)
    assert rows["kind"].tolist() == ["repaired", "broken", "differently wrong", "", ""]
    np.testing.assert_allclose(rows["gain"], [0.7, -0.7, 0, 0, 0], atol=1e-9)
    assert rows["before"].tolist() == before["predicted"].tolist() and rows["before_sad"].iloc[0] == pytest.approx(0.8)


def test_a_recording_is_known_by_its_digest_wherever_it_lies_and_others_are_left_out():
    now = answers(["sad"] * 3, ["sad"] * 3, digest=["x", "y", "z"])
    before = answers(["happy"] * 3, ["sad"] * 3, digest=["z", "q", "x"]).assign(file=["elsewhere"] * 3)
    assert clips.paired(now, before, NAMES)["digest"].tolist() == ["x", "z"]
    assert len(clips.paired(now.drop(columns="digest"), before.assign(file=["0.wav", "9.wav", "1.wav"]), NAMES)) == 2


def test_the_finding_is_the_paired_difference_with_its_interval(view):
    now, before = (run.predictions.query("part == 'test'") for run in (view.runs[0], view.others[0]))
    higher, low, high = (f"{100 * one:+.1f}".replace("-", "−") for one in metrics.difference(now, before))
    uars = [100 * metrics.uar(one["emotion"], one["predicted"]) for one in (before, now)]
    told = f"UAR {uars[0]:.1f} → {uars[1]:.1f} %, {higher} points (95 % interval, paired over speakers: {low} to {high}"
    assert view.finding.startswith(told)
    right, was = (one["emotion"].to_numpy() == one["predicted"].to_numpy() for one in (now, before))
    parted = f"{(right & ~was).sum()} repaired, {(~right & was).sum()} broken of {len(now)} test clips"
    assert view.title == f"run-1 → run-2: {parted}"


def test_where_there_is_no_interval_it_says_why(view):
    few = view.rows[view.rows["speaker"].isin(view.rows["speaker"].unique()[:3])]
    assert clips.finding(few).endswith("(no interval: 3 speakers, at least 6 are needed)")
    assert clips.finding(view.rows, "run-1").endswith("(no interval: run-1 is speaker-dependent)")
    assert "it holds 0, so that this may be chance" in clips.finding(view.rows.assign(before=view.rows["predicted"]))


def test_only_the_parameters_that_differ_are_named(view):
    assert view.parameters == [("dropout", "0.1", "0.2")] and view.differs == "Differs: dropout 0.1 → 0.2"
    record = view.runs[0].record
    other = record | {"parameters": record["parameters"] | {"fold": 2, "data_dir": ["/elsewhere"]}}
    assert comparison.changed([record, other], [other]) == [("fold", "1, 2", "2")]
    assert comparison.changed([record], [record]) == []


def test_runs_that_cannot_be_compared_say_so(view, tmp_path, demo_dir):
    elsewhere = make_run(tmp_path / "other", demo_dir, clips=voices(demo_dir, 2))
    with pytest.raises(RunError, match="run-2 and other have no test clip in common; name a run of the same fold"):
        widgets.Compared(view.runs[0], elsewhere)
    table = voices(demo_dir, 1).query("emotion in ['happy', 'sad']")
    with pytest.raises(RunError, match="run-2 tells neutral, happy.* apart, two happy, sad, so that they cannot"):
        widgets.Compared(view.runs[0], make_run(tmp_path / "two", demo_dir, clips=table))


def test_the_clips_of_a_kind_come_with_both_answers_and_their_sound(view):
    for kind in ("repaired", "broken", "differently wrong"):
        answer, sounds = view.cell({"kind": kind})
        rows = view.rows[view.rows["kind"] == kind]
        assert answer["total"] == len(rows) > 0 and len(sounds) == min(4, len(rows))
        assert {clip["name"] for clip in answer["clips"]} == set(rows["name"])
        gains = [abs(rows.loc[clip["key"], "gain"]) for clip in answer["clips"]]
        assert gains == sorted(gains, reverse=True)
        for clip in answer["clips"]:
            row = rows.loc[clip["key"]]
            assert clip["now"][view.names.index(clip["predicted"])] == pytest.approx(max(clip["now"]))
            assert clip["then"][view.names.index(clip["before"])] == pytest.approx(max(clip["then"]))
            assert (clip["emotion"], clip["predicted"], clip["before"]) == (*row[["emotion", "predicted", "before"]],)
    json.dumps([answer, view.state()], allow_nan=False)


def test_good_and_bad_are_a_sign_a_word_and_a_colour_on_which_white_is_read():
    from emokit.widgets.compared_twin import KINDS

    assert len({sign for sign, *_ in KINDS.values()}) == 3
    assert all(colours.contrast(ground, "#ffffff") >= 4.5 for _, ground, _ in KINDS.values())


# ---- live and without script -----------------------------------------------------------------------------------------


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1000, True)])
def test_repaired_broken_and_changed_clips_are_heard(view, browser, width, dark):
    page = show(browser, view, width=width, dark=dark)
    for kind in ("repaired", "broken", "differently wrong"):
        button = page.locator(f'button[data-kind="{kind}"]')
        assert f"{view.counts[kind]} {kind}" in button.inner_text()
        button.focus()
        page.keyboard.press("Enter")
        page.locator(".emokit-list h3").filter(has_text=f"{kind}: {view.counts[kind]} clip").wait_for()
        stage = page.locator(".emokit-clip .emokit-stage").first
        stage.wait_for(timeout=30_000)
        stage.focus()
        page.keyboard.press(" ")
        page.wait_for_function(f"() => document.querySelector('{SOUND}').currentTime > 0.1")
        page.keyboard.press("ArrowRight" if view.counts[kind] > 1 else " ")
        check_bars(page.locator(".emokit-clip").first, view, kind)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    read = "view => [getComputedStyle(view).color, getComputedStyle(view).backgroundColor]"
    ink, ground = page.locator(".emokit").evaluate(read)
    assert colours.contrast(as_hex(ink), as_hex(ground)) >= 4.5
    page.close()


def check_bars(clip, view, kind: str) -> None:
    """Both bars of each class are as long as its probabilities, and the true class says how far it moved."""
    row = view.of_kind(kind).iloc[0]
    for n, name in enumerate(view.names):
        bars = clip.locator(".emokit-both").nth(n)
        shares = bars.evaluate("box => [...box.children].map((bar) => bar.offsetWidth / box.offsetWidth)")
        assert shares == pytest.approx([row[f"before_{name}"], row[f"p_{name}"]], abs=0.02)
        words = clip.locator(".emokit-percent").nth(n).inner_text()
        assert words == f"{round(100 * row[f'before_{name}'])} → {round(100 * row[f'p_{name}'])} %"
    moved = clip.locator(".emokit-bars .emokit-badge")
    if kind != "differently wrong":
        assert moved.inner_text()[0] == ("▲" if kind == "repaired" else "▼")


@needs_chromium
@pytest.mark.slow
def test_the_twin_plays_the_same_without_script(view, browser, tmp_path):
    twin = view.twin()
    assert "<script" not in twin and html.escape(view.title, quote=True) in twin and view.finding in twin
    path = tmp_path / "twin.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{twin}", encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 1000})
    page.goto(f"file://{path}")
    assert page.locator("audio").count() == sum(min(2, count) for count in view.counts.values())
    page.locator("summary").filter(has_text="repaired").click()
    assert play(page.locator("audio").first) > 0.2
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000
    page.close()


def test_names_as_markup_stay_text(tmp_path, demo_dir):
    table = voices(demo_dir, 1)
    table["speaker"] += HOSTILE[0]
    runs = [make_run(tmp_path / f"run-{n}", demo_dir, clips=table, seed=n) for n in (1, 2)]
    twin = widgets.Compared(*runs).twin()
    assert HOSTILE[0] not in twin and html.escape(HOSTILE[0], quote=True) in twin


@needs_chromium
@pytest.mark.slow
def test_in_jupyterlab_a_comparison_is_played_by_keys_alone_in_both_themes(view, outputs, browser):
    cell = """
from emokit import run_folder, widgets
widgets.Compared(*(run_folder.Run.open(f"run-{n}") for n in (2, 1)))
"""
    write_notebook(outputs / "compare.ipynb", cell, "'a cell below'")
    with lab(outputs) as address:
        page = open_notebook(browser, address, "compare.ipynb", height=1300)
        run_cell(page, ".emokit-clip .emokit-stage")
        page.get_by_text("[1]:").first.wait_for(timeout=90_000)  # the twin is made after the view is shown
        before = page.locator(".jp-Notebook .jp-Cell .jp-InputArea").all_inner_texts()
        page.locator('button[data-kind="broken"]').focus()
        for key in ("x", "d", "d", "Enter"):
            page.keyboard.press(key)
        page.locator(".emokit-list h3").filter(has_text="broken").wait_for()
        assert play_clip(page.locator(".emokit-clip").first) > 0.2
        check_both_themes(page)
        assert page.locator(".jp-Notebook .jp-Cell .jp-InputArea").all_inner_texts() == before
        page.close()


@pytest.mark.slow
def test_03_compares_with_the_run_that_is_named(view, demo_dir):
    run = view.runs[0].path
    shown = run_notebook("03_evaluate", runs=run.name, outputs_dir=run.parent, data_dir=demo_dir, against="run-1")
    assert [one.text for _, (one,) in (shown["03-against"],)] == [view.text]
    assert "Blind listening: " in shown["03-blind"][1][0].text
