"""A view that answers: an ES module in the browser asks by messages, Python answers, with sound as bytes beside it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from emokit import notebook
from emokit.widgets.static_twins import PRINTED, View

Answer = tuple[dict, list[bytes]]
HERE = Path(__file__).parent
# What a view that plays clips begins with.
PLAYER = ("view_parts.js", "clip_sound.js", "spectrum.js", "clip_picture.js", "clip_stage.js", "clip_player.js")


class LiveView(View):
    """A view that answers where somebody is there to ask; elsewhere it is its twin without script.

    Where it is live, the twin follows in an output of its own, closed: it takes seconds to make and must not keep the
    view waiting, and it is what remains when the notebook is opened without a kernel.

    A view of this kind has `text`, `twin()`, which gives its HTML without script, and `widget()`.
    """

    @cached_property
    def html(self) -> str:
        """The twin, made when it is first asked for."""
        return self.twin()

    def stored(self) -> str:
        """What follows the live view, closed: the twin, unless a view has to keep it from the page."""
        return self.html

    def _ipython_display_(self) -> None:
        if not notebook.interactive():
            raise NotImplementedError  # IPython goes on to _repr_mimebundle_
        from IPython.display import display

        display(self.widget()._repr_mimebundle_()[0] | {"text/plain": self.text}, raw=True)
        summary = "<summary>Plain version, as stored in this file</summary>"
        stored = f'{PRINTED}<details class="emokit-stored">{summary}{self.stored()}</details>'
        display({"text/html": stored, "text/plain": ""}, raw=True)


def live(scripts: Sequence[str], state: dict, answers: dict[str, Callable[[dict], Answer]]):
    """A widget whose module is these files one after the other.

    Args:
        scripts: file names beside this one; the last exports `render`.
        state: what the module reads at the start.
        answers: by the name of the question, what gives (answer, bytes beside it); what came beside the question is in
            its `buffers`.
    """
    from anywidget import AnyWidget  # here: who makes no live view need not wait for it
    from traitlets import Dict

    class Live(AnyWidget):
        _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in scripts)
        _css = (HERE / "views.css").read_text(encoding="utf-8")
        state = Dict().tag(sync=True)

    widget = Live(state=state)

    def on_message(_, question: dict, buffers) -> None:
        try:
            answer, beside = answers[question["ask"]](question | {"buffers": buffers})
        except Exception as error:  # whatever it is, the person who clicked has to read it
            answer, beside = {"error": str(error) or type(error).__name__}, []
        widget.send({"id": question["id"]} | answer, beside)

    widget.on_msg(on_message)
    return widget
