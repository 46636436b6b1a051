"""Folders and tables laid out for the readers of corpora, who look at names alone."""

from pathlib import Path


def lay(root: Path, *names: str) -> Path:
    """A folder with small files of these names; what is in them does not matter to a reader of names."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(Path(name).name.encode())  # the same in every copy
    return root


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """A text file of these lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path
