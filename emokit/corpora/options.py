"""What `corpora.load` is told besides names and folders: pairs written as text, and which reader takes which option."""

from collections.abc import Mapping, Sequence
from inspect import signature

from emokit.corpora.corpus import CorpusError
from emokit.corpora.own import YOUR_OWN


def as_pairs(pairs: str | Mapping[str, str] | None, option: str) -> dict[str, str]:
    """Pairs as a dictionary, also where they are written as "A=angry,xxx=".

    Raises:
        CorpusError: for an item without "=", and for a name that stands there twice.

    >>> as_pairs("A=angry, xxx=", "labels")
    {'A': 'angry', 'xxx': ''}
    """
    if not isinstance(pairs, str):
        return {str(name): str(value or "") for name, value in (pairs or {}).items()}
    read = {}
    for item in filter(None, map(str.strip, pairs.split(","))):
        name, equals, value = map(str.strip, item.partition("="))
        if not (name and equals) or name in read:
            wrong = "twice" if name in read else "without a name and '='"
            raise CorpusError(f"{option} has {item!r} {wrong}; write pairs like a=b,c=d, each name once.")
        read[name] = value
    return read


def taken(names: Sequence[str], options: Mapping[str, object]) -> list[dict[str, object]]:
    """For each of these corpora the options that its reader takes.

    Raises:
        CorpusError: for an option that the reader of none takes, and TypeError for one that no reader has.
    """
    readers = {name: {*signature(read).parameters} - {"data_dir", "name"} for name, read in YOUR_OWN.items()}
    for option in options:
        takers = [name for name, known in readers.items() if option in known]
        if not takers:
            known = sorted(set().union(*readers.values()))
            raise TypeError(f"corpora.load has no option {option!r}; the readers take {', '.join(known)}.")
        if not {*takers} & {*names}:
            raise CorpusError(
                f"{' and '.join(names)} {'takes' if len(names) == 1 else 'take'} no {option}, "
                f"which is for {' and '.join(takers)}; leave it out."
            )
    return [{option: value for option, value in options.items() if option in readers.get(name, ())} for name in names]
