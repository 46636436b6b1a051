"""A notebook by papermill in a process of its own, which is stopped by SIGTERM, or by the end of whoever started it.

`python -m emokit.sweep.launch NOTEBOOK OUT PARAMETERS`, where PARAMETERS is JSON. papermill alone dies of SIGTERM, and
its kernel hears nothing; here that, SIGHUP and the end of standard input become one SIGINT, at which papermill
interrupts the kernel: the run saves its state and says that it was interrupted. So a training never outlives the worker
that asked for it, whatever killed that one.
"""

import json
import os
import signal
import sys
import threading

FAILED, LOST, INTERRUPTED = 1, 75, 130  # exit codes: the notebook's own error; its kernel was killed; stopped as asked


def main(notebook: str, out: str, parameters: str) -> int:
    """Run the notebook, say in one line on stderr what went wrong, and give the exit code."""
    _listen()
    try:
        return _run(notebook, out, json.loads(parameters))
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(notebook: str, out: str, parameters: dict) -> int:
    from nbclient.exceptions import DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillException, PapermillExecutionError

    try:
        execute_notebook(notebook, out, parameters, progress_bar=False)
    except PapermillExecutionError as error:
        print(f"{error.ename}: {error.evalue}", file=sys.stderr)
        return INTERRUPTED if error.ename == "KeyboardInterrupt" else FAILED
    except DeadKernelError as error:
        print(error, file=sys.stderr)
        return LOST
    except (PapermillException, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    return 0


def _listen() -> None:
    """Let the first signal be a KeyboardInterrupt, and those after it nothing, while the kernel saves."""

    def interrupt(number: int, frame) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
