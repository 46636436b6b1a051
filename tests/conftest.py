"""Fixtures that several test files share: the demo corpus, and real RAVDESS where it is at hand."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).resolve().parents[1]

# The same examples each time, however busy the machine is.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


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
