"""A real sshd on loopback that stands for a GPU box: own port, keys and home, all within one folder."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
HOST = "box-of-the-test"

DAEMON = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/sshd.pid
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

    def __init__(self, folder: Path):
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
        paths = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        (folder / "sshd_config").write_text(DAEMON.format(**known, home=self.home, path=paths))

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
        """Listen no longer, and cut what is connected."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        for pid in [*map(int, children.stdout.split()), self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.wait()

    def command(self, *words: str) -> list[str]:
        """`python -m emokit.gpu_box` on this box."""
        return [sys.executable, "-m", "emokit.gpu_box", "--ssh-config", str(self.config), HOST, *words]

    def call(self, *words: str, outputs: Path | None = None) -> subprocess.CompletedProcess:
        """Give such a command and wait for it."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=300, cwd=PROJECT)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A box in a folder, for as long as the block lasts."""
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
