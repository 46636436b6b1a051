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
    assert (data.license, data.language, data.datasets) == ("cc0-1.0", ["en"], ["demo"])
    assert (uar.task_type, uar.dataset_type, uar.metric_type, uar.metric_name) == (
        *("audio-classification", "demo", "recall", "UAR"),
    )
    assert uar.metric_value == pytest.approx(run.metrics["uar"], abs=5e-5)
    assert accuracy.metric_value == pytest.approx(run.metrics["accuracy"], abs=5e-5)
    assert yaml.safe_load(data.to_yaml())["model-index"] == head_of(text)["model-index"]


def test_the_head_has_what_hubs_look_for(text, run):
    head = head_of(text)
    of_hubs = {"license", "language", "library_name", "pipeline_tag", "tags", "datasets", "metrics"}
    assert set(head) == of_hubs | {"model-index"}
    (index,) = head["model-index"]
    values = {metric["name"]: metric["value"] for metric in index["results"][0]["metrics"]}
    expected = {"UAR": run.metrics["uar"], "accuracy": run.metrics["accuracy"], "macro F1": run.metrics["macro_f1"]}
    assert index["name"] == "run-1" and values == pytest.approx(expected, abs=5e-5)


def test_the_card_tells_the_result_its_proof_and_its_limits(text, run):
    test = metrics.with_clips(run.predictions.query("part == 'test'"), run.clips)
    recalls = metrics.recall(test["emotion"], test["predicted"])
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
    ("licences", "expected"),
    [
        (["CC BY-NC-SA 4.0"], {"license": "cc-by-nc-sa-4.0"}),
        (["CC BY 4.0, as nkululeko lists it"], {"license": "cc-by-4.0"}),
        (["CC BY-NC-ND 4.0", "CC BY-NC-ND 4.0"], {"license": "cc-by-nc-nd-4.0"}),
        (["CC BY 4.0", "research only"], {"license": "other", "license_name": "CC BY 4.0; research only"}),
        (["MIT, as one public list has it"], {"license": "mit"}),
        (["not known"], {"license": "unknown"}),
    ],
)
def test_the_licence_is_that_of_the_recordings_if_they_have_one(licences, expected):
    class OfCorpora:
        record = {"data": {"corpora": {str(n): {"licence": licence} for n, licence in enumerate(licences)}}}

    assert model_card._licence(OfCorpora, [str(n) for n in range(len(licences))]) == expected


def test_every_published_licence_has_a_name_on_the_hubs():
    told = {name: model_card._licence_id(corpus.licence) for name, corpus in corpora.PUBLISHED.items()}
    creative = {name for name, corpus in corpora.PUBLISHED.items() if corpus.licence.startswith("CC")}
    assert all(told[name].startswith("cc") for name in creative) and len(creative) > 10


def test_a_proof_that_does_not_hold_is_said(tmp_path, demo_dir):
    run = finished(tmp_path / "run-1", demo_dir)
    table = pd.read_csv(run.path / "clips.csv", dtype="str")
    table.loc[table["part"] == "dev", "speaker"] = table.loc[table["part"] == "train", "speaker"].iloc[0]
    table.to_csv(run.path / "clips.csv", index=False)
    text = model_card.page(run)
    assert "The proof of the split does not hold: train &amp; dev share" in text and ", NOT PROVEN." in text


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
