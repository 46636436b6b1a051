"""What a run of a sweep is called: by what it is, `demo-dropout0.5-fold1-seed0`, whatever else the sweep holds."""

import hashlib
import re
from collections.abc import Mapping

LONGEST = 64  # letters of a run's name
WORD = 24  # letters of a value, before it is shortened


def run_name(prefix: str, setting: Mapping, **place: int) -> str:
    """The name of a run, 1 to 64 letters that a run's name may have.

    A value that would lose something, since it is long or has other letters, gets six of its checksum; a name that is
    too long gets eight before its end. So other settings have other names, and a plan that grows renames nothing.

    Args:
        prefix: what all runs of a sweep begin with.
        setting: the parameters that the plan varies, with their values.
        place: fold and seed, which stay readable at the end.
    """
    head = "-".join([prefix, *(f"{name}{_word(value)}" for name, value in setting.items())])
    tail = "".join(f"-{name}{value}" for name, value in place.items())
    if len(head + tail) > LONGEST:
        head = f"{head[: LONGEST - len(tail) - 9]}-{_checksum(head)[:8]}"
    return head + tail


def _word(value) -> str:
    """A value in letters that the name of a run may have."""
    several = isinstance(value, list | tuple)
    text = ",".join(map(str, value)) if several else str(value).lower() if isinstance(value, bool) else str(value)
    plain = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-")[:WORD]
    return plain if plain == text else f"{plain}-{_checksum(text)[:6]}"


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
