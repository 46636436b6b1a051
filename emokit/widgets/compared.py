"""A comparison that plays: the clips that one run repaired, broke or mistakes otherwise than another, to hear."""

import pandas as pd

from emokit import comparison, probability_columns
from emokit.comparison import clips
from emokit.run_folder import RunError
from emokit.widgets import live
from emokit.widgets.clip_player import budget_here, known
from emokit.widgets.clip_sound import FIRST, flacs
from emokit.widgets.compared_twin import KINDS, compared_twin
from emokit.widgets.confusion_explorer import described, listed, pooled

PAGE = 40  # clips that one question brings


class Compared(live.LiveView):
    """Hear what changed from one run to another on the test clips of both.

    Args:
        runs: a Run or several, whose test parts are pooled: what is now.
        against: a Run or several, what was before.

    Attributes:
        rows: a row a clip of both, as `comparison.clips.paired` gives it.
        parameters: (name, before, now) of those that differ.

    Raises:
        RunError: when they have no test clip in common, or tell other classes apart.
    """

    def __init__(self, runs, against):
        self.runs, self.others = listed(runs), listed(against)
        self.names = self.runs[0].emotions
        self.now, self.before = (", ".join(run.path.name for run in each) for each in (self.runs, self.others))
        if {*self.names} != {*(theirs := self.others[0].emotions)}:
            told = f"{self.now} tells {', '.join(self.names)} apart, {self.before} {', '.join(theirs)}"
            raise RunError(f"{told}, so that they cannot be compared; name a run of the same classes.")
        self.rows = clips.paired(pooled(self.runs), pooled(self.others), self.names)
        if self.rows.empty:
            raise RunError(f"{self.now} and {self.before} have no test clip in common; name a run of the same fold.")
        self.parameters = comparison.changed(*([run.record for run in each] for each in (self.others, self.runs)))
        self.differs = _differs(self.parameters)
        self.counts = {kind: int((self.rows["kind"] == kind).sum()) for kind in KINDS}
        parted = f"{self.counts[clips.REPAIRED]} repaired, {self.counts[clips.BROKEN]} broken"
        self.title = f"{self.before} → {self.now}: {parted} of {len(self.rows)} test clips"
        dependent = [run.path.name for run in (*self.others, *self.runs) if run.certificate()["speaker_dependent"]]
        self.finding = clips.finding(self.rows, next(iter(dependent), ""))
        self.text = f"{self.title}\n{self.finding}\n{self.differs}"

    def twin(self) -> str:
        """What differs, and the clips that changed most, to hear."""
        return compared_twin(self, budget_here())

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        answers = {answer.__name__: answer for answer in (self.cell, self.sound)}
        return live.live([*live.PLAYER, "clip_list.js", "compared.js"], self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        kinds = [{"kind": kind, "sign": sign, "words": words} for kind, (sign, _, words) in KINDS.items()]
        kinds = [one | {"count": self.counts[one["kind"]], "ground": KINDS[one["kind"]][1]} for one in kinds]
        facts = {"title": self.title, "finding": self.finding, "kinds": kinds, "classes": described(self.names)}
        return facts | {"differs": self.differs, "parameters": self.parameters}

    # ---- what the page may ask -------------------------------------------------------------------------------------

    def cell(self, question: dict) -> live.Answer:
        """A page of the clips of one kind, those first whose true emotion gained or lost most."""
        rows, start = self.of_kind(question["kind"]), int(question.get("start", 0))
        page = rows.iloc[start : start + PAGE]
        heard, sounds = flacs(page["file"].iloc[:FIRST])
        told = [self._described(key, row) for key, row in page.iterrows()]
        return {"clips": told, "total": len(rows)} | heard, sounds

    def sound(self, question: dict) -> live.Answer:
        """Clips by `keys`, to hear."""
        return flacs([self.rows["file"].loc[int(key)] for key in question["keys"]])

    # ---- what they need --------------------------------------------------------------------------------------------

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The clips of one kind, those first whose true emotion gained or lost most."""
        rows = self.rows[self.rows["kind"] == kind]
        return rows.loc[rows["gain"].abs().sort_values(ascending=False, kind="stable").index]

    def _described(self, key: int, row: pd.Series) -> dict:
        words = {name: known(row.get(name)) for name in ("name", "emotion", "predicted", "before", "speaker", "sex")}
        columns = {"now": probability_columns.of(self.names), "then": [clips.BEFORE + name for name in self.names]}
        return {"key": int(key)} | words | {side: row[names].astype(float).tolist() for side, names in columns.items()}


def _differs(parameters: list[tuple[str, str, str]]) -> str:
    """In one line what differs; what only one of them reads follows from the others."""
    if not parameters:
        return "No parameter differs"
    both = [f"{name} {before} → {now}" for name, before, now in parameters if before and now]
    only = len(parameters) - len(both)
    return f"Differs: {', '.join(both + [f'{only} that only one of them reads'] * bool(only))}"
