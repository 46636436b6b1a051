"""Figures of recordings: how many, how long, and what they look like."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from emokit import MAX_SEQ_LENGTH, colours, emotions, metrics
from emokit.features.log_mel import HOP
from emokit.padding import FRAMES_PER_STEP
from emokit.plots.rows import class_rows, cut, heat_map, height_for
from emokit.plots.style import ABOVE, ACCENT, INK, WIDTH, Plot, joined, new, state, styled, tint


@styled
def counts(clips: pd.DataFrame) -> Plot:
    """Clips of each emotion, by sex and by speaker.

    Args:
        clips: columns `emotion`, `speaker`, `sex`; missing sex or speaker is shown as "unknown".
    """
    names = emotions.in_order(clips["emotion"].dropna())
    size = (WIDTH, height_for(len(names)))
    figure, (left, right) = new("clips by emotion, sex and speaker", size, 2, width_ratios=[2, 3])
    sexes = pd.crosstab(clips["emotion"], clips["sex"].fillna("unknown")).reindex(names)
    _bars_by_sex(left, sexes)
    speakers = pd.crosstab(clips["emotion"], clips["speaker"].fillna("unknown")).reindex(names)
    _counts_by_speaker(right, speakers)
    total = sexes.sum(axis=1)
    return state(figure, _rarest(total), f"{len(clips)} clips of {metrics.whose(clips)}")


def _rarest(total: pd.Series) -> str:
    few, many = total.min(), total.max()
    if few == many:
        return f"All {len(total)} emotions have {few} clips"
    rare, frequent = total.index[total == few], total.index[total == many]
    rarest = f"{_is(rare)} the rarest with {few} clips" + (" each" if len(rare) > 1 else "")
    return f"{rarest}, {_is(frequent)} the most frequent with {many}" + (" each" if len(frequent) > 1 else "")


def _is(names: Sequence[str]) -> str:
    return joined(names, "emotions") + (" is" if len(names) == 1 else " are")


def _bars_by_sex(axes, table: pd.DataFrame) -> None:
    shares = {"female": 1.0, "male": 0.55}
    start = np.zeros(len(table))
    for sex in [name for name in shares if name in table] + [name for name in table if name not in shares]:
        share = shares.get(sex, 0.8)
        how = {} if sex in shares else {"hatch": "////", "edgecolor": "white", "linewidth": 0}  # pale looks disabled
        tints = [tint(colour, share) for colour in colours.of(table.index).values()]
        axes.barh(range(len(table)), table[sex], left=start, color=tints, height=0.68, **how)
        axes.barh([0], [0], color=tint("#444444", share), label=sex, **how)  # for the legend
        start += table[sex].to_numpy()
    class_rows(axes, table.index)
    axes.set_xlabel("clips")
    axes.legend(**ABOVE, handlelength=1)


def _counts_by_speaker(axes, table: pd.DataFrame) -> None:
    n, top = table.shape[1], 1.6 * table.to_numpy().max()  # paler than confusions: these numbers only set the scene
    room = 240 / n  # points that a column has
    texts = table.astype(str).where(table > 0, "") if room > 6 * len(f"{table.to_numpy().max():.0f}") + 2 else False
    short = [cut(str(name).split("/", 1)[-1], 12) for name in table]
    table = table.set_axis(emotions.letters(table.index).values()).set_axis(short, axis=1)
    heat_map(axes, table, texts, vmax=top, xticklabels=-(-n // 12), linewidths=1.5 * (n <= 30))
    axes.set_xlabel("speaker")
    axes.set_title("clips of each speaker")


def strips(axes, clips: pd.DataFrame, column: str, names: Sequence[str]) -> None:
    """Each clip as a dot in the row of its emotion, with a line at the median."""
    for row, name in enumerate(names):
        values = clips.loc[clips["emotion"] == name, column].dropna().to_numpy()
        height = row + np.random.default_rng(0).uniform(-0.26, 0.26, len(values))
        axes.plot(values, height, ".", color=colours.of(names)[name], markersize=4, alpha=0.5, markeredgewidth=0)
        if len(values):
            axes.plot([np.median(values)] * 2, [row - 0.36, row + 0.36], color=INK, linewidth=1.6)
    class_rows(axes, names)


@styled
def durations_and_levels(clips: pd.DataFrame, limit: float = MAX_SEQ_LENGTH * FRAMES_PER_STEP * HOP) -> Plot:
    """How long and how loud the clips of each emotion are, side by side.

    Args:
        clips: columns `emotion`, `duration` (s), `rms` (0 … 1; silent ones are not drawn).
        limit: what the model reads of a clip, in seconds.
    """
    names = emotions.in_order(clips["emotion"].dropna())
    levels = clips.assign(level=20 * np.log10(clips["rms"].astype(float).where(clips["rms"] > 0)))
    size = (WIDTH, height_for(len(names)))
    figure, (left, right) = new("duration and level of the clips by emotion", size, 2, sharey=True)
    strips(left, levels, "duration", names)
    strips(right, levels, "level", names)
    right.tick_params(axis="y", labelleft=False)
    left.set_xlim(left=0)
    if (longest := levels["duration"].max()) > 0.6 * limit:
        left.axvline(limit, color=ACCENT, linewidth=1)
        left.set_xlim(right=max(1.03 * longest, 1.3 * limit))  # with space for the words
        left.text(limit, -0.6, f" the model reads {limit:g} s", color=ACCENT, va="bottom")
    left.set_xlabel("duration (s); the line marks the median")
    right.set_xlabel("level (dB of full scale, root mean square)")
    middle = levels.groupby("emotion")["level"].median().reindex(names)
    if middle.isna().all():
        return state(figure, "The level of these clips is not known", f"{len(clips)} clips")
    return state(figure, _loudest(middle), f"{len(clips)} clips, medians")


def _loudest(middle: pd.Series) -> str:
    """Which emotions are the loudest: half a decibel apart is as loud, and less than one between all says nothing."""
    high, low = middle.max(), middle.min()
    if high - low < 1:
        return "The emotions are equally loud"
    loud, quiet = middle.index[high - middle < 0.5], middle.index[middle - low < 0.5]
    return f"{_is(loud)} the loudest, {high - low:.0f} dB above {joined(quiet, 'others')}"
