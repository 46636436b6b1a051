"""Several raters of one clip, in the forms that tables have: columns of counts, a column each, or a row each.

Each becomes a column `votes_<label>`, labels as given; `corpora.voted` puts them into our words.
"""

import re
from collections.abc import Mapping

import pandas as pd

from emokit import votes
from emokit.corpora.corpus import CorpusError
from emokit.corpora.own.cleaning import texts
from emokit.corpora.own.emotion_words import says_nothing, speaks_of_emotion
from emokit.corpora.own.words import is_missing

NUMBERED = re.compile(r"(?i)(rater|annotator|listener|evaluator|judge|coder)[ _-]?\d+")
# Of a clip, whoever rates it.
SAME = ("speaker", "corpus", "sex", "gender", "sentence", "language", "part", "split", "group", "recording")


def columns_of(table: pd.DataFrame) -> list[str]:
    """The columns of a table that hold votes: counts or shares, or what each of several raters heard."""
    return _counts(table) or _numbered(table)


def pooled(table: pd.DataFrame, told: Mapping[str, str], source: object) -> tuple[pd.DataFrame, list[str]]:
    """The table with a row a clip and its votes in columns `votes_<label>`, where it has several raters; and sentences.

    A clip without an emotion of its own, as each is whose rows were pooled, gets that of most votes later.

    Args:
        table: columns called as here, `file` absolute.
        told: `columns`, which may say that there is no rater.
        source: what the table is called in an error.
    """
    if counts := _counts(table):
        numbers = _numbers(table, counts, source)
        named = ", ".join(counts)
        return table.drop(columns=counts).join(numbers), [f"columns {named}: votes for that emotion, or shares of them"]
    if each := _numbered(table):
        return _of_columns(table, each), [f"columns {', '.join(each)}: what each of these raters heard"]
    if told.get("rater") == "":
        return table, []
    return _of_rows(table, source)


def _counts(table: pd.DataFrame) -> list[str]:
    """Columns `votes_<label>`; where nothing says the emotion, numbers under words for emotions too."""
    named = [name for name in table if name.lower().startswith(votes.PREFIX)]
    if not named and "emotion" not in table and not _numbered(table):
        named = [name for name in table if speaks_of_emotion(name) or says_nothing(name)]
        named = [name for name in named if pd.to_numeric(table[name], errors="coerce").notna().any()]
        named = named if sum(map(speaks_of_emotion, named)) > 1 else []
    return [name for name in named if name[len(votes.PREFIX) :].lower() not in votes.TOTALS]


def _numbers(table: pd.DataFrame, columns: list[str], source: object) -> pd.DataFrame:
    numbers = table[columns].apply(lambda column: pd.to_numeric(texts(table, column.name), errors="coerce"))
    wrong = (numbers < 0) | (numbers.isna() & ~table[columns].map(lambda cell: pd.isna(cell) or is_missing(cell)))
    if wrong.any(axis=None):
        row, column = wrong.to_numpy().nonzero()
        cell = texts(table, columns[column[0]]).iloc[row[0]][:40]
        raise CorpusError(
            f"{source} has {cell!r} in column {columns[column[0]]}, line {row[0] + 2}, which is no number of votes; "
            "correct it, or call the column otherwise."
        )
    bare = [name[len(votes.PREFIX) :] if name.lower().startswith(votes.PREFIX) else name for name in columns]
    return numbers.set_axis(votes.columns(bare), axis=1)


def _numbered(table: pd.DataFrame) -> list[str]:
    """Columns rater1, rater2 …, unless they hold something else beside a column that says the emotion."""
    columns = [name for name in table if NUMBERED.fullmatch(name)]
    if len(columns) < 2:
        return []
    known = set(texts(table, "emotion"))
    said = {word for column in columns for word in texts(table, column).dropna()}
    labels = [word for word in said if word in known or speaks_of_emotion(word) or says_nothing(word)]
    return columns if "emotion" not in table or len(labels) == len(said) else []


def _of_columns(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    heard = pd.concat([texts(table, column) for column in columns])
    return table.drop(columns=columns).join(_tabulated(pd.Series(heard.index, heard.index), heard))


def _of_rows(table: pd.DataFrame, source: object) -> tuple[pd.DataFrame, list[str]]:
    """Rows of one file pooled, where a column says the rater, or where most files have several rows that disagree."""
    emotion, repeated = texts(table, "emotion"), table["file"].duplicated(keep=False)
    disputed = int((emotion[repeated].groupby(table["file"][repeated]).nunique() > 1).sum())
    if not repeated.any() or not ("rater" in table or disputed):
        return table, []
    differing = _differing(table, SAME)
    if "rater" not in table and (differing or 2 * table["file"][repeated].nunique() <= table["file"].nunique()):
        said = f"{disputed:,} files stand in several rows with different emotions; "
        return table, [said + 'if those are raters, say which column names them by columns="rater=its name"']
    if differing:
        raise CorpusError(
            f"{source} has several rows a file, by rater, but they differ in {', '.join(differing)}; correct that, or "
            'say columns="rater=" where they are no raters.'
        )
    rater = texts(table, "rater")
    again = table.assign(rater=rater)[rater.notna()].duplicated(["file", "rater"], keep="last")
    again = again[again].index
    rated = table.drop(index=again)
    counts = _tabulated(rated["file"], emotion.drop(index=again))
    # What a rater says besides, such as how sure he is, tells nothing of the clip.
    own = _differing(rated, [name for name in rated if name not in ("file", "emotion", "rater")])
    clips = rated.drop_duplicates("file").drop(columns=["emotion", "rater", *own], errors="ignore")
    return clips.join(counts, on="file").reset_index(drop=True), _sentences(rated, len(again), own)


def _sentences(rated: pd.DataFrame, again: int, own: list[str]) -> list[str]:
    sizes = rated.groupby("file").size()
    how = f"by {rated['rater'].nunique():,} raters" if "rater" in rated else "as their emotions differ"
    said = [f"{len(rated):,} rows are votes on {len(sizes):,} clips, {how}, {votes.extent(sizes)} a clip"]
    if "rater" not in rated:
        said[0] += ' (columns="rater=" where they are no raters)'
    said += [f"{again:,} earlier rows of a rater who judged that file again are left out"] if again else []
    return said + ([f"columns that differ between raters are left out: {', '.join(own)}"] if own else [])


def _differing(table: pd.DataFrame, columns) -> list[str]:
    """Which of these columns say different things of one file."""
    there = [name for name in columns if name in table]
    numbers = table[there].apply(lambda column: texts(table, column.name)).groupby(table["file"]).nunique()
    return [name for name in there if (numbers[name] > 1).any()]


def _tabulated(clip: pd.Series, heard: pd.Series) -> pd.DataFrame:
    """Votes by clip and label; a word for nothing known is none."""
    known = heard.notna() & ~heard.map(is_missing, na_action="ignore").fillna(True).astype(bool)
    return pd.crosstab(clip[known].to_numpy(), heard[known].to_numpy()).add_prefix(votes.PREFIX)
