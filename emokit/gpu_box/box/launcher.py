"""One process a run: waits for its turn, runs papermill, says how it ended (`python -m … FOLDER`).

papermill dies of SIGTERM at once and its kernel hears nothing; SIGINT it passes on, and the training saves. So the
launcher, told to end (`stop`, a pre-emption, a shutdown), sends SIGINT to papermill, and both papermill and its kernel
ignore a SIGTERM that was meant for all processes. Told a second time it ends them without waiting.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from emokit import atomic_files, lock
from emokit.gpu_box.box import LAUNCH, LOCK, status, turns

LINES = 3  # of the log that say why a run failed


class Launcher:
    """Runs what launch.json of a run folder asks for, and keeps its state there."""

    def __init__(self, folder: Path):
        self.folder, self.asked_to_end, self.process = folder, 0, None
        self.launch = json.loads((folder / LAUNCH).read_text(encoding="utf-8"))

    def main(self) -> None:
        """Wait, run, and say how it ended."""
        lock.take(self.folder / LOCK)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # not ignored, as it is in jobs of a script: papermill inherits it
        self._write("starting", pid=os.getpid())
        place = "" if self.launch["now"] else turns.wait(self.folder.name, self._waits)
        if place is None:
            self._write("stopped", said="before it began", ended=time.time())
            return
        self._write("running", place=place, began=time.time())
        code = self._run(place)
        state, said = self._how_it_ended(code)
        self._write(state, said=said, ended=time.time())

    def _waits(self) -> bool:
        """Say that it is not its turn yet; whether it was told to end meanwhile."""
        if self.launch["state"] != "queued":
            self._write("queued")
        return self.asked_to_end > 0

    def _run(self, place: str) -> int:
        environment = dict(os.environ, TF_FORCE_GPU_ALLOW_GROWTH="true", EMOKIT_COMMIT=self.launch["commit"])
        if place.startswith("gpu"):
            environment["CUDA_VISIBLE_DEVICES"] = place.removeprefix("gpu")
        notebook = Path(self.launch["notebook"])
        words = [word for parameter in self.launch["parameters"] for word in parameter]
        command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--log-output", *words]
        command += [str(notebook), f"outputs/{self.folder.name}/{notebook.name}"]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=_ignore_terminations
        )
        if self.asked_to_end:  # meanwhile
            self.process.send_signal(signal.SIGINT)
        return self.process.wait()

    def _end(self, number: int, frame) -> None:
        self.asked_to_end += 1
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if self.asked_to_end == 1 else signal.SIGKILL)

    def _how_it_ended(self, code: int) -> tuple[str, str]:
        """(state, what to say) by papermill's exit status, what was asked for, and what the run says of itself."""
        if code == 0:
            return "complete", ""
        if self.asked_to_end:
            return "stopped", status.saved(self.folder)
        lines = status.last_lines(self.folder, LINES)
        if code < 0 or any("Kernel died" in line or "DeadKernelError" in line for line in lines):
            return "interrupted", f"its process was killed, {status.saved(self.folder)}; {status.AGAIN}"
        return "failed", "\n".join(lines)

    def _write(self, state: str, **more) -> None:
        self.launch |= {"state": state, **more}
        atomic_files.write_json(self.folder / LAUNCH, self.launch)


def _ignore_terminations() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    Launcher(Path(sys.argv[1])).main()
