"""axe-core, Deque's checker of accessibility: fetched once by npm, injected into a page, never imported by node."""

import subprocess
import tarfile
from pathlib import Path

from emokit import atomic_files

VERSION = "4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"  # of the package as npm hands it out
HERE = "package/axe.min.js"
RUN = """async (roots) => {
  const { violations } = await axe.run({ include: roots.map((root) => [root]) }, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map((node) => node.html.slice(0, 300))]);
}"""
GRAVE = ("serious", "critical")


def script(folder) -> str:
    """The code of axe-core, kept in this folder.

    Raises:
        OSError: if there is no npm, or it cannot fetch the package.
        ValueError: if the package is not what it was.
    """
    package = Path(folder) / f"axe-core-{VERSION}.tgz"
    if not package.exists():
        package.parent.mkdir(parents=True, exist_ok=True)
        fetch = ["npm", "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(package.parent)]
        if subprocess.run(fetch, capture_output=True, timeout=120).returncode:
            raise OSError(f"`{' '.join(fetch[:3])}` failed")
    if atomic_files.sha256(package) != SHA256:
        raise ValueError(f"{package} is not axe-core {VERSION}; remove it.")
    with tarfile.open(package) as archive:
        return archive.extractfile(HERE).read().decode()


def faults(page, code: str, *roots: str) -> list:
    """Serious and critical faults of what stands in these roots: impact, rule, and the elements."""
    page.evaluate(f"() => {{ {code} }}")  # a page may forbid added scripts
    return [fault for fault in page.evaluate(RUN, list(roots)) if fault[0] in GRAVE]
