"""A clip to hear: player, waveform over spectrogram, and who speaks; as loud as it was recorded."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile as sf

from emokit import audio, emotions, notebook, plots
from emokit.widgets.static_twins import QUIET, View, chip, data_uri, escaped, image, side_by_side, text_table

MOST_SOUND = 5_000_000  # characters of base64 that a notebook may hold


class SoundBudget:
    """How much sound a page may still embed; a cell that runs again gives back what its last run took."""

    def __init__(self, most: int = MOST_SOUND):
        self.most, self._taken = most, {}

    def take(self, size: int) -> bool:
        """Take so many characters if they are left."""
        cell, run = notebook.cell()
        last_run, taken = self._taken.get(cell, (run, 0))
        taken = taken if last_run == run else 0
        elsewhere = sum(n for name, (_, n) in self._taken.items() if name != cell)
        fits = elsewhere + taken + size <= self.most
        self._taken[cell] = (run, taken + size * fits)
        return fits


_NOTEBOOK = SoundBudget()


def budget_here() -> SoundBudget:
    """The budget of the notebook whose kernel this is; a fresh one outside of notebooks."""
    return _NOTEBOOK if notebook.cell()[0] else SoundBudget()


def mp3(samples: np.ndarray, rate: int = audio.RATE) -> bytes:
    """Samples float (samples,) as MP3, level kept; about 3.5 kB a second at 16 kHz."""
    buffer = io.BytesIO()
    sf.write(buffer, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    return buffer.getvalue()


@lru_cache(maxsize=256)
def sound_and_picture(file: str) -> tuple[bytes, bytes, float]:
    """A clip as MP3, as PNG (waveform over spectrogram), and its seconds; BadClip for one that cannot be read."""
    samples = audio.read(file)
    return mp3(samples), plots.clip_png(samples), len(samples) / audio.RATE


def clip_name(file: str) -> str:
    """What a clip is called in a view: its name without folders."""
    return audio.printable(Path(file).name)


def about(clip: pd.Series) -> str:
    """Who speaks, as text: "ravdess/07, female"; what is not known is left out."""
    return ", ".join(filter(None, (known(clip.get(column)) for column in ("speaker", "sex"))))


def known(value) -> str:
    """A value as text, "" where it is missing."""
    return "" if value is None or pd.isna(value) else str(value)


def player(clip: pd.Series, budget: SoundBudget, heading: str) -> str:
    """One clip as HTML: a heading, its picture, a player; a note in place of what cannot be read or is too much.

    Args:
        clip: a row of clips: `file`, `emotion`, and `speaker`, `sex` where known.
        budget: how much more sound the page may hold.
        heading: HTML above it, such as the chip of its emotion.
    """
    name, who = clip_name(clip["file"]), about(clip)
    try:
        sound, picture, seconds = sound_and_picture(str(clip["file"]))
    except audio.BadClip as bad:
        return f'<div>{heading}</div><div style="{QUIET}">{escaped(name)}: cannot be heard: {escaped(bad.reason)}</div>'
    facts = ", ".join(filter(None, [who, f"{seconds:.1f} s"]))
    alt = f"Waveform and spectrogram of {name}: {clip['emotion']}, {facts}"
    uri = data_uri(sound, "audio/mpeg")
    if budget.take(len(uri)):
        style = "width:298px;height:32px;display:block"
        control = f'<audio controls title="{escaped(name)}" src="{uri}" style="{style}"></audio>'
    else:
        control = f'<div style="{QUIET}">Not embedded (this page holds {budget.most / 1e6:g} MB of sound).</div>'
    caption = f'<div style="{QUIET}">{escaped(facts)}<br>{escaped(name)}</div>'
    return f"<div>{heading}</div>{image(picture, alt, 298)}{control}{caption}"


def listen(clips: pd.DataFrame, n: int = 6) -> View:
    """A few clips to hear, from as many emotions and speakers as `n` allows.

    Args:
        clips: columns `file`, `emotion`, `speaker`, `sex`.
        n: how many.
    """
    chosen, budget, names = _varied(clips, n), budget_here(), emotions.in_order(clips["emotion"].dropna())
    boxes = [player(clip, budget, chip(clip["emotion"], names)) for _, clip in chosen.iterrows()]
    rows = [{"emotion": c["emotion"], "who": about(c), "file": clip_name(c["file"])} for _, c in chosen.iterrows()]
    return View(side_by_side(boxes), text_table(rows, f"{len(chosen)} clips to hear"))


def _varied(clips: pd.DataFrame, n: int) -> pd.DataFrame:
    """Clips in turn from each emotion, each from another speaker as far as they go."""
    names = emotions.in_order(clips["emotion"].dropna())
    by_emotion = {name: clips[clips["emotion"] == name] for name in names}
    chosen = []
    for turn in range(n * len(names)):
        if len(chosen) == n:
            break
        rest = by_emotion[names[turn % len(names)]].drop(index=chosen, errors="ignore")
        if not len(rest):
            continue
        speakers = sorted(rest["speaker"].dropna().unique())
        of_speaker = rest[rest["speaker"] == speakers[turn % len(speakers)]] if speakers else rest
        chosen.append(of_speaker.index[0])
    return clips.loc[chosen]
