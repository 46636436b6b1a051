"""Two runs compared, without script: what differs, and the clips that changed most, to hear."""

from collections.abc import Sequence

import pandas as pd

from emokit import colours, probability_columns
from emokit.comparison.clips import BEFORE, BROKEN, ELSE, REPAIRED
from emokit.widgets.clip_player import SoundBudget, clip_name, player
from emokit.widgets.static_twins import CELL, QUIET, chip, escaped, side_by_side

# What became of a clip: a sign and a word beside the colour, which white letters can be read on.
KINDS = {
    REPAIRED: ("✓", "#1a7f37", "wrong before, right now"),
    BROKEN: ("✗", "#c62828", "right before, wrong now"),
    ELSE: ("≠", "#5f6670", "wrong both times, not as the same"),
}
N_CLIPS = 2  # of each kind that are embedded
N_NAMED = 12  # further ones that are only named


def compared_twin(view, budget: SoundBudget) -> str:
    """What a Compared says, as HTML.

    Args:
        view: a Compared.
        budget: how much more sound the page may hold.
    """
    head = f"<h4>{escaped(view.title)}</h4><p>{escaped(view.finding)}.</p>{_parameters(view)}"
    head += f'<p style="{QUIET}">Bars of a clip: above and hollow what a class got before, below what it gets now.</p>'
    return head + "".join(_details(kind, view.of_kind(kind), view, budget) for kind in KINDS)


def badge(kind: str, words: str = "") -> str:
    """A kind of clips as a sign and words on its colour."""
    sign, ground, _ = KINDS[kind]
    style = f"background:{ground};color:#fff;padding:1px .5em;border-radius:3px;font-weight:bold"
    return f'<span style="{style}">{sign} {escaped(words or kind)}</span>'


def _parameters(view) -> str:
    if not view.parameters:
        return f"<p>{escaped(view.differs)}.</p>"
    head = "".join(f'<th style="{CELL}">{escaped(name)}</th>' for name in ("", "before", "now"))
    rows = ("".join(f'<td style="{CELL}">{escaped(value or "–")}</td>' for value in row) for row in view.parameters)
    body = "".join(f'<tr style="background:none">{row}</tr>' for row in rows)
    table = f'<table style="{QUIET}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<details style="margin:6px 0"><summary>{escaped(view.differs)}</summary>{table}</details>'


def _details(kind: str, rows: pd.DataFrame, view, budget: SoundBudget) -> str:
    summary = f"{badge(kind, f'{len(rows)} {kind}')} {KINDS[kind][2]}"
    if rows.empty:
        return f'<div style="margin:6px 0">{summary}</div>'
    boxes = [_box(row, view, budget) for _, row in rows.head(N_CLIPS).iterrows()]
    rest = [clip_name(file) for file in rows["file"].iloc[N_CLIPS:]]
    more = ", ".join(rest[:N_NAMED]) + (f" and {len(rest) - N_NAMED} more" if len(rest) > N_NAMED else "")
    named = f'<div style="{QUIET};margin-bottom:8px">Further: {escaped(more)}</div>' if rest else ""
    return f'<details style="margin:6px 0"><summary>{summary}</summary>{side_by_side(boxes)}{named}</details>'


def _box(row: pd.Series, view, budget: SoundBudget) -> str:
    told = [chip(row[column], view.names) for column in ("emotion", "before", "predicted")]
    return player(row, budget, f"{told[0]}: before {told[1]}, now {told[2]}") + _both_bars(row, view.names)


def _both_bars(row: pd.Series, names: Sequence[str]) -> str:
    """One row a class: its chip, before as a hollow bar above now, and both in per cent."""
    rows, ground = [], colours.of(names)
    for name, column in zip(names, probability_columns.of(names), strict=True):
        shares = [float(row[BEFORE + name]), float(row[column])]
        looks = (f"border:1px solid {ground[name]};height:4px", f"background:{ground[name]};height:6px")
        bars = "".join(
            f'<div style="{look};width:{round(100 * share)}px;margin:1px 0"></div>'
            for share, look in zip(shares, looks, strict=True)
        )
        cells = [chip(name, names), bars, f"{100 * shares[0]:.0f} → {100 * shares[1]:.0f} %"]
        widths = ["", "width:104px;", "text-align:right;white-space:nowrap;"]
        rows.append("".join(f'<td style="{CELL};{w}">{c}</td>' for c, w in zip(cells, widths, strict=True)))
    body = "".join(f'<tr style="background:none">{row}</tr>' for row in rows)
    return f'<table style="border-collapse:collapse;font-size:85%;margin:2px 0;line-height:1.25">{body}</table>'
