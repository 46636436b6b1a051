"""The confusion matrix that plays, without script: a table, and each large cell to open."""

import zlib
from collections.abc import Mapping, Sequence

import pandas as pd

from emokit import emotions, metrics, plots
from emokit.widgets.clip_player import SoundBudget, clip_name
from emokit.widgets.static_twins import QUIET, chip, escaped, shaded_table, side_by_side
from emokit.widgets.worst_mistakes import asked

N_CELLS = 10  # confusions whose clips are embedded, the largest ones
N_CLIPS = 2  # clips of each
N_NAMED = 12  # further ones that are only named


def matrix_twin(rows: pd.DataFrame, names: Sequence[str], budget: SoundBudget) -> str:
    """The matrix as a table, below it the largest confusions with their worst clips.

    Args:
        rows: test clips: predictions joined with `file` (absolute) and what is known of the clips.
        names: the classes in their order.
        budget: how much more sound the page may hold.
    """
    matrix = metrics.confusion(rows["emotion"], rows["predicted"], names)
    cells = [(matrix.loc[a, b], a, b) for a in names for b in names if a != b and matrix.loc[a, b]]
    largest = sorted(cells, key=lambda cell: -cell[0])[:N_CELLS]
    told = rows[["emotion", "predicted"]].astype(str).assign(file=rows["file"].map(clip_name))
    key = f"clips-{zlib.crc32(told.to_csv(index=False).encode()):08x}"  # apart from other matrices of a page
    places = {(a, b): f"{key}-{number}" for number, (_, a, b) in enumerate(largest, 1)}
    opened = "".join(_details(rows, names, *cell, place, budget) for cell, place in places.items())
    return _table(matrix, places) + opened


def text_matrix(rows: pd.DataFrame, names: Sequence[str]) -> str:
    """The matrix in words: counts, truth by row."""
    matrix = metrics.confusion(rows["emotion"], rows["predicted"], names)
    letters = emotions.letters(names)
    labels = [f"{letter} {name}" for name, letter in letters.items()]
    table = matrix.set_axis(labels, axis=0).set_axis(list(letters.values()), axis=1)
    title = f"{plots.confusion_finding(matrix)} (rows: truth, columns: predicted)"
    return f"{title}\n{table.rename_axis(index=None, columns=None).to_string()}"


def _table(matrix: pd.DataFrame, places: Mapping[tuple[str, str], str]) -> str:
    chips = {name: chip(name, matrix.columns) for name in matrix.columns}
    shares = metrics.shares(matrix).fillna(0)
    words = matrix.astype(str) + (100 * shares).map(' <span style="font-size:80%">({:.0f})</span>'.format)
    words = words.where(matrix > 0, "")
    for (truth, predicted), place in places.items():
        link = f'<a href="#{place}" style="color:inherit;text-decoration:underline" title="to its clips">'
        words.loc[truth, predicted] = f"{link}{words.loc[truth, predicted]}</a>"
    body = {chips[truth]: zip(shares.loc[truth], words.loc[truth], strict=True) for truth in matrix.index}
    finding = escaped(plots.confusion_finding(matrix))
    caption = f"{finding}. Rows: true emotion; columns: predicted; clips (% of the row)."
    return shaded_table(chips.values(), body, caption)


def _details(rows, names, truth: str, predicted: str, place: str, budget: SoundBudget) -> str:
    """The clips of a cell. A browser that is sent to what is inside opens it; JupyterLab, which renames each `id` of an
    untrusted notebook to its own attribute, scrolls to the first that has it: the summary, which is always seen."""
    found = metrics.mistakes(rows[(rows["emotion"] == truth) & (rows["predicted"] == predicted)])
    total = int((rows["emotion"] == truth).sum())
    boxes = [asked(row, budget) for _, row in found.head(N_CLIPS).iterrows()]
    rest = [clip_name(file) for file in found["file"].iloc[N_CLIPS:]]
    more = ", ".join(rest[:N_NAMED]) + (f" and {len(rest) - N_NAMED} more" if len(rest) > N_NAMED else "")
    named = f'<div style="{QUIET};margin-bottom:8px">Further: {escaped(more)}</div>' if rest else ""
    summary = f"{chip(truth, names)} → {chip(predicted, names)}: {len(found)} of {total} clips"
    head = f'<summary data-jupyter-id="{place}">{summary}</summary>'
    inside = f'<div id="{place}" style="scroll-margin-top:3em">{side_by_side(boxes)}{named}</div>'
    return f'<details style="margin:4px 0">{head}{inside}</details>'
