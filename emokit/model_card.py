"""A run as a model card: what it learned from, what is proven, what it hears, and where not to use it.

`model_card.md` is what model hubs read: a head of YAML, then Markdown. All of it comes from the run folder and from
what emokit knows of the corpora. `python -m emokit.model_card RUN` writes it.
"""

import html
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emokit import (
    abstention,
    atomic_files,
    calibration,
    certificate,
    corpora,
    evaluation,
    listeners,
    metrics,
    plots,
    run_report,
)
from emokit import stress as stress_test
from emokit.certificate import LeakError
from emokit.features.encoder_files import ENCODERS
from emokit.notebook_parameters import OF_TRAINING
from emokit.run_folder import Run, RunError

FILE, TEMPLATE = "model_card.md", "model_card_template.md"
# What of the parameters says how the network came to be; the rest is in run.json.
TOLD = ("preset", "features", "encoder", "layer", "n_mels", "level", "normalise", "enrolled", "front_end", "body")
TOLD += ("head", "target", "teacher", "windows", "max_seq_length", "epochs", "batch_size", "learning_rate")
TOLD += ("schedule", "weight_decay", "label_smoothing", "dropout", "class_weight", "augment", "split", "fold", "folds")
TOLD += ("split_seed", "seed")
NOT_STATED = ("not stated", "not known", "see its page")
MANY = "multilingual"
NONE = "–"


def card(run: Run) -> Path:
    """Write `model_card.md` into the folder of a complete run; gives its path.

    Args:
        run: a Run, as `Run.open` gives it.

    Raises:
        RunError: when the run is not complete, naming what is missing.
    """
    path = run.path / FILE
    atomic_files.write_text(path, page(run))
    return path


def page(run: Run) -> str:
    """The card as text: names from a corpus stand in it as text, whatever they are."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, finalize=_text
    )
    text = environment.get_template(TEMPLATE).render(_content(run))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def head(run: Run) -> dict:
    """What hubs look for: what of a licence is known, languages, data, and the figures of the test as a model-index."""
    clips, said = run.clips, run.metrics
    names = sorted(clips["corpus"].dropna().unique()) if "corpus" in clips else []
    figures = {"recall": ("UAR", said["uar"]), "accuracy": ("accuracy", said["accuracy"])}
    figures |= {"f1": ("macro F1", said["macro_f1"])} if "macro_f1" in said else {}
    measured = [{"type": kind, "name": name, "value": round(value, 4)} for kind, (name, value) in figures.items()]
    result = {"task": {"type": "audio-classification", "name": "speech emotion recognition"}}
    data = {"name": ", ".join(corpora.about(name)["title"] for name in names) or run.path.name}
    result |= {"dataset": data | {"type": "-".join(names) or "own", "split": "test"}, "metrics": measured}
    base = _on_the_hub(run.parameters.get("encoder", "")) if run.record["features"].get("kind") == "encoder" else ""
    return {
        **_licence(run, names),
        "language": _languages(clips, names),
        "library_name": "keras",
        "pipeline_tag": "audio-classification",
        "tags": ["speech-emotion-recognition", "emotion-recognition", "audio-classification", "speech", "emokit"],
        "datasets": names,
        "metrics": ["recall", "accuracy", "f1"][: len(measured)],
        **({"base_model": base} if base else {}),
        "model-index": [{"name": run.path.name, "results": [result]}],
    }


def _content(run: Run) -> dict:
    """What stands in the card, by the names of the template."""
    clips, predictions, proof = run.clips, run.predictions, _proof(run)
    test = metrics.with_clips(metrics.of_test(predictions), clips)
    broken = isinstance(proof, LeakError)
    conditions = {} if broken else certificate.conditions(proof)
    facts = run.record["data"].get("corpora", {})
    rough = stress_test.table(stress_test.kept(run))
    return {
        "head": Markup("---\n" + yaml.safe_dump(head(run), sort_keys=False, allow_unicode=True) + "---"),
        "name": run.path.name,
        "folder": run.path.name if re.fullmatch(r"[\w.-]+", run.path.name) else "RUN",
        "classes": run.emotions,
        "notes": run_report.notes(run, clips),
        "corpora": _corpora(clips, facts),
        "notes_of_corpora": [f"{name}: {note}" for name in facts if (note := corpora.about(name)["note"])],
        "parts": _rows(certificate.table(proof).reset_index()) if not broken else "",
        "proof": _proven(proof, clips),
        "headline": metrics.headline(test, **conditions) + ", NOT PROVEN" * broken,
        "by_class": _by_class(test, run.emotions),
        "confusion": plots.confusion_finding(metrics.confusion(test["emotion"], test["predicted"], run.emotions)),
        "by_group": _by_group(test),
        "calibration": calibration.sentence(calibration.summary(predictions)),
        "abstention": abstention.sentence(predictions, share=0.2),
        "ceiling": listeners.sentence(test),
        "elsewhere": _elsewhere(evaluation.kept(run)),
        "rough": _rough(rough) if len(rough) else "",
        "made": _made(run),
        "dev": _dev(predictions),
        "no_interval": metrics.why_no_interval(test),
        "proven": not broken and not conditions["speaker_dependent"],
        "encoder": _encoder(run),
        "learned": _learned(clips, facts),
        "citations": [fact["citation"] for fact in facts.values() if fact.get("citation")],
    }


def _proof(run: Run) -> dict | LeakError:
    try:
        return run.certificate()
    except LeakError as leak:
        return leak


def _proven(proof: dict | LeakError, clips: pd.DataFrame) -> str:
    if isinstance(proof, LeakError):
        return f"The proof of the split does not hold: {proof}"
    said = certificate.sentence(clips)
    return f"Between the parts: {said}. Proven by split.json of the run, and checked again for this card."


def _licence(run: Run, names: Iterable[str]) -> dict:
    """What the hubs read as the licence of the model, which nobody has chosen: named after those of the recordings.

    A card has no field for the licence of its data; hubs show those of the cards of `datasets`.
    """
    facts = run.record["data"].get("corpora", {})
    told = sorted({facts.get(name, {}).get("licence", NOT_STATED[0]) for name in names} - {*NOT_STATED})
    as_id = re.sub(r"[^a-z0-9.]+", "-", " ".join(told).lower()).strip("-.")
    return {"license": "other", "license_name": f"not-chosen-recordings-{as_id}"} if as_id else {"license": "unknown"}


def _languages(clips: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Codes of the languages of the clips; of a corpus of several, or where none is known, `multilingual` or none."""
    told = set(clips["language"].dropna()) if "language" in clips else set()
    told |= {corpora.PUBLISHED[name].language for name in names if name in corpora.PUBLISHED and not told}
    return sorted(MANY if code == "mul" else str(code) for code in told)


def _on_the_hub(encoder: str) -> str:
    """Where a published encoder lies on the hub; "" for another one."""
    found = re.match(r"https://huggingface\.co/([^/]+/[^/]+)/", getattr(ENCODERS.get(encoder), "url", ""))
    return found[1] if found else ""


def _corpora(clips: pd.DataFrame, facts: dict) -> Markup:
    rows = []
    for name, own in clips.groupby("corpus") if "corpus" in clips else ():
        row = {"corpus": corpora.about(name)["title"], "clips": len(own)}
        row |= {"speakers": own["speaker"].nunique() or "unknown"}
        row |= {"language": ", ".join(_languages(own, [name])) or "not stated"}
        rows.append(row | {"licence": facts.get(name, {}).get("licence", "not stated")})
    return _rows(pd.DataFrame(rows))


def _by_class(test: pd.DataFrame, names: list[str]) -> Markup:
    recall, bounds = metrics.recall(test["emotion"], test["predicted"], names), metrics.recall_intervals(test)
    counts = test["emotion"].value_counts()
    rows = [
        {"emotion": name, "recall, %": _percent(recall[name])}
        | {"95 % interval": _between(*bounds.loc[name]) if name in bounds.index else NONE}
        | {"test clips": int(counts.get(name, 0))}
        for name in names
    ]
    return _rows(pd.DataFrame(rows))


def _by_group(test: pd.DataFrame) -> Markup | str:
    """Women and men, and corpora where there are several."""
    tables = [metrics.results_by(test, "sex"), metrics.results_by(test, "corpus")]
    tables = [table for table, least in zip(tables, (1, 2), strict=True) if len(table) >= least]
    rows = [
        {"whose clips": name, "UAR, %": _percent(row.uar), "95 % interval": _between(row.low, row.high)}
        | {"clips": row.clips, "speakers": row.speakers}
        for table in tables
        for name, row in zip(table.index, table.itertuples(), strict=True)
    ]
    return _rows(pd.DataFrame(rows)) if rows else "The sex of the speakers is not known, so women and men are not told."


def _elsewhere(table: pd.DataFrame) -> Markup:
    """Other corpora that the run was asked about, and its own test in the same emotions; "" if it was asked of none."""
    rows = [
        {"tested on": row["tested on"], "UAR, %": _percent(row["UAR"])}
        | {"95 % interval": row[evaluation.WHY] or _between(row["low"], row["high"])}
        | {"chance, %": _percent(row["chance"])}
        | {name: row[name] for name in ("clips", "speakers", "emotions")}
        for row in table.to_dict("records")
    ]
    return _rows(pd.DataFrame(rows)) if rows else Markup("")


def _rough(table: pd.DataFrame) -> Markup:
    rows = [
        {"condition": row.condition, "UAR, %": _percent(row.uar), "change, points": f"{100 * row.change:+.1f}"}
        | {"95 % interval": _between(row.change_low, row.change_high), "same answers, %": _percent(row.same)}
        for row in table.itertuples()
    ]
    return _rows(pd.DataFrame(rows))


def _made(run: Run) -> Markup:
    given = {name: run.parameters[name] for name in TOLD if run.parameters.get(name) not in (None, "", [])}
    of_others = {"n_mels"} if run.record["features"].get("kind") == "encoder" else {"encoder", "layer"}
    of_others |= {*OF_TRAINING} if given.get("head", "network") != "network" else set()
    given = {name: value for name, value in given.items() if name not in of_others}
    given["encoder"] = Path(str(given["encoder"])).name if "encoder" in given else ""
    made = {**given, "features as computed": run.record["features"].get("name")}
    made |= {f"{part} speakers": _speakers(run, part) for part in ("test", "dev")}
    made |= {"trained": run.record.get("finished")}
    made |= {f"version of {name}": version for name, version in run.record["versions"].items()}
    return _rows(pd.DataFrame([(name, value) for name, value in made.items() if value], columns=["what", "value"]))


def _dev(predictions: pd.DataFrame) -> str:
    """What dev says of this training, which is what there is to choose by."""
    dev = predictions[predictions["part"] == "dev"]
    if dev.empty:
        return ""
    return f"UAR {100 * metrics.uar(dev['emotion'], dev['predicted']):.1f} % ({len(dev)} clips of {metrics.whose(dev)})"


def _speakers(run: Run, part: str) -> str:
    speakers = run.clips.query("part == @part")["speaker"].dropna().unique()
    return ", ".join(sorted(speakers)) if 0 < len(speakers) < 30 else f"{len(speakers)}" if len(speakers) else "unknown"


def _encoder(run: Run) -> str:
    features = run.record["features"]
    if features.get("kind") != "encoder":
        return ""
    model = f"{Path(features['model']).name} (sha256 of its weights {features['sha256']})"
    return f"Its frames are those of layer {features['layer']} of {model}, which it needs and does not hold."


def _learned(clips: pd.DataFrame, facts: dict) -> str:
    train = clips[clips["part"] == "train"]
    languages = ", ".join(_languages(train, facts)) or "a language that is not stated"
    return f"{len(train)} clips of {metrics.whose(train)} ({languages})"


def _percent(share: float) -> str:
    return NONE if pd.isna(share) else f"{100 * share:.1f}"


def _between(low: float, high: float) -> str:
    return NONE if pd.isna(low) else f"{100 * low:.1f} to {100 * high:.1f}"


def _rows(table: pd.DataFrame) -> Markup:
    """A table in Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.itertuples(index=False, name=None)]
    return Markup("\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines))


def _text(value) -> str:
    """Whatever is no Markdown of ours as text in it."""
    if isinstance(value, Markup):
        return str(value)
    plain = html.escape(" ".join(str(value).split()), quote=False)
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", plain)


def main(arguments: list[str]) -> int:
    """Write the card of a run; gives the exit code: 0 done, 1 not (one sentence on stderr says why)."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m emokit.model_card RUN", file=sys.stderr)
        return 2
    try:
        print(card(Run.open(arguments[0])))
    except (RunError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
