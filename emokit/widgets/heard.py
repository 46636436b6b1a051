"""A recording as runs hear it: its windows, its waveform, and its sound to send to a page."""

import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile as sf

from emokit import audio, plots, probability_columns
from emokit.predict import predict
from emokit.predict.nearest import embedded, nearest
from emokit.run_folder import Run

BLOCK = 10.0  # s of a recording that are in memory
PEAKS_A_SECOND, MOST_PEAKS = 200, 60_000


class Heard:
    """A recording of any length, asked about once.

    Args:
        runs: that answer by their mean.
        file: any sound that `audio` reads.
        name: what it is called, if not as its file.
        enrolled: recordings of who speaks, where the runs are normalised by speaker.

    Attributes:
        rows: as `predict(…, windows=True)` gives them, `file` being the name.
        peaks: float32 (n, 2), the lowest and the highest sample of n equal stretches of the mean of the channels.
        seconds: how long it is.
        classes: the emotions in their order.

    Raises:
        BadClip: when it cannot be read.
        RunError: when the runs cannot answer together, or need to be told whose voice it is.
    """

    def __init__(self, runs: Sequence[Run], file: str | Path, name: str = "", enrolled: Sequence = ()):
        self.runs, self.file, self.enrolled = list(runs), str(file), list(enrolled)
        self.name = audio.printable(name or Path(file).name)
        self.peaks, self.seconds = _peaks(self.file)
        said = predict(self.runs, self.file, windows=True, enrolled=self.enrolled)
        self.rows = said.assign(file=self.name)
        self.classes = probability_columns.classes(self.rows.columns)

    @property
    def said(self) -> list[str | None]:
        """What is heard in each window; None where nothing is."""
        return [None if pd.isna(emotion) else emotion for emotion in self.rows["predicted"]]

    def figure(self) -> plots.Plot:
        """Its waveform, and the probabilities over time."""
        return plots.timeline(self.rows, self.peaks, self.seconds)

    def stretch(self, row: int) -> str:
        """The `file` of a window."""
        start, end = self.rows.loc[row, ["start", "end"]]
        return audio.with_times(self.file, float(start), float(end))

    def neighbours(self, rows: Sequence[int], n: int = 3) -> list[pd.DataFrame]:
        """The training clips nearest to windows, as `nearest` gives them; of several runs the first is asked."""
        run = self.runs[0]
        return nearest(run, embedded(run, [self.stretch(row) for row in rows], self.enrolled), n)

    @cached_property
    def mp3(self) -> bytes:
        """All of it as MP3: 3.5 kB a second."""
        buffer = io.BytesIO()
        with sf.SoundFile(buffer, "w", audio.RATE, 1, "MPEG_LAYER_III", format="MP3") as sound:
            for _, block in audio.windows(self.file, BLOCK, BLOCK):
                sound.write(audio.to_mono(self.file, block))
        return buffer.getvalue()


def _peaks(file: str) -> tuple[np.ndarray, float]:
    found, seconds = [], 0.0
    for start, block in audio.windows(file, BLOCK, BLOCK):
        samples = block.samples.mean(axis=1)
        seconds = start + len(samples) / block.rate
        found.append(_extremes(samples, max(1, round(PEAKS_A_SECOND * len(samples) / block.rate))))
    together = np.concatenate(found)
    n = -(-len(together) // MOST_PEAKS)
    starts = range(0, len(together), n)
    lows, highs = np.minimum.reduceat(together[:, 0], starts), np.maximum.reduceat(together[:, 1], starts)
    return np.stack([lows, highs], axis=1), seconds


def _extremes(samples: np.ndarray, n: int) -> np.ndarray:
    """The lowest and highest of n stretches, float32 (n, 2)."""
    starts = np.linspace(0, len(samples), min(n, len(samples)), endpoint=False).astype(int)
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
