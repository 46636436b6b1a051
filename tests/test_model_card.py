"""The model card: read by the hubs' own library, told from the run folder alone, and names stay text."""

import json
import re

import pandas as pd
import pytest
import yaml
from test_confusion_explorer import four_voices
from test_run_report import HOSTILE, finished

import emokit
from emokit import abstention, audit, calibration, certificate, corpora, metrics, model_card, plots, run_folder

NOT_CHOSEN = "not-chosen-recordings-"


@pytest.fixture(scope="module")
def run(tmp_path_factory, demo_dir):
    return finished(tmp_path_factory.mktemp("outputs") / "run-1", demo_dir, corpus=["demo"])


@pytest.fixture(scope="module")
def text(run):
    path = emokit.card(run)
    assert path == run.path / "model_card.md"
    return path.read_text(encoding="utf-8")


def head_of(text: str) -> dict:
    return yaml.safe_load(re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)[1])


def test_the_library_of_the_hub_reads_the_head_and_the_result_in_it(text, run):
    hub = pytest.importorskip("huggingface_hub")
    data = hub.ModelCard(text).data
    uar, accuracy, f1 = data.eval_results
    assert (data.license_name, data.language, data.datasets) == (f"{NOT_CHOSEN}cc0-1.0", ["en"], ["demo"])
    assert (uar.task_type, uar.dataset_type, uar.metric_type, uar.metric_name) == (
        *("audio-classification", "demo", "recall", "UAR"),
    )
    assert uar.metric_value == pytest.approx(run.metrics["uar"], abs=5e-5)
    assert accuracy.metric_value == pytest.approx(run.metrics["accuracy"], abs=5e-5)
    assert yaml.safe_load(data.to_yaml())["model-index"] == head_of(text)["model-index"]


def test_the_head_has_what_hubs_look_for(text, run):
    head = head_of(text)
    of_hubs = {"license", "license_name", "language", "library_name", "pipeline_tag", "tags", "datasets", "metrics"}
    assert set(head) == of_hubs | {"model-index"}
    (index,) = head["model-index"]
    values = {metric["name"]: metric["value"] for metric in index["results"][0]["metrics"]}
    expected = {"UAR": run.metrics["uar"], "accuracy": run.metrics["accuracy"], "macro F1": run.metrics["macro_f1"]}
    assert index["name"] == "run-1" and values == pytest.approx(expected, abs=5e-5)


def test_the_card_tells_the_result_its_proof_and_its_limits(text, run):
    test = metrics.with_clips(run.predictions.query("part == 'test'"), run.clips)
    recalls, dev = metrics.recall(test["emotion"], test["predicted"]), run.predictions.query("part == 'dev'")
    for told in (
        metrics.headline(test),
        certificate.sentence(run.clips),
        calibration.sentence(calibration.summary(run.predictions)),
        abstention.sentence(run.predictions, share=0.2),
        plots.confusion_finding(metrics.confusion(test["emotion"], test["predicted"])),
        f"| happy | {100 * recalls['happy']:.1f} | – | 6 |",
        "| the demo corpus | 60 | 4 | en | CC0 1.0 |",
        f"| female | {100 * metrics.results_by(test, 'sex')['uar']['female']:.1f} | – | 15 | 1 |",
        "| test speakers | demo/v03, demo/v04 |",
        "It learned from 15 clips of 1 speaker (en).",
        "Not tested: noise",
        "There is no interval over its test speakers (2 speakers, at least 6 are needed), so it is not shown",
        f"which reached UAR {100 * metrics.uar(dev['emotion'], dev['predicted']):.1f} % (15 clips of 1 speaker) on dev",
        "`predict` says\n  nothing of silence",
        "Regulation (EU) 2024/1689, Article 5 (1) (f)",
        "these figures prove the pipeline, not the science",
    ):
        assert model_card._text(told) in text or told in text, told


def test_the_card_tells_nothing_of_the_machine(text, run):
    for told in (str(run.path.parent), str(run.data_dir[0]), run.record["sessions"][0]["host"] + "/", "data_dir"):
        assert told not in text


def test_the_command_writes_the_card_or_says_why_not(run, tmp_path, capsys):
    assert model_card.main([str(run.path)]) == 0 and capsys.readouterr().out == f"{run.path}/model_card.md\n"
    assert model_card.main([str(tmp_path / "none")]) == 1 and "There is no run none" in capsys.readouterr().err
    assert model_card.main([]) == 2 and capsys.readouterr().err.startswith("usage:")


def test_names_from_a_corpus_stay_text(tmp_path, demo_dir):
    names = [*HOSTILE, "a|b\n| c |", "# d", "[x](javascript:y)"]
    clips = four_voices(demo_dir)
    clips["speaker"] += "".join(names)
    clips["sex"] = clips["speaker"].map(dict(zip(sorted(clips["speaker"].unique()), names[-4:], strict=True)))
    clips["corpus"], clips["language"] = names[5], ["---\nlicense: mit"] * len(clips)
    clips.loc[clips["emotion"] == "sad", "emotion"] = names[1]
    found = pd.DataFrame([["warning", "x", *names[:3], clips["file"].iloc[0]]], columns=audit.COLUMNS)
    run = finished(tmp_path / "run-1", demo_dir, clips, found, corpus=["demo"], preset=HOSTILE[0])
    text = model_card.page(run)
    assert head_of(text)["license"] == "unknown" and head_of(text)["datasets"] == [names[5]]
    body = text.split("\n---\n", 1)[1]
    assert "<" not in body.split("```")[0] and not re.search(r"(?<!\\)\[", body)
    assert [line for line in body.splitlines() if line.startswith("#")] == [
        *("# run-1", "## Data", "## Split", "## How well it hears", "## How it was made", "## Intended use"),
        *("## Limits", "## Use"),
    ]
    for table in re.findall(r"(?:^\|.*\|\n)+", body, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize(
    ("licences", "name"),
    [
        (["CC BY-NC-SA 4.0"], "cc-by-nc-sa-4.0"),
        (["CC BY-NC-ND 4.0", "CC BY-NC-ND 4.0"], "cc-by-nc-nd-4.0"),
        (["research only", "CC BY 4.0"], "cc-by-4.0-research-only"),
        (["ODbL 1.0 (database), DbCL 1.0 (contents)", "not known"], "odbl-1.0-database-dbcl-1.0-contents"),
    ],
)
def test_the_licence_of_a_model_is_not_chosen_by_that_of_its_recordings(licences, name):
    expected = {"license": "other", "license_name": NOT_CHOSEN + name}
    assert model_card._licence(of_corpora(licences), [str(n) for n in range(len(licences))]) == expected


@pytest.mark.parametrize("licence", ["not known", "see its page"])
def test_of_a_licence_that_is_not_known_nothing_is_said(licence):
    assert model_card._licence(of_corpora([licence]), ["0"]) == {"license": "unknown"}


def of_corpora(licences):
    class OfCorpora:
        record = {"data": {"corpora": {str(n): {"licence": licence} for n, licence in enumerate(licences)}}}

    return OfCorpora


def test_every_published_licence_has_a_name_as_hubs_take_it():
    for name, corpus in corpora.PUBLISHED.items():
        facts = of_corpora([])
        facts.record = {"data": {"corpora": {name: {"licence": corpus.licence}}}}
        assert re.fullmatch(r"[a-z0-9.-]{1,120}", model_card._licence(facts, [name]).get("license_name", "-"))


def test_the_interval_is_pointed_to_where_there_is_one(run, monkeypatch):
    proof = run.certificate()  # which would not hold for these figures
    monkeypatch.setattr(type(run), "certificate", lambda self: proof)
    monkeypatch.setattr(metrics, "why_no_interval", lambda said: "")
    monkeypatch.setattr(metrics, "interval", lambda said: (0.4, 0.6))
    monkeypatch.setattr(metrics, "recall_intervals", lambda said: pd.DataFrame(columns=["low", "high"]))
    text = " ".join(model_card.page(run).split())
    assert "Of people who were not among its speakers it tells what the interval above says, no more; test it" in text


def test_a_proof_that_does_not_hold_is_said(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    table = pd.read_csv(run.path / "clips.csv", dtype="str")
    table.loc[table["part"] == "dev", "speaker"] = table.loc[table["part"] == "train", "speaker"].iloc[0]
    table.to_csv(run.path / "clips.csv", index=False)
    text = model_card.page(run)
    assert "The proof of the split does not hold: train &amp; dev share" in text and ", NOT PROVEN." in text
    assert "It is not shown that it was tested on people whom it had not heard" in text and "interval above" not in text


def test_the_encoder_is_named_but_its_folder_is_not(run, monkeypatch):
    record = json.loads((run.path / "run.json").read_text())
    features = {"kind": "encoder", "model": "/home/anna/encoders/own", "layer": 3, "sha256": "ab" * 32, "name": "x"}
    told = run_folder.Run(run.path, record | {"features": features})
    told.record["parameters"] |= {"encoder": "/home/anna/encoders/own", "head": "lda", "epochs": 80}
    text = model_card.page(told)
    assert f"layer 3 of own (sha256 of its weights {'ab' * 32})" in text and "/home" not in text
    assert "| encoder | own |" in text and "| epochs |" not in text and "base_model" not in text
    told.record["parameters"]["encoder"] = "whisper-base"
    assert head_of(model_card.page(told))["base_model"] == "Systran/faster-whisper-base"


def test_a_run_that_is_not_complete_is_refused(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    (run.path / "predictions.csv").unlink()
    with pytest.raises(run_folder.RunError, match=re.escape("run-1/predictions.csv is not there")):
        emokit.card(run)
