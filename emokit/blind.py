"""Hearing clips of a test without their labels: which clips, and how well a listener and the model do on the same."""

import math

import numpy as np
import pandas as pd

from emokit import agreement, metrics, reviews

N_CLIPS = 40  # some five minutes
ENOUGH = 3  # clips that may stand for all of their kind


def choose(answers: pd.DataFrame, n: int = N_CLIPS, seed: int = 0) -> pd.DataFrame:
    """Draw clips to hear: half of them mistakes, half heard right, both in turn from each emotion.

    Args:
        answers: of a test, `file`, `emotion`, `predicted`, each row with an index of its own.
        n: how many at most; fewer where there are not as many mistakes, or right ones.
        seed: of the draw, which does not depend on the order of the rows.
    """
    drawn = answers.sort_values("file", kind="stable").sample(frac=1, random_state=seed)
    right = drawn["emotion"] == drawn["predicted"]
    turn = drawn.groupby([drawn["emotion"], right]).cumcount()
    in_turn = drawn.loc[turn.sort_values(kind="stable").index]
    many = min(n // 2, int(right.sum()), int((~right).sum()))
    return pd.concat([in_turn[right[in_turn.index]].head(many), in_turn[~right[in_turn.index]].head(many)])


def order(chosen: pd.DataFrame, listener: str, seed: int = 0) -> pd.DataFrame:
    """The same clips in the order in which this listener hears them: each one's own, and the same again."""
    return chosen.sample(frac=1, random_state=np.random.default_rng([seed, *listener.encode()]))


def heard(clips: pd.DataFrame, kept: pd.DataFrame, listener: str) -> pd.DataFrame:
    """Those of these clips that a listener has heard blind, in their order.

    Args:
        clips: `file`, `run`, and whatever else is to be kept.
        kept: as `reviews.read` gives it, with `run`.
        listener: who.

    Returns:
        With `said`, `sure` (1 … 5) and `told`, whether the answer was given after each.
    """
    theirs = kept[(kept["listener"] == listener) & (kept["blind"] != "")].set_index(["run", "file"])
    said = theirs[["label", "sure", "blind"]].set_axis(["said", "sure", "told"], axis=1)
    rows = clips.join(said, on=["run", "file"], how="inner")
    return rows.assign(sure=pd.to_numeric(rows["sure"]), told=rows["told"] == reviews.TOLD)


def weighed(clips: pd.DataFrame, test: pd.DataFrame, column: str) -> float:
    """UAR on the whole test, of which these clips are a draw: each stands for those of its emotion and of its kind.

    The kinds are mistakes and what the model heard right; clips were drawn by chance within them (`choose`).

    Args:
        clips: those that were heard, `emotion`, `predicted`.
        test: all, the same columns.
        column: who is to be judged, such as "said".

    Returns:
        0 … 1; NaN where fewer than ENOUGH clips would stand for more.
    """
    kinds = [table.groupby(["emotion", table["emotion"] == table["predicted"]]) for table in (clips, test)]
    n, total = kinds[0].size().reindex(kinds[1].size().index, fill_value=0), kinds[1].size()
    if (n < total.clip(upper=ENOUGH)).any():
        return math.nan
    right = (clips["emotion"] == clips[column]).groupby([clips["emotion"], clips["emotion"] == clips["predicted"]])
    return float(((right.mean() * total).groupby(level=0).sum() / total.groupby(level=0).sum()).mean())


def figures(clips: pd.DataFrame, column: str) -> dict[str, tuple[float, float, float]]:
    """`uar` and `kappa` of whoever named the emotions in a column, each with its interval over speakers or NaN, NaN."""
    uar = metrics.uar(clips["emotion"], clips[column])
    of_uar = metrics.interval(clips.assign(predicted=clips[column]))
    kappa = agreement.kappa(clips["emotion"], clips[column])
    return {"uar": (uar, *of_uar), "kappa": (kappa, *agreement.interval(clips, "emotion", column))}


def sentences(clips: pd.DataFrame, test: pd.DataFrame, listener: str) -> list[str]:
    """What there is to say of what a listener heard, beside the figures.

    Args:
        clips: as `heard` gives them, at least one.
        test: all clips of the test.
        listener: their name.
    """
    said, model = clips["said"] == clips["emotion"], clips["predicted"] == clips["emotion"]
    same, beyond = (clips["said"] == clips["predicted"]).mean(), agreement.kappa(clips["said"], clips["predicted"])
    beyond = "" if math.isnan(beyond) else f" (kappa {beyond:.2f})"
    told = [f"{listener} and the model name the same emotion for {_percent(same)} of the clips{beyond}."]
    for of, what in ((~model, "missed"), (model, "heard right")):
        told += [f"Of the {of.sum()} that the model {what}, {listener} heard {said[of].sum()} right."] * bool(of.any())
    if said.any() and not said.all():
        sure = [clips.loc[of, "sure"].mean() for of in (said, ~said)]
        told.append(f"How sure, of 5: {sure[0]:.1f} where right, {sure[1]:.1f} where wrong.")
    uar = _percent(metrics.uar(test["emotion"], test["predicted"]))
    drawn = "Half of the clips were drawn from mistakes of the model"
    told.append(f"{drawn}, so no UAR here is one of the test (model: {uar}).")
    if not math.isnan(whole := weighed(clips, test, "said")):
        told.append(f"Weighed as clips are in the test, {listener} would reach about {_percent(whole)} there.")
    if n := int(clips["told"].sum()):
        told.append(f"{n} clips were told after each, so that {listener} could learn from them.")
    return told


def notes(test: pd.DataFrame, kept: pd.DataFrame) -> list[str]:
    """A sentence for each listener who heard clips of a test blind; none where nobody did.

    Args:
        test: `run`, `file`, `emotion`, `predicted`.
        kept: as for `heard`.
    """
    listeners = kept.loc[kept["blind"] != "", "listener"].drop_duplicates()
    return [_note(clips, name) for name in listeners if len(clips := heard(test, kept, name))]


def _note(clips: pd.DataFrame, listener: str) -> str:
    uars = [_percent(metrics.uar(clips["emotion"], clips[column])) for column in ("said", "predicted")]
    on = f"{len(clips)} test clips, drawn so that half are mistakes"
    return f"{listener} heard {on}, blind: UAR {uars[0]}, the model {uars[1]} on the same."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
