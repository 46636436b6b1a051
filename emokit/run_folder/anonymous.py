"""A run without the machine that it was trained on: no absolute path, no name of a host, no process."""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from emokit.notebook import project_root
from emokit.run_folder.contents import Contents

OF_A_MACHINE = ("pid", "host")  # of a session


def record(run: Contents, files: dict[str, str]) -> dict:
    """What run.json says of a run anywhere.

    Args:
        run: a Run.
        files: sha256 of its files by name, as they are handed on.
    """
    content = without(deepcopy(run.record), replacer(run))
    for session in content["sessions"]:
        for fact in OF_A_MACHINE:
            session.pop(fact, None)
    return content | {"files": files}


def replacer(run: Contents) -> Callable[[str], str]:
    """A function that gives a text without the absolute places of a run and of this machine.

    A folder of clips becomes `data/` and its corpus, that of the runs `outputs`, an encoder the last name of its path.
    """
    known = {place: name for place, name in _places(run) if Path(place).is_absolute() and place != "/"}
    longest = sorted(known, key=len, reverse=True)
    whole = re.compile(rf"(?<![\w.:/-])({'|'.join(map(re.escape, longest))})(?![\w.-])")
    return lambda text: whole.sub(lambda found: known[found[0]], text)


def without(value, replace: Callable[[str], str]):
    """A value of JSON, each text in it replaced."""
    if isinstance(value, dict):
        return {name: without(item, replace) for name, item in value.items()}
    if isinstance(value, list):
        return [without(item, replace) for item in value]
    return replace(value) if isinstance(value, str) else value


def _places(run: Contents) -> list[tuple[str, str]]:
    """Places that the run or this machine knows, and what stands for each; the last one counts where two are one."""
    told, here = run.parameters, run.data_dir
    stand_in = [f"data/{_title(told, number)}" for number in range(len(told["data_dir"]))]
    stand_in += ["data/sounds"] * (len(here) - len(stand_in))
    stored = [*told["data_dir"], *told.get("audio_dir", [])]
    models = [told.get("encoder", ""), run.record["features"].get("model", "")]
    places = [(Path.home(), "~"), (project_root(), "."), (run.path.parent, "outputs")]
    places += [(told.get("outputs_dir", ""), "outputs"), *((model, Path(model).name) for model in models)]
    return [(str(place), name) for place, name in [*places, *zip([*stored, *here], 2 * stand_in, strict=True)]]


def _title(parameters: dict, number: int) -> str:
    """What the corpus in one of the folders is called."""
    for titles in (parameters.get("name") or [], parameters.get("corpus") or ["corpus"]):
        if title := titles[min(number, len(titles) - 1)] if titles else "":
            return title
    return "corpus"
