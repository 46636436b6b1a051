"""Distillation: a small network learns what a larger run says of each clip beside what the clip is labelled.

The answers of the teacher are honest: for each training clip they come from a head that was fitted on other speakers of
the training part (Hinton et al. 2015, arXiv 1503.02531, has the idea; that the teacher must not know the clips by heart
is why they are fitted anew). The network that learned runs without the teacher.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import softmax

from emokit import calibration, heads
from emokit.certificate import LeakError
from emokit.run_folder import Run, RunError

SHARE = 0.5  # of what is learned of a clip that the teacher says; the label says the rest


def answers(teacher: Run, clips: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """What is to be learned of each training clip: half its label, half the teacher's probabilities.

    Args:
        teacher: a complete run whose head was found at once (`head` lda or logistic), with the same parts.
        clips: with `part`, `emotion`, `speaker` and `digest`.
        names: the classes.

    Returns:
        float (training clips, classes), columns `names`, rows by the index of `clips`; for `targets.Votes`.

    Raises:
        RunError: when the teacher has another kind of head, other classes, or does not know a training clip.
        LeakError: when it has learned from a clip of dev or test.
    """
    name, head = teacher.path.name, teacher.parameters.get("head")
    if head not in heads.HEADS:
        raise RunError(f"Run {name} knows its clips by heart (head {head}); take one with head lda as the teacher.")
    if teacher.emotions != list(names):
        raise RunError(f"Run {name} tells {', '.join(teacher.emotions)} apart; the teacher needs the same classes.")
    known = teacher.predictions
    row = pd.Series(np.arange(len(known)), known["digest"])
    row = row[~row.index.duplicated()]
    learned = {*known.loc[known["part"] == "train", "digest"]}
    if leaked := int(clips.loc[clips["part"] != "train", "digest"].isin(learned).sum()):
        raise LeakError(f"Run {name} has learned from {leaked} clips of dev or test; take one with the same parts.")
    train = clips[clips["part"] == "train"]
    if strange := int((~train["digest"].isin(row.index)).sum()):
        raise RunError(f"Run {name} does not know {strange} of {len(train)} training clips; take the same corpus.")
    x = teacher.embeddings()[row[train["digest"]]].astype(np.float64)
    y = pd.Index(names).get_indexer(train["emotion"])
    logits = heads.cross_fitted(head, x, y, len(names), heads.speakers_of(train))
    said = softmax(logits / calibration.temperature_of(logits, y), axis=1)
    return pd.DataFrame((1 - SHARE) * np.eye(len(names))[y] + SHARE * said, train.index, list(names))
