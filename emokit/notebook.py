"""What the kernel knows of the notebook that asks: is somebody there to click, and which cell is this?"""


def _request() -> dict:
    """The request that the kernel is answering; empty outside of one."""
    import sys

    if "IPython" not in sys.modules:
        return {}
    kernel = getattr(sys.modules["IPython"].get_ipython(), "kernel", None)
    return kernel.get_parent() if kernel else {}


def interactive() -> bool:
    """Whether a person is there: JupyterLab allows questions to the user, papermill and nbval do not."""
    return bool(_request().get("content", {}).get("allow_stdin"))


def cell() -> tuple[str, str]:
    """Which cell is running and in which of its runs; two empty names outside of a kernel."""
    request = _request()
    run = request.get("header", {}).get("msg_id", "")
    return request.get("metadata", {}).get("cellId", run), run
