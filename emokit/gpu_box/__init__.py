"""One box with a GPU, over ssh: push the project, run a notebook there, follow it, pull the run back.

`python -m emokit.gpu_box HOST VERB`; docs/gpu-box.md says how it is used. To be read in this order:

    __main__      the verbs and what they print
    connection    ssh and rsync as subprocesses, and what their failures mean in a sentence
    bootstrap     the first program on the box, sent through ssh: finds a Python and hands on
    push, pull, follow    the verbs that need both sides
    box/          what runs on the box, in the emokit that was pushed: its environment, the queue, the launcher

Words from the command line never pass a shell: they travel as JSON on ssh's stdin. On the box everything lies in
`~/emokit-box`: code/ (one folder a push; `current` is the last), environments/, data/, outputs/ (the runs).
"""


class BoxError(Exception):
    """What was asked cannot be done; the message is one sentence for the user, and the command can be given again."""


class Unreachable(BoxError):
    """The connection is broken or was never there; later it may be."""
