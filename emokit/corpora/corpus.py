"""What a published corpus is to emokit: a row of facts, codes and counts. A file a corpus fills one in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

COLUMNS = ("file", "emotion", "speaker", "corpus", "sex", "sentence", "intensity", "language")


class CorpusError(ValueError):
    """A corpus cannot be read as asked; the message says what was found, where, and what to do."""


@dataclass(frozen=True)
class Corpus:
    """One published corpus.

    Attributes:
        name: what `corpora.load` calls it.
        title: what a reader calls it.
        language: ISO 639-1 code.
        licence: as published, in a few words.
        citation: authors, year, where.
        url: where it is published.
        example: path of one clip as the publisher names it.
        pattern: regular expression for a clip's path, at its end and without its suffix. Each named group is a column;
            it is wider than the codes, so that an unknown code is noticed.
        codes: column to {code in the name: name in the table}, None for "not known"; a column without keeps its code.
        sexes: speaker, as the corpus calls them, to sex.
        by_emotion: clips of each emotion.
        by_speaker: clips of each speaker.
        only: groups that must have this code, else the file is no speech clip and is left out.
        note: what a reader should know besides.
        read: reads a listing in place of `named_files.read`, for a corpus whose names do not tell all.
    """

    name: str
    title: str
    language: str
    licence: str
    citation: str
    url: str
    example: str
    pattern: str
    codes: Mapping[str, Mapping[str, str | None]]
    sexes: Mapping[str, str]
    by_emotion: Mapping[str, int]
    by_speaker: Mapping[str, int]
    only: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    read: Callable | None = None

    def name_of(self, column: str, code: str, file: str) -> str | None:
        """The name behind a code.

        Raises:
            CorpusError: naming the file, for a code that the corpus does not have.
        """
        table = self.codes.get(column)
        if table is None:
            return code
        if code not in table:
            known = ", ".join(table)
            raise CorpusError(
                f"{file}: {column} code {code!r} is unknown to {self.title}, which has {known}; "
                "correct the file's name or take the file out of the folder."
            )
        return table[code]

    def sex_of(self, speaker: str, file: str) -> str:
        """The sex of a speaker; raises CorpusError for one that the corpus does not have."""
        if speaker not in self.sexes:
            raise CorpusError(
                f"{file}: speaker {speaker!r} is unknown to {self.title}, which has {len(self.sexes)} from "
                f"{min(self.sexes)} to {max(self.sexes)}; correct the file's name or take the file out of the folder."
            )
        return self.sexes[speaker]
