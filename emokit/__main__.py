"""`python -m emokit`: what there is to run."""

import sys

COMMANDS = {
    "make run": "the whole experiment on the demo corpus, with a report at the end",
    "make lab": "JupyterLab on the six notebooks",
    "python -m emokit.audit PATH": "how a folder or a table of recordings is read, and what is wrong with it",
    "python -m emokit.corpora list": "the published corpora that are known; fetch and verify them",
    "python -m emokit.features fetch NAME": "get the weights of a pre-trained encoder",
    "python -m emokit.papermill NOTEBOOK OUT": "run a notebook with parameters (-p fold 2), and see how far it is",
    "python -m emokit.sweep PLAN": "many trainings from one plan",
    "python -m emokit.run_folder result RUN": "how well a run hears, in one line; pack and open hand a run on",
    "python -m emokit.compare OUTPUTS": "all runs of a folder on one page",
    "python -m emokit.predict RUN FILE": "what a run hears in recordings",
    "python -m emokit.export RUN --to onnx": "a run as a file for other programs",
    "python -m emokit.model_card RUN": "the card of a run, for a model hub",
    "python -m emokit.gpu_box HOST": "train on a machine reached by ssh",
}


def main() -> int:
    """Print the commands, a line each."""
    width = max(map(len, COMMANDS))
    print("emokit: speech emotion recognition, from a folder of labelled recordings to a report.\n")
    print("\n".join(f"  {command:{width}}  {told}" for command, told in COMMANDS.items()))
    print("\nEach python command says more with --help; README.md begins at the beginning.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
