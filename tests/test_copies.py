"""Copies of a recording: which belong together, which is kept and what 02 leaves out; two of them heard in Chromium."""

import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from in_jupyterlab import SOUND, chromium, needs_chromium
from in_page import show

from emokit import audio, audit, copies, corpora, widgets
from emokit.widgets.copies import aligned

RATE = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo_dir):
    """Four clips of the demo; of the first a softer and an MP3 copy, trimmed by 0.2 s; of the second a twin."""
    folder = tmp_path_factory.mktemp("copied")
    files = sorted(demo_dir.rglob("*.flac"))[::90]
    for n, file in enumerate(files):
        samples = sf.read(file)[0]
        sf.write(folder / f"{n}.wav", samples, RATE)
        if n == 0:
            sf.write(folder / "0 <b>softer.wav", 0.3 * samples, RATE)
            sf.write(folder / "0_mp3.mp3", samples[3_200:], RATE, format="MP3")
    shutil.copy(folder / "1.wav", folder / "1 again.wav")
    return folder


@pytest.fixture(scope="module")
def clips(folder) -> pd.DataFrame:
    """The clips, measured; the twin of the second is labelled otherwise."""
    files = sorted(map(str, folder.iterdir()))
    table = pd.DataFrame({"file": files, "emotion": "happy", "speaker": "own/a", "sex": pd.NA, "corpus": "own"})
    table.loc[table["file"].str.endswith("1 again.wav"), "emotion"] = "sad"
    return table.join(audit.measure(table))


def names(files) -> list[str]:
    return [str(file).rsplit("/", 1)[-1] for file in files]


def test_clips_of_one_recording_are_a_group(clips):
    found = [sorted(names(group["file"])) for group in copies.groups(clips)]
    assert found == [["0 <b>softer.wav", "0.wav", "0_mp3.mp3"], ["1 again.wav", "1.wav"]]


def test_a_choice_is_kept_changed_and_taken_back(clips, folder, tmp_path):
    path = tmp_path / "copies.csv"
    three, two = copies.groups(clips)
    file = {name: file for name, file in zip(names(clips["file"]), clips["file"], strict=True)}
    copies.keep(path, two, file["1.wav"], [folder])
    copies.keep(path, three, file["0_mp3.mp3"], [folder])
    copies.keep(path, three, file["0.wav"], [folder])  # in place of that
    table = pd.read_csv(path)
    assert table["file"].tolist() == ["1 again.wav", "0 <b>softer.wav", "0_mp3.mp3"]
    assert table["kept"].str.endswith(("1.wav", "0.wav")).all()
    left, said = copies.leave_out(clips, [path], [folder])
    assert names(left["file"]) == ["0.wav", "1.wav", "2.wav", "3.wav"]
    assert (said["remedy"] == copies.DONE).all() and list(said.columns) == audit.COLUMNS
    assert "is named in copies.csv, " in said["found"][0] and said["found"][0].endswith("1.wav is kept")
    copies.keep(path, three, None, [folder])
    copies.keep(path, two, None, [folder])
    assert copies.leave_out(clips, [path], [folder])[0].equals(clips)
    assert copies.leave_out(clips, [], [folder])[1].empty


def test_labels_in_dispute_do_not_cost_the_clip_that_was_kept(clips, folder, tmp_path):
    path = tmp_path / "copies.csv"
    findings = audit.audit(clips, clips[audit.measure(clips).columns])
    assert "1.wav" not in names(audit.leave_out(clips, findings)["file"])
    two = copies.groups(clips)[1]
    copies.keep(path, two, two["file"].iloc[1], [folder])
    left, _ = copies.leave_out(clips, [path], [folder])
    findings = audit.audit(left, left[audit.measure(left).columns])
    assert "1.wav" in names(audit.leave_out(left, findings)["file"])


def test_a_file_that_was_replaced_and_one_that_is_gone_are_said_and_not_left_out(clips, folder, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("file,digest\n0.wav,0000\ngone.wav,\n2.wav,\n")
    left, said = copies.leave_out(clips, [path], [folder])
    assert len(left) == len(clips) - 1 and "2.wav" not in names(left["file"])
    assert said["remedy"].tolist() == [copies.OTHER, "not applied: no such clip is here", copies.DONE]
    with pytest.raises(corpora.CorpusError, match="There is no table .*none.csv of clips to leave out"):
        copies.leave_out(clips, [tmp_path / "none.csv"], [folder])


@settings(max_examples=40, deadline=None)
@given(lag=st.integers(-4_000, 4_000), gain=st.sampled_from([1.0, 0.1, -0.5]), cut=st.integers(0, 3_000))
def test_copies_are_moved_to_the_same_instant(lag, gain, cut):
    noise = np.random.default_rng(0).standard_normal(12_000).astype(np.float32)
    sound = np.pad(noise, (max(lag, 0), 0))
    copy = gain * np.pad(noise, (max(-lag, 0), 0))[: len(noise) + max(-lag, 0) - cut]
    one, other = aligned(sound, copy)
    assert len(one) == len(other)
    both = (one != 0) & (other != 0)
    assert both.sum() > 5_000 and np.allclose(gain * one[both], other[both], atol=1e-5)


def test_the_view_tells_what_differs_and_its_twin_plays(clips, folder, tmp_path):
    view = widgets.Copies(clips, tmp_path / "copies.csv", [folder])
    assert repr(view).splitlines()[0] == "2 recordings in several files: 3 of 7 clips are copies"
    assert view.state()["groups"][1]["differ"] == ["labelled sad and happy"]
    assert "1 again.wav and 1 copy <" in view.html and "wav and 2 copies <" in view.html
    assert view.html.count("<audio") == 5 and "<b>softer" not in view.html.replace("<div><b>", "")
    alone = clips[clips["file"].str.contains(r"/[23]\.wav")]
    assert repr(widgets.Copies(alone, tmp_path / "x", [folder])) == "No two of 2 clips hold the same recording"


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_the_sound_goes_over_to_the_other_copy_at_the_same_instant_and_one_is_kept(clips, folder, tmp_path, dark):
    view = widgets.Copies(clips, tmp_path / "copies.csv", [folder])
    with chromium() as browser:
        page = show(browser, view, dark=dark)
        stages = page.locator(".emokit-stage")
        stages.nth(1).wait_for()
        now = f"(document.querySelector({SOUND!r})?.currentTime ?? 0)"
        stages.nth(0).focus()
        page.keyboard.press("Space")
        page.wait_for_function(f"{now} > 0.3")
        page.keyboard.press("x")
        page.wait_for_function("document.activeElement === document.querySelectorAll('.emokit-stage')[1]")
        assert page.evaluate(now) > 0.3  # not from the beginning
        page.wait_for_timeout(200)
        page.keyboard.press("Space")
        page.wait_for_function(f"document.querySelector({SOUND!r}).paused")
        page.wait_for_timeout(100)
        places = [float(stages.nth(n).get_attribute("aria-valuenow")) for n in (0, 1)]
        assert places[0] == places[1] > 0.3  # one cursor over both
        assert page.locator(".emokit-pair b").count() == 0  # a name is text
        page.get_by_label("Clip B").select_option(label="0_mp3.mp3")
        page.get_by_role("button", name="Keep 0_mp3.mp3").click()
        page.get_by_text("0_mp3.mp3 is kept, 2 left out: written to copies.csv.").wait_for()
        kept = pd.read_csv(tmp_path / "copies.csv")
        assert sorted(kept["file"]) == ["0 <b>softer.wav", "0.wav"]
        page.get_by_role("button", name="1 again.wav and 1 copy").click()
        page.get_by_text("labelled sad and happy").wait_for()
        page.get_by_role("button", name="Keep all").click()
        page.close()
    assert audio.read(str(folder / "0.wav")).size  # nothing of the corpus is touched
