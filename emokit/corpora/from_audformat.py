"""audformat databases, as audb holds them: read one as clips, and write the clips of any corpus as one."""

import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd

from emokit import atomic_files
from emokit.corpora.corpus import CorpusError
from emokit.corpora.folder import inside, relative, root_of
from emokit.corpora.from_table import as_clips

# Scheme to column; of two that mean one column the first is taken.
SCHEMES = {
    "speaker": "speaker", "gender": "sex", "sex": "sex", "sentence": "sentence", "transcription": "sentence",
    "intensity": "intensity", "language": "language", "corpus": "corpus", "take": "take", "age": "age",
}  # fmt: skip
HEADER = "db.yaml"


def read(data_dir: str | Path, emotion: str = "emotion") -> pd.DataFrame:
    """The clips of an audformat database.

    Args:
        data_dir: the folder with db.yaml.
        emotion: the scheme, or the column, that holds the label.

    Raises:
        CorpusError: without the package audformat, and for a database that has no such label or labels segments.
    """
    audformat = _audformat()
    root = root_of(data_dir)
    if not (root / HEADER).is_file():
        raise CorpusError(f"{root} has no {HEADER}; choose the folder of an audformat database.")
    database = _load(audformat, root)
    try:
        labels = database.get(emotion, list(SCHEMES))
    except (ValueError, TypeError) as error:
        raise CorpusError(f"{root}: the labels {emotion!r} contradict each other ({error}).") from error
    if labels.empty or labels[emotion].isna().all():
        schemes = ", ".join(database.schemes) or "none"
        raise CorpusError(f"{root} has no labels {emotion!r}; its schemes are {schemes}: name one as emotion.")
    if audformat.is_segmented_index(labels.index):
        raise CorpusError(f"{root} labels segments of files; cut them into one file a clip first.")
    table = pd.DataFrame({"file": labels.index.astype("str"), "emotion": labels[emotion].astype("object").to_numpy()})
    for scheme, column in SCHEMES.items():
        if column not in table and labels[scheme].notna().any():
            table[column] = labels[scheme].astype("object").to_numpy()
    return as_clips(table, database.name, root, root / HEADER)


def write_audformat(path: str | Path, clips: pd.DataFrame, data_dir: str | Path) -> None:
    """Write clips as an audformat database in a new folder, with copies of their files below `audio`.

    Raises:
        CorpusError: without the package audformat, or when `path` is there already.
    """
    audformat = _audformat()
    path, root = Path(path), root_of(data_dir)
    if path.exists():
        raise CorpusError(f"{path} is there already; choose a new folder for the database.")
    names = [relative(file, root) for file in clips["file"]]
    if None in names:
        raise CorpusError(f"{clips['file'].iloc[names.index(None)]} lies outside of {root}; give their own folder.")
    with tempfile.TemporaryDirectory(prefix=atomic_files.PART, dir=_made(path.parent)) as aside:
        folder = Path(aside) / "database"
        for file, name in zip(clips["file"], names, strict=True):
            shutil.copyfile(file, _made((folder / "audio" / name).parent) / Path(name).name)
        index = audformat.filewise_index([f"audio/{name}" for name in names])
        _database(audformat, clips.set_axis(index)).save(str(folder), storage_format="csv")
        folder.rename(path)  # whole or not at all


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
    for column in ("emotion", "speaker", "sentence", "intensity", "language", "corpus", "take"):
        if column not in clips or clips[column].isna().all():
            continue
        labels = {"emotion": sorted(clips["emotion"].dropna().unique()), "speaker": genders}.get(column)
        database.schemes[column] = audformat.Scheme(labels=labels) if labels else audformat.Scheme("str")
        table[column] = audformat.Column(scheme_id=column)
        table[column].set(clips[column].astype("object").where(clips[column].notna(), None).to_numpy())
    return database


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
        raise CorpusError("audformat databases need a package more; pip install 'emokit-ser[audformat]'.") from error


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
