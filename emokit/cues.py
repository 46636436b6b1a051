"""Acoustic cues of emotion: the pitch of a clip and its range, rate, level and spectral balance, held to its speaker.

They are measured for people to read, and no model reads them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, emotions, features

UNITS = {"mean f0": "semitones", "f0 range": "semitones", "rate": "syllables/s", "level": "dB"}
UNITS |= {"spectral balance": "dB"}
WORDS = {  # more of a cue, less of it
    "mean f0": ("higher", "lower"),
    "f0 range": ("wider", "narrower"),
    "rate": ("faster", "slower"),
    "level": ("louder", "softer"),
    "spectral balance": ("brighter", "darker"),
}
LONGEST = 60  # s of a clip that are measured, in 50 MB
HOP, WINDOW = 160, 1_024  # samples: 10 and 64 ms, which at the lowest f0 holds four periods
HANN = np.hanning(WINDOW) ** 2  # of power
LOWEST, HIGHEST = 60.0, 500.0  # Hz, f0 of speech
REFERENCE = 27.5  # Hz, from which semitones count, as eGeMAPS does
QUIET = 25.0  # dB under the loudest window: what is softer is a pause (de Jong & Wempe 2009)
DIP = 2.0  # dB between the peaks of two syllables (the same)
VOICE = 1_000  # Hz: what lies above is left out where a period is looked for, or fricatives hide it
PERIODIC = 0.45  # correlation of a window with itself a period later, from which it is voiced (Boersma 1993)
SHORTEST = 5  # voiced windows, 50 ms; of fewer nothing is said
LOW_BAND, HIGH_BAND = (50, 1_000), (1_000, 5_000)  # Hz, whose energies the balance compares
FEWEST = 3  # clips on each side of a comparison
DOUBT = 0.05  # how often clips that sound alike would be told apart in any of the cues


@dataclass(frozen=True)
class CueSettings:
    """The cues of `UNITS` as one row a clip, kept in the cache of features."""

    version: int = 1  # of what is computed

    rate = audio.RATE

    def name(self) -> str:
        """The folder of the cache."""
        return f"cues-{self.version}"

    def placed(self, samples: np.ndarray) -> tuple[np.ndarray, int]:
        """Cues of samples at 16 kHz: float32 (1, 5)."""
        return np.array([list(of_samples(samples).values())], np.float32), 0


def of_samples(samples: np.ndarray) -> dict[str, float]:
    """The cues of one clip.

    Windows of 64 ms (Hann) are loud within 25 dB of the loudest; below 1 kHz, where the voice is, those are voiced that
    also repeat themselves. f0 is by YIN (de Cheveigné & Kawahara 2002), in semitones above 27.5 Hz; its range goes from
    the 20th to the 80th percentile, as in eGeMAPS (Eyben et al. 2016). Rate counts the voiced peaks below 1 kHz with
    dips of 2 dB between them, from the first loud window to the last (after de Jong & Wempe 2009). Level is the root
    mean square of loud windows in dB of full scale; spectral balance their energy at 1 to 5 kHz over that at 50 Hz to
    1 kHz, in dB: the alpha ratio of eGeMAPS.

    Args:
        samples: float32 (samples,) at 16 kHz; of more than a minute the first one is measured.

    Returns:
        The cues by their names in `UNITS`. NaN are f0, its range and the rate where nothing is voiced, and all of
        silence.
    """
    cues, samples = dict.fromkeys(UNITS, np.nan), samples[: LONGEST * audio.RATE]
    if not np.any(samples):
        return cues
    padded = np.pad(samples - np.mean(samples, dtype=np.float64), WINDOW // 2)
    low = _below(padded, VOICE)
    windows, voice = _windows(padded), _windows(low)
    loud = _near_loudest(windows)
    cues["level"] = 10 * np.log10(_power(windows[loud]).mean())
    cues["spectral balance"] = _balance(windows[loud])
    hertz = _f0(low)
    voiced = _near_loudest(voice) & (_periodicity(voice, hertz) > PERIODIC)
    if voiced.sum() >= SHORTEST:
        semitones = 12 * np.log2(hertz[voiced] / REFERENCE)
        range_ = np.subtract(*np.percentile(semitones, [80, 20]))
        rate = _syllables(voice, voiced) / (np.ptp(np.flatnonzero(loud)) + 1) * audio.RATE / HOP
        cues |= {"mean f0": semitones.mean(), "f0 range": range_, "rate": rate}
    return cues


def _windows(padded: np.ndarray) -> np.ndarray:
    """Windows (n, 1024) every 10 ms, as they are."""
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]


def _below(samples: np.ndarray, hertz: float) -> np.ndarray:
    from scipy.signal import butter, sosfiltfilt

    return sosfiltfilt(butter(4, hertz, fs=audio.RATE, output="sos"), samples)


def _power(windows: np.ndarray) -> np.ndarray:
    return np.square(windows) @ HANN / HANN.sum()


def _level(windows: np.ndarray) -> np.ndarray:
    """Decibels of full scale."""
    return 10 * np.log10(_power(windows) + 1e-12)


def _near_loudest(windows: np.ndarray) -> np.ndarray:
    level = _level(windows)
    return level > level.max() - QUIET


def _f0(samples: np.ndarray) -> np.ndarray:
    """Hz of the period that YIN finds in each window, voiced or not."""
    from librosa import yin  # here: it takes long to import

    place = {"frame_length": WINDOW, "hop_length": HOP, "center": False}
    return yin(samples, fmin=LOWEST, fmax=HIGHEST, sr=audio.RATE, **place)


def _periodicity(windows: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """How much each window is like itself a period later: their correlation, -1 … 1, 0 of silence."""
    found = np.zeros(len(windows))
    for i, (window, period) in enumerate(zip(windows, np.round(audio.RATE / hertz).astype(int), strict=True)):
        early, late = window[:-period], window[period:]
        found[i] = early @ late / np.sqrt(max((early @ early) * (late @ late), 1e-24))
    return found


def _syllables(windows: np.ndarray, voiced: np.ndarray) -> int:
    """Voiced peaks of the level."""
    from scipy.signal import find_peaks

    level = _level(windows)
    peaks, _ = find_peaks(np.pad(level, 1, constant_values=level.min() - DIP), prominence=DIP)
    return int(voiced[peaks - 1].sum())


def _balance(windows: np.ndarray) -> float:
    power = np.square(np.abs(np.fft.rfft(windows * np.sqrt(HANN)))).sum(axis=0)
    hertz = np.fft.rfftfreq(WINDOW, 1 / audio.RATE)
    low, high = (power[(hertz >= start) & (hertz < stop)].sum() for start, stop in (LOW_BAND, HIGH_BAND))
    return 10 * np.log10((high + 1e-12) / (low + 1e-12))


def measure(clips: pd.DataFrame, cache_dir: str | Path | None = None, n_jobs: int = 1) -> pd.DataFrame:
    """The cues of every clip, or what the cache has of them by content.

    Args:
        clips: with `file`; their index without repeats.
        cache_dir: the folder of the cache; None keeps nothing.
        n_jobs: threads.

    Returns:
        DataFrame with the index of `clips`, a column a cue in `UNITS`; NaN as `of_samples` says, and where a clip
        cannot be read.
    """
    found = features.extract(clips, CueSettings(), cache_dir, n_jobs)
    read, nothing = found.lengths > 0, [np.nan] * len(UNITS)
    rows = [found[label][0] if heard else nothing for label, heard in zip(clips.index, read, strict=True)]
    return pd.DataFrame(rows, clips.index, list(UNITS), dtype=float)


def standardised(measured: pd.DataFrame, speakers: pd.Series) -> pd.DataFrame:
    """Cues in standard deviations from the mean of the same speaker: z-scores, as Lobanov (1971) has them of vowels.

    Args:
        measured: as `measure` gives.
        speakers: of the same clips; unknown ones count as one.

    Returns:
        DataFrame like `measured`; NaN where a speaker has one clip, or does not vary.
    """
    spread = measured.groupby(speakers.fillna("").to_numpy()).transform("std")
    return _from_own_voice(measured, speakers) / spread.where(spread > 1e-9)


def _from_own_voice(measured: pd.DataFrame, speakers: pd.Series) -> pd.DataFrame:
    return measured - measured.groupby(speakers.fillna("").to_numpy()).transform("mean")


def by_emotion(measured: pd.DataFrame, clips: pd.DataFrame) -> pd.DataFrame:
    """How the clips of each emotion differ on average from the mean of their speaker: a row each, in units.

    Args:
        measured: as `measure` gives.
        clips: of the same index, with `emotion` and `speaker`.
    """
    own = _from_own_voice(measured, clips["speaker"]).rename(columns=lambda cue: f"{cue}, {UNITS[cue]}")
    return own.groupby(clips["emotion"]).mean().reindex(emotions.in_order(clips["emotion"].dropna()))


def confusions(test: pd.DataFrame, measured: pd.DataFrame, n: int = 3) -> pd.DataFrame:
    """How the clips of the commonest confusions differ from clips of the same emotion that were heard right.

    Differences are of means of what a clip differs from its speaker, so that no voice is taken for an emotion.

    Args:
        test: a row an answer, with `emotion`, `predicted` and `speaker`.
        measured: cues of the same rows, as `measure` gives.
        n: how many confusions, the commonest first.

    Returns:
        DataFrame: `emotion`, `predicted`, `clips`, `right` (clips that were heard right), a column a cue in its units,
        and `telling`: the cues in which the two differ by Welch's t-test at 5 % over all of them (Bonferroni), the
        surest first. Cues are NaN where either side has fewer than three clips.
    """
    own = _from_own_voice(measured, test["speaker"])
    wrong = test[test["emotion"] != test["predicted"]]
    rows = [_confused(test, own, *pair) for pair in wrong[["emotion", "predicted"]].value_counts().head(n).index]
    return pd.DataFrame(rows, columns=["emotion", "predicted", "clips", "right", *UNITS, "telling"])


def confusion(test: pd.DataFrame, measured: pd.DataFrame, emotion: str, predicted: str) -> str:
    """The sentence of one confusion, of which there is at least one clip; arguments as of `confusions`."""
    return _sentence(_confused(test, _from_own_voice(measured, test["speaker"]), emotion, predicted))


def _confused(test: pd.DataFrame, own: pd.DataFrame, emotion: str, predicted: str) -> dict:
    of_emotion = test["emotion"] == emotion
    mistaken, right = (own[of_emotion & (test["predicted"] == said)] for said in (predicted, emotion))
    row = {"emotion": emotion, "predicted": predicted, "clips": len(mistaken), "right": len(right)}
    return row | _differences(mistaken, right)


def _differences(some: pd.DataFrame, others: pd.DataFrame) -> dict:
    from scipy.stats import ttest_ind

    differences, doubts = {}, {}
    for cue in UNITS:
        one, two = some[cue].dropna(), others[cue].dropna()
        if min(len(one), len(two)) >= FEWEST:
            differences[cue] = one.mean() - two.mean()
            doubts[cue] = ttest_ind(one, two, equal_var=False).pvalue
    telling = [cue for cue in sorted(doubts, key=doubts.get) if doubts[cue] < DOUBT / len(UNITS)]
    return differences | {"telling": telling}


def sentences(confused: pd.DataFrame) -> str:
    """What `confusions` found, in words: a line a confusion, such as "8 happy clips taken for angry: mean f0 2.1 …"."""
    if confused.empty:
        return "No clip was taken for another emotion."
    return "\n".join(map(_sentence, confused.to_dict("records")))


def _sentence(row: dict) -> str:
    clips = f"{row['clips']} {row['emotion']} clip{'s' * (row['clips'] > 1)} taken for {row['predicted']}"
    others = f"the {row['right']} {row['emotion']} ones that were heard right"
    if row["telling"]:
        found = ", ".join(f"{cue} {_moved(cue, row[cue])}" for cue in row["telling"])
        return f"{clips}: {found} than in {others}."
    if min(row["clips"], row["right"]) < FEWEST:
        return f"{clips}: too few clips to compare their cues with {others}."
    return f"{clips}: none of {len(UNITS)} cues differs clearly from {others}."


def _moved(cue: str, difference: float) -> str:
    return f"{abs(difference):.1f} {UNITS[cue]} {WORDS[cue][int(difference < 0)]}"
