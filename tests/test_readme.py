"""What README.md counts is what the code has."""

from pathlib import Path

from emokit import audit, corpora

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_checks_of_the_audit_are_counted():
    assert f"what is wrong with the clips: {len(audit.CHECKS) + len(audit.CHECKS_OF_SPLIT)} checks" in README


def test_there_are_about_forty_published_corpora():
    assert 35 <= len(corpora.PUBLISHED) <= 45 and "about forty published corpora" in README
