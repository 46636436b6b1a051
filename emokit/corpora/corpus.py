"""What a published corpus is to emokit: a row of facts, codes and counts. A file a corpus fills one in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

COLUMNS = ("file", "emotion", "speaker", "corpus", "sex", "sentence", "intensity", "language")


class CorpusError(ValueError):
    """A corpus cannot be read as asked; the message says what was found, where, and what to do."""


def near(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest to this one, as a hint in a sentence, or nothing."""
    close = get_close_matches(str(name).lower(), known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


@dataclass(frozen=True)
class Archive:
    """A zip to download: its address, "algorithm:hex" of its bytes, how many they are, and how many unpacked."""

    url: str
    checksum: str
    size: int
    unpacked: int


@dataclass(frozen=True)
class Corpus:
    """One published corpus; each file in `published` is one, and its docstring names where its facts are from."""

    name: str  # what `corpora.load` calls it
    title: str  # what a reader calls it
    language: str  # ISO 639-1 code, or "mul" for several
    licence: str  # as published, in a few words
    citation: str  # authors, year, where
    url: str  # where it is published
    example: str  # path of one clip as the publisher names it
    # Regular expression for a clip's path, at its end and without its suffix. Each named group is a column; it is wider
    # than the codes, so that an unknown code is noticed.
    pattern: str
    # column: {code: name}, None for "not known"; of other columns the code is kept. An emotion that is None or not here
    # is left out, unless `labels` of `corpora.load` names it.
    codes: Mapping[str, Mapping[str, str | None]]
    sexes: Mapping[str, str] = field(default_factory=dict)  # of all speakers, where no group `sex` tells it
    by_emotion: Mapping[str, int] = field(default_factory=dict)  # clips, as counted by those who published them
    by_speaker: Mapping[str, int] = field(default_factory=dict)
    clips: int | None = None  # in all, and how many speakers, where not counted one by one
    speakers: int | None = None
    only: Mapping[str, str] = field(default_factory=dict)  # group: code of speech clips; others are left out
    rate: int | tuple[int, ...] | None = None  # Hz, as published; several where the originals differ
    # The shortest clip, the mean, the longest; None for one that is not known, or known too roughly to check a copy by.
    seconds: tuple[float | None, float, float | None] | None = None
    # Test speakers of each fold of EmoBox (Ma et al. 2024, arXiv 2406.07162), so that figures can be compared with its
    # table; none where its folds share speakers.
    folds: Sequence[Sequence[str]] = ()
    archive: Archive | None = None  # what `fetch` downloads
    files_at: str = ""  # instead, the address below which each file in checksums/<name>.sha256.xz lies
    by_hand: str = "get it from {url}, and place it so that {clip} is there"  # or in {folder}; "" for what comes along
    old_names: Mapping[str, str] = field(default_factory=dict)  # earlier stems of files: those of today
    note: str = ""  # what a reader should know besides
    read: Callable | None = None  # in place of `named_files.read`, where names do not tell all
    # (clips, listing) → clips with `votes_<code>`, where listeners' votes lie beside clips whose names tell the rest.
    votes: Callable | None = None
    usual: Sequence[str] = ()  # the emotions of most publications, which classes="shared" keeps; all where empty
    speakers_of: str = ""  # the corpus whose speakers these are, where it is a second part of that one

    @property
    def rates(self) -> tuple[int, ...]:
        """The published sampling rates, none where none is known."""
        return self.rate if isinstance(self.rate, tuple) else (self.rate,) if self.rate else ()

    def name_of(self, column: str, code: str | None) -> str | None:
        """The name behind a code; the code itself in a column without codes, None for one that the corpus has not."""
        names = self.codes.get(column)
        return code if names is None else names.get(code)

    def speaker(self, name: str) -> str:
        """What `corpora.load` calls a speaker: "ravdess/07"."""
        return f"{self.speakers_of or self.name}/{name}"
