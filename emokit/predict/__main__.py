"""What a run hears in recordings: python -m emokit.predict RUN FILES …

A line each: file, emotion, how sure, and what speaks against it. Bad files are named at the end, with exit status 1.
"""

import argparse
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pandas as pd
import soundfile as sf
from tqdm import tqdm

from emokit import atomic_files
from emokit.corpora import CorpusError
from emokit.features.weights import EncoderError
from emokit.predict import predict_each
from emokit.predict.recordings import Windows, recordings
from emokit.run_folder import Run, RunError


def main(given: list[str] | None = None) -> int:
    """Answer, and give the exit status: 0 if every file could be read."""
    asked = _arguments(given)
    try:
        runs = [Run.open(path) for path in asked.run.split(",")]
        files = recordings(asked.files)[0]
        with tqdm(total=len(files), unit="file", disable=not sys.stderr.isatty(), leave=False) as bar:
            watched = [(name, partial(_watched, recording, bar, name)) for name, recording in files]
            each = predict_each(runs, watched, windows=asked.windows, enrolled=asked.enrolled, abstain=asked.abstain)
            tables = list(_said(each, bar, asked))
    except (RunError, CorpusError, EncoderError, ValueError) as error:
        sys.exit(str(error))
    if asked.csv:
        with atomic_files.replacing(asked.csv) as aside:
            pd.concat(tables).to_csv(aside, index=False)
    bad = [table.attrs["unreadable"] for table in tables if "unreadable" in table.attrs]
    for error in bad:
        print(error, file=sys.stderr)
    if bad:
        print(f"{len(bad)} of {len(files)} files could not be read.", file=sys.stderr)
    return int(bool(bad))


def _watched(recording: Windows, bar: tqdm, name: str, length: float, step: float) -> Iterator:
    """The windows of a recording; the bar says how many of its minutes are read."""
    minutes = 0
    for start, window in recording(length, step):
        if start // 60 > minutes:
            minutes = int(start // 60)
            bar.set_postfix_str(f"{Path(name).name}: {minutes}{_of_all(name)} minutes")
        yield start, window


@cache
def _of_all(name: str) -> str:
    """ " of 40", where libsndfile knows how many minutes a file has."""
    try:
        return f" of {sf.info(name).duration / 60:.0f}"
    except sf.SoundFileError:  # a stretch of a file, or a kind that ffmpeg reads
        return ""


def _said(tables: Iterator[pd.DataFrame], bar: tqdm, asked: argparse.Namespace) -> Iterator[pd.DataFrame]:
    """The tables, each printed as it comes."""
    for table in tables:
        bar.set_postfix_str("", refresh=False)
        bar.update()
        if asked.json:
            tqdm.write(table.to_json(orient="records", lines=True, force_ascii=False).rstrip("\n"))
        else:
            for row in table.to_dict("records"):
                tqdm.write(_line(row))
        yield table


def _line(row: dict) -> str:
    """One answer as text."""
    place = f"{row['file']}\t" + (f"{row['start']:.2f}-{row['end']:.2f} s\t" if "start" in row else "")
    said = "-\t" if pd.isna(row["predicted"]) else f"{row['predicted']}\t{row['confidence']:.0%}"
    return f"{place}{said}" + (f"\t{row['flag']}" if row["flag"] else "")


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emokit.predict", description=__doc__)
    parser.add_argument("run", metavar="RUN", help="a run folder; several, with commas, answer by their mean")
    parser.add_argument("files", metavar="FILES", nargs="+", help="recordings, folders or tables of them")
    parser.add_argument("--windows", action="store_true", help="a line for each window of a recording")
    parser.add_argument("--enrolled", nargs="+", default=[], help="recordings of the speaker, where the run needs them")
    parser.add_argument("--abstain", type=float, default=0.0, help="share of answers to withhold, the least sure ones")
    parser.add_argument("--csv", type=Path, help="keep all of it here, with the probabilities")
    parser.add_argument("--json", action="store_true", help="print all of it, a JSON object a line")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
