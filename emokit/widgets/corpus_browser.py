"""A corpus to walk through: emotions by speakers, and behind each cell its clips, with what the audit found."""

import math
from collections.abc import Sequence

import pandas as pd

from emokit import emotions, metrics, plots
from emokit.widgets import live
from emokit.widgets.clip_player import SoundBudget, about, budget_here, clip_name, known, player
from emokit.widgets.clip_sound import FIRST, flacs
from emokit.widgets.confusion_explorer import PAGE, described
from emokit.widgets.static_twins import QUIET, chip, escaped, image, shaded_table, side_by_side

N_CLIPS = 2  # of each emotion in the twin
CHOSEN_BY = ("emotion", "speaker", "sex")
MOST_SPEAKERS = 30  # columns of the twin; more are summed up by sex


class CorpusBrowser(live.LiveView):
    """Browse clips by emotion and speaker.

    Args:
        clips: columns `file`, `emotion`, `speaker`, `sex`; `duration` (s) and `rms` (0 … 1) are shown where measured.
        findings: of the audit; those that name a `file` stand beside it.
    """

    def __init__(self, clips: pd.DataFrame, findings: pd.DataFrame | None = None):
        self.clips = clips.assign(name=clips["file"].map(clip_name), speaker=clips["speaker"].fillna("unknown"))
        self.names, self.found = emotions.in_order(clips["emotion"].dropna()), _by_name(findings)
        self.table = pd.crosstab(self.clips["emotion"], self.clips["speaker"]).reindex(self.names)
        by_sex = _by_sex(self.clips, self.names) if clips["sex"].notna().any() else pd.DataFrame(index=self.names)
        table = by_sex.assign(clips=self.table.sum(axis=1)).rename_axis(None).to_string()
        self.whose = f"{len(clips)} clips of {metrics.whose(clips)}"
        self.text = f"{self.whose}\n{table}"
        self.measured = {"duration", "rms"} <= set(clips)

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        answers = {"cell": self.cell, "sound": self.sound, "spread": self.spread}
        return live.live([*live.PLAYER, "clip_list.js", "corpus_browser.js"], self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        sexes = self.clips.drop_duplicates("speaker").set_index("speaker")["sex"]
        return {
            "classes": described(self.names),
            "speakers": [{"name": name, "sex": known(sexes[name])} for name in self.table.columns],
            "counts": self.table.to_numpy().tolist(),
            "measured": self.measured,
            "whose": self.whose,
        }

    def cell(self, question: dict) -> live.Answer:
        """A page of the clips of an `emotion`, a `speaker`, a `sex`, or all, the first of them with their sound."""
        rows = self.clips
        for name in CHOSEN_BY:
            if name in question:
                rows = rows[rows[name].fillna("") == question[name]]
        start = int(question.get("start", 0))
        page = rows.sort_values("file").iloc[start : start + PAGE]
        clips = [self._described(key, row) for key, row in page.iterrows()]
        heard, sounds = flacs(page["file"].iloc[:FIRST])
        return {"clips": clips, "total": len(rows)} | heard, sounds

    def sound(self, question: dict) -> live.Answer:
        """Clips by `keys`, to hear."""
        return flacs([self.clips["file"].loc[int(key)] for key in question["keys"]])

    def spread(self, question: dict) -> live.Answer:
        """How long and how loud the clips of each emotion are, as PNG."""
        figure = plots.durations_and_levels(self.clips)
        return {"words": f"{figure.about}: {figure.finding}"}, [plots.png(figure)]

    def _described(self, key, row: pd.Series) -> dict:
        facts, seconds, rms = [about(row)], row.get("duration"), row.get("rms")
        facts += [f"{seconds:.2f} s"] if pd.notna(seconds) else []
        facts += [f"{20 * math.log10(rms):.0f} dB"] if pd.notna(rms) and rms > 0 else []
        found = self.found.get(row["name"], [])
        return {"key": int(key), "name": row["name"], "about": ", ".join(filter(None, facts)), "found": found}

    def twin(self) -> str:
        """Clips by emotion and speaker as a table, and a few of each emotion to open."""
        budget = budget_here()
        details = [self._of_emotion(name, budget) for name in self.names]
        return _count_table(self.table, self.clips, self.whose) + self._spread_twin() + "".join(details)

    def _spread_twin(self) -> str:
        if not self.measured:
            return ""
        figure, (png,) = self.spread({})
        picture = image(png, figure["words"], 672)
        return f'<details style="margin:4px 0"><summary>How long and how loud</summary>{picture}</details>'

    def _of_emotion(self, name: str, budget: SoundBudget) -> str:
        rows = self.clips[self.clips["emotion"] == name]
        chosen = rows.drop_duplicates("speaker").head(N_CLIPS)
        heading = chip(name, self.names)
        boxes = [player(row, budget, heading) for _, row in chosen.iterrows()]
        flagged = [clip for clip in rows["name"] if clip in self.found]
        lines = [f"<div>{escaped(clip)}: {escaped('; '.join(self.found[clip]))}</div>" for clip in flagged[:20]]
        note = f'<div style="{QUIET}">The audit found in {len(flagged)} of them:{"".join(lines)}</div>' * bool(flagged)
        summary = f"{heading}: {len(rows)} clips" + (f", {len(flagged)} with findings" if flagged else "")
        return f'<details style="margin:4px 0"><summary>{summary}</summary>{note}{side_by_side(boxes)}</details>'


def _count_table(table: pd.DataFrame, clips: pd.DataFrame, caption: str) -> str:
    if table.shape[1] > MOST_SPEAKERS:
        table = _by_sex(clips, table.index)
    short = [name.split("/", 1)[-1] for name in table.columns]  # "ravdess/07" would run 16 speakers off the page
    head = map(escaped, short if len(set(short)) == len(short) else table.columns)
    top = max(int(table.to_numpy().max()), 1)
    body = {chip(name, table.index): [(0.6 * n / top, str(n)) for n in table.loc[name]] for name in table.index}
    return shaded_table(head, body, caption)


def _by_sex(clips: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    return pd.crosstab(clips["emotion"], clips["sex"].fillna("unknown")).reindex(names).rename_axis(columns=None)


def _by_name(findings: pd.DataFrame | None) -> dict[str, list[str]]:
    """What was found in each file: {name: [what]}."""
    if findings is None or "file" not in findings:
        return {}
    named = findings.dropna(subset=["file"])
    found = named["check"].astype(str) + ": " + named["found"].astype(str)
    return found.groupby(named["file"].astype(str).map(clip_name)).agg(list).to_dict()
