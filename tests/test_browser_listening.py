"""The timeline in a real JupyterLab, with a microphone that hears a clip of the demo corpus."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from in_jupyterlab import chromium, lab, microphone, needs_chromium, open_notebook, run_cell, write_notebook
from test_browser import check_both_themes
from test_predict import P, noise, run_of_tones

from emokit import audio, colours
from emokit.predict import predict
from emokit.predict.labels import audacity
from emokit.run_folder import Run

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
LISTEN = """
from emokit import run_folder, widgets
widgets.Timeline(run_folder.Run.open("tones"), "first.wav")
"""
SHARES = """(canvas, [place, colours]) => {
  const column = canvas.getContext("2d").getImageData(Math.round(place * canvas.width), 0, 1, canvas.height).data;
  const hex = (i) => "#" + [...column.slice(i, i + 3)].map((c) => c.toString(16).padStart(2, "0")).join("");
  const each = Array.from({ length: canvas.height }, (_, row) => hex(4 * row));
  return colours.map((colour) => each.filter((one) => one === colour).length);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir) -> Path:
    """A run, a notebook, a recording to begin with, and what the microphone hears."""
    folder = tmp_path_factory.mktemp("listen")
    run_of_tones(folder)
    sf.write(folder / "first.wav", np.concatenate([noise(2), np.zeros(32_000, np.float32)]), 16_000)
    sf.write(folder / "heard.wav", audio.read(demo_dir / "v01" / "v01_s1_ang_1.flac", 48_000), 48_000)
    write_notebook(folder / "listen.ipynb", LISTEN)
    return folder


@pytest.fixture(scope="module")
def page(folder):
    with lab(folder) as address, chromium(*microphone(folder / "heard.wav")) as browser:
        page = open_notebook(browser, address, "listen.ipynb", height=1200)
        run_cell(page, ".emokit-track-picture:visible")
        yield page


def test_a_recording_from_the_microphone_is_heard_as_predict_hears_it(page, folder, tmp_path):
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    assert page.locator(".emokit h3").inner_text().startswith("first.wav: ")
    page.get_by_role("button", name="● Record").click()
    page.get_by_text(re.compile(r"Recording, [3-9]\.\d s")).wait_for(timeout=60_000)
    page.get_by_role("button", name="■ Stop").click()
    page.locator(".emokit h3").filter(has_text="recorded").wait_for(timeout=60_000)
    wav, table, labels = (downloaded(page, name, tmp_path) for name in ("Save the recording", "CSV", "Audacity labels"))
    samples, rate = sf.read(wav)
    assert len(samples) / rate > 2.5 and 0.01 < np.abs(samples).max() <= 1
    rows = predict(Run.open(folder / "tones"), wav, windows=True)
    said = pd.read_csv(table)
    assert len(rows) > 5 and said["predicted"].fillna("").tolist() == rows["predicted"].fillna("").tolist()
    np.testing.assert_allclose(said[["start", "end", *P]], rows[["start", "end", *P]].astype(float), atol=1e-6)
    assert labels.read_text() == audacity(rows)
    check_picture(page, rows, samples, rate)
    check_windows(page, rows)
    page.get_by_role("button", name="Nearest training clips").click()
    page.locator(".emokit-neighbours .emokit-stage").nth(1).wait_for(timeout=30_000)
    check_both_themes(page)
    assert not [text for text in errors if "emokit" in text.lower()]


def downloaded(page, name: str, to: Path) -> Path:
    with page.expect_download() as found:
        page.get_by_role("button", name=name, exact=True).click()
    path = to / found.value.suggested_filename
    found.value.save_as(path)
    return path


def check_picture(page, rows: pd.DataFrame, samples: np.ndarray, rate: int) -> None:
    """In the middle of a window each colour is as high as the emotion is probable."""
    seconds, both = len(samples) / rate, list(colours.of(["happy", "sad"]).values())
    for row in rows[rows["predicted"].notna()].itertuples():
        happy, sad = page.locator(".emokit-areas").evaluate(SHARES, [(row.start + row.end) / 2 / seconds, both])
        assert happy / (happy + sad) == pytest.approx(row.p_happy, abs=0.06)


def check_windows(page, rows: pd.DataFrame) -> None:
    """Arrow keys walk through the windows, a click plays one to its end, and space plays on."""
    picture, sound = page.locator(".emokit-track-picture"), page.get_by_label("The recording", exact=True)
    sentence = page.locator(".emokit-said")
    picture.focus()
    page.keyboard.press("Home")
    for row in rows.itertuples():
        words = row.flag if pd.isna(row.predicted) else f"{row.predicted}, {100 * row.confidence:.0f} % sure"
        told = sentence.inner_text()
        assert told.startswith(f"{row.start:.1f} to {row.end:.1f} s: ") and words in told and row.flag in told
        assert picture.get_attribute("aria-valuetext") == told.removesuffix(".")
        page.keyboard.press("ArrowRight")
    row, box = rows.iloc[3], picture.bounding_box()
    middle = (row["start"] + row["end"]) / 2 / rows["end"].max()
    picture.click(position={"x": middle * box["width"], "y": 100})
    assert sentence.inner_text().startswith(f"{row['start']:.1f} to {row['end']:.1f} s: ")
    page.wait_for_function("audio => audio.paused && audio.currentTime > 0", arg=sound.element_handle(), timeout=20_000)
    assert sound.evaluate("audio => audio.currentTime") == pytest.approx(row["end"], abs=0.25)
    page.keyboard.press(" ")
    page.wait_for_timeout(500)
    assert sound.evaluate("audio => audio.currentTime") > row["end"] + 0.1
    page.keyboard.press(" ")
    assert sound.evaluate("audio => audio.paused")


def test_a_file_is_opened_and_what_is_no_sound_is_refused_in_words(page, folder, tmp_path):
    (tmp_path / "<b>no<img src=x>.wav").write_text("no sound")
    page.get_by_label("Open a recording").set_input_files(tmp_path / "<b>no<img src=x>.wav")
    page.get_by_text("<b>no<img src=x>.wav cannot be heard: is not sound", exact=False).wait_for(timeout=30_000)
    long = np.concatenate([noise(150), np.zeros(16_000 * 150, np.float32)])
    sf.write(tmp_path / "long.wav", long, 16_000, subtype="FLOAT")  # 19 MB, sent in several pieces
    page.get_by_label("Open a recording").set_input_files(tmp_path / "long.wav")
    page.locator(".emokit h3").filter(has_text="long.wav").wait_for(timeout=120_000)
    rows = pd.read_csv(downloaded(page, "CSV", tmp_path))
    assert rows["end"].max() == 300 and rows["predicted"].notna().sum() == pytest.approx(len(rows) / 2, abs=3)
    shown = page.locator(".emokit-time span").all_inner_texts()
    assert shown[0] == "0 s" and shown[-1] == "4:30"
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator(".emokit-time span").all_inner_texts()[-1] == "2:00"
