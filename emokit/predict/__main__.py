"""What a run hears in recordings: python -m emokit.predict RUN FILES …

A line each: file, emotion, how sure, and what speaks against it. Bad files are named at the end, with exit status 1.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import pandas as pd
import soundfile as sf
from tqdm import tqdm

from emokit import atomic_files, audio
from emokit.audio import BadClip
from emokit.corpora import CorpusError
from emokit.features.weights import EncoderError
from emokit.predict import predict_each
from emokit.predict.recordings import Windows, recordings
from emokit.run_folder import Run, RunError


def main(given: list[str] | None = None) -> int:
    """Answer, and give the exit status: 0 if every file could be read, 1 if not, 130 if it was interrupted."""
    asked = _arguments(given)
    try:
        runs = [Run.open(Path(name.strip()).expanduser()) for name in asked.run.split(",")]
        files = recordings(asked.files)[0]
        with _kept(asked.csv and asked.csv.expanduser()) as keep:
            return _answer(runs, files, asked, keep)
    except (RunError, CorpusError, EncoderError, BadClip, ValueError, OSError) as error:
        sys.exit(str(error))


@contextmanager
def _kept(csv: Path | None) -> Iterator[Callable[[pd.DataFrame], None]]:
    """A function that adds a table to a CSV file, which is whole when the last one is in it."""
    if not csv:
        yield lambda table: None
        return
    if csv.is_dir():
        raise IsADirectoryError(f"{csv} is a folder; give the name of a file for --csv.")
    with atomic_files.replacing(csv) as aside, aside.open("w", encoding="utf-8", newline="") as stream:
        yield lambda table: table.to_csv(stream, index=False, header=not stream.tell())


def _answer(
    runs: list[Run], files: list[tuple[str, Windows]], asked: argparse.Namespace, keep: Callable[[pd.DataFrame], None]
) -> int:
    """Print and keep what is heard, name what is bad at the end, and give the exit status."""
    bad, done = [], 0
    with tqdm(total=len(files), unit="file", disable=not sys.stderr.isatty(), leave=False) as bar:
        watched = [(name, partial(_watched, recording, bar, name)) for name, recording in files]
        options = dict(windows=asked.windows, enrolled=asked.enrolled, abstain=asked.abstain)
        try:
            for table in predict_each(runs, watched, **options):
                done += 1
                bar.set_postfix_str("", refresh=False)
                bar.update()
                _print(table, as_json=asked.json)
                keep(table)
                bad += filter(None, [table.attrs.get("unreadable")])
        except KeyboardInterrupt:
            print(f"Interrupted: {done} of {len(files)} files were heard.", file=sys.stderr)
            return 130
        except BrokenPipeError:  # whoever read the lines has gone, such as `head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
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


def _print(table: pd.DataFrame, *, as_json: bool) -> None:
    """The rows of a table, a line each, above the bar."""
    if as_json:
        tqdm.write(table.to_json(orient="records", lines=True, force_ascii=False).rstrip("\n"))
        return
    for row in table.to_dict("records"):
        tqdm.write(_line(row))


def _line(row: dict) -> str:
    """One answer as text."""
    place = f"{_in_one_line(row['file'])}\t" + (f"{row['start']:.2f}-{row['end']:.2f} s\t" if "start" in row else "")
    said = "-\t" if pd.isna(row["predicted"]) else f"{row['predicted']}\t{row['confidence']:.0%}"
    return f"{place}{said}" + (f"\t{row['flag']}" if row["flag"] else "")


def _in_one_line(name: str) -> str:
    """A name of a file without what would break the line or steer the terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in audio.printable(name))


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
