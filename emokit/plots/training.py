"""Figures of a training: who taught it, how the classes were weighed, how it went."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from emokit import colours, emotions, metrics
from emokit.plots.rows import class_rows, height_for, rows
from emokit.plots.style import ABOVE, INK, QUIET, WIDTH, Plot, joined, new, state, styled
from emokit.run_folder import pace
from emokit.splits import PARTS

PART_COLOURS = dict(zip(PARTS, ("#1f4e79", "#e08a1e", "#8c9aa8"), strict=True))


@styled
def split(clips: pd.DataFrame) -> Plot:
    """Who is in which part, and whether the classes are alike in them.

    Args:
        clips: columns `emotion`, `speaker`, `part`.
    """
    names = emotions.in_order(clips["emotion"])
    size = (WIDTH, 1.6 + 0.26 * len(names))
    figure, (left, right) = new("speakers and classes by part", size, 2, width_ratios=[3, 2])
    longest = clips["part"].value_counts().max()
    shares = 100 * pd.crosstab(clips["emotion"], clips["part"], normalize="columns")
    shares = shares.reindex(index=names, columns=PARTS, fill_value=0)
    for row, (part, marker) in enumerate(zip(PARTS, "osD", strict=True)):
        _speakers_of(left, row, part, clips[clips["part"] == part], longest)
        look = {"color": PART_COLOURS[part], "label": part, "markersize": 4.5, "clip_on": False}
        right.plot(shares[part], np.arange(len(names)) + 0.2 * (row - 1), marker, **look)
    rows(left, PARTS)
    left.set_xlabel("clips, one block a speaker")
    class_rows(right, names)
    right.set_xlim(left=0)
    right.set_xlabel("share of the part (%)")
    right.legend(**ABOVE, handletextpad=0)
    return state(figure, _who_is_where(clips), f"{len(clips)} clips of {metrics.whose(clips)}")


def _speakers_of(axes, row: int, part: str, clips: pd.DataFrame, scale: int) -> None:
    """One block a speaker, named where the name fits; `scale` is the length of the longest row."""
    start, ground = 0, PART_COLOURS[part]
    for speaker, n in clips["speaker"].fillna("?").value_counts().sort_index().items():
        axes.barh(row, n, left=start, height=0.62, color=ground, edgecolor="white", linewidth=1)
        name = str(speaker).split("/", 1)[-1]
        if 40 * n / scale > len(name) + 0.5:  # about 40 letters fit in the longest row
            axes.text(start + n / 2, row, name, ha="center", va="center", color=colours.ink(ground))
        start += n


def _who_is_where(clips: pd.DataFrame) -> str:
    n = clips.groupby("part")["speaker"].nunique().reindex(PARTS, fill_value=0)
    shared = clips.groupby("speaker")["part"].nunique() > 1
    if shared.any():
        crossing = "1 speaker is" if shared.sum() == 1 else f"{shared.sum()} speakers are"
        return f"{crossing} in more than one part: these results will be speaker-dependent"
    unknown = clips["speaker"].isna().sum()
    if unknown:
        whose = "The speakers" if unknown == len(clips) else f"The speakers of {unknown} of {len(clips)} clips"
        return f"{whose} are not known: nothing shows that no voice is in two parts"
    who = f"{n['train']} speakers teach, dev has {n['dev']}, the test {n['test']} others"
    return f"{who}; none is in two parts"


@styled
def class_weights(weights: Mapping[int, float], names: Sequence[str]) -> Plot:
    """How much a clip of each class counts in the loss.

    Args:
        weights: {class index: weight}, as `model.fit` takes it; empty for none.
        names: the classes by index.
    """
    names = list(names)
    values = [weights.get(index, 1.0) for index in range(len(names))]
    figure, (axes,) = new("class weights", (WIDTH, height_for(len(names)) - 0.2))
    bars = axes.barh(range(len(names)), values, color=list(colours.of(names).values()), height=0.62)
    axes.bar_label(bars, fmt=" %.2f")
    class_rows(axes, names)
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_xlabel("weight of a clip in the loss (1: as without weights)")
    ratio = max(values) / min(values)
    if ratio < 1.005:
        return state(figure, "Every clip counts alike, whatever its emotion")
    ends = (np.array(names)[np.isclose(values, end, rtol=0.005)] for end in (max(values), min(values)))
    heavy, light = (joined(those, "emotions") for those in ends)
    return state(figure, f"A clip of {heavy} counts {ratio:.3g} times as much as one of {light}")


@styled
def history(history: pd.DataFrame, best: int | None = None) -> Plot:
    """Cross-entropy, UAR and learning rate by epoch, the best epoch marked.

    Args:
        history: columns `epoch`, `loss`, `val_loss`, `uar`, `val_uar` (0 … 1), `learning_rate`; without `penalty`, it
            is an old one, whose losses hold the penalty on the weights.
        best: the epoch whose weights were kept; that of the highest dev UAR if not given.
    """
    figure, axes = new("cross-entropy, UAR and learning rate by epoch", (WIDTH, 2.7), 3, sharex=True)
    epoch = history["epoch"]
    _training_curves(axes, history, epoch)
    for axis in axes:
        axis.grid(axis="y")
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    if history.empty or history["val_uar"].isna().all():
        return state(figure, "No epoch has ended yet")
    row = history["val_uar"].idxmax() if best is None else history.index[epoch == best][0]
    best, score = int(epoch[row]), 100 * history["val_uar"][row]
    for axis in axes:
        axis.axvline(best, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes[1].plot(best, score, "o", color=PART_COLOURS["dev"], markersize=5)
    context = f"{len(epoch)} epochs" + (f"; {pace.RAISE}" if pace.still_rising(history) else "")
    tied = [int(n) for n in epoch[np.isclose(history["val_uar"], history["val_uar"].max())] if n != best]
    if not np.isclose(score, 100 * history["val_uar"].max()):
        return state(figure, f"The weights after epoch {best} are kept: UAR {score:.1f} % on dev", context)
    again = f" and, as high, after {joined(tied, 'other epochs')}" if tied else ""
    return state(figure, f"UAR on dev is highest after epoch {best}{again}: {score:.1f} %", context)


def _training_curves(axes: Sequence, history: pd.DataFrame, epoch: pd.Series) -> None:
    marker = "." if len(epoch) < 3 else ""
    loss = "cross-entropy (nats)" if "penalty" in history else "cross-entropy + L2 penalty (nats)"
    for axis, column, unit, factor in ((axes[0], "loss", loss, 1), (axes[1], "uar", "UAR (%)", 100)):
        axis.plot(epoch, factor * history[column], marker=marker, color=PART_COLOURS["train"], label="train")
        axis.plot(epoch, factor * history[f"val_{column}"], marker=marker, color=PART_COLOURS["dev"], label="dev")
        axis.set_title(unit)
    axes[0].legend(handlelength=1.4)
    axes[2].step(epoch, history["learning_rate"], where="mid", marker=marker, color=INK)
    axes[2].set_title("learning rate")
    rates = np.unique(history["learning_rate"].dropna())
    if len(rates) and rates[0] > 0:
        axes[2].set_yscale("log")
        axes[2].set_ylim(rates[0] / 1.6, rates[-1] * 1.6)
        shown = rates[:: -(-len(rates) // 6)]
        axes[2].set_yticks(shown, [f"{rate:.2g}" for rate in shown])
        axes[2].minorticks_off()
