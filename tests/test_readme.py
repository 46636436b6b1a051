"""What README.md counts is what the code has."""

import re
from pathlib import Path

from emokit import audit, corpora

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_checks_of_the_audit_are_counted():
    assert f"what is wrong with the clips: {len(audit.CHECKS) + len(audit.CHECKS_OF_SPLIT)} checks" in README


def test_there_are_about_forty_published_corpora():
    assert 35 <= len(corpora.PUBLISHED) <= 45 and "about forty published corpora" in README


def test_headlines_are_figures_of_the_results_page():
    measured = [line for line in README.splitlines() if line.startswith("|") and "benchmarks/accuracy.py" in line]
    page = (PROJECT / "docs" / "results.md").read_text(encoding="utf-8") if measured else ""
    for line in measured:
        bold = re.findall(r"\*\*([\d.]+)", line)
        assert bold and all(f"| {figure} |" in page for figure in bold), line
