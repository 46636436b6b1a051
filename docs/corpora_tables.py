"""Writes what docs/corpora.md says of each corpus, from the list of corpora: python docs/corpora_tables.py"""

import re
from pathlib import Path

from emokit import corpora
from emokit.emotions import EMOTIONS

PAGE = Path(__file__).with_name("corpora.md")


def written(page: str) -> str:
    """The page with the tables between its marks as the list of corpora gives them; all else stays as it is."""
    for name, lines in {"corpora": _corpora(), "layouts": _layouts(), "notes": _notes(), "codes": _codes()}.items():
        page = re.sub(rf"(?s)(<!-- {name} from the list -->\n).*?(<!-- end -->)", _between("\n".join(lines)), page)
    return page


def _between(text: str):
    return lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}"


def _corpora() -> list[str]:
    heads = ("corpus", "language", "clips", "speakers", "classes", "folds", "Hz", "seconds")
    return _table(heads, [_facts(corpus) for corpus in corpora.PUBLISHED.values()])


def _facts(corpus) -> list[str]:
    clips = corpora.expected(corpus.name)["clips"]
    classes = corpus.usual or {emotion for emotion in corpus.codes["emotion"].values() if emotion}
    return [
        *(corpus.name, corpus.language, f"{clips:,}" if clips else ""),
        *(len(corpus.by_speaker or corpus.sexes) or corpus.speakers or "", len(classes), len(corpus.folds) or ""),
        *(" / ".join(f"{rate:,}" for rate in corpus.rates), _lengths(*corpus.seconds) if corpus.seconds else ""),
    ]


def _lengths(shortest, mean, longest) -> str:
    return f"{mean} ({shortest} to {longest})" if shortest is not None and longest is not None else f"{mean}"


def _layouts() -> list[str]:
    rows = [(corpus.name, f"`{corpus.example}`", _got(corpus), corpus.licence) for corpus in corpora.PUBLISHED.values()]
    return _table(("corpus", "named like", "fetched", "licence"), rows)


def _got(corpus) -> str:
    return "yes" if corpus.archive or corpus.files_at else "by hand" if corpus.by_hand else "comes along"


def _notes() -> list[str]:
    return [f"- {corpus.name}: {corpus.note}" for corpus in corpora.PUBLISHED.values() if corpus.note]


def _codes() -> list[str]:
    codes = corpora.mapping(list(corpora.PUBLISHED)).T
    own = codes.drop(columns=list(EMOTIONS), errors="ignore")
    codes = codes[[emotion for emotion in EMOTIONS if emotion in codes]]
    codes["words of its own"] = [_in_words(row[row != ""]) for _, row in own.iterrows()]
    return _table(("corpus", *codes.columns), codes.reset_index().to_numpy())


def _in_words(codes) -> str:
    return ", ".join(word if code == word else f"{word} ({code})" for word, code in codes.items())


def _table(heads, rows) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(map(str, line))} |".replace("|  |", "| |").replace("|  |", "| |") for line in lines]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
