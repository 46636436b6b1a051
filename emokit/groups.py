"""What belongs together and stays in one part of a split: copies of a sound, clips of a recording or a dialogue."""

import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

DIALOGUES = ("group", "dialog", "dialogue")  # columns; the first that says something of a clip holds
MOST_SHARED = 0.05  # s; stretches that share no more are neighbours whose times are rounded
# What copies are called by at the end of their names: x_noise, x_pitch_up2, x-time_stretch-0.8, x_aug1, x - Copy.
COPY_WORD = re.compile(
    r"(?:(?:white|time|pitched|pitch|noise|noisy|awgn|snr|babble|reverb|echo|shifted|shift|stretched|stretch|speed|"
    r"tempo|gain|volume|augmented|augmentation|augm|aug|copy|kopie|copie|copia)n?)+[+-]?\d*"
)
# Words that mean other things too: of a name where the bare one lies beside it, of folders that hold the same names.
ALTERED = COPY_WORD.pattern + r"|(?:originals?|orig|raw|cleaned|clean|ps|ts|sp|fast|slow|denoised|enhanced)[+-]?\d*"
LIKELY_WORD = re.compile(ALTERED + r"|(?:high|low|up|down)[+-]?\d*")
FOLDER_WORD = re.compile(ALTERED + r"|(?:phone|telephone|mic|microphone|studio)\d*|\d+db")
MORE_OF_IT = re.compile(r"(?:up|down|high|low|fast|slow|n)?[+-]?\d*(?:db|st|x)?|\(\d+\)")
FILE = re.compile(r"(?s)^(?P<folder>.*/)?(?P<stem>[^/]+?)(?:\.\w{1,5})?$")
# Somewhere in every name that one of the above, or a word of capitals, or a number in brackets, makes a copy's.
WORDED = re.compile(rf"(?i){FOLDER_WORD.pattern}|high|low|up|down|\(\d+\)")
WORDS = re.compile(r"([ ._-]+)")
CAPITALS = re.compile(rf"(.+?)(?<=[a-z\d])(?:(?=[A-Z])(?i:{LIKELY_WORD.pattern}))+")  # xPitchUp
NUMBERED = re.compile(r"(?s)^(.+?)[ _]?\(\d+\)$")  # x (1), as a browser calls a second download of x


def of(clips: pd.DataFrame, measured: pd.DataFrame | None = None) -> pd.Series:
    """Name the group of each clip that does not stand alone.

    Clips of one `group`, or else of one `dialog` or `dialogue`, belong together whoever speaks: partners hear and
    answer each other. So do stretches (`start`, `end`) of one `recording` that overlap. Clips of one recording, of one
    sound (`digest`; what the fingerprint finds `alike`) and of names like copies belong together too, but where several
    speakers are said to be in them each has a group of his own: of a recording the speakers are the better tie, and a
    copy under another name is a fault that the audit finds.

    Args:
        clips: with `file`; `corpus`, `speaker`, `emotion` and the columns above where known.
        measured: of these clips, as `audit.measure` gives; without, only a `digest` among the columns tells the sound.

    Returns:
        Text with the index of `clips`: number and first clip of the group, NA for a clip that stands alone.
    """
    table = clips.reset_index(drop=True)
    if measured is not None:
        table = table.assign(**{name: measured[name].to_numpy() for name in ("digest", "alike")})
    ties = [_dialogues(table), _overlapping(table)]
    ties += [_of_one_speaker(tie, table) for tie in (_recordings(table), _sounds(table), by_name(table))]
    number = _joined(ties, len(table))
    several = number.duplicated(keep=False)
    number, first = pd.factorize(number[several])[0] + 1, ~number[several].duplicated()
    names = table.loc[several, "file"][first].astype("str").str.rsplit("/", n=2).str[-2:].str.join("/").to_numpy()
    groups = pd.Series(pd.NA, clips.index, dtype="string")
    groups[several.to_numpy()] = [f"{n} {names[n - 1]}" for n in number]
    return groups


def together(clips: pd.DataFrame) -> pd.Series:
    """A number for each clip, one for those of a group and for those of the same samples, whoever is said to speak."""
    ties = [tie.reset_index(drop=True) for tie in (of(clips), clips.get("digest")) if tie is not None]
    return _joined(ties, len(clips)).set_axis(clips.index)


def tied_speakers(clips: pd.DataFrame) -> dict[str, str]:
    """How each speaker is dealt: "a & b" where the two share a group, as partners of a dialogue do, else "a" alone."""
    table = clips[clips["speaker"].notna()].reset_index(drop=True)
    number = _joined([table["speaker"], _dialogues(table), _overlapping(table)], len(table))
    pairs = pd.DataFrame({"speaker": table["speaker"], "number": number}).drop_duplicates().sort_values("speaker")
    return dict(zip(pairs["speaker"], pairs.groupby("number")["speaker"].transform(" & ".join), strict=True))


def by_name(clips: pd.DataFrame) -> pd.Series:
    """Which clips are named like copies of one: x_noise.wav and x_pitch2.wav, with x.wav where it is there.

    The source is looked for in the folder of the copy, else among the clips of its corpus, speaker and emotion. Names
    that may mean another thing too (x_slow, noise_x, xPitch, x (1)) count where x is in that folder; x_1 is a take. So
    do files of one name in folders that are called like versions: orig/sad/x.wav and pitch/sad/x.wav.

    Returns:
        A text that those of one source share, NA for the others; index of `clips`.
    """
    table = clips.reset_index(drop=True)
    path = table["file"].astype("str")
    if {"recording", "start"} <= {*table}:
        path = table["recording"].astype("str").where(table["start"].notna(), path)  # of a stretch
    parts = path.str.extract(FILE).fillna("")
    folder, stem = parts["folder"], parts["stem"]
    source = _renamed(stem, source_of)
    here, there = folder + source, _joined_texts(table, ("corpus", "speaker", "emotion")) + "/" + source
    bare = set((folder + stem)[source == stem])
    likely = _likely_source(folder, stem, bare).where(source == stem)
    here, copied = likely.fillna(here), (source != stem) | likely.notna()
    lonely = copied & np.array([one not in bare for one in here], bool)
    ties = [here[here.isin(here[copied])], there[there.isin(there[lonely]) & (lonely | ~copied)]]
    ties.append(_in_versions(folder, stem, table))
    number = _joined(ties, len(table))
    several = path.groupby(number).transform("nunique") > 1
    return number.astype("string").where(several).set_axis(clips.index)


def source_of(stem: str) -> str:
    """The name of what a file of this name is a copy of; the name itself, where it does not end like a copy's.

    >>> source_of("03-01_pitch_up2"), source_of("x - Copy (2)"), source_of("low_noise_3"), source_of("anger_2")
    ('03-01', 'x', 'low', 'anger_2')
    """
    return "".join(_without_last(WORDS.split(stem), COPY_WORD))


def without_version(folder: str) -> str:
    """The name of a folder without the words for a version of recordings; "" where nothing else is in it.

    >>> without_version("angry_pitch"), without_version("noisy-angry"), without_version("snr10"), without_version("bea")
    ('angry', 'angry', '', 'bea')
    """
    words = _without_last(["", "_", *WORDS.split(folder)], FOLDER_WORD)[2:]
    return "".join(_without_last(words[::-1], FOLDER_WORD)[::-1])


def _without_last(words: list[str], version: re.Pattern) -> list[str]:
    """Words and what is between them, without the last ones from the first that says `version`; one stays always."""
    kept = end = len(words)
    while end > 2:
        word = words[end - 1].lower()
        if version.fullmatch(word):
            kept = end - 2
        elif not MORE_OF_IT.fullmatch(word):
            break
        end -= 2
    return words[:kept]


def _likely_source(folder: pd.Series, stem: pd.Series, bare: set[str]) -> pd.Series:
    """Folder and name of the `bare` file that a clip may be a copy of, by words that alone do not say so; else NA."""
    source = pd.Series(pd.NA, stem.index, dtype="string")
    for way in (_unnumbered, _without_ending, _without_beginning, _without_capitals):
        renamed = _renamed(stem, way)
        path = (folder + renamed)[renamed != stem]
        source = source.fillna(path[[one in bare for one in path]])  # `isin` makes Arrow text of every bare name
    return source


def _renamed(names: pd.Series, way: Callable[[str], str]) -> pd.Series:
    """What `way` makes of each name; it leaves those as they are in which no word of a copy stands, as most of them."""
    worded = names[names.str.contains(WORDED)]
    renamed = worded.map({name: way(name) for name in worded.unique()})
    return names.where(~names.index.isin(worded.index), renamed.reindex(names.index)).astype("str")


def _unnumbered(stem: str) -> str:
    return NUMBERED.sub(r"\1", stem)


def _without_ending(stem: str) -> str:
    return "".join(_without_last(WORDS.split(stem), LIKELY_WORD))


def _without_beginning(stem: str) -> str:
    return "".join(_without_last(WORDS.split(stem)[::-1], LIKELY_WORD)[::-1])


def _without_capitals(stem: str) -> str:
    found = CAPITALS.fullmatch(stem)
    return found[1] if found else stem


def _in_versions(folder: pd.Series, stem: pd.Series, table: pd.DataFrame) -> pd.Series:
    """Which files have one path but for words for a version in the names of their folders."""
    plain = {path: "/".join(filter(None, map(without_version, path.split("/")))) for path in folder.unique()}
    name = _renamed(_renamed(stem, _without_ending), _without_beginning)
    path = folder.map(plain).astype("str") + "/" + name
    path = _joined_texts(table, ("corpus",)) + "/" + path
    return path[folder.groupby(path).transform("nunique") > 1]


def _dialogues(table: pd.DataFrame) -> pd.Series:
    said = pd.Series(pd.NA, table.index, dtype="string")
    for column in DIALOGUES:
        if column in table:
            said = said.fillna(column + " " + table[column].astype("string"))
    return _joined_texts(table, ("corpus",)) + "/" + said


def _overlapping(table: pd.DataFrame) -> pd.Series:
    """Which stretches of one recording share more than a moment of it, directly or by others."""
    if not {"recording", "start", "end"} <= {*table}:
        return pd.Series(dtype="string")
    known = table[table["recording"].notna()]
    times = pd.DataFrame({"recording": known["recording"], "start": known["start"].fillna(0).astype(float)})
    times = times.assign(end=known["end"].fillna(np.inf).astype(float)).sort_values(["recording", "start"])
    before = times.groupby("recording")["end"].cummax().groupby(times["recording"]).shift()
    return (~(times["start"] < before - MOST_SHARED)).cumsum().astype("string")


def _recordings(table: pd.DataFrame) -> pd.Series:
    if "recording" not in table:
        return pd.Series(dtype="string")
    return _joined_texts(table, ("corpus",)) + "/" + table["recording"].astype("string")


def _sounds(table: pd.DataFrame) -> pd.Series:
    """Which clips hold one sound, in the same samples or as the fingerprint finds."""
    if "digest" not in table:
        return pd.Series(dtype="string")
    digest = table["digest"].astype("string")
    copies = table["alike"].map(list).explode().astype("string") if "alike" in table else digest[:0]
    return _joined([pd.concat([digest, copies])], len(table)).astype("string")


def _of_one_speaker(tie: pd.Series, table: pd.DataFrame) -> pd.Series:
    """A tie that holds within each speaker only, where several are named in it."""
    if "speaker" not in table:
        return tie
    speaker = table["speaker"].reindex(tie.index)
    several = speaker.groupby(tie).transform("nunique") > 1
    return tie.where(~several, tie + " " + speaker.fillna("").astype("string"))


def _joined_texts(table: pd.DataFrame, columns: Iterable[str]) -> pd.Series:
    texts = pd.Series("", table.index, dtype="string")
    for column in columns:
        if column in table:
            texts += "/" + table[column].astype("string").fillna("")
    return texts


def _joined(ties: Iterable[pd.Series], n: int) -> pd.Series:
    """Number the rows 0 … n - 1: those that share a name in any tie, directly or by others, alike.

    A tie has names by row, NA for none; a row may stand there several times, with a name each.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = pd.concat([f"{place} " + tie.dropna().astype("str") for place, tie in enumerate(ties)])
    codes, known = pd.factorize(names)
    size = n + len(known)
    graph = coo_array((np.ones(len(names)), (names.index.to_numpy(int), n + codes)), shape=(size, size))
    return pd.Series(connected_components(graph, directed=False)[1][:n])
