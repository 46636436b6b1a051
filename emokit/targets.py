"""Targets: what a network is asked of a clip, and how well it answers.

A target is a class; `Batches`, `build_model`, `callbacks` and notebook 02 take what they need from one of them:

    names: what the outputs stand for, in their order.
    activation: of the last layer, a name of `model.ACTIVATIONS`.
    loss: for `compile`, a name of `keras.losses` or a function (truth, outputs) → (batch,).
    metric(): a Keras metric of an epoch, which knows whether more is better.
    monitor: what Keras calls that metric on dev; by it the epoch is chosen.
    of(clips): the truth of each clip, an array with a row a clip.
    predictions(clips, outputs): the table that a run keeps, as `Emotions.predictions` has it.

`Emotions` learns the one emotion of a clip. `Votes` learns how its listeners, or a teacher's probabilities, spread over
the classes, and is scored by that one emotion all the same: metric, class weights, predictions and all that is made of
them are alike, so that runs of the two can be compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from emokit import probability_columns, votes

LEAD = 1e-3  # of a clip's own emotion before the others, more than float32 could lose


@dataclass(frozen=True)
class Emotions:
    """One emotion a clip, from the column `emotion`: softmax, cross-entropy, and the UAR of dev.

    Attributes:
        names: the classes in the order of the model's outputs.

    >>> clips = pd.DataFrame({"file": ["a", "b"], "speaker": "x/1", "part": "test", "emotion": ["sad", "happy"]})
    >>> target = Emotions(["happy", "sad"])
    >>> target.of(clips).tolist()
    [1, 0]
    >>> target.predictions(clips, np.array([[0.25, 0.75], [0.5, 0.5]]))["loss"].round(2).tolist()
    [0.29, 0.69]
    """

    names: Sequence[str]

    activation = "softmax"
    loss = "sparse_categorical_crossentropy"
    monitor = "val_uar"

    def of(self, clips: pd.DataFrame) -> np.ndarray:
        """The class index of each clip, int32 (n,); ValueError for an emotion that is none of the classes."""
        truth = self._index(clips)
        if (truth < 0).any():
            strange = clips["emotion"].iloc[int(np.argmin(truth))]
            raise ValueError(f"A clip is {strange!r}, which is not among the classes {', '.join(self.names)}.")
        return truth

    def metric(self):
        """UAR over the clips of an epoch, a Keras metric."""
        from emokit.uar import UAR  # here: who reads predictions does not wait for TensorFlow

        return UAR(len(self.names))

    def predictions(self, clips: pd.DataFrame, outputs: np.ndarray) -> pd.DataFrame:
        """Join the probabilities that a model gives to the clips it was asked about.

        Args:
            clips: columns `file`, `speaker`, `part`, `emotion`, one row a clip; `digest` and `corpus` are kept.
            outputs: float (n, classes), rows in the order of the clips.

        Returns:
            `file`, `digest`, `corpus`, `speaker`, `part`, `emotion`, `predicted`, `p_<emotion>` …, `loss`
            (cross-entropy in nats, NaN for an emotion that is none of the classes).
        """
        if outputs.shape != (len(clips), len(self.names)):
            raise ValueError(f"Probabilities are {outputs.shape}; expected ({len(clips)}, {len(self.names)}).")
        known = [column for column in ("digest", "corpus") if column in clips]
        table = clips[["file", *known, "speaker", "part", "emotion"]].reset_index(drop=True)
        predicted = pd.Series(np.asarray(self.names, dtype=object)[outputs.argmax(axis=1)], name="predicted")
        p = pd.DataFrame(outputs, columns=probability_columns.of(self.names))
        truth = self._index(clips)
        of_truth = np.where(truth < 0, np.nan, outputs[np.arange(len(clips)), truth])
        loss = pd.Series(-np.log(np.maximum(of_truth, np.finfo(np.float32).tiny)), name="loss")
        return pd.concat([table, predicted, p, loss], axis=1)

    def _index(self, clips: pd.DataFrame) -> np.ndarray:
        return pd.Index(list(self.names)).get_indexer(clips["emotion"]).astype("int32")  # -1 for none of them


@dataclass(frozen=True)
class Votes(Emotions):
    """How several listeners spread over the emotions: softmax, cross-entropy against their shares, and the UAR of dev.

    The truth of a clip are the shares of its columns `votes_<emotion>` (counts or shares, see `emokit.votes`) among
    `names`; a clip without votes has its emotion alone. The one emotion of a clip stays that of the column `emotion`:
    Keras weights classes, and `UAR` counts clips, by the largest share of a row, so that one has to lead. Where another
    has as many votes or more (a tie that was decided, an intended emotion that was not heard), the clip's own gets the
    least weight beside the votes with which it leads, by LEAD. Cross-entropy then never falls below the entropy of the
    shares, and is compared between epochs, not between targets.

    Attributes:
        answers: the shares instead of the columns, such as those of a teacher: columns `names`, rows by the index of
            the clips; a clip that has no row, or NaN, has its emotion alone, as dev and test should.

    >>> clips = pd.DataFrame({"emotion": ["sad", "happy", "sad"], "votes_happy": [1, 0, 2], "votes_sad": [3, 0, 2]})
    >>> Votes(["happy", "sad"]).of(clips).round(2).tolist()
    [[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]]
    """

    answers: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    loss = "categorical_crossentropy"

    def of(self, clips: pd.DataFrame) -> np.ndarray:
        """The shares of each clip, float32 (n, classes): rows sum to 1 and are largest at the clip's emotion.

        ValueError for an emotion that is none of the classes, and for a share below 0.
        """
        own = np.eye(len(self.names))[super().of(clips)]
        said = votes.of(clips, self.names) if self.answers is None else self.answers.reindex(clips.index)
        shares = votes.shares(said[list(self.names)])
        shares = np.where(np.isnan(shares), own, shares)
        behind = np.maximum((shares * (1 - own)).max(axis=1) - (shares * own).sum(axis=1) + LEAD, 0)
        weight = behind / (1 - LEAD + behind)
        return (shares + weight[:, None] * (own - shares)).astype("float32")


def chosen(name: str, names: Sequence[str], clips: pd.DataFrame) -> Emotions:
    """The target of this name, "emotions" or "votes".

    Raises:
        ValueError: for votes where no training clip has any.
    """
    train = clips[clips["part"] == "train"]
    if name == "votes" and votes.of(train, names).isna().all(axis=None):
        raise ValueError(
            f"target is votes, but none of the {len(train):,} training clips has any; take target emotions, or a "
            "corpus with several raters (docs/your-own.md)."
        )
    return {"emotions": Emotions, "votes": Votes}[name](names)


def smoothed(loss: str | Callable, share: float) -> Callable:
    """A loss of probabilities whose truth is only so certain: `share` of it is every class alike (Szegedy et al. 2016).

    Args:
        loss: cross-entropy, as a target names it.
        share: 0 … 1; 0.1 with eight classes asks for 0.9125 of the true one; 0 leaves the loss, of any outputs, alone.

    Returns:
        (truth, probabilities float (batch, classes)) → (batch,).
    """
    import keras
    from keras import ops

    certain = keras.losses.get(loss)
    if not share:
        return certain

    def cross_entropy(truth, probabilities):
        even = -ops.mean(ops.log(ops.maximum(probabilities, keras.config.epsilon())), axis=-1)
        return (1 - share) * certain(truth, probabilities) + share * even

    return cross_entropy
