"""What people write where they mean a part, where they mean nothing, and where listeners did not decide."""

import re

# A part is called so in tables, in the names of tables, and of folders; in lower case.
PARTS = dict.fromkeys(("train", "training", "trn"), "train")
PARTS |= dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation"), "dev")
PARTS |= dict.fromkeys(("test", "testing", "tst", "eval", "evaluation"), "test")
# Nothing is known, of a label or of a speaker; in lower case. Many are what a program makes of an empty cell.
MISSING = {"", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "n.a.", "nat", "none", "null", "nil", "missing", "undefined"}
MISSING |= {"-", "--", "---", "–", "—", "_", ".", "?", "\\n"}
# Somebody listened and did not decide for an emotion, or for one that has no name here; in lower case, words apart by
# spaces.
UNDECIDED = {"other", "others", "oth", "unknown", "unk", "unsure", "unclear", "undecided", "ambiguous", "xxx"}
UNDECIDED |= {"no agreement", "noagreement", "no consensus", "no majority", "disagreement"}

# It is not known who speaks; in lower case, words apart by spaces. Taken for a name, many would be one person.
NOBODY = {"unknown", "unk", "unknown speaker", "speaker unknown", "unidentified", "other", "others", "anonymous"}
NOBODY |= {"anon", "nobody", "n.n.", "nn", "xxx"}


def plain(word: object) -> str:
    """A word as the tables here have it: lower case, words apart by one space.

    >>> plain(" No_Agreement ")
    'no agreement'
    """
    text = str(word).lower()
    return " ".join(re.sub(r"[_-]", " ", text).split()) or text.strip()


def is_missing(word: object) -> bool:
    """Whether a word means that nothing is known, such as "N/A", "nan" or "-"."""
    return str(word).strip().lower() in MISSING


def is_nobody(word: object) -> bool:
    """Whether a word means that it is not known who speaks, such as "unknown", "n.n." or "-"."""
    return is_missing(word) or plain(word) in NOBODY


def is_undecided(word: object) -> bool:
    """Whether a word means that no emotion was decided for, such as "no agreement", "xxx" or "other"."""
    return plain(word) in UNDECIDED


def part_of(word: object) -> str | None:
    """The part that a word means, in any case and numbered or not: "train", "dev" or "test"; None for another word.

    >>> part_of("Validation"), part_of("Test1"), part_of("angry")
    ('dev', 'test', None)
    """
    return PARTS.get(re.sub(r"[ _-]?\d+$", "", str(word).strip().lower()))


def part_in(name: str) -> str | None:
    """The part that one of the words in a file's or folder's name means; None where none does, or two mean two.

    >>> part_in("my_train.csv"), part_in("latest.csv"), part_in("train-test.csv")
    ('train', None, None)
    """
    parts = {part_of(word) for word in re.split(r"[\W_]+", name)} - {None}
    return parts.pop() if len(parts) == 1 else None
