"""What is recorded or opened in the timeline is not lost: a page without JupyterLab, whose questions Python answers."""

import base64
import json

import numpy as np
import pytest
import soundfile as sf
from in_jupyterlab import chromium, microphone, needs_chromium
from test_predict import noise, run_of_tones

from emokit import widgets
from emokit.run_folder import Run

pytest.importorskip("playwright.sync_api")
pytestmark = [needs_chromium, pytest.mark.slow]
PLACE = "http://localhost/"  # of which a browser believes that it is this computer
PAGE = """<!doctype html><div id="view"></div>
<script>
  window.streams = [];
  const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    await new Promise((go) => setTimeout(go, window.patience ?? 0)); // a person reads the prompt
    const stream = await open(wanted);
    window.streams.push(stream);
    return stream;
  };
</script>
<script type="module">
  SCRIPTS
  const text = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  let answered;
  const model = {
    get: () => (STATE), on: (_, told) => { answered = told; }, off: () => {},
    send: async (question, _, buffers) => {
      const [answer, beside] = await window.python(question, buffers.map(text));
      answered({ id: question.id, ...answer }, beside.map(bytes));
    },
  };
  window.leave = render({ model, el: document.querySelector("#view") });
</script>"""
ON = "() => streams.filter((stream) => stream.getTracks().some((one) => one.readyState === 'live')).length"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run.open(run_of_tones(tmp_path_factory.mktemp("recorder")))


@pytest.fixture
def timeline(run, tmp_path):
    sf.write(tmp_path / "first.wav", noise(2), 16_000)
    return widgets.Timeline(run, tmp_path / "first.wav")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    heard = tmp_path_factory.mktemp("microphone") / "heard.wav"
    sf.write(heard, noise(3), 48_000)
    with chromium(*microphone(heard)) as browser:
        yield browser


@pytest.fixture
def page(browser, timeline, request):
    """The timeline in a page, of which `asked` is what Python was asked; with a policy where a test gives one."""
    widget, page = timeline.widget(), browser.new_page()
    page.asked = []

    def python(question, buffers):
        page.asked.append(question)
        try:
            buffers = [base64.b64decode(text) for text in buffers]
            answer, beside = getattr(timeline, question["ask"])(question | {"buffers": buffers})
        except Exception as error:  # as `live` does
            return [{"error": str(error)}, []]
        return [answer, [base64.b64encode(one).decode() for one in beside]]

    html = PAGE.replace("SCRIPTS", widget._esm.replace("export default", "")).replace("STATE", json.dumps(widget.state))
    headers = {"content-security-policy": getattr(request, "param", "")}
    page.route(PLACE, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers))
    page.expose_function("python", python)
    page.goto(PLACE)
    page.get_by_role("heading", name="first.wav: ").wait_for(timeout=60_000)
    yield page
    page.close()


def record(page, seconds: float = 1) -> None:
    page.get_by_role("button", name="● Record").click()
    page.get_by_role("button", name="■ Stop").wait_for()
    page.wait_for_timeout(1000 * seconds)
    page.get_by_role("button", name="■ Stop").click()


def test_what_was_recorded_can_be_saved_though_it_cannot_be_heard(page, timeline, tmp_path, monkeypatch):
    def broken(question):
        raise ValueError("out of memory")

    monkeypatch.setattr(timeline, "hear", broken)
    record(page)
    page.get_by_text("out of memory").wait_for(timeout=20_000)
    with page.expect_download() as found:
        page.get_by_role("button", name="Save the recording").click()
    found.value.save_as(tmp_path / "saved.wav")
    samples, rate = sf.read(tmp_path / "saved.wav")
    assert len(samples) / rate > 0.5 and np.abs(samples).max() > 0.01
    assert page.evaluate(ON) == 0


def test_a_second_click_while_the_browser_asks_opens_no_second_microphone(page):
    page.evaluate("window.patience = 1500")
    button = page.get_by_role("button", name="● Record")
    button.click()
    assert button.is_disabled()
    button.evaluate("button => button.click()")
    page.get_by_role("button", name="■ Stop").click(timeout=20_000)
    page.wait_for_timeout(2000)
    assert page.evaluate("streams.length") == 1 and page.evaluate(ON) == 0


def test_a_view_that_is_left_while_the_browser_asks_lets_the_microphone_go(page):
    page.evaluate("window.patience = 1000")
    page.get_by_role("button", name="● Record").click()
    page.evaluate("leave()")
    page.wait_for_function("streams.length === 1")
    page.wait_for_timeout(500)
    assert page.evaluate(ON) == 0


def test_a_view_that_is_left_while_it_records_lets_the_microphone_go(page):
    page.get_by_role("button", name="● Record").click()
    page.get_by_role("button", name="■ Stop").wait_for()
    assert page.evaluate(ON) == 1
    page.evaluate("leave()")
    assert page.evaluate(ON) == 0


@pytest.mark.parametrize("page", ["script-src 'unsafe-inline' 'unsafe-eval'"], indirect=True)
def test_a_page_that_forbids_the_script_of_the_microphone_lets_it_go_and_says_so(page):
    page.get_by_role("button", name="● Record").click()
    page.get_by_text("This page does not let its microphone be read").wait_for(timeout=20_000)
    assert page.evaluate("streams.length") == 1 and page.evaluate(ON) == 0
    assert page.get_by_role("button", name="● Record").is_enabled()


def test_of_two_files_opened_at_once_each_is_sent_whole_and_the_last_is_shown(page, tmp_path):
    for name, seconds in (("one.wav", 70), ("two.wav", 3)):  # the first, 4.5 MB, goes in two pieces
        sf.write(tmp_path / name, noise(seconds), 16_000, subtype="FLOAT")
        page.get_by_label("Open a recording").set_input_files(tmp_path / name)
    page.get_by_role("heading", name="two.wav: ").wait_for(timeout=60_000)
    sent = [question.get("name", question.get("at")) for question in page.asked if question["ask"] in ("take", "hear")]
    assert sent[1:] == [0, 4e6, "one.wav", 0, "two.wav"]
