"""A recording over time, to hear and to see: from a file, or from the microphone of the browser."""

import secrets
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from emokit import atomic_files, audio, flags, plots, probability_columns
from emokit.plots.timeline import edges, in_words
from emokit.predict.labels import audacity
from emokit.run_folder import Run
from emokit.run_folder.alike import alike
from emokit.widgets import live
from emokit.widgets.clip_player import budget_here
from emokit.widgets.clip_sound import flacs
from emokit.widgets.confusion_explorer import clips_in_words, described
from emokit.widgets.heard import Heard
from emokit.widgets.timeline_twin import text_windows, timeline_twin

LIMITS = "Learned from acted speech: it hears how something is said, not what anybody feels, and is no diagnosis."
PIECE = 2_000_000  # bytes of sound in an answer


class Timeline(live.LiveView):
    """Ask runs about a recording, window by window; where it is live, also about another file, or a new recording.

    Args:
        runs: a Run or several that answer together, of windows of one length.
        file: the recording, of any length.
        enrolled: recordings of who speaks, where the runs are normalised by speaker.
        outputs_dir: a folder of runs; where the view is live, those that tell the same emotions apart can be chosen.

    Attributes:
        heard: the recording that is shown: `rows`, as `predict(…, windows=True)` gives them.

    Raises:
        BadClip: when the file cannot be read.
        RunError: when the runs cannot answer together, or need to be told whose voice it is.
    """

    def __init__(self, runs, file: str | Path, *, enrolled: Sequence = (), outputs_dir: str | Path | None = None):
        self.runs = [runs] if isinstance(runs, Run) else list(runs)
        self.heard = self._first = Heard(self.runs, file, enrolled=enrolled)
        given = {run.path.name for run in self.runs}
        others = alike(self.runs[0], outputs_dir) if outputs_dir else {}
        self._others = {name: path for name, path in others.items() if name not in given}
        self.names = self.heard.classes
        self.text = text_windows(self.heard)

    def twin(self) -> str:
        """A figure of the recording given first, a few windows to hear, all of them as a table."""
        return timeline_twin(self._first, budget_here())

    def save(self, folder: str | Path) -> list[Path]:
        """Keep the rows as CSV, the labels for Audacity and the figure in a folder, called like the recording."""
        stem = Path(folder) / Path(self.heard.name).stem
        table, labels, picture = (stem.with_name(stem.name + ending) for ending in (".csv", ".txt", ".png"))
        atomic_files.write_csv(table, self.heard.rows)
        atomic_files.write_text(labels, audacity(self.heard.rows))
        plots.save(self.heard.figure(), picture)
        return [table, labels, picture]

    def widget(self):
        """The live view; each call makes another one of the same recording."""
        may_ask = (self.hear, self.take, self.sound, self.neighbours, self.export)
        answers = {answer.__name__: answer for answer in may_ask}
        scripts = [*live.PLAYER, "clip_list.js", "timeline_track.js", "microphone.js", "recorder.js", "timeline.js"]
        return live.live(scripts, self.state(), answers)

    def state(self) -> dict:
        """What the page needs before anything is asked for."""
        names = [run.path.name for run in self.runs]
        first = [["", "all together"], *([name, name] for name in names)] if len(names) > 1 else [["", names[0]]]
        runs = first + [[name, name] for name in self._others]
        return {"classes": described(self.names), "runs": runs, "limits": LIMITS}

    # ---- what the page may ask -------------------------------------------------------------------------------------

    def take(self, question: dict) -> live.Answer:
        """Keep a piece of a recording, which begins at byte `at`; each recording is a file of its own."""
        if not question["at"]:
            self._forget_but_shown()
            self._taken = self._uploads / secrets.token_hex(8)
        with self._taken.open("r+b" if question["at"] else "wb") as stream:
            stream.seek(int(question["at"]))
            stream.write(b"".join(question["buffers"]))
        return {}, []

    def hear(self, question: dict) -> live.Answer:
        """Ask about what was taken, if it has a `name`, or again about what is shown: all runs, or the one named `run`.

        Gives the windows by columns, and as bytes their probabilities (float32, windows × classes) and the waveform
        (int8, lowest and highest sample in turn).
        """
        wanted, name = question.get("run", ""), question.get("name", "")
        if wanted in self._others:
            runs = [Run.open(self._others[wanted])]
        else:
            runs = [run for run in self.runs if wanted in ("", run.path.name)]
        file, name = (self._taken, name) if name else (self.heard.file, self.heard.name)
        if question.get("name") or runs != self.heard.runs:
            try:
                self.heard = Heard(runs, file, name, self._first.enrolled)
            except audio.BadClip as bad:
                raise ValueError(f"{name} cannot be heard: {bad.reason}.") from bad  # without the folder
        return self._shown()

    def sound(self, question: dict) -> live.Answer:
        """The recording as MP3, from byte `at` on, as much as one answer holds."""
        at = int(question["at"])
        return {"size": len(self.heard.mp3)}, [self.heard.mp3[at : at + PIECE]]

    def neighbours(self, question: dict) -> live.Answer:
        """The training clips nearest to a window, to hear, or `words` where their corpus is not at hand."""
        (rows,) = self.heard.neighbours([int(question["row"])])
        if not all(Path(audio.fragment(file)[0]).exists() for file in rows["file"]):
            return {"words": "The corpus of this run is not at hand; give its folder as data_dir to hear it."}, []
        heard, sounds = flacs(rows["file"])
        return {"clips": clips_in_words(rows)} | heard, sounds

    def export(self, question: dict) -> live.Answer:
        """All rows, as `csv` or as `labels` for Audacity."""
        rows = self.heard.rows
        text = audacity(rows) if question["kind"] == "labels" else rows.to_csv(index=False, lineterminator="\n")
        return {}, [text.encode()]

    # ---- what they need --------------------------------------------------------------------------------------------

    @cached_property
    def _uploads(self) -> Path:
        """Where recordings from the browser lie, until the view or the kernel is gone."""
        folder = tempfile.mkdtemp(prefix="emokit-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _forget_but_shown(self) -> None:
        for file in self._uploads.iterdir():
            if str(file) != self.heard.file:
                file.unlink()

    def _shown(self) -> live.Answer:
        heard, rows = self.heard, self.heard.rows
        finding, context = in_words(rows)
        each, flag = np.unique(rows["flag"].to_numpy(str), return_inverse=True)
        answer = {"name": heard.name, "seconds": heard.seconds, "finding": finding, "context": context}
        answer |= {name: rows[name].tolist() for name in ("start", "end")} | {"edges": edges(rows).tolist()}
        answer |= {"predicted": [-1 if said is None else self.names.index(said) for said in heard.said]}
        answer |= {"confidence": rows["confidence"].fillna(0).tolist(), "flags": each.tolist(), "flag": flag.tolist()}
        answer |= {"far": [bool(flags.apart(words)[0]) for words in each]}
        p = rows[probability_columns.of(self.names)].to_numpy(np.float32)
        peaks = np.round(127 * np.clip(heard.peaks, -1, 1)).astype(np.int8)
        return answer, [p.tobytes(), peaks.tobytes()]
