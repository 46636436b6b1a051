"""How a table names its probabilities: `p_<emotion>`. Nobody else knows the prefix; ask `metrics` above the audit."""

from collections.abc import Iterable
from itertools import dropwhile, takewhile

PREFIX = "p_"


def of(names: Iterable[str]) -> list[str]:
    """The columns that hold the probabilities of these emotions."""
    return [PREFIX + name for name in names]


def classes(columns: Iterable[str]) -> list[str]:
    """The emotions that these columns of a table are probabilities of: the first unbroken row of `p_<emotion>`.

    A column `p_pitch` that came with the clips stands behind `loss` and is no class.
    """

    def is_one(column) -> bool:
        return str(column).startswith(PREFIX)

    first = dropwhile(lambda column: not is_one(column), columns)
    return [column.removeprefix(PREFIX) for column in takewhile(is_one, first)]
