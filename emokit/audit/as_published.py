"""Check of the sound against what was published of it: a copy that was re-sampled or cut passes every count."""

from collections.abc import Iterable, Iterator

import pandas as pd

from emokit import corpora
from emokit.audit.finding import Finding

ROUNDED = 0.1  # s, as the coarsest of the published lengths
STRANGE = 0.05  # share of the clips that may lie outside of the published lengths: other editions have some
MEAN = 0.15  # how far the mean may be off: between half of a corpus and the whole it differs by less than a tenth
FEWEST = 10  # clips; of fewer no length is judged


def as_published(clips: pd.DataFrame) -> Iterator[Finding]:
    """Published corpora most of whose clips have another sampling rate, or that are longer or shorter, than published.

    The mean is compared where at least half of the published clips are at hand.
    """
    for name, corpus in clips.dropna(subset=["rate", "duration"]).groupby("corpus"):
        published = corpora.expected(name)
        if published is None:
            continue
        yield from _rates(f"corpus {name}", corpus["rate"], published["rates"])
        if published["seconds"] and len(corpus) >= FEWEST:
            half = len(corpus) >= (published["clips"] or 0) / 2
            yield from _lengths(f"corpus {name}", corpus["duration"], published["seconds"], whole=half)


def _rates(subject: str, rates: pd.Series, published: tuple[int, ...]) -> Iterator[Finding]:
    other = rates[~rates.isin(published)]
    if published and len(other) > len(rates) / 2:
        found = f"{len(other)} of {len(rates)} clips are sampled at {_in_words(other.value_counts().index)}"
        found += f"; published at {_in_words(published)}"
        yield Finding("warning", subject, found, "take the published recordings: this copy was re-sampled")


def _in_words(rates: Iterable[float]) -> str:
    return " or ".join(f"{rate:,.0f}" for rate in rates) + " Hz"


def _lengths(subject: str, seconds: pd.Series, published: tuple, *, whole: bool) -> Iterator[Finding]:
    shortest, mean, longest = published
    remedy = "take the published recordings: this copy was cut, filled up or changed in speed"
    if shortest is not None and longest is not None:
        strange = (seconds < shortest - ROUNDED) | (seconds > longest + ROUNDED)
        if strange.mean() > STRANGE:
            found = f"{strange.sum()} of {len(seconds)} clips last less than {shortest} s or more than {longest} s"
            yield Finding("warning", subject, f"{found}, the published shortest and longest", remedy)
    if whole and abs(seconds.mean() - mean) > MEAN * mean:
        found = f"the mean clip lasts {seconds.mean():.2f} s; published {mean} s"
        yield Finding("warning", subject, found, remedy)
