"""What is raised for a recording that cannot be used."""

import os
from pathlib import Path


class BadClip(Exception):
    """A recording that cannot be used.

    Attributes:
        file: its path, as given.
        code: one word a program can act on, such as "truncated".
        reason: what is wrong and what to do, in words.
    """

    def __init__(self, file: str | Path, code: str, reason: str):
        super().__init__(f"{printable(file)}: {reason} ({code}).")
        self.file, self.code, self.reason = str(file), code, reason

    def __reduce__(self):
        return BadClip, (self.file, self.code, self.reason)


def printable(file: str | Path) -> str:
    """A path as text that can be printed and stored: bytes that are not UTF-8 are shown as escapes."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")
