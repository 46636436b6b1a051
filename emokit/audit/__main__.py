"""`python -m emokit.audit FOLDER`: what is wrong with a folder of recordings, in a terminal."""

import argparse
import sys

import pandas as pd

from emokit import audit, corpora

SHOWN = 20  # findings of each check


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; gives 1 if one is severe, 2 if the folder cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        name = options.corpus or corpora.looks_like(options.folder)
        clips = _load(name, options.folder, options.speaker)
    except corpora.CorpusError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Read as {corpora.about(name)['title']}.")
    measured = audit.measure(clips, n_jobs=options.jobs)
    findings = audit.audit(clips, measured)
    if "part" in clips:  # a table of one's own may say it
        findings = audit.gravest_first(findings, audit.of_split(clips, measured))
    print(_page(clips, findings))
    return int((findings["severity"] == "severe").any())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emokit.audit", description="What is wrong with these recordings?")
    parser.add_argument("folder", help="folder of the corpus, or a table of your own")
    names = ", ".join([*corpora.PUBLISHED, *corpora.YOUR_OWN])
    parser.add_argument("--corpus", metavar="NAME", help=f"how it is laid out, if not as it looks: {names}")
    pattern = r"of folders: what in a file name is the speaker, as a regular expression such as '^([a-z]+)_'"
    parser.add_argument("--speaker", metavar="PATTERN", help=pattern)
    parser.add_argument("--jobs", metavar="N", type=_threads, default=2, help="threads (default 2)")
    return parser


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; give 1 or more")
    return int(text)


def _load(name: str, folder: str, speaker: str | None) -> pd.DataFrame:
    if not speaker:
        return corpora.load(name, folder)
    if name != "folders":
        title = corpora.about(name)["title"]
        remedy = "leave it out or add --corpus folders"
        raise corpora.CorpusError(f"{folder} is read as {title}, and --speaker is for folders; {remedy}.")
    return corpora.load(name, folder, speaker_pattern=speaker)


def _page(clips: pd.DataFrame, findings: pd.DataFrame) -> str:
    numbers = findings["severity"].value_counts()
    lines = [f"{len(clips)} clips: " + ", ".join(f"{numbers.get(name, 0)} {name}" for name in audit.SEVERITIES)]
    lines.append(corpora.notes(clips))
    for (severity, check), rows in findings.groupby(["severity", "check"], sort=False):
        lines.append(f"\n{severity}: {check}")
        lines += [f"  {row.subject}: {row.found}; {row.remedy}." for row in rows.head(SHOWN).itertuples()]
        if len(rows) > SHOWN:
            lines.append(f"  … and {len(rows) - SHOWN} more")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
