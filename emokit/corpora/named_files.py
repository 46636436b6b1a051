"""Reads a corpus whose file names tell everything: a pattern gives the codes, the corpus's tables the names."""

import os
import re
import stat
from collections import defaultdict

import pandas as pd

from emokit.corpora.corpus import COLUMNS, Corpus
from emokit.corpora.folder import Listing, suffix, tally, unread

PREFERRED = (".wav", ".flac")  # of two copies of a clip in two formats; CREMA-D's MP3s have defects of their own


def read(corpus: Corpus, listing: Listing) -> pd.DataFrame:
    """One row a clip, as `corpora.load` describes; a clip that lies there twice (by name) counts once."""
    rows, left_out = {}, defaultdict(list)
    for file in preferred(listing):
        fields = parse(corpus, file)
        if fields is None:
            left_out[f"not named like a clip of {corpus.title}"].append(file)
        elif not _asked(corpus, fields):
            left_out[f"not the part that {corpus.title} reads"].append(file)
        elif strange := _strange(corpus, fields):
            left_out[f"{strange} unknown to {corpus.title}"].append(file)
        else:
            row = _row(corpus, fields)
            first = rows.setdefault(tuple(row.values()), row | {"file": file})["file"]
            if first != file:
                left_out[second_copy(listing, first, file)].append(file)
    heard = {_stem(file) for file in listing.sounds}
    if unheard := [file for file in listing.others if fits(corpus, file) and _stem(file) not in heard]:
        left_out[f"named like a clip of {corpus.title}, but no sound, by its suffix"] = unheard
    return table(list(rows.values()), listing, left_out)


def preferred(listing: Listing) -> list[str]:
    """The sounds in the order in which copies of a clip are chosen: best format, then largest, then shallowest.

    Of two copies in one format the smaller is usually the one that was cut off.
    """
    return sorted(listing.sounds, key=lambda file: (_rank(file), -_size(listing, file), file.count("/"), file))


def second_copy(listing: Listing, first: str, file: str) -> str:
    """The reason why a copy is left out; one of another size in the same format deserves a look."""
    differs = suffix(first) == suffix(file) and _size(listing, first) != _size(listing, file)
    return "a second copy of a clip" + (", of another size" if differs else "")


def parse(corpus: Corpus, file: str) -> dict[str, str] | None:
    """The codes in a clip's name by column, or None when it is not named like this corpus."""
    found = re.search(f"(?:^|/)(?:{corpus.pattern})$", file[: len(file) - len(suffix(file))])
    return found and found.groupdict()


def fits(corpus: Corpus, file: str) -> bool:
    """Whether a file is named like this corpus, with codes that it has."""
    fields = parse(corpus, file)
    if fields is None or not _asked(corpus, fields) or _strange(corpus, fields):
        return False
    return "emotion" not in fields or fields["emotion"] in corpus.codes["emotion"]


def table(rows: list[dict], listing: Listing, left_out: dict[str, list[str]]) -> pd.DataFrame:
    """Rows with relative `file` as a clips table, by speaker and file; what was left out is in its `attrs`."""
    left_out = left_out | unread(listing)
    rows = sorted(rows, key=lambda row: (row["speaker"] or "", row["file"]))
    told = [column for column in (rows[0] if rows else {}) if any(row[column] is not None for row in rows)]
    more = [column for column in told if column not in COLUMNS]
    clips = pd.DataFrame(rows, columns=[*COLUMNS, *more])
    clips["file"] = [os.path.join(listing.root, file) for file in clips["file"]]  # noqa: PTH118 (Path costs more)
    clips = clips.astype(dict.fromkeys(COLUMNS, "str"))  # also where nothing is known
    clips.attrs = {"left_out": {reason: tally(files) for reason, files in left_out.items()}, "mapping": {}}
    return clips


def _asked(corpus: Corpus, fields: dict[str, str]) -> bool:
    return all(fields[group] == code for group, code in corpus.only.items())


def _strange(corpus: Corpus, fields: dict[str, str]) -> str | None:
    """The column whose code this corpus does not have, if any; of emotions `relabel` tells."""
    for column, code in fields.items():
        if column != "emotion" and code not in (None, *corpus.codes.get(column, {code})):
            return column
    speaker = corpus.name_of("speaker", fields.get("speaker"))
    return "speaker" if corpus.sexes and speaker not in (None, *corpus.sexes) else None


def _row(corpus: Corpus, fields: dict[str, str]) -> dict[str, str | None]:
    names = {column: corpus.name_of(column, code) for column, code in fields.items() if column not in corpus.only}
    known = {"corpus": corpus.name, "sentence": None, "intensity": None, "language": corpus.language}
    speaker = names.get("speaker")
    known |= {"sex": corpus.sexes.get(speaker), "label": fields["emotion"]}
    return known | names | {"speaker": speaker and corpus.speaker(speaker)}


def _stem(file: str) -> str:
    name = file.rpartition("/")[2]
    return name[: len(name) - len(suffix(name))]


def _rank(file: str) -> int:
    ending = suffix(file)
    return PREFERRED.index(ending) if ending in PREFERRED else len(PREFERRED)


def _size(listing: Listing, file: str) -> int:
    """Bytes of a file; -1 for a folder, or what cannot be asked for."""
    try:
        status = os.stat(os.path.join(listing.root, file))  # noqa: PTH116, PTH118
    except OSError:
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1
