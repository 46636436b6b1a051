"""Who is heard in training, who chooses the epoch, and who is the test: parts and folds without a shared speaker.

Deal the whole corpus before a clip is left out or a label corrected: speakers are dealt by the names of corpus and
speaker and by sex alone, so the same fold tests the same voices whatever becomes of single clips.
"""

import hashlib
from collections.abc import Mapping, Sequence
from unicodedata import normalize

import numpy as np
import pandas as pd

from emokit import groups
from emokit.corpora.corpus import near
from emokit.corpora.own import words
from emokit.corpora.published import PUBLISHED

PARTS = ("train", "dev", "test")
# What two parts may not share, beside recordings; of sentences only those of the test count. What a table shares is its
# author's decision, and said.
SCHEMES = {"speaker": ("speaker", "group"), "speaker+sentence": ("speaker", "sentence", "group")}
SCHEMES |= {"table": (), "clip": ("group",)}
DEFAULT_FOLDS = 4
DEV_SHARE = 5  # one clip of so many is dev, where a table has none and its speakers cannot tell
MIN_DEV_SPEAKERS = 3
MOST_NAMED = 12  # speakers at hand, in a sentence


class SplitError(ValueError):
    """These clips cannot be split as asked; the message says why and what to do."""


def assign(
    clips: pd.DataFrame,
    scheme: str = "speaker",
    seed: int = 0,
    *,
    fold: int = 1,
    folds: int = 0,
    test_speakers: Sequence[str] = (),
    dev_speakers: Sequence[str] = (),
    n_dev_speakers: int = 0,
) -> pd.DataFrame:
    """Give each clip its part: train, dev or test.

    Schemes: `speaker`: no speaker in two parts. `speaker+sentence`: besides, no sentence of the test is heard before;
    clips that fit neither side are left out. `clip`: stratified at random, for data without speakers; speakers cross,
    so whatever comes of it is speaker-dependent. Under these three no group (`groups.of`) is in two parts: speakers who
    share one, such as the partners of a dialogue, are dealt together. `table`: as the column `part` says, whatever that
    shares; where it has no dev, dev is drawn from the training speakers, or clips where those are unknown.

    Args:
        clips: the whole corpus, with columns `emotion` and `speaker`, `corpus`, `sex` and `group` where known.
        scheme: one of SCHEMES.
        seed: deals the folds where none are published, and draws the dev speakers.
        fold: which fold is the test, from 1.
        folds: into how many the speakers are dealt, at least 2; 0 takes the published ones of the corpus, else 4.
        test_speakers: takes these for the test instead of a fold ("ravdess/04", or "04" in a single corpus; "ravdess"
            for all of a corpus).
        dev_speakers: takes these for dev instead of drawing them.
        n_dev_speakers: draws so many; 0 draws about a fifth of those who are not the test, 3 at least if they allow it.

    Returns:
        The clips that have a part, with their index, and the column `part`. A clip without a speaker has none where
        others have one.

    Raises:
        SplitError: in one sentence what stands in the way and what to do.

    >>> clips = pd.DataFrame({"emotion": ["happy", "sad"] * 8, "speaker": list("aabbccddeeffgghh")})
    >>> parted = assign(clips, test_speakers=["a", "b"])
    >>> parted.loc[parted["part"] == "test", "speaker"].tolist()
    ['a', 'a', 'b', 'b']
    >>> parted.groupby("part")["speaker"].nunique().to_dict()
    {'dev': 2, 'test': 2, 'train': 4}
    """
    if scheme not in SCHEMES:
        raise SplitError(f"Unknown split {scheme!r}; expected one of {', '.join(SCHEMES)}.")
    if folds == 1:
        raise SplitError("One fold leaves nobody to learn from; give at least 2 folds, or 0 for the usual ones.")
    if (len(test_speakers) or len(dev_speakers) or n_dev_speakers) and not scheme.startswith("speaker"):
        raise SplitError(f"Split {scheme!r} does not go by speakers; leave test_speakers and dev_speakers out.")
    if scheme == "table":
        parted = _as_the_table_says(clips, seed)
    elif scheme == "clip":
        parted = _by_clip(clips, seed, fold, folds or DEFAULT_FOLDS)
    else:
        parted = _by_speaker(clips, seed, fold, folds, test_speakers, dev_speakers, n_dev_speakers)
        if scheme == "speaker+sentence":
            parted = _hold_out_sentences(parted, seed)
    _require_classes(parted)
    return parted


def absent_test_speakers(
    clips: pd.DataFrame, scheme: str = "speaker", *, fold: int = 1, folds: int = 0, test_speakers: Sequence[str] = ()
) -> list[str]:
    """Name the test speakers of a published fold whose clips are not at hand; empty where no published fold is meant.

    Arguments as in `assign`.
    """
    published = _published(clips) if scheme.startswith("speaker") and not folds and not len(test_speakers) else []
    wanted = published[fold - 1] if published and fold <= len(published) else []
    return sorted(set(wanted) - set(clips["speaker"]))


def _published(clips: pd.DataFrame) -> list[list[str]]:
    corpora = clips["corpus"].unique() if "corpus" in clips else []
    if len(corpora) != 1 or corpora[0] not in PUBLISHED:
        return []
    return [[f"{corpora[0]}/{name}" for name in names] for names in PUBLISHED[corpora[0]].folds]


def _by_speaker(
    clips: pd.DataFrame, seed: int, fold: int, folds: int, test_speakers: Sequence, dev_speakers: Sequence, n_dev: int
) -> pd.DataFrame:
    if clips["speaker"].isna().all():
        remedy = "name them (column speaker of a table, parameter speaker_pattern for folders)"
        who = f"None of the {len(clips)} clips has a speaker"
        raise SplitError(f"{who}; {remedy}, or take split 'clip', which is speaker-dependent.")
    clips = clips[clips["speaker"].notna()]
    tied = groups.tied_speakers(clips)
    dealt = clips.assign(speaker=clips["speaker"].map(tied))  # who is tied to another is dealt with him, as one
    _require_speakers(dealt, len(tied))
    test = _named(clips, test_speakers, "test_speakers", tied) or _test_fold(dealt, seed, fold, folds, tied)
    dev = _named(clips, dev_speakers, "dev_speakers", tied)
    if both := [name for name in dev if name in test]:
        raise SplitError(f"dev_speakers names {', '.join(both)}, whom the test has; name others, or take another test.")
    rest = dealt[~dealt["speaker"].isin(test)]
    if rest["speaker"].nunique() < 2 or rest["speaker"].isin(dev).all():
        without = f"With {', '.join(test)} in the test" + f" and {', '.join(dev)} in dev" * bool(dev)
        raise SplitError(f"{without} fewer than two speakers remain; train and dev need one each.")
    if n_dev >= rest["speaker"].nunique():
        left = rest["speaker"].nunique()
        raise SplitError(f"n_dev_speakers is {n_dev}, and {left} speakers are not the test; train needs one of them.")
    dev = dev or _dev(rest, f"{seed} dev {fold}", n_dev)
    part = np.select([dealt["speaker"].isin(test), dealt["speaker"].isin(dev)], ["test", "dev"], "train")
    return clips.assign(part=part)


def _require_speakers(clips: pd.DataFrame, n_known: int) -> None:
    """Refuse speakers, as they are dealt, who cannot make three parts."""
    speakers = clips["speaker"].unique()
    if not n_known:
        remedy = "name them (column speaker of a table, parameter speaker_pattern for folders)"
        raise SplitError(
            f"None of the clips has a speaker; {remedy}, or take split 'clip', which is speaker-dependent."
        )
    if len(speakers) < 3:
        together = " where those who share a group are one" if len(speakers) < n_known else ""
        who = f"There are {len(speakers)} speakers{together} ({', '.join(map(str, speakers))})"
        remedy = "add speakers, or take split 'clip', which is speaker-dependent and labelled so"
        raise SplitError(f"{who}, and train, dev and test need at least one each; {remedy}.")
    per_class = clips.groupby("emotion")["speaker"].nunique()
    for emotion in per_class.index[per_class == 1]:
        who = clips.loc[clips["emotion"] == emotion, "speaker"].iloc[0]
        raise SplitError(
            f"Only one speaker ({who}) says {emotion!r}, so it cannot be learned from one voice and tested on another; "
            "leave the class out by the parameter classes, or add speakers."
        )


def _named(clips: pd.DataFrame, names: Sequence[str], parameter: str, tied: Mapping[str, str]) -> list[str]:
    """Whom a parameter names, speakers or all of a corpus, as they are dealt; refused if others would come along."""
    known = {normalize("NFC", speaker): speaker for speaker in sorted(tied)}
    chosen, strange = set(), []
    for name in (normalize("NFC", name) for name in names):
        of_corpus = set(clips.loc[clips["corpus"] == name, "speaker"]) if "corpus" in clips else set()
        alike = [speaker for speaker in known if speaker.split("/", 1)[-1] == name]
        if name not in known and not of_corpus and len(alike) > 1:
            raise SplitError(f"{parameter} names {name}, and several corpora have one; write {' or '.join(alike)}.")
        found = {known[name]} if name in known else of_corpus or {known[speaker] for speaker in alike}
        strange += [] if found else [name + near(name, [*known, *(speaker.split("/", 1)[-1] for speaker in known)])]
        chosen |= found
    if strange:
        at_hand = ", ".join([*known][:MOST_NAMED]) + f" and {len(known) - MOST_NAMED} more" * (len(known) > MOST_NAMED)
        raise SplitError(f"{parameter} names {', '.join(strange)}; the speakers at hand are {at_hand}.")
    dealt = sorted({tied[speaker] for speaker in chosen})
    if partners := [speaker for speaker in tied if tied[speaker] in dealt and speaker not in chosen]:
        raise SplitError(f"{parameter} lacks {', '.join(partners)}, who share a group with those; name them too.")
    return dealt


def _test_fold(clips: pd.DataFrame, seed: int, fold: int, folds: int, tied: Mapping[str, str]) -> list[str]:
    published = _published(clips) if not folds else []
    at_hand = [sorted({tied[name] for name in names if name in tied}) for names in published]
    dealt = at_hand or _deal(clips, seed, folds or DEFAULT_FOLDS)
    if not 1 <= fold <= len(dealt):
        raise SplitError(f"There is no fold {fold}; the folds are 1 to {len(dealt)}.")
    if not dealt[fold - 1]:
        usable = ", ".join(str(number) for number, names in enumerate(dealt, 1) if names)
        raise SplitError(
            f"Fold {fold} tests on {', '.join(published[fold - 1])}, of whom no clip is at hand; "
            f"add them, take fold {usable}, or name test_speakers yourself."
        )
    return dealt[fold - 1]


def _deal(clips: pd.DataFrame, seed: int, folds: int) -> list[list[str]]:
    """Deal the speakers into folds as cards: one kind of speaker after the other, each kind in its drawn order."""
    order = [speaker for kind in _drawn(clips, f"{seed} folds") for speaker in kind]
    folds = min(folds, len(order))
    return [sorted(order[place::folds]) for place in range(folds)]


def _drawn(clips: pd.DataFrame, lot: str) -> list[list[str]]:
    """The speakers by kind, corpus and sex, each kind in an order that the lot draws by the checksum of their names.

    Classes do not enter: what is dealt by counts is dealt anew when a clip is left out or corrected.
    """
    named = sorted(clips["speaker"].unique(), key=lambda name: hashlib.sha256(f"{lot} {name}".encode()).digest())
    kinds = pd.DataFrame(index=pd.Index(named))
    for column in ("corpus", "sex"):
        known = clips[column] if column in clips else pd.Series("", clips.index)
        kinds[column] = known.groupby(clips["speaker"]).agg(lambda names: next(iter(names.dropna().mode()), ""))
    return [kind.index.tolist() for _, kind in kinds.groupby(["corpus", "sex"], sort=True)]


def _dev(rest: pd.DataFrame, lot: str, n_dev: int = 0) -> list[str]:
    """The dev speakers: at least 3 where a third of them allows it, or so many, of each kind as their share is."""
    kinds = _drawn(rest, lot)
    n_speakers = sum(map(len, kinds))
    n_dev = n_dev or max(1, min(max(MIN_DEV_SPEAKERS, round(n_speakers / 5)), n_speakers // 3))
    # Every so-and-so-manyth of the row of kinds: no kind gets more than its share, rounded up.
    row = [speaker for kind in kinds for speaker in kind]
    return [row[(2 * place + 1) * n_speakers // (2 * n_dev)] for place in range(n_dev)]


def _hold_out_sentences(parted: pd.DataFrame, seed: int) -> pd.DataFrame:
    if "sentence" not in parted or parted["sentence"].isna().any():
        raise SplitError("Split 'speaker+sentence' needs the sentence of each clip; take 'speaker'.")
    sentences = sorted(parted["sentence"].unique())
    if len(sentences) < 2:
        raise SplitError("All clips say the same sentence, so none can be held out; take split 'speaker'.")
    n_test = max(1, len(sentences) // 3)
    held_out = np.random.default_rng(seed).permutation(sentences)[:n_test]
    return parted[(parted["part"] == "test") == parted["sentence"].isin(held_out)]


def _by_clip(clips: pd.DataFrame, seed: int, fold: int, folds: int) -> pd.DataFrame:
    if not 1 <= fold <= folds:
        raise SplitError(f"There is no fold {fold}; the folds are 1 to {folds}.")
    same = groups.together(clips)
    fewest = same.groupby(clips["emotion"]).nunique()
    if fewest.min() < folds:
        what = "clips are" if same.is_unique else "groups of clips that belong together hold"
        few = f"Only {fewest.min()} {what} {fewest.idxmin()!r}"
        raise SplitError(f"{few}, and {folds} folds need one each; leave the class out, or take fewer folds.")
    part = _dealt(clips, same, f"{seed} clip", folds).map({fold - 1: "test", fold % folds: "dev"}).fillna("train")
    return clips.assign(part=part.astype(object))


def _dealt(clips: pd.DataFrame, same: pd.Series, lot: str, folds: int) -> pd.Series:
    """In which fold each clip is, from 0: those that are the same in one, each corpus and class alike in all."""
    name = clips["file"].astype("string")
    name = clips["digest"].astype("string").fillna(name) if "digest" in clips else name
    draw = name.map(lambda name: hashlib.sha256(f"{lot} {name}".encode()).hexdigest())
    kinds = [column for column in ("corpus", "emotion") if column in clips]
    table = clips[kinds].assign(same=same, draw=draw)
    mixed = table.groupby("same")["emotion"].transform("nunique") > 1  # such as a dialogue: a kind of their own
    first = table.assign(emotion=table["emotion"].mask(mixed, "")).sort_values("draw").drop_duplicates("same")
    strata = first.groupby(kinds, dropna=False)["same"]
    # Folds are stretches of the drawn order, so one clip less moves few others: those at their borders.
    number = pd.Series((strata.cumcount() * folds // strata.transform("size")).to_numpy(), first["same"])
    return same.map(number)


def _as_the_table_says(clips: pd.DataFrame, seed: int) -> pd.DataFrame:
    if "part" not in clips:
        other = next((name for name in clips if str(name).lower() in ("subset", "set", "partition")), "")
        said = "Split 'table' needs a column 'part' (train, dev, test) in the table of clips"
        raise SplitError(said + (f'; if {other!r} is it, load it by columns="part={other}".' if other else "."))
    part = clips["part"].map(words.part_of, na_action="ignore").astype("str")
    if strange := sorted(set(clips.loc[part.isna() & clips["part"].notna(), "part"].astype(str))):
        what, known = (", ".join(names) for names in (strange[:MOST_NAMED], words.PARTS))
        raise SplitError(f"Column 'part' holds {what}; a part is called {known}, or nothing to leave a clip out.")
    if missing := [name for name in ("train", "test") if name not in set(part)]:
        raise SplitError(f"Column 'part' gives no clip to {' and '.join(missing)}; train and test need some.")
    parted = clips.assign(part=part)[part.notna()]
    return parted if "dev" in set(part) else _with_dev(parted, seed)


def _with_dev(parted: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw dev from the training speakers, or from the training clips where fewer than two speakers are known."""
    train = parted[parted["part"] == "train"]
    known = train[train["speaker"].notna()]
    tied = groups.tied_speakers(known)
    if len(set(tied.values())) > 1:
        dealt = known.assign(speaker=known["speaker"].map(tied))
        drawn = known.index[dealt["speaker"].isin(_dev(dealt, f"{seed} dev table"))]
    else:
        drawn = train.index[_dealt(train, groups.together(train), f"{seed} dev", DEV_SHARE) == DEV_SHARE - 1]
    if not len(drawn):
        raise SplitError(f"Dev cannot be drawn from {len(train)} training clips; give some clips the part dev.")
    return parted.assign(part=parted["part"].mask(parted.index.isin(drawn), "dev"))


def _require_classes(parted: pd.DataFrame) -> None:
    in_train = set(parted.loc[parted["part"] == "train", "emotion"].dropna())
    missing = sorted(set(parted["emotion"].dropna()) - in_train)
    if missing:
        raise SplitError(
            f"No training clip is {' or '.join(missing)} in this split; take another fold or seed, "
            "or leave the class out by the parameter classes."
        )
