"""The confusion matrix that plays: from a cell to its clips, highest loss first, to hear, to see and to judge."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import abstention, audio, calibration, colours, cues, emotions, metrics, probability_columns, reviews
from emokit.features import first_frame
from emokit.predict.nearest import nearest
from emokit.widgets import live
from emokit.widgets.clip_player import budget_here, clip_name, known
from emokit.widgets.clip_sound import FIRST, flacs
from emokit.widgets.matrix_twin import matrix_twin, text_matrix

FILTERS = ("run", "corpus", "speaker", "sex", "sentence")
REVIEW = ["verdict", "label", "note"]
PAGE = 40  # clips that one question brings
SORTS = {"loss": False, "confidence": False, "speaker": True, "file": True}  # ascending?
SORT_WORDS = {"loss": "highest loss", "confidence": "most confident"}  # where the name leaves open which comes first


class ConfusionExplorer(live.LiveView):
    """Explore the test part of one run, or of several together.

    Args:
        runs: a Run or several; their test parts are pooled.
        against: a Run or several to compare with, shown as difference.
        sound_like: cues of the test clips, as `cues.measure` gives them, by `file`; then a confused cell says in which
            of them its clips differ from those that were heard right.

    Attributes:
        rows: one row a test clip: predictions joined with what is known of the clips, and `run`.
        names: the classes in their order.
    """

    def __init__(self, runs, against=None, sound_like: pd.DataFrame | None = None):
        self.runs = {run.path.name: run for run in listed(runs)}
        self.rows, self.names = pooled(self.runs.values()), next(iter(self.runs.values())).emotions
        self.against = ", ".join(run.path.name for run in listed(against)) if against is not None else ""
        self.other = pooled(listed(against)) if against is not None else None
        self.sound_like = sound_like
        self.text = text_matrix(self.rows, self.names)

    def twin(self) -> str:
        """The matrix as a table, its largest cells to open."""
        return matrix_twin(self.rows, self.names, budget_here())

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        may_ask = (self.matrix, self.cell, self.sound, self.evidence, self.neighbours, self.review)
        answers = {answer.__name__: answer for answer in may_ask}
        return live.live([*live.PLAYER, "clip_list.js", "clip_row.js", "confusion_explorer.js"], self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        choices = {name: sorted(self.rows[name].dropna().astype(str).unique()) for name in FILTERS if name in self.rows}
        return {
            "classes": described(self.names),
            "choices": {name: values for name, values in choices.items() if len(values) > 1},
            "counts": _counts(self.rows, self.names),
            "other": None if self.other is None else _counts(self.other, self.names),
            "against": self.against,
            "runs": list(self.runs),
            "sorts": [[name, SORT_WORDS.get(name, name)] for name in SORTS],
            "verdicts": list(reviews.VERDICTS),
        }

    # ---- what the page may ask -------------------------------------------------------------------------------------

    def matrix(self, question: dict) -> live.Answer:
        """Counts of the clips that pass the filters, the least sure left out, and `of` how many that are."""
        rows = _filtered(self.rows, question)
        other = None if self.other is None else _surest(_filtered(self.other, question), question)
        counts = [None if table is None else _counts(table, self.names) for table in (_surest(rows, question), other)]
        return {"counts": counts[0], "other": counts[1], "of": len(rows)}, []

    def cell(self, question: dict) -> live.Answer:
        """A page of the clips of one cell, in the order asked for, or of clips by `keys`, the first with sound."""
        rows = self._chosen(question)
        start = int(question.get("start", 0))
        reviewed = {name: _reviewed(run, question) for name, run in self.runs.items()}
        page = rows.iloc[start : start + PAGE]
        clips = [self._described(key, row, reviewed[row["run"]]) for key, row in page.iterrows()]
        heard, sounds = flacs(page["file"].iloc[:FIRST])
        return {"clips": clips, "total": len(rows), "told": self._sounds_like(question)} | heard, sounds

    def sound(self, question: dict) -> live.Answer:
        """Test clips by `keys`, to hear."""
        return flacs([self.rows["file"].loc[int(key)] for key in question["keys"]])

    def evidence(self, question: dict) -> live.Answer:
        """What each step of clips by `keys` says alone: `steps` × classes, from `start` s on, every `seconds`."""
        asked = self.rows.loc[[int(key) for key in question["keys"]]]
        told = {}
        for name, rows in asked.groupby("run"):
            told |= dict(zip(rows.index, _evidence(self.runs[name], rows), strict=True))
        return {"of": [told[key] for key in asked.index]}, []

    def neighbours(self, question: dict) -> live.Answer:
        """The training clips whose embeddings are nearest by cosine, to hear: what the model took this one for."""
        row = self._row(question)
        run = self.runs[row["run"]]
        (near,) = nearest(run, run.embeddings()[[row["place"]]])
        heard, sounds = flacs(near["file"])
        return {"clips": clips_in_words(near)} | heard, sounds

    def review(self, question: dict) -> live.Answer:
        """Keep a listener's verdict in the folder of the run, at once."""
        row = self._row(question)
        review = {key: str(question.get(key, "")) for key in (*REVIEW, "listener")}
        kept = reviews.save(self.runs[row["run"]], row["file"], row["emotion"], **review)
        return {"saved": len(kept)}, []

    # ---- what they need --------------------------------------------------------------------------------------------

    def _sounds_like(self, question: dict) -> str:
        """In which acoustic cues the clips of a confused cell differ from those that were heard right."""
        truth, predicted = question.get("truth"), question.get("predicted")
        if self.sound_like is None or "keys" in question or truth == predicted:
            return ""
        rows = _surest(_filtered(self.rows, question), question)
        if not ((rows["emotion"] == truth) & (rows["predicted"] == predicted)).any():
            return ""
        known = self.sound_like[~self.sound_like.index.duplicated()]
        return cues.confusion(rows, known.reindex(rows["file"]).set_axis(rows.index), truth, predicted)

    def _chosen(self, question: dict) -> pd.DataFrame:
        if "keys" in question:
            return self.rows.loc[[int(key) for key in question["keys"]]]
        rows = _surest(_filtered(self.rows, question), question)
        rows = rows[(rows["emotion"] == question["truth"]) & (rows["predicted"] == question["predicted"])]
        sort = question.get("sort", "loss")
        return rows.sort_values([sort, "file"], ascending=[SORTS[sort], True])

    def _row(self, question: dict) -> pd.Series:
        return self.rows.loc[int(question["key"])]

    def _described(self, key: int, row: pd.Series, reviewed: pd.DataFrame) -> dict:
        facts = {name: known(row.get(name)) for name in ("speaker", "sex", "run", "sentence")}
        seconds = row.get("duration")
        numbers = {"duration": None if pd.isna(seconds) else round(float(seconds), 2)}
        numbers |= {"loss": round(float(row["loss"]), 3)}
        p = [round(float(p), 4) for p in row[probability_columns.of(self.names)]]
        review = reviewed.loc[row["file"], REVIEW].to_dict() if row["file"] in reviewed.index else None
        return {"key": int(key), "name": row["name"], "p": p, "review": review} | facts | numbers


def _reviewed(run, question: dict) -> pd.DataFrame:
    """What the listener who asks has said of clips of a run, knowing what the model made of them, by file."""
    kept = reviews.read(run)
    return kept[(kept["listener"] == question.get("listener", "")) & (kept["blind"] == "")].set_index("file")


def _filtered(rows: pd.DataFrame, question: dict) -> pd.DataFrame:
    """The rows that pass the filters of a question."""
    for name, value in question.get("filters", {}).items():
        if name in FILTERS and name in rows and value:
            rows = rows[rows[name].astype(str) == value]
    low, high = question.get("confidence", (0, 1))
    rows = rows[rows["confidence"].between(low, high)]
    wanted = question.get("search", "").lower()
    return rows[rows["name"].str.lower().str.contains(wanted, regex=False)] if wanted else rows


def _surest(rows: pd.DataFrame, question: dict) -> pd.DataFrame:
    """The rows without the share of the least sure that a question leaves out; fewer where several are as sure."""
    share = float(question.get("left_out", 0))
    return rows if rows.empty else abstention.answered(rows, abstention.threshold(rows, share))


def clips_in_words(near: pd.DataFrame) -> list[dict]:
    """What the page has to know of training clips, as `nearest` gives them."""
    facts = zip(near.index, near["file"], near["emotion"], near["speaker"], near["likeness"], strict=True)
    return [
        {"place": int(place), "name": clip_name(file), "emotion": emotion, "speaker": known(speaker)}
        | {"likeness": round(float(likeness), 3)}
        for place, file, emotion, speaker, likeness in facts
    ]


def described(names: Sequence[str]) -> list[dict]:
    """What the page has to know of the classes: name, letter, colour, and the ink to write on it."""
    letters, colour_of = emotions.letters(names), colours.of(names)
    return [
        {"name": name, "letter": letters[name], "colour": colour_of[name], "ink": colours.ink(colour_of[name])}
        for name in names
    ]


def listed(runs) -> list:
    """One Run or several, as a list."""
    return list(runs) if isinstance(runs, Sequence) else [runs]


def pooled(runs) -> pd.DataFrame:
    """The test parts of these runs below each other: predictions joined with what is known of their clips.

    Returns:
        A row a test clip, numbered through; further `place` in the predictions of its `run`, `name`, `confidence`.
    """
    tables = []
    for run in runs:
        predictions = run.predictions.reset_index(drop=True)
        predictions = metrics.of_test(predictions.assign(place=predictions.index, run=run.path.name))
        tables.append(metrics.with_clips(predictions, metrics.of_test(run.clips)))
    rows = pd.concat(tables, ignore_index=True)
    return rows.assign(name=rows["file"].map(clip_name), confidence=calibration.confidence(rows))


def _evidence(run, rows: pd.DataFrame) -> list[dict]:
    """What the page draws of each clip: its steps and when they are."""
    settings, told = run.settings, []
    for file, steps in zip(rows["file"], np.asarray(run.evidence(rows)), strict=True):
        first = first_frame(settings, audio.read(file, settings.rate))
        seconds, steps = run.window / len(steps) * settings.hop, steps[np.isfinite(steps).all(axis=1)]
        told.append({"steps": np.round(steps, 3).tolist(), "seconds": seconds, "start": first * settings.hop})
    return told


def _counts(rows: pd.DataFrame, names: Sequence[str]) -> list[list[int]]:
    return metrics.confusion(rows["emotion"], rows["predicted"], names).to_numpy().tolist()
