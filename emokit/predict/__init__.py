"""A run and any recording: which emotion is heard, how sure that is, and what speaks against believing it."""

from collections.abc import Iterator, Sequence
from numbers import Real
from pathlib import Path

import pandas as pd

from emokit import abstention, calibration, probability_columns
from emokit.audio import BadClip
from emokit.predict.answer import answer, nothing, temperature
from emokit.predict.enrolled import normalizer_for
from emokit.predict.inference import answers, hear, windows_of
from emokit.predict.recordings import Windows, recordings
from emokit.run_folder import Run
from emokit.run_folder.alike import require_alike

__all__ = ["answers", "hear", "predict", "predict_each"]

ROUNDED = 1e-6  # what a confidence may differ by from that of the same clip in predictions.csv


def predict(
    run: Run | str | Path | Sequence[Run],
    what,
    rate: float | None = None,
    *,
    windows: bool = False,
    enrolled=(),
    abstain: float = 0.0,
) -> pd.DataFrame:
    """The emotion that a run hears in recordings, one row each, or window by window.

    A recording no longer than the clips of the run is answered as one of them; a longer one, of any length, by the mean
    over its windows that hold speech, which overlap by half. Several runs answer by the mean of their probabilities.

    Args:
        run: a complete run, or its folder, or several that know the same emotions, such as the folds or seeds of one
            recipe.
        what: a file, a folder, a table, an array, or a list of them, as `recordings.recordings` takes them.
        rate: of arrays, in Hz: they are mixed to one channel and resampled as a file is.
        windows: whether rows over time are wanted; several runs read the shortest windows among theirs.
        enrolled: recordings of the same speaker, where the run is normalised by speaker: one does, a few are better; of
            the run's `enrolled_emotion` where it has one, else of any emotion. Arrays have the same `rate`.
        abstain: share of answers to withhold, 0 … 1: those less sure than this share of the dev clips. It is of whole
            clips; of windows, and by folds whose dev clips differ, another share may be withheld.

    Returns:
        `file` (samples for an array), with `windows` `start` and `end` (s); `predicted`, `p_<emotion>` …, `confidence`
        (the probability of what is predicted at the temperature that dev chose, 0 … 1) and `flag`: "" or, in words,
        that it is silent, or far from the training clips (older runs do not know theirs, and flag what is under -60
        dB). A withheld answer has no `predicted`. Where nothing can be said, as of silence, or of a file that cannot be
        read if several are asked about, the probabilities are NaN too. A table's index is kept for recordings.

    Raises:
        BadClip: when the one recording that is asked about cannot be read.
        RunError: when a run is not complete, runs differ in their emotions, or nobody is enrolled for one that is
            normalised by speaker.
        ValueError: for an array without `rate`, for what is no recording, and where nothing is asked about.
        CorpusError: for a folder without sounds, and a table that does not name files.
        EncoderError: when the run reads frames of an encoder whose weights are not on this machine.
    """
    asked, alone = recordings(what, rate)
    tables = []
    for table in predict_each(run, asked, windows=windows, enrolled=enrolled, rate=rate, abstain=abstain):
        if alone and isinstance(bad := table.attrs.get("unreadable"), BadClip):
            raise bad
        tables.append(table)
    said = pd.concat(tables, ignore_index=True)
    return said.set_index(what.index) if isinstance(what, pd.DataFrame) and not windows else said


def predict_each(
    run: Run | Sequence[Run],
    asked: Sequence[tuple[str, Windows]],
    *,
    windows: bool = False,
    enrolled=(),
    rate: float | None = None,
    abstain: float = 0.0,
) -> Iterator[pd.DataFrame]:
    """What `predict` says of each recording, one after the other; `attrs["unreadable"]` is the BadClip of a bad one."""
    runs = _opened(run)
    require_alike(runs)
    voices = [normalizer_for(one, enrolled, rate) for one in runs]
    least, common = _least(runs, abstain), min(map(windows_of, runs)) if windows else None
    for name, recording in asked:
        try:
            heard = [hear(*who, name, recording, windows=common) for who in zip(runs, voices, strict=True)]
            yield _withheld(answer(runs, name, heard, windows=windows), least)
        except BadClip as bad:
            table = answer(runs, name, [nothing(runs[0], bad.reason)] * len(runs), windows=windows)
            table.attrs["unreadable"] = bad
            yield table


def _opened(run: Run | str | Path | Sequence[Run]) -> list[Run]:
    each = [run] if isinstance(run, Run | str | Path) else list(run)
    return [one if isinstance(one, Run) else Run.open(Path(one).expanduser()) for one in each]


def _least(runs: Sequence[Run], share: float) -> float:
    """The confidence that this share of the runs' dev clips falls short of, each heard by the runs whose dev it is."""
    if not isinstance(share, Real):
        raise ValueError(f"abstain is {share!r}; expected a share, 0 to below 1, such as 0.2.")
    if not share:
        return 0.0
    said = [calibration.rescaled(run.predictions, temperature(run)).query("part == 'dev'") for run in runs]
    columns = probability_columns.of(runs[0].emotions)
    return abstention.threshold(pd.concat(said).groupby("file")[columns].mean(), share)


def _withheld(table: pd.DataFrame, least: float) -> pd.DataFrame:
    """The answers without those that are less sure than this."""
    unsure = table["confidence"] < least - ROUNDED
    if unsure.any():
        table.loc[unsure, "predicted"] = pd.NA
        why = f"; withheld, since less sure than {100 * least:.3g}%"
        table.loc[unsure, "flag"] = (table["flag"] + why).str.removeprefix("; ")
    return table
