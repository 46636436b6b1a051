"""Which clips there are, who speaks, and which emotion: a folder of audio becomes one table, whatever the corpus.

    >>> clips = corpora.load("ravdess", "data/ravdess")
    >>> corpora.counts(clips, "ravdess")
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from emokit.corpora import named_files, options, together, voted
from emokit.corpora.clips_file import read_clips, write_clips
from emokit.corpora.corpus import Corpus, CorpusError, near
from emokit.corpora.folder import Listing, as_list, is_table, listing, tally
from emokit.corpora.left_out import notes
from emokit.corpora.own import YOUR_OWN, audformat
from emokit.corpora.own.audformat import write_audformat
from emokit.corpora.own.table import Table
from emokit.corpora.own.words import is_missing
from emokit.corpora.published import PUBLISHED
from emokit.corpora.relabel import all_relabelled
from emokit.emotions import in_order

__all__ = [
    "PUBLISHED", "YOUR_OWN", "CorpusError", "about", "counts", "expected", "load", "looks_like", "mapping", "notes",
    "read_clips", "write_audformat", "write_clips",
]  # fmt: skip


def load(
    name: str | Sequence[str],
    data_dir: Table | Sequence[Table],
    *,
    classes: str | Sequence[str] = "shared",
    called: str | Sequence[str] = "",
    labels: str | Mapping[str, str] | None = None,
    **more,
) -> pd.DataFrame:
    """The clips of a corpus, or of several as one.

    Args:
        name: one of PUBLISHED or YOUR_OWN; several as a list, each with a folder of its own.
        data_dir: the folder that the files lie in, at any depth; for "table" its file, or a DataFrame. Several beside
            one name are one corpus, in which a speaker's name is one person.
        classes: "shared" keeps the emotions that every corpus has (of IEMOCAP the four of most publications), "all"
            keeps all, names keep only those.
        called: what to call your own corpora, in `corpus` and before speakers; like their folder or table by default.
            Of several corpora each has its name here, a published one its own.
        labels: {label as given, or its emotion: emotion}, "" leaves out; also as text, "A=angry,calm=neutral,xxx=".
        more: what the reader of your own corpus takes besides: `columns`, `audio_dir` of tables, patterns of folders
            (`own.table.read`, `own.folders.read`, `own.audformat.read`).

    Returns:
        One row a clip, by corpus, speaker and file: `file` (absolute), `emotion`, `speaker` ("ravdess/07"), `corpus`,
        `sex` (female, male, NA), `sentence`, `intensity`, `language`, and what else the corpus tells: `label` as it was
        given, `part` (train, dev, test) where parts are given, `group` of clips that belong together,
        `votes_<emotion>` of several raters (`emokit.votes`), most of whom say the emotion where nothing else does.
        `attrs` tells what was `understood`, which sound files were `left_out` and why, which labels got other names
        (`mapping`), which classes `dropped`; `notes` prints them.

    Raises:
        CorpusError: in one sentence what was found and what to do.
    """
    names, places, titles = as_list(name), _as_places(data_dir), as_list(called)
    titles = titles if any(titles) else [""] * len(names)
    if len(names) == 1:
        places = [places if len(places) > 1 else places[0]]
    if len(names) != len(places):
        raise CorpusError(f"{len(names)} corpora need as many folders, in that order; received {len(places)}.")
    if len(titles) != len(names):
        raise CorpusError(f"{len(names)} corpora are called by as many names, in that order; received {len(titles)}.")
    labels = options.as_pairs(labels, "labels")
    told = {option: value for option, value in more.items() if value}
    if "columns" in told:
        told["columns"] = options.as_pairs(told["columns"], "columns")
    which = zip(names, places, titles, options.taken(names, told), strict=True)
    tables = [_without_missing(_load_one(*one, **own), labels) for *one, own in which]
    tables = [voted.decided(clips, labels) for clips in all_relabelled(tables, labels)]
    return together.choose(together.join(tables) if len(tables) > 1 else tables[0], classes, asked=labels.values())


def looks_like(data_dir: str | Path) -> str:
    """What `load` should call this folder or table: the published corpus that most of its sounds are named like.

    Of your own, "table" by the ending of a file, "audformat" by its db.yaml, else "folders".

    Raises:
        CorpusError: when there is no such folder, or no sound in it.
    """
    path = Path(data_dir).expanduser()
    if is_table(path) and not path.is_dir():
        return "table"
    some = _some(listing(path, "your corpus").sounds)
    nearest, fitting = _nearest(some)
    if 2 * fitting > len(some):
        return nearest.name
    return "audformat" if (path / audformat.HEADER).is_file() else "folders"


def expected(name: str) -> dict | None:
    """What a published corpus should have: `clips`, and how many by `emotions` and by `speakers` ("ravdess/07").

    Also its `rates` (Hz) and `seconds` (the shortest clip, the mean, the longest). What is not known is empty or None,
    as is all of a corpus of your own, of which nothing is published.
    """
    if name not in PUBLISHED:
        return None
    corpus = PUBLISHED[name]
    emotions = {emotion: corpus.by_emotion[emotion] for emotion in in_order(corpus.by_emotion)}
    speakers = {corpus.speaker(speaker): number for speaker, number in corpus.by_speaker.items()}
    clips = sum(emotions.values()) or sum(speakers.values()) or corpus.clips
    told = {"rates": corpus.rates, "seconds": corpus.seconds}
    return {"clips": clips, "emotions": emotions, "speakers": speakers, **told}


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
    """Which code of each published corpus became which emotion: a row an emotion, a column a corpus, "" for none.

    What your own labels became is in `attrs["mapping"]` of the clips.
    """
    columns = {}
    for name in (name for name in names if name not in YOUR_OWN):
        codes = _published(name).codes["emotion"]
        columns[name] = {
            emotion: ", ".join(code for code, named in codes.items() if named == emotion)
            for emotion in filter(None, codes.values())
        }
    table = pd.DataFrame(columns).fillna("")
    return table.reindex(in_order(table.index)).rename_axis("emotion")


def _as_places(data_dir: Table | Sequence[Table]) -> list:
    """Each folder or table, with ~ as the home folder."""
    items = [data_dir] if isinstance(data_dir, pd.DataFrame) else as_list(data_dir)
    if not items:
        raise CorpusError("There is no folder to load from; name it by data_dir.")
    return [item if isinstance(item, pd.DataFrame) else Path(item).expanduser() for item in items]


def _load_one(name: str, place: Table | list[Table], called: str, **own) -> pd.DataFrame:
    if name in YOUR_OWN:
        return YOUR_OWN[name](place, name=called, **own)
    corpus = _published(name)
    folders = place if isinstance(place, list) else [place]
    tables = [_read_published(corpus, folder) for folder in folders]
    return together.with_parts(together.as_one(tables) if len(tables) > 1 else tables[0], folders)


def _read_published(corpus: Corpus, data_dir: str | Path) -> pd.DataFrame:
    found = listing(data_dir, corpus.title)
    try:
        clips = (corpus.read or named_files.read)(corpus, found)
        clips = corpus.votes(clips, found) if corpus.votes else clips
    except CorpusError as error:  # its labels are not there
        other = _other(corpus, found)
        raise CorpusError(f"{str(error).removesuffix('.')}; {other}.") if other else error from None
    if clips.empty:
        raise CorpusError(_other_layout(corpus, found, clips))
    if corpus.read is None and (other := _whose_names(corpus, found, clips)):
        raise CorpusError(f"{found.root} holds {tally(found.sounds)}, few of them clips of {corpus.title}; {other}.")
    return clips


def _without_missing(clips: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Words for no label, such as "none", are no label as given either, unless `labels` names them."""
    if "label" not in clips or not clips["emotion"].isna().any():
        return clips
    words = [word for word in clips["label"].dropna().unique() if is_missing(word) and word not in labels]
    return clips.assign(label=clips["label"].mask(clips["label"].isin(words) & clips["emotion"].isna()))


def _published(name: str) -> Corpus:
    if name not in PUBLISHED:
        known = [*PUBLISHED, *YOUR_OWN]
        raise CorpusError(f"Unknown corpus {name!r}{near(name, known)}; expected one of {', '.join(known)}.")
    return PUBLISHED[name]


def _other_layout(corpus: Corpus, found: Listing, clips: pd.DataFrame) -> str:
    """Why a folder of sounds gave no clip of this corpus."""
    reasons = "; ".join(f"{reason}: {files}" for reason, files in clips.attrs["left_out"].items())
    why = f" ({reasons})" if reasons else ""
    like = f"clips of {corpus.title} are named like {corpus.example}; choose the folder that holds them"
    remedy = _other(corpus, found) or like
    return f"{found.root} holds {tally(found.sounds)}, but no clip of {corpus.title}{why}; {remedy}."


def _other(corpus: Corpus, found: Listing) -> str:
    """Which other corpus a folder looks like, in words; "" where it looks like none."""
    nearest, fitting = _nearest(_some(found.sounds), besides=corpus)
    return f"it looks like {nearest.title}, so load {nearest.name!r}" if fitting else ""


def _whose_names(corpus: Corpus, found: Listing, clips: pd.DataFrame) -> str:
    """As `_other`, where less than half of the names are this corpus's, and another has most, also of what was read."""
    some = _some(found.sounds)
    if 2 * sum(named_files.fits(corpus, file) for file in some) >= len(some):
        return ""
    nearest, fitting = _nearest(some, besides=corpus)
    if 2 * fitting <= len(some):
        return ""
    read = (str(Path(file).relative_to(found.root)) for file in _some(list(clips["file"])))
    return _other(corpus, found) if all(named_files.fits(nearest, file) for file in read) else ""


def _nearest(sounds: Sequence[str], besides: Corpus | None = None) -> tuple[Corpus, int]:
    """The published corpus that most of these files are named like, and how many are."""
    others = [corpus for corpus in PUBLISHED.values() if corpus is not besides]
    fitting = [sum(named_files.fits(corpus, file) for file in sounds) for corpus in others]
    return max(zip(others, fitting, strict=True), key=lambda pair: pair[1])


def _some(files: Sequence[str]) -> Sequence[str]:
    """Of very many files about a thousand, from all over."""
    return files[:: 1 + len(files) // 1000]
