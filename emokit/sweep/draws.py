"""Values drawn from a space: of each parameter a list to choose from, or a range."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emokit.notebook_parameters import TABLE
from emokit.sweep.plan import SweepError

DIGITS = 3  # of a number that is drawn, so that the name of its run says all of it


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, whole ones or not, drawn evenly or by their logarithm."""

    low: float
    high: float
    log: bool
    whole: bool

    def rounded(self, value: float) -> int | float:
        """A number of the range as a run gets it: a whole one, or with three digits."""
        value = round(value) if self.whole else float(f"{value:.{DIGITS}g}")
        return min(max(value, self.low), self.high)


def space(content: Mapping) -> dict[str, list | Range]:
    """The space that a plan describes under `random`, or SweepError."""
    return {name: _values(name, said) for name, said in content.items()}


def drawn(space: Mapping[str, list | Range], trials: int, seed: int) -> list[dict]:
    """As many settings, drawn evenly and independently; the first ones stay where there are to be more."""
    rng = np.random.default_rng(seed)
    return [{name: _draw(values, rng) for name, values in space.items()} for _ in range(trials)]


def ends(space: Mapping[str, list | Range]) -> list[dict]:
    """The first and the last value of everything, to be checked beforehand."""
    first = {name: values.low if isinstance(values, Range) else values[0] for name, values in space.items()}
    last = {name: values.high if isinstance(values, Range) else values[-1] for name, values in space.items()}
    return [first, last]


def _values(name: str, said) -> list | Range:
    if isinstance(said, list) and said:
        return said
    expected = "a list, or low and high, such as {low: 0.0001, high: 0.01, log: true}"
    if not isinstance(said, Mapping) or not {"low", "high"} <= {*said} <= {"low", "high", "log"}:
        raise SweepError(f"random: {name} is {said!r}; expected {expected}.")
    whole = name in TABLE and type(TABLE[name].default) is int
    try:
        low, high = (int(said[end]) if whole else float(said[end]) for end in ("low", "high"))
    except (TypeError, ValueError):
        raise SweepError(f"random: {name} is {said!r}; expected {expected}.") from None
    log = said.get("log", False)
    if not low < high or (log and low <= 0) or not isinstance(log, bool):
        raise SweepError(f"random: {name} is from {low} to {high}, log {log}; expected low < high, and 0 < low by log.")
    return Range(low, high, log, whole)


def _draw(values: list | Range, rng: np.random.Generator):
    if isinstance(values, list):
        return values[rng.integers(len(values))]
    if values.log:
        return values.rounded(math.exp(rng.uniform(math.log(values.low), math.log(values.high))))
    if values.whole:
        return int(rng.integers(values.low, values.high, endpoint=True))
    return values.rounded(rng.uniform(values.low, values.high))
