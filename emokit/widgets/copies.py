"""Copies of a recording to hear against each other at the same instant, and which of them is kept."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emokit import audio, copies
from emokit.audit.finding import number
from emokit.widgets import live
from emokit.widgets.clip_player import about, budget_here, clip_name, player
from emokit.widgets.clip_sound import flac
from emokit.widgets.static_twins import QUIET, chip, escaped, side_by_side

MOST = 12  # groups in the twin


class Copies(live.LiveView):
    """Groups of clips that hold one recording: two are heard against each other, one is kept.

    Args:
        clips: with their measurements, as `audit.measure` gives.
        path: the table of clips that are left out, which 02 takes as `leave_out`; written at each choice.
        places: folders that the files lie in.
    """

    def __init__(self, clips: pd.DataFrame, path: Path, places: Sequence[Path]):
        self.path, self.places = path, places
        self.groups = [group.drop_duplicates("file") for group in copies.groups(clips)]
        self.groups = [group for group in self.groups if len(group) > 1]
        n = sum(len(group) - 1 for group in self.groups)
        self.title = f"{number(len(self.groups), 'recordings')} in several files: {n} of {len(clips)} clips are copies"
        self.title = self.title if self.groups else f"No two of {len(clips)} clips hold the same recording"
        lines = [" = ".join(map(clip_name, group["file"])) for group in self.groups]
        self.text = "\n".join([self.title, *lines[:MOST]])

    def widget(self):
        """The live view; each call makes another one of the same groups."""
        return live.live([*live.PLAYER, "copies.js"], self.state(), {"pair": self.pair, "keep": self.keep})

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        return {"title": self.title, "table": self.path.name, "groups": [self._told(group) for group in self.groups]}

    def pair(self, question: dict) -> live.Answer:
        """Two clips of a group, as FLAC of one length, in which the same instant is at the same time."""
        group = self.groups[int(question["group"])]
        files = [group["file"].iloc[int(place)] for place in question["places"]]
        try:
            samples = aligned(*map(audio.read, files))
        except audio.BadClip as bad:
            return {"error": f"A copy cannot be heard: {bad.reason}."}, []
        return {}, [flac(one) for one in samples]

    def keep(self, question: dict) -> live.Answer:
        """Keep one clip of a group, or all of them."""
        group, place = self.groups[int(question["group"])], question["place"]
        copies.keep(self.path, group, None if place is None else group["file"].iloc[int(place)], self.places)
        return {"group": self._told(group)}, []

    def _told(self, group: pd.DataFrame) -> dict:
        left = set(copies.read(self.path, self.places)["file"].dropna())
        clips = [
            {"name": clip_name(clip["file"]), "about": described(clip), "left": clip["file"] in left}
            for _, clip in group.iterrows()
        ]
        return {"clips": clips, "differ": differences(group)}

    def twin(self) -> str:
        """The groups with a native player a clip, some of them."""
        budget, parts = budget_here(), [f"<div><b>{escaped(self.title)}</b></div>"]
        for group in self.groups[:MOST]:
            names = group["emotion"].dropna().unique()
            boxes = [player(clip, budget, chip(clip["emotion"], names)) for _, clip in group.iterrows()]
            copied = f"{len(group) - 1} copies" if len(group) > 2 else "1 copy"
            summary = escaped(f"{clip_name(group['file'].iloc[0])} and {copied}")
            note = escaped("; ".join(differences(group)))
            words = f'<summary>{summary} <span style="{QUIET}">{note}</span></summary>'
            parts.append(f'<details style="margin:4px 0">{words}{side_by_side(boxes)}</details>')
        left = len(self.groups) - MOST
        return "".join(parts) + (f"<div>and {left} more</div>" if left > 0 else "")


def aligned(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two copies of a recording as float32 of one length, moved to where they agree best, silence around them.

    The lag is that of the highest absolute cross-correlation, so that a turned polarity or another level does no harm.
    """
    from scipy.signal import correlate

    lag = int(np.argmax(np.abs(correlate(one, other, method="fft")))) - (len(other) - 1)  # one[t + lag] is other[t]
    before = (max(0, -lag), max(0, lag))
    length = max(before[0] + len(one), before[1] + len(other))
    padded = [np.pad(x, (n, length - n - len(x))) for x, n in zip((one, other), before, strict=True)]
    return padded[0], padded[1]


def described(clip: pd.Series) -> str:
    """Label, speaker, length, level and format of a clip in a line."""
    rms, container = clip.get("rms"), clip.get("container")
    facts = [str(clip["emotion"]) if pd.notna(clip["emotion"]) else "no label", about(clip)]
    facts += [f"{clip['duration']:.2f} s"] if pd.notna(clip.get("duration")) else []
    facts += [f"{20 * math.log10(rms):.0f} dB".replace("-", "−")] if pd.notna(rms) and rms > 0 else []
    facts += [f"{clip['rate'] / 1000:g} kHz"] if pd.notna(clip.get("rate")) else []
    facts += [str(container)] if pd.notna(container) else []
    return ", ".join(filter(None, facts))


def differences(group: pd.DataFrame) -> list[str]:
    """In what the labels of copies contradict each other."""
    said = {"emotion": "labelled", "speaker": "said to be spoken by"}
    values = {column: group[column].dropna().unique() for column in said if column in group}
    return [f"{said[column]} {' and '.join(map(str, of))}" for column, of in values.items() if len(of) > 1]
