"""What the emotions of a corpus sound like, cue by cue."""

import pandas as pd

from emokit import cues as acoustic
from emokit import emotions, metrics
from emokit.plots.clips import strips
from emokit.plots.rows import height_for
from emokit.plots.style import QUIET, WIDTH, Plot, new, state, styled

WIDEST = 3.2  # standard deviations that are drawn; the few clips beyond lie at the edge


@styled
def cues(clips: pd.DataFrame, measured: pd.DataFrame) -> Plot:
    """Each acoustic cue of the clips by emotion, held to the mean of the speaker: small multiples.

    Args:
        clips: columns `emotion`, `speaker`.
        measured: cues of the same clips, as `cues.measure` gives.
    """
    scores = acoustic.standardised(measured, clips["speaker"])
    names = emotions.in_order(clips["emotion"].dropna())
    size = (WIDTH, height_for(len(names)))
    figure, axes = new("acoustic cues of the clips by emotion", size, len(acoustic.UNITS), sharey=True)
    drawn = scores.clip(-WIDEST, WIDEST).assign(emotion=clips["emotion"])
    for place, cue in zip(axes, acoustic.UNITS, strict=True):
        place.axvline(0, color=QUIET, linewidth=0.6, zorder=0)
        strips(place, drawn, cue, names)
        place.set(xlim=(-WIDEST - 0.2, WIDEST + 0.2), xticks=(-3, 0, 3))
        place.set_title(cue)
    for place in axes[1:]:
        place.tick_params(axis="y", labelleft=False)
    unit = "standard deviations from the mean of the same speaker; the line marks the median"
    figure.supxlabel(unit, fontsize=9, color=QUIET)
    finding, share = _most_telling(scores, clips["emotion"])
    return state(figure, finding, f"{len(clips)} clips of {metrics.whose(clips)}{share}")


def _most_telling(scores: pd.DataFrame, labels: pd.Series) -> tuple[str, str]:
    """Of which cue the emotions make up most of the variance within speakers (eta squared), and how much."""
    means = scores.groupby(labels).transform("mean")
    shares = (means.var() / scores.where(means.notna()).var()).dropna()
    if shares.empty or labels.nunique() < 2:
        return "There are too few clips of a voice, or of emotions, to compare their cues", ""
    cue = shares.idxmax()
    by_emotion = scores[cue].groupby(labels).mean()
    finding = f"{cue[0].upper()}{cue[1:]} tells most: {by_emotion.idxmax()} highest, {by_emotion.idxmin()} lowest"
    return finding, f"; the emotions make up {shares[cue]:.0%} of its variance within a voice"
