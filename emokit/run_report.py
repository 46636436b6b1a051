"""A run on one page: what went in, what is proven, how it learned, what it hears, what it takes for what, with sound.

The page holds everything in itself, needs no network and no script, and shows names from a corpus as text.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from emokit import atomic_files, audit, calibration, certificate, metrics, plots, reviews, splits
from emokit.certificate import LeakError
from emokit.widgets import matrix_twin, worst_mistakes
from emokit.widgets.clip_player import SoundBudget, clip_name
from emokit.widgets.static_twins import chip, escaped, image, side_by_side

MOST_SOUND = 4_000_000  # characters of base64; with the pictures the page stays below 10 MB
N_MISTAKES = 6
MOST_ROWS = 100  # of a table; the rest is in the file of the run folder that is named below it
PLACES = ("data_dir", "outputs_dir")  # parameters that tell of a machine, not of the run
STYLE = Path(__file__).with_name("run_report.css")
# No script, no request: not even one that a name of a corpus might smuggle in.
POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"


def report(run) -> Path:
    """Write `report.html` into the folder of a complete run: one page that stands alone, at most 10 MB.

    Args:
        run: a Run, as `Run.open` gives it.

    Returns:
        The path of the page.

    Raises:
        RunError: when the run is not complete, naming what is missing.
    """
    predictions, clips = run.predictions, run.clips
    test = metrics.with_clips(metrics.of_test(predictions), clips)
    budget = SoundBudget(MOST_SOUND)
    sections = {
        "What went in": _audit(run, clips),
        "Who is in which part": _proof(run, clips),
        "How it learned": _training(run),
        "What it hears": _recalls(test),
        "What is taken for what": _matrix(test, run.emotions, budget),
        "The worst mistakes": _mistakes(test, budget),
        "Is it right as often as it is sure?": _calibration(predictions),
        "What listeners said": _reviews(run, clips),
        "How it was made": _made(run),
    }
    path = run.path / "report.html"
    atomic_files.write_text(path, _page(run, _headline(run, test), sections))
    return path


def notes(run, clips: pd.DataFrame | None = None) -> list[str]:
    """What a reader has to know before the figures: what was overridden, corrected, or is not as usual.

    Args:
        run: a Run.
        clips: `run.clips`, read if not given.
    """
    clips = run.clips if clips is None else clips
    parameters, proof = run.parameters, _proof_of(run)
    said = [_broken(proof)] if isinstance(proof, LeakError) else certificate.warnings(proof)
    against = _against(run)
    if against:
        said.append(f"Trained in spite of: {'; '.join(against)}.")
    absent = _absent(parameters, clips)
    if absent:
        said.append(f"Not at hand, so the test is smaller than the published one: {', '.join(absent)}.")
    if parameters.get("apply_reviews"):
        names = parameters["apply_reviews"]
        names = names if isinstance(names, str) else ", ".join(names)
        said.append(f"Corrected by the reviews of {names}: {reviews.told(run.findings)}.")
    heard = reviews.read(run)
    if len(heard):
        said.append(f"Listeners have judged {len(heard)} of its clips since; these figures do not know of it.")
    synthetic = [name for name in run.record["data"].get("corpora", {}) if name == "demo"]
    if synthetic:
        said.append("The demo corpus is synthetic: these figures prove the pipeline, not the science.")
    return said


def told(runs: Sequence) -> str:
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


def _against(run) -> list[str]:
    """The findings that would have stopped the training, had it not been allowed."""
    if not run.parameters.get("allow_severe"):
        return []
    return [f"{row.subject}: {row.found}" for row in audit.stopping(run.findings).itertuples()]


def _absent(parameters: Mapping, clips: pd.DataFrame) -> list[str]:
    options = {name: parameters[name] for name in ("fold", "folds", "test_speakers") if name in parameters}
    return splits.absent_test_speakers(clips, parameters.get("split", "speaker"), **options)


def _corrections(run) -> pd.DataFrame:
    findings = run.findings
    return findings[findings["check"] == reviews.CHECK] if "check" in findings else findings


# ---- the sections ---------------------------------------------------------------------------------------------------


def _headline(run, test: pd.DataFrame) -> str:
    proof = _proof_of(run)
    if isinstance(proof, LeakError):
        return metrics.headline(test) + ", NOT PROVEN"
    return metrics.headline(test, speaker_dependent=proof["speaker_dependent"])


def _audit(run, clips: pd.DataFrame) -> str:
    findings = run.findings.drop(columns="file", errors="ignore")
    what = f"{len(findings)} findings of the audit" if len(findings) else "The audit found nothing"
    table = _table(findings, f"{what}; a severe one that names a clip left it out", "findings.csv")
    return _figure(plots.counts(clips)) + table


def _proof(run, clips: pd.DataFrame) -> str:
    proof = _proof_of(run)
    if isinstance(proof, LeakError):
        return f'<p class="alarm" role="alert">{escaped(_broken(proof))}</p>'
    parts = certificate.table(proof).rename_axis("part").reset_index()
    shared = certificate.crossings(proof).rename_axis("what").reset_index()
    text = f"<p>{escaped(_read_by_fit(proof))} Checked again when this page was written.</p>"
    shown = _table(parts, f"Clips of each part, split by {proof['scheme']}")
    crossing = _table(shared, "How many of them two parts share")
    return _figure(plots.split(clips)) + f"{text}{_beside(shown, crossing)}"


def _read_by_fit(proof: Mapping) -> str:
    statistics = f"The normaliser ({proof['normalizer']['frames']:,} frames) comes from the training part"
    weighed = set(proof["class_weights"]["weights"].values()) - {1.0}
    statistics += ", and so do the class weights." if weighed else "; all classes weigh the same in the loss."
    learned, chose = proof["learned_from"], proof["epoch_chosen_by"]
    if not (learned and chose):
        return f"{statistics} What the network learned from, and what chose the epoch, was not recorded."
    read = f"The network was seen to learn from the {learned['clips']} clips of {learned['part']}"
    return f"{statistics} {read}, and the epoch to be chosen by the {chose['clips']} of {chose['part']}."


def _training(run) -> str:
    return _figure(plots.history(run.history))


def _recalls(test: pd.DataFrame) -> str:
    return _figure(plots.recalls(test))


def _matrix(test: pd.DataFrame, names: Sequence[str], budget: SoundBudget) -> str:
    lead = "<p>The largest confusions open below the matrix, worst clip first.</p>"
    return f'{lead}<div class="wide">{matrix_twin.matrix_twin(test, names, budget)}</div>'


def _mistakes(test: pd.DataFrame, budget: SoundBudget) -> str:
    wrong = metrics.mistakes(test)
    boxes = [worst_mistakes.asked(row, budget) for _, row in wrong.head(N_MISTAKES).iterrows()]
    lead = f"<p>The worst {len(boxes)} of {len(wrong)} mistakes in {len(test)} clips, by loss.</p>"
    return lead + side_by_side(boxes)


def _calibration(predictions: pd.DataFrame) -> str:
    told, figure = calibration.summary(predictions), _figure(plots.reliability(predictions))
    return f"{figure}<p>{escaped(calibration.sentence(told))}</p>"


def _reviews(run, clips: pd.DataFrame) -> str:
    applied = _corrections(run).drop(columns=["file", "severity", "check"], errors="ignore")
    html = _table(applied, "What was done with reviews before training", "findings.csv") if len(applied) else ""
    heard = reviews.read(run)
    if len(heard):
        part = clips.drop_duplicates("file").set_index("file")["part"]
        heard = heard.assign(part=heard["file"].map(part), file=heard["file"].map(clip_name))
        html += _table(heard, "Said of the clips of this run since, not applied to it", "reviews.csv")
    return html or "<p>Nobody has judged a clip of this run yet; open its matrix in notebook 03 and listen.</p>"


def _made(run) -> str:
    record = run.record
    corpora = [{"corpus": name, **facts} for name, facts in record["data"].get("corpora", {}).items()]
    sessions = pd.DataFrame(record["sessions"]).drop(columns=["pid", "host"], errors="ignore")
    parameters = {name: value for name, value in record["parameters"].items() if name not in PLACES}
    ran = {"state": run.state, "finished": record.get("finished"), "git commit": record.get("git_commit")}
    ran |= {"clips": record["data"].get("clips"), "features": record["features"].get("name")}
    ran |= {f"version of {name}": version for name, version in record["versions"].items()}
    sums = {"data": record["data"].get("digest")} | record["files"]
    return (
        _beside(_table(_pairs(parameters), "Parameters"), _table(_pairs(ran), "What ran"))
        + _table(sessions, "Sessions of the training")
        + _table(pd.DataFrame(corpora), "Where the recordings come from")
        + f"<details><summary>Checksums (sha256)</summary>{_table(_pairs(sums), 'Data and files of the run')}</details>"
    )


# ---- the page -------------------------------------------------------------------------------------------------------


def _page(run, headline: str, sections: Mapping[str, str]) -> str:
    name = escaped(run.path.name)
    links = "".join(f'<li><a href="#s{n}">{escaped(title)}</a></li>' for n, title in enumerate(sections, 1))
    body = "".join(
        f'<section aria-labelledby="s{n}"><h2 id="s{n}">{escaped(title)}</h2>{content}</section>'
        for n, (title, content) in enumerate(sections.items(), 1)
    )
    told = "".join(f"<li>{escaped(note)}</li>" for note in notes(run))
    told = f'<ul class="notes" aria-label="To know before the figures">{told}</ul>' if told else ""
    classes = " &nbsp; ".join(chip(emotion, run.emotions) for emotion in run.emotions)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}: emokit report</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>"
        f'<header><h1>{name}</h1><p class="headline">{escaped(headline)}</p><p>{classes}</p>{told}</header>'
        f'<nav aria-label="Sections"><ol>{links}</ol></nav>{body}</main></body></html>'
    )


def _figure(figure: plots.Plot) -> str:
    """A figure with its finding as the words for those who do not see it."""
    return f"<figure>{image(plots.png(figure), f'{figure.about}: {figure.finding}')}</figure>"


def _beside(*blocks: str) -> str:
    return f'<div class="beside">{"".join(blocks)}</div>'


def _pairs(values: Mapping) -> pd.DataFrame:
    return pd.DataFrame([{"name": name, "value": _plain(value)} for name, value in values.items()])


def _plain(value) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _table(rows: pd.DataFrame, caption: str, file: str = "") -> str:
    """A table whose first column names the rows; at most MOST_ROWS of them, then where the others are."""
    if rows.empty:
        return f"<p>{escaped(caption)}.</p>"
    shown = rows.head(MOST_ROWS)
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in rows.columns)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in shown.itertuples(index=False))
    more = f"<p>{len(rows) - len(shown)} more in {escaped(file)}.</p>" if len(rows) > len(shown) else ""
    return (
        f'<div class="wide"><table class="plain"><caption>{escaped(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}"
    )


def _cells(row: Iterable) -> str:
    first, *rest = ("" if pd.isna(value) else escaped(_number(value)) for value in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in rest)


def _number(value):
    return f"{value:g}" if isinstance(value, float) else value
