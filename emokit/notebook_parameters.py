"""What a notebook's `parameters` cell may say, by the table of `notebook_table`: the check of it.

papermill injects whatever it is given: unknown names, 'twelve' for a number, 'false' as a string that counts as true.
So the cell after `parameters` calls `check(globals())`, before any work.
"""

import ast
import difflib
import math
import os
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from emokit import notebook
from emokit.corpora.own import YOUR_OWN
from emokit.corpora.own.cleaning import default_name, own_name
from emokit.corpora.published import PUBLISHED
from emokit.notebook_table import AT_ONCE, RUN_NAME, RUN_NAME_IN_WORDS, TABLE, Parameter, rows

# What says how a network is trained step by step, and nothing of a head that is found at once.
OF_TRAINING = ("class_weight", "epochs", "learning_rate", "schedule", "weight_decay", "label_smoothing", "dropout")
# What says how a corpus is read, where none may be named.
OF_A_CORPUS = ("corpus_dir", "name", "emotion_pattern", "speaker_pattern", "columns", "audio_dir", "labels")
CALLED = ("name", "run", "runs", "apply_reviews", "teacher", "against")  # what is called like a run
# Lines without which another says nothing.
NEEDS = {"name": ("corpus", "data_dir"), "run": ("name", "fold"), "test_speakers": ("split", "run")}
NEEDS |= {"corpus_dir": ("corpus", "name")}
NEEDS |= {"dev_speakers": ("split", "test_speakers"), "n_dev_speakers": ("split",)}


class ParameterError(ValueError):
    """A parameter that a notebook cannot work with; the message says what was received and what is expected."""


def check(names: dict) -> dict:
    """Check the parameters of a notebook and put them back, resolved.

    A parameter is what the cell annotates, and what of the table stands there, annotated or not, when the notebook is
    checked first. Numbers and "true"/"false" given as text are read, a whole number is taken for a float, names become
    a list, be it one or several (one run may be passed as `run`), and paths absolute: a default starts at the project
    root, a relative path that was passed at the current folder. `preset` fills in what was not passed,
    `EMOKIT_OUTPUTS_DIR` the default of `outputs_dir`.

    Args:
        names: `globals()` of the notebook, in the cell after `parameters`.

    Returns:
        The notebook's parameters by name, as they are put back into `names`.

    Raises:
        ParameterError: what was received, what is expected, and near matches.
    """
    declared, written, injected = notebook.parameters(names, TABLE)
    injected = _with_runs(names, declared, injected)
    _require_known(written, rows(declared))
    names.update(_checked(declared, names, injected))
    return {name: names[name] for name in declared}


def check_cell(source: str, given: Mapping) -> dict:
    """Check what papermill is to pass to a notebook, before any work, and give what `check` will give in it.

    Args:
        source: of its cell `parameters`, whose defaults are plain values; ParameterError otherwise, as of `check`.
        given: values by name.
    """
    return _checked(list(_defaults(source)), _defaults(source) | given, list(given))


@lru_cache
def _defaults(source: str) -> dict:
    """What a cell assigns to names with an annotation, without running it."""
    lines = [line for line in ast.parse(source).body if isinstance(line, ast.AnnAssign) and line.value]
    try:
        return {ast.unparse(line.target): ast.literal_eval(line.value) for line in lines}
    except ValueError:
        raise ParameterError(f"Received a cell whose defaults are no plain values: {source[:80]!r}.") from None


def _checked(declared: list[str], names: Mapping, injected: Collection) -> dict:
    """The parameters of a notebook, resolved, or ParameterError; `injected` is what was passed to it."""
    table = rows(declared)
    _require_known(declared, table)
    _require_known(injected, declared)
    _require_lines([name for name in declared if name not in names], table)
    given = {name: _read(name, names[name]) for name in declared}
    _require_lines([other for name in declared for other in NEEDS.get(name, ()) if other not in declared], table)
    passed = {name for name in declared if name in injected or given[name] != _read(name, table[name].default)}
    values = given | _preset(given.get("preset"), declared, passed)
    passed |= {name for name in declared if values[name] != given[name] and not TABLE[name].path}
    _check_together(values, passed)
    return _resolved(values, passed)


def cell(*names: str) -> str:
    """Source of a `parameters` cell that declares these names, with types, defaults and help."""
    table = rows(names)
    return "\n".join(_line(name, table[name]) for name in names)


def _line(name: str, row: Parameter) -> str:
    hint = f" ({row.low} to {row.high})" if math.isfinite(row.low) else ""
    hint = f": {', '.join(row.choices)}" if row.choices and not row.several else hint
    shown = f'"{row.default}"' if isinstance(row.default, str) else repr(row.default)
    return f"{name}: {type(row.default).__name__} = {shown}  # {row.help}{hint}"


def _with_runs(names: dict, declared: list[str], injected: list) -> list:
    """What papermill assigns, with `run` taken for `runs` where a notebook reads one run or several."""
    if "run" not in injected or "run" in declared or "runs" not in declared or "runs" in injected:
        return injected
    if isinstance(names.get("run"), str | list):  # later a reader may call anything so
        names["runs"] = names.pop("run")
    return ["runs" if name == "run" else name for name in injected]


def near(name: str, known) -> str:
    """The end of a message: "; did you mean 'epochs'?" where a known name is near, else its full stop."""
    # Compared in small letters: RAVDESS is near to ravdess.
    plain = {str(other).lower(): str(other) for other in known}
    close = [plain[other] for other in difflib.get_close_matches(name.lower(), plain, n=3, cutoff=0.6)]
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else "."


def _require_known(names, known, where: str = "this notebook") -> None:
    for name in names:
        if isinstance(name, ast.stmt):  # papermill escapes values but not names: a line break in one brings other code
            received = ast.unparse(name)[:80]
            raise ParameterError(f"Received {received!r} among the parameters; expected names with values only.")
        if (name := str(name)) not in known:
            ending = near(name, known)
            listed = f" {where[0].upper() + where[1:]} knows {', '.join(known)}." if ending == "." else ""
            raise ParameterError(f"Received parameter {name!r}, which {where} does not know{ending}{listed}")


def _require_lines(missing: list[str], table: dict[str, Parameter]) -> None:
    """Refuse a cell in which a line is missing, or its value."""
    if missing:
        name = missing[0]
        line = _line(name, table[name]).partition("  #")[0] if name in table else f"{name} = …"
        raise ParameterError(f"Received no value of {name!r}; put its line back into the cell: {line}")


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
        raise _refusal(name, value, _expected(row))
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


def _read_names(name: str, row: Parameter, value) -> list[str]:
    """One name or several as a list: here, and nowhere else, a text is split at its commas."""
    whole = isinstance(value, str) and row.path and os.path.exists(os.path.expanduser(value))  # noqa: PTH110, PTH111
    items = [value] if whole or isinstance(value, Path) else value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | Path) for item in items):
        raise _refusal(name, value, "names separated by commas")
    read = [str(item).strip() for item in items if str(item).strip()]
    for item in read:
        _check_value(name, row, item)
    return read


def _check_value(name: str, row: Parameter, value) -> None:
    if row.choices and value not in row.choices:
        raise _refusal(name, value, _expected(row), row.choices)
    if isinstance(value, int | float) and not row.low <= value <= row.high:
        raise _refusal(name, value, _expected(row))
    if name in CALLED and value and not RUN_NAME.fullmatch(value):
        raise _refusal(name, value, f"a name of {RUN_NAME_IN_WORDS}")


def _refusal(name: str, value, expected: str, known=()) -> ParameterError:
    ending = near(str(value), known)
    if isinstance(TABLE[name].default, str) and isinstance(value, int | float):
        ending = f": pass it by `-r {name} …`, which keeps '04' from becoming 4."
    return ParameterError(f"Received {name} = {value!r} ({type(value).__name__}); expected {expected}{ending}")


def _expected(row: Parameter) -> str:
    if row.choices:
        return f"one of {', '.join(row.choices)}"
    kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[type(row.default)]
    return f"{kind} from {row.low} to {row.high}" if math.isfinite(row.low) else kind


def _preset(name: str | None, declared: list[str], passed: set[str]) -> dict:
    """Values of presets/<name>.yaml for what was not passed."""
    if not name:
        return {}
    import yaml

    folder = notebook.project_root() / "presets"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise _refusal("preset", name, f"one of {', '.join(known) or 'none'} (in presets/)", known)
    try:
        content = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ParameterError(f"presets/{name}.yaml cannot be read ({reason}); correct it.") from None
    if not isinstance(content, dict):
        raise ParameterError(f"presets/{name}.yaml holds {type(content).__name__}; expected lines like 'epochs: 60'.")
    _require_known(content, [other for other in declared if other != "preset"], f"this notebook (preset {name!r})")
    return {key: _read(key, value) for key, value in content.items() if key not in passed}


def _check_together(values: dict, passed: set[str]) -> None:
    """Refuse what contradicts another parameter."""
    fold, folds, split, speakers, dev = map(values.get, ("fold", "folds", "split", "test_speakers", "dev_speakers"))
    n_dev = values.get("n_dev_speakers")
    refused = [
        *_of_corpora(values),
        ("fold", folds and fold > folds, f"1 to {folds}, since folds is {folds}"),
        *((name, values.get(name) == 0, "1 or more, or -1 for one a core") for name in ("n_jobs", "workers")),
        *(("test_speakers", speakers and {name} & passed, f"these or {name}, not both") for name in ("fold", "folds")),
        ("test_speakers", speakers and not split.startswith("speaker"), f"none, since split is {split!r}"),
        ("dev_speakers", dev and not split.startswith("speaker"), f"none, since split is {split!r}"),
        ("n_dev_speakers", n_dev and not split.startswith("speaker"), f"0, since split is {split!r}"),
        ("n_dev_speakers", n_dev and dev, "0, since dev_speakers are named"),
        ("dev_speakers", dev and {*dev} & {*speakers}, "others than test_speakers"),
        ("run", speakers and not values["run"], "a name, since with test_speakers it is no fold"),
        *_contradictions(values, passed),
    ]
    for name, wrong, expected in refused:
        if wrong:
            raise _refusal(name, values[name], expected)


def _of_corpora(values: dict) -> list[tuple]:
    """As `_check_together` refuses them, of corpora, their folders and names."""
    corpora, where, needed = values.get("corpus", []), _folder_of(values), "runs" if "runs" in values else "corpus"
    places, names = values.get(where, []), values.get("name") or corpora
    kinds = list(zip(names, corpora, strict=False))
    return [
        (needed, values.get(needed) == [], "at least one name"),
        *((name, not corpora and values.get(name), "corpus beside it") for name in OF_A_CORPUS),
        ("corpus", needed == "runs" and len(corpora) > 1, "one; ask about others after it"),
        (where, len(corpora) > 1 and places and len(places) != len(corpora), f"{len(corpora)} folders in order"),
        ("corpus", not places and {*corpora} & {*YOUR_OWN}, f"{where} beside it, the place of your own data"),
        ("name", len(names) != len(corpora), "one name a corpus, in their order"),
        *(("name", kind in PUBLISHED and name != kind, f"{kind}, since it has its name") for name, kind in kinds),
        *(("name", name in PUBLISHED and kind in YOUR_OWN, "another, since a corpus has it") for name, kind in kinds),
    ]


def _folder_of(values: dict) -> str:
    """The parameter that says where `corpus` lies: beside runs, whose own is in `data_dir`, another one."""
    return "corpus_dir" if "corpus_dir" in values else "data_dir"


def _contradictions(values: dict, passed: set[str]) -> list[tuple]:
    """As `_check_together` refuses them, of features and network."""
    kind, normalise, n_enrolled, body, head = map(values.get, ("features", "normalise", "enrolled", "body", "head"))
    by, at_once, front_end = normalise == "enrolled", head not in (None, "network"), values.get("front_end")
    return [
        *((name, {name} & passed and kind != "encoder", f"none: features is {kind}") for name in ("encoder", "layer")),
        ("level", values.get("level") and {"level"} & passed and kind != "log_mel", f"false, since features is {kind}"),
        ("enrolled", n_enrolled and not by, f"0, since normalise is {normalise}"),
        ("enrolled", by and not n_enrolled, "1 or more, since normalise is enrolled"),
        ("enrolled_emotion", values.get("enrolled_emotion") and not by, f"none, since normalise is {normalise}"),
        ("teacher", values.get("teacher") and values.get("target") == "votes", "none, since target is votes"),
        ("teacher", values.get("teacher") and head != "network", f"none, since head is {head}"),
        ("head", at_once and body not in AT_ONCE, f"network, since body is {body}"),
        ("front_end", at_once and front_end not in ("none", "frames"), f"none or frames, since head is {head}"),
        ("target", at_once and values.get("target") == "votes", f"emotions, since head is {head}"),
        ("n_mels", {"n_mels"} & passed and kind == "encoder", f"none: features is {kind}"),
        ("augment", {"augment"} & passed and values.get("augment") and kind != "log_mel", f"false: features is {kind}"),
        *((name, at_once and {name} & passed, f"none: head is {head}") for name in OF_TRAINING),
    ]


def _resolved(values: dict, passed: set[str]) -> dict:
    """Make paths absolute, and give the corpora and the run their default names."""
    values, root, where = dict(values), notebook.project_root(), _folder_of(values)
    places = ("outputs_dir", "data_dir", "corpus_dir", "plan")
    start = {name: Path.cwd() if name in passed else root for name in places}
    if "plan" in values:
        values["plan"] = _absolute(start["plan"], values["plan"])
    if "outputs_dir" in values:
        default = "" if "outputs_dir" in passed else os.environ.get("EMOKIT_OUTPUTS_DIR", "")
        values["outputs_dir"] = _absolute(start["outputs_dir"], default or values["outputs_dir"])
    for name in {"data_dir", "corpus_dir"} & {*values}:
        places = values[name] or [f"data/{corpus}" for corpus in values.get("corpus", []) if name == where]
        values[name] = [_absolute(start[name], place) for place in places]
    for name in ("audio_dir", "voice", "leave_out"):
        if values.get(name):
            values[name] = [_absolute(Path.cwd(), place) for place in values[name]]
    if values.get("file"):
        values["file"] = _absolute(Path.cwd(), values["file"])
    if "name" in values:
        one = len(values["corpus"]) == 1  # of one or several folders or tables
        places = [values[where]] if one else [[place] for place in values[where]]
        values["name"] = values["name"] or list(map(_called, values["corpus"], places))
    if values.get("n_dev_speakers") == 0 and not values.get("dev_speakers") and values["split"].startswith("speaker"):
        chosen = values.get("schedule") == "plateau" and values.get("head") == "network"
        values["n_dev_speakers"] = 0 if chosen else 1  # who chooses nothing is better learned from
    if values.get("run") == "":
        values["run"] = f"{'-'.join(values['name'])}-fold{values['fold']}"
    return values


def _called(corpus: str, places: list[Path]) -> str:
    """The name of a published corpus; for one's own that of the folder or table, in the form of a run's name."""
    if corpus in PUBLISHED:
        return corpus
    words = default_name(places, corpus).lower()
    return own_name(re.sub(r"[^a-z0-9._-]+", "-", words).strip("-.")[:40] or corpus, corpus)


def _absolute(start: Path, path: str) -> Path:
    return Path(os.path.abspath(start / Path(path).expanduser()))  # noqa: PTH100 (resolve would follow links)
