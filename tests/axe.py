"""axe-core, Deque's checker of accessibility: fetched once from npm, injected into a page, never imported by node."""

from pathlib import Path

import pooch

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
        OSError: if npm's registry cannot be reached.
        ValueError: if the package is not what it was.
    """
    url = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
    unpacked = pooch.retrieve(url, f"sha256:{SHA256}", path=folder, processor=pooch.Untar(members=[HERE]))
    return Path(unpacked[0]).read_text(encoding="utf-8")


def faults(page, code: str, *roots: str) -> list:
    """Serious and critical faults of what stands in these roots: impact, rule, and the elements."""
    page.evaluate(f"() => {{ {code} }}")  # a page may forbid added scripts
    return [fault for fault in page.evaluate(RUN, list(roots)) if fault[0] in GRAVE]
