"""What a corpus of your own is called that got no name."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from emokit.corpora.own.cleaning import own_name
from emokit.corpora.published import PUBLISHED


def default_names(corpora: Sequence[str], places: Sequence[Path]) -> list[str]:
    """The names of corpora, each in its place; one that lies in several is called like the folder that holds them."""
    if len(corpora) == 1 and len(places) > 1:
        places = [Path(os.path.commonpath(places))]
    return list(map(_called, corpora, places))


def _called(corpus: str, place: Path) -> str:
    """The name of a published corpus; for one's own that of the folder or table, in the form of a run's name."""
    if corpus in PUBLISHED:
        return corpus
    words = place.stem if corpus == "table" else place.name
    name = re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-.")[:40] or corpus
    return own_name(name, corpus)
