"""A recording over time: asked as the page asks it, as figure, twin, labels, and by notebook 06."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from test_predict import P, noise, run_of_tones, tone
from test_widgets import ALLOWED, ALLOWED_ATTRIBUTES, Tags, html_of

from emokit import audio, plots, widgets
from emokit.audio import BadClip
from emokit.plots.timeline import edges, in_words
from emokit.predict import predict
from emokit.predict.__main__ import main
from emokit.predict.labels import audacity
from emokit.predict.medley import PAUSE, medley
from emokit.run_folder import Run, RunError
from emokit.speakers import SpeakerNormalizer
from emokit.widgets.heard import MOST_PEAKS, Heard

PROJECT = Path(__file__).resolve().parents[1]
ROWS = pd.DataFrame(
    {
        "start": [0.0, 1.0, 2.0, 3.0],
        "end": [2.0, 3.0, 4.0, 4.5],
        "predicted": ["happy", None, "sad", "sad"],
        "p_happy": [0.75, np.nan, 0.25, 0.5],
        "p_sad": [0.25, np.nan, 0.75, 0.5],
        "confidence": [0.7, np.nan, 0.9, 0.5],
        "flag": ["", "silent", "clipped", "clipped; louder than the training clips by 9 dB"],
    }
)


def with_event(seconds: float = 60.0, at: float = 30.0) -> np.ndarray:
    """A tone of half a second in a recording of faint noise."""
    samples = np.random.default_rng(0).normal(0, 5e-4, int(16_000 * seconds)).astype(np.float32)
    samples[round(16_000 * at) :][:8_000] += tone(0.5, 300)
    return samples


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run.open(run_of_tones(tmp_path_factory.mktemp("timeline")))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Ten seconds: noise, silence, a tone, silence, noise."""
    path = tmp_path_factory.mktemp("recording") / "from a <b>street.wav"
    pause = np.zeros(32_000, np.float32)
    sf.write(path, np.concatenate([noise(2.5), pause, tone(1.0, 300), pause, noise(2.5, 1)]), 16_000, subtype="FLOAT")
    return path


@pytest.fixture
def timeline(run, recording):
    return widgets.Timeline(run, recording)


def test_labels_for_audacity_are_times_and_words_between_tabs_without_silence():
    louder = "clipped; louder than the training clips by 9 dB"
    expected = f"0.000\t2.000\thappy 70%\n2.000\t4.000\tsad 90% (clipped)\n3.000\t4.500\tsad 50% ({louder})\n"
    assert audacity(ROWS) == expected
    odd = ROWS.head(1).assign(predicted="very\thappy\nindeed")
    assert audacity(odd) == "0.000\t2.000\tvery happy indeed 70%\n"
    silent = ROWS.assign(predicted=pd.NA, confidence=np.nan)
    assert audacity(silent) == audacity(ROWS.iloc[:0]) == ""


def test_windows_share_the_time_between_their_middles():
    assert edges(ROWS).tolist() == [0, 1.5, 2.5, 3.375, 4.5]
    assert edges(ROWS.head(1)).tolist() == [0, 2]


def test_a_title_says_what_is_heard_most_and_how_much_is_not_to_be_believed():
    told = "4 windows in 4.5 s, 1 without speech, 1 far from the training clips, 2 clipped"
    assert in_words(ROWS) == ("Sad is heard in 2 of 3 windows with speech", told)
    assert in_words(ROWS.head(1)) == ("Happy is heard throughout", "1 window in 2.0 s")
    assert in_words(ROWS[:3])[0] == "Happy and sad are each heard in 1 of 2 windows with speech"
    assert in_words(ROWS[1:2]) == ("No speech is heard", "1 window in 3.0 s, 1 without speech")


def test_the_figure_hatches_silence_and_what_is_unlike_the_training_clips_but_not_what_is_clipped_alone():
    figure = plots.timeline(ROWS, np.array([[-0.5, 0.5]] * 10), 4.5)
    areas = figure.axes[1]
    hatched = {patch.get_hatch(): (patch.get_x(), patch.get_x() + patch.get_width()) for patch in areas.patches}
    assert hatched == {"////": (1.5, 2.5), "\\\\\\\\": (3.375, 4.5)}
    assert figure.finding == in_words(ROWS)[0] and len(areas.collections) == 2 * 2  # two stretches of two emotions
    tops = [max(path.vertices[:, 1].max() for path in area.get_paths()) for area in areas.collections]
    assert tops[1] == tops[3] == pytest.approx(1)


def test_the_page_is_told_what_predict_says(timeline, run, recording):
    answer, (p, peaks) = timeline.hear({})
    expected = predict(run, recording, windows=True)
    said = np.frombuffer(p, np.float32).reshape(-1, 2)
    np.testing.assert_allclose(said, expected[P].to_numpy(float), atol=1e-6)
    assert np.isnan(said).any() and not np.isnan(said).all()
    names = [None if place < 0 else run.emotions[place] for place in answer["predicted"]]
    assert names == [None if pd.isna(name) else name for name in expected["predicted"]]
    assert [answer["flags"][place] for place in answer["flag"]] == expected["flag"].tolist()
    assert answer["start"] == expected["start"].tolist() and answer["end"] == expected["end"].tolist()
    assert answer["seconds"] == pytest.approx(10) and len(answer["edges"]) == len(expected) + 1
    wave = np.frombuffer(peaks, np.int8).reshape(-1, 2) / 127
    assert wave[:400].max() > 0.2 and np.abs(wave[520:880]).max() == 0  # 200 a second
    json.dumps([answer, timeline.state()], allow_nan=False)
    unlike = [flag not in ("", "clipped") for flag in answer["flags"]]
    assert answer["far"] == unlike and any(unlike)


def send(timeline, content: bytes, name: str, piece: int = 10_000):
    for at in range(0, max(1, len(content)), piece):
        timeline.take({"at": at, "buffers": [memoryview(content[at : at + piece])]})
    return timeline.hear({"name": name, "run": ""})


def test_what_a_browser_sends_piece_by_piece_is_heard_as_its_file_is(timeline, run, tmp_path):
    sf.write(tmp_path / "mine.wav", np.stack([noise(3), noise(3, 1)], 1), 44_100)
    answer, _ = send(timeline, (tmp_path / "mine.wav").read_bytes(), "mine.wav")
    expected = predict(run, tmp_path / "mine.wav", windows=True).assign(file="mine.wav")
    pd.testing.assert_frame_equal(timeline.heard.rows, expected)
    assert answer["name"] == "mine.wav"
    again, (p, _) = send(timeline, run_file(run, 3).read_bytes(), "shorter.wav")  # of the first nothing is left
    assert again["seconds"] < 1 and len(p) == 4 * 2 * len(again["start"])


def run_file(run, row: int) -> Path:
    return Path(run.clips["file"][row])


@pytest.mark.parametrize("content", [b"", b"no sound", b"file\n/etc/hostname\n"])
def test_what_is_no_sound_is_refused_by_its_name_and_what_was_shown_stays(timeline, content):
    before = timeline.heard
    with pytest.raises(ValueError, match=r"list\.csv cannot be heard: is ") as refused:
        send(timeline, content, "list.csv")
    assert "/" not in str(refused.value) and timeline.heard is before


def test_what_was_opened_before_still_plays_after_another_file_was_refused(timeline, run):
    good = run_file(run, 3).read_bytes()
    send(timeline, good, "good.flac")
    rows = timeline.heard.rows
    with pytest.raises(ValueError, match=r"bad\.wav cannot be heard: is not sound"):
        send(timeline, b"no sound", "bad.wav")
    answer, (sound,) = timeline.sound({"at": 0})
    assert len(sound) == answer["size"] > 1_000 and timeline.neighbours({"row": 0})[0]["clips"]
    timeline.hear({"run": run.path.name})
    pd.testing.assert_frame_equal(timeline.heard.rows, rows)
    for _ in range(3):
        send(timeline, good, "good.flac")
    assert len(list(timeline._uploads.iterdir())) <= 2  # what is shown, and what was before it


def test_sound_comes_piece_by_piece_as_mp3_of_the_whole(timeline, tmp_path, monkeypatch):
    monkeypatch.setattr("emokit.widgets.timeline.PIECE", 10_000)
    content, size = b"", 1
    while len(content) < size:
        answer, (piece,) = timeline.sound({"at": len(content)})
        size, content = answer["size"], content + piece
    (tmp_path / "x.mp3").write_bytes(content)
    samples, rate = sf.read(tmp_path / "x.mp3")
    assert len(samples) / rate == pytest.approx(10, abs=0.1)
    assert np.abs(samples[3 * rate : 4 * rate]).max() < 0.01 < np.abs(samples[: 2 * rate]).max()


def test_the_nearest_training_clip_of_a_training_clip_is_itself(run):
    timeline = widgets.Timeline(run, run.clips["file"][0])
    (row,) = [row for row, said in enumerate(timeline.heard.said) if said][:1]
    answer, sounds = timeline.neighbours({"row": row})
    clips = answer["clips"]
    assert answer["heard"] == [{}, {}] and all(sound[:4] == b"fLaC" for sound in sounds)
    assert clips[0]["name"] == Path(run.clips["file"][0]).name and clips[0]["likeness"] == pytest.approx(1, abs=2e-3)
    assert {clip["place"] for clip in clips} == {0, 1}  # there are two training clips


def test_without_the_corpus_at_hand_words_stand_for_the_nearest_clips(run, recording, tmp_path):
    timeline = widgets.Timeline(Run.open(run.path, tmp_path), recording)
    assert "give its folder as data_dir" in timeline.neighbours({"row": 0})[0]["words"]
    assert "The nearest training clips" not in html_of(timeline)


def test_runs_can_be_asked_alone_and_together(run, recording, tmp_path):
    other = Run.open(shutil.copytree(run.path, tmp_path / "other"))
    other.model().set_weights([0.5 * weights for weights in other.model().get_weights()])
    timeline = widgets.Timeline([run, other], recording)
    assert timeline.state()["runs"] == [["", "all together"], ["tones", "tones"], ["other", "other"]]
    each = {name: np.frombuffer(timeline.hear({"run": name})[1][0], np.float32) for name in ("", "tones", "other")}
    assert np.nanmax(np.abs(each["tones"] - each["other"])) > 0.01
    np.testing.assert_allclose(each[""], (each["tones"] + each["other"]) / 2, atol=1e-6)


def test_another_run_that_tells_the_same_emotions_apart_can_be_chosen(run, recording, tmp_path):
    for name in ("other", "half", "kinds", "voices"):
        shutil.copytree(run.path, tmp_path / name)
    for name, change in (("half", {"state": "running"}), ("kinds", {"emotions": ["happy", "angry"]})):
        record = tmp_path / name / "run.json"
        record.write_text(json.dumps(json.loads(record.read_text()) | change))
    record = json.loads((tmp_path / "voices" / "run.json").read_text())
    record["parameters"]["normalise"] = "speaker"
    (tmp_path / "voices" / "run.json").write_text(json.dumps(record))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    timeline = widgets.Timeline(run, recording, outputs_dir=tmp_path)
    assert timeline.state()["runs"] == [["", "tones"], ["other", "other"]]
    _, (p, _) = timeline.hear({"run": "other"})
    assert timeline.heard.runs[0].path == tmp_path / "other"
    expected = timeline.heard.rows[P].astype(float)
    np.testing.assert_allclose(np.frombuffer(p, np.float32).reshape(-1, 2), expected, atol=1e-6)
    timeline.hear({"run": ""})
    assert timeline.heard.runs == [run]


def test_a_run_that_is_normalised_by_speaker_is_told_who_speaks(run, recording):
    own = Run.open(run.path)
    normalizer = SpeakerNormalizer().fit(own.settings.placed(audio.read(file))[0] for file in own.clips["file"][:2])
    own.normalizer = lambda: normalizer
    with pytest.raises(RunError, match="is normalised by speaker; name recordings .* the parameter voice of 06"):
        widgets.Timeline(own, recording)
    with pytest.raises(BadClip, match="samples: holds no speech to know a voice by; name another recording"):
        predict(own, recording, enrolled=(np.zeros(16_000, np.float32), 16_000))
    voice = [run_file(own, 7)]
    timeline = widgets.Timeline(own, recording, enrolled=voice)
    expected = predict(own, recording, windows=True, enrolled=voice)
    assert np.nanmax(np.abs(expected[P] - predict(run, recording, windows=True)[P])) > 1e-3
    np.testing.assert_allclose(timeline.heard.rows[P].astype(float), expected[P].astype(float), atol=1e-6)
    again = send(timeline, Path(recording).read_bytes(), "again.wav")[1][0]
    np.testing.assert_allclose(np.frombuffer(again, np.float32), expected[P].to_numpy(np.float32).ravel(), atol=1e-6)
    assert timeline.neighbours({"row": 0})[0]["clips"]


def test_exports_are_the_rows_and_the_labels(timeline):
    ((table,), (labels,)) = (timeline.export({"kind": kind})[1] for kind in ("csv", "labels"))
    assert labels.decode() == audacity(timeline.heard.rows) and labels.count(b"\n") == timeline.heard.rows[P[0]].count()
    assert table.decode().splitlines()[0] == "file,start,end,predicted,p_happy,p_sad,confidence,flag"
    assert table.count(b"\n") == len(timeline.heard.rows) + 1


def test_peaks_of_any_length_are_few_and_where_the_sound_is(tmp_path, run, monkeypatch):
    samples = np.zeros(25 * 8_000, np.float32)
    samples[8_000 * 21] = 0.9
    samples[8_000 * 7] = -0.4
    sf.write(tmp_path / "x.wav", samples, 8_000, subtype="FLOAT")
    monkeypatch.setattr("emokit.widgets.heard.predict", lambda *_, **__: ROWS)
    for most in (MOST_PEAKS, 100):
        monkeypatch.setattr("emokit.widgets.heard.MOST_PEAKS", most)
        heard = Heard([run], tmp_path / "x.wav")
        assert heard.seconds == 25 and most / 2 < len(heard.peaks) <= most or len(heard.peaks) == 25 * 200
        places = np.array([heard.peaks[:, 0].argmin(), heard.peaks[:, 1].argmax()]) / len(heard.peaks) * 25
        np.testing.assert_allclose(places, [7, 21], atol=25 / len(heard.peaks))
        assert heard.peaks.min() == np.float32(-0.4) and heard.peaks.max() == np.float32(0.9)


def test_the_twin_plays_and_tells_without_script_and_names_stay_text(timeline, recording):
    found = Tags(html_of(timeline))
    assert set(found.tags) <= ALLOWED and {name for _, name, _ in found.attributes} <= ALLOWED_ATTRIBUTES
    alts = [value for _, name, value in found.attributes if name == "alt"]
    assert alts[0].startswith("waveform, and the probability of each emotion over time, of from a <b>street.wav: ")
    assert found.tags.count("audio") >= 2 and str(recording.parent) not in html_of(timeline) + repr(timeline)
    assert len(re.findall(r"<tr", html_of(timeline).split("All windows, as a table")[1])) == len(timeline.heard.rows)
    lines = repr(timeline).splitlines()
    assert lines[0].startswith("from a <b>street.wav: ") and len(lines) == len(timeline.heard.rows) + 2


def test_a_medley_is_test_clips_between_pauses(run, tmp_path):
    times = medley(run, tmp_path / "sub" / "x.wav")
    samples, rate = sf.read(tmp_path / "sub" / "x.wav", dtype="float32")
    assert [emotion for *_, emotion in times] == run.emotions and rate == 16_000
    test = run.clips[run.clips["part"] == "test"]
    heard = np.zeros(len(samples), bool)
    for start, end, emotion in times:
        stretch = slice(round(start * rate), round(end * rate))
        own = [audio.read(file) for file in test.loc[test["emotion"] == emotion, "file"]]
        assert any(len(x) == len(samples[stretch]) and np.abs(x - samples[stretch]).max() < 1e-4 for x in own)
        heard[stretch] = True
    assert not samples[~heard].any() and (~heard).sum() == 3 * PAUSE * rate


@pytest.mark.slow
def test_notebook_06_python_and_terminal_agree_and_an_event_in_a_minute_of_silence_is_found(run, tmp_path):
    sf.write(tmp_path / "minute.wav", with_event(), 16_000, subtype="FLOAT")
    outputs = run.path.parent
    given = ["-p", "run", run.path.name, "-p", "file", tmp_path / "minute.wav", "-p", "outputs_dir", outputs]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-level", "ERROR", *map(str, given)]
    command += [str(PROJECT / "notebooks" / "06_listen.ipynb"), str(tmp_path / "06.ipynb")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert not done.returncode, done.stderr
    kept = pd.read_csv(outputs / "tones" / "heard" / "minute.csv")
    assert main([str(run.path), str(tmp_path / "minute.wav"), "--windows", "--csv", str(tmp_path / "said.csv")]) == 0
    of_terminal = pd.read_csv(tmp_path / "said.csv")
    of_python = predict(run, with_event(), 16_000, windows=True)
    for other in (of_terminal, of_python):
        assert kept["predicted"].fillna("").tolist() == other["predicted"].fillna("").tolist()
        np.testing.assert_allclose(kept[["start", "end", *P]], other[["start", "end", *P]].astype(float), atol=1e-6)
    spoken, step = kept[kept["predicted"].notna()], kept["start"][1]
    assert 29.5 - step < spoken["start"].min() <= 30 and 30.5 <= spoken["end"].max() < 31 + step
    labels = (outputs / "tones" / "heard" / "minute.txt").read_text().splitlines()
    assert len(labels) == len(spoken) and (outputs / "tones" / "heard" / "minute.png").stat().st_size > 5_000
    cells = json.loads((tmp_path / "06.ipynb").read_text())["cells"]
    (shown,) = [cell for cell in cells if "widgets.Timeline" in "".join(cell["source"])]
    assert set(shown["outputs"][0]["data"]) == {"text/html", "text/plain"}


