"""The clips of a run as a map that plays: where they lie in what its last layer reads."""

import pandas as pd

from emokit import clip_map, colours, metrics, plots
from emokit.plots.speakers import short_names
from emokit.widgets import live
from emokit.widgets.clip_player import budget_here
from emokit.widgets.confusion_explorer import ConfusionExplorer
from emokit.widgets.static_twins import QUIET, escaped, image, side_by_side
from emokit.widgets.worst_mistakes import asked

N_STRAYS = 12  # clips that are listed as farthest from their emotion
N_HEARD = 4  # of them in the twin
MOST_MAPS = 4  # pictures in the twin; of further runs the finding is told in words


class ClipMap(live.LiveView):
    """The test clips of one run, or of each of several, as points to hear; each run has a map of its own.

    Args:
        runs: a Run or several, complete.

    Attributes:
        explorer: of the same clips; what both views may be asked is answered by it.
    """

    def __init__(self, runs):
        self.explorer = ConfusionExplorer(runs)
        self.rows, self._places = self.explorer.rows, {}
        self.vectors = {name: run.embeddings()[self._of(name)["place"]] for name, run in self.explorer.runs.items()}
        self.tables = {name: clip_map.together(self.vectors[name], self._of(name)) for name in self.explorer.runs}
        self.text = "\n".join(self._said(name) for name in self.tables)

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        of = self.explorer
        may_ask = (self.places, of.cell, of.sound, of.evidence, of.neighbours, of.review)
        scripts = ("clip_list.js", "clip_row.js", "map_plane.js", "clip_map.js")
        return live.live([*live.PLAYER, *scripts], self.state(), {answer.__name__: answer for answer in may_ask})

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        known, wanted = self.explorer.state(), ("classes", "runs", "choices", "verdicts")
        return {"projections": clip_map.PROJECTIONS} | {name: known[name] for name in wanted}

    def places(self, question: dict) -> live.Answer:
        """Where the clips of a `run` lie by a `projection`, what they are, and what lies together there."""
        name, rows = question["run"], self._of(question["run"])
        key = name, question["projection"]
        if key not in self._places:
            self._places[key] = clip_map.plane(self.vectors[name], question["projection"])
        (x, y), shown = self._places[key][0].T.round(4).tolist(), self._places[key][1]
        speakers = sorted(rows["speaker"].dropna().unique())
        short, colour_of = short_names(speakers), colours.of(speakers)
        return {
            "key": rows.index.tolist(),
            "name": rows["name"].tolist(),
            "x": x,
            "y": y,
            "truth": _codes(rows["emotion"], self.explorer.names),
            "predicted": _codes(rows["predicted"], self.explorer.names),
            "speaker": _codes(rows["speaker"], speakers),
            "speakers": [{"name": who, "short": short[who], "colour": colour_of[who]} for who in speakers],
            "finding": clip_map.finding(self.tables[name]),
            "words": " ".join([*clip_map.in_words(self.tables[name]), _plane(question["projection"], shown)]),
            "strays": clip_map.strays(self.vectors[name], rows).index[:N_STRAYS].tolist(),
        }, []

    def twin(self) -> str:
        """The map of each run as a picture, and the clips that lie farthest from their emotion, to hear."""
        names = list(self.explorer.runs)
        told = "".join(f"<div>{escaped(self._said(name))}</div>" for name in names[MOST_MAPS:])
        return "".join(self._twin_of(name) for name in names[:MOST_MAPS]) + told

    def _twin_of(self, name: str) -> str:
        rows, figure = self._of(name), plots.clip_map(self._of(name), self.vectors[name])
        picture, budget = image(plots.png(figure, 128), f"{figure.about}: {self._said(name)}"), budget_here()
        strays = rows.loc[clip_map.strays(self.vectors[name], rows).index[:N_HEARD]]
        boxes = side_by_side(asked(row, budget) for _, row in strays.iterrows())
        which = f"The {len(strays)} clips that lie farthest from the others of their emotion"
        of = f'<div style="{QUIET}">{escaped(name)}</div>' * (len(self.vectors) > 1)
        return f'{of}{picture}<details style="margin:4px 0"><summary>{which}</summary>{boxes}</details>'

    def _of(self, name: str) -> pd.DataFrame:
        return self.rows[self.rows["run"] == name]

    def _said(self, name: str) -> str:
        table, rows = self.tables[name], self._of(name)
        of = f"{name}, {len(rows)} test clips of {metrics.whose(rows)}"
        return " ".join([f"{of}: {clip_map.finding(table)}.", *clip_map.in_words(table)])


def _codes(values: pd.Series, names: list[str]) -> list[int]:
    return pd.Categorical(values, categories=names).codes.tolist()


def _plane(projection: str, shown: float) -> str:
    if projection == "UMAP":
        return "UMAP keeps neighbours together; distances on it mean little."
    return f"The plane (PCA) shows {100 * shown:.0f} % of the variance; nearest is in all dimensions."
