"""A plan from its file, sweep.yaml, every key and parameter checked before any work.

    parameters: {corpus: demo, epochs: 20}         # of every run
    grid: {dropout: [0.1, 0.3], n_mels: [40, 64]}  # each with each; or `list`, or `random` with `trials`
    folds: [1, 2]
    seeds: [0, 1]
"""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import yaml

from emokit.notebook import project_root
from emokit.notebook_parameters import ParameterError, near
from emokit.sweep import draws
from emokit.sweep.plan import Plan, SweepError

TRIED_BY = ("grid", "list", "random")
OF_DRAWS = ("trials", "draw_seed", "sampler")
KEYS = ("notebook", "parameters", *TRIED_BY, *OF_DRAWS, "folds", "seeds")
SAMPLERS = ("random", "optuna")
NEEDED = ("run", "outputs_dir", "name", "fold", "seed")  # parameters of a notebook that leaves a run


def read(path: str | Path, outputs_dir: str | Path | None = None) -> Plan:
    """Read a plan and check all of it.

    Args:
        path: YAML; the sweep is called like the file.
        outputs_dir: folder of the runs, instead of what the plan or the notebook says.

    Raises:
        SweepError: for what a plan cannot hold.
        ParameterError: for a parameter that its notebook does not know, or a value that it does not take.
    """
    path = Path(path)
    try:
        plan = _plan(path, _content(path), {} if outputs_dir is None else {"outputs_dir": str(outputs_dir)})
        for setting in draws.ends(plan.space):
            plan.of(setting)
        len(plan.jobs)  # made once, each one checked
    except (SweepError, ParameterError) as error:
        raise type(error)(f"{path.name}: {error}") from None
    return plan


def _content(path: Path) -> dict:
    """What the file holds, no key unknown or of another kind."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SweepError(f"cannot be read ({' '.join(str(error).split())}); correct it.") from None
    if not isinstance(content, dict):
        raise SweepError(f"holds {type(content).__name__}; expected keys such as grid, folds and seeds.")
    for key in content:
        if key not in KEYS:
            raise SweepError(f"Received key {key!r}, which a plan does not have{near(str(key), KEYS)}")
    _require(content, "parameters", lambda value: isinstance(value, dict), "parameters with their values")
    return content


def _plan(path: Path, content: dict, more: dict) -> Plan:
    fixed = content.get("parameters", {}) | more
    settings, drawn = _settings(content)
    tried = {name for setting in [*settings, *draws.ends(drawn.get("space", {}))] for name in setting}
    for name in ("fold", "seed", "run", "outputs_dir"):
        if name in tried or (name in ("fold", "seed") and name in fixed):
            instead = f"folds and seeds, such as {name}s: [1, 2]" if name in ("fold", "seed") else "parameters"
            raise SweepError(f"Received {name} among parameters; it stands under {instead}.")
    if both := sorted(tried & {*fixed}):
        raise SweepError(f"Received {both[0]} twice, as fixed and as tried; say it once.")
    folds = _numbers(content, "folds", [] if fixed.get("test_speakers") else [1])
    notebook, cell = _notebook(content.get("notebook", "02_train"))
    return Plan(path.stem, notebook, cell, fixed, settings, folds, _numbers(content, "seeds", [0]), **drawn)


def _settings(content: dict) -> tuple[list[dict], dict]:
    """The settings that are tried, or where Optuna draws them what it draws by."""
    ways = [key for key in TRIED_BY if key in content]
    if len(ways) > 1:
        raise SweepError(f"Received {' and '.join(ways)}; a plan has one of them, make another of the other.")
    if not ways:
        return [{}], {}
    tried = content[ways[0]]
    if ways == ["list"]:
        _require(content, "list", _is_list_of(dict), "settings such as [{dropout: 0.1}, {dropout: 0.3, epochs: 60}]")
        return tried, {}
    if ways == ["grid"]:
        _require(content, "grid", _is_grid, "lists of values such as {dropout: [0.1, 0.3]}")
        return [dict(zip(tried, values, strict=True)) for values in itertools.product(*tried.values())], {}
    return _draws(content)


def _draws(content: dict) -> tuple[list[dict], dict]:
    _require(content, "random", lambda value: isinstance(value, dict) and value, "ranges or lists by parameter")
    _require(content, "trials", _is_count, "how many settings are drawn, a whole number")
    _require(content, "draw_seed", lambda value: type(value) is int and value >= 0, "a whole number")
    _require(content, "sampler", lambda value: value in SAMPLERS, " or ".join(SAMPLERS))
    if "trials" not in content:
        raise SweepError("trials is not there; say how many settings are drawn, such as trials: 20.")
    space, trials, seed = draws.space(content["random"]), content["trials"], content.get("draw_seed", 0)
    if content.get("sampler") == "optuna":
        return [], {"space": space, "trials": trials, "draw_seed": seed}
    return draws.drawn(space, trials, seed), {}


def _notebook(said: str) -> tuple[Path, str]:
    """The notebook, by name in notebooks/ or by path, and the source of its cell `parameters`."""
    path = project_root() / "notebooks" / f"{said}.ipynb"
    path = path if path.is_file() else Path(str(said)).expanduser().absolute()
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cell = next(cell for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    except FileNotFoundError:
        raise SweepError(f"notebook is {said!r}; expected a name in notebooks/, or the path of one.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise SweepError(f"{path.name} is no notebook with a cell tagged parameters; take another.") from None
    source = "".join(cell["source"])
    if missing := [name for name in NEEDED if not re.search(rf"^{name}:", source, flags=re.M)]:
        raise SweepError(f"{path.name} has no parameter {missing[0]}, by which runs are kept apart; take 02_train.")
    return path, source


def _numbers(content: dict, key: str, default: list[int]) -> list[int]:
    whole = _is_list_of(int)
    _require(content, key, lambda value: whole(value) and len({*value}) == len(value), "a list such as [1, 2]")
    if key == "folds" and not default and key in content:
        raise SweepError("folds stands beside test_speakers; say one of them.")
    return sorted(content.get(key, default))


def _require(content: dict, key: str, accepts: Callable, expected: str) -> None:
    if key in content and not accepts(content[key]):
        raise SweepError(f"{key} is {content[key]!r}; expected {expected}.")


def _is_list_of(kind: type) -> Callable:
    return lambda value: isinstance(value, list) and bool(value) and all(type(item) is kind for item in value)


def _is_grid(value) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(each, list) and each for each in value.values())


def _is_count(value) -> bool:
    return type(value) is int and value > 0
