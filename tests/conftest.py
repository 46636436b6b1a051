"""Fixtures that several test files share: the demo corpus, and real RAVDESS where it is at hand."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def demo_dir() -> Path:
    return PROJECT / "data" / "demo"


@pytest.fixture(scope="session")
def ravdess_dir() -> Path:
    """Folder of real RAVDESS: the variable EMOKIT_RAVDESS, or shared/corpora/ravdess beside the checkout."""
    folder = Path(os.environ.get("EMOKIT_RAVDESS", PROJECT.parent / "shared" / "corpora" / "ravdess"))
    if not folder.is_dir():
        pytest.skip("RAVDESS is not at hand; set EMOKIT_RAVDESS to its folder to run this test")
    return folder
