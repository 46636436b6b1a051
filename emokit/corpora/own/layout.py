"""How folders are laid out: which level of them names the emotion, the speaker, the part, the sex."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from emokit.corpora.corpus import CorpusError
from emokit.corpora.own.cleaning import SEXES
from emokit.corpora.own.emotion_words import says_nothing, speaks_of_emotion
from emokit.corpora.own.words import part_in, part_of
from emokit.groups import without_version

SEPARATOR = re.compile(r"[_\-. ]+")
SPEAKER = re.compile(r"(spk|speaker|spkr|actor|actress|subject|subj|participant|person|voice)(?![a-z])", re.IGNORECASE)
# Levels of such names are no people: taken for them, one person would be several.
NO_SPEAKER = re.compile(
    r"(take|session|fold|day|batch|set|sentence|text|utterance|utt|clip|recording|rec|wav|audio|clean|noisy|noise|"
    r"original|augmented|pitch|speed|shift|\d+k(hz)?)s?[\W_]*([a-z]|\d+)?",
    re.IGNORECASE,
)
VERSIONS = "not read, since they are called like versions of the same recordings, not like speakers"
SHOWN = 5  # names of folders
MANY = 10  # folders with one clip each are clips, not speakers; of fewer nothing is said


class Said(NamedTuple):
    """What the folders of a clip say of it; None where they say nothing."""

    emotion: str | None = None
    speaker: str | None = None
    part: str | None = None
    sex: str | None = None


@dataclass
class Level:
    """The folders at one depth below the corpus folder, and what they were taken for."""

    number: int  # 1 for the folders in the corpus folder, 0 for those themselves where several were given
    names: list[str]
    said: dict[str, Said] = field(default_factory=dict)  # by name; what is not in it says nothing
    role: str = ""

    def tells(self, what: str) -> bool:
        """Whether some name here says what the emotion, speaker, part or sex is."""
        return any(getattr(said, what) for said in self.said.values())

    def __str__(self) -> str:
        where = f"level {self.number}" if self.number else "the folders given"
        number = f"{len(self.names):,} folders such as" if len(self.names) > 1 else "one folder,"
        return f"{where}, {number} {self.names[0]!r}"


def levels_of(folders: Collection[str], first: int = 1) -> list[Level]:
    """The levels of folders given by their paths, "" for none, from the top; the top one has the number `first`."""
    paths = [folder.split("/") for folder in folders if folder]
    deepest = max(map(len, paths), default=0)
    return [Level(n + first, sorted({path[n] for path in paths if len(path) > n})) for n in range(deepest)]


def understand(levels: Sequence[Level], n_clips: int, *, emotion: bool = True, speaker: bool = True) -> None:
    """Give each level that has no role its own: part, emotion, sex, speaker, or why it is not read.

    Args:
        levels: as `levels_of` gives them; one whose role is known already keeps it.
        n_clips: how many clips lie below them.
        emotion: whether the folders are asked for it, and not a pattern.
        speaker: likewise.

    Raises:
        CorpusError: when two levels speak of emotions.
    """
    _find_parts(levels)
    speaking = {level.number: pairs for level in _free(levels) if (pairs := _emotions_in(level.names))}
    if emotion:
        _find_emotions(_free(levels), speaking)
    for level in _free(levels):
        if level.number in speaking and _rank(level, speaking[level.number])[1] > 0.5:  # or a speaker is called Joy
            level.role = "not read, since the emotion is found elsewhere"
    for level in _free(levels):
        if len(level.names) > 1 and _meant_by(level.names) == "sex":
            level.role, level.said = "sex", {name: _said("sex", name) for name in level.names}
    if speaker and not any(level.tells("speaker") for level in levels):
        _find_speakers(levels, n_clips)
    for level in _free(levels):
        level.role = "not read" if len(level.names) > 1 else "not read, since there is but one"


def said_by(levels: Sequence[Level], folder: str) -> Said | str:
    """What the folders of a clip say together, or the reason why it is left out.

    Args:
        levels: as `understand` left them.
        folder: the clip's folder, as it was given to `levels_of`.
    """
    names = folder.split("/") if folder else []
    pairs = list(zip(levels, names, strict=False))
    known = [level.said.get(name, Said()) for level, name in pairs]
    if any(level.tells("part") and name not in level.said for level, name in pairs):
        return "beside the folders of the parts"
    said = Said(*(next((value for value in values if value), None) for values in zip(*known, strict=True)))
    asked = next((level for level in levels if level.tells("emotion")), None)
    if asked is None:
        return said
    if all(level is not asked for level, _ in pairs):
        return "in no class folder"
    if not said.emotion:
        return "in a folder that names no emotion"
    elsewhere = any(speaks_of_emotion(name) for level, name in pairs if level is not asked)
    stranger = not speaks_of_emotion(said.emotion)
    if stranger and (part_of(said.emotion) or elsewhere):
        return "in folders of another order than the rest"
    return said


def are_versions(names: Collection[str]) -> bool:
    """Whether at least half of the folders at a level are called like versions of recordings, as orig and pitch are."""
    return 2 * sum(not without_version(name) for name in names) >= len(names)


def _free(levels: Iterable[Level]) -> list[Level]:
    return [level for level in levels if not level.role]


def _find_parts(levels: Sequence[Level]) -> None:
    """The first level of which at least half of the names are words for a part, and fewer are emotions."""
    for level in _free(levels):
        parts = {name: (part_of if level.number else part_in)(name) for name in level.names}
        known = {name: Said(part=part) for name, part in parts.items() if part}
        if known and 2 * len(known) >= len(parts) and not _most_speak(level.names):
            level.role, level.said = "part", known
            return


def _find_emotions(levels: Sequence[Level], speaking: dict[int, dict[str, tuple[str, str]]]) -> None:
    """Of the levels that speak of emotions the one that does so most becomes that of the classes."""
    candidates = [level for level in levels if level.number in speaking]
    if not candidates:
        return
    ranks = [_rank(level, speaking[level.number]) for level in candidates]
    best = [level for level, rank in zip(candidates, ranks, strict=True) if rank == max(ranks)]
    level = best[-1]
    if len(best) > 1 and len(level.names) > 1:
        raise CorpusError(
            f"Two levels of folders speak of emotions ({best[0]}; {level}); say which is the class by "
            f"emotion_pattern, such as '{at_level(level.number)}'."
        )
    pairs = speaking[level.number]
    what = _meant_by({rest for _, rest in pairs.values()})
    level.said = {name: _said(what, rest)._replace(emotion=emotion) for name, (emotion, rest) in pairs.items()}
    level.role = f"{what} and emotion" if what else "emotion"


def _meant_by(names: Collection[str]) -> str:
    """What names that are no emotions tell: "part", "sex", "speaker", or "" for nothing."""
    if not any(names) or all(map(NO_SPEAKER.fullmatch, names)):
        return ""
    if all(map(part_of, names)):
        return "part"
    return "sex" if all(name.lower() in SEXES for name in names) else "speaker"


def _said(what: str, name: str) -> Said:
    return Said(**{what: part_of(name) if what == "part" else name}) if what else Said()


def _rank(level: Level, pairs: dict[str, tuple[str, str]]) -> tuple:
    """Several names before one that encloses all; then the share of emotions among them."""
    words = {emotion for emotion, _ in pairs.values() if not says_nothing(emotion)}
    return len(level.names) > 1, sum(map(speaks_of_emotion, words)) / max(1, len(words))


def _emotions_in(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The emotion in each name of a level, and what else it says or ""; empty where fewer than half are emotions."""
    plain = {name: without_version(name) or name for name in names}  # angry_pitch is angry
    found = _emotions_in_plain(sorted({*plain.values()}))
    return {name: found[word] for name, word in plain.items() if word in found}


def _emotions_in_plain(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    if _most_speak(names):
        return {name: (name, "") for name in names}
    for divide in (_ends_with_emotion, _begins_with_emotion):
        found = {name: pair for name in names if (pair := divide(name, speaks_of_emotion))}
        if found and 2 * len(found) >= len(names):
            rests = {rest for _, rest in found.values()}
            for name in set(names) - set(found):  # bea_Jolly beside bea_angry
                turned = divide(name, lambda text: True, rests.__contains__)
                found |= {name: turned} if turned else {}
            return _without_numbers(found, last=divide is _begins_with_emotion)
    return {}


def _most_speak(names: Iterable[str]) -> bool:
    """Whether at least half of these names, those that say nothing apart, are emotions."""
    told = [speaks_of_emotion(name) for name in names if not says_nothing(name)]
    return bool(told) and 2 * sum(told) >= len(told)


def _ends_with_emotion(name: str, good: Callable, good_rest: Callable = bool) -> tuple[str, str] | None:
    halves = ((name[found.end() :], name[: found.start()]) for found in SEPARATOR.finditer(name))
    return next((half for half in halves if good(half[0]) and good_rest(half[1])), None)


def _begins_with_emotion(name: str, good: Callable, good_rest: Callable = bool) -> tuple[str, str] | None:
    halves = [(name[: found.start()], name[found.end() :]) for found in SEPARATOR.finditer(name)]
    return next((half for half in reversed(halves) if good(half[0]) and good_rest(half[1])), None)


def _without_numbers(found: dict[str, tuple[str, str]], last: bool) -> dict[str, tuple[str, str]]:
    """Nothing else where it is the same for all, or only numbers: 1_angry, 2_sad, or angry_1, angry_2 (`last`)."""
    rests = [rest for _, rest in found.values()]
    numbered = all(rest.isdecimal() for rest in rests) and (last or len(set(rests)) == len(rests))
    if len(set(rests)) == 1 or numbered:
        return {name: (emotion, "") for name, (emotion, _) in found.items()}
    return found


def _find_speakers(levels: Sequence[Level], n_clips: int) -> None:
    """The one level that remains is offered as the speaker; of several none, unless one is called so."""
    several = [level for level in _free(levels) if len(level.names) > 1 and level.number]
    remaining = []
    for level in several:
        if are_versions(level.names):
            level.role = f"{VERSIONS}; name speakers by speaker_pattern"
        elif not _meant_by(level.names):
            level.role = "not read, since such names are no speakers; else say so by speaker_pattern"
        elif len(level.names) == n_clips >= MANY:
            level.role = "not read, since each holds one clip"
        else:
            remaining.append(level)
    called = [level for level in remaining if all(map(SPEAKER.match, level.names))]
    if len(remaining) > 1 and len(called) != 1:
        for level in remaining:
            example = at_level(level.number)
            level.role = f"not read, since several levels may be the speaker; if it is, speaker_pattern '{example}'"
    elif remaining:
        (level,) = called or remaining
        level.role, level.said = "speaker", {name: _said("speaker", name) for name in level.names}


def at_level(number: int) -> str:
    """A pattern that finds the name of the folder at a level, counted from 1.

    >>> at_level(1), at_level(3)
    ('^([^/]+)/', '^[^/]+/[^/]+/([^/]+)/')
    """
    return "^" + "[^/]+/" * (number - 1) + "([^/]+)/"


def same_names(clips: pd.DataFrame) -> str:
    """Which folders of speakers hold the same file names, in half of their clips, in words; "" for none.

    Folders that are called speaker, actor or the like are believed.
    """
    known = clips[clips["speaker"].notna()]
    speakers = [speaker.rpartition("/")[2] for speaker in known["speaker"]]
    paths = [file.rpartition("/")[::2] for file in known["file"].astype("str")]
    pairs = {(folder, speaker) for (folder, _), speaker in zip(paths, speakers, strict=True)}
    rests = {pair: _without(*pair) for pair in pairs}
    rest = [rests[folder, speaker] for (folder, _), speaker in zip(paths, speakers, strict=True)]
    table = pd.DataFrame({"speaker": speakers, "rest": rest, "name": [name for _, name in paths]}, dtype="str")
    shared = table.groupby(["rest", "name"])["speaker"].transform("nunique") > 1
    shares = shared.groupby(table["speaker"]).mean()
    names = sorted(shares.index[shares >= 0.5])
    shown = names if len(names) <= SHOWN else [*names[:SHOWN], f"{len(names) - SHOWN} more"]
    return f"folders of {', '.join(shown[:-1])} and {shown[-1]} hold the same file names" if names else ""


def _without(folder: str, speaker: str) -> str | None:
    """A folder without the name of its speaker; None where it is not there, or says that it is one."""
    if not speaker or SPEAKER.match(speaker):
        return None
    rest, number = re.subn(rf"(?<![^/_\-. ]){re.escape(speaker)}(?![^/_\-. ])", "", folder)
    return rest if number else None
