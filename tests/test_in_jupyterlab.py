"""The JupyterLab of the browser tests ends, whatever the machine is busy with."""

import subprocess
import sys

import psutil
from in_jupyterlab import end

DEAF = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('there', flush=True);"
KERNEL = f"{DEAF} time.sleep(600)"


def test_a_server_that_does_not_end_in_time_is_killed_with_its_kernels_and_fails_no_test():
    start = f"import subprocess; kernel = subprocess.Popen([sys.executable, '-c', {KERNEL!r}], start_new_session=True);"
    server = psutil.Popen([sys.executable, "-c", f"{DEAF} {start} kernel.wait()"], stdout=subprocess.PIPE)
    with server.stdout:
        assert [server.stdout.readline() for _ in range(2)] == [b"there\n"] * 2
    (kernel,) = server.children()
    end(server, 0.2)
    assert server.returncode
    kernel.wait(20)  # gone as soon as the system has noticed
    end(server)  # one that has ended is none to end
