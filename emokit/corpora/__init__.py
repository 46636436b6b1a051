"""Which clips there are, who speaks, and which emotion: a folder of audio becomes one table, whatever the corpus.

    >>> clips = corpora.load("ravdess", "data/ravdess")
    >>> corpora.counts(clips, "ravdess")
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emokit.corpora import named_files
from emokit.corpora.clips_file import read_clips, write_clips
from emokit.corpora.corpus import Corpus, CorpusError
from emokit.corpora.crema_d import CREMA_D
from emokit.corpora.demo import DEMO
from emokit.corpora.emodb import EMODB
from emokit.corpora.emovo import EMOVO
from emokit.corpora.folder import Listing, listing, tally
from emokit.corpora.ravdess import RAVDESS
from emokit.corpora.savee import SAVEE
from emokit.corpora.tess import TESS
from emokit.emotions import in_order

__all__ = [
    "PUBLISHED", "CorpusError", "about", "counts", "expected", "load", "mapping", "read_clips", "write_clips",
]  # fmt: skip

PUBLISHED = {corpus.name: corpus for corpus in (DEMO, RAVDESS, CREMA_D, EMODB, SAVEE, TESS, EMOVO)}


def load(name: str, data_dir: str | Path) -> pd.DataFrame:
    """The clips of a corpus.

    Args:
        name: one of PUBLISHED.
        data_dir: the folder that its files lie in, at any depth.

    Returns:
        One row a clip, by speaker and file: `file` (absolute), `emotion`, `speaker` ("ravdess/07"), `corpus`, `sex`
        (female, male, NA), `sentence`, `intensity`, `language`, and what else the corpus tells. `attrs["left_out"]`
        tells which sound files were left out, and why.

    Raises:
        CorpusError: in one sentence what was found and what to do.
    """
    corpus = _published(name)
    held = listing(data_dir, corpus.title)
    clips = (corpus.read or named_files.read)(corpus, held)
    if clips.empty:
        raise CorpusError(_other_layout(corpus, held, clips))
    return clips


def expected(name: str) -> dict | None:
    """What a published corpus should have: `clips`, and how many by `emotions` and by `speakers` ("ravdess/07").

    None for a corpus of your own, of which nothing is published.
    """
    if name not in PUBLISHED:
        return None
    corpus = PUBLISHED[name]
    emotions = {emotion: corpus.by_emotion[emotion] for emotion in in_order(corpus.by_emotion)}
    speakers = {f"{name}/{speaker}": number for speaker, number in corpus.by_speaker.items()}
    return {"clips": sum(emotions.values()), "emotions": emotions, "speakers": speakers}


def counts(clips: pd.DataFrame, name: str, by: str = "emotion") -> pd.DataFrame:
    """How many clips of a corpus are there, and how many should be.

    Args:
        clips: as `load` gives; clips of other corpora in it are not counted.
        name: the corpus, as its column `corpus` says.
        by: "emotion" or "speaker".

    Returns:
        A row an emotion or speaker, columns `clips` and `expected` (NA where nothing is published).
    """
    there = clips.loc[clips["corpus"] == name, by].value_counts()
    published = expected(name) or {f"{by}s": {}}
    should = pd.Series(published[f"{by}s"], dtype="Int64")
    names = {*there.index, *should.index}
    rows = in_order(names) if by == "emotion" else sorted(names)
    table = pd.DataFrame({"clips": there.reindex(rows, fill_value=0), "expected": should.reindex(rows)})
    return table.rename_axis(by)


def about(name: str) -> dict[str, str]:
    """Facts to print beside a result: title, licence, citation, url, note."""
    if name not in PUBLISHED:
        return {"title": name, "licence": "not stated", "citation": "", "url": "", "note": "A corpus of your own."}
    corpus = PUBLISHED[name]
    return {fact: getattr(corpus, fact) for fact in ("title", "licence", "citation", "url", "note")}


def mapping(names: Sequence[str]) -> pd.DataFrame:
    """Which code of each corpus became which emotion: a row an emotion, a column a corpus, "" where it has none."""
    columns = {}
    for name in names:
        codes = _published(name).codes["emotion"]
        columns[name] = {
            emotion: ", ".join(code for code, named in codes.items() if named == emotion) for emotion in codes.values()
        }
    table = pd.DataFrame(columns).fillna("")
    return table.reindex(in_order(table.index)).rename_axis("emotion")


def _published(name: str) -> Corpus:
    if name not in PUBLISHED:
        from difflib import get_close_matches

        close = get_close_matches(str(name).lower(), PUBLISHED, n=1)
        near = f" (did you mean {close[0]!r}?)" if close else ""
        raise CorpusError(f"Unknown corpus {name!r}{near}; expected one of {', '.join(PUBLISHED)}.")
    return PUBLISHED[name]


def _other_layout(corpus: Corpus, held: Listing, clips: pd.DataFrame) -> str:
    """Why a folder of sounds gave no clip of this corpus."""
    reasons = "; ".join(f"{reason}: {files}" for reason, files in clips.attrs["left_out"].items())
    like = [other for other in PUBLISHED.values() if any(named_files.fits(other, file) for file in held.sounds)]
    like = [other for other in like if other is not corpus]
    if like:
        remedy = f"it looks like {like[0].title}, so load {like[0].name!r}"
    else:
        remedy = f"clips of {corpus.title} are named like {corpus.example}; choose the folder that holds them"
    return f"{held.root} holds {tally(held.sounds)}, but no clip of {corpus.title} ({reasons}); {remedy}."
