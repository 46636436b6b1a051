"""Heads that benchmarks/encoder.py compares: functions (x, y, n_classes) → (kernel, bias).

Those that 02 has are `emokit.heads`; here they are with the other strengths that were tried."""

from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from emokit import heads


def lda(x: np.ndarray, y: np.ndarray, n_classes: int, shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    """Shrinkage LDA with equal priors; as d > n, by the identity of Woodbury."""
    centre = x.mean(axis=0)
    x = x - centre
    mean = np.stack([x[y == k].mean(axis=0) for k in range(n_classes)])
    rest = x - mean[y]
    ridge = shrinkage * np.square(rest).mean()
    rest *= np.sqrt((1 - shrinkage) / len(rest))
    system = ridge * np.eye(len(rest)) + rest @ rest.T
    kernel = (mean.T - rest.T @ np.linalg.solve(system, rest @ mean.T)) / ridge
    return kernel, -0.5 * np.einsum("dk,kd->k", kernel, mean) - centre @ kernel


def learned(model, x: np.ndarray, y: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """A linear model of scikit-learn, in as many directions as there are clips: others have no weight in it."""
    centre = x.mean(axis=0)
    x = x - centre
    variance, directions = np.linalg.eigh(x @ x.T)
    kept = variance > 1e-9 * variance[-1]
    basis = x.T @ (directions[:, kept] / np.sqrt(variance[kept]))
    model.fit(x @ basis, y)
    kernel = basis @ model.coef_.T
    return kernel, model.intercept_ - centre @ kernel


def logistic(x, y, n_classes, strength):
    """Multinomial logistic regression, classes counting alike."""
    return learned(LogisticRegression(C=strength, class_weight="balanced", max_iter=1000), x, y, n_classes)


def svm(x, y, n_classes, strength):
    """Linear support vector machine, one class against the rest, classes counting alike."""
    return learned(LinearSVC(C=strength, class_weight="balanced"), x, y, n_classes)


FITS = {f"LDA, shrinkage {heads.SHRINKAGE:g}": heads.lda}  # the first one, to which the others are compared
FITS |= {f"LDA, shrinkage {s:g}": partial(lda, shrinkage=s) for s in (0.1, 0.3, 0.5, 0.7, 0.8, 0.9)}
FITS |= {f"logistic, C {c:g}": partial(logistic, strength=c) for c in (0.01, 1.0)}
FITS |= {f"logistic, C {heads.STRENGTH:g}": heads.logistic}
FITS |= {f"linear SVM, C {c:g}": partial(svm, strength=c) for c in (0.001, 0.01, 0.1)}
