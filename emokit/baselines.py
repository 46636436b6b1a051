"""What a network has to beat, on the same parts: the commonest answer, and a linear SVM on functionals of whole clips.

    >>> baseline = baselines.fit("functionals", run.clips, "outputs/cache")
    >>> baseline.predictions(run.clips)
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import softmax

from emokit import emotions as vocabulary
from emokit import metrics
from emokit.features.functionals import Egemaps, Functionals, of_clips
from emokit.targets import Emotions

KINDS = {"majority": None, "egemaps": Egemaps(), "functionals": Functionals()}
COMPLEXITIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # C of the SVM, of which training speakers choose
N_FOLDS = 5  # groups of training speakers, each asked once about a C that was fitted on the others


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline.

    Attributes:
        kind: of `KINDS`.
        names: the classes, in vocabulary order.
        model: scikit-learn's pipeline.
        seconds: that fitting took, choosing C included, functionals not.
        cache_dir: where functionals are kept.
    """

    kind: str
    names: list[str]
    model: object
    seconds: float
    cache_dir: str | Path

    @property
    def n_weights(self) -> int:
        """How many numbers were learned, those of the standardisation aside."""
        learned = self.model[-1]
        return learned.coef_.size + learned.intercept_.size if hasattr(learned, "coef_") else len(self.names)

    def predictions(self, clips: pd.DataFrame) -> pd.DataFrame:
        """The table that a run keeps, as `targets.Emotions.predictions` gives it.

        Probabilities are the shares of the training clips (majority), else the softmax of what the SVM decides by,
        which is too unsure; `calibration.temperature` of dev says how much.

        Args:
            clips: columns `file`, `speaker`, `part`, `emotion`.
        """
        x = _inputs(self.kind, clips, self.cache_dir)
        scores = np.log(self.model.predict_proba(x)) if self.kind == "majority" else self.model.decision_function(x)
        if scores.ndim == 1:  # scikit-learn gives one value for two classes
            scores = np.stack([-scores, scores], axis=1) / 2
        order = pd.Index(self.model.classes_).get_indexer(self.names)
        return Emotions(self.names).predictions(clips, softmax(scores[:, order], axis=1))


def fit(kind: str, clips: pd.DataFrame, cache_dir: str | Path) -> Baseline:
    """Fit a baseline on the training part, whose speakers choose the C of its SVM; dev and test are not looked at.

    Args:
        kind: of `KINDS`: majority, egemaps, functionals.
        clips: with `file`, `part`, `emotion` and `speaker`, as `Run.clips` gives them.
        cache_dir: where functionals are kept, by content.

    Raises:
        ValueError: for another kind, or without training clips.
        ImportError: for egemaps, if openSMILE is not installed.
    """
    if kind not in KINDS:
        raise ValueError(f"Unknown baseline {kind!r}; expected one of {', '.join(KINDS)}.")
    train = clips[clips["part"] == "train"]
    if train.empty:
        raise ValueError("A baseline needs clips in the part train; deal them by splits.assign.")
    x, start = _inputs(kind, train, cache_dir), time.perf_counter()
    speakers = train["speaker"].astype("object").where(train["speaker"].notna(), train["file"])
    truth, model = train["emotion"].to_numpy(object), _model(kind)
    if kind != "majority" and speakers.nunique() > 1:
        model = _chosen(model, x, truth, speakers)
    model.fit(x, truth)
    return Baseline(kind, vocabulary.in_order(model.classes_), model, time.perf_counter() - start, cache_dir)


def _model(kind: str):
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    if kind == "majority":
        return make_pipeline(DummyClassifier(strategy="prior"))
    return make_pipeline(StandardScaler(), SVC(kernel="linear", class_weight="balanced"))


def _chosen(svm, x: np.ndarray, truth: np.ndarray, speakers: pd.Series):
    """The SVM with the C that is best about speakers it was not fitted on; the smallest of equally good ones."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    def uar(c: float) -> float:
        folds = GroupKFold(min(N_FOLDS, speakers.nunique()))
        return metrics.uar(truth, cross_val_predict(svm.set_params(svc__C=c), x, truth, groups=speakers, cv=folds))

    return svm.set_params(svc__C=max(COMPLEXITIES, key=uar))


def _inputs(kind: str, clips: pd.DataFrame, cache_dir: str | Path) -> np.ndarray:
    """Functionals of each clip, float32 (clips, n); zeros for the majority, which looks at nothing."""
    settings = KINDS[kind]
    return np.zeros((len(clips), 1)) if settings is None else of_clips(clips, settings, cache_dir)
