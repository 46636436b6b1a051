"""Your own corpus as folders, whose names say the emotion, the speaker, the part; or by patterns for the paths."""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import Listing, as_list, is_table, listing, strangers, tally
from emokit.corpora.own import patterns
from emokit.corpora.own.cleaning import as_clips, default_name
from emokit.corpora.own.emotion_words import says_nothing, speaks_of_emotion
from emokit.corpora.own.layout import SPEAKER, Level, Said, at_level, levels_of, said_by, same_names, understand


def read(
    data_dir: str | Path | Sequence[str | Path], name: str = "", emotion_pattern: str = "", speaker_pattern: str = ""
) -> pd.DataFrame:
    """The clips of a folder, or of several as one corpus, by what the names of the folders in it say.

    The level of folders most of which are emotions is the class, one of parts the part, and a level that remains the
    speaker; `attrs["understood"]` tells what each was taken for.

    Args:
        data_dir: the folder, or several; the same name of a speaker is the same person in all.
        name: what to call the corpus; like the folder by default.
        emotion_pattern: regular expression whose first group in a path is the emotion, such as r"_([a-z]+)$". Paths
            are relative to `data_dir`, with forward slashes and without their suffix; where the pattern is found in
            none of them, it is looked for in the names of the files.
        speaker_pattern: the same for the speaker.

    Raises:
        CorpusError: where nothing speaks of emotions, or a pattern finds nothing.
    """
    found = [listing(folder, "your corpus") for folder in as_list(data_dir)]
    _require_apart_and_inside(found)
    files = [file for one in found for file in one.sounds]
    within = [_folder(file, one if len(found) > 1 else None) for one in found for file in one.sounds]
    numbers = Counter(within)
    levels = levels_of(numbers, first=0 if len(found) > 1 else 1)
    given = {"emotion": emotion_pattern, "speaker": speaker_pattern}
    hits = {what: patterns.search(pattern, files, f"{what}_pattern") for what, pattern in given.items() if pattern}
    for level in levels:
        if "emotion" in hits and level.number in hits["emotion"].levels:
            level.role = "emotion, by emotion_pattern"
    understand(levels, len(files), emotion="emotion" not in hits, speaker="speaker" not in hits)
    if "emotion" not in hits and not any(level.tells("emotion") for level in levels):
        raise CorpusError(_silent(found, levels, files))
    rows, left_out = _rows(found, within, {folder: said_by(levels, folder) for folder in numbers}, hits)
    if rows.empty:
        reasons = "; ".join(f"{reason}: {tally(names)}" for reason, names in left_out.items())
        raise CorpusError(f"None of {len(files):,} files is left ({reasons}); change the pattern or the folders.")
    name = name or default_name([one.root for one in found], "folders")
    clips = as_clips(rows, name, None, found[0].root)  # None: they lie inside, as was seen
    clips.attrs["left_out"] |= {reason: tally(names) for reason, names in left_out.items()}
    for one in found:
        clips.attrs["left_out"] |= {_of(one, found) + reason: names for reason, names in strangers(one).items()}
    clips.attrs["understood"] = _understood(found, levels, hits, clips)
    return clips


def _folder(file: str, one: Listing | None) -> str:
    """The folder of a clip below the corpus folder; below that of the corpus folder's own where there are several."""
    folder = file.rpartition("/")[0]
    return folder if one is None else f"{one.root.name}/{folder}".rstrip("/")


def _rows(
    found: Sequence[Listing], within: Sequence[str], said: dict[str, Said | str], hits: dict[str, patterns.Found]
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """What is said of each clip, and the files that are left out by the reason why."""
    rows, left_out, roots = [], defaultdict(list), [str(one.root).rstrip("/") for one in found]
    places = [(number, file) for number, one in enumerate(found) for file in one.sounds]
    for n, (number, file) in enumerate(places):
        texts = {what: hit.texts[n] for what, hit in hits.items()}
        missed = [f"nothing found by {what}_pattern" for what, text in texts.items() if not text]
        known = said[within[n]]
        reason = missed[0] if missed else known if isinstance(known, str) else ""
        if reason:
            left_out[_of(found[number], found) + reason].append(file)
        else:
            rows.append({"file": f"{roots[number]}/{file}", **known._asdict(), **texts})
    return pd.DataFrame(rows, columns=["file", *Said._fields]).dropna(axis="columns", how="all"), left_out


def _require_apart_and_inside(found: Sequence[Listing]) -> None:
    """Refuse a link that leads out of the folders given, and a folder given that lies in another one."""
    for one in found:
        for other in found:
            if one is not other and one.root.is_relative_to(other.root):
                raise CorpusError(
                    f"{one.root} lies in {other.root}, so its clips would be there twice; give one of them."
                )
    given = " and ".join(str(one.root) for one in found)
    roots = tuple(os.path.join(os.path.realpath(one.root), "") for one in found)  # noqa: PTH118
    for one in found:
        for file in one.linked:
            if not os.path.realpath(one.root / file).startswith(roots):
                raise CorpusError(
                    f"{one.root} names {file!r}, a link out of {given}; put the file itself there, or give the folder "
                    "that it leads to beside this one."
                )


def _of(one: Listing, found: Sequence[Listing]) -> str:
    """Before a reason: which of several folders it is of."""
    alike = [other for other in found if other.root.name == one.root.name]
    return f"{one.root.name if len(alike) == 1 else one.root}: " if len(found) > 1 else ""


def _understood(
    found: Sequence[Listing], levels: Sequence[Level], hits: dict[str, patterns.Found], clips: pd.DataFrame
) -> list[str]:
    """Sentences that tell what each level and each pattern was taken for, and what is not known."""
    told = [f"{level}: {level.role}{_strange_classes(level)}" for level in levels]
    for what, hit in hits.items():
        where = "names of the files, since no path has it" if hit.in_names else "paths"
        words = sorted({text for text in hit.texts if text})
        told.append(f"{what}_pattern, {len(words)} found in the {where}, such as {words[0]!r}: {what}")
    if clips["speaker"].isna().all():
        told.append(f"no speaker is known; speaker_pattern tells them, such as '{patterns.SPEAKER_EXAMPLE}'")
    elif clips["speaker"].isna().any():
        told.append(f"{clips['speaker'].isna().sum():,} clips without speaker, by a name such as 'unknown' or none")
    if "speaker" not in hits and (same := same_names(clips)):
        told.append(f"{same}; if these are versions of the same recordings, tell the speakers by speaker_pattern")
    if "part" in clips and clips["part"].isna().any():
        told.append(f"{clips['part'].isna().sum():,} clips lie in no folder of a part")
    for file in _tables(found):
        told.append(f"{file}, which lies here too, was not read; corpus table with data_dir …/{file} reads it")
    return told


def _tables(found: Sequence[Listing]) -> list[str]:
    """The one table beside the folders, if there is one; notes and settings are none."""
    likely = [file for one in found for file in one.others if is_table(Path(file)) and "/" not in file]
    likely = [file for file in likely if not file.lower().endswith((".txt", ".json"))]
    return likely if len(likely) == 1 else []


def _strange_classes(level: Level) -> str:
    """Which of the classes are no words for an emotion that are known here."""
    words = sorted({said.emotion for said in level.said.values() if said.emotion})
    strange = [repr(word) for word in words if not speaks_of_emotion(word) and not says_nothing(word)]
    return f"; {', '.join(strange[:5])}{' …' if len(strange) > 5 else ''} kept as said" if strange else ""


def _silent(found: Sequence[Listing], levels: Sequence[Level], files: Sequence[str]) -> str:
    """Why no class was found: how the folders were understood, and patterns that would do."""
    open_to = [level for level in levels if level.number and level.role not in ("part", "sex") and len(level.names) > 1]
    called = [level for level in open_to if all(map(SPEAKER.match, level.names))]
    others = [level for level in open_to if level not in called]
    by_name = patterns.that_would_do(files)
    emotion = by_name or (at_level(others[-1].number) if others else patterns.that_finds(files[0]))
    people = [*called, *(others if by_name else others[:-1])]
    speaker = at_level(people[0].number) if people else patterns.SPEAKER_EXAMPLE
    where = "; ".join(f"{level}{': part' * level.tells('part')}" for level in levels)
    where = where or f"no folders, files such as {files[0]!r}"
    tables = "".join(f", or read {file}, which lies there, by corpus table from …/{file}" for file in _tables(found))
    return (
        f"No level of folders in {' and '.join(str(one.root) for one in found)} speaks of emotions by half its names "
        f"({where}); say where a path does by emotion_pattern, such as '{emotion}', and speaker_pattern, such as "
        f"'{speaker}'{tables}."
    )
