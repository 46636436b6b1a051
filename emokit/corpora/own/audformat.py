"""audformat databases, as audb holds them: read one as clips, and write the clips of any corpus as one."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd

from emokit import atomic_files
from emokit.audio import fragment
from emokit.corpora import segments
from emokit.corpora.clips_file import place, roots_of
from emokit.corpora.corpus import COLUMNS, CorpusError
from emokit.corpora.folder import inside, root_of
from emokit.corpora.own.cleaning import as_clips
from emokit.corpora.own.words import part_of

# Scheme to column; of two that mean one column the first is taken, and the other keeps its own name.
SCHEMES = {
    "speaker": "speaker", "sex": "sex", "gender": "sex", "sentence": "sentence", "transcription": "sentence",
    "intensity": "intensity", "language": "language", "corpus": "corpus",
}  # fmt: skip
HEADER = "db.yaml"


def read(data_dir: str | Path, name: str = "", columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The clips of an audformat database, segments too, with its other schemes as columns and its splits as `part`.

    Args:
        data_dir: the folder with db.yaml.
        name: what to call the corpus where no scheme says it; like the database by default.
        columns: {name here: scheme, column or table there}, such as {"emotion": "emotion.certain"}.

    Raises:
        CorpusError: without the package audformat, and for a database that has no such label, or a clip in two splits.
    """
    audformat = _audformat()
    if isinstance(data_dir, list):
        raise CorpusError(f"An audformat database is one folder; received {len(data_dir)}: load them as two corpora.")
    root = root_of(data_dir)
    if not (root / HEADER).is_file():
        raise CorpusError(f"{root} has no {HEADER}; choose the folder of an audformat database.")
    database = _load(audformat, root)
    columns = {"emotion": "emotion"} | {ours: theirs for ours, theirs in (columns or {}).items() if theirs}
    emotion = columns["emotion"]
    schemes = {theirs: ours for ours, theirs in columns.items() if ours != "emotion"} | SCHEMES
    labels = _labels(database, emotion, list(schemes), root)
    table = labels.index.to_frame(index=False).astype({"file": "str"})  # file, and start and end of segments
    table["emotion"] = labels[emotion].astype("object").to_numpy()
    table = segments.named(table, root / HEADER, first_line=1)
    others, contradicting = _others(database, labels.index, emotion, {*schemes})
    for scheme, values in {**{scheme: labels[scheme] for scheme in schemes}, **others}.items():
        column = schemes.get(scheme, scheme)
        column = scheme if column in table else column
        if column not in table and values.notna().any():
            table[column] = values.array if scheme in others else values.astype("object").to_numpy()
    parts, said = _parts(database, labels.index, root)
    table = table if parts.isna().all() else table.assign(part=parts.to_numpy())
    clips = segments.with_recordings(as_clips(table, name or database.name, root, root / HEADER))
    told = ", ".join(f"{ours!r} is {theirs!r}" for ours, theirs in columns.items())
    clips.attrs["understood"] = [f"audformat database {database.name}: {told}", *said]
    if contradicting:
        clips.attrs["left_out"] = {"a scheme whose tables contradict each other": ", ".join(contradicting)}
    return clips


def write_audformat(path: str | Path, clips: pd.DataFrame, data_dir: str | Path | Sequence[str | Path]) -> None:
    """Write clips as an audformat database in a new folder, with copies of their files below `audio`.

    Stretches of recordings become segments. Every column with a value becomes a scheme; of several `data_dir` each gets
    a folder below `audio`, counted from 0.

    Raises:
        CorpusError: without the package audformat, when `path` is there already, or for a file that is outside of
            `data_dir`, missing, or listed twice.
    """
    audformat = _audformat()
    path = Path(path)
    if path.exists():
        raise CorpusError(f"{path} is there already; choose a new folder for the database.")
    table = _stretches(clips, roots_of(data_dir))
    with tempfile.TemporaryDirectory(prefix=atomic_files.PART, dir=_made(path.parent)) as aside:
        folder = Path(aside) / "database"
        for file, name in dict(zip(table["path"], table["file"], strict=True)).items():
            shutil.copyfile(file, _made((folder / name).parent) / Path(name).name)
        if table["start"].notna().any():
            times = (pd.to_timedelta(table[time], unit="s") for time in ("start", "end"))
            index = audformat.segmented_index(table["file"].tolist(), *(time.tolist() for time in times))
            own = clips["recording"].tolist() == table["path"].tolist() if "recording" in clips else False
            clips = clips.drop(columns=["start", "end", *["recording"] * own], errors="ignore")
        else:
            index = audformat.filewise_index(table["file"].tolist())
        _database(audformat, clips.set_axis(index)).save(str(folder), storage_format="csv")
        folder.rename(path)  # whole or not at all


def _stretches(clips: pd.DataFrame, roots: list[Path]) -> pd.DataFrame:
    """The `path` of each clip, its `file` in the database, `start` and `end`."""
    files = clips["file"]
    if files.duplicated().any():
        raise CorpusError(f"{files[files.duplicated()].iloc[0]} is listed twice; drop one of its rows.")
    table = pd.DataFrame([fragment(file) if pd.notna(file) else (None,) * 3 for file in files])
    table.columns = ["path", "start", "end"]
    for path in table["path"].unique():
        if path is None or not Path(path).is_file():
            raise CorpusError(f"{path} is not there; leave out that clip, as the audit does.")
    places = [place(path, roots) for path in table["path"]]
    names = [name if len(roots) == 1 else f"{number}/{name}" for name, number in places]
    return table.assign(file=[f"audio/{name}" for name in names])


def _labels(database, emotion: str, schemes: list[str], root: Path) -> pd.DataFrame:
    """The labels of a scheme, a column or a table, in a column of that name, and those of the other schemes."""
    known = ", ".join(database.schemes) or "none"
    columns = {column for table in database.tables.values() for column in table.columns}
    absent = [theirs for theirs in schemes if theirs not in {*SCHEMES, *database.schemes, *columns}]
    if absent:
        raise CorpusError(f"columns names {absent[0]!r}, but the schemes of {root} are {known}; correct it.")
    tables = [emotion] if emotion in database.tables and emotion not in database.schemes else None
    scheme = "emotion" if tables else emotion
    try:
        labels = database.get(scheme, schemes, tables=tables).rename(columns={scheme: emotion})
    except (ValueError, TypeError) as error:
        raise CorpusError(f"{root}: the labels {emotion!r} contradict each other ({error}).") from error
    if labels.empty or labels[emotion].isna().all():
        said = f"name one by columns, such as emotion={next(iter(database.schemes), 'mood')}"
        raise CorpusError(f"{root} has no labels {emotion!r}; its schemes are {known}: {said}.")
    return labels


def _parts(database, index: pd.Index, root: Path) -> tuple[pd.Series, list[str]]:
    """The part of each clip, by the splits of the tables that name it or its file, NA where no split does; in words."""
    parts, said = pd.Series(None, range(len(index)), dtype="object"), []
    for name, table in database.tables.items():
        kind = table.split and (part_of(table.split.type) or part_of(table.split_id))
        if not kind:
            continue
        whole = table.index.nlevels < index.nlevels  # a table of files beside labels of segments
        in_it = (index.get_level_values("file") if whole else index).isin(table.index)
        twice = in_it & parts.notna().to_numpy() & (parts != kind).to_numpy()
        if twice.any():
            clip, other = index[twice.argmax()], parts[twice.argmax()]
            raise CorpusError(f"{root}: {clip} is in the splits {other} and {kind}; take it out of one of them.")
        parts[in_it] = kind
        said.append(f"table {name!r}: part {kind}, by its split {table.split_id!r}")
    return parts, said


def _others(database, index: pd.Index, emotion: str, known: set[str]) -> tuple[dict[str, pd.Series], list[str]]:
    """The schemes that we have no column for, and those of which one clip has two values."""
    values, contradicting = {}, []
    for scheme in sorted(set(database.schemes) - known - {emotion}):
        try:
            # Beside the emotions, labels of files are spread to their segments.
            column = database.get(emotion, [scheme])[scheme] if index.nlevels > 1 else database.get(scheme)[scheme]
        except ValueError:
            contradicting.append(scheme)
            continue
        column = column.astype("object") if isinstance(column.dtype, pd.CategoricalDtype) else column
        values[scheme] = column.reindex(index)
    return values, contradicting


def _database(audformat: ModuleType, clips: pd.DataFrame):
    """The database of clips: one table, a scheme a column, the speakers' sexes as labels of their scheme."""
    from emokit.corpora import about

    names = list(clips["corpus"].unique())
    facts = [about(name) for name in names]
    languages = sorted(clips["language"].dropna().unique())
    database = audformat.Database(
        "-".join(names), source="; ".join(fact["url"] for fact in facts), usage=audformat.define.Usage.OTHER,
        languages=languages, license="; ".join(fact["licence"] for fact in facts),
        description="; ".join(f"{fact['title']}: {fact['citation']}" for fact in facts),
    )  # fmt: skip
    table = database["files"] = audformat.Table(clips.index)
    speakers = clips.drop_duplicates("speaker").dropna(subset="speaker")
    genders = {row.speaker: {} if pd.isna(row.sex) else {"gender": row.sex} for row in speakers.itertuples()}
    for column in _written(clips):
        labels = {"emotion": sorted(clips["emotion"].dropna().unique()), "speaker": genders}.get(column)
        kind = _kind(clips[column])
        database.schemes[column] = audformat.Scheme(labels=labels) if labels else audformat.Scheme(kind)
        table[column] = audformat.Column(scheme_id=column)
        values = clips[column].astype("object")
        values = values.map(str, na_action="ignore") if kind == "str" else values
        table[column].set(values.where(values.notna(), None).to_numpy())
    return database


def _written(clips: pd.DataFrame) -> list[str]:
    """The columns that become schemes; the sex belongs to the speaker, where there is one, as audb does."""
    elsewhere = {"file", "gender"} | (set() if clips["speaker"].isna().any() else {"sex"})
    columns = [*COLUMNS, *(column for column in clips if column not in COLUMNS)]
    return [column for column in columns if column not in elsewhere and clips[column].notna().any()]


def _kind(column: pd.Series) -> str:
    """audformat's name for what a column holds."""
    types = pd.api.types
    kinds = {"bool": types.is_bool_dtype, "int": types.is_integer_dtype, "float": types.is_float_dtype}
    kinds["date"] = types.is_datetime64_any_dtype
    return next((kind for kind, holds in kinds.items() if holds(column)), "str")


def _load(audformat: ModuleType, root: Path):
    """Load header and tables. Pickled tables are never read, nor is YAML that builds objects: both could run code."""
    import yaml

    try:
        header = yaml.safe_load((root / HEADER).read_text(encoding="utf-8"))
        ids = [*header.get("tables", {}), *header.get("misc_tables", {})]
        for name in ids:
            inside(root, f"db.{name}", root / HEADER)
        with tempfile.TemporaryDirectory() as aside:
            for file in [root / HEADER, *root.glob("db.*.csv"), *root.glob("db.*.parquet")]:
                shutil.copyfile(file, Path(aside) / file.name)
            return audformat.Database.load(aside, load_data=True)
    except (FileNotFoundError, RuntimeError) as error:  # audformat: no file found for table
        raise CorpusError(f"{root} lacks a table as CSV or Parquet ({error}); pickled ones are not read.") from error
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, ValueError) as error:
        raise CorpusError(f"{root / HEADER} is no audformat header ({error}); download it again.") from error


def _audformat() -> ModuleType:
    try:
        return import_module("audformat")
    except ImportError as error:
        raise CorpusError("audformat databases need a package more; pip install -e \".[audformat]\".") from error


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
