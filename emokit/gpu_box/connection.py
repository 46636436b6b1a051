"""ssh and rsync as subprocesses, and what their failures mean in one sentence.

Host, port, user, keys and jumps are those of the user's ssh config; nothing of them is kept.
"""

import json
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from emokit.gpu_box import BoxError, Unreachable

# Nothing is asked, a dead connection is noticed within a minute, and forwardings of an interactive login stay out.
OPTIONS = {"BatchMode": "yes", "ConnectTimeout": 30, "ServerAliveInterval": 15, "ServerAliveCountMax": 4}
OPTIONS |= {"ClearAllForwardings": "yes", "RemoteCommand": "none", "RequestTTY": "no", "LogLevel": "ERROR"}
FOLDER = "emokit-box"  # in the home of the user on the box
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
CONNECTION = 255  # exit status of ssh when it is not that of the remote command
NOT_THERE = 127  # exit status of a shell that does not find the command
AGAIN = "give the command again"


class Box:
    """A host of the user's ssh config; `ssh_config` is another such file."""

    def __init__(self, host: str, ssh_config: str | None = None):
        self.host = host
        self._ssh = ["ssh", *(["-F", ssh_config] if ssh_config else [])]
        self._ssh += [word for name, value in OPTIONS.items() for word in ("-o", f"{name}={value}")]

    def ask(self, verb: str, **request):
        """The answer to a request; what the box says meanwhile is printed.

        Raises:
            BoxError: what the box refuses, or why it cannot be asked.
        """
        for event in self.events(verb, **request):
            if "say" in event:
                print(event["say"], flush=True)
            if "answer" in event:
                return event["answer"]
        raise BoxError(f"{self.host} did not answer; {AGAIN}.")

    def events(self, verb: str, **request) -> Iterator[dict]:
        """What the box says of a request, one dictionary a line; BoxError where it is an error."""
        program = f"{BOOTSTRAP.read_text(encoding='utf-8')}\nmain({({'verb': verb} | request)!r})\n"
        with tempfile.TemporaryFile() as said:
            process = self._start([*self._ssh, "--", self.host, "python3 -"], said)
            try:
                process.stdin.write(program.encode())
                process.stdin.close()
                for line in process.stdout:
                    event = _event(line)
                    if "error" in event:
                        raise BoxError(event["error"])
                    yield event
            except BrokenPipeError:
                pass  # ssh is gone; its exit status says why
            finally:
                _end(process)
            if process.returncode:
                said.seek(0)
                raise self._explained(process.returncode, said.read().decode("utf-8", "replace"))

    def rsync(self, *words: str, files: bytes = b"") -> None:
        """Copy: options, source and target of rsync, where `self.place` names one on the box.

        Args:
            words: of rsync; by -s its paths pass no shell.
            files: names for `--files-from=-`, each ended by a zero byte.

        Raises:
            BoxError: what there is was not touched, or is a part that the next try goes on from.
        """
        command = ["rsync", "-s", "-e", shlex.join(self._ssh), *words]
        with tempfile.TemporaryFile() as said:
            process = self._start(command, said)
            try:
                process.communicate(files)
            finally:
                _end(process)
            if process.returncode:
                said.seek(0)
                raise self._explained(process.returncode, said.read().decode("utf-8", "replace"))

    def place(self, path: str) -> str:
        """A path below `~/emokit-box`, as rsync names it."""
        return f"{self.host}:{FOLDER}/{path}"

    def _start(self, command: list[str], said) -> subprocess.Popen:
        try:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
        except FileNotFoundError:
            raise BoxError(f"{command[0]} is not installed here; install it and {AGAIN}.") from None

    def _explained(self, code: int, said: str) -> BoxError:
        """The error that an exit status and what was said with it mean."""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        last = lines[-1].rstrip(".") if lines else f"exit status {code}"
        for sign, meaning in MEANINGS.items():
            if sign in said:
                return BoxError(f"{self.host}: {meaning}; {AGAIN}.")
        if code == NOT_THERE:
            return BoxError(f"{self.host}: {last}; let python3 and rsync be in the PATH of a plain ssh, and {AGAIN}.")
        if code == CONNECTION or "connection unexpectedly closed" in said or code < 0:
            why = next((line for line in lines if "onnect" in line or "resolve" in line), last)
            return Unreachable(f"The connection to {self.host} broke ({why}); nothing is lost, {AGAIN}.")
        return BoxError(f"{self.host}: {last}; {AGAIN}.")


MEANINGS = {  # what ssh, rsync and the box's shell say: what it means, and what to do
    "IDENTIFICATION HAS CHANGED": "its host key is another one than ssh knows; find out why, then mend known_hosts",
    "Host key verification failed": "its host key is not known here; run `ssh` to it once, compare the fingerprint",
    "Permission denied (": "it takes none of the keys that ssh offers; name the right one in your ssh config",
    "No space left on device": "the disk is full (here or there, `doctor` knows); nothing is lost, free space",
    "Disk quota exceeded": "the quota of the disk is used up; nothing is lost, free space",
    "rsync: command not found": "rsync is not installed on the box; install it there",
    "rsync: not found": "rsync is not installed on the box; install it there",
}


def _event(line: bytes) -> dict:
    """A line of the box; {} where a login script has said something."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _end(process: subprocess.Popen) -> None:
    """Let a process end; one whose output is no longer read is told to."""
    for stream in (process.stdin, process.stdout):
        if stream and not stream.closed:
            stream.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
