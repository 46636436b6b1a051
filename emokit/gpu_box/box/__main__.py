"""`python -m emokit.gpu_box.box REQUEST`: answers a request of the laptop; both are JSON, a line for each answer."""

import importlib
import json
import sys

from emokit.gpu_box import BoxError

VERBS = {  # verb: the module that answers it, by a function of that name
    "environment": "environment",
    "switch": "environment",
    "run": "launching",
    "stop": "stopping",
    "status": "status",
    "follow": "following",
    "snapshot": "snapshot",
    "doctor": "doctor",
}


def main(request: dict) -> None:
    """Answer a request: `verb`, and the arguments of the function of that name."""
    verb = request.pop("verb")
    answer = getattr(importlib.import_module(f"emokit.gpu_box.box.{VERBS[verb]}"), verb)
    try:
        print(json.dumps({"answer": answer(**request)}))
    except BrokenPipeError:
        sys.stdout = None  # the laptop is gone; there is nobody to tell
    except (BoxError, OSError) as error:
        print(json.dumps({"error": str(error)}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
