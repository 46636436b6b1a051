"""The confusion matrix that plays, without script: a table, and each large cell to open."""

from collections.abc import Sequence

import pandas as pd

from emokit import emotions, metrics, plots
from emokit.widgets.clip_player import SoundBudget, budget_here, clip_name
from emokit.widgets.static_twins import QUIET, chip, escaped, side_by_side
from emokit.widgets.worst_mistakes import asked

N_CELLS = 10  # confusions whose clips are embedded, the largest ones
N_CLIPS = 2  # clips of each
N_NAMED = 12  # further ones that are only named


def matrix_twin(rows: pd.DataFrame, names: Sequence[str], budget: SoundBudget | None = None) -> str:
    """The matrix as a table, below it the largest confusions with their worst clips.

    Args:
        rows: test clips: predictions joined with `file` (absolute) and what is known of the clips.
        names: the classes in their order.
        budget: how much more sound the page may hold; that of this notebook if not given.
    """
    matrix = metrics.confusion(rows["emotion"], rows["predicted"], names)
    cells = [(matrix.loc[a, b], a, b) for a in names for b in names if a != b and matrix.loc[a, b]]
    budget = budget or budget_here()
    largest = sorted(cells, key=lambda cell: -cell[0])[:N_CELLS]
    return _table(matrix) + "".join(_details(rows, names, *cell, budget) for _, *cell in largest)


def text_matrix(rows: pd.DataFrame, names: Sequence[str]) -> str:
    """The matrix in words: counts, truth by row."""
    matrix = metrics.confusion(rows["emotion"], rows["predicted"], names)
    letters = emotions.letters(names)
    labels = [f"{name} {letter}" for name, letter in letters.items()]
    table = matrix.set_axis(labels, axis=0).set_axis(list(letters.values()), axis=1)
    title = f"{plots.confusion_finding(matrix)} (rows: truth, columns: predicted)"
    return f"{title}\n{table.rename_axis(index=None, columns=None).to_string()}"


def _table(matrix: pd.DataFrame) -> str:
    chips = {name: chip(name, matrix.columns) for name in matrix.columns}
    head = "".join(f'<th style="text-align:center;padding:4px">{chips[name]}</th>' for name in matrix.columns)
    totals = matrix.sum(axis=1)
    body = []
    for truth in matrix.index:
        cells = "".join(_cell(int(n), int(totals[truth])) for n in matrix.loc[truth])
        body.append(f'<tr><th style="text-align:left;padding:4px 10px 4px 4px">{chips[truth]}</th>{cells}</tr>')
    caption = (
        f"{escaped(plots.confusion_finding(matrix))}. Rows: true emotion; columns: predicted; clips (% of the row)."
    )
    style = "border-collapse:collapse;margin:4px 0 12px"
    return (
        f'<table style="{style}"><caption style="text-align:left;padding:4px;caption-side:top">{caption}</caption>'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _cell(n: int, total: int) -> str:
    share = n / total if total else 0
    ground = plots.shade(share)
    style = f"background:{ground};color:{emotions.ink(ground)};text-align:center;padding:5px 9px;min-width:3.2em"
    words = f'{n} <span style="font-size:80%">({100 * share:.0f})</span>' if n else ""
    return f'<td style="{style}">{words}</td>'


def _details(rows: pd.DataFrame, names: Sequence[str], truth: str, predicted: str, budget: SoundBudget) -> str:
    found = metrics.mistakes(rows[(rows["emotion"] == truth) & (rows["predicted"] == predicted)])
    total = int((rows["emotion"] == truth).sum())
    boxes = [asked(row, budget) for _, row in found.head(N_CLIPS).iterrows()]
    rest = [clip_name(file) for file in found["file"].iloc[N_CLIPS:]]
    more = ", ".join(rest[:N_NAMED]) + (f" and {len(rest) - N_NAMED} more" if len(rest) > N_NAMED else "")
    named = f'<div style="{QUIET};margin-bottom:8px">Further: {escaped(more)}</div>' if rest else ""
    summary = f"{chip(truth, names)} → {chip(predicted, names)}: {len(found)} of {total} clips"
    return f'<details style="margin:4px 0"><summary>{summary}</summary>{side_by_side(boxes)}{named}</details>'
