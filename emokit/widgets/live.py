"""A view that answers: an ES module in the browser asks by messages, Python answers, with sound as bytes beside it."""

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path

from emokit import notebook
from emokit.widgets.static_twins import View

Answer = tuple[dict, list[bytes]]
HERE = Path(__file__).parent


class LiveView(View):
    """A view that answers where somebody is there to ask; elsewhere it is its twin without script.

    Where it is live, the twin follows in an output of its own, closed: it takes seconds to make and must not keep the
    view waiting, and it is what remains when the notebook is opened without a kernel.
    """

    def widget(self):
        """The live view; each call makes another one of the same clips."""
        raise NotImplementedError

    def twin(self) -> str:
        """The view as HTML without script."""
        raise NotImplementedError

    @cached_property
    def html(self) -> str:
        """The twin, made when it is first asked for."""
        return self.twin()

    def _ipython_display_(self) -> None:
        if not notebook.interactive():
            raise NotImplementedError  # IPython goes on to _repr_mimebundle_
        from IPython.display import display

        display(bundle_of(self.widget()) | {"text/plain": self.text}, raw=True)
        stored = f"<details><summary>The same without a kernel, as it is stored</summary>{self.html}</details>"
        display({"text/html": stored, "text/plain": ""}, raw=True)


@cache
def _widget_class():
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ImportError("Live views need anywidget; install it: pip install anywidget.") from error

    class Live(anywidget.AnyWidget):
        _esm = traitlets.Unicode().tag(sync=True)
        _css = traitlets.Unicode().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)

    return Live


def live(scripts: Sequence[str], state: dict, answers: dict[str, Callable[[dict], Answer]]):
    """A widget whose module is these files one after the other.

    Args:
        scripts: file names beside this one; the last exports `render`.
        state: what the module reads at the start.
        answers: by the name of the question, what gives (answer, bytes beside it).
    """
    widget = _widget_class()(
        _esm="\n".join((HERE / name).read_text(encoding="utf-8") for name in scripts),
        _css=(HERE / "views.css").read_text(encoding="utf-8"),
        state=state,
    )

    def on_message(_, question: dict, __) -> None:
        try:
            answer, beside = answers[question["ask"]](question)
        except Exception as error:  # whatever it is, the person who clicked has to read it
            answer, beside = {"error": str(error) or type(error).__name__}, []
        widget.send({"id": question["id"]} | answer, beside)

    widget.on_msg(on_message)
    return widget


def bundle_of(widget) -> dict:
    """The MIME bundle that shows a widget."""
    shown = widget._repr_mimebundle_()
    return shown[0] if isinstance(shown, tuple) else shown
