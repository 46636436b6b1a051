"""A run on one page: what went in, what is proven, how it learned, what it hears, what it takes for what, with sound.

The page holds everything in itself, needs no network and no script, and shows names from a corpus as text.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emokit import (
    atomic_files,
    audit,
    blind,
    calibration,
    certificate,
    clip_map,
    evaluation,
    listeners,
    metrics,
    plots,
    reviews,
    splits,
    stress,
)
from emokit.certificate import LeakError
from emokit.widgets import matrix_twin, worst_mistakes
from emokit.widgets.clip_player import SoundBudget, clip_name
from emokit.widgets.static_twins import chip, image, side_by_side

MOST_SOUND = 4_000_000  # characters of base64; with the pictures the page stays below 10 MB
N_MISTAKES = 6
MOST_ROWS = 100  # of a table; the rest is in the file of the run folder that is named below it
PLACES = ("data_dir", "audio_dir", "outputs_dir")  # parameters that tell of a machine, not of the run
HERE = Path(__file__).parent


def report(run) -> Path:
    """Write `report.html` into the folder of a complete run: one page that stands alone, at most 10 MB.

    Args:
        run: a Run, as `Run.open` gives it.

    Returns:
        The path of the page.

    Raises:
        RunError: when the run is not complete, naming what is missing.
    """
    path = run.path / "report.html"
    atomic_files.write_text(path, page(content(run)))
    return path


def page(content: Mapping) -> str:
    """The page as HTML, by the template run_report.html."""
    return rendered("run_report.html", content, most_rows=MOST_ROWS, side_by_side=_side_by_side)


def rendered(template: str, content: Mapping, **more) -> str:
    """A page by a template beside this file, in the style of run_report.css: what is no `Markup` stands in it as text.

    Args:
        template: name of the file.
        content: what it shows, by name.
        more: as `content`.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"cell": _cell, "prose": _prose}
    style = Markup((HERE / "run_report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(content, style=style, **more).lstrip()


def content(run) -> dict:
    """What stands on the page: texts, tables (DataFrames), and what is HTML already (`Markup`)."""
    predictions, clips, proof = run.predictions, run.clips, _proof_of(run)
    test = metrics.with_clips(metrics.of_test(predictions), clips)
    mistakes, budget, broken = metrics.mistakes(test), SoundBudget(MOST_SOUND), isinstance(proof, LeakError)
    conditions = {} if broken else certificate.conditions(proof)
    return {
        "name": run.path.name,
        "headline": metrics.headline(test, **conditions) + ", NOT PROVEN" * broken,
        "facts": _facts(run, clips),
        "classes": [Markup(chip(emotion, run.emotions)) for emotion in run.emotions],
        "notes": [*notes(run, clips), *filter(None, [listeners.sentence(metrics.with_clips(test, clips))])],
        "counts": picture(plots.counts(clips)),
        "findings": run.findings.drop(columns="file", errors="ignore"),
        **_proof(proof, clips),
        "history": picture(plots.history(run.history, run.kept_epoch)),
        "recalls": picture(plots.recalls(test)),
        "speakers": picture(plots.speakers(test)),
        "map": picture(plots.clip_map(*clip_map.of_test(run))),
        "elsewhere": evaluation.kept(run).round(3),
        "stress": _stress(run),
        "by_speaker": _by_speaker(test),
        "matrix": Markup(matrix_twin.matrix_twin(test, run.emotions, budget)),
        "worst": [Markup(worst_mistakes.asked(row, budget)) for _, row in mistakes.head(N_MISTAKES).iterrows()],
        "n_mistakes": len(mistakes),
        "n_test": len(test),
        "reliability": picture(plots.reliability(predictions)),
        "calibration": calibration.sentence(calibration.summary(predictions)),
        **_reviews(run, clips),
        **_making(run),
    }


def notes(run, clips: pd.DataFrame | None = None) -> list[str]:
    """What a reader has to know before the figures: what was overridden, corrected, or is not as usual.

    Args:
        run: a Run.
        clips: `run.clips`, read if not given.
    """
    clips = run.clips if clips is None else clips
    parameters, proof = run.parameters, _proof_of(run)
    sentences = [_broken(proof)] if isinstance(proof, LeakError) else certificate.warnings(proof)
    if parameters.get("allow_severe") and len(against := audit.stopping(run.findings)):
        reasons = "; ".join(f"{row.subject}: {row.found}" for row in against.itertuples())
        sentences.append(f"Trained in spite of: {reasons}.")
    dealing = {name: parameters[name] for name in ("fold", "folds", "test_speakers") if name in parameters}
    if parameters.get("target") == "votes":
        learned = "It learned how listeners spread over the emotions (target votes)"
        sentences.append(f"{learned}; its score counts one emotion a clip.")
    if absent := splits.absent_test_speakers(clips, parameters.get("split", "speaker"), **dealing):
        sentences.append(f"Not at hand, so the test is smaller than the published one: {', '.join(absent)}.")
    if names := parameters.get("apply_reviews"):
        names = names if isinstance(names, str) else ", ".join(names)
        sentences.append(f"Corrected by the reviews of {names}: {reviews.summary(run.findings)}.")
    kept = reviews.read(run).assign(run=run.path.name)
    if n_reviews := kept.loc[kept["verdict"] != "", "file"].nunique():
        sentences.append(f"Listeners have judged {n_reviews} of its clips since; these figures do not know of it.")
    if (kept["blind"] != "").any():
        sentences += blind.notes(metrics.of_test(run.predictions).assign(run=run.path.name), kept)
    if "demo" in run.record["data"].get("corpora", {}):
        sentences.append("The demo corpus is synthetic: these figures prove the pipeline, not the science.")
    return sentences


def notes_of(runs: Sequence) -> str:
    """The notes of runs that are shown together, a line each, with the names of those it is true of if not of all."""
    names = {}
    for run in runs:
        for note in notes(run):
            names.setdefault(note, []).append(run.path.name)
    return "\n".join(note if len(of) == len(runs) else f"{', '.join(of)}: {note}" for note, of in names.items())


def _proof_of(run) -> dict | LeakError:
    try:
        return run.certificate()
    except LeakError as leak:
        return leak


def _broken(leak: LeakError) -> str:
    return f"The proof of the split does not hold: {leak}"


def _proof(proof: dict | LeakError, clips: pd.DataFrame) -> dict:
    if isinstance(proof, LeakError):
        return {"broken": _broken(proof)}
    crossings = certificate.crossings(proof).rename(index={"digest": "recording"})
    return {
        "broken": "",
        "split": picture(plots.split(clips)),
        "scheme": proof["scheme"],
        "reading": _reading(proof),
        "parts": certificate.table(proof).rename_axis("part").reset_index(),
        "crossings": crossings.rename_axis("what").reset_index(),
    }


def _reading(proof: Mapping) -> str:
    statistics = f"The normaliser ({proof['normalizer']['frames']:,} frames) comes from the training part"
    weighed = set(proof["class_weights"]["weights"].values()) - {1.0}
    statistics += ", and so do the class weights." if weighed else "; all classes weigh the same in the loss."
    learned, chose = proof["learned_from"], proof["epoch_chosen_by"]
    if not (learned and chose):
        return f"{statistics} What the network learned from, and what judged it, was not recorded."
    read = f"The network was seen to learn from the {learned['clips']} clips of {learned['part']}"
    return f"{statistics} {read}, and to be judged after each epoch by the {chose['clips']} of {chose['part']}."


def _facts(run, clips: pd.DataFrame) -> list[str]:
    """What a reader asks first: when, of which corpus, by which model."""
    features, parameters = run.record["features"], run.parameters
    names = ", ".join(clips["corpus"].dropna().unique()) if "corpus" in clips else ""
    corpus = ": ".join(filter(None, [names, f"{len(clips)} clips of {metrics.whose(clips)}"]))
    heard = f"{Path(features['model']).name}, layer {features['layer']}" if "model" in features else features["kind"]
    head = parameters.get("head", "network")
    network = [parameters.get(name) or "none" for name in ("front_end", "body")]
    parts = [heard, *([part for part in network if part != "none"] if head == "network" else [head])]
    model = re.sub("lstm|lda|cnn", lambda name: name[0].upper(), ", ".join(parts).replace("_", " "))
    trained = [f"Trained: {run.record['finished'][:10]}"] if run.record.get("finished") else []
    return [*trained, f"Corpus: {corpus}", f"Model: {model}"]


def _by_speaker(test: pd.DataFrame) -> pd.DataFrame:
    """A row for each test speaker, the one who is heard worst first; no row where the speakers are unknown."""
    rows = []
    for speaker, clips in test.groupby("speaker"):
        wrong = clips[clips["emotion"] != clips["predicted"]]
        often = (wrong["emotion"] + " for " + wrong["predicted"]).value_counts()
        row = {"speaker": speaker, "sex": clips["sex"].iloc[0] if "sex" in clips else None}
        row |= {"UAR, %": round(100 * metrics.uar(clips["emotion"], clips["predicted"]), 1), "clips": len(clips)}
        most = f"{often.index[0]} ({often.iloc[0]})" if len(wrong) else ""
        rows.append(row | {"mistakes": len(wrong), "most often": most})
    table = pd.DataFrame(rows)
    return table.sort_values(["UAR, %", "speaker"]).dropna(axis=1, how="all") if rows else table


def _stress(run) -> Markup:
    """What rough conditions change, if the run was asked."""
    table = stress.table(stress.kept(run))
    return Markup("") if table.empty else picture(plots.stress(table))


def _reviews(run, clips: pd.DataFrame) -> dict:
    findings, table = run.findings, reviews.read(run)
    applied = findings[findings["check"] == reviews.CHECK] if "check" in findings else findings
    part = clips.drop_duplicates("file").set_index("file")["part"]
    columns = [name for name in table if (table[name] != "").any() and name != "digest"] + ["part"] * bool(len(table))
    return {
        "applied": applied.drop(columns=["file", "severity", "check"], errors="ignore"),
        "reviews": table.assign(part=table["file"].map(part), file=table["file"].map(clip_name))[columns],
    }


def _making(run) -> dict:
    record = run.record
    ran = {"state": run.state, "finished": record.get("finished"), "git commit": record.get("git_commit")}
    ran |= {"clips": record["data"].get("clips"), "features": record["features"].get("name")}
    ran |= {f"version of {name}": version for name, version in record["versions"].items()}
    corpora = [{"corpus": name, **facts} for name, facts in record["data"].get("corpora", {}).items()]
    return {
        "parameters": _pairs({name: value for name, value in record["parameters"].items() if name not in PLACES}),
        "ran": _pairs(ran),
        "sessions": pd.DataFrame(record["sessions"]).drop(columns=["pid", "host"], errors="ignore"),
        "corpora": pd.DataFrame(corpora),
        "sums": _pairs({"data": record["data"].get("digest")} | record["files"]),
    }


def picture(figure: plots.Plot) -> Markup:
    """A figure with its finding as the words for those who do not see it."""
    width = round(plots.style.PAGE * figure.get_figwidth())
    return Markup(image(plots.png(figure, 256), f"{figure.about}: {figure.finding}", width))


def _side_by_side(boxes: Sequence[Markup]) -> Markup:
    return Markup(side_by_side(Markup.escape(box) for box in boxes))


def _pairs(values: Mapping) -> pd.DataFrame:
    return pd.DataFrame({"name": values.keys(), "value": [_plain(value) for value in values.values()]}, dtype=object)


def _plain(value) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _cell(value) -> Markup:
    if value is None or pd.isna(value):
        return Markup("")
    return _prose(f"{value:g}" if isinstance(value, float) else str(value))


def _prose(text: str) -> Markup:
    """A sentence in which what stands between backticks is set as what one types."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(Markup.escape(text))))
