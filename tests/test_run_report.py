"""One page a run: everything is on it, nothing of it is fetched, and names stay text."""

import json
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest
from test_confusion_explorer import four_voices, make_run

import emokit
from emokit import atomic_files, audit, metrics, reviews, run_folder, run_report, widgets

HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(1)<script>', "'onload='x", "&amp;", "{{ 7*7 }}{% raw %}"]
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Tags, attributes and texts of a page; whether each element is closed in its turn."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def finished(path, demo_dir, clips=None, findings=None, **parameters):
    """A complete run that has a history too, which fit writes otherwise."""
    path.mkdir(parents=True)
    row = {"epoch": 1, "loss": 1.5, "uar": 0.4, "val_loss": 1.6, "val_uar": 0.3, "learning_rate": 3e-4, "seconds": 1.25}
    pd.DataFrame([row | {"epoch": n} for n in (1, 2)]).to_csv(path / "history.csv", index=False)
    return make_run(path, demo_dir, clips=clips, findings=findings, **({"split": "speaker", "fold": 1} | parameters))


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return finished(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir, body="residual_lstm")


@pytest.fixture(scope="module")
def page(run):
    path = emokit.report(run)
    assert path == run.path / "report.html"
    return Page(path.read_text(encoding="utf-8"))


def test_page_tells_the_result_the_proof_and_the_parameters(page, run):
    text = " ".join(page.text)
    test = run.predictions.query("part == 'test'")
    assert metrics.headline(test) in text
    for told in ("Parameters", "version of numpy", "Expected calibration error", "epochs", "train & dev"):
        assert told in text, told
    for drawn in ("clips by emotion", "speakers and classes by part", "cross-entropy", "recall of each", "reliability"):
        assert any(alt.startswith(drawn) for alt in page.all("alt")), drawn
    worst = test[test["emotion"] != test["predicted"]].sort_values("loss").iloc[-1]
    assert worst["file"].rsplit("/", 1)[-1] in text
    assert page.tags.count("audio") >= 6 and page.tags.count("details") >= 2


def test_result_matrix_and_speakers_come_first_and_the_head_says_when_of_what_and_by_which_model(page, run):
    titles = ["What it hears", "What is taken for what", "Speaker by speaker"]
    places = [len(page.text) - 1 - page.text[::-1].index(title) for title in (*titles, "What went in")]
    assert places == sorted(places)
    test = run.predictions.query("part == 'test'")
    facts = run_report.content(run)["facts"]
    assert facts[-2:] == [f"Corpus: demo: {len(run.clips)} clips of 4 speakers", "Model: log mel, residual LSTM"]
    table = run_report.content(run)["by_speaker"]
    assert set(table["speaker"]) == set(test["speaker"]) and table["UAR, %"].is_monotonic_increasing
    assert table["clips"].sum() == len(test) and table["mistakes"].sum() == (test["emotion"] != test["predicted"]).sum()


def test_page_fetches_nothing_and_runs_nothing(page):
    assert all(value.startswith("data:") for value in page.all("src"))
    assert all(value.startswith("#") for value in page.all("href"))
    assert not {"script", "iframe", "object", "link", "form", "svg"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert any("default-src 'none'" in value for value in page.all("content"))


def test_page_can_be_read_by_ear_and_reached_by_keyboard(page):
    assert page.open == []
    ids = page.all("id")
    assert len(set(ids)) == len(ids) and {value[1:] for value in page.all("href")} <= set(ids)
    assert set(page.all("aria-labelledby")) <= set(ids)
    assert page.tags.count("img") == len([alt for alt in page.all("alt") if alt])
    titled = [value for tag, name, value in page.attributes if tag == "audio" and name == "title"]
    assert page.tags.count("audio") == len(titled) and all(titled)
    assert page.tags.count("h1") == 1 and page.tags.count("main") == 1
    assert page.tags.count("section") == page.tags.count("h2")


def test_page_is_whole_small_and_holds_no_folder_of_this_machine(run, page):
    path = run.path / "report.html"
    before = path.read_bytes()
    assert len(before) < 10_000_000
    assert str(run.path.parent) not in before.decode() and str(run.data_dir[0]) not in before.decode()
    assert emokit.report(run).read_bytes() == before
    assert not list(run.path.glob(f"{atomic_files.PART}*")) and run_folder.Run.open(run.path).complete


def test_names_from_a_corpus_stay_text(tmp_path, demo_dir):
    clips = four_voices(demo_dir).drop(columns="sentence")
    for n, place in enumerate(clips.index):
        file = tmp_path / "corpus" / f"{n:02}" / f"{HOSTILE[n % len(HOSTILE)]}.wav"
        file.parent.mkdir(parents=True)
        shutil.copy(clips.loc[place, "file"], file)
        clips.loc[place, "file"] = str(file)
    clips["speaker"] = clips["speaker"] + HOSTILE[0]
    clips.loc[clips["emotion"] == "sad", "emotion"] = HOSTILE[1]
    found = [["warning", "<b>", HOSTILE[0], HOSTILE[1], HOSTILE[2], clips["file"].iloc[0]]]
    findings = pd.DataFrame(found, columns=audit.COLUMNS)
    run = finished(tmp_path / "run-1", tmp_path / "corpus", clips, findings, preset=HOSTILE[0])
    explorer = widgets.ConfusionExplorer(run)
    explorer.review({"key": 0, "verdict": "bad audio", "note": HOSTILE[1]})
    page = Page(emokit.report(run).read_text(encoding="utf-8"))
    test_page_fetches_nothing_and_runs_nothing(page)
    test_page_can_be_read_by_ear_and_reached_by_keyboard(page)
    assert page.tags.count("audio") > 0
    assert all(any(name in text for text in page.text) for name in (*HOSTILE[:2], HOSTILE[4]))


def poisoned(value, name: str):
    """The content of a page with a name in place of each text in it."""
    if isinstance(value, pd.DataFrame):
        return pd.DataFrame([[name] * value.shape[1]] * len(value), columns=[name] * value.shape[1])
    if isinstance(value, list):
        return [poisoned(item, name) for item in value]
    return name if type(value) is str and value else value  # Markup is HTML already


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", "{% raw %}", "\" onload='x'"])
def test_a_hostile_name_in_every_field_of_the_page_comes_out_as_text(run, name):
    content = run_report.content(run)
    content["notes"].append("a note")
    fields = {field: poisoned(value, name) for field, value in content.items()}
    html = run_report.page(fields)
    page = Page(html)
    test_page_fetches_nothing_and_runs_nothing(page)
    test_page_can_be_read_by_ear_and_reached_by_keyboard(page)
    texts = [value for value in fields.values() if type(value) is str and value]
    cells = sum(value.size for value in fields.values() if isinstance(value, pd.DataFrame))
    assert " ".join(page.text).count(name) > cells + len(texts)  # and the names of columns
    assert run_report.page(content).count("<script") == html.count("<script") == 0 and "49" not in page.text


def test_what_was_overridden_is_said_first(tmp_path, demo_dir):
    plain = finished(tmp_path / "plain", demo_dir)
    said = ["The demo corpus is synthetic: these figures prove the pipeline, not the science."]
    assert run_report.notes(plain) == said
    clips = plain.clips.drop(columns="n_frames")
    spoken = widgets.ConfusionExplorer(plain)
    clips.loc[clips["file"].isin(spoken.rows["file"][1:3]), "part"] = "train"
    spoken.review({"key": 0, "verdict": "wrong label", "label": "sad"})
    spoken.review({"key": 1, "verdict": "bad audio"})
    assert "Listeners have judged 2 of its clips since" in run_report.notes(plain)[0]
    corrected, done = reviews.correct(clips, [plain])
    given = {"split": "clip", "allow_severe": True, "apply_reviews": ["plain"]}
    run = finished(tmp_path / "other", demo_dir, corrected, done, **given)
    notes = run_report.notes(run)
    assert notes[0].startswith("Speaker-dependent")
    told = "Corrected by the reviews of plain: 0 labels were corrected and 1 clip was left out, none of the test; "
    assert told + "1 review of test clips not applied, since their listener saw predictions." in notes
    text = " ".join(Page(emokit.report(run).read_text()).text)
    assert all(note in text for note in notes)
    assert "SPEAKER-DEPENDENT" in text and "heard as sad (plain) not applied: it is in the test" in text


def test_votes_and_what_a_listener_would_reach_are_said(tmp_path, demo_dir):
    clips = four_voices(demo_dir)
    heard = {f"votes_{name}": 3 * (clips["emotion"] == name) + 1 for name in clips["emotion"].unique()}
    run = finished(tmp_path / "run-1", demo_dir, clips.assign(**heard), target="votes")
    told = "It learned how listeners spread over the emotions (target votes); its score counts one emotion a clip."
    assert told in run_report.notes(run)
    text = " ".join(Page(emokit.report(run).read_text()).text)
    assert told in text and "One listener of the test clips, drawn at random: UAR" in text


def test_only_what_would_have_stopped_the_training_is_said_to_be_overridden(tmp_path, demo_dir):
    clips = four_voices(demo_dir)
    found = [
        ["severe", "unreadable", "v01/a.flac", "it is empty", "x", clips["file"].iloc[0]],  # left out, not overridden
        ["severe", "one group", "speaker", "every clip is of one speaker", "x", pd.NA],
        ["severe", "counts", "sad", "2 clips", "x", pd.NA],
        ["warning", "imbalance", "happy", "few", "x", pd.NA],
    ]
    findings = pd.DataFrame(found, columns=audit.COLUMNS).astype("string")
    allowed = finished(tmp_path / "allowed", demo_dir, clips, findings, allow_severe=True)
    told = "Trained in spite of: speaker: every clip is of one speaker; sad: 2 clips."
    assert run_report.notes(allowed)[0] == told
    assert told in Page(emokit.report(allowed).read_text()).text
    for name, rows, allow in (("none", findings.iloc[[0, 3]], True), ("not-allowed", findings.iloc[:0], False)):
        run = finished(tmp_path / name, demo_dir, clips, rows, allow_severe=allow)
        assert "in spite of" not in " ".join(run_report.notes(run))


def test_absent_speakers_of_a_published_fold_are_named(tmp_path, demo_dir):
    clips = four_voices(demo_dir).assign(corpus="ravdess")
    clips["speaker"] = clips["part"].map({"train": "ravdess/01", "dev": "ravdess/02", "test": "ravdess/03"})
    run = finished(tmp_path / "run-1", demo_dir, clips, fold=1)
    absent = emokit.splits.absent_test_speakers(clips, fold=1)
    assert absent and run_report.notes(run)[0].endswith(f"published one: {', '.join(absent)}.")
    by_hand = finished(tmp_path / "run-2", demo_dir, clips, fold=1, test_speakers=["ravdess/03"])
    assert run_report.notes(by_hand) == []


def test_a_proof_that_does_not_hold_is_no_silence(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    table = pd.read_csv(run.path / "clips.csv", dtype="str")
    table.loc[table["part"] == "dev", "speaker"] = table.loc[table["part"] == "train", "speaker"].iloc[0]
    table.to_csv(run.path / "clips.csv", index=False)
    page = Page(emokit.report(run).read_text())
    assert ("p", "role", "alert") in page.attributes
    assert "The proof of the split does not hold: train & dev share" in run_report.notes(run)[0]
    assert any(text.startswith("UAR") and text.endswith(", NOT PROVEN") for text in page.text)


def test_page_says_what_was_seen_to_be_read_or_that_nobody_looked(page, tmp_path, demo_dir):
    seen = "The network was seen to learn from the 15 clips of train, and to be judged after each epoch by the 15 of"
    assert seen in " ".join(page.text)
    assert "The normaliser (150 frames) comes from the training part; all classes weigh the same" in " ".join(page.text)
    run = finished(tmp_path / "run-1", demo_dir)
    proof = json.loads((run.path / "split.json").read_text())
    (run.path / "split.json").write_text(json.dumps(proof | {"learned_from": None, "epoch_chosen_by": None}))
    text = " ".join(Page(emokit.report(run).read_text()).text)
    assert "What the network learned from, and what judged it, was not recorded. Checked again" in text
    assert run_report.notes(run)[0].startswith("Not recorded:") and "was seen to learn" not in text


@pytest.mark.parametrize("share", ["none", "half"])
def test_unknown_speakers_are_said_in_headline_notes_and_proof(tmp_path, demo_dir, share):
    clips = four_voices(demo_dir)
    clips["speaker"] = clips["speaker"].where((share == "half") & (clips.index % 2 == 0))
    run = finished(tmp_path / "run-1", demo_dir, clips, split="table")
    text = " ".join(Page(emokit.report(run).read_text()).text)
    n = {"none": 60, "half": 30}[share]
    told = f"Speaker-dependent: the speakers of {n} of 60 clips are unknown, and may be in several parts"
    assert run_report.notes(run)[0].startswith(told)
    assert ", SPEAKER-DEPENDENT" in text and "unknown unknown unknown" in text  # each two parts


def test_notes_of_several_runs_name_those_they_are_true_of(tmp_path, demo_dir):
    clips = four_voices(demo_dir)
    known, unknown = finished(tmp_path / "run-1", demo_dir), finished(
        tmp_path / "run-2", demo_dir, clips.assign(speaker=None), split="table"
    )
    dependent, synthetic = run_report.notes_of([known, unknown]).splitlines()[::-1]
    assert synthetic.startswith("The demo corpus is synthetic") and dependent.startswith("run-2: Speaker-dependent")


def test_a_run_that_is_not_complete_is_refused(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    (run.path / "predictions.csv").unlink()
    with pytest.raises(run_folder.RunError, match=re.escape("run-1/predictions.csv is not there")):
        emokit.report(run)


def test_clips_that_are_not_at_hand_leave_a_note_and_the_page_stands(tmp_path, demo_dir):
    finished(tmp_path / "run-1", demo_dir)
    run = run_folder.Run.open(tmp_path / "run-1", tmp_path / "elsewhere")
    page = Page(emokit.report(run).read_text())
    assert "audio" not in page.tags and "cannot be heard" in " ".join(page.text)


def test_long_tables_end_and_say_where_the_rest_is(tmp_path, demo_dir):
    found = [["info", "far", f"clip {n}", "x", "y", None] for n in range(250)]
    run = finished(tmp_path / "run-1", demo_dir, findings=pd.DataFrame(found, columns=audit.COLUMNS))
    text = " ".join(Page(emokit.report(run).read_text()).text)
    assert "clip 99 " in text and "clip 100" not in text and "150 more in findings.csv." in text
