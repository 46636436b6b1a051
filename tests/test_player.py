"""The player for short speech in Chromium: keys, mouse and sound, on clips of the demo corpus and on tones."""

import os

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from in_jupyterlab import SOUND, needs_chromium
from in_page import show
from test_browser_speed import UNTIL
from test_confusion_explorer import make_run

from emokit import audio, colours, corpora, reviews, widgets
from emokit.widgets import live

pytestmark = [needs_chromium, pytest.mark.slow]
RATE, SECONDS, TONE = 16_000, 1.0, 200.0  # Hz of the tones, which are 20 dB under full scale
PLACES = """(canvas, wanted) => {
  const { width, data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), places = [];
  for (let i = 0; i < data.length; i += 4)
    if (wanted.every((channel, k) => data[i + k] === channel)) places.push((((i / 4) % width) + 0.5) / width);
  return places;
}"""


@pytest.fixture(scope="module")
def tones(tmp_path_factory) -> widgets.CorpusBrowser:
    """Six clips by one speaker: a harmonic tone of 200 Hz from 0.25 to 0.75 s."""
    folder, t = tmp_path_factory.mktemp("tones"), np.arange(int(RATE * SECONDS)) / RATE
    tone = sum(np.sin(2 * np.pi * TONE * k * t) / k for k in range(1, 8)) * ((t >= 0.25) & (t < 0.75))
    tone *= 0.1 / np.sqrt(np.mean(np.square(tone[t.searchsorted(0.4) : t.searchsorted(0.6)])))
    files = [folder / f"{n} <b>tone.wav" for n in range(6)]
    for file in files:
        sf.write(file, tone, RATE)
    clips = {"file": map(str, files), "emotion": ["happy"] * 4 + ["sad"] * 2, "speaker": "made/0", "sex": "female"}
    return widgets.CorpusBrowser(pd.DataFrame(clips))


@pytest.fixture
def page(browser, tones):
    page = opened(browser, tones)
    yield page
    page.close()


def opened(browser, view, **how):
    """A page on the view, its first cell opened."""
    page = show(browser, view, **how)
    page.locator('td[data-place="0,0"]').click()
    stages(page).nth(1).wait_for()
    return page


def stages(page):
    return page.locator(".emokit-stage")


def said(page, n: int = 0) -> str:
    return page.locator(".emokit-readout").nth(n).inner_text()


def at(page) -> float:
    return page.locator(SOUND).evaluate("audio => audio.currentTime")


def sounding(page) -> int:
    return page.locator("audio").evaluate_all("all => all.filter((one) => !one.paused).length")


def point(page, t: float, share: float = 0.5, press: str = "") -> None:
    """Move the mouse to a time of the first clip, at a share of its spectrogram from above; press or release there."""
    stage, bands = stages(page).first.bounding_box(), page.locator(".emokit-clip-bands").first.bounding_box()
    page.mouse.move(stage["x"] + t / SECONDS * stage["width"], bands["y"] + share * bands["height"], steps=5)
    if press:
        getattr(page.mouse, press)()


def places_of(canvas, colour: str) -> np.ndarray:
    """Where a canvas has this colour: shares of its width, one a pixel."""
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)] + [255]
    return np.array(canvas.evaluate(PLACES, wanted))


def test_space_plays_and_stops_and_the_line_moves(page):
    stages(page).first.focus()
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('{SOUND}').currentTime > 0.2")  # a first sound may begin late
    first, line = at(page), page.locator(".emokit-now").first.evaluate("line => parseFloat(line.style.left)")
    page.keyboard.press(" ")
    assert 0.1 < first < 0.9 and line > 10
    page.wait_for_timeout(300)  # the sound card tells late where it was
    stopped = at(page)
    page.wait_for_timeout(200)
    assert at(page) == stopped and sounding(page) == 0
    page.keyboard.press(" ")  # goes on where it stopped
    again = page.wait_for_function(f"(t => t !== {stopped} && t)(document.querySelector('{SOUND}').currentTime)")
    assert again.json_value() > stopped


def test_a_selection_is_played_to_its_end_and_a_loop_begins_again(page):
    point(page, 0.3, press="down")
    point(page, 0.5, press="up")
    page.wait_for_function(f"document.querySelector('{SOUND}').ended")
    page.mouse.move(5, 5)
    assert said(page) == "0.300 to 0.500 s: 200 ms"
    stages(page).first.focus()
    page.keyboard.press("l")
    page.keyboard.press(" ")
    places = []
    for _ in range(12):
        page.wait_for_timeout(70)
        places.append(float(stages(page).first.get_attribute("aria-valuenow")))
    assert min(places) >= 0.3 and max(places) <= 0.51
    assert sum(later < earlier for earlier, later in zip(places, places[1:], strict=False)) >= 2  # it began again
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    assert page.locator(".emokit-range").first.is_hidden()


def test_arrows_go_to_the_next_clip_where_the_speed_is_kept_and_one_sounds_at_a_time(page):
    stages(page).first.focus()
    page.keyboard.press("s")
    page.keyboard.press("s")
    page.keyboard.press(" ")
    page.wait_for_timeout(200)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('{SOUND}').currentTime > 0.05")
    assert sounding(page) == 1 and page.locator(SOUND).evaluate("audio => audio.playbackRate") == 0.5
    assert stages(page).nth(1).evaluate("stage => stage === document.activeElement")
    player = page.locator(".emokit-player").filter(has=page.get_by_role("button", name="Pause"))
    assert player.count() == 1 and player.get_attribute("aria-label").startswith("Clip 1 ")
    page.locator('td[data-place="0,1"]').click()  # other clips; what sounded is gone
    page.locator(".emokit-list h3").filter(has_text=": 2 clips").wait_for()
    assert sounding(page) == 0
    assert {text.inner_text() for text in page.get_by_role("button", name="Speed (S)").all()} == {"0.5 ×"}


def test_a_native_player_silences_the_clip_and_the_clip_silences_it(page):
    stages(page).first.focus()
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('{SOUND}').currentTime > 0")
    page.locator(SOUND).evaluate("""audio => {
      const other = Object.assign(document.createElement("audio"), { id: "other", loop: true, src: audio.src });
      document.body.append(other);
      return other.play();
    }""")
    assert sounding(page) == 1 and page.locator("#other").evaluate("audio => !audio.paused")
    page.keyboard.press(" ")
    page.wait_for_timeout(100)
    assert sounding(page) == 1 and page.locator("#other").evaluate("audio => audio.paused")


def test_the_cursor_reads_time_and_frequency(page):
    for t, share in ((0.1, 0.25), (0.5, 0.5), (0.9, 0.9)):
        point(page, t, share)
        seconds, hertz = said(page).split(" · ")
        assert float(seconds.removesuffix(" s")) == pytest.approx(t, abs=0.004)
        assert float(hertz.removesuffix(" Hz")) == pytest.approx(8000 * (1 - share), abs=80)


def test_zoom_shows_less_larger_where_the_pointer_is(page):
    before = page.locator(".emokit-time").first.inner_text()
    point(page, 0.5)
    stages(page).first.focus()
    for _ in range(3):
        page.keyboard.press("+")
    assert page.locator(".emokit-time").first.inner_text() != before
    assert said(page).startswith("0.500 s") or said(page).startswith("0.49") or said(page).startswith("0.50")
    point(page, 0.0)
    left = float(said(page).split(" s")[0])
    point(page, 0.999)
    assert float(said(page).split(" s")[0]) - left == pytest.approx(SECONDS / 8, abs=0.003)
    for _ in range(3):
        page.keyboard.press("-")
    assert page.locator(".emokit-time").first.inner_text() == before


def test_f0_and_level_lie_over_the_spectrogram(page):
    melody = page.locator(".emokit-clip-melody").first
    assert melody.is_hidden()
    stages(page).first.focus()
    page.keyboard.press("f")
    assert melody.is_visible()
    point(page, 0.5)
    told = said(page).split(" · ")
    assert float(told[2].removeprefix("f0 ").removesuffix(" Hz")) == pytest.approx(TONE, abs=1)
    assert told[3] == "−20 dB"
    point(page, 0.1)
    assert "no f0" in said(page)
    assert len(places_of(melody, "#5ce1ff")) > 100  # dots of f0
    page.keyboard.press("f")
    assert melody.is_hidden()


def test_a_player_is_one_stop_of_tab_and_up_and_down_walk_through_its_buttons(page):
    stages(page).first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.ariaLabel") == "Play"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.emokit-player').ariaLabel").startswith("Clip 1 ")
    count = "all => all.map((one) => [...one.querySelectorAll('*')].filter((part) => part.tabIndex >= 0).length)"
    assert set(page.locator(".emokit-player").evaluate_all(count)) == {1}


def test_a_number_is_the_verdict_but_not_within_the_note(browser, tmp_path, demo_dir):
    run = make_run(tmp_path / "run-1", demo_dir)
    page = opened(browser, widgets.ConfusionExplorer(run))
    stages(page).first.focus()
    page.keyboard.press("3")
    page.get_by_text("saved; apply_reviews leaves the clip out", exact=True).wait_for()
    assert reviews.read(run)["verdict"].tolist() == ["bad audio"]
    page.keyboard.press("2")
    page.get_by_text("saved; name the emotion, else apply_reviews leaves the clip out", exact=True).wait_for()
    page.get_by_label("Emotion heard instead").first.select_option(index=1)
    page.get_by_text("by apply_reviews", exact=False).and_(page.get_by_role("status")).first.wait_for()
    stages(page).first.focus()
    page.keyboard.press("3")
    page.get_by_text("saved; apply_reviews leaves the clip out", exact=True).wait_for()
    note = page.get_by_placeholder("note").first
    note.focus()
    page.keyboard.type("take 1 ←")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.placeholder === 'note'")
    page.wait_for_timeout(400)
    kept = reviews.read(run)
    assert kept["verdict"].tolist() == ["bad audio"] and kept["note"].tolist() == ["take 1 ←"]
    page.close()


class Stepping(widgets.ConfusionExplorer):
    """Of whose clips each step is invented: happy for 0.4 s from 0.1 s on, then sad."""

    def evidence(self, question: dict):
        likely = {"happy": [[float(name == "happy") for name in self.names]] * 10}
        likely |= {"sad": [[float(name == "sad") for name in self.names]] * 10}
        steps = {"steps": likely["happy"] + likely["sad"], "seconds": 0.04, "start": 0.1}
        return {"of": [steps] * len(question["keys"])}, []


def test_the_steps_are_a_strip_on_the_axis_of_the_sound_under_every_clip(browser, tmp_path, demo_dir):
    page = opened(browser, Stepping(make_run(tmp_path / "run-1", demo_dir)))
    page.get_by_role("button", name="What each step says").first.click()
    strip, stage = page.locator(".emokit-clip-steps").first, stages(page).first
    strip.wait_for()
    seconds = float(stage.get_attribute("aria-valuemax"))
    assert "happy to 0.50 s, sad to 0.90 s" in strip.get_attribute("aria-label")
    colour_of = colours.of(["neutral", "happy", "sad", "angry", "fearful"])
    happy, sad = (places_of(strip, colour_of[name]) * seconds for name in ("happy", "sad"))
    assert happy.min() == pytest.approx(0.1, abs=0.01) and happy.max() == pytest.approx(0.5, abs=0.01)
    assert sad.min() == pytest.approx(0.5, abs=0.01)
    box = stage.bounding_box()
    for t, emotion in ((0.3, "happy"), (0.6, "sad")):
        page.mouse.move(box["x"] + t / seconds * box["width"], box["y"] + 10)
        assert said(page).endswith(f"{emotion} 100 %")
    page.mouse.move(box["x"] + 0.5 / seconds * box["width"], box["y"] + 10)
    stage.focus()
    page.keyboard.press("+")
    middle = places_of(strip, colour_of["happy"]).max()
    assert middle == pytest.approx(0.5 / seconds, abs=0.01)  # the change stays under the pointer
    assert page.get_by_role("button", name="What each step says").count() == 0  # all that are listed have theirs
    page.locator('td[data-place="1,1"]').click()  # and so has the next list, unasked
    page.locator(".emokit-clip-steps:visible").first.wait_for()
    page.close()


def test_f0_is_what_yin_finds_in_speech(browser, demo_dir):
    page, code = browser.new_page(), (live.HERE / "spectrum.js").read_text()
    sing = f"samples => {{ const RATE = {RATE}; {code}; return [...melody(Float32Array.from(samples)).f0]; }}"
    off = []
    for file in corpora.load("demo", demo_dir)["file"].iloc[::20]:
        samples = audio.read(file)
        found = np.array(page.evaluate(sing, samples.tolist()), float)
        expected = librosa.yin(samples, fmin=60, fmax=600, sr=RATE, frame_length=1024, hop_length=160)[: len(found)]
        voiced = np.isfinite(found)
        assert 0.2 < voiced.mean() < 0.95  # of clips that begin and end in silence
        off.append(12 * np.abs(np.log2(found / expected))[voiced])
    off = np.concatenate(off)
    assert np.median(off) < 0.3 and np.mean(off < 1) > 0.85  # semitones
    page.close()


def test_a_click_is_heard_within_300_ms(browser, tmp_path, demo_dir, capsys):
    page, took = show(browser, widgets.ConfusionExplorer(make_run(tmp_path / "run-1", demo_dir))), []
    for place in ("0,0", "1,1", "2,2", "3,3", "4,4", "0,0"):
        page.evaluate("document.querySelector('.emokit-list').replaceChildren()")
        took.append(page.evaluate(UNTIL, [f'td[data-place="{place}"]', ".emokit-stage"]))
    with capsys.disabled():
        print(f"\nfrom a click to a clip that can be heard: {np.median(took):.0f} ms (load {os.getloadavg()[0]:.1f})")
    if os.getloadavg()[0] <= os.cpu_count():  # a machine that does other work measures that
        assert np.median(took) < 300
    page.close()
