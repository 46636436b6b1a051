"""`python -m emokit.audit PATH`: how a folder or a table was read, and what is wrong with it, in a terminal."""

import argparse
import sys
from collections.abc import Iterator

import pandas as pd

from emokit import audit, corpora

SHOWN = 8  # lines of each check
PATTERN = r"what in a path below the folder is the {}, as a regular expression such as '{}'"
# As corpora.load and the notebooks call them; --emotion-pattern for emotion_pattern.
OPTIONS = {
    "emotion_pattern": ("PATTERN", "of folders: " + PATTERN.format("emotion", "_([a-z]+)$")),
    "speaker_pattern": ("PATTERN", "of folders: " + PATTERN.format("speaker", "^([^/]+)/")),
    "columns": ("OURS=THEIRS", "of a table: its columns, such as file=FileName,emotion=EmoClass,speaker=SpkrID"),
    "labels": ("LABEL=EMOTION", "labels in other words, such as A=angry,calm=neutral,xxx= (nothing leaves out)"),
    "audio_dir": ("FOLDER", "of a table: the folder that its sounds are in"),
}


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; gives 1 if one is severe, 2 if the folder cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        name = options.corpus or corpora.looks_like(options.paths[0])
        clips = _load(name, options)
    except corpora.CorpusError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Read as {corpora.about(name)['title']}.\n{corpora.notes(clips)}", flush=True)
    measured = audit.measure(clips, n_jobs=options.jobs)
    findings = audit.audit(clips, measured)
    if "part" in clips:  # one's own tables and folders may say it
        findings = audit.gravest_first(findings, audit.of_split(clips, measured))
    print(_page(clips, findings, every=options.all))
    return int((findings["severity"] == "severe").any())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emokit.audit", description="What is wrong with these recordings?")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="folder of the corpus, or a table; several are one")
    names = ", ".join([*corpora.PUBLISHED, *corpora.YOUR_OWN])
    parser.add_argument("--corpus", metavar="NAME", help=f"how it is laid out, if not as it looks: {names}")
    for option, (shown, told) in OPTIONS.items():
        parser.add_argument(f"--{option.replace('_', '-')}", metavar=shown, help=told)
    parser.add_argument("--all", action="store_true", help="each finding, not one line for those of one speaker")
    parser.add_argument("--jobs", metavar="N", type=_threads, default=2, help="threads (default 2)")
    return parser


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; give 1 or more")
    return int(text)


def _load(name: str, options: argparse.Namespace) -> pd.DataFrame:
    given = {option: value for option in OPTIONS if (value := getattr(options, option))}
    patterns = [f"--{option.replace('_', '-')}" for option in given if option.endswith("_pattern")]
    place = options.paths[0] if len(options.paths) == 1 else options.paths
    if patterns and name != "folders":
        title = corpora.about(name)["title"]
        remedy = "leave it out or add --corpus folders"
        raise corpora.CorpusError(f"{place} is read as {title}, and {patterns[0]} is for folders; {remedy}.")
    return corpora.load(name, place, **given)


def _page(clips: pd.DataFrame, findings: pd.DataFrame, *, every: bool) -> str:
    numbers = findings["severity"].value_counts()
    lines = [f"\n{len(clips)} clips: " + ", ".join(f"{numbers.get(name, 0)} {name}" for name in audit.SEVERITIES)]
    speakers = clips.drop_duplicates("file").set_index("file")["speaker"]
    for (severity, check), rows in findings.groupby(["severity", "check"], sort=False):
        told = [_line(row) for row in rows.itertuples()] if every else list(_gathered(rows, speakers))
        lines += [f"\n{severity}: {check}", *(told if every else told[:SHOWN])]
        if not every and len(told) > SHOWN:
            lines.append(f"  … and {len(told) - SHOWN} more lines; --all prints each finding")
    return "\n".join(lines)


def _gathered(rows: pd.DataFrame, speakers: pd.Series) -> Iterator[str]:
    """A line for the findings of one check at the clips of one speaker, with the first of them."""
    who = rows["file"].map(speakers).fillna("clips of no known speaker")
    for name, those in rows.groupby(who.where(rows["file"].notna(), rows.index.map(str)), sort=False):
        first = next(those.itertuples())
        yield _line(first) if len(those) == 1 else f"  {name}: {len(those)} times, such as {_line(first).strip()}"


def _line(row) -> str:
    return f"  {row.subject}: {row.found}; {row.remedy}{'' if row.remedy.endswith('?') else '.'}"


if __name__ == "__main__":
    sys.exit(main())
