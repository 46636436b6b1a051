"""A real sshd on loopback that stands for a GPU box: own port, keys and home, all within one folder."""

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from emokit import lock
from emokit.gpu_box import push

PROJECT = Path(__file__).resolve().parents[1]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
HOST = "box-of-the-test"

DAEMON = """
Port {port}
ListenAddress 127.0.0.1
HostKey "{folder}/host_key"
AuthorizedKeysFile "{folder}/authorized_keys"
PidFile "{folder}/sshd.pid"
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv HOME="{home}" PATH="{path}"
ForceCommand cd "$HOME" && eval "$SSH_ORIGINAL_COMMAND"
"""
CLIENT = """
Host {host}
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile "{folder}/client_key"
    IdentitiesOnly yes
    UserKnownHostsFile "{folder}/known_hosts"
    StrictHostKeyChecking yes
"""


class Server:
    """A box: `folder` with keys and configs, `home` of its user, `config` for ssh."""

    def __init__(self, folder: Path, path: str = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"):
        self.folder, self.home, self.config = folder, folder / "home of the box", folder / "ssh config"
        self.home.mkdir(parents=True)
        for name in ("host_key", "client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "client_key.pub", folder / "authorized_keys")
        self.port, self.process = _free_port(), None
        key = (folder / "host_key.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {key}")
        known = {"folder": folder, "port": self.port, "host": HOST, "user": getpass.getuser()}
        self.config.write_text(CLIENT.format(**known))
        (folder / "sshd_config").write_text(DAEMON.format(**known, home=self.home, path=path))

    def start(self) -> None:
        """Listen; returns once somebody can connect."""
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd parts with its privileges
        command = [SSHD, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "sshd.log")]
        self.process = subprocess.Popen(command)
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise OSError((self.folder / "sshd.log").read_text())

    def stop(self) -> None:
        """Listen no longer, cut what is connected, and end what still runs."""
        for launch in self.outputs.glob("*/launch.json"):
            if lock.is_taken(launch.with_name("launch.lock")):
                _kill(json.loads(launch.read_text())["pid"])
        _kill(self.process.pid)
        self.process.wait()

    @property
    def outputs(self) -> Path:
        """The runs on the box."""
        return self.home / "emokit-box" / "outputs"


def _kill(pid: int) -> None:
    """End a process and all that it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Laptop:
    """A checkout in a folder, from which commands are given to a server."""

    def __init__(self, folder: Path, server: Server):
        self.folder, self.server, self.outputs, self._started = folder, server, folder / "outputs", []
        for name in push.project_files(PROJECT):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
        subprocess.run(["git", "init", "-q", str(folder)], check=True)

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that takes the emokit of this checkout, and writes to its own outputs, whatever is set here."""
        return os.environ | {"PYTHONPATH": str(self.folder), "EMOKIT_OUTPUTS_DIR": ""}

    def start(self, *words: str) -> subprocess.Popen:
        """Begin `python -m emokit.gpu_box … words`."""
        command = [sys.executable, "-m", "emokit.gpu_box", "--ssh-config", str(self.server.config), HOST, *words]
        heard = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self._started.append(subprocess.Popen(command, cwd=self.folder, env=self.environment, **heard))
        return self._started[-1]

    def close(self) -> None:
        """End the commands that a failed test has left."""
        for process in self._started:
            with process:
                if process.poll() is None:
                    _kill(process.pid)

    def call(self, *words: str) -> tuple[int, str, str]:
        """Give such a command and wait for it: exit status, what it printed, and on stderr."""
        process = self.start(*words)
        said, wrong = process.communicate(timeout=300)
        return process.returncode, said, wrong

    def done(self, *words: str) -> str:
        """What such a command printed, which has to succeed."""
        code, said, wrong = self.call(*words)
        assert code == 0, wrong
        return said

    def refused(self, *words: str) -> str:
        """What such a command said when it was refused: one line."""
        code, said, wrong = self.call(*words)
        assert code == 1 and len(wrong.strip().splitlines()) == 1, (said, wrong)
        return wrong.strip()


def children(pid: int, name: str = "") -> list[int]:
    """Processes that a process has started, all or those of a name."""
    command = ["ps", "-o", "pid=,comm=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if not name or line.split()[1].startswith(name)]


@contextlib.contextmanager
def serving(folder: Path, **options) -> Iterator[Server]:
    """A box in a folder, for as long as the block lasts."""
    server = Server(folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
