"""What every view can also be: HTML without script, and the same in words.

An untrusted notebook keeps `details`, `table`, `img`, `audio` and inline style, and loses script, svg, ids and ARIA.
Text has the colour of the theme; only grounds are coloured. Whatever comes from a corpus passes `escaped`.
"""

import base64
import html
from collections.abc import Iterable, Mapping

import pandas as pd

from emokit import colours, emotions

QUIET = "opacity:.8;font-size:90%"
COLOURED = "print-color-adjust:exact"  # on paper too
# The page of a notebook on paper, to which JupyterLab prints by nbconvert; an untrusted notebook loses this.
PRINTED = """<style>@media print {
  audio { display: none !important; }
  .emokit-stored::details-content { content-visibility: visible; }
  .emokit-card { width: 46% !important; }
  .jp-OutputArea-child { break-inside: auto; }
  .jp-Cell tr { break-inside: avoid; }
  .jp-Cell table.dataframe { font-size: 8pt; }
  .jp-Cell table.dataframe :is(td, th) { padding: 2px 5px; }
  .jp-Cell h2, .jp-Cell h3 { break-after: avoid; }
  .jp-Cell pre { white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; }
}</style>"""
SHADE = "31,78,121"  # of cells, as of the lines of figures
CELL = "padding:1px 8px 1px 0;border:0;text-align:left;background:none"


class View:
    """Something to look at: `text/html` without script, `text/plain` that is the same in each run of a notebook."""

    def __init__(self, content: str, text: str):
        self.html, self.text = content, text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": PRINTED + self.html, "text/plain": self.text}


def escaped(value) -> str:
    """Any value as text inside HTML or a quoted attribute; missing ones as "?"."""
    return "?" if value is None or pd.isna(value) else html.escape(str(value), quote=True)


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as a data URI of this media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def image(png: bytes, alt: str, width: int = 0) -> str:
    """An inline picture with the words for those who do not see it."""
    style = f"width:{width}px;" if width else ""
    style += "max-width:100%;display:block;background:#fff;border-radius:4px"
    return f'<img src="{data_uri(png, "image/png")}" alt="{escaped(alt)}" style="{style}">'


def chip(emotion: str, names: Iterable[str]) -> str:
    """The letter of an emotion on its colour, and its name; `names` are all classes in view, which share them out."""
    names = list(names)
    ground, letter = colours.of(names).get(emotion, colours.OTHER), emotions.letters(names).get(emotion, "?")
    style = f"background:{ground};color:{colours.ink(ground)};{COLOURED};padding:0 .4em;border-radius:3px"
    style += ";font-weight:bold"
    return f'<span style="{style}">{escaped(letter)}</span> {escaped(emotion)}'


def probability_bars(probabilities: Mapping[str, float], names: Iterable[str] = ()) -> str:
    """One row a class: its chip, a bar, the probability in percent; `names` are all classes, if they are not all."""
    names = list(names) or list(probabilities)
    colour_of = colours.of(names)
    rows = []
    for emotion, p in probabilities.items():
        share = 0.0 if pd.isna(p) else float(p)
        colour = colour_of.get(emotion, colours.OTHER)
        bar = f'<div style="background:{colour};width:{round(100 * share)}px;height:.7em;min-width:1px"></div>'
        number = f"{100 * share:.0f} %"
        cells = [chip(emotion, names), bar, number]
        widths = ["", "width:104px;", "text-align:right;"]
        rows.append("".join(f'<td style="{CELL};{w}">{c}</td>' for c, w in zip(cells, widths, strict=True)))
    body = "".join(f'<tr style="background:none">{row}</tr>' for row in rows)
    style = f"border-collapse:collapse;font-size:85%;margin:2px 0;line-height:1.25;{COLOURED}"
    return f'<table style="{style}">{body}</table>'


def shaded_table(head: Iterable[str], body: Mapping[str, Iterable[tuple[float, str]]], caption: str) -> str:
    """A table of (shade from 0 to 1, HTML) by what stands before the row, `head` above its columns."""
    top = "".join(f'<th scope="col" style="text-align:center;padding:4px">{name}</th>' for name in head)
    rows = []
    for name, cells in body.items():
        styles = [(f"{ground(share)}text-align:center;padding:5px 9px", words) for share, words in cells]
        row = "".join(f'<td style="{style}">{words}</td>' for style, words in styles)
        first = f'<th scope="row" style="text-align:left;padding:4px 10px 4px 4px">{name}</th>'
        rows.append(f'<tr style="background:none;break-inside:avoid">{first}{row}</tr>')
    title = f'<caption style="text-align:left;padding:4px;caption-side:top">{caption}</caption>'
    head = f'<thead><tr style="background:none"><td></td>{top}</tr></thead>'
    style = f"border-collapse:collapse;margin:4px 0 12px;{COLOURED}"
    return f'<table style="{style}">{title}{head}<tbody>{"".join(rows)}</tbody></table>'


def ground(share: float) -> str:
    """Style of a cell that is as dark as its share, 0 … 1, in a light theme, and as bright in a dark one.

    The theme shines through. Up to 0.6 its own ink is read on the cell, above only white; the shades between are left
    out, on which neither has a contrast of 4.5 in both themes.
    """
    if share <= 0.6:
        return f"background:rgba({SHADE},{share:.2f});" if share else ""
    return f"background:rgba({SHADE},{0.5 + share / 2:.2f});color:#fff;"


def side_by_side(boxes: Iterable[str]) -> str:
    """Boxes in a row that wraps where the page ends."""
    style = "display:inline-block;vertical-align:top;margin:0 20px 16px 0;width:310px;overflow-wrap:anywhere"
    style += ";break-inside:avoid"
    return "".join(f'<div class="emokit-card" style="{style}">{box}</div>' for box in boxes)


def text_table(rows: Iterable[Mapping], title: str) -> str:
    """Rows as aligned text below a title."""
    table = pd.DataFrame(list(rows))
    return f"{title}\n{table.to_string(index=False)}" if len(table) else title
