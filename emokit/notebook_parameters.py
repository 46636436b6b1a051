"""What a notebook's `parameters` cell may say: one table of names, types, defaults and ranges, and the check of it.

papermill injects whatever it is given: unknown names, 'twelve' for a number, 'false' as a string that counts as true.
So the cell after `parameters` calls `check(globals())`, before any work.
"""

import ast
import difflib
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

from emokit import MAX_SEQ_LENGTH

CORPORA = ("demo", "ravdess", "crema-d", "emodb", "savee", "tess", "emovo", "iemocap")
OWN = ("table", "folders", "audformat")  # your own data: their place has no default
RUN_NAME = re.compile(r"(?!\.)[a-z0-9._-]{1,64}")
RUN_NAME_IN_WORDS = "1 to 64 small letters, digits, '.', '_' or '-', not beginning with '.'"


class ParameterError(ValueError):
    """A parameter that a notebook cannot work with; the message says what was received and what is expected."""


@dataclass(frozen=True)
class Parameter:
    """One row of the table.

    Attributes:
        default: its type is the parameter's type; "" means nothing given.
        help: one line for `papermill --help-notebook`, without range and choices, which are added.
        low: smallest value of a number.
        high: largest value of a number.
        choices: what a text may be; empty for any text.
        several: takes names separated by commas, or a list.
        words: texts that stand for themselves where `several` names are taken.
        path: a file or folder, absolute after the check.
    """

    default: str | int | float | bool
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    several: bool = False
    words: tuple[str, ...] = ()
    path: bool = False


TABLE = {
    "corpus": Parameter("demo", "which corpus, or several", choices=CORPORA + OWN, several=True),
    "data_dir": Parameter("", "folder of the corpus (file, for table); default data/<corpus>", several=True, path=True),
    "name": Parameter("", "what to call your own corpus; default like its folder or table", several=True),
    "speaker": Parameter("", "for folders: pattern whose first group in a file name is the speaker, as ^([a-z]+)_"),
    "outputs_dir": Parameter("outputs", "folder of the runs", path=True),
    "run": Parameter("", "name of the run; default <name of the corpus>-fold<fold>"),
    "runs": Parameter("demo-fold1", "names of the runs to read", several=True),
    "preset": Parameter("", "file in presets/ (without .yaml) for what is not given here"),
    "split": Parameter("speaker", "who may not cross parts", choices=("speaker", "speaker+sentence", "table", "clip")),
    "fold": Parameter(1, "which fold is the test", low=1, high=1000),
    "folds": Parameter(0, "number of folds; 0 takes the published ones, else 4", low=0, high=1000),
    "test_speakers": Parameter("", "speakers of the test, instead of a fold", several=True),
    "classes": Parameter("shared", "shared by all corpora, all, or names", several=True, words=("shared", "all")),
    "split_seed": Parameter(0, "deals the folds and draws the dev speakers", low=0, high=2**31 - 1),
    "seed": Parameter(0, "of weights, order and augmentation", low=0, high=2**31 - 1),
    "epochs": Parameter(40, "at most; early stopping may end before", low=1, high=100_000),
    "batch_size": Parameter(32, "clips in a batch", low=1, high=4096),
    "learning_rate": Parameter(0.0003, "of Adam, at the start", low=1e-7, high=1.0),
    "dropout": Parameter(0.5, "share of values dropped in training", low=0.0, high=0.95),
    "l2": Parameter(0.001, "weight of the squared kernels in the loss", low=0.0, high=1.0),
    "max_seq_length": Parameter(MAX_SEQ_LENGTH, "read of a clip at most, in 16 frames each (160 ms)", low=1, high=1000),
    "n_mels": Parameter(64, "mel bands", low=8, high=256),
    "class_weight": Parameter("balanced", "weight of the classes", choices=("balanced", "none")),
    "augment": Parameter(True, "vary the training clips"),
    "deterministic": Parameter(False, "same weights again on a GPU too, somewhat slower"),
    "allow_severe": Parameter(False, "train in spite of severe findings"),
    "apply_reviews": Parameter("", "runs whose reviews.csv corrects train and dev", several=True),
    "save_minutes": Parameter(10.0, "save the state this often within long epochs; 0 at their end", low=0, high=1e4),
    "tensorboard": Parameter(False, "write logs for TensorBoard (needs the extra tensorboard)"),
    "mislabelled": Parameter(False, "list the clips whose label is doubtful (needs the extra mislabelled)"),
    "n_jobs": Parameter(-1, "threads that read clips; -1 one a core", low=-1, high=1024),
}


def check(names: dict) -> dict:
    """Check the parameters of a notebook and put them back, resolved.

    Numbers and "true"/"false" given as text are read, a whole number is taken for a float, several names become a
    list, paths become absolute: a default starts at the project root, a relative path that was passed at the current
    folder. `preset` fills in what was not passed, `EMOKIT_OUTPUTS_DIR` the default of `outputs_dir`.

    Args:
        names: `globals()` of the notebook, in the cell after `parameters`.

    Returns:
        The notebook's parameters by name, as they are put back into `names`.

    Raises:
        ParameterError: what was received, what is expected, and near matches.
    """
    declared = [name for name in names.get("__annotations__", {}) if not name.startswith("_")]
    for name in declared:
        _require_known(name, TABLE, "this notebook")
    injected = _injected(names.get("In") or [])
    for name in injected:
        _require_known(name, declared, "this notebook")
    given = {name: _read(name, names[name]) for name in declared}
    passed = {name for name in declared if name in injected or given[name] != _read(name, TABLE[name].default)}
    values = given | _preset(given.get("preset"), declared, passed)
    passed |= {name for name in declared if values[name] != given[name] and not TABLE[name].path}
    _check_together(values, passed)
    values = _named(_resolved(values, passed))
    names.update(values)
    return values


def cell(*names: str) -> str:
    """Source of a `parameters` cell that declares these names, with types, defaults and help."""
    lines = []
    for name in names:
        row = TABLE[name]
        hint = f" ({row.low} to {row.high})" if math.isfinite(row.low) else ""
        hint = f": {', '.join(row.choices)}" if row.choices else hint
        shown = f'"{row.default}"' if isinstance(row.default, str) else repr(row.default)
        lines.append(f"{name}: {type(row.default).__name__} = {shown}  # {row.help}{hint}")
    return "\n".join(lines)


def project_root() -> Path:
    """Nearest folder upwards from the current one that holds a pyproject.toml; else that of this checkout."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / "pyproject.toml").is_file():
            return folder
    return here


def near(name: str, known) -> str:
    """Add the near matches of a name to a message: "; did you mean 'epochs'?", or nothing."""
    close = difflib.get_close_matches(name, [str(other) for other in known], n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else "."


def _require_known(name: str, known, where: str) -> None:
    if name not in known:
        suggestion = near(name, known)
        listed = f" {where[0].upper() + where[1:]} knows {', '.join(known)}." if suggestion == "." else ""
        raise ParameterError(f"Received parameter {name!r}, which {where} does not know{suggestion}{listed}")


def _injected(cells: list[str]) -> list[str]:
    """Names assigned in the cell that papermill put between `parameters` and this one; none without a history."""
    for source in reversed(cells[:-1]):
        try:
            body = ast.parse(source).body
        except SyntaxError:  # a magic, so neither of the two
            continue
        if source.startswith("# Parameters\n"):
            return [_assigned(statement) for statement in body]
        if any(isinstance(statement, ast.AnnAssign) for statement in body):
            break
    return []


def _assigned(statement: ast.stmt) -> str:
    # papermill escapes values but not names: a line break in a name brings other code into the cell.
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    received = ast.unparse(statement)[:80]
    raise ParameterError(f"Received {received!r} among the parameters; expected names with values only.")


def _read(name: str, value):
    """The value in its parameter's type and range, or ParameterError."""
    row = TABLE[name]
    if row.several:
        return _read_names(name, row, value)
    if isinstance(row.default, bool):
        read = {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, bool | str) else None
    elif isinstance(row.default, int | float):
        read = _number(value, type(row.default))
    else:
        read = str(value) if isinstance(value, str | Path) else None
    if read is None:
        raise _refusal(name, value, _expected(row), _raw(name, row, value))
    _check_value(name, row, read)
    return read


def _number(value, kind: type) -> int | float | None:
    if isinstance(value, bool) or (kind is int and isinstance(value, float)):
        return None
    try:
        number = kind(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _read_names(name: str, row: Parameter, value) -> list[str] | str:
    """Several names as a list; a single word such as "shared" stays as it is."""
    items = value.split(",") if isinstance(value, str) else [value] if isinstance(value, Path) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | Path) for item in items):
        raise _refusal(name, value, "names separated by commas", _raw(name, row, value))
    read = [str(item).strip() for item in items if str(item).strip()]
    if len(read) == 1 and read[0] in row.words:
        return read[0]
    for item in read:
        _check_value(name, row, item)
    return read


def _check_value(name: str, row: Parameter, value) -> None:
    if row.choices and value not in row.choices:
        raise _refusal(name, value, _expected(row), near(value, row.choices))
    if isinstance(value, int | float) and not row.low <= value <= row.high:
        raise _refusal(name, value, _expected(row))
    if name in ("name", "run", "runs", "apply_reviews") and value and not RUN_NAME.fullmatch(value):
        raise _refusal(name, value, f"a name of {RUN_NAME_IN_WORDS}")


def _refusal(name: str, value, expected: str, ending: str = ".") -> ParameterError:
    return ParameterError(f"Received {name} = {value!r} ({type(value).__name__}); expected {expected}{ending}")


def _expected(row: Parameter) -> str:
    if row.choices:
        return f"one of {', '.join(row.choices)}"
    kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[type(row.default)]
    return f"{kind} from {row.low} to {row.high}" if math.isfinite(row.low) else kind


def _raw(name: str, row: Parameter, value) -> str:
    text = isinstance(row.default, str) and isinstance(value, int | float)
    return f": pass it by `-r {name} …`, which keeps '04' from becoming 4." if text else "."


def _preset(name: str | None, declared: list[str], passed: set[str]) -> dict:
    """Values of presets/<name>.yaml for what was not passed."""
    if not name:
        return {}
    import yaml

    folder = project_root() / "presets"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise _refusal("preset", name, f"one of {', '.join(known) or 'none'} (in presets/)", near(name, known))
    try:
        content = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(f"presets/{name}.yaml cannot be read ({reason}); correct it.") from None
    if not isinstance(content, dict):
        raise ParameterError(f"presets/{name}.yaml holds {type(content).__name__}; expected lines like 'epochs: 60'.")
    allowed = [other for other in declared if other != "preset"]
    for key in content:
        _require_known(str(key), allowed, f"this notebook (preset {name!r})")
    return {key: _read(key, value) for key, value in content.items() if key not in passed}


def _check_together(values: dict, passed: set[str]) -> None:
    corpora, data_dirs = values.get("corpus", []), values.get("data_dir", [])
    for name in ("corpus", "runs"):
        if values.get(name) == []:
            raise _refusal(name, "", "at least one name")
    if corpora and data_dirs and len(data_dirs) != len(corpora):
        raise _refusal("data_dir", data_dirs, f"{len(corpora)} folders, one for each corpus in their order")
    for name in OWN:
        if name in corpora and not data_dirs:
            raise _refusal("corpus", name, "data_dir beside it, the place of your own data")
    _check_names(values.get("name") or corpora, corpora)
    if values.get("folds") and values["fold"] > values["folds"]:
        raise _refusal("fold", values["fold"], f"1 to {values['folds']}, since folds is {values['folds']}")
    if values.get("n_jobs") == 0:
        raise _refusal("n_jobs", 0, "1 or more, or -1 for one a core")
    if values.get("test_speakers"):
        _check_test_speakers(values, passed)


def _check_names(names: list[str], corpora: list[str]) -> None:
    if len(names) != len(corpora):
        raise _refusal("name", names, "one name a corpus, in their order")
    for name, corpus in zip(names, corpora, strict=True):
        if corpus in CORPORA and name != corpus:
            raise _refusal("name", name, f"{corpus}, since that corpus has its name")
        if corpus in OWN and name in CORPORA:
            raise _refusal("name", name, "another one, since a published corpus has it")


def _check_test_speakers(values: dict, passed: set[str]) -> None:
    for other in sorted({"fold", "folds"} & passed):
        raise _refusal("test_speakers", values["test_speakers"], f"either these or {other}, not both")
    if not values["split"].startswith("speaker"):
        raise _refusal("test_speakers", values["test_speakers"], f"none, since split is {values['split']!r}")
    if not values["run"]:
        raise _refusal("run", "", "a name, since with test_speakers it is no fold")


def _resolved(values: dict, passed: set[str]) -> dict:
    """Make paths absolute; one corpus and its folder stand alone, several as lists."""
    values = dict(values)
    root = project_root()
    if "outputs_dir" in values:
        start, outputs = (Path.cwd() if "outputs_dir" in passed else root), values["outputs_dir"]
        if "outputs_dir" not in passed:
            outputs = os.environ.get("EMOKIT_OUTPUTS_DIR") or outputs
        values["outputs_dir"] = _absolute(start, outputs)
    if "data_dir" in values:
        start = Path.cwd() if "data_dir" in passed else root
        data_dirs = values["data_dir"] or [f"data/{name}" for name in values.get("corpus", [])]
        folders = [_absolute(start, folder) for folder in data_dirs]
        values["data_dir"] = _alone(folders)
    if "name" in values:
        values["name"] = _alone(values["name"] or list(map(_called, values["corpus"], folders)))
    if "corpus" in values:
        values["corpus"] = _alone(values["corpus"])
    return values


def own_name(name: str, kind: str) -> str:
    """What to call a corpus after its file or folder: never like a published one, whose folds and counts it has not."""
    return f"{name}-{kind}" if name in CORPORA else name


def _called(corpus: str, place: Path) -> str:
    """The name of a published corpus; for one's own that of the folder or table, in the form of a run's name."""
    if corpus not in OWN:
        return corpus
    words = place.stem if corpus == "table" else place.name
    name = re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-.")[:40] or corpus
    return own_name(name, corpus)


def _absolute(start: Path, path: str) -> Path:
    return Path(os.path.abspath(start / Path(path).expanduser()))  # noqa: PTH100 (resolve would follow links)


def _alone(items: list):
    """The only item, None for nothing, else the list."""
    return items if len(items) > 1 else items[0] if items else None


def _named(values: dict) -> dict:
    """Give the run its default name."""
    if values.get("run") == "":
        names = values["name"] if isinstance(values["name"], list) else [values["name"]]
        values["run"] = f"{'-'.join(names)}-fold{values['fold']}"
    return values
