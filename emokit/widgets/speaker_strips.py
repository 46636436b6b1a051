"""How well each speaker is heard, as small multiples; a click shows one alone in the matrix and on the map."""

from emokit import metrics, plots
from emokit.plots.speakers import by_sex, finding, short_names
from emokit.widgets import live
from emokit.widgets.confusion_explorer import ConfusionExplorer, described
from emokit.widgets.static_twins import image

SORTS = [["best", "best first"], ["worst", "worst first"], ["name", "name"], ["sex", "sex"]]


class SpeakerStrips(live.LiveView):
    """The recalls of each test speaker of one run, or of several together.

    Args:
        runs: a Run or several, complete.
    """

    def __init__(self, runs):
        explorer = ConfusionExplorer(runs)
        self.runs, self.rows, self.names = list(explorer.runs), explorer.rows, explorer.names
        self.table = metrics.recalls_by_speaker(self.rows)
        self.figure = plots.speakers(self.rows)
        shown = (100 * self.table[[*self.names, "uar"]].astype(float)).round(1)
        shown = shown.assign(sex=self.table["sex"], clips=self.table["clips"])
        self.text = f"{self.figure.finding}\n{shown.to_string()}"

    def twin(self) -> str:
        """The figure."""
        return image(plots.png(self.figure, 128), f"{self.figure.about}: {self.text}")

    def widget(self):
        """The live view; each call makes another one."""
        return live.live(["view_parts.js", "speaker_strips.js"], self.state(), {})

    def state(self) -> dict:
        """What the page shows; it asks nothing."""
        short = short_names(self.table.index)
        speakers = [
            {"name": name, "short": short[name], "sex": row["sex"], "uar": row["uar"], "clips": row["clips"]}
            | {"recalls": [None if recall != recall else round(float(recall), 4) for recall in row[self.names]]}
            for name, row in self.table.iterrows()
        ]
        words = f"{len(self.rows)} test clips of {metrics.whose(self.rows)}{by_sex(self.table)}"
        told = {"finding": finding(self.table), "words": words, "sorts": SORTS}
        return {"classes": described(self.names), "runs": self.runs, "speakers": speakers} | told
