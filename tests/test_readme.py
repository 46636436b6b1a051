"""What README.md counts is what the code has, and what it claims was measured."""

import re
from pathlib import Path

import pytest

from emokit import audit, corpora

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
GUIDE = (PROJECT / "docs" / "guide.md").read_text(encoding="utf-8")
RESULTS = (PROJECT / "docs" / "results.md").read_text(encoding="utf-8")


def test_the_checks_of_the_audit_are_counted():
    counted = f"what is wrong with the clips: {len(audit.CHECKS) + len(audit.CHECKS_OF_SPLIT)} checks"
    assert counted in README and counted in GUIDE


def test_there_are_about_forty_published_corpora():
    assert 35 <= len(corpora.PUBLISHED) <= 45 and "about forty published corpora" in README


@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "guide"])
def test_headlines_are_figures_of_the_results_page_with_their_intervals(page):
    measured = [line for line in page.splitlines() if re.search(r"\*\*[\d.]+", line)]
    assert len(measured) >= 4
    for line in measured:
        figure, interval = re.search(r"\| \*\*([\d.]+)\*\* \| ([\d.]+ to [\d.]+) \|", line).groups()
        assert f"| {figure} | {interval} |" in RESULTS, line


def test_what_a_random_split_would_have_claimed_are_figures_of_the_results_page_too():
    (claimed,) = re.findall(r"random split of the same clips would have claimed: ([^\n]+)\.\n", README)
    figures = re.findall(r"[\d.]+\d", claimed)
    assert len(figures) == 4 and all(f"| {figure} |\n" in RESULTS for figure in figures)


@pytest.mark.parametrize("path", [PROJECT / "README.md", PROJECT / "docs" / "guide.md"], ids=["README", "guide"])
def test_every_link_leads_to_a_file(path):
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert links and not [link for link in links if not (path.parent / link).exists()]


def test_a_stranger_finds_in_half_a_minute_what_it_is_how_to_begin_how_well_it_does_and_when_not_to_use_it():
    assert len(README.splitlines()) <= 100
    first = "\n".join(README.splitlines()[:25])
    assert "git clone" in first and "make run" in first and "![" in first
    assert README.index("## Start") < README.index("## How well it hears") < README.index("## Where not to use it")
