"""`follow`: the log of a run until it ends, whatever the connection does, while the folder here keeps up with it."""

import sys
import time

from emokit.gpu_box import BoxError, Unreachable
from emokit.gpu_box.connection import Box
from emokit.gpu_box.pull import Stays, pull

PAUSES = (1, 2, 5, 10, 30)  # seconds before trying again, the last one from then on
BETWEEN = 10.0  # seconds between two pulls


class Follower:
    """Follows one run; `run` is "" for the one that was started last."""

    def __init__(self, box: Box, run: str):
        self.box, self.run, self.offset, self.row = box, run, None, None
        self.pulled, self.pulls, self.behind, self.said = 0.0, True, False, ""

    def follow(self) -> dict:
        """Show the log until the run ends, and give its row of the table.

        Raises:
            BoxError: if the box refuses; where the connection breaks, only if there was none at all.
        """
        tries = 0
        while self.row is None:
            before = self.offset
            try:
                self._listen()
            except Unreachable as error:
                if self.offset is None:
                    raise
                tries = 0 if self.offset != before else tries + 1
                pause = PAUSES[min(tries, len(PAUSES) - 1)]
                print(f"{error} Trying again in {pause} s; the run goes on meanwhile.", file=sys.stderr, flush=True)
                time.sleep(pause)
        self._pull(last=True)
        return self.row

    def _listen(self) -> None:
        """Hear what one connection says, until it or the run ends."""
        for event in self.box.events("follow", run=self.run, offset=self.offset):
            if "run" in event:
                self.run, self.offset = event["run"], self.offset or event["offset"]
            elif "log" in event:
                print(event["log"], end="", flush=True)
                self.offset = event["offset"]
            elif "answer" in event:
                self.row = event["answer"]
                return
            self.behind |= "changed" in event
            if self.behind and time.monotonic() - self.pulled > BETWEEN:  # later at the next sign of life
                self.behind = False
                self._pull()
        if self.row is None:
            raise Unreachable(f"The connection to {self.box.host} ended.")

    def _pull(self, *, last: bool = False) -> None:
        """Let the folder here keep up; where that fails, it is said, and tried again at the next sign of life."""
        if not self.pulls:
            return
        try:
            pull(self.box, self.run)
            self.said = ""
        except Stays as error:  # and will stay: trying again would bring the same
            self.pulls = False
            self._say(f"Not synchronised from here on: {error}")
        except BoxError as error:
            if last:
                raise
            self.behind = True
            self._say(f"Not synchronised yet: {error}")
        self.pulled = time.monotonic()

    def _say(self, sentence: str) -> None:
        if sentence != self.said:
            self.said = sentence
            print(sentence, file=sys.stderr, flush=True)
