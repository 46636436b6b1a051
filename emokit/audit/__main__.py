"""`python -m emokit.audit FOLDER`: what is wrong with a folder of recordings, in a terminal."""

import argparse
import sys

import pandas as pd

from emokit import audit, corpora

SHOWN = 20  # findings of each check


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; gives 1 if one is severe, 2 if the folder cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m emokit.audit", description="What is wrong with these recordings?")
    parser.add_argument("folder", help="folder of the corpus, or a table of your own")
    parser.add_argument("--corpus", default="folders", help="how it is laid out: ravdess, crema-d, …, folders, table")
    parser.add_argument("--jobs", type=int, default=2, help="threads (default 2)")
    options = parser.parse_args(arguments)
    try:
        clips = corpora.load(options.corpus, options.folder)
    except corpora.CorpusError as error:
        print(error, file=sys.stderr)
        return 2
    findings = audit.audit(clips, audit.measure(clips, n_jobs=options.jobs))
    print(_page(clips, findings))
    return int((findings["severity"] == "severe").any())


def _page(clips: pd.DataFrame, findings: pd.DataFrame) -> str:
    numbers = findings["severity"].value_counts()
    lines = [f"{len(clips)} clips: " + ", ".join(f"{numbers.get(name, 0)} {name}" for name in audit.SEVERITIES)]
    lines += filter(None, [corpora.notes(clips)])
    for (severity, check), rows in findings.groupby(["severity", "check"], sort=False):
        lines.append(f"\n{severity}: {check}")
        lines += [f"  {row.subject}: {row.found}; {row.remedy}." for row in rows.head(SHOWN).itertuples()]
        if len(rows) > SHOWN:
            lines.append(f"  … and {len(rows) - SHOWN} more")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
