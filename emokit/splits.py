"""Who is heard in training, who chooses the epoch, and who is the test: parts and folds without a shared speaker.

Deal the whole corpus before a clip is left out or a label corrected: speakers are dealt by the names of corpus and
speaker and by sex alone, so the same fold tests the same voices whatever becomes of single clips.
"""

import hashlib
from collections.abc import Sequence
from unicodedata import normalize

import numpy as np
import pandas as pd

from emokit.corpora.published import PUBLISHED

PARTS = ("train", "dev", "test")
# What two parts may not share, beside recordings; of sentences only those of the test count.
SCHEMES = {"speaker": ("speaker",), "speaker+sentence": ("speaker", "sentence"), "table": ("speaker",), "clip": ()}
DEFAULT_FOLDS = 4
MIN_DEV_SPEAKERS = 3


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
) -> pd.DataFrame:
    """Give each clip its part: train, dev or test.

    Schemes: `speaker`: no speaker in two parts. `speaker+sentence`: besides, no sentence of the test is heard before;
    clips that fit neither side are left out. `table`: as the column `part` says. `clip`: stratified at random, for data
    without speakers; speakers cross, so whatever comes of it is speaker-dependent.

    Args:
        clips: the whole corpus, with columns `emotion` and `speaker`, `corpus` and `sex` where known.
        scheme: one of SCHEMES.
        seed: deals the folds where none are published, and draws the dev speakers.
        fold: which fold is the test, from 1.
        folds: into how many the speakers are dealt, at least 2; 0 takes the published ones of the corpus, else 4.
        test_speakers: takes these for the test instead of a fold ("ravdess/04", or "04" in a single corpus).

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
    if scheme == "table":
        parted = _as_the_table_says(clips)
    elif scheme == "clip":
        parted = _by_clip(clips, seed, fold, folds or DEFAULT_FOLDS)
    else:
        clips = _with_speakers(clips)
        test = _named(clips, test_speakers) if len(test_speakers) else _test_fold(clips, seed, fold, folds)
        parted = _by_speaker(clips, test, f"{seed} dev {fold}")
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


def _with_speakers(clips: pd.DataFrame) -> pd.DataFrame:
    """The clips that say who speaks; refused where those cannot make three parts."""
    if clips["speaker"].isna().all():
        remedy = "name them (column speaker of a table, parameter speaker_pattern for folders)"
        who = f"None of the {len(clips)} clips has a speaker"
        raise SplitError(f"{who}; {remedy}, or take split 'clip', which is speaker-dependent.")
    clips = clips[clips["speaker"].notna()]
    speakers = clips["speaker"].unique()
    if len(speakers) < 3:
        raise SplitError(
            f"There are {len(speakers)} speakers ({', '.join(map(str, speakers))}), "
            "and train, dev and test need at least one each; add speakers, "
            "or take split 'clip', which is speaker-dependent and labelled so."
        )
    per_class = clips.groupby("emotion")["speaker"].nunique()
    for emotion in per_class.index[per_class == 1]:
        who = clips.loc[clips["emotion"] == emotion, "speaker"].iloc[0]
        raise SplitError(
            f"Only one speaker ({who}) says {emotion!r}, so it cannot be learned from one voice and tested on another; "
            "leave the class out by the parameter classes, or add speakers."
        )
    return clips


def _named(clips: pd.DataFrame, names: Sequence[str]) -> list[str]:
    known = {normalize("NFC", speaker): speaker for speaker in sorted(set(clips["speaker"]))}
    names = [normalize("NFC", name) for name in names]
    meant = [[name] if name in known else [s for s in known if s.split("/", 1)[-1] == name] for name in names]
    missing = [name for name, found in zip(names, meant, strict=True) if not found]
    if missing:
        at_hand = ", ".join(sorted(known))
        raise SplitError(f"test_speakers names {', '.join(missing)}; the speakers at hand are {at_hand}.")
    for name, found in zip(names, meant, strict=True):
        if len(found) > 1:
            raise SplitError(f"test_speakers names {name}, and several corpora have one; write {' or '.join(found)}.")
    return [known[found] for (found,) in meant]


def _test_fold(clips: pd.DataFrame, seed: int, fold: int, folds: int) -> list[str]:
    at_hand = set(clips["speaker"])
    published = _published(clips) if not folds else []
    dealt = [sorted(at_hand & set(names)) for names in published] or _deal(clips, seed, folds or DEFAULT_FOLDS)
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


def _by_speaker(clips: pd.DataFrame, test: Sequence[str], lot: str) -> pd.DataFrame:
    rest = clips[~clips["speaker"].isin(test)]
    if rest["speaker"].nunique() < 2:
        without = f"With {', '.join(test)} in the test"
        raise SplitError(f"{without} fewer than two speakers remain; train and dev need one each.")
    part = np.select([clips["speaker"].isin(test), clips["speaker"].isin(_dev(rest, lot))], ["test", "dev"], "train")
    return clips.assign(part=part)


def _dev(rest: pd.DataFrame, lot: str) -> list[str]:
    """The dev speakers: at least 3 where a third of them allows it, of each kind as many as their share."""
    kinds = _drawn(rest, lot)
    n_speakers = sum(map(len, kinds))
    n_dev = max(1, min(max(MIN_DEV_SPEAKERS, round(n_speakers / 5)), n_speakers // 3))
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
    fewest = clips["emotion"].value_counts()
    if fewest.min() < folds:
        few = f"Only {fewest.min()} clips are {fewest.idxmin()!r}"
        raise SplitError(f"{few}, and {folds} folds need one each; leave the class out, or take fewer folds.")
    # Copies of one recording stay together, or the test would hold what was learned by heart.
    same = clips["file"].astype("string")
    same = clips["digest"].astype("string").fillna(same) if "digest" in clips else same
    draw = same.map(lambda name: hashlib.sha256(f"{seed} clip {name}".encode()).hexdigest())
    recordings = clips.assign(same=same, draw=draw).sort_values("draw").drop_duplicates("same")
    strata = recordings.groupby([name for name in ("corpus", "emotion") if name in recordings], dropna=False)["same"]
    # Folds are stretches of the drawn order, so one clip less moves few others: those at their borders.
    dealt = pd.Series((strata.cumcount() * folds // strata.transform("size")).to_numpy(), recordings["same"])
    part = same.map(dealt).map({fold - 1: "test", fold % folds: "dev"}).fillna("train")
    return clips.assign(part=part.astype(object))


def _as_the_table_says(clips: pd.DataFrame) -> pd.DataFrame:
    if "part" not in clips:
        raise SplitError("Split 'table' needs a column 'part' (train, dev, test) in the table of clips.")
    strange = sorted(set(clips["part"].dropna().astype(str)) - set(PARTS))
    if strange:
        what = f"Column 'part' holds {', '.join(strange)}"
        raise SplitError(f"{what}; expected {', '.join(PARTS)}, or nothing to leave a clip out.")
    missing = [part for part in PARTS if part not in set(clips["part"])]
    if missing:
        raise SplitError(f"Column 'part' gives no clip to {' and '.join(missing)}; each part needs some.")
    return clips[clips["part"].notna()]


def _require_classes(parted: pd.DataFrame) -> None:
    in_train = set(parted.loc[parted["part"] == "train", "emotion"].dropna())
    missing = sorted(set(parted["emotion"].dropna()) - in_train)
    if missing:
        raise SplitError(
            f"No training clip is {' or '.join(missing)} in this split; take another fold or seed, "
            "or leave the class out by the parameter classes."
        )
