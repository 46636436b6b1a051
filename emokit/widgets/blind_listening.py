"""Blind listening: right and wrong clips of a test mixed, to be named before anything is known of them."""

import pandas as pd

from emokit import blind, metrics, reviews
from emokit.widgets import live
from emokit.widgets.blind_twin import blind_twin
from emokit.widgets.clip_player import budget_here
from emokit.widgets.clip_sound import FIRST, flacs
from emokit.widgets.confusion_explorer import described, listed, pooled
from emokit.widgets.static_twins import escaped

SURE = ("guessed", "unsure", "fairly sure", "sure", "certain")  # 1 to 5
LONGEST_NAME = 60
PAGE = 40  # clips that one question brings
# How the listener and the model did on a clip: the order in which they are shown, what tells the two apart first.
OUTCOMES = {(True, False): 0, (False, True): 1, (False, False): 2, (True, True): 3}


class BlindListening(live.LiveView):
    """Let listeners name the emotion of clips of a test, and hold that beside what the model said of the same clips.

    What is known of a clip stays in the kernel till it is answered: the page gets its sound and a number. Each answer
    is kept at once in `reviews.csv` of the run, so that one can stop and go on; each listener has their own order.

    Args:
        runs: a Run or several; their test parts are pooled.
        n: how many clips at most, half of them mistakes.
        seed: of the draw.

    Attributes:
        chosen: the clips, a row each, by the number under which nobody but the kernel knows them.
    """

    def __init__(self, runs, n: int = blind.N_CLIPS, seed: int = 0):
        self.runs, self.seed = {run.path.name: run for run in listed(runs)}, seed
        self.rows, self.names = pooled(self.runs.values()), next(iter(self.runs.values())).emotions
        self.chosen = blind.choose(self.rows, n, seed)
        self._shown: set[tuple[str, int]] = set()  # (listener, place) of what was told
        which = f"{len(self.chosen)} test clips of {', '.join(self.runs)}"
        self.text = f"Blind listening: {which}, half of them mistakes" if len(self.chosen) else self._why_none()

    def twin(self) -> str:
        """A few of the clips to hear, each to be opened after."""
        if self.chosen.empty:
            return f"<p>{escaped(self._why_none())}</p>"
        return blind_twin(blind.order(self.chosen, "", self.seed), self.names, budget_here())

    def stored(self) -> str:
        """Nothing of the clips: who opens the page of the live view must not find the answers in it."""
        return "<p>Blind listening needs a kernel: run this cell. What was heard is kept in reviews.csv of the run.</p>"

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        may_ask = (self.begin, self.sound, self.answer, self.result, self.cell)
        answers = {answer.__name__: answer for answer in may_ask}
        return live.live([*live.PLAYER, "clip_list.js", "blind_listening.js"], self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for, and nothing of any clip."""
        none = "" if len(self.chosen) else self._why_none()
        return {"classes": described(self.names), "total": len(self.chosen), "sure": list(SURE), "none": none}

    # ---- what the page may ask -------------------------------------------------------------------------------------

    def begin(self, question: dict) -> live.Answer:
        """The places that are still to be heard, in the order of this listener."""
        listener = _listener(question)
        return {"listener": listener, "left": self._left(listener)}, []

    def sound(self, question: dict) -> live.Answer:
        """Clips by their places, `keys`, to hear."""
        order = self._order(_listener(question))
        answer, sounds = flacs([order["file"].iloc[int(key)] for key in question["keys"]])
        without_names = [{"error": "This clip cannot be heard."} if said else {} for said in answer["heard"]]
        return {"heard": without_names}, sounds

    def answer(self, question: dict) -> live.Answer:
        """Keep what was heard; tells what it was only if asked to."""
        listener, key, label = _listener(question), int(question["key"]), str(question["label"])
        row, sure, told = self._order(listener).iloc[key], int(question["sure"]), bool(question.get("told"))
        if label not in self.names or not 1 <= sure <= len(SURE):
            raise ValueError(f"Expected one of {', '.join(self.names)}, and how sure from 1 to {len(SURE)}.")
        if (listener, key) in self._shown or self._was_told(listener, key):
            raise ValueError(f"{listener} was told what clip {key + 1} is, so another answer would not be blind.")
        how = {"blind": reviews.TOLD if told else reviews.BLIND, "sure": str(sure), "listener": listener}
        reviews.save(self.runs[row["run"]], row["file"], row["emotion"], label=label, **how)
        return ({"truth": row["emotion"], "predicted": row["predicted"]} if told else {}), []

    def result(self, question: dict) -> live.Answer:
        """How well listeners and the model did on the same clips so far, and more of the one who asks."""
        listener, kept = _listener(question), self._kept()
        names = [listener, *(name for name in kept.loc[kept["blind"] != "", "listener"].unique() if name != listener)]
        tables = {name: clips for name in names if len(clips := blind.heard(self.chosen, kept, name))}
        left = self._left(listener)
        if listener not in tables:
            return {"title": f"{listener} has heard no clip yet", "rows": [], "said": [], "left": left}, []
        mine = tables[listener]
        rows = [row for name, clips in tables.items() for row in _rows(name, clips)]
        why = metrics.why_no_interval(mine)
        said = blind.sentences(mine, self.rows, listener) + ([f"No interval over speakers: {why}."] if why else [])
        return {"title": _title(mine, listener), "rows": rows, "said": said, "left": left}, []

    def cell(self, question: dict) -> live.Answer:
        """A page of the clips that this listener has answered, told: first those where listener and model part."""
        listener = _listener(question)
        order = self._order(listener)
        clips = blind.heard(order.assign(place=range(len(order))), self._kept(), listener)
        right = zip(clips["said"] == clips["emotion"], clips["predicted"] == clips["emotion"], strict=True)
        clips = clips.assign(outcome=[OUTCOMES[pair] for pair in right]).sort_values(["outcome", "place"])
        self._shown |= {(listener, int(place)) for place in clips["place"]}
        start = int(question.get("start", 0))
        page = clips.iloc[start : start + PAGE]
        heard, sounds = flacs(page["file"].iloc[:FIRST])
        return {"clips": [_told(row) for _, row in page.iterrows()], "total": len(clips)} | heard, sounds

    # ---- what they need --------------------------------------------------------------------------------------------

    def _order(self, listener: str) -> pd.DataFrame:
        return blind.order(self.chosen, listener, self.seed)

    def _kept(self) -> pd.DataFrame:
        return pd.concat([reviews.read(run).assign(run=name) for name, run in self.runs.items()], ignore_index=True)

    def _left(self, listener: str) -> list[int]:
        order = self._order(listener).reset_index(drop=True)
        return sorted(set(order.index) - set(blind.heard(order, self._kept(), listener).index))

    def _was_told(self, listener: str, key: int) -> bool:
        return bool(blind.heard(self._order(listener).iloc[[key]], self._kept(), listener)["told"].any())

    def _why_none(self) -> str:
        wrong = (self.rows["emotion"] != self.rows["predicted"]).any()
        none = f"no test clip of {', '.join(self.runs)} is {'heard right' if wrong else 'a mistake'}"
        return f"Nothing to hear blind: {none}, so that right and wrong cannot be mixed."


def _listener(question: dict) -> str:
    name = " ".join(str(question.get("listener", "")).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"Give a name of 1 to {LONGEST_NAME} letters: answers are kept under it.")
    return name


def _title(clips: pd.DataFrame, listener: str) -> str:
    theirs, model = (metrics.uar(clips["emotion"], clips[column]) for column in ("said", "predicted"))
    n = f"{len(clips)} {'clip' if len(clips) == 1 else 'clips'}"
    return f"{n} heard blind: UAR {100 * theirs:.1f} % by {listener}, {100 * model:.1f} % by the model"


def _rows(name: str, clips: pd.DataFrame) -> list[list[str]]:
    """A row of a listener and one of the model on the same clips: who, clips, UAR, kappa."""
    who = {"said": name, "predicted": f"model, on the clips of {name}"}
    found = {column: blind.figures(clips, column) for column in who}
    return [[who[column], str(len(clips)), _percent(*of["uar"]), _plain(*of["kappa"])] for column, of in found.items()]


def _percent(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} %" + ("" if pd.isna(low) else f" ({100 * low:.1f} to {100 * high:.1f})")


def _plain(value: float, low: float, high: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}" + ("" if pd.isna(low) else f" ({low:.2f} to {high:.2f})")


def _told(row: pd.Series) -> dict:
    words = {name: row[name] for name in ("name", "emotion", "said", "predicted")}
    return {"key": int(row["place"]), "sure": int(row["sure"]), "outcome": int(row["outcome"])} | words
