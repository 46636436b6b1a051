"""Blind listening without script: a few clips to hear, what each is behind a line to open."""

from collections.abc import Sequence

import pandas as pd

from emokit import audio
from emokit.widgets.clip_player import SoundBudget, sound_and_picture
from emokit.widgets.static_twins import QUIET, chip, data_uri, image, side_by_side

N_CLIPS = 6


def blind_twin(clips: pd.DataFrame, names: Sequence[str], budget: SoundBudget) -> str:
    """The first of these clips: nothing that is read without opening it says what it is.

    Args:
        clips: in the order of hearing: `file`, `emotion`, `predicted`.
        names: the classes in their order.
        budget: how much more sound the page may hold.
    """
    boxes = [_box(n, row, names, budget) for n, (_, row) in enumerate(clips.head(N_CLIPS).iterrows(), start=1)]
    chips = ", ".join(chip(name, names) for name in names)
    intro = f"<p>Listen, decide between {chips}, then open the line below the clip. In JupyterLab, with a kernel, "
    intro += "all are asked one by one, and what is heard is kept beside what the model said.</p>"
    return intro + side_by_side(boxes)


def _box(n: int, row: pd.Series, names: Sequence[str], budget: SoundBudget) -> str:
    try:
        sound, picture, seconds = sound_and_picture(str(row["file"]))
    except audio.BadClip:
        return f'<div style="{QUIET}">Clip {n} cannot be heard.</div>'
    uri = data_uri(sound, "audio/mpeg")
    if not budget.take(len(uri)):
        return f'<div style="{QUIET}">Clip {n}: not embedded (this page holds {budget.most / 1e6:g} MB of sound).</div>'
    heading = f"<div><b>Clip {n}</b></div>"
    seen = image(picture, f"Waveform and spectrogram of clip {n}, {seconds:.1f} s", 298)
    control = f'<audio controls title="Clip {n}" src="{uri}" style="width:298px;height:32px;display:block"></audio>'
    told = f"It is {chip(row['emotion'], names)}; the model says {chip(row['predicted'], names)}."
    reveal = f'<details style="margin:4px 0"><summary>What is it?</summary><div>{told}</div></details>'
    return heading + seen + control + reveal
