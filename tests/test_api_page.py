"""The page of the library's functions and classes: whole, readable, and made without a warning."""

import ast
import re
import runpy
from pathlib import Path

import pytest

import emokit

PROJECT = Path(__file__).resolve().parents[1]
FILES = sorted((PROJECT / "emokit").rglob("*.py"))


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    pytest.importorskip("pdoc", reason='pdoc makes the page: pip install -e ".[docs]"')
    folder = tmp_path_factory.mktemp("api")
    runpy.run_path(str(PROJECT / "docs" / "api.py"))["main"](folder)
    return folder


def public(node: ast.AST, name: str):
    """Each public class, function and method below a node, with its dotted name."""
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef | ast.ClassDef) and not inner.name.startswith("_"):
            yield f"{name}.{inner.name}", inner
            if isinstance(inner, ast.ClassDef):
                yield from public(inner, f"{name}.{inner.name}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_public_name_says_what_it_is(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    documented = {name: ast.get_docstring(node) for name, node in [(path.stem, module), *public(module, path.stem)]}
    assert not [name for name, text in documented.items() if not text]
    prose = {name: re.sub(r"`[^`]*`|>>> .*|\n\n    .*", "", text) for name, text in documented.items()}  # without code
    assert not [name for name, text in prose.items() if re.search(r"<\w", text)]  # a tag, to the browser


def test_the_page_lists_every_public_module(page):
    modules = {path.stem for path in (page / "emokit").glob("*.html")}
    listed = {name for name in emokit.__all__ if name == name.lower() and name not in emokit._NAMES}
    assert modules == listed
    assert all(f'href="emokit/{name}.html"' in (page / "emokit.html").read_text() for name in modules)


def test_the_page_shows_no_private_name(page):
    names = {name for path in page.rglob("*.html") for name in re.findall(r'id="([\w.]+)"', path.read_text())}
    assert "Run.open" in names and "uar" in names
    assert not [name for name in names if re.search(r"(^|\.)_(?!_init__$)", name)]
