"""Several corpora as one: the same words for emotions, and what to do with classes that not all of them have."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

import pandas as pd

from emokit.corpora.corpus import CorpusError, near
from emokit.corpora.folder import as_list
from emokit.corpora.own.words import part_in, part_of
from emokit.corpora.published import PUBLISHED
from emokit.emotions import in_order


def join(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Clips of several corpora below each other; what each left out and mapped stays in `attrs`, where all tell it.

    Raises:
        CorpusError: for two corpora of one name, whose speakers could not be told apart.
    """
    owners = [name for clips in tables for name in clips["corpus"].unique()]
    twice = sorted({name for name in owners if owners.count(name) > 1})
    if twice:
        raise CorpusError(
            f"Two of the corpora are called {twice[0]!r}; name them apart by the "
            "parameter name of the notebooks (called= in the library), or by a column corpus."
        )
    joined = _below_each_other(tables)
    keys = [key for key in ("left_out", "mapping") if all(key in clips.attrs for clips in tables)]
    called = [clips["corpus"].iloc[0] for clips in tables]
    joined.attrs = {
        key: {f"{name}: {what}": note for name, clips in zip(called, tables, strict=True)
              for what, note in clips.attrs[key].items()}
        for key in keys
    }  # fmt: skip
    said = [f"{name}: {sentence}" for name, clips in zip(called, tables, strict=True)
            for sentence in clips.attrs.get("understood", [])]  # fmt: skip
    joined.attrs["understood"] = [*said, *_same_names(joined)]
    return joined


def as_one(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Clips of one corpus that lies in several folders, with what was left out in each."""
    joined = _below_each_other(tables)
    for clips in tables:
        for key, found in clips.attrs.items():
            kept = joined.attrs.setdefault(key, {})
            for what, note in found.items():
                kept[what] = note if kept.get(what, note) == note else f"{kept[what]}; {note}"
    return joined


def _below_each_other(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    # Only rows: differing attrs would be compared, and be lost.
    joined = pd.concat([clips.set_axis(range(len(clips))) for clips in tables], ignore_index=True)
    joined.attrs = {}
    return joined


def _same_names(clips: pd.DataFrame) -> list[str]:
    """A sentence where two corpora, one of your own among them, call speakers alike: they count as two people."""
    shared = called_alike(clips)
    if not shared:
        return []
    more = f" and {len(shared) - 3} more" if len(shared) > 3 else ""
    return [
        f"speakers that several corpora call alike count as different people: {', '.join(shared[:3])}{more}; if they "
        "are the same, load both as one corpus, by one name and several paths"
    ]


def called_alike(clips: pd.DataFrame) -> list[str]:
    """Names of speakers that two corpora have, one of your own among them."""
    speakers = clips.drop_duplicates("speaker").dropna(subset=["speaker", "corpus"])
    bare = speakers["speaker"].astype(str).str.split("/", n=1).str[-1]
    own = ~speakers["corpus"].isin(PUBLISHED)
    several = speakers.groupby(bare)["corpus"].nunique() > 1
    return sorted(name for name, rows in own.groupby(bare) if several[name] and rows.any())


def with_parts(clips: pd.DataFrame, folders: Sequence[str | Path]) -> pd.DataFrame:
    """Clips of a published corpus with `part` by the names of their folders, where people laid it out so.

    Args:
        clips: as its reader gives them; a `part` that is published stays.
        folders: those given. The names of several tell the part; of one those in it do, if all are words for parts.
    """
    if "part" in clips:
        return clips
    tops = [Path(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100 (with the links that the user chose)
    owners = [next(top for top in tops if Path(file).is_relative_to(top)) for file in clips["file"]]
    if len(tops) > 1:
        words = {top.name: part_in(top.name) for top in tops}
        names = pd.Series([top.name for top in owners], clips.index, dtype="str")
    else:
        names = clips["file"].map(lambda file: Path(file).relative_to(tops[0]).parts[0])
        words = {name: part_of(name) for name in names.unique()}
        if None in words.values() or len(set(words.values())) < 2:
            return clips
    said = ", ".join(f"{name!r} is {part or 'no part'}" for name, part in words.items())
    parted = clips.assign(part=names.map(words).astype("str")) if any(words.values()) else clips.copy()
    parted.attrs = clips.attrs | {"understood": [f"parts by the names of the folders: {said}"]}
    return parted


def choose(clips: pd.DataFrame, classes: str | Sequence[str] = "shared", asked: Iterable[str] = ()) -> pd.DataFrame:
    """Keep the clips of some emotions; `attrs["dropped"]` names the others with their clips and who has them.

    "shared" keeps what every corpus has, "all" everything, names only those. A published corpus has its usual emotions
    then, and those that labels `asked` for.

    Raises:
        CorpusError: for a name that no clip has, with near matches, and when nothing is left.
    """
    names = [normalize("NFC", name) for name in as_list(classes)]
    having = clips.dropna(subset="emotion").groupby("emotion")["corpus"].unique()
    n_corpora = clips["corpus"].nunique()
    if names == ["all"]:
        kept = set(having.index)
    elif names == ["shared"]:
        asked = set(asked)
        kept = {
            emotion
            for emotion, corpora in having.items()
            if len(corpora) == n_corpora and (emotion in asked or all(_usual(name, emotion) for name in corpora))
        }
    else:
        kept = {_known(name, having.index) for name in names}
    if not kept:
        raise CorpusError('No emotion is shared by these clips; load them with classes="all", or add labels.')
    dropped = [emotion for emotion in in_order(having.index) if emotion not in kept]
    numbers = clips["emotion"].value_counts()
    chosen = clips[clips["emotion"].isin(kept) | clips["emotion"].isna()].reset_index(drop=True)
    chosen.attrs = clips.attrs | {
        "dropped": {emotion: f"{numbers[emotion]:,} clips of {', '.join(having[emotion])}" for emotion in dropped}
    }
    return chosen


def _usual(corpus: str, emotion: str) -> bool:
    usual = PUBLISHED[corpus].usual if corpus in PUBLISHED else ()
    return not usual or emotion in usual


def _known(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise CorpusError(f"No clip is {name!r}{near(name, known)}; the emotions are {', '.join(in_order(known))}.")
    return name
