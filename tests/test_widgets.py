"""Views without script: escaped, capped, without machine paths, the same in each run."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import metrics, widgets
from emokit.run_folder import pace
from emokit.targets import Emotions
from emokit.widgets import clip_player, matrix_twin, static_twins
from emokit.widgets.training_monitor import training_monitor

NAMES = ["happy", "sad", "angry"]
HOSTILE = ["<img src=x onerror=alert(1)>.wav", '"><script>alert(1)<script>.wav', "'onload='x.wav", "&amp;.wav"]
# What JupyterLab leaves in an untrusted notebook, measured with 4.6.6.
ALLOWED = {"details", "summary", "table", "caption", "tbody", "thead", "tr", "th", "td"}
ALLOWED |= {"img", "audio", "div", "span", "br", "b", "a"}
ALLOWED |= {"style"}  # for paper; taken out whole
ALLOWED_ATTRIBUTES = {"style", "src", "alt", "controls", "colspan", "title", "open", "scope", "href", "data-jupyter-id"}
ALLOWED_ATTRIBUTES |= {"id", "class"}  # the first becomes data-jupyter-id, the second is for paper alone


class Tags(HTMLParser):
    """Collects what an HTML text consists of."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_data(self, data):
        self.text.append(data)


def make_clips(folder: Path, names: list[str] | None = None, peak: float = 0.1) -> pd.DataFrame:
    """Three speakers say each emotion as a tone of another pitch, 0.4 s."""
    rows, seconds = [], np.arange(6400) / 16_000
    for number in range(9):
        emotion, speaker = NAMES[number % 3], number // 3
        name = names[number % len(names)] if names else f"clip {number}.wav"
        file = folder / f"{speaker}" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            sf.write(file, peak * np.sin(2 * np.pi * (200 + 100 * number) * seconds), 16_000, format="WAV")
        rows.append({"file": str(file), "emotion": emotion, "speaker": f"made/{speaker}"})
    return pd.DataFrame(rows).assign(sex="female", part="test")


def make_predictions(clips: pd.DataFrame) -> pd.DataFrame:
    """Everything sad is taken for happy, more surely the later the clip; the rest is right."""
    codes = pd.Categorical(clips["emotion"], categories=NAMES).codes
    probabilities = 0.1 + 0.7 * np.eye(3)[codes]
    for number, row in enumerate(np.flatnonzero(codes == 1)):
        probabilities[row] = [0.6 + 0.1 * number, 0.3 - 0.1 * number, 0.1]
    return Emotions(NAMES).predictions(clips, probabilities)


def html_of(view) -> str:
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}  # headless: no widget type, which would hide the twin
    assert bundle["text/plain"] == repr(view)
    return bundle["text/html"]


def test_listen_takes_turns_between_emotions_and_speakers(tmp_path):
    view = widgets.listen(make_clips(tmp_path), n=3)
    lines = repr(view).splitlines()
    assert lines[0] == "3 clips to hear"
    assert [line.split()[:2] for line in lines[2:]] == [["happy", "made/0,"], ["sad", "made/1,"], ["angry", "made/2,"]]
    assert Tags(html_of(view)).tags.count("audio") == 3


def test_sound_keeps_its_level(tmp_path):
    clips = make_clips(tmp_path, peak=0.05)
    source = re.search(r"data:audio/mpeg;base64,([^\"]+)", html_of(widgets.listen(clips, n=1)))[1]
    (tmp_path / "heard.mp3").write_bytes(base64.b64decode(source))
    samples, rate = sf.read(tmp_path / "heard.mp3")
    assert rate == 16_000
    assert np.sqrt(np.mean(samples[1000:-1000] ** 2)) == pytest.approx(0.05 / np.sqrt(2), rel=0.05)


def test_views_are_the_same_each_time_and_hold_no_path_of_this_machine(tmp_path):
    clips = make_clips(tmp_path)
    predictions = make_predictions(clips)
    for make in (lambda: widgets.listen(clips), lambda: widgets.mistakes(predictions, clips)):
        first, second = make(), make()
        assert html_of(first) == html_of(second) and repr(first) == repr(second)
        assert str(tmp_path) not in html_of(first) + repr(first)


def test_mistakes_come_worst_first(tmp_path):
    clips = make_clips(tmp_path)
    view = widgets.mistakes(make_predictions(clips), clips, n=2)
    lines = repr(view).splitlines()
    assert lines[0] == "The worst 2 of 3 mistakes in 9 clips, by loss"
    assert [line.split()[-1] for line in lines[2:]] == ["7.wav", "4.wav"]
    text = " ".join(Tags(html_of(view)).text)
    assert text.index("clip 7.wav") < text.index("clip 4.wav") and "clip 1.wav" not in text
    assert "80 %" in text


def test_predictions_find_their_clips_in_any_order_and_by_the_whole_path(tmp_path):
    clips = make_clips(tmp_path).sample(frac=1, random_state=0)
    predictions = make_predictions(clips)
    elsewhere = clips.assign(file="/elsewhere" + clips["file"], sex="other")  # the same names in another corpus
    more = pd.concat([clips.sample(frac=1, random_state=1), clips, elsewhere])
    joined = metrics.with_clips(predictions, more)
    assert joined["file"].tolist() == clips["file"].tolist() and joined["sex"].tolist() == clips["sex"].tolist()
    assert joined[predictions.columns].equals(predictions)
    with pytest.raises(ValueError, match="is predicted but not among the 8 clips"):
        metrics.with_clips(predictions, clips.iloc[1:])


def test_classes_from_elsewhere_have_the_same_letters_in_every_view(tmp_path):
    other = {"happy": "contempt", "sad": "confident"}
    clips = make_clips(tmp_path).replace({"emotion": other})
    predictions = make_predictions(make_clips(tmp_path)).replace(other)
    predictions = predictions.rename(columns={f"p_{name}": f"p_{new}" for name, new in other.items()})
    views = [html_of(widgets.listen(clips, n=9)), html_of(widgets.mistakes(predictions, clips))]
    table, names = metrics.with_clips(predictions, clips), [*other.values(), "angry"]
    views.append(matrix_twin.matrix_twin(table, names, widgets.SoundBudget()))
    for view in views:
        chips = set(re.findall(r'background:(#\w+);[^>]*font-weight:bold">(\w+)</span> (\w+)', view))
        assert {(letter, name) for _, letter, name in chips} == {("A", "angry"), ("C", "confident"), ("O", "contempt")}
        assert len({colour for colour, _, _ in chips}) == 3


def test_hostile_names_stay_text(tmp_path):
    clips = make_clips(tmp_path, HOSTILE).assign(speaker="<b>x</b>", sex='"onclick="')
    clips.loc[0, "emotion"] = "<script>x</script>"
    predictions = make_predictions(clips[clips["emotion"].isin(NAMES)])
    for view in (widgets.listen(clips, n=9), widgets.mistakes(predictions, clips)):
        found = Tags(html_of(view))
        assert set(found.tags) <= ALLOWED
        assert {name for _, name, _ in found.attributes} <= ALLOWED_ATTRIBUTES
        assert all(value.startswith("data:") for _, name, value in found.attributes if name == "src")
    assert all(any(name in text for text in Tags(html_of(widgets.listen(clips, n=9))).text) for name in HOSTILE)


def test_each_picture_is_told_in_words(tmp_path):
    found = Tags(html_of(widgets.listen(make_clips(tmp_path), n=2)))
    alts = [value for tag, name, value in found.attributes if name == "alt"]
    assert len(alts) == found.tags.count("img") == 2
    assert alts[0] == "Waveform and spectrogram of clip 0.wav: happy, made/0, female, 0.4 s"


def test_sound_stops_at_the_cap_and_the_file_is_named(tmp_path):
    clips = make_clips(tmp_path)
    budget = widgets.SoundBudget(6_000)
    boxes = [clip_player.player(clip, budget, "") for _, clip in clips.iterrows()]
    heard = [box for box in boxes if "<audio" in box]
    assert 1 <= len(heard) < 9
    assert sum(len(re.search(r'data:audio[^"]+', box)[0]) for box in heard) <= 6_000
    assert "clip 8.wav" in boxes[8] and "Not embedded" in boxes[8]


def test_a_cell_that_runs_again_gives_back_what_it_took(monkeypatch):
    budget = widgets.SoundBudget(100)
    runs = iter([("a", "1"), ("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")])
    monkeypatch.setattr("emokit.notebook.cell", lambda: next(runs))
    assert budget.take(60) and not budget.take(60)
    assert not budget.take(60)
    assert budget.take(90)
    assert not budget.take(20)


def test_a_clip_that_cannot_be_read_is_named_and_the_rest_is_heard(tmp_path):
    clips = make_clips(tmp_path)
    Path(clips["file"][0]).write_bytes(b"")
    found = Tags(html_of(widgets.listen(clips, n=3)))
    assert found.tags.count("audio") == 2
    assert any("clip 0.wav: cannot be heard: is empty" in text for text in found.text)


def test_probabilities_are_told_in_numbers_too():
    text = " ".join(Tags(static_twins.probability_bars({"happy": 0.25, "sad": 0.75, "angry": float("nan")})).text)
    assert re.findall(r"\d+ %", text) == ["25 %", "75 %", "0 %"]


def test_without_a_kernel_nobody_clicks():
    assert not widgets.interactive()


def test_headless_monitor_prints_one_line_an_epoch(tmp_path, capsys):
    monitor = training_monitor(tmp_path / "run-1", epochs=3)
    assert repr(monitor) == "run-1: no epoch has ended yet"
    row = {"epoch": 1, "loss": 1.5, "uar": 0.4, "val_loss": 1.6, "val_uar": 0.3, "learning_rate": 3e-4, "seconds": 1.25}
    (tmp_path / "run-1").mkdir()
    for n in (1, 2):
        history = pd.DataFrame([row | {"epoch": epoch, "val_uar": 0.5 - 0.1 * epoch} for epoch in range(1, n + 1)])
        history.to_csv(tmp_path / "run-1" / "history.csv", index=False)
        monitor.update()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "epoch   1/3  loss 1.500, dev 1.600  UAR  40.0 %, dev  40.0 %  rate 0.0003  1.2 s, 2 epochs left",
        "epoch   2/3  loss 1.500, dev 1.600  UAR  40.0 %, dev  30.0 %  rate 0.0003  1.2 s, 1 epoch left, about 1 s",
    ]
    assert repr(monitor) == "run-1: 2 epochs, best 1: dev UAR 40.0 %"
    history.assign(val_uar=0.4).to_csv(tmp_path / "run-1" / "history.csv", index=False)
    assert repr(monitor) == "run-1: 2 epochs, best 1 and 2: dev UAR 40.0 %"


@pytest.mark.parametrize(
    ("seconds", "epochs", "said"),
    [
        ([60], 2, "1 epoch left"),  # the first one compiles, and says nothing of the others
        ([60, 2], 3, "1 epoch left, at most 2 s"),
        ([60, 2, 2, 2], 14, "10 epochs left, at most 20 s"),
        ([20] * 4, 14, "10 epochs left, at most 3 min"),
        ([600] * 4, 40, "36 epochs left, at most 6 h"),
        ([20] * 4, 4, ""),
        ([20] * 4, 0, ""),
        ([], 40, ""),
    ],
)
def test_time_left_goes_by_the_usual_epoch(seconds, epochs, said):
    history = pd.DataFrame({"epoch": range(1, len(seconds) + 1), "seconds": seconds})
    assert pace.time_left(history, epochs) == said
    assert pace.time_left(history, epochs, may_stop=False) == said.replace("at most", "about")


@pytest.mark.parametrize(
    ("val_uar", "rising"),
    [
        (np.linspace(0.2, 0.8, 80), True),
        (0.8 - 0.6 * 0.9 ** np.arange(80), True),  # ever less, but without an exception
        (np.where(np.arange(80) < 40, np.linspace(0.2, 1.0, 80), 0.6), False),  # a plateau of equal figures
        (np.linspace(0.8, 0.2, 80), False),
        (np.linspace(0.2, 0.8, 20), False),  # of five epochs nothing can be said
        ([], False),
    ],
)
def test_a_rise_in_the_last_quarter_is_told(val_uar, rising):
    assert pace.still_rising(pd.DataFrame({"val_uar": np.asarray(val_uar, float)})) is rising


def test_noise_around_a_plateau_is_hardly_ever_a_rise():
    draws = np.random.default_rng(0).normal(0.6, 0.02, (500, 80))
    said = [pace.still_rising(pd.DataFrame({"val_uar": draw})) for draw in draws]
    assert np.mean(said) < 0.025


def test_a_monitor_says_what_the_training_waits_for_and_that_it_ended_too_soon(tmp_path):
    epochs = np.arange(1, 41)
    history = pd.DataFrame({"epoch": epochs, "seconds": 2.0, "val_uar": np.where(epochs < 30, epochs / 100, 0.2)})
    history.to_csv(tmp_path / "history.csv", index=False)
    monitor = training_monitor(tmp_path, 80, patience=15)
    told = monitor.state(3, 8)
    assert told["title"] == "Epoch 40 of 80: UAR 20.0 % on dev, highest after epoch 29: 29.0 %"
    assert told["notes"] == ["40 epochs left, at most 80 s", "11 of 15 epochs without a better one"]
    assert told["batches"] == [3, 8] and told["rows"][0] == [1, None, None, None, 0.01, None]
    history.assign(val_uar=epochs / 100).to_csv(tmp_path / "history.csv", index=False)
    assert training_monitor(tmp_path, 40).state()["notes"] == [pace.RAISE]
    (tmp_path / "run.json").write_text('{"parameters": {"epochs": 60}}')
    assert training_monitor(tmp_path).epochs == 60


def test_corpus_browser_tells_counts_and_findings(tmp_path):
    clips = make_clips(tmp_path, HOSTILE).assign(duration=0.4, rms=0.07)
    findings = pd.DataFrame({"check": ["silent"], "found": ["<i>nothing</i>"], "file": [clips["file"][0]]})
    browser = widgets.CorpusBrowser(clips, findings)
    assert repr(browser).splitlines()[0] == "9 clips of 3 speakers"
    found = Tags(html_of(browser))
    assert set(found.tags) <= ALLOWED and found.tags.count("details") == 4
    words = "duration and level of the clips by emotion: The emotions are equally loud"
    assert [value for _, name, value in found.attributes if name == "alt"][0] == words
    assert any("silent: <i>nothing</i>" in text for text in found.text)
    assert str(tmp_path) not in html_of(browser)
    answer, beside = browser.cell({"emotion": "happy", "speaker": "made/0"})
    assert answer["total"] == 1 and answer["heard"] == [{}] and beside[0][:4] == b"fLaC"
    assert answer["clips"][0]["about"] == "made/0, female, 0.40 s, -23 dB"
    assert answer["clips"][0]["found"] == ["silent: <i>nothing</i>"]
    (sound,) = browser.sound({"keys": [0]})[1]
    assert sf.info(io.BytesIO(sound)).duration == pytest.approx(0.4)


def test_corpus_browser_takes_clips_of_unknown_speakers(tmp_path):
    clips = make_clips(tmp_path).assign(speaker=None, sex=None)
    browser = widgets.CorpusBrowser(clips)
    assert browser.state()["speakers"] == [{"name": "unknown", "sex": ""}]
    assert repr(browser).splitlines()[0] == "9 clips of unknown speakers" == browser.state()["whose"]
